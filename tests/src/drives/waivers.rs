//! A waiver stands beside what is known of a release: people read both, policies see what is wrong, and what is found later is
//! another release for whoever decided.

use chrono::TimeDelta;
use domain::{
    approvals::{ApprovalState, Binding, EvidenceCard, FactName, FactValue, NewDecision, NewStep, RawStep},
    deploys::{
        DeployState as S,
        drive::{
            Drive, Phase, Standing,
            evidence::{Finding, Item},
            request::{RawDrive, RawFact, RawWaiver},
        },
    },
    ids::{ApprovalId, GateId},
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Shop, Word, approvals::policy, by, digest, promotion::staged, sha};

/// What a scanner found in release 2.
const FOUND: &str = "CRITICAL CVE-2026-1";

/// Goes on without a scan.
fn unscanned(raw: &mut RawDrive) {
    raw.facts.retain(|fact| fact.item != "scan");
    raw.waivers.push(RawWaiver {
        item: "scan".into(),
        reason: "the scanner is slow today".into(),
    });
}

fn found() -> Finding {
    Finding::bad(FOUND).with_critical(Some(2))
}

impl Shop {
    /// A pipeline that wants release 2 elsewhere says what its scanner found.
    async fn scan_is_bad(&self) {
        self.clock.forward(TimeDelta::minutes(1));
        self.ask(2, |raw| {
            staged(raw);
            raw.facts[0] = RawFact {
                item: "scan".into(),
                good: false,
                what: FOUND.into(),
                critical: Some(2),
            };
        })
        .await;
    }

    /// What whoever decides in a round sees.
    async fn seen_in(&self, drive: &Drive, round: i16) -> EvidenceCard {
        let request = self.request(drive, round).await.unwrap();
        self.seen_of(request).await
    }

    /// Release 2 comes to wait at a step of a workflow, of a job of its own; gives the gate and the request.
    async fn step(&self, job: &str) -> (GateId, ApprovalId) {
        let raw = RawStep {
            service: "shop".into(),
            environment: "production".into(),
            sha: Some(sha(2)),
            digest: Some(digest(2)),
            run_id: 71,
            job: job.into(),
            ..RawStep::default()
        };
        let step = NewStep::parse(raw, self.commands.now()).unwrap();
        let gate = self.commands.open_step(&by(), step).await.unwrap().id;
        let request: Uuid = sqlx::query_scalar("select request_id from approval_gates where id = $1")
            .bind(gate.0)
            .fetch_one(&self.pool)
            .await
            .unwrap();
        (gate, request.into())
    }

    async fn seen_of(&self, request: ApprovalId) -> EvidenceCard {
        let detail = self.commands.reads().approval(request).await.unwrap();
        detail.unwrap().card
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_known_to_be_wrong_stands_beside_the_waiver(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    shop.scan_is_bad().await;
    let deploy = shop.ask(2, unscanned).await;
    shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    let card = shop.seen_in(&shop.drive(deploy).await, 0).await;
    let critical = card.facts.value(FactName::CriticalFindings);
    assert_eq!(critical, Some(&FactValue::Number(2.0)));
    let shown = card.finding(Item::Scan).unwrap();
    assert_eq!(shown.wrong(), Some(&found()));
    assert!(matches!(shown, Finding::Waived { reason, .. } if reason.contains("slow")));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_policy_that_refuses_is_not_waived(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let refuses =
        "minApprovals: 1, automatic: [{when: [{fact: criticalFindings, above: 0}], then: {refuse: true}}]";
    shop.commands.save_policy(&by(), &policy(refuses)).await.unwrap();
    shop.scan_is_bad().await;
    let deploy = shop.ask(2, unscanned).await;
    let place = shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    let drive = shop.drive(deploy).await;
    assert!(!shop.decide(&drive, 0, Word::Approve).await);
    assert_eq!(shop.settle(deploy).await, Standing::At(place));
    assert_eq!(shop.request_state(&drive, 0).await, "pending");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_found_after_the_approval_voids_it(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let deploy = shop.ask(2, unscanned).await;
    shop.bring(deploy, Phase::Backup, 0).await;
    let drive = shop.drive(deploy).await;
    let before = shop.seen_in(&drive, 0).await;
    assert_eq!(before.facts.value(FactName::CriticalFindings), None);
    shop.scan_is_bad().await;
    shop.say_well(deploy).await;
    let Standing::At(place) = shop.settle(deploy).await else {
        panic!("it ended: {:?}", shop.detail(deploy).await.why);
    };
    assert_eq!((place.phase, place.round), (Phase::AwaitingApproval, 1));
    assert!(shop.dispatched(deploy).await.is_empty());
    assert_eq!(shop.request_state(&drive, 0).await, "void");
    let card = shop.seen_in(&drive, 1).await;
    assert_eq!(card.finding(Item::Scan).and_then(Finding::wrong), Some(&found()));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_approved_before_covers_nothing_that_is_worse(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let first = shop.ask(2, unscanned).await;
    shop.bring(first, Phase::Backup, 0).await;
    let approved = shop.request(&shop.drive(first).await, 0).await.unwrap();
    shop.scan_is_bad().await;
    let second = shop.ask(2, unscanned).await;
    assert_eq!(shop.settle(second).await.state(), S::AwaitingApproval);
    let drive = shop.drive(second).await;
    assert_ne!(shop.request(&drive, 0).await.unwrap(), approved);
    assert_eq!(shop.request_state(&drive, 0).await, "pending");
}

#[sqlx::test(migrations = "../migrations")]
async fn people_who_were_asked_before_are_asked_anew(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let first = shop.ask(2, unscanned).await;
    shop.bring(first, Phase::AwaitingApproval, 0).await;
    shop.scan_is_bad().await;
    let second = shop.ask(2, unscanned).await;
    assert_eq!(shop.settle(second).await.state(), S::AwaitingApproval);
    let (waiting, joining) = (shop.drive(first).await, shop.drive(second).await);
    assert_eq!(shop.request_state(&waiting, 0).await, "void");
    shop.commands.take_approval_outcomes().await.unwrap();
    shop.settle(first).await;
    let anew = shop.request(&waiting, 1).await;
    assert_eq!(anew, shop.request(&joining, 0).await);
    let card = shop.seen_of(anew.unwrap()).await;
    assert_eq!(card.finding(Item::Scan).and_then(Finding::wrong), Some(&found()));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_gate_step_is_told_what_is_known_of_its_image(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    shop.scan_is_bad().await;
    let (_, request) = shop.step("deploy").await;
    let card = shop.seen_of(request).await;
    let critical = card.facts.value(FactName::CriticalFindings);
    assert_eq!(critical, Some(&FactValue::Number(2.0)));
    assert_eq!(card.finding(Item::Scan), Some(&found()));
    let signed = card.facts.value(FactName::Signed);
    assert_eq!(signed, Some(&FactValue::Flag(true)));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_found_after_the_approval_lets_no_step_go_on(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let stands = async |gate: GateId| shop.commands.step_standing(&by(), gate).await.unwrap();
    let (first, request) = shop.step("first").await;
    let (second, _) = shop.step("second").await;
    let approve = async |request: ApprovalId| {
        let binding: Vec<u8> = sqlx::query_scalar("select binding from approval_requests where id = $1")
            .bind(request.0)
            .fetch_one(&pool)
            .await
            .unwrap();
        let yes = NewDecision {
            verdict: Word::Approve,
            reason: None,
            binding: Binding::of_bytes(&binding).unwrap(),
        };
        shop.commands.decide(&shop.approver, request, &yes).await.unwrap();
    };
    approve(request).await;
    assert!(stands(first).await.goes);
    shop.scan_is_bad().await;
    for _ in 0..2 {
        let standing = stands(second).await;
        assert_eq!((standing.goes, standing.gate.state), (false, ApprovalState::Void));
        let why = standing.gate.why.unwrap();
        assert!(why.contains("wrong with the image"), "{why}");
    }
    // Whoever decides anew sees it, and what they approve holds.
    let (third, anew) = shop.step("third").await;
    assert_ne!(anew, request);
    let card = shop.seen_of(anew).await;
    assert_eq!(card.finding(Item::Scan), Some(&found()));
    approve(anew).await;
    assert!(stands(third).await.goes);
}
