//! `/dev/gallery`

use leptos::prelude::*;

use crate::{
    page::{Page, Section, respond},
    ui::PageHeader,
};

/// Every component in its states.
pub fn gallery_page() -> impl IntoView {
    respond(|_| async move {
        Ok(Page::new(Section::None, "Gallery").body(view! { <PageHeader title="Gallery" /> }))
    })
}
