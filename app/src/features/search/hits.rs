//! What is found, as lines: the same for the page and for the palette.

use chrono::{DateTime, Utc};
use domain::{
    catalog::{EntitySummary, ServiceSummary},
    deploys::read::DeploySummary,
    people::TeamRef,
    search::{PersonHit, PullRequestHit, SearchKind, SearchQuery, SearchResults},
};

use super::words::Words;
use crate::{
    parts::{deploy_status, health_status},
    paths,
    ui::Status,
};

/// One line.
pub(super) struct Hit {
    /// Where it leads.
    pub href: String,
    /// Whether that is another site.
    pub outside: bool,
    /// Its name, with what fits.
    pub title: Words,
    /// What it is, with what fits.
    pub detail: Words,
    /// How it is.
    pub status: Option<Status>,
    /// When it was.
    pub at: Option<DateTime<Utc>>,
    /// A second place: where it leads, and its words.
    pub also: Option<(String, String)>,
}

/// The lines of one kind.
pub(super) struct Group {
    /// Which kind.
    pub kind: SearchKind,
    /// Best first.
    pub hits: Vec<Hit>,
    /// The address of more of them.
    pub more: Option<String>,
}

/// A kind's name.
pub(super) fn label(kind: SearchKind) -> &'static str {
    match kind {
        SearchKind::Services => "Services",
        SearchKind::Deploys => "Deploys",
        SearchKind::PullRequests => "Pull requests",
        SearchKind::Teams => "Teams",
        SearchKind::People => "People",
        SearchKind::Entities => "Catalogue",
    }
}

/// What was found, kind by kind, without those that hold nothing.
pub(super) fn groups(query: &SearchQuery, results: SearchResults) -> Vec<Group> {
    let order = results.order(query);
    let SearchResults {
        services,
        deploys,
        pull_requests,
        teams,
        people,
        entities,
        ..
    } = results;
    let words = &query.words;
    let all = [
        (
            SearchKind::Services,
            services.more,
            services
                .items
                .into_iter()
                .map(|hit| service(hit, words))
                .collect(),
        ),
        (
            SearchKind::Deploys,
            deploys.more,
            deploys.items.into_iter().map(|hit| deploy(hit, query)).collect(),
        ),
        (
            SearchKind::PullRequests,
            pull_requests.more,
            pull_requests
                .items
                .into_iter()
                .map(|hit| pull_request(hit, words))
                .collect(),
        ),
        (
            SearchKind::Teams,
            teams.more,
            teams.items.into_iter().map(|hit| team(hit, words)).collect(),
        ),
        (
            SearchKind::People,
            people.more,
            people.items.into_iter().map(|hit| person(hit, words)).collect(),
        ),
        (
            SearchKind::Entities,
            entities.more,
            entities.items.into_iter().map(|hit| entity(hit, words)).collect(),
        ),
    ];
    let mut groups: Vec<Group> = all
        .into_iter()
        .filter(|(_, _, hits): &(_, _, Vec<Hit>)| !hits.is_empty())
        .map(|(kind, more, hits)| Group {
            kind,
            hits,
            more: more.then(|| of_kind(query, kind)),
        })
        .collect();
    groups.sort_by_key(|group| order.iter().position(|kind| *kind == group.kind));
    groups
}

/// The search for one kind.
pub(super) fn of_kind(query: &SearchQuery, kind: SearchKind) -> String {
    paths::with_query(
        &paths::search(),
        [("q", query.text.as_str()), ("kind", kind.as_str())],
    )
}

fn service(service: ServiceSummary, words: &[String]) -> Hit {
    let mut about = Vec::new();
    if service.slug != service.title {
        about.push(service.slug.clone());
    }
    about.extend(service.owner.map(|owner| owner.title));
    about.extend(service.tier.map(|tier| format!("Tier {}", tier.number())));
    Hit {
        href: paths::service(&service.slug),
        outside: false,
        title: Words::of(&service.title, words),
        detail: Words::of(&about.join(" · "), words),
        status: Some(health_status(service.state.health)),
        at: None,
        also: None,
    }
}

fn deploy(deploy: DeploySummary, query: &SearchQuery) -> Hit {
    // A release is quoted whole, not by its words.
    let mut words = query.names.clone();
    words.extend(query.version.as_ref().map(|version| version.to_lowercase()));
    words.extend(query.sha.clone());
    let title = Words::of(&format!("{} ", deploy.service.title), &words).with_code(&deploy.release(), &words);
    let detail = match deploy
        .sha
        .as_ref()
        .map(|sha| sha.chars().take(10).collect::<String>())
    {
        Some(sha) => Words::of(&format!("{} · ", deploy.environment), &words).with_code(&sha, &words),
        None => Words::of(&deploy.environment, &words),
    };
    Hit {
        href: paths::deploy(deploy.id),
        outside: false,
        title,
        detail,
        status: Some(deploy_status(deploy.state)),
        at: Some(deploy.requested_at),
        also: None,
    }
}

fn pull_request(hit: PullRequestHit, words: &[String]) -> Hit {
    let by = hit
        .author
        .map(|author| format!(" · {}", author.name))
        .unwrap_or_default();
    let status = match hit.state.as_str() {
        "merged" => Status::ok("merged"),
        "open" => Status::live("open"),
        _ => Status::idle("closed"),
    };
    Hit {
        href: format!("https://github.com/{}/pull/{}", hit.repository, hit.number),
        outside: true,
        title: Words::of(&hit.title, words),
        detail: Words::of(&format!("{}#{}{by}", hit.repository, hit.number), words),
        status: Some(status),
        at: Some(hit.opened_at),
        also: hit.delivered.map(|delivered| {
            (
                paths::deploy(delivered.deploy),
                format!("in production with {}", delivered.release),
            )
        }),
    }
}

fn team(team: TeamRef, words: &[String]) -> Hit {
    let detail = if team.slug.eq_ignore_ascii_case(&team.title) {
        String::new()
    } else {
        team.slug.clone()
    };
    plain(
        paths::team(&team.slug),
        Words::of(&team.title, words),
        Words::of(&detail, words),
    )
}

fn person(person: PersonHit, words: &[String]) -> Hit {
    let (href, outside) = match (&person.entity, &person.login) {
        (Some((namespace, name)), _) => (paths::catalog_entity("user", namespace, name), false),
        (None, Some(login)) => (profile(login), true),
        (None, None) => (
            paths::with_query(&paths::search(), [("q", person.name.as_str())]),
            false,
        ),
    };
    let mut about: Vec<String> = person
        .login
        .into_iter()
        .filter(|login| *login != person.name)
        .collect();
    if person.is_bot {
        about.push("bot".to_owned());
    }
    Hit {
        outside,
        ..plain(
            href,
            Words::of(&person.name, words),
            Words::of(&about.join(" · "), words),
        )
    }
}

/// GitHub's page of a person, or of the app behind a bot.
fn profile(login: &str) -> String {
    match login.strip_suffix("[bot]") {
        Some(app) => format!("https://github.com/apps/{}", paths::encoded(app)),
        None => format!("https://github.com/{}", paths::encoded(login)),
    }
}

fn entity(entity: EntitySummary, words: &[String]) -> Hit {
    let kind = entity.kind.as_str();
    let mut about = vec![
        entity
            .spec_type
            .map_or_else(|| kind.to_owned(), |of| format!("{kind}, {of}")),
    ];
    about.extend(Some(&entity.name).filter(|name| **name != entity.title).cloned());
    about.extend(entity.description);
    plain(
        paths::catalog_entity(kind, &entity.namespace, &entity.name),
        Words::of(&entity.title, words),
        Words::of(&about.join(" · "), words),
    )
}

fn plain(href: String, title: Words, detail: Words) -> Hit {
    Hit {
        href,
        outside: false,
        title,
        detail,
        status: None,
        at: None,
        also: None,
    }
}
