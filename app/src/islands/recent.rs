//! The pages that were open last, kept in this browser only.

use leptos::prelude::*;
use web_sys::{Element, Storage};

use super::dom::first;

/// Where the browser keeps them: a line each, address and title with a tab between.
const KEPT: &str = "fairway.recent";
/// More would push the pages out of the palette's first view.
const MOST: usize = 5;

/// Puts the page that is open before the others.
pub(super) fn remember() {
    let Some((storage, here)) = storage().zip(here()) else {
        return;
    };
    // What is not there is not worth going back to, and the search's own page is no place.
    if here.starts_with("/search") || first(".failure").is_some() {
        return;
    }
    let title = document().title();
    let title = title
        .strip_suffix(" · Fairway")
        .unwrap_or(&title)
        .replace(['\t', '\n'], " ");
    let mut lines = vec![format!("{here}\t{title}")];
    lines.extend(
        kept(&storage)
            .into_iter()
            .filter(|(address, _)| *address != here)
            .map(|(address, title)| format!("{address}\t{title}")),
    );
    lines.truncate(MOST + 1);
    // A browser that keeps nothing shows no recent pages; there is nothing else to do.
    let _ = storage.set_item(KEPT, &lines.join("\n"));
}

/// Writes them into the palette, without the page that is open.
pub(super) fn show() {
    let (Some(group), Some(storage)) = (first("#palette-recent"), storage()) else {
        return;
    };
    group.set_inner_html("");
    let here = here().unwrap_or_default();
    let lines = kept(&storage)
        .into_iter()
        .filter(|(address, _)| *address != here)
        .take(MOST);
    for (index, (address, title)) in lines.enumerate() {
        if index == 0 {
            let name = element(
                "p",
                &[("class", "palette-title"), ("role", "presentation")],
                "Recent",
            );
            let _ = name.and_then(|name| group.append_child(&name).ok());
        }
        let id = format!("palette-recent-{index}");
        let attributes = [
            ("class", "palette-option"),
            ("role", "option"),
            ("id", id.as_str()),
            ("href", address.as_str()),
            ("tabindex", "-1"),
            ("aria-selected", "false"),
        ];
        if let Some(option) = element("a", &attributes, "") {
            let label = element("span", &[("class", "palette-label")], &title);
            let detail = element("span", &[("class", "palette-detail")], &address);
            for part in [label, detail].into_iter().flatten() {
                let _ = option.append_child(&part);
            }
            let _ = group.append_child(&option);
        }
    }
}

fn element(name: &str, attributes: &[(&str, &str)], text: &str) -> Option<Element> {
    let element = document().create_element(name).ok()?;
    for (attribute, value) in attributes {
        let _ = element.set_attribute(attribute, value);
    }
    element.set_text_content(Some(text));
    Some(element)
}

fn here() -> Option<String> {
    let location = window().location();
    Some(location.pathname().ok()? + &location.search().ok()?)
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Addresses of this site with their titles; anything else in the store is not ours.
fn kept(storage: &Storage) -> Vec<(String, String)> {
    let text = storage.get_item(KEPT).ok().flatten().unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(address, _)| address.starts_with('/') && !address.starts_with("//"))
        .map(|(address, title)| (address.to_owned(), title.to_owned()))
        .collect()
}
