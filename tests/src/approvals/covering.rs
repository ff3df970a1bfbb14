//! What an approval covers of what is asked later, and conditions that decide by themselves.

use commands::PolicyForm;
use domain::{
    approvals::{ApprovalState, Decided},
    incidents::{NewIncident, RawIncident},
};
use sqlx::PgPool;

use super::*;

impl Ground {
    /// Has production ask as a policy says.
    async fn ask_as(&self, spec: &str) {
        let document = format!(
            "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {{name: Here}}\n\
             spec: {{match: {{environments: [production]}}, exclude: [initiator], {spec}}}\n"
        );
        let form = PolicyForm {
            document,
            position: 1,
            replaces: None,
        };
        self.commands.save_policy(&operator(), &form).await.unwrap();
    }

    /// Somebody asks for a commit themselves.
    async fn asks(&self, by: &Viewer, sha: &str, key: &str) -> Opened {
        let mine = NewApproval {
            initiators: Vec::new(),
            ..self.asked(sha, key)
        };
        self.commands.open_request(by, &mine).await.unwrap()
    }

    async fn incident(&self) {
        let raw = RawIncident {
            service: "shop".to_owned(),
            title: "The shop is slow".to_owned(),
            severity: Some(3),
            ..RawIncident::default()
        };
        let new = NewIncident::parse(raw, self.commands.now()).unwrap();
        self.commands.report_incident(&operator(), new).await.unwrap();
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_approved_does_not_use_it_for_a_deploy_of_their_own(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let eve = ground.person("eve", Role::Approver).await;
    let dev = ground.person("dev", Role::Developer).await;
    let first = ground.open("a", "github:1/1/live").await.id;
    ground.approve(&eve, first, "a").await.unwrap();
    let others = ground.asks(&dev, "a", "step:1/1/others").await;
    assert_eq!((others.id, others.state), (first, ApprovalState::Approved));
    let own = ground.asks(&eve, "a", "step:2/1/own").await;
    assert!(own.is_new && own.state == ApprovalState::Pending, "{own:?}");
    assert!(why(ground.approve(&eve, own.id, "a").await).contains("You asked for this deploy"));
    let parties: i64 =
        sqlx::query_scalar("select count(*) from approval_parties where request_id = $1 and person_id = $2")
            .bind(first.0)
            .bind(id(&eve).0)
            .fetch_one(&ground.pool)
            .await
            .unwrap();
    assert_eq!(parties, 0, "she has no part in what she approved");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_conditions_let_through_is_asked_again_with_what_is_known_then(pool: PgPool) {
    let ground = Ground::new(pool).await;
    ground
        .ask_as(
            "minApprovals: 1, automatic: [{when: [{fact: openIncidents, atMost: 0}], then: {approve: true}}]",
        )
        .await;
    let first = ground.open("a", "github:1/1/live").await;
    assert_eq!(first.state, ApprovalState::Approved);
    let same = ground.open("a", "github:2/1/live").await;
    assert_eq!((same.id, same.is_new), (first.id, false));
    ground.incident().await;
    let later = ground.open("a", "github:3/1/live").await;
    assert!(later.is_new && later.state == ApprovalState::Pending, "{later:?}");
    let eve = ground.person("eve", Role::Approver).await;
    let came = ground.approve(&eve, later.id, "a").await.unwrap();
    assert!(matches!(came, Decided::Approved(_)), "{came:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_a_freeze_held_is_let_through_by_what_is_known_after_it(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let hour = |hours| (Utc::now() + TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M");
    let (from, to) = (hour(-1), hour(2));
    ground
        .ask_as(&format!(
            "minApprovals: 1, automatic: [{{when: [{{fact: openIncidents, atMost: 0}}], then: {{approve: true}}}}], \
             freezes: [{{name: Sale, timeZone: UTC, from: '{from}', to: '{to}'}}]"
        ))
        .await;
    let good = ground.open("a", "github:1/1/live").await;
    assert_eq!(good.state, ApprovalState::Pending);
    ground.clock.forward(TimeDelta::hours(3));
    assert_eq!(ground.commands.expire_due().await.unwrap(), 1);
    assert_eq!(ground.state(good.id).await, "approved");

    ground.clock.forward(TimeDelta::hours(-3));
    let bad = ground.open("b", "github:2/1/live").await;
    ground.incident().await;
    ground.clock.forward(TimeDelta::hours(3));
    assert_eq!(ground.commands.expire_due().await.unwrap(), 1);
    assert_eq!(ground.state(bad.id).await, "void");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn conditions_ask_for_more_and_refuse(pool: PgPool) {
    let ground = Ground::new(pool).await;
    ground
        .ask_as(
            "minApprovals: 1, automatic: [\
             {when: [{fact: openIncidents, above: 0}], then: {minApprovals: 2, reason: true}}, \
             {when: [{fact: openIncidents, above: 1}], then: {refuse: true}}]",
        )
        .await;
    let (ada, eve) = (
        ground.person("ada", Role::Approver).await,
        ground.person("eve", Role::Approver).await,
    );
    ground.incident().await;
    let two = ground.open("a", "github:1/1/live").await.id;
    let silent = NewDecision {
        reason: None,
        ..ground.says(Verdict::Approve, "a")
    };
    assert!(why(ground.commands.decide(&ada, two, &silent).await).contains("Say why"));
    let came = ground.approve(&ada, two, "a").await.unwrap();
    assert!(matches!(came, Decided::Counted(_)), "{came:?}");
    let came = ground.approve(&eve, two, "a").await.unwrap();
    assert!(matches!(came, Decided::Approved(_)), "{came:?}");
    ground.incident().await;
    let refused = ground.open("b", "github:2/1/live").await.id;
    assert!(why(ground.approve(&ada, refused, "b").await).contains("The policy refuses this"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_required_rule_is_satisfied_by_whom_it_names_alone(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let (eve, sam) = (
        ground.person("eve", Role::Approver).await,
        ground.person("sam", Role::Approver).await,
    );
    ground
        .ask_as(
            "minApprovals: 1, rules: [{name: leads, anyOf: [{role: approver}]}, \
             {name: security, anyOf: [{user: sam@fairway.example}], required: true}]",
        )
        .await;
    let asked = ground.open("a", "github:1/1/live").await.id;
    let came = ground.approve(&eve, asked, "a").await.unwrap();
    assert!(matches!(came, Decided::Counted(_)), "{came:?}");
    assert_eq!(ground.state(asked).await, "pending");
    let came = ground.approve(&sam, asked, "a").await.unwrap();
    assert!(matches!(came, Decided::Approved(_)), "{came:?}");
    let rules: Vec<Vec<String>> =
        sqlx::query_scalar("select rules from approval_decisions order by decided_at, id")
            .fetch_all(&ground.pool)
            .await
            .unwrap();
    assert_eq!(rules, [vec!["leads"], vec!["leads", "security"]]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_lost_their_role_since_counts_no_more(pool: PgPool) {
    let ground = Ground::new(pool).await;
    ground.ask_as("minApprovals: 2").await;
    let (ada, eve, mia) = (
        ground.person("ada", Role::Approver).await,
        ground.person("eve", Role::Approver).await,
        ground.person("mia", Role::Approver).await,
    );
    let asked = ground.open("a", "github:1/1/live").await.id;
    ground.approve(&ada, asked, "a").await.unwrap();
    sqlx::query("delete from grants where person_id = $1")
        .bind(id(&ada).0)
        .execute(&ground.pool)
        .await
        .unwrap();
    let came = ground.approve(&eve, asked, "a").await.unwrap();
    assert!(matches!(came, Decided::Counted(_)), "{came:?}");
    let came = ground.approve(&mia, asked, "a").await.unwrap();
    assert!(matches!(came, Decided::Approved(_)), "{came:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_approval_of_whoever_joined_since_is_counted_nowhere(pool: PgPool) {
    let ground = Ground::new(pool).await;
    ground.ask_as("minApprovals: 2").await;
    let eve = ground.person("eve", Role::Approver).await;
    let asked = ground.open("a", "github:1/1/live").await.id;
    ground.approve(&eve, asked, "a").await.unwrap();
    let given = async || {
        let detail = ground.commands.reads().approval(asked).await.unwrap();
        detail.unwrap().summary.given
    };
    assert_eq!(given().await, 1);
    assert_eq!(ground.asks(&eve, "a", "step:1/1/own").await.id, asked);
    assert_eq!(given().await, 0);
}
