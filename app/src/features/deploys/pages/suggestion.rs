//! What a hotfix that names nothing may fix, and accepting it. Nothing counts before somebody accepts.

use domain::deploys::read::DeployDetail;
use leptos::prelude::*;

use crate::{
    paths,
    ui::{Button, ButtonKind, Mono, Notice, Time, Tone},
};

/// The reason that stands in the form, to be accepted as it is or written over.
const REASON: &str = "It was the deploy counted before this hotfix, and it is what the hotfix repairs.";

/// The suggestion with its form; nothing where there is none.
pub fn suggestion(detail: &DeployDetail, why_not: Option<String>) -> impl IntoView + use<> {
    let action = paths::deploy(detail.summary.id);
    detail.may_fix.clone().map(|fixed| {
        let (id, href, release) = (fixed.id.to_string(), paths::deploy(fixed.id), fixed.release());
        let accept = format!("It fixes {release}");
        view! {
            <Notice tone=Tone::Info>
                <p>
                    "This hotfix does not say what it fixes. The deploy counted before it is "
                    <a href=href><Mono>{release}</Mono></a>
                    {fixed.exposed_at.map(|at| view! { ", which users saw "<Time at /> })}
                    ". It counts as a failed deployment only when you say so."
                </p>
                <form method="post" action=action class="suggestion">
                    <input type="hidden" name="field" value="fixes" />
                    <input type="hidden" name="value" value=id />
                    <label for="suggestion-reason">"Reason"</label>
                    <input
                        class="control" id="suggestion-reason" name="reason" value=REASON
                        required=true minlength="3" maxlength="2000"
                    />
                    <Button kind=ButtonKind::Primary disabled_because=why_not>{accept}</Button>
                </form>
            </Notice>
        }
    })
}
