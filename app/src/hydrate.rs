//! The browser's entry: called once when the wasm is there, before the islands wake up.

use wasm_bindgen::prelude::wasm_bindgen;

/// Readies the page for its islands; failures inside them reach the console with a trace.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
