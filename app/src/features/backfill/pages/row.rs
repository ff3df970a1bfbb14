//! One repository of the list: what it is, what became of it, how far its history is read, and what can be done.

use domain::{
    access::{Action, Resource},
    backfill::{
        BackfillState, FoundRepository, HistoryKind, HistoryProgress, RepositoryStanding, Visibility,
    },
    deploys::read::ServiceRef,
};
use leptos::prelude::*;

use super::list::standing_words;
use crate::{
    ctx, format, paths,
    ui::{Button, ButtonKind, Clock, Row, Status, StatusMark, Tag, Time, TimeStyle},
};

pub(super) fn row(found: FoundRepository, here: &str) -> Row {
    let actions = actions(&found, here);
    let (standing, services, gone_at) = (found.standing, found.services.clone(), found.gone_at);
    Row::new(name(&found))
        .cell(catalogue(standing, services, gone_at))
        .cell(history(&found.history))
        .cell(actions)
}

fn name(found: &FoundRepository) -> impl IntoView + use<> {
    let visibility = match found.visibility {
        Visibility::Public => Some("Public"),
        Visibility::Internal => Some("Internal"),
        Visibility::Private => None,
    };
    let full_name = found.full_name.clone();
    let branch = format!("branch {}", found.default_branch);
    view! {
        <span class="repository-name">
            <span class="repository-full-name">{full_name}</span>
            {visibility.map(|word| view! { <Tag>{word}</Tag> })}
            {found.fork.then(|| view! { <Tag>"Fork"</Tag> })}
            {found.archived.then(|| view! { <Tag>"Archived"</Tag> })}
        </span>
        <span class="dim repository-branch">{branch}</span>
    }
}

fn catalogue(
    standing: RepositoryStanding,
    services: Vec<ServiceRef>,
    gone_at: Option<chrono::DateTime<chrono::Utc>>,
) -> AnyView {
    let links = services
        .into_iter()
        .map(|service| view! { <a href=paths::service(&service.slug)>{service.title}</a> })
        .collect_view();
    let links = view! { <span class="repository-services">{links}</span> };
    match (standing, gone_at) {
        (RepositoryStanding::Service, _) => links.into_any(),
        (RepositoryStanding::Gone, Some(at)) => view! {
            <StatusMark status=Status::warn("gone") />" "<Time at />{links}
        }
        .into_any(),
        (standing, _) => {
            view! { <StatusMark status=Status::idle(standing_words(standing)) />{links} }.into_any()
        }
    }
}

/// How far the reading is: one bar for all kinds, and the words of the one that waits or failed.
fn history(kinds: &[HistoryProgress]) -> AnyView {
    if kinds.is_empty() {
        return view! { <span class="unknown">"not read"</span> }.into_any();
    }
    let rows: u64 = kinds.iter().map(|kind| kind.rows).sum();
    let finished = kinds.iter().map(|kind| kind.finished_at).min().flatten();
    let rows = format::counted(rows, "row");
    if kinds.iter().all(|kind| kind.state == BackfillState::Done) {
        let at = finished.map(|at| view! { " · "<Time at /> });
        let odd = kinds.iter().find(|kind| kind.problem.is_some()).map(problem);
        return view! {
            <StatusMark status=Status::ok("read") />
            <span class="dim repository-progress-words">{rows}{at}</span>
            {odd}
        }
        .into_any();
    }
    let percent = percent(kinds);
    let failed = kinds.iter().find(|kind| kind.state == BackfillState::Failed);
    let problem = failed
        .or_else(|| kinds.iter().find(|kind| kind.problem.is_some()))
        .map(problem);
    let label = format!("History read: {percent} %");
    view! {
        <span class="repository-progress">
            <progress class="progress" max="100" value=percent aria-label=label data-tone=failed.map(|_| "danger")></progress>
            <span class="num">{percent}" %"</span>
        </span>
        <span class="dim repository-progress-words">{rows}{waits(kinds)}</span>
        {problem}
    }
    .into_any()
}

/// Whole per cent over all kinds, 100 only when all is read.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share in [0, 1] becomes 0 to 99"
)]
fn percent(kinds: &[HistoryProgress]) -> u8 {
    let sum: f64 = kinds.iter().map(HistoryProgress::share).sum();
    ((sum / kinds.len() as f64 * 100.0) as u8).min(99)
}

/// When it goes on: what is due is begun within a minute.
fn waits(kinds: &[HistoryProgress]) -> Option<AnyView> {
    let reading = || kinds.iter().filter(|kind| kind.state == BackfillState::Reading);
    let at = reading().map(|kind| kind.resume_at).min().flatten()?;
    let is_due = use_context::<Clock>().is_some_and(|clock| at <= clock.now);
    Some(if is_due {
        " · goes on in a moment".into_any()
    } else {
        view! { " · goes on at "<Time at style=TimeStyle::Clock /> }.into_any()
    })
}

fn problem(kind: &HistoryProgress) -> impl IntoView + use<> {
    let what = match kind.kind {
        HistoryKind::PullRequests => "Pull requests",
        HistoryKind::Deployments => "Deployments",
        HistoryKind::Releases => "Releases",
    };
    let words = kind.problem.clone().unwrap_or_default();
    let failed = kind.state == BackfillState::Failed;
    view! { <span class="repository-problem" data-failed=failed.then_some("")>{what}": "{words}</span> }
}

fn actions(found: &FoundRepository, here: &str) -> AnyView {
    if found.standing == RepositoryStanding::Gone {
        return view! { <span class="dim">"Its history stays."</span> }.into_any();
    }
    let (id, here) = (found.id.to_string(), here.to_owned());
    let make = (found.standing == RepositoryStanding::Open).then(|| make(found));
    let (act, word) = match found.standing {
        RepositoryStanding::Ignored => ("heed", "Stop ignoring"),
        _ => ("ignore", "Ignore"),
    };
    let ignore = (found.standing != RepositoryStanding::Service).then(|| {
        view! { <Button kind=ButtonKind::Quiet name="act" value=act disabled_because=ctx::why_not(Action::ManageRepositories, &Resource::Organisation)>{word}</Button> }
    });
    let read = (found.standing != RepositoryStanding::Ignored)
        .then(|| read_word(&found.history))
        .flatten();
    let read = read.map(|word| {
        view! { <Button kind=ButtonKind::Quiet name="act" value="read" disabled_because=ctx::why_not(Action::ManageRepositories, &Resource::Organisation)>{word}</Button> }
    });
    view! {
        <form class="repository-actions" method="post" action=here>
            <input type="hidden" name="repository" value=id />
            {make}{read}{ignore}
        </form>
    }
    .into_any()
}

/// The owner stands first, so that the form's first button is the one that Enter presses.
fn make(found: &FoundRepository) -> impl IntoView + use<> {
    let account = found.full_name.split('/').next().unwrap_or_default().to_owned();
    let label = format!("Owner of the service of {}", found.full_name);
    view! {
        <input class="control" name="owner" list="owners" placeholder=account aria-label=label autocomplete="off" />
        <Button name="act" value="make" disabled_because=ctx::why_not(Action::ManageRepositories, &Resource::Organisation)>"Make a service"</Button>
    }
}

/// What the button that reads says; nothing while it is being read.
fn read_word(kinds: &[HistoryProgress]) -> Option<&'static str> {
    let any = |state: BackfillState| kinds.iter().any(|kind| kind.state == state);
    if any(BackfillState::Failed) {
        return Some("Try again");
    }
    if any(BackfillState::Reading) {
        return None;
    }
    Some(if kinds.is_empty() {
        "Read history"
    } else {
        "Read again"
    })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    fn kind(state: BackfillState, reached_days: i64) -> HistoryProgress {
        let at = |days: i64| DateTime::UNIX_EPOCH + TimeDelta::days(days);
        HistoryProgress {
            kind: HistoryKind::Deployments,
            state,
            since: at(0),
            started_at: at(180),
            reached_at: Some(at(reached_days)),
            rows: 1,
            calls: 1,
            resume_at: None,
            problem: None,
            finished_at: None,
        }
    }

    #[test]
    fn a_hundred_per_cent_is_said_only_when_all_is_read() {
        assert_eq!(percent(&[kind(BackfillState::Reading, 0)]), 99);
        let half = [kind(BackfillState::Done, 0), kind(BackfillState::Reading, 180)];
        assert_eq!(percent(&half), 50);
    }

    #[test]
    fn the_button_says_what_it_does() {
        assert_eq!(read_word(&[]), Some("Read history"));
        let reading = kind(BackfillState::Reading, 9);
        assert_eq!(read_word(&[reading.clone(), kind(BackfillState::Done, 0)]), None);
        assert_eq!(
            read_word(&[reading, kind(BackfillState::Failed, 0)]),
            Some("Try again")
        );
        assert_eq!(read_word(&[kind(BackfillState::Done, 0)]), Some("Read again"));
    }
}
