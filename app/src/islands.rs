//! The islands that every page may use: what runs in the browser beside the features' own.

use leptos::prelude::*;

/// A button that copies a text; without script it is not there, since it could do nothing.
#[island]
pub fn CopyButton(
    /// What is copied.
    text: String,
    /// What it is, for the button's name: "Copy commit".
    what: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        // The promise is not awaited: a refusal leaves the text to be selected by hand.
        let _ = window().navigator().clipboard().write_text(&text);
        copied.set(true);
        set_timeout(move || copied.set(false), std::time::Duration::from_millis(1500));
    };
    let label = move || {
        if copied.get() {
            "Copied".to_owned()
        } else {
            format!("Copy {what}")
        }
    };
    view! {
        <button class="copy" type="button" data-copied=move || copied.get().then_some("") aria-label=label on:click=copy>
            <span aria-hidden="true"></span>
        </button>
    }
}
