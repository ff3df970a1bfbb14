//! Reads an exported trail again, line by line, to verify it without any database.

use std::io::{self, BufRead};

use chrono::{DateTime, Utc};
use domain::trail::{Digest, Erasable, Seal, Sealed, TrailRow, What, Who};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{csv, export::COLUMNS};

/// An exported trail, read as it is asked for.
pub struct Imported<R> {
    lines: R,
    number: usize,
    is_table: bool,
    /// The first line of JSON, which was read to know what the file is.
    waiting: Option<String>,
}

/// A row of the file, with the hash of the seal before its own.
#[derive(Debug)]
pub struct Line {
    /// The hash of the seal before.
    pub previous: Digest,
    /// The row and its seal.
    pub sealed: Sealed,
}

impl<R: BufRead> Imported<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// When the file cannot be read, or is none of the two formats.
    pub fn open(lines: R) -> Result<Self, String> {
        let mut file = Self {
            lines,
            number: 0,
            is_table: false,
            waiting: None,
        };
        let first = file.text()?;
        file.is_table = first
            .as_deref()
            .is_some_and(|line| line.trim_end() == COLUMNS.join(","));
        match first {
            Some(line) if line.starts_with('{') => file.waiting = Some(line),
            Some(_) if !file.is_table => {
                return Err("the file is no trail that `fairway audit export` wrote".to_owned());
            }
            _ => {}
        }
        Ok(file)
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn read(&mut self) -> Result<Option<Line>, String> {
        let first = match self.waiting.take() {
            Some(waiting) => Some(waiting),
            None => self.text()?,
        };
        let Some(mut text) = first else {
            return Ok(None);
        };
        let began = self.number;
        let read = if self.is_table {
            loop {
                if let Some((cells, _)) = csv::record(&text) {
                    break from_cells(&cells);
                }
                // A cell may hold line ends.
                match self.text()? {
                    Some(more) => text.push_str(&more),
                    None => break None,
                }
            }
        } else {
            serde_json::from_str::<LineWire>(&text)
                .ok()
                .and_then(LineWire::into_line)
        };
        read.map(Some).ok_or_else(|| {
            format!("line {began} is not one that `fairway audit export` wrote: it was altered or cut off")
        })
    }

    /// A line with its end.
    fn text(&mut self) -> Result<Option<String>, String> {
        let mut text = String::new();
        let read: io::Result<usize> = self.lines.read_line(&mut text);
        match read {
            Ok(0) => Ok(None),
            Ok(_) => {
                self.number += 1;
                Ok(Some(text))
            }
            Err(problem) => Err(format!("the file cannot be read: {problem}")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineWire {
    number: i64,
    previous: String,
    sealed_at: String,
    row_hash: String,
    hash: String,
    who_salt: Option<String>,
    who: WhoWire,
    what_salt: Option<String>,
    what: WhatWire,
    row: RowWire,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhoWire {
    actor_name: String,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    user_agent: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhatWire {
    #[serde(default)]
    reason: Option<String>,
    #[serde(default, deserialize_with = "as_it_stands")]
    before: Option<String>,
    #[serde(default, deserialize_with = "as_it_stands")]
    after: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowWire {
    id: Uuid,
    #[serde(default)]
    at: Option<DateTime<Utc>>,
    actor_kind: String,
    #[serde(default)]
    actor_id: Option<Uuid>,
    action: String,
    subject: String,
    #[serde(default)]
    request_id: Option<String>,
    who: String,
    what: String,
}

/// JSON that is there, `null` too.
fn as_it_stands<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(Some(raw.get().to_owned()))
}

impl LineWire {
    fn into_line(self) -> Option<Line> {
        let row = TrailRow {
            id: self.row.id,
            at: self.row.at,
            actor_kind: self.row.actor_kind,
            actor_id: self.row.actor_id,
            action: self.row.action,
            subject: self.row.subject,
            request_id: self.row.request_id,
            who: Erasable {
                content: Who {
                    actor_name: self.who.actor_name,
                    address: self.who.address,
                    user_agent: self.who.user_agent,
                },
                salt: bytes(self.who_salt.as_deref()).ok()?,
                digest: Some(hex::decode(self.row.who).ok()?),
            },
            what: Erasable {
                content: What {
                    reason: self.what.reason,
                    before: self.what.before,
                    after: self.what.after,
                },
                salt: bytes(self.what_salt.as_deref()).ok()?,
                digest: Some(hex::decode(self.row.what).ok()?),
            },
        };
        let seal = Seal {
            number: self.number,
            row: row.id,
            row_at: row.at,
            row_hash: hex::decode(self.row_hash).ok()?,
            sealed_at: self.sealed_at.parse().ok(),
            hash: hex::decode(self.hash).ok()?,
        };
        line(&self.previous, seal, row)
    }
}

fn from_cells(cells: &[Option<String>]) -> Option<Line> {
    let cells: &[Option<String>; COLUMNS.len()] = cells.try_into().ok()?;
    let [
        number,
        previous,
        sealed_at,
        row_hash,
        hash,
        id,
        at,
        actor_kind,
        actor_id,
        actor_name,
        address,
        user_agent,
        action,
        subject,
        reason,
        before,
        after,
        request_id,
        who_salt,
        who_digest,
        what_salt,
        what_digest,
    ] = cells;
    let row = TrailRow {
        id: id.as_ref()?.parse().ok()?,
        at: at.as_ref().and_then(|at| at.parse().ok()),
        actor_kind: actor_kind.clone()?,
        actor_id: actor_id.as_ref().map(|id| id.parse()).transpose().ok()?,
        action: action.clone()?,
        subject: subject.clone()?,
        request_id: request_id.clone(),
        who: Erasable {
            content: Who {
                actor_name: actor_name.clone()?,
                address: address.clone(),
                user_agent: user_agent.clone(),
            },
            salt: bytes(who_salt.as_deref()).ok()?,
            digest: bytes(who_digest.as_deref()).ok()?,
        },
        what: Erasable {
            content: What {
                reason: reason.clone(),
                before: before.clone(),
                after: after.clone(),
            },
            salt: bytes(what_salt.as_deref()).ok()?,
            digest: bytes(what_digest.as_deref()).ok()?,
        },
    };
    let seal = Seal {
        number: number.as_ref()?.parse().ok()?,
        row: row.id,
        row_at: row.at,
        row_hash: bytes(row_hash.as_deref()).ok()??,
        sealed_at: sealed_at.as_ref().and_then(|at| at.parse().ok()),
        hash: bytes(hash.as_deref()).ok()??,
    };
    line(previous.as_deref()?, seal, row)
}

fn line(previous: &str, seal: Seal, row: TrailRow) -> Option<Line> {
    let previous = hex::decode(previous).ok()?.try_into().ok()?;
    // What the file says of a part that is there must be what the part hashes to.
    let stated = |digest: Option<&Vec<u8>>| digest.map(hex::encode);
    if stated(row.who.digest.as_ref())? != row.who.digest()
        || stated(row.what.digest.as_ref())? != row.what.digest()
    {
        return None;
    }
    Some(Line {
        previous,
        sealed: Sealed { seal, row: Some(row) },
    })
}

/// Bytes that may be left out.
fn bytes(text: Option<&str>) -> Result<Option<Vec<u8>>, hex::FromHexError> {
    text.map(hex::decode).transpose()
}
