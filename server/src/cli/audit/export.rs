//! `fairway audit export`: the trail as a file, row by row, however long it is.

use std::io::{self, BufWriter, Write as _};

use chrono::{DateTime, Utc};
use commands::Commands;
use futures::TryStreamExt as _;

use super::AuditError;
use crate::audit::Format;

/// A time, from and before; either may be open.
type Time = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

pub(super) async fn export(commands: &Commands, format: Format, (from, to): Time) -> Result<(), AuditError> {
    let mut out = BufWriter::new(io::stdout());
    out.write_all(format.head().as_bytes())?;
    let mut trail = commands.store().trail().await?;
    let mut written: u64 = 0;
    if let Some((first, last)) = trail.numbers_between(from, to).await? {
        let mut previous = match trail.hash_of(first - 1).await? {
            Some(hash) => hash,
            None => trail.genesis().await?,
        };
        let mut sealed = trail.sealed(first - 1, last);
        while let Some(next) = sealed.try_next().await? {
            let line = format.line(&next, &previous).ok_or_else(|| {
                AuditError::File(format!(
                    "the row of seal {} is missing. Run `fairway audit verify`.",
                    next.seal.number
                ))
            })?;
            out.write_all(line.as_bytes())?;
            previous = next.seal.hash;
            written += 1;
        }
    }
    out.flush()?;
    let state = commands.reads().audit_chain().await?;
    if state.unsealed > 0 {
        eprintln!("{} rows have no seal yet and are left out.", state.unsealed);
    }
    eprintln!("{written} rows.");
    Ok(())
}
