//! `/`

use leptos::prelude::*;

use crate::{
    page::{Page, Section, respond},
    paths,
    ui::{Empty, LinkButton, PageHeader},
};

/// Home: where to start.
pub fn home_page() -> impl IntoView {
    respond(|ctx| async move {
        let organisation = ctx.app.organisation.name.clone();
        Ok(Page::new(Section::Home, "Home").body(view! {
            <PageHeader title=organisation />
            <Empty title="Every service, from commit to production">
                "Open the catalogue to see what is running where."
                <LinkButton href=paths::services()>"Open services"</LinkButton>
            </Empty>
        }))
    })
}
