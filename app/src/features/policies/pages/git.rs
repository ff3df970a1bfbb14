//! Policies in Git: the repository, how fresh what is in force is, and what is wrong with which file.

use domain::{
    access::{Action, Resource},
    approvals::{Origin, PolicyFile, PolicySource, StoredPolicy},
    catalog::Problem,
};
use leptos::prelude::*;

use crate::{
    ctx::{self, Ctx},
    format, paths,
    ui::{
        Button, Column, Empty, Mono, Notice, Panel, Prop, Props, Row, Sha, Status, StatusMark, Table, Time,
        Tone,
    },
};

/// What is known of policies in Git.
pub(super) struct InGit {
    /// Where the settings say that they are, as `owner/name: path`.
    pub set: Option<String>,
    /// Whether GitHub can be asked.
    pub asks_github: bool,
    /// The repository that is kept to.
    pub source: Option<PolicySource>,
    pub files: Vec<PolicyFile>,
}

impl InGit {
    /// What stands behind a page of policies.
    pub async fn load(ctx: &Ctx) -> Result<Self, commands::CommandError> {
        let reads = ctx.reads();
        let place = ctx.commands().policies_in();
        Ok(Self {
            set: place.map(|place| format!("{}: {}", place.repository.full_name(), shown(&place.path))),
            asks_github: ctx.commands().asks_github(),
            source: reads.policy_source().await?,
            files: reads.policy_files().await?,
        })
    }

    /// The file that holds a policy.
    pub fn file_of(&self, stored: &StoredPolicy) -> Option<&str> {
        let file = self.files.iter().find(|file| file.policies.contains(&stored.id));
        file.map(|file| file.path.as_str())
    }

    /// Why a policy in Git is not written here.
    pub fn why_read_only(&self, stored: &StoredPolicy) -> Option<String> {
        if stored.origin != Origin::Git {
            return None;
        }
        let file = self.file_of(stored).unwrap_or("a file");
        let repository = self
            .source
            .as_ref()
            .map_or("its repository", |source| source.name.as_str());
        Some(format!(
            "This policy is in Git, in {file} of {repository}, and changed there."
        ))
    }

    /// What keeps the newest from being in force, where something does.
    fn warning(&self) -> Option<AnyView> {
        let source = self.source.as_ref();
        let words = match (&self.set, source) {
            (None, Some(_)) if !self.files.is_empty() => {
                "No repository of policies is set any more. What was read last stays in force; each can be taken away on its page."
                    .into_any()
            }
            (None, _) => return None,
            (Some(_), _) if !self.asks_github => {
                "GitHub is not set up, so nothing is read; what was read last stays in force.".into_any()
            }
            (Some(_), Some(source)) if source.is_deleted => {
                "The repository is deleted. What was read last stays in force until another one is read.".into_any()
            }
            (Some(_), Some(source)) => {
                let (problem, since) = source.problem.clone()?;
                view! { "It could not be read since "<Time at=since />": "{problem}". What was read last stays in force." }
                    .into_any()
            }
            (Some(_), None) => "It was not looked for yet.".into_any(),
        };
        Some(view! { <Notice tone=Tone::Warn>{words}</Notice> }.into_any())
    }
}

fn shown(path: &str) -> &str {
    if path.is_empty() {
        "the whole repository"
    } else {
        path
    }
}

/// The repository and its files.
pub(super) fn panel(in_git: &InGit, policies: &[StoredPolicy]) -> impl IntoView + use<> {
    let warning = in_git.warning();
    let body = match (&in_git.set, &in_git.source) {
        (None, _) if in_git.files.is_empty() => view! {
            <Empty title="Policies are on this page only">
                "Set "<Mono>"FAIRWAY_POLICIES_REPOSITORY"</Mono>" to a repository, as owner/name, to keep them as YAML in Git. \
                 Those in Git go before those on the page."
            </Empty>
        }
        .into_any(),
        (set, source) => view! { {facts(set.as_deref(), source.as_ref())}{files(&in_git.files, policies)} }.into_any(),
    };
    let why_not = ctx::why_not(Action::EditPolicies, &Resource::Organisation);
    let read = in_git.set.is_some().then(|| {
        view! {
            <form method="post" action=paths::admin_policies()>
                <input type="hidden" name="act" value="read" />
                <Button disabled_because=why_not>"Read it now"</Button>
            </form>
        }
    });
    view! { <Panel title="In Git" id="git"><div class="stack">{warning}{body}{read}</div></Panel> }
}

fn facts(set: Option<&str>, source: Option<&PolicySource>) -> AnyView {
    let mut items = vec![Prop::new("Set to", set.unwrap_or("nothing").to_owned())];
    if let Some(source) = source {
        items.push(Prop::new("Repository", source.name.clone()));
        let compared = match (source.head.clone(), source.compared_at) {
            (Some(head), Some(at)) => view! { <Time at />", at "<Sha sha=head /> }.into_any(),
            _ => view! { <span class="unknown">"not yet"</span> }.into_any(),
        };
        items.push(Prop::new("Compared", compared));
    }
    view! { <Props items /> }.into_any()
}

fn files(files: &[PolicyFile], policies: &[StoredPolicy]) -> AnyView {
    let columns = vec![
        Column::new("File").grows(),
        Column::new("Policies"),
        Column::new("In force").dim().wide_only(),
        Column::new("Newest version"),
    ];
    let rows = files.iter().map(|file| row(file, policies)).collect();
    view! {
        <Table caption="Files of policies" columns rows empty=|| view! {
            <Empty title="No file of policies">"Every .yaml and .yml file in the place that is set is read."</Empty>
        } />
    }
    .into_any()
}

fn row(file: &PolicyFile, policies: &[StoredPolicy]) -> Row {
    let held = policies
        .iter()
        .filter(|stored| file.policies.contains(&stored.id))
        .count();
    let in_force = match file.good.clone() {
        Some((commit, at)) => view! { "since "<Time at />", "<Sha sha=commit /> }.into_any(),
        None => view! { <span class="unknown">"never was"</span> }.into_any(),
    };
    let newest = if file.problems.is_empty() {
        view! { <StatusMark status=Status::ok("in force") /> }.into_any()
    } else {
        let problems = file.problems.iter().map(problem).collect_view();
        view! { <StatusMark status=Status::danger("refused") /><ul class="policy-problems">{problems}</ul> }
            .into_any()
    };
    let path = file.path.clone();
    Row::new(view! { <Mono>{path}</Mono> })
        .cell(format::counted_as(held as u64, "policy", "policies"))
        .cell(in_force)
        .cell(newest)
}

/// Where in the file, and what.
fn problem(problem: &Problem) -> impl IntoView + use<> {
    let field = Some(format!("{}: ", problem.field)).filter(|_| !problem.field.is_empty());
    let place = format!("Line {}, column {}: ", problem.place.line, problem.place.column);
    view! { <li>{place}{field}{problem.message.clone()}</li> }
}
