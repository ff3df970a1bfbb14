//! The loop as pages show it: a deploy with what one can do about it, and asking for one. As a browser without a script does.

mod acts;
mod asking;
mod choosing;
mod drills;
mod gates;
mod settings;
mod shown;

use domain::{
    catalog::{NewService, RawService},
    deploys::{
        drive::{
            Phase, Standing,
            inputs::Verdict,
            report::{NewReport, RawReport},
            request::{NewDrive, RawDrive, RawFact, RawWaiver},
        },
        report::{NewDeploy, RawDeploy, RawPhase},
    },
    executors::RawExecutor,
    ids::{DeployId, ServiceId},
};
use sqlx::PgPool;
use tests::session::sign_in_as;

use crate::{browsing, harness::App, private::operator};

/// What orders are signed with.
const SECRET: &str = "canary-0123456789abcdef0123456789abcdef";

/// A service `shop` whose release 1 runs in staging, where nobody is asked and a webhook would carry out what is ordered.
struct Ground {
    app: App,
    pool: PgPool,
    service: ServiceId,
    first: DeployId,
}

fn sha(release: usize) -> String {
    format!("{release:040x}")
}

fn digest(release: usize) -> String {
    format!("sha256:{release:064x}")
}

impl Ground {
    async fn new(pool: &PgPool) -> Self {
        let ground = Self::without_executor(pool).await;
        let raw = RawExecutor {
            kind: "webhook".into(),
            url: "https://deploy.example/fairway".into(),
            secret: SECRET.into(),
            ..RawExecutor::default()
        };
        let at = ("shop", "staging");
        ground
            .app
            .commands
            .set_executor(&operator(), at, &raw)
            .await
            .unwrap();
        ground
    }

    async fn without_executor(pool: &PgPool) -> Self {
        let app = App::start(pool.clone(), &[]).await;
        let raw = RawService {
            name: "shop".into(),
            owner: "payments".into(),
            repository: "acme/shop".into(),
            tier: "3".into(),
            ..RawService::default()
        };
        let new = NewService::parse(raw).unwrap();
        let service = app.commands.register_service(&operator(), &new).await.unwrap();
        let mut ground = Self {
            app,
            pool: pool.clone(),
            service: service.summary.id,
            first: DeployId(uuid::Uuid::nil()),
        };
        ground.first = ground.report_good(1, "staging").await;
        ground
    }

    /// A deploy that somebody else carried out, and that went well.
    async fn report_good(&self, release: usize, environment: &str) -> DeployId {
        let raw = RawDeploy {
            service: "shop".into(),
            environment: environment.into(),
            sha: Some(sha(release)),
            digest: Some(digest(release)),
            version: Some(format!("1.{release}.0")),
            phases: vec![RawPhase {
                state: "succeeded".into(),
                ..RawPhase::default()
            }],
            ..RawDeploy::default()
        };
        let commands = &self.app.commands;
        let new = NewDeploy::parse(raw, commands.now()).unwrap();
        let reported = commands.report_deploy(&operator(), new).await.unwrap();
        commands.derive_service(self.service).await.unwrap();
        reported.id
    }

    /// A canary of a release to staging, of which all is known that has to be.
    async fn ask(&self, release: usize) -> DeployId {
        let fact = |item: &str| RawFact {
            item: item.into(),
            good: true,
            what: "as it should be".into(),
            critical: None,
        };
        let waive = |item: &str, reason: &str| RawWaiver {
            item: item.into(),
            reason: reason.into(),
        };
        let raw = RawDrive {
            deploy: RawDeploy {
                service: "shop".into(),
                environment: "staging".into(),
                sha: Some(sha(release)),
                digest: Some(digest(release)),
                version: Some(format!("1.{release}.0")),
                strategy: Some("canary".into()),
                ..RawDeploy::default()
            },
            waivers: vec![
                waive("checks", "the tests have no checks"),
                waive("backup", "nothing is stored there"),
            ],
            facts: vec![fact("scan"), fact("signature")],
            ..RawDrive::default()
        };
        let new = NewDrive::parse(raw, self.app.commands.now()).unwrap();
        let asked = self.app.commands.start_drive(&operator(), new).await;
        asked.unwrap().id
    }

    /// Takes a drive as far as it goes with what is known.
    async fn settle(&self, deploy: DeployId) -> Standing {
        while self.app.commands.advance_drive(deploy).await.unwrap() {}
        self.app.commands.derive_service(self.service).await.unwrap();
        let detail = self.app.commands.reads().drive(deploy).await.unwrap();
        detail.unwrap().drive.standing
    }

    /// Lets the executor say that it brought a drive to a share of the traffic, so that it is watched there.
    async fn expose(&self, deploy: DeployId) {
        self.report(deploy, "succeeded").await;
    }

    /// Lets the executor say how it went that a drive ordered last.
    async fn report(&self, deploy: DeployId, outcome: &str) {
        let standing = self.settle(deploy).await;
        let Standing::At(place) = standing else {
            panic!("it ended: {standing:?}");
        };
        assert_eq!(place.phase, Phase::Deploy);
        let drive = self
            .app
            .commands
            .reads()
            .drive(deploy)
            .await
            .unwrap()
            .unwrap()
            .drive;
        let raw = RawReport {
            key: drive.key_of(&place),
            outcome: outcome.into(),
            ..RawReport::default()
        };
        let new = NewReport::parse(raw, self.app.commands.now()).unwrap();
        self.app.commands.report_drive(&operator(), new).await.unwrap();
        self.settle(deploy).await;
    }

    /// Says what watching the present step found.
    async fn judge(&self, deploy: DeployId, verdict: Verdict) {
        let drive = self
            .app
            .commands
            .reads()
            .drive(deploy)
            .await
            .unwrap()
            .unwrap()
            .drive;
        let place = *drive.standing.place().unwrap();
        let of = (place.round, place.step);
        self.app.commands.tell_verdict(deploy, of, verdict).await.unwrap();
        self.settle(deploy).await;
    }

    /// Somebody with a role for the whole organisation, as their cookie. A number is used by one test.
    async fn person(&self, number: u8, role: &str) -> String {
        sign_in_as(&self.pool, number, role, Some(role)).await
    }

    async fn page(&self, path: &str, cookie: &str) -> String {
        let answer = browsing::get(&self.app, path, cookie).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        text
    }

    /// Sends a form; gives the status, where it leads, and the page.
    async fn send(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> (u16, String, String) {
        let answer = browsing::post(&self.app, path, cookie, fields).await;
        let status = answer.status().as_u16();
        let location = answer.headers().get("location");
        let location = location.map_or("", |to| to.to_str().unwrap()).to_owned();
        (status, location, answer.text().await.unwrap())
    }
}

fn page_of(deploy: DeployId) -> String {
    format!("/deploys/{deploy}")
}

/// A part of a page, from its id to the end of its section.
fn panel<'a>(page: &'a str, id: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("id=\"{id}\""))
        .unwrap_or_else(|| panic!("no #{id}: {page}"));
    rest.split("</section>").next().unwrap()
}

/// That little is known of what is watched.
fn too_little() -> Verdict {
    Verdict::Insufficient {
        why: "there is too little traffic".into(),
    }
}
