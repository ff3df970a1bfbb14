//! Prometheus: where the metrics of services are, and in whose name they are read.

use clap::Args;
use integrations::prometheus::{Access, PrometheusConfig};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::problems::{Name, Reader, given};

const URL: Name = Name {
    env: "FAIRWAY_PROMETHEUS_URL",
    flag: "--prometheus-url",
};
const USER: Name = Name {
    env: "FAIRWAY_PROMETHEUS_USER",
    flag: "--prometheus-user",
};
const TOKEN: Name = Name {
    env: "FAIRWAY_PROMETHEUS_TOKEN",
    flag: "--prometheus-token",
};
const TENANT: Name = Name {
    env: "FAIRWAY_PROMETHEUS_TENANT",
    flag: "--prometheus-tenant",
};

/// The options, unchecked.
#[derive(Args, Clone, Debug, Default)]
pub struct PrometheusSettings {
    /// Address of the Prometheus that scrapes the services, below which api/v1 is; releases are watched on it
    #[arg(
        long,
        env = "FAIRWAY_PROMETHEUS_URL",
        value_name = "URL",
        global = true,
        help_heading = "Metrics of services"
    )]
    pub prometheus_url: Option<String>,

    /// Token that Prometheus is asked with, or the password of its user
    #[arg(
        long,
        env = "FAIRWAY_PROMETHEUS_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        global = true,
        help_heading = "Metrics of services"
    )]
    pub prometheus_token: Option<SecretString>,

    /// User that Prometheus is asked as, where it wants a name and a password
    #[arg(
        long,
        env = "FAIRWAY_PROMETHEUS_USER",
        value_name = "NAME",
        global = true,
        help_heading = "Metrics of services"
    )]
    pub prometheus_user: Option<String>,

    /// Tenant that is asked about, where the metrics have several (X-Scope-OrgID)
    #[arg(
        long,
        env = "FAIRWAY_PROMETHEUS_TENANT",
        value_name = "TENANT",
        global = true,
        help_heading = "Metrics of services"
    )]
    pub prometheus_tenant: Option<String>,
}

/// Reads how to reach Prometheus; `None` where no address is set.
pub(super) fn read(settings: &PrometheusSettings, reader: &mut Reader) -> Option<PrometheusConfig> {
    let url = url(settings, reader);
    let tenant = reader.value(TENANT, settings.prometheus_tenant.as_deref(), None, parse_plain);
    let user = reader.value(USER, settings.prometheus_user.as_deref(), None, parse_user);
    let token = token(settings.prometheus_token.as_ref(), reader);
    let is_given = given(settings.prometheus_url.as_deref()).is_some();
    for (name, is_set) in [
        (USER, user.is_some()),
        (TOKEN, token.is_some()),
        (TENANT, tenant.is_some()),
    ] {
        if is_set && !is_given {
            reader.wrong(
                name,
                "is set but FAIRWAY_PROMETHEUS_URL is not",
                "Set the address of Prometheus too, for example http://prometheus.internal:9090.",
            );
        }
    }
    if user.is_some() && token.is_none() {
        reader.wrong(
            TOKEN,
            "is not set but FAIRWAY_PROMETHEUS_USER is",
            "Set it to that user's password; or leave the user out to send no name.",
        );
    }
    let access = token.map(|token| match user {
        Some(user) => Access::Basic {
            user,
            password: token,
        },
        None => Access::Bearer(token),
    });
    Some(PrometheusConfig {
        url: url?,
        access,
        tenant,
    })
}

/// A password in an address is not repeated on the terminal.
fn url(settings: &PrometheusSettings, reader: &mut Reader) -> Option<Url> {
    let raw = settings.prometheus_url.as_deref();
    let parsed = given(raw).and_then(|text| Url::parse(text).ok());
    if parsed.is_some_and(|url| !url.username().is_empty() || url.password().is_some()) {
        reader.wrong(
            URL,
            "carries a name or a password",
            "Set FAIRWAY_PROMETHEUS_USER and FAIRWAY_PROMETHEUS_TOKEN instead.",
        );
        return None;
    }
    reader.value(URL, raw, None, parse_url)
}

fn parse_url(text: &str) -> Result<Option<Url>, (String, String)> {
    let next = "Write http://prometheus.internal:9090, with the path below which api/v1 is where it has one."
        .to_owned();
    match Url::parse(text) {
        Ok(url) if url.query().is_some() || url.fragment().is_some() => {
            Err(("has a query or a fragment".into(), next))
        }
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Some(url)),
        Ok(_) => Err(("is no http or https address".into(), next)),
        Err(problem) => Err((format!("is no address ({problem})"), next)),
    }
}

/// What a header can carry.
fn parse_plain(text: &str) -> Result<Option<String>, (String, String)> {
    if text.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(Some(text.to_owned()));
    }
    Err((
        "contains a space or a character outside ASCII".into(),
        "Write it as the system of the metrics does.".into(),
    ))
}

fn parse_user(text: &str) -> Result<Option<String>, (String, String)> {
    if text.contains(':') {
        return Err((
            "contains a colon, which ends a user's name".into(),
            "Set the name here and the password as FAIRWAY_PROMETHEUS_TOKEN.".into(),
        ));
    }
    Ok(Some(text.to_owned()))
}

fn token(raw: Option<&SecretString>, reader: &mut Reader) -> Option<SecretString> {
    let text = raw?.expose_secret().trim();
    if text.is_empty() {
        return None;
    }
    if text.chars().any(|c| !c.is_ascii_graphic()) {
        reader.wrong(
            TOKEN,
            "contains a space or a character outside ASCII",
            "Copy the token again.",
        );
    }
    Some(text.into())
}
