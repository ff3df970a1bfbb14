//! People and teams in a cell.

use domain::people::{PersonRef, TeamRef};
use leptos::prelude::*;

use crate::{paths, ui::Tag};

/// A person's name; bots say so, and a name that is mapped to nobody is quieter.
#[component]
pub fn Person(
    /// Who; a dash for nobody.
    person: Option<PersonRef>,
) -> impl IntoView {
    match person {
        None => view! { <span class="unknown" title="not known">"–"</span> }.into_any(),
        Some(PersonRef { id, name, is_bot }) => {
            let unmapped = id.is_none().then_some("not matched to a person yet");
            view! {
                <span class="person" data-unmapped=unmapped.map(|_| "") title=unmapped>
                    {name}{is_bot.then(|| view! { " "<Tag>"bot"</Tag> })}
                </span>
            }
            .into_any()
        }
    }
}

/// A team that leads to its page.
#[component]
pub fn Team(
    /// Which; a dash for none.
    team: Option<TeamRef>,
) -> impl IntoView {
    match team {
        None => view! { <span class="unknown">"no owner"</span> }.into_any(),
        Some(team) => view! { <a href=paths::team(&team.slug)>{team.title}</a> }.into_any(),
    }
}
