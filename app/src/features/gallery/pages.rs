//! `/dev/gallery`: every component in its states, to look at in both themes and to compare by screenshot.
//!
//! The samples are fixed: two visits of one day differ in nothing.

mod approvals;
mod basics;
mod charts;
mod data;
mod failures;
mod forms;

use leptos::prelude::*;

use crate::{
    page::{Page, Section, respond},
    ui::PageHeader,
};

/// Every component in its states.
pub fn gallery_page() -> impl IntoView {
    respond(|ctx| async move {
        let now = ctx.now;
        Ok(Page::new(Section::None, "Gallery").body(view! {
            <PageHeader title="Gallery" about=|| "Every component in its states. What a page shows is made of these." />
            {data::channel(now)}
            {data::table(now)}
            {data::incidents(now)}
            {charts::figures()}
            {charts::lines()}
            {charts::distributions()}
            {charts::watched()}
            {basics::marks()}
            {basics::words(now)}
            {approvals::approvals(now)}
            {forms::fields()}
            {failures::parts(now)}
            {failures::errors(&ctx)}
        }))
    })
}
