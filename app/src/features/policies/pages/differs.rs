//! What somebody wrote meanwhile beside what whoever looks wrote, so that saving again is no accident.

use std::collections::{BTreeMap, BTreeSet};

use domain::approvals::{Origin, Policy, StoredPolicy};
use leptos::prelude::*;
use serde_json::Value;

use super::super::{draft::sent_policy, draft_parts::text};
use crate::{
    forms::Sent,
    ui::{Column, Empty, Panel, Row, Table, Time},
};

/// A field that they say otherwise: its name, theirs, and that of whoever looks; nothing where one says nothing of it.
pub(super) type Difference = (String, Option<String>, Option<String>);

/// What differs, where what was sent was refused because somebody wrote the policy meanwhile.
pub(super) fn of(stored: Option<&StoredPolicy>, sent: &Sent) -> Option<Vec<Difference>> {
    let stored = stored.filter(|stored| sent.is_conflict() && stored.origin == Origin::Page)?;
    let form = sent_policy(&sent.fields, None).ok()?;
    let mine = Policy::from_yaml(&form.document).ok()?;
    let theirs = said(&stored.policy, stored.position);
    Some(between(&theirs, &said(&mine, form.position)))
}

fn said(policy: &Policy, position: i32) -> BTreeMap<String, String> {
    let mut said = BTreeMap::from([("place among the others".to_owned(), position.to_string())]);
    for part in ["metadata", "spec"] {
        note(&policy.to_json()[part], part, &mut said);
    }
    said
}

/// Notes every value beneath a place of a document.
fn note(value: &Value, at: &str, said: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                note(value, &format!("{at}.{name}"), said);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            for (index, value) in list.iter().enumerate() {
                note(value, &format!("{at}[{index}]"), said);
            }
        }
        Value::Array(list) => {
            let words: Vec<String> = list.iter().map(|value| text(Some(value))).collect();
            said.insert(at.to_owned(), words.join(", "));
        }
        other => {
            said.insert(at.to_owned(), text(Some(other)));
        }
    }
}

fn between(theirs: &BTreeMap<String, String>, mine: &BTreeMap<String, String>) -> Vec<Difference> {
    let names: BTreeSet<&String> = theirs.keys().chain(mine.keys()).collect();
    let each = names
        .into_iter()
        .map(|name| (name.clone(), theirs.get(name).cloned(), mine.get(name).cloned()));
    each.filter(|(_, theirs, mine)| theirs != mine).collect()
}

/// The panel of what differs.
pub(super) fn panel(differences: Vec<Difference>, stored: &StoredPolicy) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Field"),
        Column::new("Theirs, saved now"),
        Column::new("Yours, in the form"),
    ];
    let words = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
    let rows = differences
        .into_iter()
        .map(|(name, theirs, mine)| Row::new(name).cell(words(theirs)).cell(words(mine)));
    let rows = rows.collect();
    let at = stored.updated_at;
    view! {
        <Panel title="What somebody wrote meanwhile" id="differs">
            <div class="stack">
                <p>"They saved theirs "<Time at />". Saving yours now puts it in the place of theirs."</p>
                <Table caption="What differs" columns rows empty=|| view! {
                    <Empty title="Nothing differs">"They wrote what you wrote."</Empty>
                } />
            </div>
        </Panel>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_named_by_its_field() {
        let read = |value: &Value| {
            let mut said = BTreeMap::new();
            note(value, "spec", &mut said);
            said
        };
        let theirs =
            read(&json!({ "minApprovals": 4, "exclude": ["initiator"], "rules": [{ "name": "leads" }] }));
        let mine = read(&json!({ "minApprovals": 7, "exclude": ["initiator"], "rules": [] }));
        let own = |text: &str| text.to_owned();
        assert_eq!(
            between(&theirs, &mine),
            [
                (own("spec.minApprovals"), Some(own("4")), Some(own("7"))),
                (own("spec.rules"), None, Some(String::new())),
                (own("spec.rules[0].name"), Some(own("leads")), None),
            ]
        );
    }
}
