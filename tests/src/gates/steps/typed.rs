//! What somebody types at a gate with a token of their own: it is looked at by whoever decides, and lets nothing go.

use commands::PolicyForm;
use domain::{approvals::FactName, deploys::drive::evidence::Item};

use super::*;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_digest_that_a_person_types_pins_nothing(pool: PgPool) {
    let mut server = Server::start(&pool).await;
    let commands = server.app.commands.clone();
    let form = PolicyForm {
        document: "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {name: Here}\n\
                   spec: {match: {environments: [production]}, minApprovals: 1, exclude: [initiator], \
                   automatic: [{when: [{fact: pinned, is: true}], then: {approve: true}}]}\n"
            .to_owned(),
        position: 1,
        replaces: None,
    };
    commands.save_policy(&operator(), &form).await.unwrap();
    let image = |digit: &str| {
        let mut body = step(digit);
        body["digest"] = format!("sha256:{}", digit.repeat(64)).into();
        body
    };
    let (_, told) = server.ask(&image("a")).await;
    assert_eq!(told["goes"], true, "a program's word is a source's: {told}");

    let ada = approver(&commands, &pool, "ada").await;
    let new = NewToken {
        name: "mine".into(),
        scopes: vec![Scope::DeploysWrite],
        reach: Reach::default(),
        owner: None,
        expires_at: commands.now() + TimeDelta::days(1),
    };
    server.secret = commands.create_own_token(&ada, new).await.unwrap().1;
    let (_, typed) = server.ask(&image("b")).await;
    assert_eq!(typed["state"], "pending", "{typed}");
    let id = ApprovalId(typed["request"].as_str().unwrap().parse().unwrap());
    let card = commands.reads().approval(id).await.unwrap().unwrap().card;
    assert!(card.finding(Item::Digest).unwrap().is_by_hand());
    let missing = card.facts.missing(FactName::Pinned).unwrap();
    assert!(missing.contains("typed by hand"), "{missing}");
    // What is known of the image all the same, a source told.
    sqlx::query(
        "insert into deploys (id, service_id, environment_id, key, source, created_at, digest, sha)
         select gen_random_uuid(), service_id, environment_id, 'api:1', 'api', now(), $1, $2 from approval_requests limit 1",
    )
    .bind(format!("sha256:{}", "c".repeat(64)))
    .bind("a".repeat(40))
    .execute(&pool)
    .await
    .unwrap();
    let (_, known) = server.ask(&image("c")).await;
    assert_eq!(known["goes"], true, "{known}");
}
