//! `/dora`: the figures of the organisation, a team or a service over a range.

use commands::CommandError;
use domain::{
    dora::{Authors, Metric, Preset, Report, Scope},
    people::TeamRef,
};
use leptos::prelude::*;

use super::{
    address::Address,
    asked::Asked,
    certainty::{Certainty, Definitions},
    coverage::CoverageLine,
    groups::Groups,
    picker::{self, Picked},
    reading::sentences,
    strip::Strip,
    time_spent::{Distribution, Stages},
    trend::Trend,
    words,
};
use crate::{
    page::{Page, Section, respond_to},
    paths,
    ui::{Choice, Empty, FilterBar, LinkButton, PageHeader, Section as Part, Select, TextField},
};

/// The figures.
pub fn dora_page() -> impl IntoView {
    respond_to(|ctx, address: Address| async move {
        let (reads, zone) = (ctx.reads(), ctx.app.organisation.time_zone);
        let address = match picker::picked(address, &reads).await? {
            Picked::This(address) => address,
            Picked::Among(address, services) => return Ok(picker::page(&address, services)),
        };
        let asked = address.resolve(&reads, ctx.now, zone).await?;
        let suggested = picker::suggested(&asked.address);
        let (report, teams, editions, services) = futures::try_join!(
            reads.dora(asked.question(), ctx.now),
            reads.owning_teams(),
            reads.dora_editions(),
            reads.services(&suggested),
        )?;
        let page = match asked.scope {
            Scope::Organisation => Page::new(Section::Dora, "DORA"),
            Scope::Team(_) | Scope::Service(_) => Page::new(Section::Dora, asked.whose.clone())
                .called(format!("DORA, {}", asked.whose))
                .crumb("DORA", asked.address.of_all().overview(Metric::LeadTime)),
        };
        let choices = Choices {
            teams,
            editions,
            services: services.rows.into_iter().map(|service| service.slug).collect(),
        };
        Ok::<_, CommandError>(page.body(view! { <Overview asked report choices /> }))
    })
}

/// What the form above the figures offers.
struct Choices {
    teams: Vec<TeamRef>,
    editions: Vec<i16>,
    /// Slugs of some services; any other may be typed.
    services: Vec<String>,
}

#[component]
fn Overview(asked: Asked, report: Report, choices: Choices) -> impl IntoView {
    let csv = asked.address.overview_csv();
    let about = about(&asked);
    let title = match asked.scope {
        Scope::Organisation => "DORA".to_owned(),
        Scope::Team(_) | Scope::Service(_) => format!("DORA, {}", asked.whose),
    };
    let empty = report.figures.frequency.services == 0;
    let body = if empty {
        view! {
            <Empty title="No deployments yet">
                "Figures appear with the first deployment to an environment of class production. "
                "Send GitHub's deployment events, or report deploys from CI through the API."
                <LinkButton href=paths::services()>"Open services"</LinkButton>
            </Empty>
        }
        .into_any()
    } else {
        view! { <Figures asked=asked.clone() report /> }.into_any()
    };
    view! {
        <PageHeader
            title
            about=move || about.clone()
            actions=move || view! { <LinkButton href=csv.clone()>"CSV"</LinkButton> }
        />
        <Filters asked choices />
        {body}
    }
}

/// "Organisation, 25 Aug – 22 Nov 2026, compared with the 90 days before · bands: 2023 · days in Europe/Berlin"
fn about(asked: &Asked) -> String {
    let days = crate::format::counted(u64::from(asked.range.days()), "day");
    let authors = match asked.authors {
        Authors::All => "",
        Authors::People => " · lead time without changes by bots",
    };
    format!(
        "{}, {}, compared with the {days} before · bands: {} · days in {}{authors}",
        asked.whose,
        words::days(asked.range),
        asked.bands.edition,
        asked.range.zone.name()
    )
}

#[component]
fn Figures(asked: Asked, report: Report) -> impl IntoView {
    let sentences = sentences(&report)
        .into_iter()
        .map(|sentence| view! { <p>{sentence}</p> })
        .collect_view();
    view! {
        <Strip asked=asked.clone() report=report.clone() />
        <CoverageLine asked=asked.clone() report=report.clone() />
        <Trend asked=asked.clone() report=report.clone() />
        <div class="columns">
            <div class="stack"><Stages asked=asked.clone() report=report.clone() /></div>
            <Part title="Reading"><div class="dora-reading">{sentences}</div></Part>
        </div>
        <Distribution asked=asked.clone() report=report.clone() />
        <Groups asked=asked.clone() report=report.clone() />
        <Certainty asked report />
        <Definitions />
    }
}

#[component]
fn Filters(asked: Asked, choices: Choices) -> impl IntoView {
    let Choices {
        teams,
        editions,
        services,
    } = choices;
    let address = asked.address;
    let mut whose = vec![Choice::new("", "All teams")];
    whose.extend(teams.into_iter().map(|team| Choice::new(team.slug, team.title)));
    let lengths = lengths(asked.preset.is_none());
    let length = asked
        .preset
        .map(|preset| preset.days().to_string())
        .unwrap_or_default();
    let authors = [("", "All authors"), ("without", "Without bots")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec();
    let years = editions
        .iter()
        .map(|year| Choice::new(year.to_string(), format!("Bands of {year}")))
        .collect::<Vec<_>>();
    let chosen = asked.bands.edition.to_string();
    let narrowed = address.overview(Metric::LeadTime) != paths::dora();
    view! {
        <FilterBar action=paths::dora() clear=narrowed.then(paths::dora)>
            <Select label="Team" name="team" choices=whose selected=address.team.clone() />
            <TextField label="Service" name="service" value=address.service.clone() suggestions=services />
            <Select label="Range" name="range" choices=lengths selected=length />
            <TextField label="From" name="from" kind="date" value=address.from.clone() />
            <TextField label="To" name="to" kind="date" value=address.to.clone() />
            <Select label="Changes by" name="bots" choices=authors selected=address.bots.clone() />
            <Select label="Edition" name="edition" choices=years selected=chosen />
        </FilterBar>
    }
}

/// The lengths of a range; dates of one's own are not among them.
fn lengths(own_dates: bool) -> Vec<Choice> {
    let own = own_dates.then(|| Choice::new("", "Own dates"));
    let usual = Preset::ALL.map(|preset| {
        let days = preset.days().to_string();
        Choice::new(days.clone(), format!("{days} days"))
    });
    own.into_iter().chain(usual).collect()
}
