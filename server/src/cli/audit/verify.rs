//! `fairway audit verify`, of the database or of an exported file.

use std::{fs::File, io::BufReader, path::Path, time::Instant};

use chrono::TimeDelta;
use commands::{
    Commands,
    trail::{Start, Verdict, Verifying},
};
use domain::trail::{Fault, Verifier};

use super::{AuditError, VerifyArgs};
use crate::{
    audit::{Imported, PublicKey, file_of, read_heads},
    config::Config,
};

/// Verifies what is in the database.
pub(super) async fn database(
    commands: &Commands,
    config: &Config,
    args: &VerifyArgs,
) -> Result<(), AuditError> {
    let begun = Instant::now();
    let asked = Verifying {
        from: args.from.unwrap_or(Start::Genesis),
        signed: signed(config, args)?,
        unsealed_after: TimeDelta::seconds(args.unsealed_after.into()),
        ..Verifying::default()
    };
    let verdict = commands.verify_audit(&asked).await?;
    say(verdict, asked.signed.len(), begun)
}

/// Verifies an exported file, without any database.
pub(super) fn file(config: &Config, args: &VerifyArgs, path: &Path) -> Result<(), AuditError> {
    let begun = Instant::now();
    // What the settings name belongs to the database; a file is compared with what is given beside it.
    let signed = if args.heads.is_some() {
        signed(config, args)?
    } else {
        Vec::new()
    };
    let unreadable =
        |problem: std::io::Error| AuditError::File(format!("{} cannot be read: {problem}.", path.display()));
    let wrong = |problem: String| AuditError::File(format!("{}: {problem}.", path.display()));
    let lines = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut imported = Imported::open(lines).map_err(wrong)?;
    let mut next = imported.read().map_err(wrong)?;
    let (after, previous) = next.as_ref().map_or((0, [0; 32]), |first| {
        (first.sealed.seal.number.saturating_sub(1), first.previous)
    });
    let mut verifier = Verifier::after(after, previous).with_signed(signed.clone());
    let mut fault = verifier.begin().err();
    while let Some(line) = next.take().filter(|_| fault.is_none()) {
        let seal = &line.sealed.seal;
        fault = if *verifier.hash() == line.previous {
            verifier.check(&line.sealed).err()
        } else {
            // Numbers say more than hashes: what is missing or stands twice is said so.
            let (number, row) = (seal.number, seal.row);
            verifier
                .check(&line.sealed)
                .err()
                .or(Some(Fault::SealAltered { number, row }))
        };
        next = imported.read().map_err(wrong)?;
    }
    let verdict = Verdict {
        after,
        last: verifier.last(),
        hash: *verifier.hash(),
        fault: fault.or_else(|| verifier.end(None).err()),
    };
    say(verdict, signed.len(), begun)
}

/// Heads of a file, each signed with the public key that was given.
fn signed(config: &Config, args: &VerifyArgs) -> Result<Vec<(i64, Vec<u8>)>, AuditError> {
    // The setting may be older than the first head.
    let kept = || {
        config
            .audit
            .heads
            .as_deref()
            .map(file_of)
            .filter(|path| path.exists())
    };
    let Some(heads) = args.heads.clone().or_else(kept) else {
        return Ok(Vec::new());
    };
    let key = match (&args.public_key, &config.audit.key) {
        (Some(path), _) => PublicKey::read(path).map_err(|problem| AuditError::NoPublicKey {
            path: path.display().to_string(),
            problem,
        })?,
        (None, Some(key)) => key.public(),
        (None, None) => return Err(AuditError::KeyMissing),
    };
    read_heads(&heads, &key).map_err(AuditError::Heads)
}

fn say(verdict: Verdict, heads: usize, begun: Instant) -> Result<(), AuditError> {
    let Verdict {
        after,
        last,
        hash,
        fault,
    } = verdict;
    let good = if last > after {
        format!("Seals {} to {last} are right.", after + 1)
    } else {
        "No seal before it was checked.".to_owned()
    };
    if let Some(fault) = fault {
        return Err(AuditError::Broken(fault, good));
    }
    let beginning = if after == 0 {
        String::new()
    } else {
        format!(", after seal {after}, which was trusted")
    };
    println!(
        "The audit trail is whole: {} rows{beginning}; it agrees with {heads} signed heads. {:.1} s.",
        last - after,
        begun.elapsed().as_secs_f64()
    );
    println!("Head: {last} {}", hex::encode(hash));
    Ok(())
}
