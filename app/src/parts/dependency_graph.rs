//! What a service needs and what needs it, as a drawing with a table behind it.
//!
//! The drawing is SVG with links, written on the server; once in columns and once in rows, and the stylesheet shows the
//! one that fits.

use domain::catalog::{Dependencies, GraphNode, Health, Layout};
use leptos::prelude::*;

use super::{
    graph_places::{Drawing, Flow, HEIGHT, Place, draw, fitted},
    health::health_status,
    reached::Reached,
    relations::entity_path,
};
use crate::{
    format,
    ui::{Column, Empty, Glyph, Notice, Pagination, Row, Status, StatusMark, Table, Tag, Tone},
};

/// Entities at each distance that the table lists; what is drawn is chosen among them.
pub const LISTED: u32 = 200;
/// Rows on a page of the table.
const PAGE: usize = 50;

/// The drawing, with the cycles named above it.
#[component]
pub fn DependencyGraph(
    /// What is drawn.
    graph: Dependencies,
    /// Boxes at each distance; what is more is counted.
    most: u8,
    /// Where all of it is listed.
    table: String,
) -> impl IntoView {
    let layout = Layout::of(&graph, usize::from(most));
    if layout.is_empty() {
        return view! {
            <Empty title="No dependencies">"What it needs stands in its catalog file under "<code>"dependsOn"</code>" and "<code>"consumesApis"</code>"."</Empty>
        }
        .into_any();
    }
    let columns = layout.layers.len();
    view! {
        {cycles(&graph, &layout)}
        <div class="graph" data-columns=columns>
            {drawing(&graph, &layout, Flow::Across, &table)}
            {drawing(&graph, &layout, Flow::Down, &table)}
        </div>
        <p class="graph-key">
            <span>"Used by"</span><span class="graph-key-arrow" aria-hidden="true">"→"</span><strong>{graph.nodes.first().map(|node| node.title.clone())}</strong>
            <span class="graph-key-arrow" aria-hidden="true">"→"</span><span>"depends on"</span>
        </p>
    }
    .into_any()
}

fn cycles(graph: &Dependencies, layout: &Layout) -> impl IntoView + use<> {
    let names: Vec<String> = layout
        .cycles
        .iter()
        .map(|cycle| {
            let round = cycle.iter().chain(cycle.first());
            round
                .map(|index| graph.nodes[*index].title.as_str())
                .collect::<Vec<_>>()
                .join(" → ")
        })
        .collect();
    let count = names.len() as u64;
    (count > 0).then(|| view! {
        <Notice tone=Tone::Warn>
            <p>{format!("{} of dependencies, drawn as a dashed line back:", format::counted(count, "cycle"))}</p>
            <ul>{names.into_iter().map(|name| view! { <li>{name}</li> }).collect_view()}</ul>
        </Notice>
    })
}

fn drawing(graph: &Dependencies, layout: &Layout, flow: Flow, table: &str) -> impl IntoView + use<> {
    let Drawing {
        width,
        height,
        boxes,
        more,
        paths,
    } = draw(layout, flow);
    let flow = if flow == Flow::Across { "across" } else { "down" };
    let paths = paths.into_iter().map(|(line, path)| {
        let back = line.closes_cycle.then_some("");
        let head = if line.closes_cycle { "back" } else { "on" };
        view! { <path class="graph-line" data-back=back d=path marker-end=format!("url(#{flow}-{head})") /> }
    });
    let boxes = boxes
        .into_iter()
        .map(|(index, place)| node(&graph.nodes[index], place))
        .collect_view();
    let more = more
        .into_iter()
        .map(|(count, level, place)| left_out(count, level, place, table))
        .collect_view();
    let title = graph
        .nodes
        .first()
        .map(|node| node.title.clone())
        .unwrap_or_default();
    view! {
        <svg class="graph-drawing" data-flow=flow viewBox=format!("0 0 {width:.0} {height:.0}") width=format!("{width:.0}")
            height=format!("{height:.0}") role="group" aria-label=format!("Dependencies of {title}")>
            <defs>{head(flow, "on")}{head(flow, "back")}</defs>
            <g aria-hidden="true">{paths.collect_view()}</g>
            {boxes}
            {more}
        </svg>
    }
}

fn head(flow: &str, kind: &'static str) -> impl IntoView + use<> {
    view! {
        <marker id=format!("{flow}-{kind}") class="graph-head" data-kind=kind viewBox="0 0 8 8" refX="7.5" refY="4"
            markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 .5 8 4 0 7.5Z" /></marker>
    }
}

/// How an entity is: its health where it is a service, else what it is.
fn note(node: &GraphNode) -> (Status, String) {
    if !node.exists {
        return (
            Status::idle("not in the catalogue"),
            "not in the catalogue".to_owned(),
        );
    }
    match node.health {
        Some(health) => {
            let status = health_status(health);
            let words = match (health, node.tier) {
                (_, Some(tier)) => format!("{} · Tier {}", status.word, tier.number()),
                (Health::Unknown, None) => "health unknown".to_owned(),
                (_, None) => status.word.to_string(),
            };
            (status, words)
        }
        None => (Status::new(Tone::Neutral, Glyph::Dot, kind(node)), kind(node)),
    }
}

fn kind(node: &GraphNode) -> String {
    let known = node.reference.known_kind().map(|kind| kind.as_str().to_owned());
    known.unwrap_or_else(|| node.reference.kind().to_owned())
}

fn node(node: &GraphNode, place: Place) -> AnyView {
    let (status, words) = note(node);
    let name = fitted(&node.title, place.width - 24.0);
    let is_cut = name != node.title;
    let full = is_cut.then(|| view! { <title>{node.title.clone()}</title> });
    let Place { x, y, width } = place;
    let glyph = format!("translate({:.1} {:.1})", x + 11.0, y + 24.5);
    let inner = view! {
        <rect class="graph-box" x=n(x) y=n(y) width=n(width) height=n(HEIGHT) rx="6" />
        <text class="graph-name" x=n(x + 12.0) y=n(y + 18.0)>{name}" "{full}</text>" "
        <g transform=glyph>{status.glyph.view()}</g>
        <text class="graph-note" x=n(x + 27.0) y=n(y + 34.5)>{words}</text>
    };
    let here = node.distance.is_none().then_some("");
    let tone = status.tone.as_str();
    if node.exists {
        let current = node.distance.is_none().then_some("page");
        view! { <a class="graph-node" href=entity_path(&node.reference, node.service_slug.as_deref()) data-tone=tone data-here=here aria-current=current>{inner}</a> }.into_any()
    } else {
        view! { <g class="graph-node" data-tone=tone data-unknown="" role="img" aria-label=format!("{}, not in the catalogue", node.title)>{inner}</g> }.into_any()
    }
}

fn left_out(count: u32, level: i8, place: Place, table: &str) -> impl IntoView + use<> {
    let Place { x, y, width } = place;
    let what = if level < 0 { "dependents" } else { "dependencies" };
    let words = format!("and {} more", format::count(u64::from(count)));
    let label = format!("{words} {what}, in the table");
    view! {
        <a class="graph-more" href=table.to_owned() aria-label=label>
            <rect x=n(x) y=n(y) width=n(width) height=n(HEIGHT) rx="6" />
            <text x=n(x + width / 2.0) y=n(y + HEIGHT / 2.0 + 4.0) text-anchor="middle">{words}</text>
        </a>
    }
}

/// A coordinate with one decimal.
fn n(value: f64) -> String {
    format!("{value:.1}")
}

/// The same as rows: what is used by the service or uses it, how far, how, and how it is.
#[component]
pub fn DependencyTable(
    /// What is listed.
    graph: Dependencies,
    /// Rows before the page.
    #[prop(optional)]
    from: usize,
    /// The table's own address, where it has pages.
    #[prop(optional_no_strip)]
    address: Option<String>,
) -> impl IntoView {
    let columns = vec![
        Column::new("Entity"),
        Column::new("How"),
        Column::new("Distance").wide_only(),
        Column::new("Kind").dim().wide_only(),
        Column::new("Health"),
    ];
    // The one in the middle is listed where it needs itself.
    let mut rows: Vec<Row> = graph.nodes.iter().filter_map(|node| row(&graph, node)).collect();
    let pages = address.map(|address| {
        let all = rows.len();
        rows = rows.drain(..).skip(from).take(PAGE).collect();
        pages(&address, (from, rows.len(), all))
    });
    let left_out: u32 = graph.left_out.iter().map(|(_, count)| count).sum();
    view! {
        <Table caption="Dependencies" columns rows empty=|| view! { <Empty title="No dependencies">"Nothing is stated either way."</Empty> } />
        {pages}
        {(left_out > 0).then(|| view! {
            <p class="graph-rest">{format!("{} more are left out: at most {} at each distance are listed.", format::count(u64::from(left_out)), LISTED)}</p>
        })}
    }
}

/// Links to the pages before and after: so many rows before the page, on it, and in all.
fn pages(address: &str, (from, shown, all): (usize, usize, usize)) -> AnyView {
    let to = |from: usize| match from {
        0 => format!("{address}#table"),
        from => format!("{address}?from={from}#table"),
    };
    let previous = (from > 0).then(|| to(from.saturating_sub(PAGE).min(all)));
    let next = (from.saturating_add(shown) < all && shown > 0).then(|| to(from + shown));
    let summary = format::shown_of(shown, &format::counted_as(all as u64, "entity", "entities"));
    view! { <Pagination previous next summary /> }.into_any()
}

/// Nothing for what is not reached: the one in the middle, mostly.
fn row(graph: &Dependencies, node: &GraphNode) -> Option<Row> {
    let Reached { how, distance, .. } = Reached::of(graph, node)?;
    let name = if node.exists {
        let href = entity_path(&node.reference, node.service_slug.as_deref());
        view! { <a href=href>{node.title.clone()}</a> }.into_any()
    } else {
        view! { {node.title.clone()}" "<Tag>"not in the catalogue"</Tag> }.into_any()
    };
    let health = node
        .health
        .map(|health| view! { <StatusMark status=health_status(health) /> });
    let row = Row::new(name).under(distance.clone()).cell(how);
    Some(row.cell(distance).cell(kind(node)).cell(health))
}
