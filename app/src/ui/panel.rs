//! Panels (a hairline around one thing) and plain sections of a side column.

use leptos::prelude::*;

/// A titled box.
#[component]
pub fn Panel(
    /// Its `<h2>`.
    #[prop(into)]
    title: String,
    /// Its id, for links to it.
    #[prop(optional, into)]
    id: Option<String>,
    /// At the right of the title: how fresh, how many, "All 412 →".
    #[prop(optional, into)]
    note: Option<ViewFn>,
    /// Whether the content brings its own padding: tables do.
    #[prop(optional)]
    flush: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="panel" id=id data-flush=flush.then_some("")>
            <header class="panel-head">
                <h2>{title}</h2>
                {note.map(|note| view! { <div class="panel-note">{note.run()}</div> })}
            </header>
            <div class="panel-body">{children()}</div>
        </section>
    }
}

/// A titled part without a box, for side columns.
#[component]
pub fn Section(
    /// Its `<h2>`.
    #[prop(into)]
    title: String,
    /// Its id, for links to it.
    #[prop(optional, into)]
    id: Option<String>,
    children: Children,
) -> impl IntoView {
    view! { <section class="section" id=id><h2>{title}</h2>{children()}</section> }
}
