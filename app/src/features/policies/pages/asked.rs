//! What would be asked of a service in an environment: a form whose state is the address, and its answer.

use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    approvals::{Frozen, Policy, Risk, StoredPolicy, Target, choose, frozen},
    environments::{Environment, EnvironmentClass},
    ids::PolicyId,
};
use leptos::prelude::*;
use serde::Deserialize;

use crate::{
    ctx::Ctx,
    parts::class_words,
    paths,
    query::Known,
    ui::{Choice, Column, FilterBar, Notice, Panel, Row, Select, Table, TextField, Time, Tone},
};

/// The query of `/admin/policies`, as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AskedQuery {
    pub service: String,
    pub environment: String,
}

impl Known for AskedQuery {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["service", "environment"])
    }
}

/// What one policy asks for, at the risks at which it is the one that applies.
pub(super) struct Asked {
    risks: Vec<Risk>,
    /// Its page; `None` where no policy fits.
    id: Option<PolicyId>,
    policy: Policy,
    frozen: Option<Frozen>,
}

/// The answer.
pub(super) enum Answer {
    /// Nothing was asked.
    Nothing,
    /// What was asked about is not there.
    Missing(String),
    /// What each risk asks for.
    Found(Vec<Asked>),
}

/// Looks up what was asked, and answers.
pub(super) async fn answer(
    ctx: &Ctx,
    query: &AskedQuery,
    (policies, environments): (&[StoredPolicy], &[Environment]),
) -> Result<Answer, CommandError> {
    let (slug, name) = (query.service.trim(), query.environment.trim());
    if slug.is_empty() {
        return Ok(Answer::Nothing);
    }
    let Some(service) = ctx.reads().service(slug).await? else {
        return Ok(Answer::Missing(format!("There is no service {slug}.")));
    };
    let named = environments
        .iter()
        .find(|environment| environment.name.eq_ignore_ascii_case(name));
    let class = named.map(|environment| environment.class);
    let Some(class) = class.or_else(|| EnvironmentClass::parse(name)) else {
        return Ok(Answer::Missing(
            "Choose an environment that is in the list.".to_owned(),
        ));
    };
    Ok(Answer::Found(by_risk(
        policies,
        |risk| Target {
            tier: service.summary.tier,
            class,
            risk,
        },
        ctx.now,
    )))
}

/// What applies at each risk; risks at which one policy does stand together.
fn by_risk(policies: &[StoredPolicy], target: impl Fn(Risk) -> Target, now: DateTime<Utc>) -> Vec<Asked> {
    let mut all: Vec<Asked> = Vec::new();
    for risk in Risk::ALL {
        let stored = choose(policies, &target(risk));
        let id = stored.map(|stored| stored.id);
        if let Some(same) = all.iter_mut().find(|asked| asked.id == id) {
            same.risks.push(risk);
            continue;
        }
        let policy = stored.map_or_else(Policy::unwritten, |stored| stored.policy.clone());
        all.push(Asked {
            risks: vec![risk],
            id,
            frozen: frozen(&policy.freezes, now),
            policy,
        });
    }
    all
}

/// The form and its answer.
pub(super) fn panel(
    query: &AskedQuery,
    environments: &[Environment],
    answer: Answer,
) -> impl IntoView + use<> {
    let (service, environment) = (query.service.clone(), query.environment.clone());
    let choices = choices(environments);
    let is_asked = !service.is_empty();
    let clear = is_asked.then(paths::admin_policies);
    view! {
        <Panel title="What would be asked" id="asked">
            <FilterBar action=paths::admin_policies() clear=clear>
                <TextField label="Of the service" name="service" value=service autocomplete="off" />
                <Select label="In" name="environment" choices selected=environment />
            </FilterBar>
            {answered(answer)}
        </Panel>
    }
}

/// Environments by their names; a class where none is called like it.
fn choices(environments: &[Environment]) -> Vec<Choice> {
    let is_name = |word: &str| {
        environments
            .iter()
            .any(|known| known.name.eq_ignore_ascii_case(word))
    };
    let names = environments
        .iter()
        .map(|environment| Choice::new(environment.name.clone(), environment.name.clone()));
    let classes = EnvironmentClass::ALL
        .into_iter()
        .filter(|class| !is_name(class.as_str()))
        .map(|class| Choice::new(class.as_str(), format!("any {}", class_words(class))));
    names.chain(classes).collect()
}

fn answered(answer: Answer) -> AnyView {
    let all = match answer {
        Answer::Nothing => return ().into_any(),
        Answer::Missing(why) => {
            return view! { <Notice tone=Tone::Warn>{why}</Notice> }.into_any();
        }
        Answer::Found(all) => all,
    };
    let columns = vec![
        Column::new("Risk"),
        Column::new("Policy"),
        Column::new("What it asks for").grows(),
        Column::new("Now").wide_only(),
    ];
    let is_one = all.len() == 1;
    let rows = all.into_iter().map(|asked| row(asked, is_one)).collect();
    view! { <Table caption="What would be asked" columns rows /> }.into_any()
}

fn row(asked: Asked, is_one: bool) -> Row {
    let risks: Vec<&str> = asked.risks.iter().map(|risk| risk.as_str()).collect();
    let risks = if is_one {
        "any".to_owned()
    } else {
        risks.join(", ")
    };
    let policy = match asked.id {
        Some(id) => view! { <a href=paths::admin_policy(id)>{asked.policy.name.clone()}</a> }.into_any(),
        None => view! { <span class="unknown">"no policy fits"</span> }.into_any(),
    };
    let now = match asked.frozen {
        Some(frozen) => view! { "Frozen until "<Time at=frozen.until />", "{frozen.name} }.into_any(),
        None => "not frozen".into_any(),
    };
    Row::new(risks)
        .cell(policy)
        .cell(view! { <span class="policy-words">{asked.policy.asks()}</span> })
        .cell(now)
}
