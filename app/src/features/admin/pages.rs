//! `/admin`

use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    audit::AuditFilter, backfill::RepositoryScan, catalog::Tier, environments::EnvironmentFilter,
    page::Position, people::TeamFilter,
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    format,
    page::{Page, Section, respond},
    paths,
    rail::{self, Counts},
    ui::{Column, PageHeader, Row, Status, StatusMark, Table, Time},
};

/// What stands beside the pages' names.
struct Standing {
    counts: Counts,
    reads_github: bool,
    environments: u64,
    policies: usize,
    places: usize,
    people: usize,
    service_accounts: usize,
    teams: u64,
    scan: Option<RepositoryScan>,
    last_change: Option<DateTime<Utc>>,
}

/// Every page of administration, with what waits there.
pub fn admin_page() -> impl IntoView {
    respond(|ctx| async move {
        let standing = load(&ctx).await?;
        Ok(Page::new(Section::Admin, "Admin").body(view(&ctx, &standing)))
    })
}

async fn load(ctx: &Ctx) -> Result<Standing, CommandError> {
    let reads = ctx.reads();
    let environments = reads.environment_counts(&EnvironmentFilter::default()).await?;
    let newest = reads.audit(&AuditFilter::default(), &Position::Start, 1).await?;
    Ok(Standing {
        counts: rail::counts(ctx).await,
        reads_github: ctx.commands().asks_github(),
        environments: environments.iter().map(|(_, count)| count).sum(),
        policies: reads.policies().await?.len(),
        places: reads.notification_targets(None).await?.len(),
        people: reads.accounts().await?.len(),
        service_accounts: reads.service_accounts().await?.len(),
        teams: reads.team_count(&TeamFilter::default()).await?,
        scan: reads.repository_scan().await?,
        last_change: newest.rows.first().map(|row| row.at),
    })
}

fn view(ctx: &Ctx, standing: &Standing) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Page"),
        Column::new("What it is for").dim().grows().wide_only(),
        Column::new("Now"),
    ];
    let open = rows(standing).into_iter().filter(|(href, _)| ctx.may_open(href));
    let rows = open.map(|(_, row)| row).collect();
    view! {
        <PageHeader title="Admin" about=|| "What comes in, what Fairway makes of it, and who changed what" />
        <Table caption="Pages of administration" columns rows />
    }
}

/// Each page with its address.
fn rows(standing: &Standing) -> Vec<(String, Row)> {
    let Counts {
        dead_deliveries,
        dead_jobs,
        unmatched,
        github_as_of,
        ..
    } = standing.counts;
    let github = match (standing.reads_github, github_as_of) {
        (_, Some(_)) => Status::danger("does not answer"),
        (true, None) => Status::ok("is asked"),
        (false, None) => Status::idle("not set up"),
    };
    let listed = match &standing.scan {
        Some(scan) => format::counted_as(scan.found, "repository", "repositories").into_any(),
        None => view! { <span class="unknown">"Not listed yet"</span> }.into_any(),
    };
    let environments = format::counted(standing.environments, "environment");
    let mut rows = vec![
        row(
            "GitHub",
            paths::admin_github(),
            "How Fairway stands with GitHub: rights, budget, webhook",
            mark(github),
        ),
        row(
            "Repositories",
            paths::admin_repositories(),
            "What GitHub lists, what became of each, and the reading of history",
            listed,
        ),
        row(
            "Deliveries",
            paths::admin_deliveries(),
            "What GitHub sent, and what became of it; dead ones are replayed here",
            mark(waits(dead_deliveries, "dead delivery", "dead deliveries")),
        ),
        row(
            "Jobs",
            paths::admin_jobs(),
            "Work in the background that failed; run it again here",
            mark(waits(dead_jobs, "dead job", "dead jobs")),
        ),
        row(
            "Unmatched",
            paths::admin_unmatched(),
            "Deployments that no rule gives to a service",
            mark(waits(unmatched, "deployment waits", "deployments wait")),
        ),
        row(
            "Environments",
            paths::admin_environments(),
            "What each environment is for: only production counts in the figures",
            environments.into_any(),
        ),
        row(
            "Policies",
            paths::admin_policies(),
            "What has to be decided before a release goes out, by how many and by whom; and when nothing may",
            format::counted_as(standing.policies as u64, "policy", "policies").into_any(),
        ),
    ];
    rows.extend(rows_of_deploys(standing));
    rows.extend(rows_of_people(standing));
    rows
}

/// The pages about what follows of deploys.
fn rows_of_deploys(standing: &Standing) -> Vec<(String, Row)> {
    vec![
        row(
            "Rollback rules",
            paths::admin_rollback(),
            "When a release that is watched is rolled back by itself, by tier",
            format::counted(Tier::ALL.len() as u64, "tier").into_any(),
        ),
        row(
            "Notifications",
            paths::admin_notifications(),
            "What the organisation's channels are told of decisions and deploys",
            format::counted(standing.places as u64, "place").into_any(),
        ),
    ]
}

/// The pages about people, programs and what they did.
fn rows_of_people(standing: &Standing) -> Vec<(String, Row)> {
    let people = format::counted_as(standing.people as u64, "person", "people");
    let changed = standing.last_change.map_or_else(
        || view! { <span class="unknown">"Nothing yet"</span> }.into_any(),
        |at| view! { "Last change "<Time at /> }.into_any(),
    );
    vec![
        row(
            "People",
            paths::admin_people(),
            "Who can sign in, and what they may do",
            people.into_any(),
        ),
        row(
            "Roles of teams",
            paths::admin_teams(),
            "Who belongs to which team, and what they may do there",
            format::counted(standing.teams, "team").into_any(),
        ),
        row(
            "Tokens",
            paths::admin_tokens(),
            "What CI and other programs may, and which workflows are trusted",
            format::counted(standing.service_accounts as u64, "service account").into_any(),
        ),
        row(
            "Audit",
            paths::admin_audit(),
            "Who changed what, when and why",
            changed,
        ),
    ]
}

fn row(name: &'static str, href: String, about: &'static str, now: AnyView) -> (String, Row) {
    let link = href.clone();
    let row = Row::new(view! { <a href=link>{name}</a> })
        .under(about)
        .cell(about)
        .cell(now);
    (href, row)
}

fn mark(status: Status) -> AnyView {
    view! { <StatusMark status /> }.into_any()
}

/// Green where nothing waits.
fn waits(count: u64, one: &str, many: &str) -> Status {
    match count {
        0 => Status::ok("nothing waits"),
        count => Status::waiting(format::counted_as(count, one, many)),
    }
}
