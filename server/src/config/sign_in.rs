//! The ways in: an OpenID provider, GitHub, and whether passwords let anybody in.

use std::time::Duration;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    Settings,
    problems::{Name, Reader, given},
};

/// The options, unchecked.
#[derive(Args, Clone, Debug, Default)]
pub struct SignInSettings {
    /// Issuer of the OpenID provider, exactly as its discovery document writes it; unset: there is none
    #[arg(
        long,
        env = "FAIRWAY_OIDC_ISSUER",
        value_name = "URL",
        global = true,
        help_heading = "Signing in"
    )]
    pub oidc_issuer: Option<String>,

    /// Fairway's client id at the OpenID provider
    #[arg(
        long,
        env = "FAIRWAY_OIDC_CLIENT_ID",
        value_name = "ID",
        global = true,
        help_heading = "Signing in"
    )]
    pub oidc_client_id: Option<String>,

    /// Fairway's client secret at the OpenID provider; a public client has none
    #[arg(
        long,
        env = "FAIRWAY_OIDC_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        global = true,
        help_heading = "Signing in"
    )]
    pub oidc_client_secret: Option<SecretString>,

    /// What people call the OpenID provider; it stands on the button [default: single sign-on]
    #[arg(
        long,
        env = "FAIRWAY_OIDC_NAME",
        value_name = "NAME",
        global = true,
        help_heading = "Signing in"
    )]
    pub oidc_name: Option<String>,

    /// Scopes to ask for beside openid [default: profile email]
    #[arg(
        long,
        env = "FAIRWAY_OIDC_SCOPES",
        value_name = "SCOPES",
        global = true,
        help_heading = "Signing in"
    )]
    pub oidc_scopes: Option<String>,

    /// The claim that lists a person's groups [default: groups]
    #[arg(
        long,
        env = "FAIRWAY_OIDC_GROUPS_CLAIM",
        value_name = "CLAIM",
        global = true,
        help_heading = "Signing in"
    )]
    pub oidc_groups_claim: Option<String>,

    /// Minutes after which the OpenID provider is asked again whether it still knows somebody [default: 15]
    #[arg(
        long,
        env = "FAIRWAY_OIDC_RECHECK_MINUTES",
        value_name = "N",
        global = true,
        help_heading = "Signing in"
    )]
    pub oidc_recheck_minutes: Option<String>,

    /// Client id of the OAuth app, or GitHub App, with which people sign in at GitHub; unset: they do not
    #[arg(
        long,
        env = "FAIRWAY_GITHUB_CLIENT_ID",
        value_name = "ID",
        global = true,
        help_heading = "Signing in"
    )]
    pub github_client_id: Option<String>,

    /// Its client secret
    #[arg(
        long,
        env = "FAIRWAY_GITHUB_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        global = true,
        help_heading = "Signing in"
    )]
    pub github_client_secret: Option<SecretString>,

    /// Whether e-mail and password let people in; false needs a provider [default: true]
    #[arg(
        long,
        env = "FAIRWAY_PASSWORD_SIGN_IN",
        value_name = "BOOL",
        global = true,
        help_heading = "Signing in"
    )]
    pub password_sign_in: Option<String>,
}

const ISSUER: Name = Name {
    env: "FAIRWAY_OIDC_ISSUER",
    flag: "--oidc-issuer",
};
const CLIENT: Name = Name {
    env: "FAIRWAY_OIDC_CLIENT_ID",
    flag: "--oidc-client-id",
};
const RECHECK: Name = Name {
    env: "FAIRWAY_OIDC_RECHECK_MINUTES",
    flag: "--oidc-recheck-minutes",
};
const GITHUB_CLIENT: Name = Name {
    env: "FAIRWAY_GITHUB_CLIENT_ID",
    flag: "--github-client-id",
};
const GITHUB_SECRET: Name = Name {
    env: "FAIRWAY_GITHUB_CLIENT_SECRET",
    flag: "--github-client-secret",
};
const PASSWORDS: Name = Name {
    env: "FAIRWAY_PASSWORD_SIGN_IN",
    flag: "--password-sign-in",
};

/// The ways in.
#[derive(Clone, Debug)]
pub struct SignInConfig {
    /// The OpenID provider.
    pub oidc: Option<OidcSettings>,
    /// Client id and secret at GitHub.
    pub github: Option<(String, SecretString)>,
    /// Whether passwords let anybody in.
    pub passwords: bool,
    /// How long a session of the OpenID provider goes on before it is asked again.
    pub recheck: Duration,
}

/// An OpenID provider, checked.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// Its issuer.
    pub issuer: String,
    /// What people call it.
    pub name: String,
    /// Fairway's number there.
    pub client_id: String,
    /// Fairway's secret there.
    pub client_secret: Option<SecretString>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that lists groups.
    pub groups_claim: String,
}

impl SignInConfig {
    /// Reads the settings; `reads_github` says whether Fairway has a token or an App of its own there.
    pub(super) fn read(settings: &Settings, reads_github: bool, reader: &mut Reader) -> Self {
        let of = &settings.sign_in;
        let oidc = oidc(of, reader);
        let github = github(of, reads_github, reader);
        let passwords = reader.value(PASSWORDS, of.password_sign_in.as_deref(), true, parse_bool);
        if !passwords && oidc.is_none() && github.is_none() {
            reader.wrong(
                PASSWORDS,
                "is false, and there is no other way in",
                "Set FAIRWAY_OIDC_ISSUER or FAIRWAY_GITHUB_CLIENT_ID first, or leave this out.",
            );
        }
        Self {
            oidc,
            github,
            passwords,
            recheck: reader.value(
                RECHECK,
                of.oidc_recheck_minutes.as_deref(),
                Duration::from_mins(15),
                parse_minutes,
            ),
        }
    }
}

fn oidc(of: &SignInSettings, reader: &mut Reader) -> Option<OidcSettings> {
    let issuer = given(of.oidc_issuer.as_deref())?;
    if let Err(wrong) = check_issuer(issuer) {
        let next = "Write it as the provider's discovery document does, for example https://id.example.com/realms/acme.";
        reader.wrong(ISSUER, format!("{issuer:?} {wrong}"), next);
    }
    let Some(client_id) = given(of.oidc_client_id.as_deref()) else {
        reader.wrong(
            CLIENT,
            "is not set but FAIRWAY_OIDC_ISSUER is",
            "Register Fairway at the provider and set the id that it gives.",
        );
        return None;
    };
    let scopes = given(of.oidc_scopes.as_deref()).unwrap_or("profile email");
    Some(OidcSettings {
        issuer: issuer.to_owned(),
        name: given(of.oidc_name.as_deref())
            .unwrap_or("single sign-on")
            .to_owned(),
        client_id: client_id.to_owned(),
        client_secret: secret(of.oidc_client_secret.as_ref()),
        scopes: scopes
            .split_whitespace()
            .filter(|scope| *scope != "openid")
            .map(ToOwned::to_owned)
            .collect(),
        groups_claim: given(of.oidc_groups_claim.as_deref())
            .unwrap_or("groups")
            .to_owned(),
    })
}

/// https, or http on this machine: what a provider says must not be changed on its way.
fn check_issuer(text: &str) -> Result<(), &'static str> {
    let Ok(url) = Url::parse(text) else {
        return Err("is no address");
    };
    let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
        return Err("is not https");
    }
    if url.query().is_some() || url.fragment().is_some() || text.contains(' ') {
        return Err("is no issuer: those have no query, no fragment and no space");
    }
    Ok(())
}

fn github(of: &SignInSettings, reads_github: bool, reader: &mut Reader) -> Option<(String, SecretString)> {
    let client_id = given(of.github_client_id.as_deref())?;
    if !reads_github {
        reader.wrong(
            GITHUB_CLIENT,
            "is set, but Fairway cannot read who is in which team",
            "Set FAIRWAY_GITHUB_APP_ID with its key, or FAIRWAY_GITHUB_TOKEN with read:org.",
        );
    }
    let Some(secret) = secret(of.github_client_secret.as_ref()) else {
        reader.wrong(
            GITHUB_SECRET,
            "is not set but FAIRWAY_GITHUB_CLIENT_ID is",
            "Make a client secret on the page of the OAuth app at GitHub.",
        );
        return None;
    };
    Some((client_id.to_owned(), secret))
}

fn secret(raw: Option<&SecretString>) -> Option<SecretString> {
    raw.filter(|secret| !secret.expose_secret().is_empty()).cloned()
}

fn parse_bool(text: &str) -> Result<bool, (String, String)> {
    text.parse().map_err(|_| {
        (
            "is neither true nor false".into(),
            "Leave it out for true.".into(),
        )
    })
}

fn parse_minutes(text: &str) -> Result<Duration, (String, String)> {
    match text.parse() {
        Ok(minutes @ 1..=480) => Ok(Duration::from_mins(minutes)),
        _ => Err((
            "is not between 1 and 480".into(),
            "Leave it out for 15 minutes.".into(),
        )),
    }
}
