//! The palette: one field that finds everything and does what can be done anywhere. Opens with ⌘K or Ctrl K.
//!
//! The list is the server's HTML; this only shows and hides, asks for more while one types, and moves the choice.

use std::time::Duration;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent, MouseEvent, XmlHttpRequest};

use super::{
    dom::{all, closest, first, set},
    recent,
};
use crate::paths;

/// How long a pause in typing is before the server is asked.
const PAUSE: Duration = Duration::from_millis(110);
/// What can be chosen now: nothing hidden, and nothing that was found for an earlier text.
const CHOICES: &str = "#palette-list > :not([hidden]):not([data-stale]) [role=option]:not([hidden])";

/// The palette's dialog around what the server wrote in it.
#[island]
pub fn Palette(children: Children) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    // Counts what was typed, so that a late answer to an earlier text is dropped.
    let typed = StoredValue::new(0_u32);
    let open = move || {
        if let Some(dialog) = dialog.get_untracked() {
            recent::show();
            filter(typed);
            let _ = dialog.show_modal();
            if let Some(field) = field() {
                let _ = field.focus();
                field.select();
            }
        }
    };
    Effect::new(move || {
        recent::remember();
        name_the_keys();
        let _ = window_event_listener(ev::keydown, move |event| {
            if (event.ctrl_key() || event.meta_key())
                && !event.alt_key()
                && event.key().eq_ignore_ascii_case("k")
            {
                event.prevent_default();
                open();
            }
        });
        let _ = window_event_listener(ev::click, move |event| {
            if !event.ctrl_key() && !event.meta_key() && closest(&event, "[data-palette]").is_some() {
                event.prevent_default();
                open();
            }
        });
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog
            class="palette"
            node_ref=dialog
            aria-label="Find or do anything"
            on:input=move |_| filter(typed)
            on:keydown=move |event| press(&event, close)
            on:click=move |event| click(&event, close)
        >
            {children()}
        </dialog>
    }
}

fn field() -> Option<HtmlInputElement> {
    first("#palette-field").map(JsCast::unchecked_into)
}

/// Keeps what fits the text, asks the server for more, and chooses the first.
fn filter(typed: StoredValue<u32>) {
    let Some(text) = field().map(|field| field.value().trim().to_lowercase()) else {
        return;
    };
    for option in all("#palette-list [data-words]") {
        let words = option.get_attribute("data-words").unwrap_or_default();
        let fits = text
            .split_whitespace()
            .all(|word| words.contains(&format!(" {word}")));
        set(&option, "hidden", !fits);
    }
    for group in all("#palette-list > [role=group]") {
        let has = group.query_selector("[role=option]:not([hidden])");
        let recent = group.id() == "palette-recent";
        set(
            &group,
            "hidden",
            !matches!(has, Ok(Some(_))) || (recent && !text.is_empty()),
        );
    }
    ask(text, typed);
    choose(0);
}

fn ask(text: String, typed: StoredValue<u32>) {
    let Some(found) = first("#palette-found") else {
        return;
    };
    let now = typed.get_value().wrapping_add(1);
    typed.set_value(now);
    if text.is_empty() {
        found.set_inner_html("");
        set(&found, "data-stale", false);
        say_count();
        return;
    }
    set(&found, "data-stale", true);
    set_timeout(
        move || {
            if typed.get_value() == now {
                send(&text, move || typed.get_value() == now);
            }
        },
        PAUSE,
    );
}

fn send(text: &str, is_current: impl Fn() -> bool + 'static) {
    let Ok(request) = XmlHttpRequest::new() else {
        return;
    };
    let answer = request.clone();
    let done = Closure::once_into_js(move || {
        if is_current() {
            show(&answer);
        }
    });
    request.set_onloadend(Some(done.unchecked_ref()));
    let address = paths::with_query(&paths::search_found(), [("q", text)]);
    if request.open("GET", &address).is_ok() {
        // A failure to send ends the request too, which is where it is shown.
        let _ = request.send();
    }
}

fn show(answer: &XmlHttpRequest) {
    let is_good = answer.status() == Ok(200);
    if let Some(found) = first("#palette-found") {
        // The server escapes what people wrote; the text that was typed comes back escaped too.
        let html = answer.response_text().ok().flatten().filter(|_| is_good);
        found.set_inner_html(&html.unwrap_or_default());
        set(&found, "data-stale", false);
    }
    if let Some(failed) = first("#palette-failed") {
        set(&failed, "hidden", is_good);
    }
    choose(0);
    say_count();
}

fn say_count() {
    if let Some(status) = first("#palette-status") {
        let count = all(CHOICES).len();
        status.set_text_content(Some(&format!(
            "{count} {}",
            if count == 1 { "choice" } else { "choices" }
        )));
    }
}

/// Chooses an option by its place, counted round.
fn choose(place: i32) {
    let options = all(CHOICES);
    for option in all("#palette-list [aria-selected=true]") {
        let _ = option.set_attribute("aria-selected", "false");
    }
    let count = i32::try_from(options.len()).unwrap_or(0);
    let chosen = (count > 0)
        .then(|| place.rem_euclid(count))
        .and_then(|place| usize::try_from(place).ok());
    let id = chosen.and_then(|place| options.get(place)).map(|option| {
        let _ = option.set_attribute("aria-selected", "true");
        into_view(option);
        option.id()
    });
    if let Some(field) = field() {
        let _ = field.set_attribute("aria-activedescendant", &id.unwrap_or_default());
    }
}

/// Scrolls the list, and nothing else, until an option is seen.
fn into_view(option: &Element) {
    let Some(list) = first("#palette-list") else {
        return;
    };
    let (seen, here) = (list.get_bounding_client_rect(), option.get_bounding_client_rect());
    let by = (here.bottom() - seen.bottom()).max(0.0) + (here.top() - seen.top()).min(0.0);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a list is some thousand pixels high"
    )]
    list.set_scroll_top(list.scroll_top() + by as i32);
}

fn chosen() -> Option<(i32, Element)> {
    let options = all(CHOICES).into_iter().enumerate();
    options
        .filter_map(|(place, option)| Some((i32::try_from(place).ok()?, option)))
        .find(|(_, option)| option.get_attribute("aria-selected").as_deref() == Some("true"))
}

fn press(event: &KeyboardEvent, close: impl Fn()) {
    let at = chosen();
    let place = at.as_ref().map_or(-1, |(place, _)| *place);
    match event.key().as_str() {
        "ArrowDown" => choose(place + 1),
        "ArrowUp" => choose(place.max(0) - 1),
        // While an answer is on its way, and where nothing fits, the form opens the page of the search.
        "Enter" if field().is_some_and(|field| event.target().as_ref() == Some(field.as_ref())) => match at {
            Some((_, option)) => {
                close();
                if !act(&option) {
                    option.unchecked_into::<HtmlElement>().click();
                }
            }
            None => return,
        },
        _ => return,
    }
    event.prevent_default();
}

fn click(event: &MouseEvent, close: impl Fn()) {
    let on_backdrop = event
        .target()
        .is_some_and(|target| target.has_type::<web_sys::HtmlDialogElement>());
    if on_backdrop || closest(event, "[data-close]").is_some() {
        close();
    } else if let Some(option) = closest(event, "[data-do]") {
        close();
        act(&option);
    }
}

/// Does what an option says; false when it is a link.
fn act(option: &Element) -> bool {
    let with = option.get_attribute("data-with").unwrap_or_default();
    match option.get_attribute("data-do").as_deref() {
        Some("press") => {
            if let Some(button) = first(&with) {
                button.unchecked_into::<HtmlElement>().click();
            }
        }
        Some("open") => {
            if let Some(dialog) = first(&with) {
                let _ = dialog.unchecked_into::<web_sys::HtmlDialogElement>().show_modal();
            }
        }
        Some("copy") => {
            if let Ok(address) = window().location().href() {
                let _ = window().navigator().clipboard().write_text(&address);
            }
        }
        _ => return false,
    }
    true
}

/// "Ctrl K" is "⌘K" where there is such a key.
fn name_the_keys() {
    let is_apple = window()
        .navigator()
        .user_agent()
        .is_ok_and(|agent| agent.contains("Mac"));
    if is_apple {
        for keys in all("[data-palette-keys]") {
            keys.set_text_content(Some("⌘K"));
        }
    }
}
