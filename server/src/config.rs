//! Everything that can be set, read once at start.
//!
//! Owns the way from options and environment variables to checked values, one struct per section, and says all that
//! is wrong at once. Must not know how the values are used.

mod audit;
mod ci;
mod database;
mod github;
mod http;
mod keys;
mod limits;
mod mail;
mod policies;
mod problems;
mod prometheus;
mod retention;
mod settings;
mod sign_in;
mod site;
mod telemetry;

use domain::approvals::PolicyPlace;
use integrations::{mail::MailConfig, prometheus::PrometheusConfig};

use self::problems::Reader;
pub use self::{
    audit::AuditConfig,
    ci::CiConfig,
    database::{DatabaseConfig, Source},
    github::GitHubConfig,
    http::HttpConfig,
    keys::KeysConfig,
    limits::Limits,
    mail::MailSettings,
    policies::PoliciesSettings,
    problems::{Problem, Problems},
    prometheus::PrometheusSettings,
    retention::RetentionConfig,
    settings::Settings,
    sign_in::{OidcSettings, SignInConfig, SignInSettings},
    site::SiteConfig,
    telemetry::{LogFormat, TelemetryConfig},
};

/// The checked configuration of one process.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the data is.
    pub database: DatabaseConfig,
    /// Where people and machines reach Fairway.
    pub http: HttpConfig,
    /// Logs and metrics.
    pub telemetry: TelemetryConfig,
    /// GitHub: signed deliveries in, reads out.
    pub github: GitHubConfig,
    /// Where policies of approvals are read from beside the page.
    pub policies: Option<PolicyPlace>,
    /// CI: whose tokens of workflows are believed.
    pub ci: CiConfig,
    /// Metrics of services; without it no release is judged by them.
    pub prometheus: Option<PrometheusConfig>,
    /// The ways in.
    pub sign_in: SignInConfig,
    /// The mail server.
    pub mail: Option<MailConfig>,
    /// The built site and what it says about the organisation.
    pub site: SiteConfig,
    /// How long what is received is kept.
    pub retention: RetentionConfig,
    /// The signed head of the audit trail.
    pub audit: AuditConfig,
    /// The keys of sealed secrets.
    pub keys: KeysConfig,
    /// Bounds that keep one sender from starving the others.
    pub limits: Limits,
}

impl Config {
    /// Reads all settings.
    ///
    /// # Errors
    /// Every setting that is wrong, in one value.
    pub fn parse(settings: &Settings) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        // In the order of the help text, as what is wrong is said in it.
        let database = DatabaseConfig::read(settings, &mut reader);
        let http = HttpConfig::read(settings, &mut reader);
        let telemetry = TelemetryConfig::read(settings, &mut reader);
        let github = GitHubConfig::read(settings, &mut reader);
        let reads_github = github.token.is_some() || github.app.is_some();
        let config = Self {
            database,
            http,
            telemetry,
            github,
            policies: policies::read(settings, &mut reader),
            ci: CiConfig::read(settings, &mut reader),
            prometheus: prometheus::read(&settings.prometheus, &mut reader),
            sign_in: SignInConfig::read(settings, reads_github, &mut reader),
            mail: mail::read(settings, &mut reader),
            site: SiteConfig::read(settings, &mut reader),
            retention: RetentionConfig::read(settings, &mut reader),
            audit: AuditConfig::read(settings, &mut reader),
            keys: KeysConfig::read(settings, &mut reader),
            limits: Limits::default(),
        };
        reader.finish(config)
    }
}

#[cfg(test)]
mod tests;
