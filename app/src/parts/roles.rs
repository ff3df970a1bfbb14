//! Roles as words, and the fields that choose one.

use domain::{
    access::{Grant, Role},
    catalog::Tier,
    environments::EnvironmentClass,
    people::TeamRef,
};
use leptos::prelude::*;

use crate::{
    forms::Sent,
    parts::class_words,
    ui::{Checkbox, Choice, Select},
};

/// What each role may, in a line.
fn about(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer: looks",
        Role::Developer => "Developer: also reports and corrects",
        Role::Approver => "Approver: also decides about releases",
        Role::Operator => "Operator: also runs the platform",
        Role::Admin => "Admin: also gives roles",
    }
}

/// What was granted, one below the other.
pub fn granted(grants: &[Grant]) -> AnyView {
    if grants.is_empty() {
        return view! { <span class="unknown">"none"</span> }.into_any();
    }
    let words: Vec<String> = grants.iter().map(ToString::to_string).collect();
    view! { <span class="grants">{words.join("; ")}</span> }.into_any()
}

/// Role, team, tiers and classes.
pub fn role_fields(teams: Vec<TeamRef>, sent: &Sent) -> impl IntoView + use<> {
    let teams = std::iter::once(Choice::new("", "The whole organisation"))
        .chain(teams.into_iter().map(|team| Choice::new(team.slug, team.title)))
        .collect();
    let team = sent.fields.get("team").to_owned();
    view! {
        {role_field(sent)}
        <Select label="For" name="team" choices=teams selected=team error=sent.error("team") />
        {narrowing(sent)}
    }
}

/// Which role.
pub fn role_field(sent: &Sent) -> impl IntoView + use<> {
    let roles = Role::ALL
        .map(|role| Choice::new(role.as_str(), about(role)))
        .to_vec();
    let role = sent.fields.get("role").to_owned();
    view! { <Select label="Role" name="role" choices=roles selected=role error=sent.error("role") /> }
}

/// Tiers and classes that a role is narrowed to.
pub fn narrowing(sent: &Sent) -> impl IntoView + use<> {
    let tiers = Tier::ALL.map(|tier| {
        view! { <Checkbox label=format!("Tier {tier}") name="tier" value=tier.to_string() checked=sent.fields.all("tier").contains(&&*tier.to_string()) /> }
    });
    let classes = EnvironmentClass::ALL.map(|class| {
        view! { <Checkbox label=class_words(class) name="class" value=class.as_str() checked=sent.fields.all("class").contains(&class.as_str()) /> }
    });
    view! {
        <fieldset class="narrowing">
            <legend>"Only for services of these tiers (none ticked: all)"</legend>
            {tiers.collect_view()}
        </fieldset>
        <fieldset class="narrowing">
            <legend>"Only in these environments (none ticked: all)"</legend>
            {classes.collect_view()}
        </fieldset>
    }
}
