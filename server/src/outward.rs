//! What effects are sent with, as the settings describe it.

use commands::{Commands, outbox::Outward};
use integrations::{
    hooks::HookClient,
    mail::{MailError, Mailer},
    outbound::{Allowed, OutboundError},
};

use crate::config::Config;

/// Why effects cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum OutwardError {
    /// Webhooks.
    #[error(transparent)]
    Hooks(#[from] OutboundError),
    /// Mail.
    #[error(transparent)]
    Mail(#[from] MailError),
}

/// The same commands, which send effects. Nobody is asked anything yet.
///
/// # Errors
/// [`OutwardError`] when the settings cannot make a request.
pub fn connect(commands: Commands, config: &Config) -> Result<Commands, OutwardError> {
    let mail = config.mail.as_ref().map(Mailer::new).transpose()?;
    Ok(commands.with_outward(Outward {
        public_url: config.http.public_url.clone(),
        hooks: HookClient::new(config.http.outbound.clone())?,
        personal: HookClient::new(Allowed::default())?,
        mail,
    }))
}
