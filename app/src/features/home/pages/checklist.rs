//! The first run: what is still missing, each step with its live check.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::{
    paths,
    ui::{Badge, LinkButton, Panel, Status, Time},
};

/// The three steps from an empty installation to the first figures.
pub fn checklist(any_service: bool, any_deploy: bool, last_delivery: Option<DateTime<Utc>>) -> AnyView {
    let check = |done: bool| {
        if done {
            Status::ok("done")
        } else {
            Status::idle("waiting")
        }
    };
    view! {
        <Panel title="First steps" flush=true>
            <ol class="checklist">
                <li>
                    <div class="checklist-words">
                        <h3>"Let GitHub send its events"</h3>
                        <p>
                            "Add a webhook to the GitHub organisation: the address of this site followed by "
                            <code>"/webhooks/github"</code>", content type "<code>"application/json"</code>
                            ", and as its secret the value of "<code>"FAIRWAY_GITHUB_WEBHOOK_SECRET"</code>"."
                        </p>
                        {last_delivery.map(|at| view! { <p>"Last delivery "<Time at />"."</p> })}
                    </div>
                    <Badge status=check(last_delivery.is_some()) />
                    <LinkButton href=paths::admin_deliveries()>"Deliveries"</LinkButton>
                </li>
                <li>
                    <div class="checklist-words">
                        <h3>"Describe the services"</h3>
                        <p>
                            "Push a "<code>"catalog-info.yaml"</code>" to a repository's default branch, or import files with "
                            <code>"fairway catalog import PATH"</code>"."
                        </p>
                    </div>
                    <Badge status=check(any_service) />
                    <LinkButton href=paths::services()>"Services"</LinkButton>
                </li>
                <li>
                    <div class="checklist-words">
                        <h3>"Deploy something"</h3>
                        <p>
                            "GitHub deployments become deploys by themselves; any other pipeline reports to "
                            <code>"POST /api/v1/deploys"</code>" with a token of "<code>"fairway token create"</code>"."
                        </p>
                    </div>
                    <Badge status=check(any_deploy) />
                    <LinkButton href=paths::admin_unmatched()>"Unmatched"</LinkButton>
                </li>
            </ol>
        </Panel>
    }
    .into_any()
}
