//! Short ways into the document, for islands that work on the server's HTML.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

/// The first element that a selector finds.
pub(super) fn first(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// All elements that a selector finds, in the document's order.
pub(super) fn all(selector: &str) -> Vec<Element> {
    let Ok(nodes) = document().query_selector_all(selector) else {
        return Vec::new();
    };
    (0..nodes.length())
        .filter_map(|index| nodes.get(index))
        .map(JsCast::unchecked_into)
        .collect()
}

/// The element that an event happened in, or the nearest around it, that a selector fits.
pub(super) fn closest(event: &Event, selector: &str) -> Option<Element> {
    event
        .target()?
        .dyn_into::<Element>()
        .ok()?
        .closest(selector)
        .ok()
        .flatten()
}

/// Sets or takes away an attribute without a value.
pub(super) fn set(element: &Element, attribute: &str, is: bool) {
    let _ = element.toggle_attribute_with_force(attribute, is);
}
