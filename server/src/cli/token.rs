//! `fairway token create | list | revoke`: API tokens for CI and other machines.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use commands::{CommandError, Commands};
use domain::{
    actor::{Actor, Scope, Viewer},
    ids::{PersonId, TokenId},
    people::normal_email,
    tokens::{DEFAULT_DAYS, NewToken, Owner, Reach, Token},
};

use super::carried_out::{NotDone, configured, ended, with_commands};
use crate::config::Settings;

/// Options of `token`.
#[derive(Args, Clone, Debug)]
pub struct TokenArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// What can be done with tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print its secret, once, on standard output
    Create {
        /// What it is for, for example CI; stands in the audit trail
        #[arg(long)]
        name: String,
        /// What it may do: read, deploys:write, incidents:write, corrections:write, catalog:write; repeat for more
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<String>,
        /// Days until it stops working, 1 to 366
        #[arg(long, value_name = "DAYS", default_value_t = DEFAULT_DAYS)]
        expires_days: u32,
        /// E-mail of the person whose it is to be: it never may more than they; left out for a machine
        #[arg(long, value_name = "E-MAIL")]
        owner: Option<String>,
        /// Name of the service account whose it is to be: it never may more than that
        #[arg(long, value_name = "NAME", conflicts_with = "owner")]
        service_account: Option<String>,
        /// Environment that it is limited to, by name; repeat for more; left out: it acts in all
        #[arg(long = "environment", value_name = "NAME")]
        environments: Vec<String>,
        /// Class of environments that it is limited to: production, staging, development, preview; repeat for more
        #[arg(long = "environment-class", value_name = "CLASS")]
        classes: Vec<String>,
    },
    /// List the tokens, newest first
    List,
    /// End a token at once
    Revoke {
        /// Its id, as listed
        id: TokenId,
    },
}

/// Runs `fairway token`.
pub async fn token(settings: &Settings, args: &TokenArgs) -> ExitCode {
    ended(run(settings, &args.command).await)
}

async fn run(settings: &Settings, command: &TokenCommand) -> Result<(), NotDone> {
    with_commands(&configured(settings)?, async |commands| {
        obey(&commands, command).await
    })
    .await
}

async fn obey(commands: &Commands, command: &TokenCommand) -> Result<(), NotDone> {
    let by = Viewer::trusted(Actor::CommandLine);
    match command {
        TokenCommand::Create {
            name,
            scopes,
            expires_days,
            owner,
            service_account,
            environments,
            classes,
        } => {
            let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
            let reach = Reach::parse("environments", &environments.join(","), &classes)
                .map_err(CommandError::from)?;
            let mut new =
                NewToken::parse(name, scopes, *expires_days, commands.now()).map_err(CommandError::from)?;
            if let Some(owner) = whose(commands, owner.as_deref(), service_account.as_deref()).await? {
                new = new.owned_by(owner);
            }
            let new = new.within(reach);
            let (token, secret) = commands.issue_token(&by, new).await?;
            eprintln!("{}", line(&token, commands));
            eprintln!("Keep the secret now; it is not shown again:");
            println!("{secret}");
        }
        TokenCommand::List => {
            for token in commands.reads().tokens().await.map_err(CommandError::from)? {
                println!("{}", line(&token, commands));
            }
        }
        TokenCommand::Revoke { id } => {
            let token = commands.revoke_token(&by, *id).await?;
            println!("{}", line(&token, commands));
        }
    }
    Ok(())
}

/// Whose a token is to be.
async fn whose(
    commands: &Commands,
    email: Option<&str>,
    account: Option<&str>,
) -> Result<Option<Owner>, CommandError> {
    if let Some(email) = email {
        return Ok(Some(person(commands, email).await?.into()));
    }
    let Some(name) = account else { return Ok(None) };
    let found = commands.reads().service_account_of_name(name).await?;
    let account = found.ok_or_else(|| CommandError::not_found(format!("service account {name}")))?;
    Ok(Some(account.id.into()))
}

/// The person of an e-mail.
async fn person(commands: &Commands, email: &str) -> Result<PersonId, CommandError> {
    let known = commands
        .reads()
        .credentials_of_email(&normal_email(email))
        .await?;
    let known = known.ok_or_else(|| CommandError::not_found(format!("account of {email}")))?;
    Ok(known.person)
}

/// One token on a line: id, state, last use, scopes, where, name.
fn line(token: &Token, commands: &Commands) -> String {
    let day = "%Y-%m-%d";
    let state = match token.revoked_at {
        Some(at) => format!("revoked {}", at.format(day)),
        None if token.works_at(commands.now()) => format!("until   {}", token.expires_at.format(day)),
        None => format!("expired {}", token.expires_at.format(day)),
    };
    let used = token.last_used_at.map_or_else(
        || "never used".to_owned(),
        |at| format!("used {}", at.format("%Y-%m-%d %H:%M")),
    );
    let scopes: Vec<&str> = token.scopes.iter().copied().map(Scope::as_str).collect();
    format!(
        "{}  {state}  {used:21}  {}  {}  {}",
        token.id,
        scopes.join(" "),
        token.reach,
        token.name
    )
}
