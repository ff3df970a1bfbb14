//! Services in a cell: their link and their tier.

use domain::catalog::Tier;
use leptos::prelude::*;

use crate::{paths, ui::Tag};

/// A service's name as the link to its page.
#[component]
pub fn ServiceLink(
    /// Its slug.
    #[prop(into)]
    slug: String,
    /// Its name, when it differs from the slug.
    #[prop(optional, into)]
    name: Option<String>,
) -> impl IntoView {
    let href = paths::service(&slug);
    view! { <a class="service-link" href=href>{name.unwrap_or(slug)}</a> }
}

/// "Tier 1"; nothing when the catalogue does not say.
#[component]
pub fn TierTag(
    /// How critical it is.
    tier: Option<Tier>,
) -> impl IntoView {
    tier.map(|tier| {
        let tone = if tier.number() == 1 {
            crate::ui::Tone::Accent
        } else {
            crate::ui::Tone::Neutral
        };
        view! { <Tag tone>"Tier "{tier.number()}</Tag> }
    })
}
