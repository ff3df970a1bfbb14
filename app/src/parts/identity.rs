//! What a person is known by.

use domain::sign_in::Identity;
use leptos::prelude::*;

use crate::ui::{Prop, Props};

/// What people call whoever knows an identity.
pub fn provider_name(identity: &Identity) -> &'static str {
    match identity.provider.as_str() {
        "github" => "GitHub",
        "oidc" => "OpenID provider",
        _ => "Proved e-mail",
    }
}

/// One line for each identity, with the groups that its provider named last.
pub fn identity_list(identities: &[Identity]) -> AnyView {
    if identities.is_empty() {
        return view! { <p class="dim">"Nothing yet but the e-mail of the account, which nobody has proved."</p> }.into_any();
    }
    let items = identities
        .iter()
        .map(|identity| {
            let groups = (!identity.groups.is_empty())
                .then(|| view! { <span class="dim">{format!(", in {}", identity.groups.join(", "))}</span> });
            Prop::new(
                provider_name(identity),
                view! { {identity.label.clone()}{groups} },
            )
        })
        .collect();
    view! { <Props items wide=true /> }.into_any()
}
