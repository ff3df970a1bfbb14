//! The first run: what is still missing, each step with its live check. Every check is a fact that is stored.

use chrono::{DateTime, Utc};
use domain::integrations::{CheckOutcome, GithubBudget, PermissionCheck, SystemHealth};
use leptos::prelude::*;

use crate::{
    format, paths,
    ui::{Glyph, LinkButton, Panel, Time},
};

/// What has arrived so far.
pub struct FirstSteps {
    /// When the newest delivery of a webhook came.
    pub last_delivery: Option<DateTime<Utc>>,
    /// Services in the catalogue.
    pub services: u64,
    /// When the newest deploy was asked for.
    pub last_deploy: Option<DateTime<Utc>>,
    /// Deployments that belong to no service yet.
    pub unmatched: u64,
    /// What is wrong with how GitHub is asked, where it is asked.
    pub github_problem: Option<&'static str>,
}

impl FirstSteps {
    /// Whether services are deployed: then the steps have done their work, however the events came.
    pub fn complete(&self) -> bool {
        self.services > 0 && self.last_deploy.is_some()
    }

    /// Whether GitHub sends, and answers where it is asked.
    fn is_connected(&self) -> bool {
        self.last_delivery.is_some() && self.github_problem.is_none()
    }
}

/// The three steps from an empty installation to the first figures.
pub fn checklist(steps: &FirstSteps) -> AnyView {
    let done = [
        steps.is_connected(),
        steps.services > 0,
        steps.last_deploy.is_some(),
    ];
    let note = format!("{} of 3 done", done.iter().filter(|done| **done).count());
    let steps = [github(steps), catalogue(steps), deploys(steps)];
    view! {
        <Panel title="First steps" note=move || note.clone() flush=true>
            <ol class="checklist">{steps.into_iter().collect_view()}</ol>
        </Panel>
    }
    .into_any()
}

fn github(steps: &FirstSteps) -> AnyView {
    let check = match (steps.github_problem, steps.last_delivery) {
        (Some(problem), _) => problem.into_any(),
        (None, Some(at)) => view! { "Last delivery "<Time at /> }.into_any(),
        (None, None) => "No delivery yet".into_any(),
    };
    let words = view! {
        "Add a webhook to the GitHub organisation: the address of this site followed by "
        <code>"/webhooks/github"</code>", content type "<code>"application/json"</code>
        ", and as its secret the value of "<code>"FAIRWAY_GITHUB_WEBHOOK_SECRET"</code>"."
    };
    let way = if steps.github_problem.is_some() {
        view! { <LinkButton href=paths::admin_github()>"Look at GitHub"</LinkButton> }
    } else {
        view! { <LinkButton href=paths::admin_deliveries()>"Deliveries"</LinkButton> }
    };
    step(
        "Let GitHub send its events",
        words,
        (steps.is_connected(), check),
        way,
    )
}

/// Why GitHub is not connected though Fairway asks it: the last answer or check was not good. `None` where it was.
pub fn problem(
    health: Option<&SystemHealth>,
    budgets: &[GithubBudget],
    checks: &[PermissionCheck],
) -> Option<&'static str> {
    let answered = health.and_then(|health| health.last_answer_at);
    let failed = health.and_then(|health| health.last_failure_at);
    if budgets.iter().any(|budget| budget.refused_since.is_some()) {
        Some("GitHub refuses Fairway's App or token")
    } else if answered.is_none() && failed.is_none() {
        Some("No answer of GitHub yet")
    } else if failed > answered {
        Some("GitHub does not answer")
    } else if checks.iter().any(|check| check.outcome == CheckOutcome::Missing) {
        Some("GitHub answers, and rights are missing")
    } else {
        None
    }
}

fn catalogue(steps: &FirstSteps) -> AnyView {
    let check = match steps.services {
        0 => "No service yet".to_owned(),
        services => format!("{} in the catalogue", format::counted(services, "service")),
    };
    let words = view! {
        "Push a "<code>"catalog-info.yaml"</code>" to a repository's default branch, or import files with "
        <code>"fairway catalog import PATH"</code>"."
    };
    let way = view! { <LinkButton href=paths::services()>"Services"</LinkButton> };
    step(
        "Describe the services",
        words,
        (steps.services > 0, check.into_any()),
        way,
    )
}

fn deploys(steps: &FirstSteps) -> AnyView {
    let check = match (steps.last_deploy, steps.unmatched) {
        (Some(at), _) => view! { "Last deploy "<Time at /> }.into_any(),
        (None, 0) => "No deploy yet".into_any(),
        (None, 1) => "1 deployment arrived and belongs to no service".into_any(),
        (None, waiting) => format!(
            "{} deployments arrived and belong to no service",
            format::count(waiting)
        )
        .into_any(),
    };
    let words = view! {
        "GitHub deployments become deploys by themselves; any other pipeline reports to "
        <code>"POST /api/v1/deploys"</code>" with a token of "<code>"fairway token create"</code>"."
    };
    let way = if steps.unmatched > 0 {
        view! { <LinkButton href=paths::admin_unmatched()>"Match deployments"</LinkButton> }
    } else {
        view! { <LinkButton href=paths::deploys()>"Deploys"</LinkButton> }
    };
    step(
        "Deploy something",
        words,
        (steps.last_deploy.is_some(), check),
        way,
    )
}

fn step(
    title: &'static str,
    words: impl IntoView + 'static,
    (done, check): (bool, AnyView),
    way: impl IntoView + 'static,
) -> AnyView {
    let (glyph, tone) = if done {
        (Glyph::Check, "ok")
    } else {
        (Glyph::Ring, "neutral")
    };
    let state = if done { "Done: " } else { "Waiting: " };
    view! {
        <li data-done=done.then_some("") data-tone=tone>
            <span class="checklist-buoy">{glyph.view()}</span>
            <div class="checklist-words">
                <h3>{title}</h3>
                <p>{words}</p>
                <p class="checklist-check"><span class="sr-only">{state}</span>{check}</p>
            </div>
            {way}
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::integrations::GithubPermission;

    use super::*;

    #[test]
    fn github_is_connected_only_where_its_last_word_was_good() {
        let at = |minute| Some(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(minute));
        let health = |answer, failure| SystemHealth {
            breaker: "closed".into(),
            open_since: None,
            next_try: None,
            last_answer_at: answer,
            last_failure_at: failure,
            last_failure: None,
            noted_at: DateTime::UNIX_EPOCH,
        };
        let (good, bad) = (health(at(2), at(1)), health(at(1), at(2)));
        assert_eq!(problem(None, &[], &[]), Some("No answer of GitHub yet"));
        assert_eq!(problem(Some(&good), &[], &[]), None);
        assert_eq!(problem(Some(&bad), &[], &[]), Some("GitHub does not answer"));
        let refused = GithubBudget {
            caller: "token".into(),
            account: None,
            limit: None,
            remaining: None,
            reset_at: None,
            paused_until: None,
            refused_since: at(1),
            noted_at: DateTime::UNIX_EPOCH,
        };
        let words = problem(Some(&good), &[refused], &[]);
        assert_eq!(words, Some("GitHub refuses Fairway's App or token"));
        let missing = PermissionCheck {
            permission: GithubPermission::Checks,
            outcome: CheckOutcome::Missing,
            detail: None,
            checked_at: DateTime::UNIX_EPOCH,
        };
        let words = problem(Some(&good), &[], &[missing]);
        assert_eq!(words, Some("GitHub answers, and rights are missing"));
    }

    #[test]
    fn a_delivery_alone_does_not_connect_github() {
        let steps = |github_problem| FirstSteps {
            last_delivery: Some(DateTime::UNIX_EPOCH),
            services: 0,
            last_deploy: None,
            unmatched: 0,
            github_problem,
        };
        assert!(steps(None).is_connected());
        assert!(!steps(Some("No answer of GitHub yet")).is_connected());
    }
}
