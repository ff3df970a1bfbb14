//! The options as they were given: text, unchecked, each also an environment variable.
//!
//! They are kept as text so that all wrong ones can be said at once instead of the first only.

#![expect(
    clippy::doc_markdown,
    reason = "these lines are the help text in a terminal, where backticks and brackets are noise"
)]

use clap::Args;
use secrecy::SecretString;

/// All settings, unchecked.
#[derive(Args, Clone, Debug, Default)]
pub struct Settings {
    /// PostgreSQL 15 or newer, as postgres://user:password@host/database. Unset: Fairway runs its own.
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        global = true,
        help_heading = "Database"
    )]
    pub database_url: Option<SecretString>,

    /// Most connections held open to PostgreSQL [default: 16]
    #[arg(
        long,
        env = "FAIRWAY_DATABASE_CONNECTIONS",
        value_name = "N",
        global = true,
        help_heading = "Database"
    )]
    pub database_connections: Option<String>,

    /// Folder of Fairway's own PostgreSQL [default: ./.fairway, as root /var/lib/fairway]
    #[arg(
        long,
        env = "FAIRWAY_DATA_DIR",
        value_name = "DIR",
        global = true,
        help_heading = "Database"
    )]
    pub data_dir: Option<String>,

    /// Folder with initdb and pg_ctl, when they are not found by themselves
    #[arg(
        long,
        env = "FAIRWAY_POSTGRES_BIN",
        value_name = "DIR",
        global = true,
        help_heading = "Database"
    )]
    pub postgres_bin: Option<String>,

    /// Days for which bodies of deliveries are kept [default: 90]
    #[arg(
        long,
        env = "FAIRWAY_DELIVERY_RETENTION_DAYS",
        value_name = "N",
        global = true,
        help_heading = "Database"
    )]
    pub delivery_retention_days: Option<String>,

    /// Keys that secrets in the database are sealed with, 64 hexadecimal digits each; the first seals, all open
    #[arg(
        long,
        env = "FAIRWAY_KEY",
        hide_env_values = true,
        value_name = "KEYS",
        global = true,
        help_heading = "Sealed secrets"
    )]
    pub key: Option<SecretString>,

    /// File with these keys, one a line; fairway keys make makes it [default: Fairway's own, with its own PostgreSQL and the demo]
    #[arg(
        long,
        env = "FAIRWAY_KEY_FILE",
        value_name = "FILE",
        global = true,
        help_heading = "Sealed secrets"
    )]
    pub key_file: Option<String>,

    /// Hosts, *.names, addresses and networks inside that Fairway may call where somebody names one, separated by commas
    #[arg(
        long,
        env = "FAIRWAY_OUTBOUND_ALLOW",
        value_name = "LIST",
        global = true,
        help_heading = "HTTP"
    )]
    pub outbound_allow: Option<String>,

    /// File with the private key that signs heads of the audit trail; fairway audit keygen makes one
    #[arg(
        long,
        env = "FAIRWAY_AUDIT_KEY_FILE",
        value_name = "FILE",
        global = true,
        help_heading = "Audit trail"
    )]
    pub audit_key_file: Option<String>,

    /// File, or folder, that signed heads of the audit trail are appended to; best where the database's owner cannot write
    #[arg(
        long,
        env = "FAIRWAY_AUDIT_HEAD_FILE",
        value_name = "PATH",
        global = true,
        help_heading = "Audit trail"
    )]
    pub audit_head_file: Option<String>,

    /// Minutes between signed heads [default: 15]
    #[arg(
        long,
        env = "FAIRWAY_AUDIT_HEAD_MINUTES",
        value_name = "N",
        global = true,
        help_heading = "Audit trail"
    )]
    pub audit_head_minutes: Option<String>,

    /// Use the demo organisation's database instead of the real one
    #[arg(long, env = "FAIRWAY_DEMO", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", global = true, help_heading = "Database")]
    pub demo: Option<String>,

    /// Address and port for pages, API and webhooks; off loopback with an https --public-url only [default: 127.0.0.1:3000]
    #[arg(
        long,
        env = "FAIRWAY_LISTEN",
        value_name = "ADDR:PORT",
        global = true,
        help_heading = "HTTP"
    )]
    pub listen: Option<String>,

    /// Address that people type into their browser [default: http://localhost:PORT]
    #[arg(
        long,
        env = "FAIRWAY_PUBLIC_URL",
        value_name = "URL",
        global = true,
        help_heading = "HTTP"
    )]
    pub public_url: Option<String>,

    /// Proxies before Fairway whose X-Forwarded-For is believed, counted from Fairway [default: 0]
    #[arg(
        long,
        env = "FAIRWAY_TRUSTED_PROXIES",
        value_name = "N",
        global = true,
        help_heading = "HTTP"
    )]
    pub trusted_proxies: Option<String>,

    /// Seconds that running requests and jobs get to finish after SIGTERM [default: 20]
    #[arg(
        long,
        env = "FAIRWAY_DRAIN_SECONDS",
        value_name = "N",
        global = true,
        help_heading = "HTTP"
    )]
    pub drain_seconds: Option<String>,

    /// How log lines look: pretty or json [default: pretty on a terminal, else json]
    #[arg(
        long,
        env = "FAIRWAY_LOG_FORMAT",
        value_name = "FORMAT",
        global = true,
        help_heading = "Logs and metrics"
    )]
    pub log_format: Option<String>,

    /// Which log lines are written, for example info,server=debug [default: info]
    #[arg(
        long,
        env = "FAIRWAY_LOG",
        value_name = "FILTER",
        global = true,
        help_heading = "Logs and metrics"
    )]
    pub log: Option<String>,

    /// Address of Prometheus metrics at /metrics, or off [default: 127.0.0.1:9464]
    #[arg(
        long,
        env = "FAIRWAY_METRICS_LISTEN",
        value_name = "ADDR:PORT",
        global = true,
        help_heading = "Logs and metrics"
    )]
    pub metrics_listen: Option<String>,

    /// Secret of the GitHub webhook; without it /webhooks/github stays closed
    #[arg(
        long,
        env = "FAIRWAY_GITHUB_WEBHOOK_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        global = true,
        help_heading = "GitHub"
    )]
    pub github_webhook_secret: Option<SecretString>,

    /// A second webhook secret that is accepted too, while the secret is being changed
    #[arg(
        long,
        env = "FAIRWAY_GITHUB_WEBHOOK_SECRET_OTHER",
        hide_env_values = true,
        value_name = "SECRET",
        global = true,
        help_heading = "GitHub"
    )]
    pub github_webhook_secret_other: Option<SecretString>,

    /// Token with which Fairway reads GitHub (contents, pull requests, deployments: read)
    #[arg(
        long,
        env = "FAIRWAY_GITHUB_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        global = true,
        help_heading = "GitHub"
    )]
    pub github_token: Option<SecretString>,

    /// Number of the GitHub App in whose name Fairway reads; with its private key it replaces the token
    #[arg(
        long,
        env = "FAIRWAY_GITHUB_APP_ID",
        value_name = "ID",
        global = true,
        help_heading = "GitHub"
    )]
    pub github_app_id: Option<String>,

    /// Private key of the GitHub App, in PEM; line breaks may be written \n
    #[arg(
        long,
        env = "FAIRWAY_GITHUB_APP_PRIVATE_KEY",
        hide_env_values = true,
        value_name = "PEM",
        global = true,
        help_heading = "GitHub"
    )]
    pub github_app_private_key: Option<SecretString>,

    /// File with the private key of the GitHub App
    #[arg(
        long,
        env = "FAIRWAY_GITHUB_APP_PRIVATE_KEY_FILE",
        value_name = "FILE",
        global = true,
        help_heading = "GitHub"
    )]
    pub github_app_private_key_file: Option<String>,

    /// Address of GitHub's API; for GitHub Enterprise Server https://HOST/api/v3 [default: https://api.github.com]
    #[arg(
        long,
        env = "FAIRWAY_GITHUB_API_URL",
        value_name = "URL",
        global = true,
        help_heading = "GitHub"
    )]
    pub github_api_url: Option<String>,

    /// Issuers whose tokens of workflows may be exchanged, with commas between, or off; for GitHub Enterprise Server
    /// https://HOST/_services/token [default: https://token.actions.githubusercontent.com]
    #[arg(
        long,
        env = "FAIRWAY_CI_ISSUERS",
        value_name = "URLS",
        global = true,
        help_heading = "GitHub"
    )]
    pub ci_issuers: Option<String>,

    /// Policies in Git.
    #[command(flatten)]
    pub policies: super::PoliciesSettings,

    /// Metrics of services.
    #[command(flatten)]
    pub prometheus: super::PrometheusSettings,

    /// The ways in.
    #[command(flatten)]
    pub sign_in: super::SignInSettings,

    /// The mail server.
    #[command(flatten)]
    pub mail: super::MailSettings,

    /// Name of the organisation, shown beside the mark [default: as stored]
    #[arg(
        long,
        env = "FAIRWAY_ORGANISATION",
        value_name = "NAME",
        global = true,
        help_heading = "Site"
    )]
    pub organisation: Option<String>,

    /// Time zone of the organisation; days and weeks begin in it [default: as stored]
    #[arg(
        long,
        env = "FAIRWAY_TIME_ZONE",
        value_name = "ZONE",
        global = true,
        help_heading = "Site"
    )]
    pub time_zone: Option<String>,

    /// Folder of the built site [default: LEPTOS_SITE_ROOT, target/site, or beside the binary]
    #[arg(
        long,
        env = "FAIRWAY_SITE_ROOT",
        value_name = "DIR",
        global = true,
        help_heading = "Site"
    )]
    pub site_root: Option<String>,

    /// The build's hash.txt [default: beside the binary, or in the site root]
    #[arg(
        long,
        env = "FAIRWAY_HASH_FILE",
        value_name = "FILE",
        global = true,
        help_heading = "Site"
    )]
    pub hash_file: Option<String>,

    /// What cargo-leptos sets; FAIRWAY_SITE_ROOT wins.
    #[arg(long, env = "LEPTOS_SITE_ROOT", hide = true, global = true)]
    pub leptos_site_root: Option<String>,

    /// What cargo-leptos sets: the stem of the built files' names.
    #[arg(long, env = "LEPTOS_OUTPUT_NAME", hide = true, global = true)]
    pub leptos_output_name: Option<String>,

    /// What cargo-leptos sets: the folder of the built files below the site root.
    #[arg(long, env = "LEPTOS_SITE_PKG_DIR", hide = true, global = true)]
    pub leptos_site_pkg_dir: Option<String>,

    /// What cargo-leptos sets: whether built files carry their hash in the name.
    #[arg(long, env = "LEPTOS_HASH_FILES", hide = true, global = true)]
    pub leptos_hash_files: Option<String>,
}
