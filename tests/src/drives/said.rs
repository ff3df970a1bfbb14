//! What whoever asks says of an image: people who decide read it, and no policy lets anything go because of it.

use domain::{
    access::Role,
    actor::Viewer,
    approvals::{EvidenceCard, FactName, FactValue, Risk},
    deploys::{
        DeployState as S,
        drive::{
            Drive, End, Phase, Standing,
            evidence::Item,
            request::{NewDrive, RawDrive, RawFact},
        },
        report::{NewDeploy, RawDeploy},
    },
    ids::DeployId,
};
use sqlx::PgPool;

use super::{
    Shop, approvals::policy, as_it_is, by, digest, initiators::token, person, promotion::staged, raw, sha,
};

/// A policy for production that asks nobody where all is known to be well.
const TRUSTS_FACTS: &str = "minApprovals: 1, automatic: [{when: [{fact: signed, is: true}, \
    {fact: criticalFindings, atMost: 0}, {fact: pinned, is: true}], then: {approve: true}}]";

impl Shop {
    async fn trusting_facts(pool: &PgPool) -> Self {
        let shop = Self::open(pool).await;
        shop.commands
            .save_policy(&by(), &policy(TRUSTS_FACTS))
            .await
            .unwrap();
        shop
    }

    async fn ask_as(&self, who: &Viewer, raw: RawDrive) -> DeployId {
        let new = NewDrive::parse(raw, self.commands.now()).unwrap();
        self.commands.start_drive(who, new).await.unwrap().id
    }

    /// Release 2 as its pipeline reports it, or as somebody with a token of theirs says that it did.
    async fn reported_by(&self, who: &Viewer) {
        let raw = RawDeploy {
            service: "shop".into(),
            environment: "build".into(),
            sha: Some(sha(2)),
            digest: Some(digest(2)),
            ..RawDeploy::default()
        };
        let new = NewDeploy::parse(raw, self.commands.now()).unwrap();
        self.commands.report_deploy(who, new).await.unwrap();
    }

    /// What whoever decides about a drive sees.
    async fn card(&self, drive: &Drive) -> EvidenceCard {
        let request = self.request(drive, 0).await.unwrap();
        let detail = self.commands.reads().approval(request).await.unwrap();
        detail.unwrap().card
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_asks_is_no_source_of_what_lets_them_go_on(pool: PgPool) {
    let shop = Shop::trusting_facts(&pool).await;
    let ada = person(&shop.commands, "Ada", Role::Developer).await;
    let own = token(&shop, Some(&ada)).await;
    for (release, who) in [(2, &ada), (3, &own)] {
        let deploy = shop.ask_as(who, raw(release)).await;
        assert_eq!(shop.settle(deploy).await.state(), S::AwaitingApproval, "{who:?}");
        let drive = shop.drive(deploy).await;
        let card = shop.card(&drive).await;
        for name in [FactName::Signed, FactName::CriticalFindings] {
            let missing = card.facts.missing(name).unwrap();
            assert!(missing.contains("said by hand"), "{missing}");
        }
        let missing = card.facts.missing(FactName::Pinned).unwrap();
        assert!(missing.contains("typed by hand"), "{missing}");
        assert_eq!(
            card.risk,
            Risk::High,
            "nobody knows what an image that was typed brings"
        );
        let found = card.course.unwrap().findings;
        for item in [Item::Scan, Item::Signature, Item::Digest] {
            assert!(found.finding(item).unwrap().is_by_hand(), "{item:?}");
        }
        shop.commands
            .cancel_drive(&by(), deploy, "the next one")
            .await
            .unwrap();
        assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Cancelled));
    }
    let program = token(&shop, None).await;
    let mut raw = raw(4);
    raw.deploy.initiator = Some("renovate[bot]".into());
    let deploy = shop.ask_as(&program, raw).await;
    assert_eq!(
        shop.settle(deploy).await.state(),
        S::Backup,
        "a pipeline's word is a source's"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn an_image_is_known_where_a_source_told_of_it_for_that_commit(pool: PgPool) {
    let shop = Shop::trusting_facts(&pool).await;
    let ada = person(&shop.commands, "Ada", Role::Developer).await;
    let pinned = async |raw: RawDrive| {
        let deploy = shop.ask_as(&ada, raw).await;
        shop.bring(deploy, Phase::AwaitingApproval, 0).await;
        let drive = shop.drive(deploy).await;
        let pinned = shop.card(&drive).await.facts.value(FactName::Pinned).cloned();
        shop.commands
            .cancel_drive(&by(), deploy, "the next one")
            .await
            .unwrap();
        shop.settle(deploy).await;
        pinned
    };
    shop.reported_by(&token(&shop, Some(&ada)).await).await;
    assert_eq!(
        pinned(raw(2)).await,
        None,
        "a report of one's own is one's own word"
    );
    shop.reported_by(&token(&shop, None).await).await;
    assert_eq!(pinned(raw(2)).await, Some(FactValue::Flag(true)));
    let mut other = raw(2);
    other.deploy.sha = Some(sha(3));
    assert_eq!(pinned(other).await, None, "it was built from another commit");
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_talks_a_scanner_over(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let ada = person(&shop.commands, "Ada", Role::Developer).await;
    shop.ask(2, |raw| {
        staged(raw);
        raw.facts[0] = RawFact {
            item: "scan".into(),
            good: false,
            what: "CVE-2026-1 is critical".into(),
            critical: None,
        };
    })
    .await;
    let talked = shop.ask_as(&ada, raw(2)).await;
    assert_eq!(shop.settle(talked).await, Standing::Ended(End::Failed));
    let why = shop.detail(talked).await.why.unwrap();
    assert!(why.contains("CVE-2026-1"), "{why}");
    // Nor by saying first that it is bad as well, in a request that is repeated.
    for good in [false, true] {
        let mut again = raw(2);
        again.deploy.external_id = Some("talk".into());
        again.facts[0].good = good;
        shop.ask_as(&ada, again).await;
    }
    let talked = shop.ask_as(&ada, raw(2)).await;
    assert_eq!(shop.settle(talked).await, Standing::Ended(End::Failed));
    // What a pipeline says later of the same image stands again.
    shop.clock.forward(chrono::TimeDelta::minutes(1));
    let scanned = shop.ask(2, as_it_is).await;
    assert_eq!(shop.settle(scanned).await.state(), S::AwaitingApproval);
}
