//! Makes a part of the page like its new version by changing what differs and nothing else, so that focus, selection and
//! what a person opened stay.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{CustomEvent, CustomEventInit, Element, Node, Selection};

/// Attributes that belong to the person or to the browser.
const KEPT: [&str; 2] = ["open", "tabindex"];

/// The event that tells the loader of islands that a new part of the page came.
const ADDED: &str = "fairway-added";

/// One walk through what changed.
pub(super) struct Morph {
    selection: Option<Selection>,
    focused: Option<Element>,
    postponed: bool,
}

impl Morph {
    /// A walk with the focus and the selection of now.
    pub fn new() -> Self {
        let selection = window().get_selection().ok().flatten();
        Self {
            selection: selection.filter(|selection| !selection.is_collapsed()),
            focused: document().active_element(),
            postponed: false,
        }
    }

    /// Whether something was left as it was because a person holds it.
    pub fn postponed(&self) -> bool {
        self.postponed
    }

    /// Makes a node like another one of the same name.
    pub fn node(&mut self, old: &Node, new: &Node) {
        let (Some(element), Some(fresh)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) else {
            self.text(old, new);
            return;
        };
        if element.tag_name() == "LEPTOS-ISLAND" {
            // It runs and looks after itself, as long as it was given the same.
            if element.get_attribute("data-props") != fresh.get_attribute("data-props") {
                self.replace(old, new);
            }
            return;
        }
        attributes(element, fresh);
        self.children(old, new);
    }

    /// Makes the children of a node like those of another one.
    pub fn children(&mut self, old: &Node, new: &Node) {
        let fresh: Vec<Node> = siblings(new.first_child());
        let names: Vec<String> = fresh.iter().map(name).collect();
        let mut at = not_ours(old.first_child());
        for (index, node) in fresh.iter().enumerate() {
            let wanted = &names[index];
            // What the new version has no more gives way.
            while let Some(here) = at.clone().filter(|here| !names[index..].contains(&name(here))) {
                at = not_ours(here.next_sibling());
                self.remove(&here);
            }
            let found = siblings(at.clone())
                .into_iter()
                .find(|here| name(here) == *wanted);
            match found {
                Some(found) if Some(&found) == at.as_ref() => {
                    at = not_ours(found.next_sibling());
                    self.node(&found, node);
                }
                Some(found) => {
                    // Moving takes the focus away, so what is held stays where it is.
                    if self.is_held(&found) {
                        self.postponed = true;
                    } else {
                        let _ = old.insert_before(&found, at.as_ref());
                    }
                    self.node(&found, node);
                }
                None => insert(old, node, at.as_ref()),
            }
        }
        for here in siblings(at) {
            self.remove(&here);
        }
    }

    fn text(&mut self, old: &Node, new: &Node) {
        let words = new.node_value();
        if old.node_value() == words {
            return;
        }
        if self.is_selected(old) {
            self.postponed = true;
        } else {
            old.set_node_value(words.as_deref());
        }
    }

    fn remove(&mut self, node: &Node) {
        if self.is_held(node) {
            self.postponed = true;
        } else if let Some(parent) = node.parent_node() {
            let _ = parent.remove_child(node);
        }
    }

    fn replace(&mut self, old: &Node, new: &Node) {
        let Some(parent) = old.parent_node() else { return };
        if self.is_held(old) {
            self.postponed = true;
        } else {
            insert(&parent, new, Some(old));
            let _ = parent.remove_child(old);
        }
    }

    fn is_held(&self, node: &Node) -> bool {
        let focused = self
            .focused
            .as_ref()
            .is_some_and(|focused| node.contains(Some(focused)));
        focused || self.is_selected(node)
    }

    fn is_selected(&self, node: &Node) -> bool {
        self.selection.as_ref().is_some_and(|selection| {
            selection.contains_node_with_allow_partial_containment(node, true) == Ok(true)
        })
    }
}

/// Puts a copy of a node of the new version into the page; its islands are woken.
fn insert(parent: &Node, new: &Node, before: Option<&Node>) {
    let Ok(node) = document().import_node_with_deep(new, true) else {
        return;
    };
    let _ = parent.insert_before(&node, before);
    let Some(element) = node.dyn_ref::<Element>() else {
        return;
    };
    let has_islands = matches!(element.query_selector("leptos-island"), Ok(Some(_)));
    if has_islands || element.tag_name() == "LEPTOS-ISLAND" {
        let init = CustomEventInit::new();
        init.set_detail(element);
        if let Ok(event) = CustomEvent::new_with_event_init_dict(ADDED, &init) {
            let _ = document().dispatch_event(&event);
        }
    }
}

fn attributes(old: &Element, new: &Element) {
    for attribute in new.get_attribute_names() {
        let Some(name) = attribute.as_string().filter(|name| !KEPT.contains(&&**name)) else {
            continue;
        };
        let value = new.get_attribute(&name);
        if old.get_attribute(&name) != value {
            let _ = old.set_attribute(&name, &value.unwrap_or_default());
        }
    }
    for attribute in old.get_attribute_names() {
        let Some(name) = attribute.as_string().filter(|name| !KEPT.contains(&&**name)) else {
            continue;
        };
        if !new.has_attribute(&name) {
            let _ = old.remove_attribute(&name);
        }
    }
}

/// By what a node is found again: the thing that it shows, its id, or what it looks like.
fn name(node: &Node) -> String {
    let Some(element) = node.dyn_ref::<Element>() else {
        return node.node_name();
    };
    for own in ["data-item", "id", "data-component", "class"] {
        if let Some(value) = element.get_attribute(own) {
            return [&element.tag_name(), own, &value].concat();
        }
    }
    element.tag_name()
}

/// A node and those after it, without what this island put there.
fn siblings(first: Option<Node>) -> Vec<Node> {
    let following = std::iter::successors(not_ours(first), |node| not_ours(node.next_sibling()));
    following.collect()
}

fn not_ours(mut node: Option<Node>) -> Option<Node> {
    while let Some(here) = &node {
        let ours = here
            .dyn_ref::<Element>()
            .and_then(|element| element.get_attribute("class"));
        if ours.as_deref() != Some("live-pill") {
            break;
        }
        node = here.next_sibling();
    }
    node
}
