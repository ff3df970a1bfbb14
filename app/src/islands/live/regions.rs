//! The regions of a page that follow what changes: what is done at once, and what waits behind a button so that nothing
//! moves that is being read.

use std::cell::{Cell, RefCell};

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, Event, FocusOptions, HtmlElement, Node};

use super::morph::Morph;

/// What is known of the regions between two updates.
#[derive(Default)]
pub(super) struct Regions {
    /// Regions whose list is another now, each with its new version.
    waiting: RefCell<Vec<(Element, Element)>>,
    postponed: Cell<bool>,
}

/// Whether a page was drawn by another version of Fairway than this one: its stylesheet has another name.
pub(super) fn is_of_another_version(fresh: &Document) -> bool {
    let style = |document: &Document| {
        let link = document.query_selector("link[rel=stylesheet]").ok()??;
        link.get_attribute("href")
    };
    style(fresh) != style(&document())
}

impl Regions {
    /// Whether something was left as it was because a person selected or focused it.
    pub fn has_postponed(&self) -> bool {
        self.postponed.get()
    }

    /// Brings every region up to date; gives what there is to say.
    pub fn update(&self, fresh: &Document) -> Option<String> {
        let title = fresh.title();
        if title != document().title() {
            document().set_title(&title);
        }
        let reading = Reading::now();
        let mut morph = Morph::new();
        let mut said = None;
        for region in all(document().unchecked_ref(), "[data-region]") {
            let name = region.get_attribute("data-region").unwrap_or_default();
            let twin = fresh.query_selector(&["[data-region='", &name, "']"].concat());
            // A region around others is only there to let them appear.
            let is_around = matches!(region.query_selector("[data-region]"), Ok(Some(_)));
            if let (Ok(Some(twin)), false) = (twin, is_around) {
                said = self.bring(&mut morph, &region, &twin).or(said);
            }
        }
        self.postponed.set(morph.postponed());
        reading.keep();
        said
    }

    /// Brings one region up to date; gives what its button says when that is new.
    fn bring(&self, morph: &mut Morph, region: &Element, twin: &Element) -> Option<String> {
        self.waiting.borrow_mut().retain(|(waits, _)| waits != region);
        let (was, is) = (items(region), items(twin));
        let difference = Difference::between(&names(&was), &names(&is));
        if difference.is_none() || is_below_the_fold(region) {
            remove_pill(region);
            morph.children(region, twin);
            return None;
        }
        for row in &was {
            let name = row.get_attribute("data-item");
            match is.iter().find(|fresh| fresh.get_attribute("data-item") == name) {
                Some(fresh) => morph.node(row, fresh),
                None if difference.gone.contains(&name.unwrap_or_default()) => {
                    let _ = row.set_attribute("data-gone", "");
                }
                None => {}
            }
        }
        self.waiting.borrow_mut().push((region.clone(), twin.clone()));
        let words = difference.words(&region.get_attribute("data-noun").unwrap_or_default());
        show_pill(region, &words)
    }

    /// Shows what waits in a region when its button is pressed.
    pub fn press(&self, event: &Event) {
        let pressed = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|target| target.closest(".live-pill button").ok().flatten())
            .and_then(|button| button.closest("[data-region]").ok().flatten());
        let Some(region) = pressed else { return };
        let mut waiting = self.waiting.borrow_mut();
        let Some(index) = waiting.iter().position(|(waits, _)| *waits == region) else {
            return;
        };
        let (_, twin) = waiting.swap_remove(index);
        remove_pill(&region);
        let mut morph = Morph::new();
        morph.children(&region, &twin);
        self.postponed.set(self.postponed.get() || morph.postponed());
        // The button is gone, so the focus goes to what it brought.
        let _ = region.set_attribute("tabindex", "-1");
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = region.unchecked_ref::<HtmlElement>().focus_with_options(&options);
        if region.get_bounding_client_rect().top() < 0.0 {
            region.scroll_into_view();
        }
    }
}

/// How a list differs from its new version.
struct Difference {
    new: usize,
    gone: Vec<String>,
    moved: bool,
}

impl Difference {
    fn between(was: &[String], is: &[String]) -> Self {
        let new = is.iter().filter(|name| !was.contains(name)).count();
        let stays: Vec<&String> = was.iter().filter(|name| is.contains(name)).collect();
        let last = was.iter().rposition(|name| is.contains(name));
        // What new rows pushed over the end of a list of fixed length did not leave it by itself.
        let pushed = |index: usize| new > 0 && last.is_some_and(|last| index > last);
        let gone = was
            .iter()
            .enumerate()
            .filter(|(index, name)| !is.contains(name) && !pushed(*index))
            .map(|(_, name)| name.clone())
            .collect();
        let order: Vec<&String> = is.iter().filter(|name| was.contains(name)).collect();
        Self {
            new,
            gone,
            moved: stays != order,
        }
    }

    fn is_none(&self) -> bool {
        self.new == 0 && self.gone.is_empty() && !self.moved
    }

    fn words(&self, noun: &str) -> String {
        let counted = |count: usize, before: &str| {
            let many = if count == 1 { "" } else { "s" };
            [&count.to_string(), before, noun, many].concat()
        };
        if self.new > 0 {
            counted(self.new, " new ")
        } else if self.gone.is_empty() {
            "New order".to_owned()
        } else {
            [&counted(self.gone.len(), " "), " left this list"].concat()
        }
    }
}

fn items(region: &Element) -> Vec<Element> {
    all(region, "[data-item]")
}

fn names(items: &[Element]) -> Vec<String> {
    let name = |item: &Element| item.get_attribute("data-item").unwrap_or_default();
    items.iter().map(name).collect()
}

/// Every element below a node that a selector finds.
pub(super) fn all(below: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = below.query_selector_all(selector) else {
        return Vec::new();
    };
    let nodes = (0..found.length()).filter_map(|index| found.get(index));
    nodes.map(JsCast::unchecked_into).collect()
}

fn height() -> f64 {
    window()
        .inner_height()
        .ok()
        .and_then(|height| height.as_f64())
        .unwrap_or_default()
}

/// Whether a region is below what the window shows: then nothing that is read can move.
fn is_below_the_fold(region: &Element) -> bool {
    region.get_bounding_client_rect().top() > height()
}

/// Shows the button that brings what waits; gives its words when they are new.
fn show_pill(region: &Element, words: &str) -> Option<String> {
    let button = if let Ok(Some(button)) = region.query_selector(".live-pill button") {
        button
    } else {
        let pill = document().create_element("div").ok()?;
        let _ = pill.set_attribute("class", "live-pill");
        let button = document().create_element("button").ok()?;
        let _ = button.set_attribute("type", "button");
        let _ = pill.append_child(&button);
        let _ = region.insert_before(&pill, region.first_child().as_ref());
        button
    };
    if button.text_content().as_deref() == Some(words) {
        return None;
    }
    button.set_text_content(Some(words));
    Some(words.to_owned())
}

fn remove_pill(region: &Element) {
    if let Ok(Some(pill)) = region.query_selector(".live-pill") {
        pill.remove();
    }
}

/// What a person reads, and where on the screen it stands.
struct Reading(Option<(Element, f64)>);

impl Reading {
    /// What has the focus, else what is in the middle of the window.
    fn now() -> Self {
        let top = |element: &Element| element.get_bounding_client_rect().top();
        let focused = document()
            .active_element()
            .filter(|element| matches!(element.closest("main"), Ok(Some(_))))
            .filter(|element| (0.0..height()).contains(&top(element)));
        let width = window().inner_width().ok().and_then(|width| width.as_f64());
        let middle = || {
            // Beside the gaps between columns there is always one of these at a line of text.
            [0.4, 0.25, 0.55].into_iter().find_map(|share| {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a window is some thousand pixels wide"
                )]
                let (x, y) = (
                    (width.unwrap_or_default() * share) as f32,
                    (height() / 2.0) as f32,
                );
                let element = document().element_from_point(x, y)?;
                element.closest("tr,li,p,h2,h3,dt,dd,summary,label").ok()?
            })
        };
        Self(focused.or_else(middle).map(|element| {
            let top = top(&element);
            (element, top)
        }))
    }

    /// Moves the page so that it stands where it stood.
    fn keep(self) {
        let Some((element, before)) = self.0 else { return };
        let moved = element.get_bounding_client_rect().top() - before;
        if element.unchecked_ref::<Node>().is_connected() && moved.abs() >= 1.0 {
            window().scroll_by_with_x_and_y(0.0, moved);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Difference;

    fn between(was: &[&str], is: &[&str]) -> Difference {
        let owned = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
        Difference::between(&owned(was), &owned(is))
    }

    #[test]
    fn a_new_row_pushes_the_last_one_out_and_only_the_new_one_counts() {
        let difference = between(&["c", "b", "a"], &["d", "c", "b"]);
        assert_eq!(difference.words("deploy"), "1 new deploy");
        assert!(difference.gone.is_empty());
    }

    #[test]
    fn what_leaves_from_the_middle_is_gone() {
        let difference = between(&["c", "b", "a"], &["c", "a"]);
        assert_eq!(difference.gone, ["b"]);
        assert_eq!(difference.words("deploy"), "1 deploy left this list");
        assert_eq!(between(&["b", "a"], &["b"]).gone, ["a"], "nothing pushed it out");
        assert_eq!(
            between(&["b", "a"], &[]).words("change"),
            "2 changes left this list"
        );
    }

    #[test]
    fn the_same_rows_are_no_difference_and_another_order_is_one() {
        assert!(between(&["b", "a"], &["b", "a"]).is_none());
        assert!(between(&[], &[]).is_none());
        assert_eq!(between(&["b", "a"], &["a", "b"]).words("service"), "New order");
    }
}
