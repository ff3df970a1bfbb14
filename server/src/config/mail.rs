//! The mail server that news go out by.

#![expect(
    clippy::doc_markdown,
    reason = "these lines are the help text in a terminal, where backticks and brackets are noise"
)]

use clap::Args;
use integrations::mail::{MailConfig, Mailer};
use secrecy::{ExposeSecret, SecretString};

use super::{
    Settings,
    problems::{Name, Reader, given},
};

/// The options, unchecked.
#[derive(Args, Clone, Debug, Default)]
pub struct MailSettings {
    /// Mail server as smtps://user:password@host, or smtp://host?tls=required for STARTTLS; unset: no mail is sent
    #[arg(
        long,
        env = "FAIRWAY_SMTP_URL",
        hide_env_values = true,
        value_name = "URL",
        global = true,
        help_heading = "Mail"
    )]
    pub smtp_url: Option<SecretString>,

    /// Whom mail is from, for example Fairway <fairway@example.com>
    #[arg(
        long,
        env = "FAIRWAY_SMTP_FROM",
        value_name = "ADDRESS",
        global = true,
        help_heading = "Mail"
    )]
    pub smtp_from: Option<String>,
}

const URL: Name = Name {
    env: "FAIRWAY_SMTP_URL",
    flag: "--smtp-url",
};
const FROM: Name = Name {
    env: "FAIRWAY_SMTP_FROM",
    flag: "--smtp-from",
};

/// Reads the mail server; `None` where none is set.
pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Option<MailConfig> {
    let url = settings.mail.smtp_url.as_ref();
    let url = url.filter(|url| !url.expose_secret().trim().is_empty())?;
    let Some(from) = given(settings.mail.smtp_from.as_deref()) else {
        reader.wrong(
            FROM,
            "is not set but FAIRWAY_SMTP_URL is",
            "Say whom mail is from, for example Fairway <fairway@example.com>.",
        );
        return None;
    };
    let config = MailConfig {
        url: SecretString::from(url.expose_secret().trim()),
        from: from.to_owned(),
    };
    // A name and a password that go over a line that anybody reads are nobody's secret any more.
    let text = config.url.expose_secret();
    if text.starts_with("smtp://") && text.contains('@') && !text.contains("tls=required") {
        reader.wrong(
            URL,
            "holds a password and is not encrypted",
            "Write smtps:// in front, or ?tls=required behind.",
        );
    } else if let Err(wrong) = Mailer::new(&config) {
        reader.wrong(
            URL,
            wrong.to_string(),
            "docs/integrations/notifications.md has examples.",
        );
    }
    Some(config)
}
