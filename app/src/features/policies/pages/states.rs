//! Whether a policy is looked at, and whether those whom it asks are there.

use commands::CommandError;
use domain::approvals::{Eligible, StoredPolicy, covered_by, is_shadowed};

use crate::{ctx::Ctx, ui::Status};

/// Those whom policies name and nobody knows. A policy in Git is not refused for them, and whoever was named may be gone since.
pub(super) async fn unknown(ctx: &Ctx, policies: &[StoredPolicy]) -> Result<Vec<Eligible>, CommandError> {
    let named: Vec<&Eligible> = policies
        .iter()
        .flat_map(|stored| stored.policy.named().map(|(_, who)| who))
        .collect();
    Ok(ctx.reads().unknown_to_policies(&named).await?)
}

/// Whether it is looked at.
pub(super) fn state(stored: &StoredPolicy, policies: &[StoredPolicy]) -> Status {
    if is_shadowed(policies, stored) {
        return Status::idle("not looked at: Git has one of this name");
    }
    match never(stored, policies) {
        Some(words) => Status::warn(words),
        None => Status::ok("looked at"),
    }
}

/// That it never decides, and which go before it; nothing where it can.
pub(super) fn never(stored: &StoredPolicy, policies: &[StoredPolicy]) -> Option<String> {
    let before = covered_by(policies, stored);
    let names: Vec<&str> = before.iter().map(|other| other.policy.name.as_str()).collect();
    let (last, others) = names.split_last()?;
    let names = if others.is_empty() {
        format!("{last} before it fits")
    } else {
        format!("{} and {last} before it fit", others.join(", "))
    };
    Some(format!("never looked at: {names} all that it fits"))
}

/// Whom it names and nobody knows: "names nobody knows: team nosuch".
pub(super) fn names_nobody(stored: &StoredPolicy, unknown: &[Eligible]) -> Option<String> {
    let mut names: Vec<String> = stored
        .policy
        .named()
        .filter(|(_, who)| unknown.contains(who))
        .map(|(_, who)| who.to_string())
        .collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| format!("asks whom nobody knows: {}", names.join(", ")))
}
