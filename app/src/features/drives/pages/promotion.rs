//! Where a release has to succeed before it may go to the environment that is open. It holds for every service.

use leptos::prelude::*;

use super::{
    super::settings::settings_of,
    settings::{Loaded, Place},
};
use crate::{
    forms::Sent,
    ui::{Button, ButtonKind, Checkbox, ErrorSummary, Panel, TextArea},
};

/// The panel of the environment that is open; nothing where there is no other one.
pub(super) fn promotion(loaded: &Loaded, sent: &Sent) -> Option<AnyView> {
    let place = loaded.place().filter(|_| loaded.places.len() > 1)?;
    let name = place.environment.name.clone();
    let action = settings_of(&loaded.service.summary.slug, &name);
    let others = loaded
        .places
        .iter()
        .filter(|other| other.environment.id != place.environment.id)
        .map(|other| choice(other, place, sent))
        .collect_view();
    let (errors, typed, error) = (
        sent.errors.clone(),
        sent.fields.get("upstreams_reason").to_owned(),
        sent.error("upstreams_reason"),
    );
    let why_not = loaded.not_policies.clone();
    let title = format!("Before {name}");
    let legend = format!("A release of any service may go to {name} once it succeeded in");
    let view = view! {
        <Panel title id="promotion">
            <form class="deploy-form" method="post" action=action>
                <ErrorSummary errors />
                <input type="hidden" name="act" value="upstreams" />
                <input type="hidden" name="environment" value=name />
                <fieldset>
                    <legend>{legend}</legend>
                    <div class="setting-choices">{others}</div>
                </fieldset>
                <TextArea label="Reason" name="upstreams_reason" value=typed required=true rows=2
                    hint=Some("None ticked: it may go there at once. The reason stands in the audit trail.".to_owned()) error />
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Save what comes before"</Button>
            </form>
        </Panel>
    };
    Some(view.into_any())
}

fn choice(other: &Place, place: &Place, sent: &Sent) -> impl IntoView + use<> {
    let name = other.environment.name.clone();
    let checked = if sent.errors.is_empty() {
        place.upstreams.iter().any(|one| one.id == other.environment.id)
    } else {
        sent.fields.all("upstream").contains(&name.as_str())
    };
    view! { <Checkbox label=name.clone() name="upstream" value=name checked /> }
}
