//! The ways in of an installation, as its settings say.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::sign_in::Way;
use integrations::sign_in::{GithubOauth, Oidc};

use crate::{CommandError, Commands, Result};

/// How long a session goes on before the provider is asked again whether it still knows the person.
const RECHECK: TimeDelta = TimeDelta::minutes(15);

/// The ways in.
#[derive(Debug)]
pub struct Ways {
    /// Whether e-mail and password let anybody in.
    pub passwords: bool,
    /// The OpenID provider.
    pub oidc: Option<Oidc>,
    /// GitHub.
    pub github: Option<GithubOauth>,
    /// How long a session that the OpenID provider began goes on before it is asked again.
    pub recheck: TimeDelta,
}

impl Default for Ways {
    fn default() -> Self {
        Self {
            passwords: true,
            oidc: None,
            github: None,
            recheck: RECHECK,
        }
    }
}

impl Ways {
    /// Providers by what people call them.
    pub fn providers(&self) -> Vec<(Way, String)> {
        let oidc = self
            .oidc
            .as_ref()
            .map(|oidc| (Way::Oidc, oidc.config().name.clone()));
        let github = self.github.as_ref().map(|_| (Way::Github, "GitHub".to_owned()));
        oidc.into_iter().chain(github).collect()
    }
}

impl Commands {
    /// The same commands with other ways in than the password alone.
    #[must_use]
    pub fn with_ways(self, ways: Ways) -> Self {
        Self {
            ways: Arc::new(ways),
            ..self
        }
    }

    /// The ways in.
    pub fn ways(&self) -> &Ways {
        &self.ways
    }

    /// Refuses what is about passwords where they let nobody in.
    pub(crate) fn takes_passwords(&self) -> Result<()> {
        if self.ways.passwords {
            return Ok(());
        }
        let names: Vec<String> = self.ways.providers().into_iter().map(|(_, name)| name).collect();
        Err(CommandError::Denied {
            why: format!(
                "Passwords are switched off here. Sign in with {}.",
                names.join(" or ")
            ),
        })
    }
}
