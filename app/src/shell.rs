//! The HTML document around every page: head, stylesheet, glyph sprite, scripts with their nonce.

use leptos::{nonce::use_nonce, prelude::*};

use crate::{
    ctx::Ctx,
    features::search::palette::PaletteDialog,
    islands::{Keys, LiveTimes},
    page::{Frame, Page},
    rail::Counts,
    ui::GlyphSprite,
};

/// The whole document of one page.
#[component]
pub(crate) fn Document(ctx: Ctx, page: Page, counts: Counts) -> impl IntoView {
    let title = format!("{} · Fairway", page.title());
    // As the inner text: the marker that ends a list of children would be read as part of the title.
    let title = html_escape::encode_text(&title).into_owned();
    let theme = ctx.theme.as_str();
    let helpers = (ctx.viewer.is_some() && !page.is_alone())
        .then(|| view! { <Keys /><PaletteDialog ctx=ctx.clone() /> });
    let css = ctx.app.assets.css().to_owned();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content=color_scheme(theme) />
                <title inner_html=title></title>
                <link rel="preload" href=FONT r#as="font" r#type="font/woff2" crossorigin="anonymous" />
                <link rel="stylesheet" href=css />
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <IslandScripts ctx=ctx.clone() />
            </head>
            <body>
                <a class="skip" href="#main">"Skip to content"</a>
                <GlyphSprite />
                <Frame ctx page counts />
                <LiveTimes />
                {helpers}
            </body>
        </html>
    }
}

/// The one font file; its name carries the version, so that it never changes under a name.
const FONT: &str = "/fonts/inter-5.3.0-latin.woff2";

fn color_scheme(theme: &str) -> &'static str {
    match theme {
        "light" => "light",
        "dark" => "dark",
        _ => "light dark",
    }
}

/// Loads the wasm and wakes the islands, when the browser is idle.
///
/// Leptos's own `HydrationScripts` writes the nonce into `crossorigin`, and leaves a failed import unhandled.
#[component]
fn IslandScripts(ctx: Ctx) -> impl IntoView {
    let nonce = use_nonce();
    let (js, wasm) = (ctx.app.assets.js().to_owned(), ctx.app.assets.wasm().to_owned());
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    let script = include_str!("wake_islands.js")
        .replace("__JS__", &js)
        .replace("__WASM__", &wasm);
    view! {
        <link rel="modulepreload" href=js nonce=nonce.clone() fetchpriority="low" />
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" fetchpriority="low" />
        <script type="module" nonce=nonce inner_html=script></script>
    }
}
