//! Showing at GitHub how a drive stands: its deployment there, and a check of its commit, each with a link to the evidence.
//!
//! An effect carries no state: what is shown is how the drive stands then, so whatever comes late shows nothing old. One effect of
//! a drive is sent after the other, and each part is noted as soon as it is shown.

use chrono::TimeDelta;
use domain::{
    deploys::drive::{Drive, Shown, Standing},
    environments::EnvironmentClass,
    ids::{DeployId, ServiceId},
    outbox::{Attempt, EffectKind, EffectTarget},
};
use integrations::github::{
    CheckRun, CommitStatus, DeploymentStatus, GithubClient, GithubError, NewDeployment,
};
use serde::Serialize;
use serde_json::json;
use store::{ClaimedEffect, ShownPart, ToShow, Tx};

use super::{executing::met, outward::written};
use crate::{CommandError, Commands, Result, drives::called, intake::system};

/// The one check of a commit, whether it is a check run or a status.
const CHECK: &str = "Fairway / deploy";
/// What showing takes.
const NEEDS: &str = "to show deploys it needs Deployments and Checks: read and write";
/// When a state is tried again while an earlier one is being shown.
const AFTER: TimeDelta = TimeDelta::seconds(2);

/// What an effect carries.
#[derive(Serialize)]
struct DriveShown {
    deploy: DeployId,
    service: ServiceId,
}

/// Why something is not shown.
enum Unshown {
    Github(GithubError),
    Own(CommandError),
}

impl From<GithubError> for Unshown {
    fn from(error: GithubError) -> Self {
        Self::Github(error)
    }
}

impl From<CommandError> for Unshown {
    fn from(error: CommandError) -> Self {
        Self::Own(error)
    }
}

/// A drive as it stands, in the words in which it is shown.
struct What<'a> {
    deploy: DeployId,
    place: ToShow,
    sha: &'a str,
    /// By which the phase is told from others.
    key: String,
    shown: Shown,
    /// "1.2.0 to production: Being watched"
    title: String,
    /// The page with the evidence, and the same for this phase alone.
    page: String,
    page_now: String,
}

impl<'a> What<'a> {
    fn of(drive: &'a Drive, place: ToShow, public_url: &str) -> Option<Self> {
        let key = match &drive.standing {
            Standing::At(place) => drive.key_of(place),
            Standing::Ended(end) => drive.key_of_end(*end),
        };
        let shown = Shown::of(drive);
        let page = format!("{}/deploys/{}", public_url.trim_end_matches('/'), drive.deploy);
        let phase = key.split_once(':').map_or("", |(_, phase)| phase);
        Some(Self {
            deploy: drive.deploy,
            sha: drive.release.sha.as_deref()?,
            title: format!(
                "{} to {}: {}",
                called(&drive.release),
                place.environment,
                shown.says
            ),
            page_now: format!("{page}#{}", phase.replace(':', "-")),
            page,
            key,
            shown,
            place,
        })
    }

    fn repository(&self) -> (&str, &str) {
        (&self.place.owner, &self.place.name)
    }
}

impl Commands {
    /// Wants a drive to be shown at GitHub as it stands from a phase on; nothing of a drill, or where there is no GitHub or no commit.
    pub(crate) async fn want_shown(&self, tx: &mut Tx, drive: &Drive, phase: &str) -> Result<()> {
        // A drill says nothing of its commits, and ends where it began.
        let is_shown = drive.drill.is_none() && drive.release.sha.is_some();
        if self.github().is_none() || !is_shown || !tx.has_repository(drive.service).await? {
            return Ok(());
        }
        let payload = written(&DriveShown {
            deploy: drive.deploy,
            service: drive.service,
        })?;
        let (key, target) = (format!("{phase}:show"), EffectTarget::Drive(drive.deploy));
        let effect = self.effect(&key, EffectKind::Show, target, &payload);
        tx.put_effect(&effect).await?;
        Ok(())
    }

    /// Shows a drive as it stands. What GitHub does not let show stands in the outcome: a deploy waits for none of it.
    pub(super) async fn show_drive(&self, claimed: &ClaimedEffect, deploy: DeployId) -> Result<Attempt> {
        let dropped = |why: &str| Ok(Attempt::Sent(json!({ "dropped": why })));
        let (Some(github), Some(outward), reads) = (self.github(), self.outward(), self.reads()) else {
            return dropped("no GitHub is set any more");
        };
        if reads.is_shown_before(claimed.id, deploy).await? {
            let words = "an earlier state of it is being shown".to_owned();
            return Ok(Attempt::Later(words, self.now() + AFTER));
        }
        let (Some(detail), Some(place)) = (reads.drive(deploy).await?, reads.drive_to_show(deploy).await?)
        else {
            return dropped("its repository is gone");
        };
        let Some(what) = What::of(&detail.drive, place, &outward.public_url) else {
            return dropped("it names no commit");
        };
        self.show_parts(github, &what, claimed.unsure_since.is_some())
            .await
    }

    /// Shows the deployment and the check, each whatever becomes of the other; `looks` whether an earlier try may have shown them.
    async fn show_parts(&self, github: &GithubClient, what: &What<'_>, looks: bool) -> Result<Attempt> {
        let mut not_shown = Vec::new();
        for is_check in [false, true] {
            let done = if is_check {
                Box::pin(self.show_check(github, what, looks)).await
            } else {
                Box::pin(self.show_deployment(github, what, looks)).await
            };
            match done {
                Ok(()) => {}
                Err(Unshown::Own(error)) => return Err(error),
                Err(Unshown::Github(error)) => {
                    let Some(words) = is_final(&error) else {
                        return Ok(met(&error, NEEDS));
                    };
                    not_shown.push(words);
                }
            }
        }
        if let Some(words) = not_shown.first() {
            tracing::warn!(deploy = %what.deploy, error = words, "a deploy is not shown at GitHub");
        }
        Ok(Attempt::Sent(
            json!({ "shown": what.key, "not_shown": not_shown }),
        ))
    }

    async fn show_deployment(
        &self,
        github: &GithubClient,
        what: &What<'_>,
        looks: bool,
    ) -> std::result::Result<(), Unshown> {
        if what.place.deployment_key.as_deref() == Some(&*what.key) {
            return Ok(());
        }
        let Some(id) = self.deployment_of(github, what, looks).await? else {
            return Ok(());
        };
        let status = DeploymentStatus {
            state: what.shown.deployment.as_str(),
            description: &what.shown.says,
            log_url: &what.page_now,
        };
        let place = what.repository();
        if !looks || !github.has_deployment_status(place, id, status.log_url).await? {
            github.set_deployment_status(place, id, &status).await?;
        }
        Ok(self.noted(what, ShownPart::DeploymentAt(&what.key)).await?)
    }

    /// The deployment that a drive is shown by: its own, else the one of its run; where no workflow carries it out, one is made.
    async fn deployment_of(
        &self,
        github: &GithubClient,
        what: &What<'_>,
        looks: bool,
    ) -> std::result::Result<Option<i64>, Unshown> {
        let place = &what.place;
        if place.deployment.is_some() || place.by_actions {
            return Ok(place.deployment.or(place.deployment_of_run));
        }
        let deploy = what.deploy.to_string();
        let new = NewDeployment {
            repository: what.repository(),
            sha: what.sha,
            environment: &place.environment,
            is_production: place.class == EnvironmentClass::Production.as_str(),
            deploy: &deploy,
            description: "Driven by Fairway",
        };
        let found = if looks {
            github.look_for_deployment(&new).await?
        } else {
            None
        };
        let id = match found {
            Some(id) => id,
            None => github.create_deployment(&new).await?,
        };
        self.noted(what, ShownPart::Deployment(id)).await?;
        Ok(Some(id))
    }

    /// An App makes a check run and changes it; a plain token may only give the commit statuses.
    async fn show_check(
        &self,
        github: &GithubClient,
        what: &What<'_>,
        looks: bool,
    ) -> std::result::Result<(), Unshown> {
        if what.place.check_key.as_deref() == Some(&*what.key) {
            return Ok(());
        }
        if github.is_app() {
            self.show_check_run(github, what, looks).await?;
        } else {
            let status = CommitStatus {
                sha: what.sha,
                state: what.shown.check.status(),
                context: CHECK,
                description: &what.title,
                target_url: &what.page_now,
            };
            let place = what.repository();
            if !looks || !github.has_commit_status(place, &status).await? {
                github.set_commit_status(place, &status).await?;
            }
        }
        Ok(self.noted(what, ShownPart::CheckAt(&what.key)).await?)
    }

    async fn show_check_run(
        &self,
        github: &GithubClient,
        what: &What<'_>,
        looks: bool,
    ) -> std::result::Result<(), Unshown> {
        let external_id = what.deploy.to_string();
        let summary = format!("[Evidence, phases and what was watched]({})", what.page);
        let run = CheckRun {
            name: CHECK,
            sha: what.sha,
            external_id: &external_id,
            details_url: &what.page,
            conclusion: what.shown.check.conclusion(),
            title: &what.title,
            summary: &summary,
        };
        let place = what.repository();
        let known = match what.place.check_run {
            None if looks => github.look_for_check_run(place, &run).await?,
            known => known,
        };
        let id = match known {
            Some(id) => {
                github.update_check_run(place, id, &run).await?;
                id
            }
            None => github.create_check_run(place, &run).await?,
        };
        Ok(self.noted(what, ShownPart::CheckRun(id)).await?)
    }

    /// Notes what was shown at once: whatever goes wrong after it shows it no second time.
    async fn noted(&self, what: &What<'_>, part: ShownPart<'_>) -> Result<()> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        tx.note_shown(what.deploy, part).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Why GitHub does not let something be shown, where trying again is of no use.
fn is_final(error: &GithubError) -> Option<String> {
    match error {
        GithubError::Forbidden { .. } => Some(format!("{error}; {NEEDS}")),
        GithubError::NotFound { .. } | GithubError::Refused { .. } => Some(error.to_string()),
        _ => None,
    }
}
