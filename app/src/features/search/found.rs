//! `/search/found`: what the palette shows while one types, as a fragment of HTML.
//!
//! HTML and not JSON, so that the browser needs no second drawing of the same lines.

use axum::response::{Html, IntoResponse, Response};
use commands::CommandError;
use domain::search::{Search, SearchQuery};
use leptos::prelude::*;
use serde::Deserialize;

use super::hits::{Group, Hit, groups, label};
use crate::{
    ctx::{Queried, Readable},
    error, paths,
    query::Known,
    ui::StatusMark,
};

/// Lines of each kind: the list should fit without scrolling when two kinds fit.
const OF_EACH: u32 = 5;

/// What is asked.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Asked {
    q: String,
}

impl Known for Asked {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["q"])
    }
}

/// The groups of the palette's list for a text.
pub async fn search_found(Readable(reads): Readable, Queried(asked): Queried<Asked>) -> Response {
    let search = Search {
        query: SearchQuery::parse(&asked.q),
        kind: None,
        size: OF_EACH,
    };
    match reads.search(&search).await.map_err(CommandError::from) {
        Ok(results) => {
            let nearest = results.nearest;
            let groups = groups(&search.query, results);
            let owner = Owner::new();
            let html = owner.with(|| list(&search.query, groups, nearest).to_html());
            Html(html).into_response()
        }
        Err(problem) => error::plain(&problem),
    }
}

fn list(query: &SearchQuery, groups: Vec<Group>, nearest: bool) -> impl IntoView + use<> {
    let nothing = groups.is_empty();
    let all = paths::with_query(&paths::search(), [("q", query.text.as_str())]);
    let text = query.text.clone();
    let groups = groups
        .into_iter()
        .map(move |group| self::group(group, nearest))
        .collect_view();
    view! {
        {groups}
        <div class="palette-group" role="group" aria-label="Search">
            <a class="palette-option" role="option" id="palette-all" href=all tabindex="-1" aria-selected="false">
                <span class="palette-label">
                    {if nothing { "Nothing found. Search everything for “" } else { "Search everything for “" }}{text}"”"
                </span>
            </a>
        </div>
    }
}

fn group(group: Group, nearest: bool) -> impl IntoView {
    let kind = group.kind.as_str();
    let id = format!("palette-{kind}");
    let named = id.clone();
    let name = label(group.kind);
    let name = if nearest {
        format!("{name}, nearest names")
    } else {
        name.to_owned()
    };
    let options = group
        .hits
        .into_iter()
        .enumerate()
        .map(|(place, hit)| option(format!("palette-{kind}-{place}"), hit));
    view! {
        <div class="palette-group" role="group" aria-labelledby=named>
            <p class="palette-title" role="presentation" id=id>{name}</p>
            {options.collect_view()}
        </div>
    }
}

fn option(id: String, hit: Hit) -> impl IntoView {
    let rel = hit.outside.then_some("noreferrer");
    view! {
        <a class="palette-option" role="option" id=id href=hit.href rel=rel tabindex="-1" aria-selected="false">
            <span class="palette-label">{hit.title.view()}</span>
            <span class="palette-detail">{hit.detail.view()}</span>
            {hit.status.map(|status| view! { <StatusMark status /> })}
        </a>
    }
}
