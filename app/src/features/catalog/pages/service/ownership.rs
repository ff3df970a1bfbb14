//! Who owns the service, who says so, and who says otherwise.

use domain::catalog::{CodeOwner, CodeownersSays, OwnerSource, Ownership};
use leptos::prelude::*;

use crate::{
    parts::Team,
    ui::{Mono, Notice, Prop, Props, Section, Tag, Tone},
};

/// The owner with its source, and what CODEOWNERS says of the same paths.
pub(super) fn ownership(ownership: Ownership) -> impl IntoView {
    let contested = ownership.is_contested();
    let Ownership {
        owner,
        source,
        codeowners,
    } = ownership;
    let says = source.map(|source| match source {
        OwnerSource::File => "its catalog file",
        OwnerSource::Codeowners => "CODEOWNERS",
        OwnerSource::Hand => "registered by hand",
    });
    let mut items = vec![Prop::new(
        "Owner",
        view! { <Team team=owner.clone() />{says.map(|says| view! { " "<span class="dim">{says}</span> })} },
    )];
    if let Some(says) = &codeowners {
        items.push(Prop::new("CODEOWNERS", named(says)));
    }
    let conflict = contested.then(|| view! {
        <Notice tone=Tone::Warn>
            "The two differ. Figures of teams use the owner above; change one of the files so that reviews and figures mean the same team."
        </Notice>
    });
    view! { <Section title="Ownership"><Props items />{conflict}</Section> }
}

fn named(says: &CodeownersSays) -> AnyView {
    let Some(rule) = &says.rule else {
        return view! { <span class="unknown">"no rule matches"</span> }.into_any();
    };
    let place = format!("{} line {}: {}", says.path, rule.line, rule.pattern);
    let owners = says.owners.clone().into_iter().map(owner).collect_view();
    let nobody = says.owners.is_empty().then_some("nobody");
    view! { <span title=place>{owners}{nobody}</span> }.into_any()
}

fn owner(owner: CodeOwner) -> AnyView {
    let CodeOwner { text, team } = owner;
    let is_team = CodeOwner::team_slug(&text).is_some();
    match team {
        Some(team) => view! { <Team team=Some(team) />" " }.into_any(),
        None if is_team => view! { <Mono>{text}</Mono>" "<Tag>"no Group names it"</Tag>" " }.into_any(),
        None => view! { <Mono>{text}</Mono>" " }.into_any(),
    }
}
