//! `/admin/jobs`

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    jobs::{FailedJob, FailedJobState},
    page::{PAGE_SIZE, Page as Rows},
};
use leptos::prelude::*;

use super::address::ListQuery;
use crate::{
    address::ListAddress,
    ctx::{self, Ctx},
    format,
    forms::{self, Sent},
    page::{Page, Section, respond_to},
    paths,
    ui::{
        Button, ButtonKind, Column, Empty, ErrorSummary, Facet, Facets, LinkButton, PageHeader, Pagination,
        Row, Status, StatusMark, Table, Time,
    },
};

struct Loaded {
    rows: Rows<FailedJob>,
    counts: Vec<(FailedJobState, i64)>,
}

/// Background jobs whose last attempt failed.
pub fn jobs_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(|ctx, query: ListQuery| async move {
        let loaded = load(&ctx, &query).await?;
        Ok(Page::new(Section::Jobs, "Jobs")
            .crumb("Admin", paths::admin())
            .body(list(&query, loaded, &sent)))
    })
}

async fn load(ctx: &Ctx, query: &ListQuery) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    Ok(Loaded {
        rows: reads
            .failed_jobs(query.state()?, &query.position(), PAGE_SIZE)
            .await?,
        counts: reads.failed_job_counts().await?,
    })
}

fn list(query: &ListQuery, loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded { rows, counts } = loaded;
    let errors = sent.errors.clone();
    let (previous, next) = query.neighbours(&rows);
    let total = counts
        .iter()
        .filter(|(state, _)| query.state.is_empty() || state.as_str() == query.state)
        .map(|(_, count)| count)
        .sum::<i64>();
    let total = u64::try_from(total).unwrap_or_default();
    let summary = format::shown_of(rows.rows.len(), &format::counted(total, "job"));
    let csv = query.whole_at(&paths::admin_jobs_csv());
    view! {
        <PageHeader
            title="Jobs" about=|| "Work in the background that failed: what it was about, and why. Deliveries have a page of their own."
            actions=move || view! { <LinkButton href=csv.clone()>"CSV"</LinkButton> }
        />
        <ErrorSummary errors />
        <Facets label="State" values=facets(query, &counts) />
        <Table caption="Failed jobs" columns=columns() rows=rows.rows.into_iter().map(row).collect() empty=empty />
        <Pagination previous next summary previous_word="Newer" next_word="Older" />
    }
}

fn facets(query: &ListQuery, counts: &[(FailedJobState, i64)]) -> Vec<Facet> {
    counts
        .iter()
        .map(|(state, count)| {
            let count = u64::try_from(*count).unwrap_or_default();
            query.facet(
                |query| &mut query.state,
                state.as_str(),
                (status(*state).word, count),
            )
        })
        .collect()
}

/// How a failed job's state looks.
fn status(state: FailedJobState) -> Status {
    match state {
        FailedJobState::Waiting => Status::waiting("tried again"),
        FailedJobState::Dead => Status::danger("dead"),
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Job").grows(),
        Column::new("State"),
        Column::new("Tries").numeric().dim().wide_only(),
        Column::new("Enqueued").numeric().dim().wide_only(),
        Column::new("Next try").numeric().dim().wide_only(),
        Column::new("Run again").hidden_label(),
    ]
}

fn row(job: FailedJob) -> Row {
    let label = format!("Run {} again", words(&job.task));
    let subject = job
        .subject
        .map(|subject| view! { " "<span class="job-subject">{subject}</span> });
    let next = job.next_try_at.map_or_else(
        || view! { <span class="unknown">"–"</span> }.into_any(),
        |at| view! { <Time at /> }.into_any(),
    );
    let name = view! {
        <span class="job-name">{words(&job.task)}{subject}</span>
        <span class="dim job-error">{job.error}</span>
    };
    Row::new(name)
        .cell(view! { <StatusMark status=status(job.state) /> })
        .cell(job.attempts)
        .cell(view! { <Time at=job.enqueued_at /> })
        .cell(next)
        .cell(view! {
            <form method="post" action=paths::admin_jobs() aria-label=label>
                <input type="hidden" name="job" value=job.id.to_string() />
                <Button kind=ButtonKind::Quiet disabled_because=ctx::why_not(Action::RetryJob, &Resource::Organisation)>"Run again"</Button>
            </form>
        })
}

/// A task's name as words: `fetch_compare` is "Fetch compare".
fn words(task: &str) -> String {
    let mut letters = task.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str()).replace('_', " ")
}

fn empty() -> impl IntoView {
    view! {
        <Empty title="No job failed">
            "What fails is listed here with its reason, and can be run again."
            <LinkButton href=paths::admin_deliveries()>"See the deliveries"</LinkButton>
        </Empty>
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn tasks_are_named_in_words() {
        assert_eq!(words("fetch_pull_request_commits"), "Fetch pull request commits");
        assert_eq!(words(""), "");
    }
}
