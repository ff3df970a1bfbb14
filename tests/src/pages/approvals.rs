//! The inbox and each request: what who sees, forms and what is wrong with them, the glass, the file.

mod forms;
mod lists;

use commands::Opened;
use domain::{
    approvals::{BoundRelease, Facts, Involved, NewApproval, Part, Party},
    catalog::{NewService, RawService},
    ids::{EnvironmentId, ServiceId},
};
use sqlx::PgPool;
use tests::session::sign_in_as;
use uuid::Uuid;

use crate::{
    browsing::{get, post},
    harness::App,
    private::operator,
};

/// A service of tier 3, whose production asks one approver who did not ask for the deploy.
struct Ground {
    app: App,
    pool: PgPool,
    service: ServiceId,
    live: EnvironmentId,
}

impl Ground {
    async fn new(pool: &PgPool) -> Self {
        let app = App::start(pool.clone(), &[]).await;
        let raw = RawService {
            name: "shop".to_owned(),
            owner: "payments".to_owned(),
            repository: "acme/shop".to_owned(),
            tier: "3".to_owned(),
            ..RawService::default()
        };
        let new = NewService::parse(raw).unwrap();
        let service = app.commands.register_service(&operator(), &new).await.unwrap();
        let live = EnvironmentId(Uuid::now_v7());
        sqlx::query(
            "insert into environments (id, name, class, created_at) values ($1, 'live', 'production', now())",
        )
        .bind(live.0)
        .execute(pool)
        .await
        .unwrap();
        Self {
            app,
            pool: pool.clone(),
            service: service.summary.id,
            live,
        }
    }

    /// Somebody with a role for the whole organisation, as their cookie. A number is used by one test: the rail remembers it.
    async fn person(&self, number: u8, name: &str, role: &str) -> String {
        sign_in_as(&self.pool, number, name, Some(role)).await
    }

    fn new_approval(&self, version: &str) -> NewApproval {
        NewApproval {
            release: BoundRelease {
                service: self.service,
                environment: self.live,
                sha: None,
                digest: Some(format!("sha256:{:0>64}", version.replace('.', ""))),
                config: None,
                terraform_plan: None,
                terms: None,
            },
            version: Some(version.to_owned()),
            kind: None,
            initiators: vec![Party {
                part: Part::Initiator,
                who: Involved::Machine,
                name: "nightly".to_owned(),
            }],
            run: None,
            course: None,
            is_typed: false,
            facts: Facts::default(),
            gate: crate::approvals::gate(&format!("github:7/1/{version}")),
        }
    }

    /// A workflow asks about a version.
    async fn open(&self, version: &str) -> Opened {
        let new = self.new_approval(version);
        self.app.commands.open_request(&operator(), &new).await.unwrap()
    }

    async fn text(&self, path: &str, cookie: &str) -> String {
        let answer = get(&self.app, path, cookie).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        text
    }

    /// Sends a form; gives the status, where it leads, and the page.
    async fn send(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> (u16, String, String) {
        let answer = post(&self.app, path, cookie, fields).await;
        let status = answer.status().as_u16();
        let location = answer.headers().get("location");
        let location = location.map_or("", |to| to.to_str().unwrap()).to_owned();
        (status, location, answer.text().await.unwrap())
    }
}

fn page_of(opened: &Opened) -> String {
    format!("/approvals/{}", opened.id)
}

/// What stands in a field of a form that a page shows.
fn field(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\"")).expect(name);
    rest.split('>').nth(1).unwrap_or_default().to_owned()
}
