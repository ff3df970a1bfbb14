//! The palette's dialog as the server writes it: the field, the pages and the acts. Its island adds the rest.

use leptos::prelude::*;

use super::places::{acts, places, words};
use crate::{
    ctx::Ctx,
    islands::Palette,
    paths,
    ui::{Icon, IconName},
};

/// The palette, closed. Without script it stays so, and the search field of the top bar does its work.
#[component]
pub(crate) fn PaletteDialog(ctx: Ctx) -> impl IntoView {
    view! {
        <Palette>
            <form class="palette-form" action=paths::search() method="get">
                <Icon name=IconName::Search />
                <input id="palette-field" type="text" name="q" role="combobox" aria-label="Find or do anything"
                    aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" autocomplete="off"
                    autocapitalize="off" spellcheck="false" maxlength="200" placeholder="Find or do anything" />
                <button class="palette-close" type="button" data-close="">"Esc"</button>
            </form>
            <div class="palette-list" id="palette-list" role="listbox" aria-label="Found">
                <div class="palette-group" id="palette-recent" role="group" aria-label="Recent pages" hidden></div>
                {pages(&ctx)}
                {actions()}
                <div id="palette-found"></div>
            </div>
            <p class="palette-failed" id="palette-failed" hidden>
                "Search does not answer. Enter opens its page, which says why."
            </p>
            <p class="sr-only" id="palette-status" role="status"></p>
        </Palette>
    }
}

fn pages(ctx: &Ctx) -> impl IntoView + use<> {
    let open = places().into_iter().filter(|place| ctx.may_open(&place.href));
    let options = open.enumerate().map(|(index, place)| {
        view! {
            <a class="palette-option" role="option" id=format!("palette-page-{index}") href=place.href tabindex="-1"
                aria-selected="false" data-words=words(place.label, place.also)>
                <span class="palette-label">{place.label}</span>
                {keys(place.keys)}
            </a>
        }
    });
    view! {
        <div class="palette-group" role="group" aria-labelledby="palette-pages">
            <p class="palette-title" role="presentation" id="palette-pages">"Pages"</p>
            {options.collect_view()}
        </div>
    }
}

fn actions() -> impl IntoView {
    let options = acts().into_iter().enumerate().map(|(index, act)| {
        let (doing, with) = act.doing;
        view! {
            <div class="palette-option" role="option" id=format!("palette-act-{index}") aria-selected="false"
                data-words=words(act.label, act.also) data-do=doing data-with=with>
                <span class="palette-label">{act.label}</span>
                {keys(act.keys)}
            </div>
        }
    });
    view! {
        <div class="palette-group" role="group" aria-labelledby="palette-acts">
            <p class="palette-title" role="presentation" id="palette-acts">"Actions"</p>
            {options.collect_view()}
        </div>
    }
}

fn keys(keys: &'static str) -> impl IntoView {
    let keys: Vec<_> = keys
        .split_whitespace()
        .map(|key| view! { <kbd>{key}</kbd> })
        .collect();
    view! { <span class="palette-keys" aria-hidden="true">{keys}</span> }
}
