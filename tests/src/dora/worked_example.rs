//! `docs/dora.md`: Fairway is told what its tables say, and gives its figures, to the last digit.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    dora::{Authors, Metric, Question, QuickCheck, Range, Report, Scope as Whose},
    facts::{
        AuthorFact, CommitFact, DeploymentFact, DeploymentStatusFact, Observation, ObservedEvent, PersonFact,
        PullRequestFact, PushFact, RepositoryFact,
    },
};

use super::*;

/// Services with their teams.
const SERVICES: [(&str, &str); 3] = [
    ("payments", "checkout"),
    ("orders", "checkout"),
    ("search", "discovery"),
];

/// The page whose tables are read.
fn page() -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/dora.md");
    std::fs::read_to_string(file).unwrap()
}

/// The lines of the table between two marks, each as its cells, without the head.
fn table(page: &str, name: &str) -> Vec<Vec<String>> {
    let (start, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let body = page.split(&start).nth(1).and_then(|rest| rest.split(&end).next());
    let lines = body.unwrap_or_else(|| panic!("no table {name}")).trim().lines();
    let cells = |line: &str| {
        line.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    lines.skip(2).map(cells).collect()
}

/// `10-05 11:20` of 2026, UTC.
fn minute(text: &str) -> DateTime<Utc> {
    time(&format!("2026-{}:00Z", text.replace(' ', "T")))
}

fn number(text: &str) -> i64 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no number in {text}"))
}

/// The commit that a pull request was merged as.
fn sha(pull_request: i64) -> String {
    format!("{pull_request:040x}")
}

fn person(login: &str, is_bot: bool) -> PersonFact {
    PersonFact {
        github_id: if is_bot { 9 } else { 5 },
        login: login.into(),
        is_bot,
    }
}

fn of_repository(service: &str, event: ObservedEvent) -> Observation {
    Observation {
        repository: Some(RepositoryFact {
            github_id: SERVICES
                .iter()
                .zip(701..)
                .find(|(known, _)| known.0 == service)
                .unwrap()
                .1,
            owner: "acme".into(),
            name: service.into(),
            default_branch: Some("main".into()),
            private: Some(true),
            archived: Some(false),
            updated_at: None,
        }),
        sender: None,
        event,
    }
}

fn commit(sha: String, author: &PersonFact, authored_at: Option<DateTime<Utc>>) -> CommitFact {
    CommitFact {
        message: format!("Commit {sha}"),
        sha,
        authored_at,
        committed_at: authored_at,
        author: AuthorFact {
            person: Some(author.clone()),
            ..AuthorFact::default()
        },
        paths: None,
    }
}

/// A change: its commit and the merge commit on the branch, and its pull request.
fn change(line: &[String], before: &str) -> [ObservedEvent; 2] {
    let number = number(&line[0]);
    let (first, ready, merged) = (&line[2], minute(&line[3]), minute(&line[4]));
    let says = &line[5];
    let author = person(
        if says == "by a bot" {
            "renovate[bot]"
        } else {
            "ada"
        },
        says == "by a bot",
    );
    let reverted = says.strip_prefix("reverts PR ");
    let push = PushFact {
        git_ref: "refs/heads/main".into(),
        before: before.into(),
        after: sha(number),
        pushed_at: merged,
        forced: false,
        commits: vec![
            commit(
                sha(number + 5000),
                &author,
                (first != "unknown").then(|| minute(first)),
            ),
            commit(sha(number), &author, Some(merged)),
        ],
    };
    let pull_request = PullRequestFact {
        action: "closed".into(),
        number,
        title: format!("Change {number}"),
        body: reverted
            .map(|other| format!("Reverts acme/{}#{other}", line[1]))
            .unwrap_or_default(),
        draft: false,
        author: Some(author),
        head_ref: format!("work-{number}"),
        head_sha: sha(number + 5000),
        from_fork: false,
        base_ref: "main".into(),
        merge_commit_sha: Some(sha(number)),
        labels: if says == "label `hotfix`" {
            vec!["hotfix".into()]
        } else {
            vec![]
        },
        opened_at: ready,
        updated_at: merged,
        merged_at: Some(merged),
        closed_at: Some(merged),
    };
    [
        ObservedEvent::Push(push),
        ObservedEvent::PullRequest(Box::new(pull_request)),
    ]
}

/// A deployment and its statuses.
fn deployment(line: &[String]) -> Vec<ObservedEvent> {
    let (id, requested, gate) = (number(&line[0]), minute(&line[4]), number(&line[5]));
    let fact = DeploymentFact {
        github_id: id,
        environment: line[3].clone(),
        sha: sha(number(&line[2])),
        git_ref: "main".into(),
        task: Some("deploy".into()),
        payload: json!({}),
        description: None,
        creator: Some(person("ada", false)),
        run: None,
        created_at: requested,
        updated_at: requested,
    };
    let mut statuses = Vec::new();
    if gate > 0 {
        statuses.push(("waiting", requested));
    }
    statuses.push(("in_progress", requested + TimeDelta::minutes(gate)));
    match line[7].strip_prefix("failed before exposure at ") {
        Some(at) => statuses.push(("failure", minute(at))),
        None => statuses.push(("success", minute(&line[6]))),
    }
    let statuses = (0..).zip(statuses).map(|(index, (state, at))| {
        ObservedEvent::DeploymentStatus(Box::new(DeploymentStatusFact {
            github_id: id * 10 + index,
            state: state.into(),
            description: None,
            log_url: None,
            environment_url: None,
            created_at: at,
            deployment: fact.clone(),
        }))
    });
    let statuses: Vec<ObservedEvent> = statuses.collect();
    std::iter::once(ObservedEvent::Deployment(Box::new(fact.clone())))
        .chain(statuses)
        .collect()
}

impl Told {
    /// Everything that the page's tables say.
    async fn by_the_page(pool: &PgPool, page: &str) -> Self {
        let told = Self::nothing(pool).await;
        sqlx::query("update organisation set time_zone = 'UTC'")
            .execute(pool)
            .await
            .unwrap();
        for (service, team) in SERVICES {
            told.register(service, team).await;
        }
        let mut heads: BTreeMap<String, String> = BTreeMap::new();
        for line in table(page, "changes") {
            let head = heads.insert(line[1].clone(), sha(number(&line[0])));
            let events = change(&line, &head.unwrap_or_else(|| sha(1)));
            told.observe(&line[1], events).await;
        }
        for line in table(page, "deployments") {
            told.observe(&line[1], deployment(&line)).await;
        }
        settle(&told.app, pool).await;
        for line in table(page, "deployments") {
            told.tell_what_happened(pool, &line).await;
        }
        settle(&told.app, pool).await;
        told
    }

    async fn observe(&self, service: &str, events: impl IntoIterator<Item = ObservedEvent>) {
        for event in events {
            let observation = of_repository(service, event);
            self.app.commands.observe(&observation, "github").await.unwrap();
        }
    }

    /// What people say of a deployment: an incident that it caused, a fix that it is.
    async fn tell_what_happened(&self, pool: &PgPool, line: &[String]) {
        if let Some(text) = line[7].strip_prefix("incident: noticed ") {
            let (noticed, end) = text.split_once(", ").unwrap();
            let mut incident = json!({
                "service": line[1], "title": "Users see errors", "severity": 2, "detected_at": minute(noticed),
                "caused_by": [deploy_of(pool, number(&line[0])).await],
            });
            if let Some(mitigated) = end.strip_prefix("mitigated ") {
                incident["mitigated_at"] = json!(minute(mitigated));
            }
            self.post("/incidents", &incident).await;
        }
        if let Some(fixed) = line[7].strip_prefix("fixes #") {
            let (fix, fixed) = (
                deploy_of(pool, number(&line[0])).await,
                deploy_of(pool, number(fixed)).await,
            );
            let said = json!({ "field": "fixes", "value": fixed, "reason": "The page says so" });
            self.post(&format!("/deploys/{fix}/corrections"), &said).await;
        }
    }

    async fn report(&self, whose: Whose, authors: Authors) -> Report {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let asked = Question {
            scope: whose,
            range: Range::custom(day("2026-10-05"), day("2026-11-01"), "UTC".parse().unwrap()).unwrap(),
            authors,
        };
        let reads = self.app.commands.reads();
        reads.dora(asked, time("2026-11-01T18:00:00Z")).await.unwrap()
    }
}

async fn deploy_of(pool: &PgPool, number: i64) -> uuid::Uuid {
    let deploy = "select deploy_id from github_deployments where github_id = $1";
    sqlx::query_scalar(deploy)
        .bind(number)
        .fetch_one(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_page_and_fairway_agree_on_every_figure(pool: PgPool) {
    let page = page();
    assert_eq!(table(&page, "deployments").len(), 40);
    let told = Told::by_the_page(&pool, &page).await;
    let report = told.report(Whose::Organisation, Authors::All).await;
    let people = told.report(Whose::Organisation, Authors::People).await;
    let bands = told.app.commands.reads().dora_bands(2023).await.unwrap().unwrap();
    let figures = &report.figures;
    let band = |metric, value, n| json!(bands.of(metric, value, n));
    let rate = &figures.change_fail_rate;
    let groups: serde_json::Map<String, Value> = report
        .groups
        .iter()
        .map(|group| {
            (
                group.name.as_ref().unwrap().slug.clone(),
                json!({ "deploys": group.deploys, "lead_time": group.lead_time }),
            )
        })
        .collect();
    let computed = json!({
        "figures": figures,
        "people": people.figures,
        "quick_check": QuickCheck::of(figures),
        "bands": {
            "frequency": band(Metric::Frequency, figures.frequency.median_service, figures.frequency.total),
            "lead_time": band(Metric::LeadTime, figures.lead_time.total.median, figures.lead_time.total.n),
            "change_fail_rate": band(Metric::ChangeFailRate, rate.share, rate.mature),
            "recovery": band(Metric::Recovery, figures.recovery.total.median, figures.recovery.total.n),
        },
        "teams": groups,
    });
    let expected = table(&page, "figures");
    assert!(expected.len() > 60, "{}", expected.len());
    let mut wrong = Vec::new();
    for line in expected {
        let name = line[0].trim_matches('`');
        let found = at(&computed, &format!("/{}", name.replace('.', "/")));
        let same = match (found.as_f64(), found.as_str()) {
            (Some(found), _) => line[1].parse() == Ok(found),
            (None, word) => word == Some(&line[1]),
        };
        if !same {
            wrong.push(format!("{name}: the page says {}, Fairway {found}", line[1]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_page_defines_each_metric_in_the_words_of_the_product() {
    let page = page();
    for metric in Metric::ALL {
        let sentence = format!("### {}\n\n{}\n", metric.title(), metric.definition());
        assert!(page.contains(&sentence), "{sentence}");
    }
}
