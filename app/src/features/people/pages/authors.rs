//! Authors of commits whom nobody is mapped to. Wherever somebody is excluded they count as everybody, so it is worth saying who
//! they are.

use domain::{people::Account, sign_in::UnmappedAuthor};
use leptos::prelude::*;

use crate::{
    format, paths,
    ui::{Button, Choice, Column, Empty, Panel, Row, Select, Table, TextField},
};

/// As many as somebody works off at once; the busiest come first.
pub(super) const LISTED: i64 = 50;

/// The list, each with who it may be.
pub(super) fn authors_panel(
    authors: Vec<UnmappedAuthor>,
    people: &[Account],
    why_not: Option<&str>,
) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Address").grows(),
        Column::new("Name in git").dim().wide_only(),
        Column::new("Commits").numeric(),
        Column::new("Whose it is"),
    ];
    let choices: Vec<Choice> = std::iter::once(Choice::new("", "Nobody chosen"))
        .chain(
            people
                .iter()
                .map(|account| Choice::new(account.person.to_string(), account.name.clone())),
        )
        .collect();
    let rows = authors
        .into_iter()
        .enumerate()
        .map(|(number, author)| row((number, author), choices.clone(), why_not))
        .collect();
    view! {
        <Panel title="Authors whom nobody is mapped to" id="authors" flush=true>
            <Table caption="Authors whom nobody is mapped to" columns rows empty=|| view! {
                <Empty title="Every author is somebody">"Commits are mapped by GitHub’s number of their author, or by an address that was proved."</Empty>
            } />
        </Panel>
    }
}

fn row((number, author): (usize, UnmappedAuthor), choices: Vec<Choice>, why_not: Option<&str>) -> Row {
    let why_not = why_not.map(ToOwned::to_owned);
    let (suggested, hint) = match author.suggestion {
        Some((person, name)) => (
            person.to_string(),
            Some(format!(
                "Perhaps {name}: the address or the name is the same. Neither is proof."
            )),
        ),
        None => (String::new(), None),
    };
    // Of many forms on the page, each has a field of its own name for its label.
    let field = format!("person-{number}");
    let why = format!("{field}-why");
    let label = format!("Say whose {} is", author.email);
    let commits = format::counted(u64::try_from(author.commits).unwrap_or_default(), "commit");
    Row::new(author.email.clone())
        .cell(author.name.unwrap_or_default())
        .cell(commits)
        .cell(view! {
            <form class="narrow-form" method="post" action=paths::admin_people() aria-label=label>
                <input type="hidden" name="act" value="map" />
                <input type="hidden" name="author" value=author.email />
                <input type="hidden" name="field" value=field.clone() />
                <Select label="Person" name=field choices selected=suggested hint />
                <TextField label="Why (may be left out)" name=why />
                <Button disabled_because=why_not>"It is theirs"</Button>
            </form>
        })
}
