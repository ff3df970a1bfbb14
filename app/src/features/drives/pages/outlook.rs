//! What would come of a deploy: what the policy asks, what is known of the release, and what stands in the way.

use commands::drives::DriveOutlook;
use domain::{
    deploys::drive::evidence::{Finding, Item, Judged},
    error::FieldErrors,
    ids::DeployId,
};
use leptos::prelude::*;

use super::{super::asked::NO_GITHUB, ask::Whole};
use crate::{
    forms::sentence,
    parts::{finding_status, finding_words, item_words, risk_status},
    paths,
    ui::{Column, Notice, Panel, Prop, Props, Row, StatusMark, Table, Time, TimeStyle, Tone},
};

/// The panel; what is wrong with what was chosen where nothing can be said.
pub(super) fn outlook(whole: &Whole, slug: &str) -> AnyView {
    match (&whole.denied, &whole.outlook) {
        (Some(denied), _) => {
            let denied = denied.clone();
            view! { <Notice tone=Tone::Warn>{denied}</Notice> }.into_any()
        }
        (None, Err(errors)) => wrong(errors),
        (None, Ok(outlook)) => known(outlook, whole.undone, slug),
    }
}

fn wrong(errors: &FieldErrors) -> AnyView {
    let lines = errors.0.iter().map(|error| {
        let (href, words) = (format!("#f-{}", error.field), sentence(&error.message));
        view! { <li><a href=href>{words}</a></li> }
    });
    let lines = lines.collect_view();
    view! { <Notice tone=Tone::Warn><p><strong>"This cannot be deployed as it is."</strong></p><ul>{lines}</ul></Notice> }
        .into_any()
}

fn known(outlook: &DriveOutlook, undone: Option<DeployId>, slug: &str) -> AnyView {
    let columns = vec![
        Column::new("Evidence"),
        Column::new("Found"),
        Column::new("What").grows(),
    ];
    let rows = outlook.evidence.findings().iter().map(row).collect();
    let (facts, blocks, unheard) = (facts(outlook), blocks(outlook, slug), unheard(outlook));
    view! {
        <Panel title="What would happen" id="outlook">
            <div class="stack">
                <div class="deploy-blocks">{blocks}{undone.map(was_undone)}{unheard}</div>
                <Props items=facts wide=true />
                <Table caption="What is known of the release" columns rows />
            </div>
        </Panel>
    }
    .into_any()
}

/// That it was rolled back there before.
fn was_undone(deploy: DeployId) -> impl IntoView {
    let href = paths::deploy(deploy);
    view! {
        <Notice tone=Tone::Warn>
            <a href=href>"This release was rolled back there before."</a>" See why, before it goes there again."
        </Notice>
    }
}

/// What Fairway never heard of, with what follows.
fn unheard(outlook: &DriveOutlook) -> Vec<AnyView> {
    let say = |words: &String| {
        let words = words.clone();
        view! { <Notice tone=Tone::Info>{words}</Notice> }.into_any()
    };
    outlook.unknown.iter().map(say).collect()
}

fn row((item, finding): &(Item, Finding)) -> Row {
    let (status, words) = (finding_status(finding), finding_words(finding));
    Row::new(item_words(*item))
        .cell(view! { <StatusMark status /> })
        .cell(view! { <span class="drive-because">{words}</span> })
}

fn facts(outlook: &DriveOutlook) -> Vec<Prop> {
    let policy = outlook.policy.name.clone();
    let named = match outlook.policy_id {
        Some(id) => view! { <a href=paths::admin_policy(id)>{policy}</a> }.into_any(),
        None => view! { <span class="unknown">"no policy fits"</span> }.into_any(),
    };
    vec![
        Prop::new("Policy", named),
        Prop::new("It asks", outlook.policy.asks()),
        Prop::new("As far as is known now", asked(outlook)),
        Prop::new("Risk", view! { <StatusMark status=risk_status(outlook.risk) /> }),
    ]
}

/// How many people are asked, by what is known now.
fn asked(outlook: &DriveOutlook) -> String {
    match outlook.asked.needs.people() {
        0 => "nobody is asked".to_owned(),
        1 => "one person is asked".to_owned(),
        people => format!("{people} people are asked"),
    }
}

/// What stands in the way, the worst first; that nothing does.
fn blocks(outlook: &DriveOutlook, slug: &str) -> Vec<AnyView> {
    let mut blocks = Vec::new();
    if !outlook.has_executor {
        let href = paths::service_settings(slug);
        blocks.push(view! {
            <Notice tone=Tone::Danger>"Nobody is set to carry out deploys there. "<a href=href>"Set an executor"</a>" first."</Notice>
        }
        .into_any());
    }
    if outlook.lacks_github {
        blocks.push(view! { <Notice tone=Tone::Danger>{NO_GITHUB}</Notice> }.into_any());
    }
    if let Some(refused) = &outlook.asked.needs.refused {
        let words = format!("The policy refuses it: {refused}. Nobody can approve it.");
        blocks.push(view! { <Notice tone=Tone::Danger>{words}</Notice> }.into_any());
    }
    blocks.extend(evidence(&outlook.judged));
    if let Some(frozen) = &outlook.asked.frozen {
        let (name, until) = (frozen.name.clone(), frozen.until);
        blocks.push(view! {
            <Notice tone=Tone::Warn>"Frozen by “"{name}"” until "<Time at=until style=TimeStyle::Exact />". It waits for the end of that."</Notice>
        }
        .into_any());
    }
    if let Some(same) = outlook.same {
        let href = paths::deploy(same);
        blocks.push(view! {
            <Notice tone=Tone::Info><a href=href>"The same release"</a>" is on its way there already. This one waits until that has ended."</Notice>
        }
        .into_any());
    } else if let Some(holder) = outlook.holder {
        let href = paths::deploy(holder);
        blocks.push(view! {
            <Notice tone=Tone::Info><a href=href>"Another deploy"</a>" has the environment. This one waits until it is free."</Notice>
        }
        .into_any());
    }
    if blocks.is_empty() {
        blocks.push(view! { <Notice tone=Tone::Ok>"Nothing stands in the way."</Notice> }.into_any());
    }
    blocks
}

fn evidence(judged: &Judged) -> Option<AnyView> {
    let words = match judged {
        Judged::Enough => return None,
        Judged::Wrong(why) => {
            format!("It would end at once: {why}. Mend that, or say below why it goes on without.")
        }
        Judged::Missing(why) => {
            format!(
                "It would wait for at most two hours to learn this: {why}. Or say below why it goes on without."
            )
        }
    };
    Some(view! { <Notice tone=Tone::Warn>{words}</Notice> }.into_any())
}
