//! Requests for a decision in the demo: some wait, some are over each in its way. All made by the commands that people and
//! machines use, a while ago.

use chrono::TimeDelta;
use commands::{CommandError, Commands};
use domain::{
    actor::Viewer,
    approvals::{
        BoundRelease, FactName, FactValue, Facts, GateKind, Involved, NewApproval, NewDecision, NewGate,
        Part, Party, Verdict,
    },
    deploys::{
        DeployKind, DeployState,
        read::{DeployFilter, DeploySummary},
    },
    environments::EnvironmentClass,
    ids::{ApprovalId, EnvironmentId},
};
use serde_json::json;

use super::people::email_of;

/// Who approves, rejects and goes on without a decision.
const ADMIN: &str = "admin";
const LEAD: &str = "lead";
const DEVELOPER: &str = "developer";

/// What is asked about.
enum What {
    /// The deploy that waits for approval.
    Waiting,
    /// Another configuration of what runs: what people call it, and the beginning of its hash.
    Config(&'static str, &'static str),
}

/// What became of it.
enum End {
    /// It waits, and these have approved.
    Open(&'static [&'static str]),
    /// These approved, and it went on.
    Went(&'static [&'static str]),
    /// Somebody said no, and why.
    Rejected(&'static str, &'static str),
    /// Nobody decided in time.
    Expired,
    /// Somebody went on without a decision, and why.
    Broken(&'static str, &'static str),
}

/// A request of the story.
struct Ask {
    service: &'static str,
    what: What,
    /// When it was asked, in minutes before now.
    minutes: i64,
    /// Who asked; a workflow where nobody did.
    by: Option<&'static str>,
    end: End,
}

const fn ask(service: &'static str, what: What, minutes: i64, end: End) -> Ask {
    Ask {
        service,
        what,
        minutes,
        by: None,
        end,
    }
}

const ASKS: [Ask; 11] = [
    ask("payments-api", What::Waiting, 12, End::Open(&[ADMIN])),
    ask("orders", What::Waiting, 11, End::Open(&[])),
    ask("accounts", What::Waiting, 9, End::Open(&[])),
    ask(
        "ledger",
        What::Config("pool24", "5b1f6a03"),
        190,
        End::Open(&[ADMIN]),
    ),
    ask(
        "risk-engine",
        What::Config("model7", "c07d41ee"),
        320,
        End::Open(&[ADMIN]),
    ),
    Ask {
        by: Some(DEVELOPER),
        ..ask("cart-api", What::Config("ttl15", "90aa17d2"), 65, End::Open(&[]))
    },
    ask(
        "payout-worker",
        What::Config("retry9", "e4410b6c"),
        560,
        End::Broken(
            ADMIN,
            "This morning’s payouts stand still, and this setting lets them go.",
        ),
    ),
    ask(
        "invoice-renderer",
        What::Config("fonts2", "17c9d5f0"),
        1_570,
        End::Went(&[LEAD]),
    ),
    ask(
        "tracking",
        What::Config("poll60", "6e02b8a1"),
        2_890,
        End::Went(&[ADMIN]),
    ),
    ask(
        "ledger",
        What::Config("batch500", "b83f2d94"),
        3_010,
        End::Rejected(LEAD, "The month closes tonight. Ask again on the second."),
    ),
    ask("sessions", What::Config("ttl30", "2fd86c17"), 1_650, End::Expired),
];

/// Asks for the decisions of the story, and takes them.
pub(super) async fn decide(commands: &Commands, by: &Viewer) -> Result<(), CommandError> {
    for (number, ask) in (90_210_i64..).zip(&ASKS) {
        let Some(new) = asked(commands, ask, number).await? else {
            continue;
        };
        let asker = match ask.by {
            Some(part) => person(commands, part).await?,
            None => by.clone(),
        };
        let then = commands.ago(TimeDelta::minutes(ask.minutes));
        let opened = then.open_request(&asker, &new).await?;
        end(commands, ask, (opened.id, &new)).await?;
    }
    // As the clock did as soon as the time of one was over.
    let then = commands.ago(TimeDelta::minutes(209));
    then.expire_due().await?;
    Ok(())
}

async fn end(
    commands: &Commands,
    ask: &Ask,
    (id, new): (ApprovalId, &NewApproval),
) -> Result<(), CommandError> {
    // Somebody looked at it within some hours, and within the day that they have for it.
    let looked = ask.minutes - (ask.minutes / 2).min(300);
    let later = commands.ago(TimeDelta::minutes(looked));
    match &ask.end {
        End::Open(approvers) => approve(&later, approvers, (id, new)).await,
        End::Went(approvers) => {
            approve(&later, approvers, (id, new)).await?;
            let soon = commands.ago(TimeDelta::minutes(looked - 1));
            soon.release_gate(&new.gate.key, &new.release).await.map(drop)
        }
        End::Rejected(part, why) => say(&later, part, (id, new), (Verdict::Reject, *why)).await,
        End::Expired => Ok(()),
        End::Broken(part, why) => later.break_glass(&person(commands, part).await?, id, why).await,
    }
}

async fn approve(
    then: &Commands,
    approvers: &[&str],
    about: (ApprovalId, &NewApproval),
) -> Result<(), CommandError> {
    for part in approvers {
        say(then, part, about, (Verdict::Approve, "Looks right to me.")).await?;
    }
    Ok(())
}

/// One of the demo's people decides, where they may: who wrote some of a release does not.
async fn say(
    then: &Commands,
    part: &str,
    (id, new): (ApprovalId, &NewApproval),
    (verdict, why): (Verdict, &str),
) -> Result<(), CommandError> {
    let somebody = person(then, part).await?;
    if then.approval(&somebody, id).await?.why_not.decide.is_some() {
        return Ok(());
    }
    let decision = NewDecision {
        verdict,
        reason: Some(why.to_owned()),
        binding: new.release.binding(),
    };
    then.decide(&somebody, id, &decision).await.map(drop)
}

async fn person(commands: &Commands, part: &str) -> Result<Viewer, CommandError> {
    let email = email_of(part).unwrap_or_default();
    let missing = || CommandError::not_found(format!("person {part} of the demo"));
    let known = commands.reads().credentials_of_email(email).await?;
    let viewer = commands.viewer(known.ok_or_else(missing)?.person).await?;
    viewer.ok_or_else(missing)
}

/// What is asked; nothing where the history brought no such release.
async fn asked(commands: &Commands, ask: &Ask, number: i64) -> Result<Option<NewApproval>, CommandError> {
    let Some((deploy, environment)) = release(commands, ask).await? else {
        return Ok(None);
    };
    let version = deploy.version.clone().unwrap_or_else(|| deploy.release());
    let (version, config) = match &ask.what {
        What::Waiting => (version, None),
        What::Config(words, hash) => (
            format!("{version}+{words}"),
            Some(format!("sha256:{}", hash.repeat(8))),
        ),
    };
    let key = format!(
        "step:{number}/1/deploy/{}/{}",
        deploy.service.slug, deploy.environment
    );
    Ok(Some(NewApproval {
        release: BoundRelease {
            service: deploy.service.id,
            environment,
            sha: deploy.sha,
            digest: Some(format!("sha256:{}", "41d09ac2".repeat(8))),
            terraform_plan: None,
            terms: None,
            config: config.clone(),
        },
        version: Some(version),
        kind: Some(if config.is_some() {
            DeployKind::Config
        } else {
            DeployKind::Normal
        }),
        initiators: ask.by.is_none().then(workflow).into_iter().collect(),
        run: None,
        course: None,
        is_typed: false,
        facts: Facts::default()
            .with(FactName::Signed, FactValue::Flag(true))
            .with(FactName::CriticalFindings, FactValue::Number(0.0))
            .with(FactName::SucceededUpstream, FactValue::Flag(true)),
        gate: NewGate {
            kind: GateKind::Step,
            key,
            details: json!({ "run": number, "attempt": 1, "job": "deploy" }),
        },
    }))
}

fn workflow() -> Party {
    Party {
        part: Part::Initiator,
        who: Involved::Machine,
        name: "deploy.yml".to_owned(),
    }
}

/// The release that is asked about, and where it would go.
async fn release(
    commands: &Commands,
    ask: &Ask,
) -> Result<Option<(DeploySummary, EnvironmentId)>, CommandError> {
    let reads = commands.reads();
    let environments = reads.environments().await?;
    let deploy = match ask.what {
        What::Waiting => {
            let filter = DeployFilter {
                service: Some(ask.service.to_owned()),
                class: Some(EnvironmentClass::Production),
                state: Some(DeployState::AwaitingApproval),
                size: 1,
                ..DeployFilter::default()
            };
            reads.deploys(&filter).await?.rows.pop()
        }
        What::Config(..) => match reads.service(ask.service).await? {
            Some(service) => {
                let (_, running) = reads.channel_and_running(service.summary.id).await?;
                let mut running = running.into_iter().map(|running| running.deploy);
                running.find(|deploy| deploy.class == EnvironmentClass::Production)
            }
            None => None,
        },
    };
    Ok(deploy.and_then(|deploy| {
        let to = environments.iter().find(|one| one.name == deploy.environment)?;
        Some((deploy, to.id))
    }))
}
