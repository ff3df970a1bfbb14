//! `/search`

use commands::CommandError;
use domain::{
    error::FieldErrors,
    search::{LONGEST_QUERY, Search, SearchKind, SearchQuery, SearchResults},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{
    hits::{Group, Hit, groups, label, of_kind},
    places,
    words::Words,
};
use crate::{
    ctx::Ctx,
    page::{Page, Section, respond_to},
    paths,
    query::Known,
    ui::{Button, Empty, Notice, PageHeader, Panel, StatusMark, Tab, Tabs, Time, Tone},
};

/// Rows of each kind where all are shown, and of the one kind where one is.
const OF_EACH: u32 = 6;
const OF_ONE: u32 = 50;

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Asked {
    q: String,
    kind: String,
}

impl Known for Asked {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["q", "kind"])
    }
}

/// What was found for `?q=`, all kinds or one.
pub fn search_page() -> impl IntoView {
    respond_to(|ctx, asked: Asked| async move {
        let search = search(&asked)?;
        let results = load(&ctx, &search).await?;
        Ok(Page::new(Section::None, "Search").body(body(&ctx, search, results)))
    })
}

fn search(asked: &Asked) -> Result<Search, CommandError> {
    let kind = match asked.kind.as_str() {
        "" => None,
        text => {
            Some(SearchKind::parse(text).ok_or_else(|| FieldErrors::one("kind", "choose one of the kinds"))?)
        }
    };
    let size = if kind.is_some() { OF_ONE } else { OF_EACH };
    Ok(Search {
        query: SearchQuery::parse(&asked.q),
        kind,
        size,
    })
}

async fn load(ctx: &Ctx, search: &Search) -> Result<SearchResults, CommandError> {
    Ok(ctx.reads().search(search).await?)
}

fn body(ctx: &Ctx, search: Search, results: SearchResults) -> impl IntoView + use<> {
    let Search { query, kind, .. } = search;
    let nearest = results.nearest;
    let pages = if kind.is_none() {
        places::fitting(&query, |href| ctx.may_open(href))
    } else {
        Vec::new()
    };
    let nothing = results.is_empty() && pages.is_empty();
    let groups = groups(&query, results);
    let text = query.text.clone();
    view! {
        <PageHeader title="Search" />
        <form class="search-box" action=paths::search() method="get" role="search" aria-label="Everything">
            <label class="sr-only" for="search-text">"Search everything"</label>
            <input class="control" id="search-text" type="search" name="q" value=text.clone() maxlength=LONGEST_QUERY.to_string()
                placeholder="Service, version, sha, #pull request, person, team" autocomplete="off" spellcheck="false" />
            {kind.map(|kind| view! { <input type="hidden" name="kind" value=kind.as_str() /> })}
            <Button>"Search"</Button>
        </form>
        {(!query.is_empty()).then(|| kinds(&query, kind))}
        {(nearest && !nothing).then(|| view! {
            <Notice tone=Tone::Info><p>"Nothing is called "<strong>{text.clone()}</strong>". These names are close to it."</p></Notice>
        })}
        {(!pages.is_empty()).then(|| pages_found(pages, &query))}
        {groups.into_iter().map(panel).collect_view()}
        {query.is_empty().then(invitation)}
        {(nothing && !query.is_empty()).then(|| nothing_found(&query, kind))}
    }
}

/// All kinds, and each alone.
fn kinds(query: &SearchQuery, chosen: Option<SearchKind>) -> impl IntoView + use<> {
    let all = paths::with_query(&paths::search(), [("q", query.text.as_str())]);
    let mut tabs = vec![Tab::new("All", all, chosen.is_none())];
    tabs.extend(
        SearchKind::ALL.map(|kind| Tab::new(label(kind), of_kind(query, kind), chosen == Some(kind))),
    );
    view! { <Tabs label="Kinds" tabs /> }
}

fn pages_found(pages: Vec<places::Place>, query: &SearchQuery) -> impl IntoView + use<> {
    let words = query.words.clone();
    let line = move |place: places::Place| {
        let title = Words::of(place.label, &words).view();
        view! { <li class="hit"><a class="hit-title" href=place.href>{title}</a></li> }
    };
    view! { <Panel title="Pages" flush=true><ul class="hits">{pages.into_iter().map(line).collect_view()}</ul></Panel> }
}

fn panel(group: Group) -> impl IntoView {
    let Group { kind, hits, more } = group;
    view! {
        <Panel title=label(kind) flush=true
            note=move || more.clone().map(|href| view! { <a href=href>"More "{label(kind).to_lowercase()}</a> })>
            <ul class="hits">{hits.into_iter().map(line).collect_view()}</ul>
        </Panel>
    }
}

fn line(hit: Hit) -> impl IntoView {
    let rel = hit.outside.then_some("noreferrer");
    view! {
        <li class="hit">
            <a class="hit-title" href=hit.href rel=rel>{hit.title.view()}</a>
            <span class="hit-detail">
                {hit.detail.view()}
                {hit.also.map(|(href, words)| view! { " · "<a href=href>{words}</a> })}
            </span>
            <span class="hit-status">{hit.status.map(|status| view! { <StatusMark status /> })}</span>
            <span class="hit-at">{hit.at.map(|at| view! { <Time at /> })}</span>
        </li>
    }
}

/// What can be looked for, by examples that are links.
fn invitation() -> impl IntoView {
    let example = |text: &'static str| {
        let href = paths::with_query(&paths::search(), [("q", text)]);
        view! { <a href=href><code>{text}</code></a> }
    };
    view! {
        <Empty title="Find anything by what you have of it">
            <ul class="search-hints">
                <li>"a name, or the beginnings of its words: "{example("pay api")}</li>
                <li>"a version, alone or with its service: "{example("v1.4")}</li>
                <li>"the first letters of a sha or of a deploy’s id, or either’s address"</li>
                <li>"a pull request, as "{example("#12")}" or "<code>"owner/name#12"</code>", or words of its title"</li>
                <li>"a person or a team"</li>
            </ul>
        </Empty>
    }
}

fn nothing_found(query: &SearchQuery, kind: Option<SearchKind>) -> impl IntoView + use<> {
    let everywhere = paths::with_query(&paths::search(), [("q", query.text.as_str())]);
    let described = paths::with_query(&paths::services(), [("q", query.text.as_str())]);
    let text = query.text.clone();
    view! {
        <Empty title=format!("Nothing found for “{text}”")>
            <ul class="search-hints">
                {kind.map(|_| view! { <li><a href=everywhere>"Search all kinds"</a></li> })}
                <li>"Try fewer words, or only the beginning of one."</li>
                <li><a href=described>"Look in the tags and descriptions of services"</a></li>
            </ul>
        </Empty>
    }
}
