//! Becoming a GitHub App: the manifest, and what to do with the secrets that come back.
//!
//! Until secrets are sealed in the database, the App's key goes into files that only Fairway's account may read, in the data
//! directory; no page ever shows it. The operator points the settings at them.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use domain::{access::Action, actor::Viewer, error::FieldErrors, integrations::GithubPermission};
use integrations::github::{GithubClient, GithubConfig, NewApp};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use store::AuditEntry;

use crate::{CommandError, Commands, Result, access::whole};

/// The events that Fairway understands. Those of installations come unasked.
const EVENTS: [&str; 8] = [
    "push",
    "pull_request",
    "deployment",
    "deployment_protection_rule",
    "deployment_status",
    "workflow_run",
    "release",
    "repository",
];

/// What the set-up page and the making of an App need to know of this process.
#[derive(Clone, Debug)]
pub struct GithubSetup {
    /// GitHub's address for people: `https://github.com`.
    pub web_url: String,
    /// How to reach its API, without a token.
    pub api: GithubConfig,
    /// Fairway's address for people.
    pub public_url: String,
    /// Where an App's key is put.
    pub key_dir: PathBuf,
    /// The App that is set.
    pub app_id: Option<u64>,
    /// Whether a token is set.
    pub has_token: bool,
    /// Whether deliveries are taken: a secret is set.
    pub takes_deliveries: bool,
}

/// An App that was made, and where its secrets lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGithubApp {
    /// Its number.
    pub id: u64,
    /// Its name in addresses.
    pub slug: String,
    /// Its page.
    pub html_url: String,
    /// The file with the settings to start with.
    pub settings_file: PathBuf,
}

/// The manifest of an App that may read what Fairway needs and sends what it understands.
pub fn manifest(organisation: &str, public_url: &str, done_url: &str) -> Value {
    let permissions: Map<String, Value> = GithubPermission::ALL
        .into_iter()
        .map(|permission| (permission.as_str().to_owned(), "read".into()))
        .collect();
    json!({
        // Names of Apps are unique on all of GitHub, and at most 34 characters long.
        "name": format!("Fairway {organisation}").chars().take(34).collect::<String>().trim_end(),
        "url": public_url,
        "hook_attributes": { "url": format!("{public_url}/webhooks/github"), "active": true },
        "redirect_url": done_url,
        "public": false,
        "default_permissions": permissions,
        "default_events": EVENTS,
    })
}

impl GithubSetup {
    /// The settings file of an App that was made here.
    pub fn settings_file(&self, id: u64) -> PathBuf {
        self.key_dir.join(format!("github-app-{id}.env"))
    }

    fn key_file(&self, id: u64) -> PathBuf {
        self.key_dir.join(format!("github-app-{id}.private-key.pem"))
    }
}

impl Commands {
    /// The same commands, which know how GitHub is set up.
    #[must_use]
    pub fn with_github_setup(mut self, setup: GithubSetup) -> Self {
        self.github_setup = Some(std::sync::Arc::new(setup));
        self
    }

    /// How GitHub is set up.
    pub fn github_setup(&self) -> Option<&GithubSetup> {
        self.github_setup.as_deref()
    }

    /// A word that comes back from GitHub with the code of a manifest, and shows that this browser asked for it.
    pub fn manifest_state(&self) -> String {
        self.id::<uuid::Uuid>().simple().to_string()
    }

    /// Makes the App of a manifest's code: exchanges the code, which works once, and puts the secrets into files.
    pub async fn finish_github_app(&self, by: &Viewer, code: &str) -> Result<NewGithubApp> {
        whole(by, Action::ConnectGithub)?;
        let setup = self.github_setup().ok_or_else(|| CommandError::Conflict {
            why: "this process does not know where GitHub is; start it with `fairway serve`".to_owned(),
        })?;
        if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(FieldErrors::one("code", "GitHub sent no code; begin again").into());
        }
        // Before the code is spent: the key is told once.
        prepare(&setup.key_dir).map_err(|problem| unwritable(&setup.key_dir, &problem))?;
        let client = GithubClient::new(setup.api.clone()).map_err(|error| self.passed_on(error))?;
        let made = client
            .convert_manifest(code)
            .await
            .map_err(|error| self.passed_on(error))?;
        let file = keep(setup, &made).map_err(|problem| unwritable(&setup.key_dir, &problem))?;
        let mut tx = self.store.begin(by.actor()).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "github_app.create",
            subject: format!("github_app:{}", made.id),
            reason: None,
            before: None,
            after: Some(json!({ "slug": made.slug, "settings_file": file.display().to_string() })),
        })
        .await?;
        tx.commit().await?;
        Ok(NewGithubApp {
            id: made.id,
            slug: made.slug,
            html_url: made.html_url,
            settings_file: file,
        })
    }
}

fn unwritable(dir: &Path, problem: &std::io::Error) -> CommandError {
    let why = format!(
        "the App's key cannot be put into {}: {problem}; set FAIRWAY_DATA_DIR to a folder that Fairway may write",
        dir.display()
    );
    CommandError::Conflict { why }
}

/// Makes the folder and shows that a file can be made in it.
fn prepare(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    let probe = dir.join(".github-app.probe");
    write_private(&probe, |_| Ok(()))?;
    fs::remove_file(probe)
}

/// Puts the key and the settings that name it into files that only this account reads.
fn keep(setup: &GithubSetup, app: &NewApp) -> std::io::Result<PathBuf> {
    let (key, settings) = (setup.key_file(app.id), setup.settings_file(app.id));
    write_private(&key, |file| file.write_all(app.pem.expose_secret().as_bytes()))?;
    write_private(&settings, |file| {
        writeln!(file, "FAIRWAY_GITHUB_APP_ID={}", app.id)?;
        writeln!(file, "FAIRWAY_GITHUB_APP_PRIVATE_KEY_FILE={}", key.display())?;
        match &app.webhook_secret {
            Some(secret) => writeln!(file, "FAIRWAY_GITHUB_WEBHOOK_SECRET={}", secret.expose_secret()),
            None => Ok(()),
        }
    })?;
    Ok(settings)
}

/// The file is private from its first byte on, whatever lay there before.
fn write_private(
    path: &Path,
    write: impl FnOnce(&mut fs::File) -> std::io::Result<()>,
) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => return Err(problem),
        _ => {}
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    write(&mut file)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::manifest;

    #[test]
    fn a_manifest_asks_for_reading_and_for_what_is_understood() {
        let manifest = manifest(
            "a-very-long-organisation-name",
            "https://fairway.example",
            "https://fairway.example/done",
        );
        assert!(manifest["name"].as_str().unwrap().chars().count() <= 34);
        assert_eq!(
            manifest["hook_attributes"]["url"],
            "https://fairway.example/webhooks/github"
        );
        let permissions = manifest["default_permissions"].as_object().unwrap();
        assert_eq!(permissions.len(), 7);
        assert!(permissions.values().all(|level| level == "read"));
        assert_eq!(manifest["default_events"].as_array().unwrap().len(), 8);
    }
}
