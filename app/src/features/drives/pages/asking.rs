//! The forms of asking: which release goes where, then how, and without what.

use domain::{
    deploys::{
        DeployKind, Strategy,
        drive::evidence::{Finding, Item},
        read::DeploySummary,
    },
    environments::Environment,
};
use leptos::prelude::*;

use super::{
    super::asked::{Chosen, FACTS, NO_GITHUB, fact_fields, waiver_field},
    ask::{Loaded, Whole},
};
use crate::{
    forms::Sent,
    parts::{class_words, item_words, kind_words},
    paths,
    ui::{Button, ButtonKind, Choice, ErrorSummary, Panel, Select, TextArea, TextField},
};

/// Which release goes where: a form whose state is the address.
pub(super) fn choosing(loaded: &Loaded, chosen: &Chosen) -> impl IntoView + use<> {
    let environments = environments(&loaded.environments);
    let releases = &loaded.releases;
    let releases = releases.iter().map(|deploy| release(deploy, releases)).collect();
    let Chosen {
        environment,
        release: selected,
        digest,
        kind,
    } = chosen.clone();
    let action = paths::service_deploy(&loaded.service.summary.slug);
    view! {
        <Panel title="What goes where" id="choose">
            <form class="deploy-form" method="get" action=action>
                <Select label="Environment" name="environment" choices=environments selected=environment />
                <Select label="Release" name="release" choices=releases selected=selected
                    hint=Some("The releases that reached users somewhere or that a pipeline reported, the last first.".to_owned()) />
                <TextField label="Image digest" name="digest" value=digest autocomplete="off"
                    hint=Some("Only where the release names none: production takes nothing that can change.".to_owned()) />
                <Select label="Kind" name="kind" choices=kinds() selected=kind />
                <Button>"See what would happen"</Button>
            </form>
        </Panel>
    }
}

fn environments(known: &[Environment]) -> Vec<Choice> {
    let named = known.iter().map(|one| {
        let class = class_words(one.class);
        let label = if one.name.eq_ignore_ascii_case(class) {
            one.name.clone()
        } else {
            format!("{} ({class})", one.name)
        };
        Choice::new(one.name.clone(), label)
    });
    named.collect()
}

/// A release among all, with the beginning of its digest where others are called the same.
fn release(deploy: &DeploySummary, all: &[DeploySummary]) -> Choice {
    let name = deploy.release();
    let at = deploy.requested_at.format("%-d %b %Y");
    let is_alone = all.iter().filter(|other| other.release() == name).count() == 1;
    let image = match &deploy.digest {
        None => ", without a digest".to_owned(),
        Some(_) if is_alone => String::new(),
        Some(digest) => format!(", {}…", digest.chars().take(19).collect::<String>()),
    };
    let went = if deploy.exposed_at.is_some() {
        "last to"
    } else {
        "reported for"
    };
    let label = format!("{name}, {went} {} on {at}{image}", deploy.environment);
    Choice::new(deploy.id.to_string(), label)
}

fn kinds() -> Vec<Choice> {
    let unsaid = Choice::new("", "as the history says");
    let said = DeployKind::STATED
        .into_iter()
        .filter(|kind| *kind != DeployKind::Rollback)
        .map(|kind| Choice::new(kind.as_str(), kind_words(kind)));
    std::iter::once(unsaid).chain(said).collect()
}

/// How it goes, and without what: the form that asks for it.
pub(super) fn asking((whole, slug): (&Whole, &str), chosen: &Chosen, sent: &Sent) -> impl IntoView + use<> {
    let (why_not, action) = (why_not(whole), chosen.href(slug));
    let hidden = chosen.fields().map(|(name, value)| {
        let value = value.to_owned();
        view! { <input type="hidden" name=name value=value /> }
    });
    let typed = |name: &str| sent.fields.get(name).to_owned();
    let (strategy, shares, about) = (typed("strategy"), typed("weights"), typed("description"));
    let strategies = Strategy::ALL.map(|strategy| Choice::new(strategy.as_str(), strategy_words(strategy)));
    let waivers = waivable(whole)
        .into_iter()
        .map(|item| waiver(item, sent))
        .collect_view();
    let facts = facts(sent);
    let (errors, shares_error, about_error) = (
        sent.errors.clone(),
        sent.error("weights"),
        sent.error("description"),
    );
    let button = format!(
        "Deploy {} to {}",
        whole.release.release(),
        chosen.environment.trim()
    );
    view! {
        <Panel title="How" id="ask">
            <form class="deploy-form" method="post" action=action>
                <ErrorSummary errors title="Nothing was asked for yet" />
                {hidden.collect_view()}
                <Select label="Strategy" name="strategy" choices=strategies.into() selected=strategy />
                <TextField label="Shares of a canary, in percent" name="weights" value=shares autocomplete="off"
                    hint=Some("Growing, and the last is 100; 5, 25, 50, 100 where it is empty.".to_owned()) error=shares_error />
                <TextArea label="Why, or what it brings" name="description" value=about rows=2 error=about_error />
                {facts}
                <fieldset>
                    <legend>"Going on without"</legend>
                    {waivers}
                </fieldset>
                <Button kind=ButtonKind::Primary disabled_because=why_not>{button}</Button>
            </form>
        </Panel>
    }
}

/// Why it cannot be asked for, in a sentence.
fn why_not(whole: &Whole) -> Option<String> {
    if let Some(denied) = &whole.denied {
        return Some(denied.clone());
    }
    match &whole.outlook {
        Err(_) => Some("Choose what stands above first.".to_owned()),
        Ok(outlook) if !outlook.has_executor => Some(
            "Nobody is set to carry out deploys there. Set an executor in the settings first.".to_owned(),
        ),
        Ok(outlook) if outlook.lacks_github => Some(NO_GITHUB.to_owned()),
        Ok(_) => None,
    }
}

/// What is not good and may be waived; the backup, which is made later, always.
fn waivable(whole: &Whole) -> Vec<Item> {
    let mut items: Vec<Item> = match &whole.outlook {
        Ok(outlook) => outlook
            .evidence
            .findings()
            .iter()
            .filter(|(item, finding)| item.can_be_waived() && !matches!(finding, Finding::Good { .. }))
            .map(|(item, _)| *item)
            .collect(),
        Err(_) => Vec::new(),
    };
    items.push(Item::Backup);
    items
}

fn facts(sent: &Sent) -> impl IntoView + use<> {
    let each = FACTS.map(|item| fact(item, sent)).collect_view();
    view! { <fieldset><legend>"What is known of the image"</legend>{each}</fieldset> }
}

/// What somebody knows of a scan or a signature that nobody reported.
fn fact(item: Item, sent: &Sent) -> impl IntoView + use<> {
    let [is, what] = fact_fields(item);
    let (selected, found) = (sent.fields.get(&is).to_owned(), sent.fields.get(&what).to_owned());
    let (is_error, what_error) = (sent.error(&is), sent.error(&what));
    let (good, bad) = if item == Item::Scan {
        ("no critical finding", "critical findings")
    } else {
        ("signed", "not signed")
    };
    let choices = vec![
        Choice::new("", "nobody says"),
        Choice::new("good", good),
        Choice::new("bad", bad),
    ];
    let label = item_words(item);
    let found_label = format!("{label}: what was found, and by what");
    let hint = "Whoever decides sees that it was said by hand. A pipeline sends it by the API.";
    view! {
        <Select label name=is choices selected error=is_error />
        <TextField label=found_label name=what value=found autocomplete="off" hint=Some(hint.to_owned()) error=what_error />
    }
}

fn waiver(item: Item, sent: &Sent) -> impl IntoView + use<> {
    let name = waiver_field(item);
    let (typed, error) = (sent.fields.get(&name).to_owned(), sent.error(&name));
    let hint = (item == Item::Backup)
        .then(|| "Empty: the executor backs up first, and says which backup it is.".to_owned());
    view! {
        <TextField label=format!("{}, because", item_words(item)) name value=typed autocomplete="off" hint error />
    }
}

fn strategy_words(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Rolling => "rolling: all of the traffic, watched once",
        Strategy::BlueGreen => "blue/green: beside what runs, tested, then switched",
        Strategy::Canary => "canary: growing shares of the traffic, each watched",
    }
}
