//! One mail to one address over SMTP, encrypted unless the settings say otherwise.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use domain::{ids::EffectId, notifications::Mail};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::error::MailError;
use crate::breaker::{Breaker, BreakerState, Patience};

/// From the first packet to the server's last word. Each of its answers may take as long.
const TIME: Duration = Duration::from_secs(20);

/// How mail is sent.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// `smtps://user:password@host`, or `smtp://host?tls=required`; without `tls` nothing is encrypted.
    pub url: SecretString,
    /// Whom it is from: `Fairway <fairway@example.com>`.
    pub from: String,
}

/// One mail to one person.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// The address.
    pub to: &'a str,
    /// What it says.
    pub mail: &'a Mail,
    /// The id of the effect. The mail's own id is made of it, so a mail that is sent twice is one to whoever shows it.
    pub delivery: EffectId,
}

/// Sends mail. Its `Debug` shows no password.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    breaker: Mutex<Breaker>,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

impl Mailer {
    /// A client for a server. Nothing is asked of it yet.
    ///
    /// # Errors
    /// [`MailError::Misconfigured`], without what stands in the address.
    pub fn new(config: &MailConfig) -> Result<Self, MailError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(config.url.expose_secret())
            .map_err(|_| MailError::Misconfigured {
                why: "FAIRWAY_SMTP_URL is no smtp:// or smtps:// address",
            })?
            .timeout(Some(TIME))
            .build();
        let from: Mailbox = config.from.parse().map_err(|_| MailError::Misconfigured {
            why: "FAIRWAY_SMTP_FROM is no address of mail",
        })?;
        Ok(Self {
            transport,
            from,
            breaker: Mutex::new(Breaker::new(Patience::default())),
        })
    }

    /// Whether the server is left alone now.
    pub fn is_resting(&self) -> bool {
        self.breaker().status().state == BreakerState::Open
    }

    /// Sends a mail, once.
    ///
    /// # Errors
    /// [`MailError`], which says whether it may have arrived.
    pub async fn send(&self, letter: &Letter<'_>, now: DateTime<Utc>) -> Result<Value, MailError> {
        let message = self.message(letter, now)?;
        let admitted = self.breaker().admit(now);
        admitted.map_err(|until| MailError::Resting { until })?;
        let sent = tokio::time::timeout(TIME, self.transport.send(message)).await;
        let sent = match sent {
            Ok(Ok(response)) => Ok(json!({ "status": response.code().to_string() })),
            Ok(Err(error)) => Err(MailError::of(&error)),
            Err(_) => Err(MailError::TooSlow),
        };
        let mut breaker = self.breaker();
        if sent.as_ref().err().is_some_and(MailError::is_away) {
            if breaker.failed(now) {
                tracing::warn!("the mail server is left alone for a while");
            }
        } else {
            breaker.succeeded();
        }
        sent
    }

    fn message(&self, letter: &Letter<'_>, now: DateTime<Utc>) -> Result<Message, MailError> {
        let to: Mailbox = letter.to.parse().map_err(|_| MailError::NoAddress)?;
        let id = format!("<{}@{}>", letter.delivery, self.from.email.domain());
        // Answering machines leave alone what says this (RFC 3834).
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let Mail { subject, text, html } = letter.mail;
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject.clone())
            .date(SystemTime::from(now))
            .message_id(Some(id))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(text.clone(), html.clone()))
            .map_err(|_| MailError::NoAddress)
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn mailer(url: &str, from: &str) -> Result<Mailer, MailError> {
        Mailer::new(&MailConfig {
            url: SecretString::from(url),
            from: from.to_owned(),
        })
    }

    #[test]
    fn settings_that_cannot_be_used_are_said_without_the_password() {
        for url in [
            "canary",
            "http://ada:canary@mail.example",
            "smtp://ada:canary@mail.example?tls=maybe",
        ] {
            let said = mailer(url, "fairway@example.com").unwrap_err().to_string();
            assert!(
                said.contains("FAIRWAY_SMTP_URL") && !said.contains("canary"),
                "{said}"
            );
        }
        let said = mailer("smtp://mail.example", "Fairway").unwrap_err().to_string();
        assert!(said.contains("FAIRWAY_SMTP_FROM"), "{said}");
        let good = mailer("smtps://ada:canary@mail.example", "Fairway <fairway@example.com>").unwrap();
        assert!(!format!("{good:?}").contains("canary"));
    }

    #[test]
    fn a_mail_has_the_effects_id_and_no_header_that_others_wrote() {
        let mailer = mailer("smtp://mail.example", "Fairway <fairway@example.com>").unwrap();
        let mail = Mail {
            subject: "Deploy failed: shöp\r\nBcc: eve@example.com".to_owned(),
            text: "text".to_owned(),
            html: "<p>text</p>".to_owned(),
        };
        let letter = Letter {
            to: "ada@example.com",
            mail: &mail,
            delivery: EffectId(Uuid::from_u128(7)),
        };
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let formatted = mailer.message(&letter, now).unwrap().formatted();
        let formatted = String::from_utf8(formatted).unwrap();
        assert!(
            formatted.contains("Message-ID: <00000000-0000-0000-0000-000000000007@example.com>"),
            "{formatted}"
        );
        assert!(formatted.contains("Auto-Submitted: auto-generated"));
        assert!(
            !formatted.lines().any(|line| line.starts_with("Bcc:")),
            "{formatted}"
        );
        let nowhere = Letter {
            to: "nobody",
            ..letter
        };
        assert!(mailer.message(&nowhere, now).is_err());
    }
}
