//! The keyboard: search, going places, rows, and the help that says so. Single keys can be switched off.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

use super::dom::{all, first};
use crate::paths;

/// Where the browser remembers that single keys are off.
const OFF: &str = "fairway.keys.off";

/// Keys and what they do, as the help lists them.
const HELP: [(&str, &str); 11] = [
    ("⌘K Ctrl+K", "Find or do anything"),
    ("/", "Search"),
    ("j k", "Next and previous row"),
    ("o", "Open the row"),
    ("a", "Decide: to the reason, then Tab to the buttons"),
    ("g h", "Home"),
    ("g s", "Services"),
    ("g d", "Deploys"),
    ("g a", "Approvals"),
    ("g m", "DORA"),
    ("?", "This list"),
];

/// Rows that `j` and `k` go through, by the link of each.
const ROWS: &str = ".table tbody th a, .hit-title";

/// Where a page takes a decision: its reason, or why there is nothing to decide.
const DECISION: &str = "[data-key='a'] .control:enabled, [data-key='a'][tabindex]";

/// Single-key shortcuts and their help, which opens with `?`. Switched off, the palette still opens the help.
#[island]
pub fn Keys() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let off = RwSignal::new(false);
    let going = StoredValue::new(false);
    Effect::new(move || {
        off.set(is_off());
        let _ = window_event_listener(ev::keydown, move |event| {
            let was_going = going.get_value();
            going.set_value(false);
            if is_ours(&event) && !off.get_untracked() {
                going.set_value(press(&event, was_going, dialog));
            }
        });
    });
    let switch = move |event: ev::Event| {
        let on = event
            .target()
            .is_none_or(|target| target.unchecked_into::<HtmlInputElement>().checked());
        off.set(!on);
        remember(!on);
    };
    view! {
        <dialog class="keys" node_ref=dialog aria-labelledby="keys-title">
            <form method="dialog">
                <h2 id="keys-title">"Keyboard"</h2>
                <dl>
                    {HELP.map(|(keys, act)| {
                        let keys = keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_view();
                        view! { <div><dt>{act}</dt><dd>{keys}</dd></div> }
                    }).collect_view()}
                </dl>
                <label class="check">
                    <input type="checkbox" prop:checked=move || !off.get() on:change=switch />
                    "Single keys are on"
                </label>
                <button class="button" data-kind="plain">"Close"</button>
            </form>
        </dialog>
    }
}

/// Whether a key press is for us: no modifier, not typed into a field, no dialog open.
fn is_ours(event: &KeyboardEvent) -> bool {
    let typing = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| {
            matches!(
                element.closest("input,textarea,select,dialog,[contenteditable]"),
                Ok(Some(_))
            )
        });
    !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() || typing)
}

/// Does what a key says; true when it was `g` and the next key says where to.
fn press(event: &KeyboardEvent, going: bool, dialog: NodeRef<html::Dialog>) -> bool {
    match (going, event.key().as_str()) {
        (true, "h") => go(&paths::home()),
        (true, "s") => go(&paths::services()),
        (true, "d") => go(&paths::deploys()),
        (true, "a") => go(&paths::approvals()),
        (true, "m") => go(&paths::dora()),
        (false, "g") => return true,
        (false, "/") => {
            event.prevent_default();
            search();
        }
        (false, "j") => step(1),
        (false, "k") => step(-1),
        (false, "o") => {
            if let Some(link) = document()
                .active_element()
                .filter(|link| matches!(link.matches(ROWS), Ok(true)))
            {
                link.unchecked_into::<HtmlElement>().click();
            }
        }
        (false, "a") => {
            if let Some(place) = first(DECISION) {
                // Else the letter would be typed.
                event.prevent_default();
                let _ = place.unchecked_into::<HtmlElement>().focus();
            }
        }
        (_, "?") => {
            if let Some(dialog) = dialog.get_untracked() {
                let _ = dialog.show_modal();
            }
        }
        _ => {}
    }
    false
}

fn go(path: &str) {
    let _ = window().location().assign(path);
}

/// To the search field of the top bar; where there is no room for one, to the palette.
fn search() {
    let seen = |element: &HtmlElement| element.offset_parent().is_some();
    let field = first("[data-key='/']").map(JsCast::unchecked_into::<HtmlElement>);
    match field.filter(seen) {
        Some(field) => {
            let _ = field.focus();
        }
        None => {
            if let Some(way) = all("[data-palette]")
                .into_iter()
                .map(JsCast::unchecked_into)
                .find(seen)
            {
                way.click();
            }
        }
    }
}

/// Moves the focus to the link of the next row of a table, or the previous one.
fn step(by: i32) {
    let (links, focused) = (all(ROWS), document().active_element());
    let count = i32::try_from(links.len()).unwrap_or(0);
    let at = links.iter().position(|link| Some(link) == focused.as_ref());
    let next = match at.and_then(|at| i32::try_from(at).ok()) {
        Some(at) => (at + by).clamp(0, count - 1),
        None if by > 0 => 0,
        None => count - 1,
    };
    if let Some(link) = usize::try_from(next).ok().and_then(|next| links.get(next)) {
        let _ = link.unchecked_ref::<HtmlElement>().focus();
    }
}

fn is_off() -> bool {
    let kept = window()
        .local_storage()
        .ok()
        .flatten()
        .and_then(|storage| storage.get_item(OFF).ok().flatten());
    kept.is_some()
}

fn remember(off: bool) {
    let Ok(Some(storage)) = window().local_storage() else {
        return;
    };
    // A browser that keeps nothing forgets the choice with the page; there is nothing else to do.
    let _ = if off {
        storage.set_item(OFF, "1")
    } else {
        storage.remove_item(OFF)
    };
}
