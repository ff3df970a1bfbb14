//! `/approvals`

use commands::{CommandError, WaitsFor};
use domain::{
    access::{Action, Resource},
    approvals::{ApprovalFilter, ApprovalState, ApprovalSummary, Review},
    environments::{Environment, EnvironmentClass},
    live::{ChangeKind, Topic},
    page::{PAGE_SIZE, Page as Rows, Position},
    people::TeamRef,
};
use leptos::prelude::*;

use super::{
    super::address::{InboxQuery, InboxTab},
    rows::{columns, review_row, row},
};
use crate::{
    address::ListAddress,
    ctx::Ctx,
    page::{Page, Section, respond_to},
    parts::{approval_status, class_words},
    paths,
    ui::{
        Choice, Column, Empty, FilterBar, Kept, LinkButton, PageHeader, Pagination, Panel, Select, Tab,
        Table, Tabs, TextField, list_region, region,
    },
};

/// Requests for a decision: those that wait for whoever looks, all that wait, and those that are over.
pub fn approvals_page() -> impl IntoView {
    respond_to(|ctx, query: InboxQuery| async move {
        let since = ctx.reads().live_end().await?;
        let loaded = load(&ctx, &query).await?;
        Ok(Page::new(Section::Approvals, "Approvals")
            .live(since, [Topic::Kind(ChangeKind::Approval)])
            .body(inbox(&ctx, &query, loaded)))
    })
}

struct Loaded {
    tab: InboxTab,
    rows: Rows<ApprovalSummary>,
    /// What was done without a decision and waits for whoever looks, with the request it is about.
    reviews: Vec<(Review, ApprovalSummary)>,
    mine: u64,
    open: u64,
    environments: Vec<Environment>,
    teams: Vec<TeamRef>,
}

async fn load(ctx: &Ctx, query: &InboxQuery) -> Result<Loaded, CommandError> {
    let (reads, tab) = (ctx.reads(), query.tab()?);
    let waits = ctx.commands().waits_for(ctx.viewer()?).await?;
    let filter = query.filter(&waits)?;
    let rows = reads.approvals(&filter, &query.position(), PAGE_SIZE).await?;
    let mine = waits.count();
    let reviews = if tab == InboxTab::Mine && !query.is_filtered() {
        reviews(ctx, waits).await?
    } else {
        Vec::new()
    };
    Ok(Loaded {
        tab,
        rows,
        reviews,
        mine,
        open: u64::try_from(reads.open_approvals().await?).unwrap_or_default(),
        environments: reads.environments().await?,
        teams: reads.owning_teams().await?,
    })
}

/// The reviews that wait, each with its request; the most urgent, as many as a page has rows.
async fn reviews(ctx: &Ctx, waits: WaitsFor) -> Result<Vec<(Review, ApprovalSummary)>, CommandError> {
    let urgent: Vec<Review> = waits.reviews.into_iter().take(PAGE_SIZE as usize).collect();
    if urgent.is_empty() {
        return Ok(Vec::new());
    }
    let filter = ApprovalFilter {
        among: Some(urgent.iter().map(|review| review.request).collect()),
        ..ApprovalFilter::default()
    };
    let about = ctx
        .reads()
        .approvals(&filter, &Position::Start, PAGE_SIZE)
        .await?;
    let with = |review: Review| {
        let about = about.rows.iter().find(|about| about.id == review.request)?;
        Some((review, about.clone()))
    };
    Ok(urgent.into_iter().filter_map(with).collect())
}

fn inbox(ctx: &Ctx, query: &InboxQuery, loaded: Loaded) -> impl IntoView + use<> {
    let Loaded {
        tab,
        rows,
        reviews,
        mine,
        open,
        environments,
        teams,
    } = loaded;
    let csv = query.whole_at(&paths::approvals_csv());
    let (previous, next) = query.neighbours(&rows);
    let decides = ctx.why_not(Action::Approve, &Resource::Anything).is_none();
    let nothing = Nothing {
        tab,
        filtered: query.is_filtered(),
        decides,
        clear: paths::approvals_tab(&query.show),
    };
    let listed = rows.rows.into_iter().map(|request| row(request, tab)).collect();
    let caption = match tab {
        InboxTab::Mine => "Requests that wait for me",
        InboxTab::Open => "Open requests",
        InboxTab::Decided => "Requests that are over",
    };
    let (earlier, later) = match tab {
        InboxTab::Mine | InboxTab::Open => ("More urgent", "Less urgent"),
        InboxTab::Decided => ("Newer", "Older"),
    };
    view! {
        <PageHeader
            title="Approvals"
            about=|| "Releases that wait for people: what is asked, by when, and who has decided."
            actions=move || view! { <LinkButton href=csv.clone()>"CSV"</LinkButton> }
        />
        {region("tabs", tabs(query, tab, (mine, open)))}
        {filters(query, tab, &environments, &teams)}
        {region("reviews", to_review(reviews))}
        {list_region("requests", "request", view! {
            <Table caption columns=columns(tab) rows=listed empty=move || nothing.view() />
        })}
        <Pagination previous next previous_word=earlier next_word=later />
    }
}

fn tabs(query: &InboxQuery, tab: InboxTab, (mine, open): (u64, u64)) -> impl IntoView + use<> {
    let tabs = InboxTab::ALL.map(|of| {
        let href = query.with(|query| {
            of.as_str().clone_into(&mut query.show);
            // It fits one of the tabs only.
            query.state.clear();
        });
        let drawn = Tab::new(of.label(), href.href(), of == tab);
        match of {
            InboxTab::Mine => drawn.count(mine),
            InboxTab::Open => drawn.count(open),
            InboxTab::Decided => drawn,
        }
    });
    view! { <Tabs label="Which requests" tabs=tabs.into() /> }
}

fn filters(
    query: &InboxQuery,
    tab: InboxTab,
    environments: &[Environment],
    teams: &[TeamRef],
) -> impl IntoView + use<> {
    let clear = query.cleared();
    let query = query.clone();
    let teams = any(
        "Any team",
        teams.iter().map(|team| Choice::new(&team.slug, &team.title)),
    );
    let environments = any(
        "Any environment",
        environments.iter().map(|one| Choice::new(&one.name, &one.name)),
    );
    let classes = any(
        "Any class",
        EnvironmentClass::ALL.map(|class| Choice::new(class.as_str(), class_words(class))),
    );
    let over = ApprovalState::ALL
        .into_iter()
        .filter(|state| *state != ApprovalState::Pending);
    let states = any(
        "Any outcome",
        over.map(|state| Choice::new(state.as_str(), approval_status(state).word)),
    );
    let state = (tab == InboxTab::Decided).then(|| {
        view! { <Select label="Outcome" name="state" choices=states selected=query.state /> }
    });
    view! {
        <FilterBar action=paths::approvals() clear>
            <Kept name="show" value=query.show />
            <TextField label="Service" name="service" value=query.service />
            <Select label="Team" name="team" choices=teams selected=query.team.to_ascii_lowercase() />
            <Select label="Environment" name="environment" choices=environments selected=query.environment />
            <Select label="Class" name="class" choices=classes selected=query.class />
            {state}
        </FilterBar>
    }
}

fn any(label: &str, choices: impl IntoIterator<Item = Choice>) -> Vec<Choice> {
    std::iter::once(Choice::new("", label)).chain(choices).collect()
}

/// What was done without a decision and waits for whoever looks; nothing where there is none.
fn to_review(reviews: Vec<(Review, ApprovalSummary)>) -> Option<AnyView> {
    if reviews.is_empty() {
        return None;
    }
    let columns = vec![
        Column::new("Done without a decision").grows(),
        Column::new("By"),
        Column::new("Why").grows().wide_only(),
        Column::new("Review due in").numeric(),
    ];
    let rows = reviews.into_iter().map(review_row).collect();
    let view = view! {
        <Panel title="To review" id="reviews" flush=true><Table caption="To review" columns rows /></Panel>
    };
    Some(view.into_any())
}

/// Why a list holds nothing.
struct Nothing {
    tab: InboxTab,
    filtered: bool,
    decides: bool,
    clear: String,
}

impl Nothing {
    fn view(&self) -> AnyView {
        let clear = self.clear.clone();
        match self.tab {
            _ if self.filtered => view! {
                <Empty title="No request fits these filters">
                    "Take one away, or look at another tab."
                    <LinkButton href=clear>"Clear filters"</LinkButton>
                </Empty>
            }
            .into_any(),
            InboxTab::Mine if self.decides => view! {
                <Empty title="Nothing waits for you">
                    "A release comes here when its policy asks for a decision that you can give."
                    <LinkButton href=paths::approvals_tab("open")>"All open requests"</LinkButton>
                </Empty>
            }
            .into_any(),
            InboxTab::Mine => view! {
                <Empty title="You decide about no release">
                    "Deciding needs the role approver, which an admin can grant for a team or for everything."
                    <LinkButton href=paths::approvals_tab("open")>"All open requests"</LinkButton>
                </Empty>
            }
            .into_any(),
            InboxTab::Open => view! {
                <Empty title="No release waits for a decision">
                    "One does when a deploy asks and the policy for its tier, environment and risk wants people."
                    <LinkButton href=paths::approvals_tab("decided")>"What was decided"</LinkButton>
                </Empty>
            }
            .into_any(),
            InboxTab::Decided => view! {
                <Empty title="Nothing was decided yet">
                    "Requests stay here when they are over, with what each who decided saw."
                    <LinkButton href=paths::approvals_tab("open")>"All open requests"</LinkButton>
                </Empty>
            }
            .into_any(),
        }
    }
}
