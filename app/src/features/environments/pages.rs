//! `/admin/environments`

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    environments::{EnvironmentClass, EnvironmentUse},
    page::{PAGE_SIZE, Page as Rows},
};
use leptos::prelude::*;

use super::address::ListQuery;
use crate::{
    address::ListAddress,
    ctx::{self, Ctx},
    format,
    forms::{self, Sent},
    page::{Page, Section, respond_to},
    parts::class_words,
    paths,
    ui::{
        Button, ButtonKind, Column, Empty, ErrorSummary, Facets, FilterBar, Kept, LinkButton, Mono,
        PageHeader, Pagination, Row, SearchField, Table, Time,
    },
};

struct Loaded {
    rows: Rows<EnvironmentUse>,
    counts: Vec<(EnvironmentClass, u64)>,
}

/// Every environment that a deployment named, with what it is for.
pub fn environments_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(|ctx, query: ListQuery| async move {
        let loaded = load(&ctx, &query).await?;
        Ok(Page::new(Section::Environments, "Environments")
            .crumb("Admin", paths::admin())
            .body(list(&query, loaded, &sent)))
    })
}

async fn load(ctx: &Ctx, query: &ListQuery) -> Result<Loaded, CommandError> {
    let (filter, reads) = (query.filter()?, ctx.reads());
    Ok(Loaded {
        rows: reads
            .environment_uses(&filter, &query.position(), PAGE_SIZE)
            .await?,
        counts: reads.environment_counts(&filter).await?,
    })
}

fn list(query: &ListQuery, loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded { rows, counts } = loaded;
    let total: u64 = counts
        .iter()
        .filter(|(class, _)| query.class.is_empty() || class.as_str() == query.class)
        .map(|(_, count)| count)
        .sum();
    let summary = format::shown_of(rows.rows.len(), &format::counted(total, "environment"));
    let (previous, next) = query.neighbours(&rows);
    let (filtered, here) = (query.is_filtered(), query.href());
    let csv = query.whole_at(&paths::admin_environments_csv());
    let errors = sent.errors.clone();
    let (text, class) = (query.q.clone(), query.class.clone());
    let classes: Vec<_> = counts
        .iter()
        .map(|(class, count)| {
            query.facet(
                |query| &mut query.class,
                class.as_str(),
                (class_words(*class), *count),
            )
        })
        .collect();
    let columns = vec![
        Column::new("Environment").grows(),
        Column::new("Class"),
        Column::new("Known by").dim().wide_only(),
        Column::new("Services").numeric().wide_only(),
        Column::new("Last deploy").numeric().dim().wide_only(),
        Column::new("Change").hidden_label(),
    ];
    let rows = rows
        .rows
        .into_iter()
        .map(|row| self::row(row, &here, sent))
        .collect();
    view! {
        <PageHeader
            title="Environments"
            about=|| "What each environment is for. Only deploys to production count in the figures."
            actions=move || view! { <LinkButton href=csv.clone()>"CSV"</LinkButton> }
        />
        <ErrorSummary errors />
        <FilterBar action=paths::admin_environments() clear=query.cleared()>
            <SearchField label="Search" name="q" value=text placeholder="Name" />
            <Kept name="class" value=class />
        </FilterBar>
        <Facets label="Class" values=classes />
        <details class="class-rule">
            <summary>"How a name says the class"</summary>
            {class_rule()}
        </details>
        <Table caption="Environments" columns rows empty=move || empty(filtered) />
        <Pagination previous next summary />
    }
}

/// The rule of `EnvironmentClass::of_name`, from the words that it uses.
fn class_rule() -> impl IntoView {
    let lines = EnvironmentClass::ASKED
        .map(|class| view! { <li>{class_words(class)}": "{class.words().join(", ")}</li> });
    let back = EnvironmentClass::TAKING_BACK.join(", ");
    view! {
        <p>
            "A name is cut into words at everything that is neither a letter nor a digit; a number at the end of a word does \
             not count. The first of these that has one of the words is its class:"
        </p>
        <ol>{lines.collect_view()}</ol>
        <p>
            {format!(
                "So a name is production only when nothing in it says otherwise: prod-eu is, prod-test is not. Beside one of \
                 the words {back} a production word means staging. Every other name is development, and so is one with \
                 characters that cannot be seen; but whoever asks for approval there is asked about as in production, until \
                 somebody says what it is. A class that a person sets stays."
            )}
        </p>
    }
}

fn row(row: EnvironmentUse, here: &str, sent: &Sent) -> Row {
    let EnvironmentUse {
        environment,
        services,
        last_deploy_at,
        unmatched,
    } = row;
    let known = if environment.class_by_hand {
        "a person"
    } else {
        "its name"
    };
    let form = change(&environment.name, environment.class, (here, services), sent);
    let deploys = paths::with_query(&paths::deploys(), [("environment", environment.name.as_str())]);
    let unmatched = (unmatched > 0).then(|| {
        let words = format!("{} unmatched", format::count(unmatched));
        view! { " "<a class="environment-unmatched" href=paths::admin_unmatched()>{words}</a> }
    });
    let last = last_deploy_at.map_or_else(
        || view! { <span class="unknown">"–"</span> }.into_any(),
        |at| view! { <Time at /> }.into_any(),
    );
    Row::new(view! { <a href=deploys><Mono>{environment.name}</Mono></a>{unmatched} })
        .under(format!(
            "{}, known by {known}",
            format::counted(services, "service")
        ))
        .cell(class_words(environment.class))
        .cell(known)
        .cell(format::count(services))
        .cell(last)
        .cell(form)
}

/// The form that gives an environment another class, with what follows from it.
fn change(
    name: &str,
    class: EnvironmentClass,
    (here, services): (&str, u64),
    sent: &Sent,
) -> impl IntoView + use<> {
    let is_sent = !sent.errors.is_empty() && sent.fields.get("environment") == name;
    let (chosen, reason) = if is_sent {
        let chosen = EnvironmentClass::parse(sent.fields.get("class")).unwrap_or(class);
        (chosen, sent.fields.get("reason").to_owned())
    } else {
        (class, String::new())
    };
    let options = EnvironmentClass::ALL
        .map(|one| view! { <option value=one.as_str() selected=one == chosen>{class_words(one)}</option> });
    let running = match services {
        0 => String::new(),
        1 => ", the service that runs there among them".to_owned(),
        count => format!(
            ", the {} services that run there among them",
            format::count(count)
        ),
    };
    let follows = format!(
        "Every service that ever deployed there is derived again{running}. What counts as a deployment to production follows, \
         and with it every figure."
    );
    let (class_label, reason_label) = (
        format!("Class of {name}"),
        format!("Why {name} is of another class"),
    );
    let (here, name) = (here.to_owned(), name.to_owned());
    view! {
        <details class="environment-change" open=is_sent>
            <summary aria-label=format!("Change the class of {name}")>"Change"</summary>
            <form method="post" action=here>
                <input type="hidden" name="environment" value=name />
                <select class="control" name="class" aria-label=class_label>{options.collect_view()}</select>
                <input class="control" name="reason" required=true minlength="3" maxlength="2000" value=reason
                    placeholder="Why" aria-label=reason_label autocomplete="off" />
                <p class="environment-follows">{follows}</p>
                <Button kind=ButtonKind::Primary disabled_because=ctx::why_not(Action::SetEnvironmentClass, &Resource::Organisation)>
                    "Set the class"
                </Button>
            </form>
        </details>
    }
}

fn empty(filtered: bool) -> AnyView {
    if filtered {
        return view! {
            <Empty title="No environment fits these filters">
                <LinkButton href=paths::admin_environments()>"Show all environments"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty title="No environments yet">
            "They appear with the first deployment that names them."
            <LinkButton href=paths::admin_deliveries()>"See what arrived"</LinkButton>
        </Empty>
    }
    .into_any()
}
