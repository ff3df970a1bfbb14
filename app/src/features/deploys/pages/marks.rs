//! What stands beside a deploy's state: kind, failure, going on without a decision, correction.

use domain::deploys::{DeployKind, read::DeploySummary};
use leptos::prelude::*;

use crate::{
    parts::{deploy_status, failure_words, kind_words},
    paths,
    ui::{StatusMark, Tag, Tone},
};

/// State and marks in one cell.
pub fn outcome(deploy: &DeploySummary) -> impl IntoView + use<> {
    let status = deploy_status(deploy.state);
    view! { <span class="deploy-outcome"><StatusMark status />{marks(deploy)}</span> }
}

/// The marks alone.
pub fn marks(deploy: &DeploySummary) -> impl IntoView + use<> {
    let kind = (deploy.kind != DeployKind::Normal).then(|| {
        let tone = if deploy.kind == DeployKind::Rollback {
            Tone::Warn
        } else {
            Tone::Neutral
        };
        let word = kind_words(deploy.kind);
        view! { <Tag tone>{word}</Tag> }
    });
    let failed = deploy.failed.then(|| {
        let why = deploy.failure_cause.map(failure_words);
        view! { <span title=why><Tag tone=Tone::Danger>"failed in use"</Tag></span> }
    });
    let bypassed = deploy.bypassed.map(|request| {
        let href = format!("{}#glass", paths::approval(request));
        view! { <a href=href><Tag tone=Tone::Danger>"bypassed"</Tag></a> }
    });
    let corrected = deploy.corrected.then(|| view! { <Tag>"corrected"</Tag> });
    view! { {kind}{failed}{bypassed}{corrected} }
}
