//! `/teams/{slug}`

use commands::CommandError;
use domain::{
    catalog::{EntityKind, RelatedEntity, RelationKind, ServiceFilter, ServiceSummary, group_of_slug},
    page::Page as Rows,
    people::{TeamMember, TeamSummary},
};
use leptos::prelude::*;

use crate::{
    ctx::{self, Ctx},
    format,
    page::{Page, Section, respond},
    parts::{TierTag, deploy_status, entity_path, health_status},
    paths,
    ui::{
        Column, Empty, LinkButton, Mono, PageHeader, Panel, Prop, Props, Row, Section as Aside, StatusMark,
        Table, Tag, Time,
    },
};

struct Loaded {
    team: TeamSummary,
    services: Rows<ServiceSummary>,
    members: Vec<TeamMember>,
    relations: Vec<RelatedEntity>,
    /// Whether the catalog has its Group.
    entity: Option<String>,
}

/// One team: what it owns, who belongs to it.
pub fn team_page() -> impl IntoView {
    let slug = ctx::param("slug");
    respond(|ctx| async move {
        let loaded = load(&ctx, &slug).await?;
        let title = loaded.team.team.title.clone();
        if slug != loaded.team.team.slug {
            let to = ctx.here_at(&paths::team(&loaded.team.team.slug));
            return Ok(Page::moved(Section::Teams, title, to));
        }
        Ok(Page::new(Section::Teams, title.clone())
            .called(format!("{title}, team"))
            .crumb("Teams", paths::teams())
            .body(view(loaded)))
    })
}

async fn load(ctx: &Ctx, slug: &str) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    let team = reads
        .team_summary(slug)
        .await?
        .ok_or_else(|| CommandError::not_found(format!("team named {slug}")))?;
    let slug = team.team.slug.clone();
    let owned = ServiceFilter {
        owner: Some(slug.clone()),
        ..ServiceFilter::default()
    };
    let group = group_of_slug(&slug);
    let (services, members, relations, entity) = futures::try_join!(
        reads.services(&owned),
        reads.team_members(&slug),
        reads.relations_of(&group),
        reads.entity(EntityKind::Group, group.namespace(), group.name()),
    )?;
    let entity = entity
        .filter(|entity| entity.removed_at.is_none())
        .map(|entity| paths::catalog_entity("group", &entity.summary.namespace, &entity.summary.name));
    Ok(Loaded {
        team,
        services,
        members,
        relations,
        entity,
    })
}

fn view(loaded: Loaded) -> impl IntoView {
    let Loaded {
        team,
        services,
        members,
        relations,
        entity,
    } = loaded;
    let TeamSummary {
        team,
        description,
        declared,
        services: owned,
        ..
    } = team;
    let (figures, all) = (paths::dora_of_team(&team.slug), paths::services_of(&team.slug));
    let slug = team.slug.clone();
    view! {
        <PageHeader
            title=team.title
            badges=move || (!declared).then(|| view! { <Tag>"no Group"</Tag> })
            about=move || description.clone().unwrap_or_else(|| undescribed(declared).to_owned())
            actions=move || view! {
                <LinkButton href=figures.clone()>"DORA"</LinkButton>
                {entity.clone().map(|href| view! { <LinkButton href=href>"Catalogue entry"</LinkButton> })}
            }
        />
        <div class="columns">
            <div class="stack">
                {services_panel(services, owned, all)}
                {members_panel(members)}
            </div>
            <div class="stack">{belongs(slug, relations)}</div>
        </div>
    }
}

/// What stands where a team has no description.
fn undescribed(declared: bool) -> &'static str {
    if declared {
        "Its catalog file gives no description."
    } else {
        "No catalog file describes this team yet."
    }
}

fn services_panel(services: Rows<ServiceSummary>, owned: u64, all: String) -> impl IntoView {
    let columns = vec![
        Column::new("Service").grows(),
        Column::new("Health"),
        Column::new("Tier").wide_only(),
        Column::new("Last outcome").wide_only(),
        Column::new("Last deploy").numeric().dim(),
    ];
    let rows = services.rows.into_iter().map(service).collect();
    let count = format::counted(owned, "service");
    view! {
        <Panel title="Services" flush=true note=move || view! { <a href=all.clone()>{count.clone()}</a> }>
            <Table caption="Services of the team" columns rows empty=|| view! {
                <Empty title="It owns no service">"A catalog file gives it one by "<code>"spec.owner"</code>"."</Empty>
            } />
        </Panel>
    }
}

fn service(service: ServiceSummary) -> Row {
    let dash = || view! { <span class="unknown">"–"</span> }.into_any();
    let state = service.state;
    let outcome = state.last_deploy_state.map_or_else(dash, |state| {
        view! { <StatusMark status=deploy_status(state) /> }.into_any()
    });
    let last = state
        .last_deploy_at
        .map_or_else(dash, |at| view! { <Time at /> }.into_any());
    Row::new(view! { <a href=paths::service(&service.slug)>{service.title}</a> })
        .cell(view! { <StatusMark status=health_status(state.health) /> })
        .cell(view! { <TierTag tier=service.tier /> })
        .cell(outcome)
        .cell(last)
}

fn members_panel(members: Vec<TeamMember>) -> impl IntoView {
    let count = format::counted(members.len() as u64, "member");
    let columns = vec![
        Column::new("Member").grows(),
        Column::new("GitHub").wide_only(),
        Column::new("Named by").dim(),
    ];
    let rows = members.into_iter().map(member).collect();
    view! {
        <Panel title="Members" flush=true note=move || count.clone()>
            <Table caption="Members" columns rows empty=|| view! {
                <Empty title="Nobody is known to belong to it">
                    "Name people in the Group by "<code>"spec.members"</code>", or name the team at GitHub by the annotation "
                    <code>"github.com/team-slug"</code>"."
                </Empty>
            } />
        </Panel>
    }
}

fn member(member: TeamMember) -> Row {
    let name = match &member.entity {
        Some((namespace, name)) => {
            let href = paths::catalog_entity("user", namespace, name);
            view! { <a href=href>{member.name}</a> }.into_any()
        }
        None => member.name.into_any(),
    };
    let says = match (member.in_catalog, member.github_team) {
        (true, None) => "the catalogue".to_owned(),
        (true, Some(team)) => format!("the catalogue and {team}"),
        (false, team) => team.unwrap_or_default(),
    };
    let login = member.login.map_or_else(
        || view! { <span class="unknown">"–"</span> }.into_any(),
        |login| view! { <Mono>{login}</Mono> }.into_any(),
    );
    Row::new(name).cell(login).cell(says)
}

/// Where it stands among the other Groups.
fn belongs(slug: String, relations: Vec<RelatedEntity>) -> impl IntoView {
    let of = |kind: RelationKind| {
        let mut links = relations
            .iter()
            .filter(|related| related.relation == kind)
            .map(|related| {
                let href = if related.reference.known_kind() == Some(EntityKind::Group) {
                    paths::team(&related.reference.slug())
                } else {
                    entity_path(&related.reference, related.service_slug.as_deref())
                };
                let title = related.title.clone();
                if related.exists {
                    view! { <a href=href>{title}</a> }.into_any()
                } else {
                    title.into_any()
                }
            });
        let first = links.next()?;
        let rest = links.map(|link| view! { ", "{link} }).collect_view();
        Some(view! { {first}{rest} })
    };
    let mut items = vec![Prop::new("Slug", view! { <Mono>{slug}</Mono> })];
    items.extend(of(RelationKind::ChildOf).map(|parents| Prop::new("Part of", parents)));
    items.extend(of(RelationKind::ParentOf).map(|children| Prop::new("Has", children)));
    view! { <Aside title="Group"><Props items /></Aside> }
}
