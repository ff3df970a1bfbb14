//! Who sees the service, and the form that says so.

use domain::{
    access::{Owned, authorize_visibility},
    catalog::{Privacy, Service},
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    forms::Sent,
    paths,
    ui::{Button, ButtonKind, ErrorSummary, Prop, Props, Section, TextArea},
};

/// Where the page says who sees the service.
pub(crate) const VISIBILITY: &str = "visibility";

/// Why whoever asks may not change who sees a service.
pub(super) fn why_not(ctx: &Ctx, service: &Service) -> Option<String> {
    let owned = Owned {
        team: service.summary.owner.as_ref().map(|team| team.id),
        tier: service.summary.tier,
        ..Owned::default()
    };
    match &ctx.viewer {
        Some(viewer) => authorize_visibility(viewer, owned)
            .err()
            .map(|why| why.to_string()),
        None => Some("Sign in first.".to_owned()),
    }
}

/// Who sees it, who says so, and the button that changes it.
pub(super) fn visibility(service: &Service, why_not: Option<String>, sent: &Sent) -> impl IntoView + use<> {
    let privacy = service.privacy;
    let by_file = privacy
        .in_file
        .then(|| "Its catalog file says fairway.dev/visibility: private; change it there.".to_owned());
    let why_not = by_file.or(why_not);
    let action = paths::service(&service.summary.slug);
    let (to, act) = if privacy.by_hand {
        ("organisation", "Let everybody see it")
    } else {
        ("private", "Make it private")
    };
    let (reason, error) = (sent.fields.get("reason").to_owned(), sent.error("reason"));
    let errors = sent.errors.clone();
    let open = !errors.is_empty();
    let items = vec![Prop::new("Seen by", words(privacy))];
    view! {
        <Section title="Visibility">
            <div id=VISIBILITY>
                <Props items />
                <ErrorSummary errors />
                <details class="correct" open=open>
                    <summary>"Change who sees it"</summary>
                    <form method="post" action=action>
                        <input type="hidden" name="visibility" value=to />
                        <TextArea label="Reason" name="reason" value=reason required=true
                            hint=Some("It stands in the audit trail.".to_owned()) error />
                        <Button kind=ButtonKind::Primary disabled_because=why_not>{act}</Button>
                    </form>
                </details>
            </div>
        </Section>
    }
}

fn words(privacy: Privacy) -> &'static str {
    match (privacy.in_file, privacy.by_hand) {
        (false, false) => "everybody who may look",
        (true, false) => "its team and admins only, says its catalog file",
        (false, true) => "its team and admins only, says a person",
        (true, true) => "its team and admins only, say its catalog file and a person",
    }
}
