//! `/admin/policies/{id}` and `/admin/policies/new`

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    approvals::{Applies, Origin, Policy, Replay, StoredPolicy, is_shadowed},
    environments::EnvironmentClass,
};
use leptos::prelude::*;

use super::{
    super::{
        actions::TRIED,
        draft::{DOCUMENT, Draft, is_document, sent_policy},
    },
    differs::{self, Difference},
    fields::{self, Target, USUAL_DAYS},
    git::InGit,
    replay, states,
};
use crate::{
    ctx::{self, Ctx},
    forms::{self, Sent},
    page::{Page, Section, respond},
    paths,
    ui::{
        Button, ButtonKind, ErrorSummary, Notice, PageHeader, Panel, Status, StatusMark, TextArea, TextField,
        Tone,
    },
};

struct Loaded {
    stored: Option<StoredPolicy>,
    draft: Draft,
    yaml: String,
    /// What it would have done, and to the deploys of how many days.
    tried: Option<(Replay, u16)>,
    /// What somebody wrote otherwise meanwhile.
    differs: Option<Vec<Difference>>,
    /// What keeps it from deciding, or from being satisfied.
    warnings: Vec<String>,
    /// Why nobody writes it here: it is in Git, or Git has one of its name.
    elsewhere: Option<String>,
    /// Why whoever looks may not write policies.
    why_not: Option<String>,
    /// Why it is not taken away here.
    why_stays: Option<String>,
}

/// A policy that is not written yet.
pub fn new_policy_page() -> impl IntoView {
    let sent = forms::sent();
    respond(|ctx| async move {
        let loaded = load(&ctx, None, &sent).await?;
        let page = beneath_admin(Page::new(Section::Policies, "New policy"), &ctx);
        Ok(page
            .crumb("Policies", paths::admin_policies())
            .body(view(loaded, &sent)))
    })
}

/// One policy.
pub fn policy_page() -> impl IntoView {
    let (sent, id) = (forms::sent(), ctx::param("id"));
    respond(|ctx| async move {
        let loaded = load(&ctx, Some(&id), &sent).await?;
        let name = loaded.stored.as_ref().map(|stored| stored.policy.name.clone());
        let name = name.unwrap_or_default();
        let page = beneath_admin(Page::new(Section::Policies, name.clone()), &ctx);
        Ok(page
            .called(format!("Policy {name}"))
            .crumb("Policies", paths::admin_policies())
            .body(view(loaded, &sent)))
    })
}

/// The page beneath that of administration, for whoever may open it.
pub(super) fn beneath_admin(page: Page, ctx: &Ctx) -> Page {
    if ctx.may_open(&paths::admin()) {
        page.crumb("Admin", paths::admin())
    } else {
        page
    }
}

async fn load(ctx: &Ctx, id: Option<&str>, sent: &Sent) -> Result<Loaded, CommandError> {
    let policies = ctx.reads().policies().await?;
    let stored = match id {
        None => None,
        Some(id) => {
            let found = policies.iter().find(|stored| stored.id.to_string() == id);
            Some(
                found
                    .cloned()
                    .ok_or_else(|| CommandError::not_found(format!("policy {id}")))?,
            )
        }
    };
    let in_git = InGit::load(ctx).await?;
    let elsewhere = stored.as_ref().and_then(|stored| {
        let shadowed = is_shadowed(&policies, stored);
        let words =
            "Git has a policy of this name, and it wins: this one is not looked at. Change that one there.";
        in_git
            .why_read_only(stored)
            .or_else(|| shadowed.then(|| words.to_owned()))
    });
    let is_kept_in_git =
        in_git.set.is_some() && stored.as_ref().is_some_and(|stored| stored.origin == Origin::Git);
    let (draft, yaml) = filled(stored.as_ref(), sent);
    let warnings = match &stored {
        Some(stored) => warnings(ctx, stored, &policies).await?,
        None => Vec::new(),
    };
    Ok(Loaded {
        warnings,
        tried: tried(ctx, stored.as_ref(), sent).await?,
        differs: differs::of(stored.as_ref(), sent),
        why_stays: elsewhere.clone().filter(|_| is_kept_in_git),
        why_not: ctx.why_not(Action::EditPolicies, &Resource::Organisation),
        stored,
        draft,
        yaml,
        elsewhere,
    })
}

/// That it never decides, and whom it names that nobody knows.
async fn warnings(
    ctx: &Ctx,
    stored: &StoredPolicy,
    policies: &[StoredPolicy],
) -> Result<Vec<String>, CommandError> {
    let unknown = states::unknown(ctx, std::slice::from_ref(stored)).await?;
    let never = states::never(stored, policies).map(|words| {
        let next = "Give it a smaller place, or narrow those.";
        format!("{}. {next}", forms::sentence(&words))
    });
    let nobody = states::names_nobody(stored, &unknown).map(|words| {
        let next = "Nobody can approve as one of them.";
        format!("{}. {next}", forms::sentence(&words))
    });
    Ok(never.into_iter().chain(nobody).collect())
}

/// What stands in the two forms: what was typed in one of them, and in the other the same as far as it can be read.
fn filled(stored: Option<&StoredPolicy>, sent: &Sent) -> (Draft, String) {
    let (mut draft, mut yaml) = match stored {
        Some(stored) => (
            Draft::of(&stored.policy, stored.position),
            stored.policy.to_yaml(),
        ),
        None => (Draft::fresh(), example().to_yaml()),
    };
    let read = || {
        let form = sent_policy(&sent.fields, None).ok()?;
        Some((Policy::from_yaml(&form.document).ok()?, form.position))
    };
    match sent.fields.get("act") {
        "" | "remove" => {}
        _ if is_document(&sent.fields) => {
            sent.fields.get(DOCUMENT).clone_into(&mut yaml);
            if let Some((policy, position)) = read() {
                draft = Draft::of(&policy, position);
            }
        }
        _ => {
            draft = Draft::typed(&sent.fields);
            if let Some((policy, _)) = read() {
                yaml = policy.to_yaml();
            }
        }
    }
    (draft, yaml)
}

/// What a new document begins with.
fn example() -> Policy {
    Policy {
        name: "New policy".to_owned(),
        applies: Applies {
            classes: vec![EnvironmentClass::Production],
            ..Applies::default()
        },
        ..Policy::unwritten()
    }
}

/// What the policy that was sent would have done, where that was asked for.
async fn tried(
    ctx: &Ctx,
    stored: Option<&StoredPolicy>,
    sent: &Sent,
) -> Result<Option<(Replay, u16)>, CommandError> {
    if sent.shown(TRIED).is_none() {
        return Ok(None);
    }
    let form = sent_policy(&sent.fields, stored.map(|stored| stored.id))?;
    let days = sent.fields.get("days").parse().unwrap_or(USUAL_DAYS);
    let replay = ctx.commands().replay_policy(ctx.viewer()?, &form, days).await?;
    Ok(Some((replay, days)))
}

fn view(loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded {
        stored,
        draft,
        yaml,
        tried,
        differs,
        warnings,
        elsewhere,
        why_not,
        why_stays,
    } = loaded;
    let warnings = warnings
        .into_iter()
        .map(|words| view! { <Notice tone=Tone::Warn>{words}</Notice> });
    let warnings = warnings.collect_view();
    let differs = differs.zip(stored.as_ref());
    let differs = differs.map(|(differs, stored)| differs::panel(differs, stored));
    let target = Target {
        action: stored
            .as_ref()
            .map_or_else(paths::admin_new_policy, |stored| paths::admin_policy(stored.id)),
        version: stored.as_ref().map(|stored| read_version(stored, sent)),
        why_not: elsewhere.clone().or_else(|| why_not.clone()),
    };
    let title = stored
        .as_ref()
        .map_or_else(|| "New policy".to_owned(), |stored| stored.policy.name.clone());
    let words = stored.as_ref().map(|stored| stored.policy.to_string());
    let words = words.unwrap_or_else(|| "What has to be decided, by how many and by whom.".to_owned());
    let origin = stored.as_ref().map(|stored| stored.origin);
    let removal = stored
        .as_ref()
        .map(|_| remove(&target, sent, why_stays.or(why_not)));
    let title_of_errors = if stored.is_some() {
        "The policy is as it was"
    } else {
        "Nothing was saved yet"
    };
    view! {
        <PageHeader title badges=move || view! { {origin.map(|origin| view! { <StatusMark status=written(origin) /> })} }
            about=move || words.clone() />
        <ErrorSummary errors=sent.errors.clone() title=title_of_errors />
        {elsewhere.map(|why| view! { <Notice tone=Tone::Info>{why}</Notice> })}
        {warnings}
        {differs}
        {tried.map(|(replay, days)| replay::panel(&replay, days))}
        <div class="halves">
            {fields::form(&draft, sent, &target)}
            {document(&draft, (yaml, sent), &target)}
        </div>
        {removal}
    }
}

/// The version that the form is about: of one that was sent that which was read then, whatever somebody wrote meanwhile. Who is told
/// of theirs has read it.
fn read_version(stored: &StoredPolicy, sent: &Sent) -> i32 {
    let read = sent.fields.get("version").parse().ok();
    read.filter(|_| !sent.is_conflict()).unwrap_or(stored.version)
}

/// Where a policy is written.
fn written(origin: Origin) -> Status {
    match origin {
        Origin::Git => Status::live("in Git"),
        Origin::Page => Status::idle("on the page"),
    }
}

/// The same as YAML.
fn document(draft: &Draft, (yaml, sent): (String, &Sent), target: &Target) -> impl IntoView + use<> {
    let (action, version, position) = (target.action.clone(), target.version, draft.position.clone());
    let is_closed = target.why_not.is_some();
    let error = sent.error(DOCUMENT);
    let act = fields::buttons("_document", sent, target.why_not.clone());
    view! {
        <Panel title="The same as YAML" id="yaml">
            <form class="policy-form" method="post" action=action aria-label="Policy as YAML">
                {version.map(|version| view! { <input type="hidden" name="version" value=version.to_string() /> })}
                <input type="hidden" name="position" value=position />
                <fieldset class="policy-fields" disabled=is_closed>
                    <legend class="sr-only">"Document"</legend>
                    <TextArea label="Document" name=DOCUMENT value=yaml rows=24 error
                        hint=Some("As it would stand in Git. Its place among the others is that of the form.".to_owned()) />
                </fieldset>
                {act}
            </form>
        </Panel>
    }
}

/// The form that takes it away.
fn remove(target: &Target, sent: &Sent, why_not: Option<String>) -> impl IntoView + use<> {
    let (action, version, sent) = (target.action.clone(), target.version, sent.of("remove"));
    let (reason, error) = (sent.fields.get("reason").to_owned(), sent.error("reason"));
    view! {
        <Panel title="Take it away" id="remove">
            <form class="narrow-form" method="post" action=action aria-label="Take it away">
                <input type="hidden" name="act" value="remove" />
                {version.map(|version| view! { <input type="hidden" name="version" value=version.to_string() /> })}
                <p>"Requests that are open keep what it asked for. New ones ask the next policy that fits; where none does, one approval."</p>
                <TextField label="Reason" name="reason" value=reason autocomplete="off" error />
                <Button kind=ButtonKind::Danger disabled_because=why_not>"Take it away"</Button>
            </form>
        </Panel>
    }
}
