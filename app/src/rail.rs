//! The rail: what exists, where one is, how much waits; and the switch of colours.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use commands::CommandError;
use domain::jobs::FailedJobState;
use leptos::prelude::*;
use store::{Reads, StoreError};

use crate::{
    ctx::Ctx,
    format,
    kept::Kept,
    page::Section,
    paths,
    theme::Theme,
    ui::{Icon, IconName, Status, StatusMark, Time},
};

/// How old the numbers may be: they invite, they are not figures, and every page has them.
const KEPT: TimeDelta = TimeDelta::seconds(5);

/// The numbers beside the rail's entries; zero is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    in_flight: u64,
    /// Requests and reviews that wait for whoever looks.
    pub waiting: u64,
    /// Deliveries that nobody could read.
    pub dead_deliveries: u64,
    /// Jobs that were given up.
    pub dead_jobs: u64,
    /// Deployments that wait for a service.
    pub unmatched: u64,
    /// As of when GitHub's data is, while it does not answer.
    pub github_as_of: Option<DateTime<Utc>>,
}

/// The numbers of those who see the same.
static COUNTS: LazyLock<Kept<Counts>> = LazyLock::new(|| Kept::for_up_to(KEPT));
/// What waits for each person.
static WAITING: LazyLock<Kept<u64>> = LazyLock::new(|| Kept::for_up_to(KEPT));

/// The numbers as of now, at most five seconds old; none where the database does not answer, since the page matters more.
pub(crate) async fn counts(ctx: &Ctx) -> Counts {
    let reads = ctx.reads();
    let seen = reads.sight().to_string();
    let counts = async {
        let all = COUNTS.get(seen, ctx.now, read(&reads, ctx.now)).await?;
        Ok::<_, CommandError>(Counts {
            waiting: waiting(ctx).await?,
            ..*all
        })
    };
    counts.await.unwrap_or_else(|error: CommandError| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the rail has no numbers"
        );
        Counts::default()
    })
}

/// How much waits for whoever looks.
async fn waiting(ctx: &Ctx) -> Result<u64, CommandError> {
    let Some((viewer, person)) = ctx
        .viewer
        .as_ref()
        .and_then(|viewer| Some((viewer, viewer.signed_in()?)))
    else {
        return Ok(0);
    };
    let count = async { Ok::<_, CommandError>(ctx.commands().waits_for(viewer).await?.count()) };
    WAITING
        .get(person.to_string(), ctx.now, count)
        .await
        .map(|count| *count)
}

async fn read(reads: &Reads, now: DateTime<Utc>) -> Result<Counts, StoreError> {
    let whole = |count: i64| u64::try_from(count).unwrap_or_default();
    let dead_jobs = reads
        .failed_job_counts()
        .await?
        .into_iter()
        .find(|(state, _)| *state == FailedJobState::Dead);
    let github = reads.system_health("github").await?;
    Ok(Counts {
        in_flight: whole(reads.deploys_in_flight().await?),
        dead_deliveries: whole(reads.dead_deliveries().await?),
        dead_jobs: dead_jobs.map_or(0, |(_, count)| whole(count)),
        unmatched: whole(reads.unmatched_count().await?),
        github_as_of: github.and_then(|health| health.silent_as_of(now)),
        // Of each person, and counted apart.
        waiting: 0,
    })
}

/// The rail's content: it stands in the rail, and in the menu of narrow screens.
#[component]
pub(crate) fn Rail(ctx: Ctx, section: Section, counts: Counts) -> impl IntoView {
    let entry = |label: &'static str, href: String, icon, of: Section, count: u64| {
        let current = (of == section).then_some("page");
        let count = (count > 0).then(|| view! { <span class="count">{format::count(count)}</span> });
        view! { <li><a href=href aria-current=current><Icon name=icon />{label}{count}</a></li> }
    };
    let demo = ctx
        .app
        .organisation
        .is_demo
        .then(|| view! { <span class="brand-demo">"Demo"</span> });
    // What one may not open is not there for them; its address still says who can grant it.
    let open = |label, href: String, icon, of, count| {
        ctx.may_open(&href).then(|| entry(label, href, icon, of, count))
    };
    let is_open = ctx.may_open(&paths::admin()) || ctx.may_open(&paths::admin_policies());
    let platform = is_open.then(|| {
        view! {
            <p class="rail-title">"Platform"</p>
            <ul>
                {open("Admin", paths::admin(), IconName::Admin, Section::Admin, 0)}
                {open("Deliveries", paths::admin_deliveries(), IconName::Inbox, Section::Deliveries, counts.dead_deliveries)}
                {open("Jobs", paths::admin_jobs(), IconName::Jobs, Section::Jobs, counts.dead_jobs)}
                {open("Repositories", paths::admin_repositories(), IconName::Repositories, Section::Repositories, 0)}
                {open("GitHub", paths::admin_github(), IconName::Integrations, Section::Github, 0)}
                {open("People", paths::admin_people(), IconName::People, Section::People, 0)}
                {open("Tokens", paths::admin_tokens(), IconName::Key, Section::Tokens, 0)}
                {open("Unmatched", paths::admin_unmatched(), IconName::Unmatched, Section::Unmatched, counts.unmatched)}
                {open("Environments", paths::admin_environments(), IconName::Environments, Section::Environments, 0)}
                {open("Policies", paths::admin_policies(), IconName::Policies, Section::Policies, 0)}
                {open("Audit", paths::admin_audit(), IconName::Audit, Section::Audit, 0)}
            </ul>
        }
    });
    view! {
        <nav aria-label="Main">
            <a class="brand" href=paths::home()><Icon name=IconName::Fairway /><span>"Fairway"</span>{demo}</a>
            <ul>
                {entry("Home", paths::home(), IconName::Home, Section::Home, 0)}
                {entry("Services", paths::services(), IconName::Services, Section::Services, 0)}
                {entry("Deploys", paths::deploys(), IconName::Deploys, Section::Deploys, counts.in_flight)}
                {entry("Approvals", paths::approvals(), IconName::Approvals, Section::Approvals, counts.waiting)}
                {entry("Catalogue", paths::catalog(), IconName::Catalog, Section::Catalog, 0)}
                {entry("Teams", paths::teams(), IconName::Teams, Section::Teams, 0)}
            </ul>
            <p class="rail-title">"Measure"</p>
            <ul>{entry("DORA", paths::dora(), IconName::Dora, Section::Dora, 0)}</ul>
            {platform}
            {stale(&ctx, counts.github_as_of)}
            <Person ctx=ctx.clone() section />
            <ThemeSwitch ctx />
        </nav>
    }
    .into_any()
}

/// On every page, while GitHub does not answer: how old what comes from it is.
fn stale(ctx: &Ctx, as_of: Option<DateTime<Utc>>) -> Option<AnyView> {
    let words = |at: DateTime<Utc>| view! { <StatusMark status=Status::warn("GitHub does not answer") />" Data as of "<Time at /> };
    as_of.map(|at| {
        let href = paths::admin_github();
        if ctx.may_open(&href) {
            view! { <a class="rail-stale" href=href>{words(at)}</a> }.into_any()
        } else {
            view! { <p class="rail-stale">{words(at)}</p> }.into_any()
        }
    })
}

/// Who is signed in, and the way out.
#[component]
fn Person(ctx: Ctx, section: Section) -> impl IntoView {
    let current = (section == Section::Account).then_some("page");
    ctx.viewer.map(|viewer| {
        view! {
            <div class="rail-person">
                <a href=paths::account() aria-current=current>{viewer.actor().name().to_owned()}</a>
                <form method="post" action=paths::sign_out()><button type="submit">"Sign out"</button></form>
            </div>
        }
    })
}

/// Three buttons of one form: no script, and the page comes back in the chosen colours.
#[component]
fn ThemeSwitch(ctx: Ctx) -> impl IntoView {
    let button = |theme: Theme| {
        let icon = match theme {
            Theme::System => IconName::System,
            Theme::Light => IconName::Light,
            Theme::Dark => IconName::Dark,
        };
        let pressed = if ctx.theme == theme { "true" } else { "false" };
        let label = theme.label();
        view! {
            <button type="submit" name="theme" value=theme.as_str() aria-pressed=pressed aria-label=label title=label>
                <Icon name=icon />
            </button>
        }
    };
    view! {
        <form class="theme-switch" action=paths::theme() method="post" aria-label="Colours">
            <input type="hidden" name="to" value=ctx.here() />
            {Theme::ALL.map(button).collect_view()}
        </form>
    }
}
