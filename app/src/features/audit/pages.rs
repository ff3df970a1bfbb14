//! `/admin/audit`

use std::collections::HashMap;

use chrono::DateTime;
use commands::CommandError;
use domain::{
    audit::{AuditRow, SubjectName},
    page::{PAGE_SIZE, Page as Rows},
};
use leptos::prelude::*;

use super::address::ListQuery;
use crate::{
    address::ListAddress,
    ctx::Ctx,
    page::{Page, Section, respond_to},
    paths,
    ui::{
        Choice, Column, Empty, FilterBar, LinkButton, Mono, PageHeader, Pagination, Row, Select, Table, Tag,
        TextField, Time, TimeStyle,
    },
};

/// Changed fields that a row shows at once.
const FIRST: usize = 3;
/// A value that is longer is cut here; the downloads have it whole.
const SHOWN: usize = 60;

struct Loaded {
    rows: Rows<AuditRow>,
    names: HashMap<String, SubjectName>,
    actions: Vec<String>,
    actors: Vec<String>,
}

/// Every change of state by a person, a token or Fairway itself.
pub fn audit_page() -> impl IntoView {
    respond_to(|ctx, query: ListQuery| async move {
        let loaded = load(&ctx, &query).await?;
        Ok(Page::new(Section::Audit, "Audit")
            .crumb("Admin", paths::admin())
            .body(list(&ctx, &query, loaded)))
    })
}

async fn load(ctx: &Ctx, query: &ListQuery) -> Result<Loaded, CommandError> {
    let (filter, reads) = (query.filter(ctx.zone)?, ctx.reads());
    let (actions, actors) = reads.audit_words().await?;
    let rows = reads.audit(&filter, &query.position(), PAGE_SIZE).await?;
    let subjects: Vec<String> = rows.rows.iter().map(|row| row.subject.clone()).collect();
    Ok(Loaded {
        names: reads.subject_names(&subjects).await?,
        rows,
        actions,
        actors,
    })
}

fn list(ctx: &Ctx, query: &ListQuery, loaded: Loaded) -> impl IntoView + use<> {
    let Loaded {
        rows,
        names,
        actions,
        actors,
    } = loaded;
    let (previous, next) = query.neighbours(&rows);
    let drawn = rows.rows.into_iter().map(|one| {
        let subject = subject(ctx, &one.subject, names.get(&one.subject));
        row(one, subject)
    });
    let drawn: Vec<Row> = drawn.collect();
    let filtered = query.is_filtered();
    let csv = query.whole_at(&paths::admin_audit_csv());
    let lines = query.whole_at(&paths::admin_audit_jsonl());
    let columns = vec![
        Column::new("What"),
        Column::new("Subject"),
        Column::new("Who").wide_only(),
        Column::new("What changed").grows().wide_only(),
        Column::new("Why").dim().wide_only(),
        Column::new("From where").dim().wide_only(),
        Column::new("When").numeric().dim().wide_only(),
    ];
    view! {
        <PageHeader
            title="Audit" about=|| "Who changed what, when and why. A row is written with its change or not at all, and never changed."
            actions=move || view! {
                <LinkButton href=csv.clone()>"CSV"</LinkButton>
                <LinkButton href=lines.clone()>"JSON lines"</LinkButton>
            }
        />
        {filters(query, actions, actors)}
        <Table
            caption="Audit trail" columns rows=drawn
            empty=move || empty(filtered)
        />
        <Pagination previous next previous_word="Newer" next_word="Older" />
    }
}

fn filters(query: &ListQuery, actions: Vec<String>, actors: Vec<String>) -> impl IntoView + use<> {
    let query = query.clone();
    let clear = query.cleared();
    let mut choices = vec![Choice::new("", "Any action")];
    // What is asked for stands in the choice though nobody did it lately.
    let asked = Some(query.action.clone()).filter(|asked| !asked.is_empty() && !actions.contains(asked));
    choices.extend(
        actions
            .into_iter()
            .chain(asked)
            .map(|action| Choice::new(action.clone(), action)),
    );
    view! {
        <FilterBar action=paths::admin_audit() clear>
            <TextField label="Who" name="actor" value=query.actor suggestions=actors />
            <Select label="Action" name="action" choices selected=query.action />
            <TextField label="Subject" name="subject" value=query.subject />
            <TextField label="From" name="from" kind="date" value=query.from />
            <TextField label="To" name="to" kind="date" value=query.to />
        </FilterBar>
    }
}

fn row(row: AuditRow, subject: AnyView) -> Row {
    let kind =
        (row.actor_kind != "person" && row.actor_kind != "local").then(|| row.actor_kind.replace('_', " "));
    let who = match kind.filter(|kind| *kind != row.actor) {
        Some(kind) => view! { {row.actor.clone()}" "<Tag>{kind}</Tag> }.into_any(),
        None => row.actor.clone().into_any(),
    };
    let (actor, at) = (row.actor.clone(), row.at);
    let reason = row.reason.clone().map(|reason| format!(": {reason}"));
    let under = view! { {actor}", "<Time at />{reason} };
    let (action, why) = (row.action.clone(), row.reason.clone());
    Row::new(view! { <Mono>{action}</Mono> })
        .under(under)
        .cell(subject)
        .cell(who)
        .cell(changes(&row))
        .cell(view! { <span class="audit-why" title=why.clone()>{why.clone()}</span> })
        .cell(view! { <span title=row.user_agent.clone()>{row.address.clone()}</span> })
        .cell(view! { <Time at=row.at /> })
}

/// The subject by its name, where it has one, with the page that shows it to whoever reads this; else as it is written, short
/// where it is an id.
fn subject(ctx: &Ctx, subject: &str, named: Option<&SubjectName>) -> AnyView {
    let (kind, id) = subject.split_once(':').unwrap_or((subject, ""));
    let page = named.and_then(|named| named.page.as_deref());
    let people = ctx.may_open(&paths::admin_people());
    let tokens = ctx.may_open(&paths::admin_tokens());
    let href = match kind {
        "deploy" => Some(paths::deploy(id)),
        "delivery" => Some(paths::admin_delivery(id)),
        "environment" => Some(paths::with_query(&paths::admin_environments(), [("q", id)])),
        "job" => Some(paths::admin_jobs()),
        "repository" | "repositories" => Some(paths::admin_repositories()),
        "deployment" => Some(paths::admin_unmatched()),
        "github_app" => Some(paths::admin_github()),
        "person" => page.filter(|_| people).map(paths::admin_person),
        "service" => page.map(paths::service),
        "service_account" => page.filter(|_| tokens).map(paths::admin_service_account),
        "token" => page.filter(|_| tokens).map(|_| paths::admin_tokens()),
        _ => None,
    };
    let kind = kind.replace('_', " ");
    let (words, beside) = match (named, short_id(id)) {
        (Some(named), short) => (format!("{kind} {}", named.name), short),
        (None, Some(short)) => (format!("{kind} {short}"), None),
        (None, None) => (subject.replacen(':', " ", 1), None),
    };
    let full = subject.to_owned();
    let words = match href {
        Some(href) => view! { <a class="audit-subject" href=href title=full>{words}</a> }.into_any(),
        None => view! { <span class="audit-subject" title=full>{words}</span> }.into_any(),
    };
    let beside = beside.map(|short| view! { " "<span class="dim">{short}</span> });
    view! { {words}{beside} }.into_any()
}

/// "class development → production": the first changes in a line, the rest behind it.
fn changes(row: &AuditRow) -> impl IntoView + use<> {
    let mut parts = row.changes().into_iter().map(|(name, before, after)| {
        let name = name.replace('_', " ");
        let before = before.map(|before| view! { <del>{value(&before)}</del>" → " });
        let after = after.as_deref().map_or_else(|| "nothing".into_any(), value);
        view! { <li><span class="audit-field">{name}</span>" "{before}{after}</li> }
    });
    let first: Vec<_> = parts.by_ref().take(FIRST).collect();
    let rest: Vec<_> = parts.collect();
    let more = (!rest.is_empty()).then(|| {
        let count = format!("{} more", rest.len());
        view! { <details><summary>{count}</summary><ul class="audit-changes">{rest}</ul></details> }
    });
    view! { <ul class="audit-changes">{first}</ul>{more} }
}

/// A value as people read it: a moment in their zone, an id by its end, a long text by its beginning.
fn value(text: &str) -> AnyView {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return view! { <Time at=at.to_utc() style=TimeStyle::Exact /> }.into_any();
    }
    match short_id(text) {
        Some(short) => view! { <span title=text.to_owned()>{short}</span> }.into_any(),
        None => cut(text).into_any(),
    }
}

/// An id by its end, which differs; its beginning is the time. Nothing for other texts.
fn short_id(text: &str) -> Option<String> {
    let is_id = text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4;
    is_id.then(|| format!("…{}", text.get(28..).unwrap_or(text)))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let shown: String = text.chars().take(SHOWN).collect();
    format!("{shown}…")
}

fn empty(filtered: bool) -> AnyView {
    if filtered {
        return view! {
            <Empty title="No change fits these filters">
                "Take one away, or look at other days."
                <LinkButton href=paths::admin_audit()>"Clear filters"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty title="Nothing was changed yet">
            "Every change of state by a person, a token or Fairway itself is listed here with its reason."
        </Empty>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{cut, short_id};

    #[test]
    fn an_id_is_known_by_its_end() {
        let short = short_id("01a21bb1-3a5f-7182-9d2d-99824aeb68ac");
        assert_eq!(short.as_deref(), Some("…4aeb68ac"));
        assert_eq!(short_id("production"), None);
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(cut("production"), "production");
        let long = "ü".repeat(61);
        assert_eq!(cut(&long).chars().count(), 61);
        assert!(cut(&long).ends_with('…'));
    }
}
