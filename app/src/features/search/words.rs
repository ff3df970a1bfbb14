//! How what is found is written: what fits is marked, and what a machine calls it is in mono.

use domain::search::{Part, parts};
use leptos::prelude::*;

use crate::ui::Mono;

/// Words, and after them what a machine calls it: a release or a sha.
pub(super) struct Words {
    words: Vec<Part>,
    code: Vec<Part>,
}

impl Words {
    /// A text, in which the words that were looked for are marked.
    pub(super) fn of(text: &str, sought: &[String]) -> Self {
        Self {
            words: parts(text, sought),
            code: Vec::new(),
        }
    }

    /// The same with a release or a sha after it.
    pub(super) fn with_code(self, code: &str, sought: &[String]) -> Self {
        Self {
            code: parts(code, sought),
            ..self
        }
    }

    /// As it stands on the page.
    pub(super) fn view(self) -> impl IntoView {
        let Self { words, code } = self;
        let code = (!code.is_empty()).then(|| view! { <Mono>{marked(code)}</Mono> });
        view! { {marked(words)}{code} }
    }
}

fn marked(parts: Vec<Part>) -> impl IntoView {
    let view = |part: Part| {
        if part.fits {
            view! { <mark>{part.text}</mark> }.into_any()
        } else {
            part.text.into_any()
        }
    };
    parts.into_iter().map(view).collect_view()
}
