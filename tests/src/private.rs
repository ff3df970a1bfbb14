//! Private services are invisible outside their team: no id, no list, no count, no stream and no act tells of them.

mod causes;
mod ids;
mod lists;
mod setting;

use chrono::{TimeDelta, Utc};
use commands::Commands;
use domain::{
    access::{NewGrant, Role},
    actor::{Actor, Scope, Viewer},
    approvals::{BoundRelease, Facts, GateKind, NewApproval, NewGate},
    catalog::{NewService, RawService},
    deploys::{
        corrections::NewCorrection,
        report::{NewDeploy, RawDeploy, RawPhase},
    },
    ids::{ApprovalId, CorrectionId, DeployId, IncidentId, PersonId, ServiceId},
    incidents::{NewIncident, RawIncident},
    tokens::{NewToken, Owner, Reach, SECRET_BYTES},
};
use reqwest::{Method, RequestBuilder, Response, header};
use sqlx::PgPool;
use tests::session::{person, sign_in_as};
use uuid::Uuid;

use crate::harness::{App, cookie, stranger};

/// What the names of all private services begin with.
const SECRET: &str = "quay-";
/// Number of the person who looks: an operator who is a developer of the team `growth`.
const READER: u8 = 40;

/// Whoever arranges what a test needs.
pub fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

/// A server with a public service of each team, and whoever looks at it.
struct Ground {
    app: App,
    client: reqwest::Client,
    /// The reader's session.
    session: String,
    /// The reader's token, and one that nobody owns and nothing is hidden from.
    tokens: [String; 2],
}

impl Ground {
    async fn new(pool: &PgPool) -> Self {
        let app = App::start(pool.clone(), &[]).await;
        for (name, team) in [("harbour", "payments"), ("lantern", "growth")] {
            register(&app.commands, name, team).await;
            deploy(&app.commands, name).await;
        }
        let session = sign_in_as(pool, READER, "Rea Reader", Some("operator")).await;
        let reader = PersonId(person(READER));
        join(&app.commands, reader, "growth").await;
        let mut tokens = Vec::new();
        for (seed, owner) in [(1, Some(reader)), (2, None)] {
            let new = NewToken {
                name: format!("token {seed}"),
                scopes: Scope::ALL.to_vec(),
                reach: Reach::default(),
                owner: owner.map(Owner::from),
                expires_at: Utc::now() + TimeDelta::days(1),
            };
            let made = app
                .commands
                .create_token(&operator(), new, [seed; SECRET_BYTES])
                .await;
            tokens.push(made.unwrap().1);
        }
        Self {
            app,
            client: stranger(),
            session,
            tokens: tokens.try_into().unwrap(),
        }
    }

    /// A request of the reader, or of an admin: a page's with the session, the API's with the token.
    fn request(&self, as_admin: bool, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, self.app.url(path));
        if path.starts_with("/api/") {
            return request.bearer_auth(&self.tokens[usize::from(as_admin)]);
        }
        let session = if as_admin { cookie() } else { self.session.clone() };
        request
            .header(header::COOKIE, session)
            .header(header::ORIGIN, self.app.url(""))
            .header(header::ACCEPT, "text/html")
    }

    async fn get(&self, as_admin: bool, path: &str) -> Response {
        let request = self.request(as_admin, Method::GET, path);
        request.send().await.unwrap()
    }

    async fn text(&self, as_admin: bool, path: &str) -> String {
        let answer = self.get(as_admin, path).await;
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.unwrap()
    }
}

/// Makes somebody a developer of a team.
pub async fn join(commands: &Commands, who: PersonId, team: &str) {
    let new = NewGrant {
        team: Some(team.to_owned()),
        ..NewGrant::whole(Role::Developer)
    };
    commands.grant_role(&operator(), who, new).await.unwrap();
}

/// Registers a service that a team owns.
pub async fn register(commands: &Commands, name: &str, team: &str) -> ServiceId {
    let raw = RawService {
        name: name.to_owned(),
        owner: team.to_owned(),
        repository: format!("acme/{name}"),
        ..RawService::default()
    };
    let new = NewService::parse(raw).unwrap();
    let service = commands.register_service(&operator(), &new).await.unwrap();
    service.summary.id
}

/// Registers a service and makes it private.
pub async fn hide(commands: &Commands, name: &str, team: &str) -> ServiceId {
    let id = register(commands, name, team).await;
    commands
        .set_visibility(&operator(), name, true, "not announced yet")
        .await
        .unwrap();
    id
}

/// Deploys a service to production.
pub async fn deploy(commands: &Commands, service: &str) -> DeployId {
    let raw = RawDeploy {
        service: service.to_owned(),
        environment: "production".into(),
        version: Some(format!("{service}-1.0.0")),
        phases: vec![RawPhase {
            state: "succeeded".into(),
            ..RawPhase::default()
        }],
        ..RawDeploy::default()
    };
    let new = NewDeploy::parse(raw, Utc::now()).unwrap();
    commands.report_deploy(&operator(), new).await.unwrap().id
}

/// Opens an incident of a service.
pub async fn incident(commands: &Commands, service: &str) -> IncidentId {
    let raw = RawIncident {
        service: service.to_owned(),
        title: format!("{service} is slow"),
        severity: Some(3),
        ..RawIncident::default()
    };
    let new = NewIncident::parse(raw, Utc::now()).unwrap();
    commands.report_incident(&operator(), new).await.unwrap().id
}

/// Asks for a decision about a release of a service to production, which was deployed to.
async fn ask(commands: &Commands, service: ServiceId) -> ApprovalId {
    let environments = commands.reads().environments().await.unwrap();
    let production = environments.iter().find(|one| one.name == "production").unwrap();
    let new = NewApproval {
        release: BoundRelease {
            service,
            environment: production.id,
            sha: None,
            digest: Some(format!("sha256:{}", "41d09ac2".repeat(8))),
            config: None,
            terraform_plan: None,
            terms: None,
        },
        version: None,
        kind: None,
        initiators: Vec::new(),
        run: None,
        course: None,
        is_typed: false,
        facts: Facts::default(),
        gate: NewGate {
            kind: GateKind::Step,
            key: format!("step:{service}"),
            details: serde_json::json!({}),
        },
    };
    commands.open_request(&operator(), &new).await.unwrap().id
}

async fn correct(commands: &Commands, deploy: DeployId) -> CorrectionId {
    let new = NewCorrection::parse("exclude", "", "a rehearsal").unwrap();
    commands.correct_deploy(&operator(), deploy, new).await.unwrap()
}

/// A delivery about a repository, which waits.
async fn delivery(pool: &PgPool, repository: &str) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into deliveries (id, received_at, source, delivery_id, event, body, status, repository)
         values ($1, now(), 'github', $1::text, 'push', '\\x7b7d', 'processed', $2)",
    )
    .bind(id)
    .bind(repository)
    .execute(pool)
    .await
    .unwrap();
    id
}
