//! A button that copies a text.

use std::time::Duration;

use leptos::prelude::*;

/// How long the button says that it copied.
const SAID: Duration = Duration::from_millis(1500);

/// A button that copies a text. The stylesheet shows it only where islands are awake.
#[island]
pub fn CopyButton(
    /// What is copied.
    text: String,
    /// What it is, for the button's name: "commit".
    what: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        // The promise is not awaited: after a refusal the text can still be selected by hand.
        let _ = window().navigator().clipboard().write_text(&text);
        copied.set(true);
        set_timeout(move || copied.set(false), SAID);
    };
    let label = move || {
        if copied.get() {
            "Copied".to_owned()
        } else {
            format!("Copy {what}")
        }
    };
    view! {
        <button
            class="copy"
            type="button"
            data-copied=move || copied.get().then_some("")
            aria-label=label
            on:click=copy
        >
            <span aria-hidden="true"></span>
        </button>
    }
}
