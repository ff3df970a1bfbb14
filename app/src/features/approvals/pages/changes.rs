//! What the release brings: pull requests and commits, with those who wrote them, as they are called now.

use domain::{
    approvals::{CommitSeen, EvidenceCard, Fact, PullRequestSeen, Written},
    people::PersonRef,
};
use leptos::prelude::*;

use crate::{
    format,
    parts::Person,
    ui::{Column, Mono, Notice, Panel, Row, Sha, Table, Tone},
};

/// The panel of changes.
pub(super) fn changes(card: &EvidenceCard, written: &Written) -> impl IntoView + use<> {
    let listed = card.pull_requests.len() + card.commits.len();
    let (note, missing) = match &card.changes {
        Fact::Known(count) => {
            let all = format::counted(u64::from(*count), "change");
            let cut = listed < usize::try_from(*count).unwrap_or(usize::MAX);
            (if cut { format::shown_of(listed, &all) } else { all }, None)
        }
        Fact::Unknown { missing } => ("not all are known".to_owned(), Some(missing.clone())),
    };
    let columns = vec![
        Column::new("Change").grows(),
        Column::new("Author"),
        Column::new("Number or commit").wide_only(),
    ];
    let pull_requests = card.pull_requests.iter().map(|seen| pull_request(seen, written));
    let commits = card.commits.iter().map(|seen| commit(seen, written));
    let rows = pull_requests.chain(commits).collect();
    let nothing = || view! { <p class="panel-line">"None is listed: it brings the code that runs there already, or nobody knows which."</p> };
    view! {
        <Panel title="What goes out" id="changes" flush=true note=move || note.clone()>
            {missing.map(|why| view! {
                <div class="panel-inset"><Notice tone=Tone::Warn>"Not all changes are known: "{why}"."</Notice></div>
            })}
            <Table caption="What goes out" columns rows empty=nothing />
        </Panel>
    }
}

fn pull_request(seen: &PullRequestSeen, written: &Written) -> Row {
    let number = format!("#{}", seen.number);
    let href = written
        .repository
        .as_ref()
        .map(|repository| format!("https://github.com/{repository}/pull/{}", seen.number));
    let author = written.pull_requests.get(&seen.number).cloned();
    row(seen.title.clone(), href, author).cell(view! { <Mono>{number}</Mono> })
}

fn commit(seen: &CommitSeen, written: &Written) -> Row {
    let sha = seen.sha.clone();
    let href = written
        .repository
        .as_ref()
        .map(|repository| format!("https://github.com/{repository}/commit/{sha}"));
    let author = written.commits.get(&seen.sha).cloned();
    row(seen.title.clone(), href, author).cell(view! { <Sha sha bare=true /> })
}

fn row(title: String, href: Option<String>, author: Option<PersonRef>) -> Row {
    let name = match href {
        Some(href) => view! { <a href=href rel="noreferrer">{title}</a> }.into_any(),
        None => title.into_any(),
    };
    Row::new(name).cell(view! { <Person person=author /> })
}
