//! The trail as a file: every line holds a row, its seal, and what an outsider needs to verify both.
//!
//! `docs/security/audit.md` describes the two formats; what is written here must stay readable in `import.rs`.

use domain::trail::{Erasable, Sealed, TrailRow, row_time};

use super::csv::push_cell;

/// How the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table for spreadsheets.
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

/// The columns of the table, in order.
pub(super) const COLUMNS: [&str; 22] = [
    "number",
    "previous",
    "sealed_at",
    "row_hash",
    "hash",
    "id",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "address",
    "user_agent",
    "action",
    "subject",
    "reason",
    "before",
    "after",
    "request_id",
    "who_salt",
    "who_digest",
    "what_salt",
    "what_digest",
];

impl Format {
    /// What stands before the first row.
    pub fn head(self) -> String {
        match self {
            Self::Csv => format!("{}\r\n", COLUMNS.join(",")),
            Self::Jsonl => String::new(),
        }
    }

    /// A row with its seal; `previous` is the hash of the seal before it.
    pub fn line(self, sealed: &Sealed, previous: &[u8]) -> Option<String> {
        let row = sealed.row.as_ref()?;
        Some(match self {
            Self::Csv => csv(sealed, row, previous),
            Self::Jsonl => jsonl(sealed, row, previous),
        })
    }
}

fn csv(sealed: &Sealed, row: &TrailRow, previous: &[u8]) -> String {
    let (seal, who, what) = (&sealed.seal, &row.who.content, &row.what.content);
    let owned = |text: String| Some(text);
    let salt = |salt: Option<&Vec<u8>>| salt.map(hex::encode);
    let cells: [Option<String>; COLUMNS.len()] = [
        owned(seal.number.to_string()),
        owned(hex::encode(previous)),
        seal.sealed_at.map(row_time),
        owned(hex::encode(&seal.row_hash)),
        owned(hex::encode(&seal.hash)),
        owned(row.id.to_string()),
        row.at.map(row_time),
        owned(row.actor_kind.clone()),
        row.actor_id.map(|id| id.to_string()),
        owned(who.actor_name.clone()),
        who.address.clone(),
        who.user_agent.clone(),
        owned(row.action.clone()),
        owned(row.subject.clone()),
        what.reason.clone(),
        what.before.as_deref().map(domain::trail::canonical_json),
        what.after.as_deref().map(domain::trail::canonical_json),
        row.request_id.clone(),
        salt(row.who.salt.as_ref()),
        owned(row.who.digest()),
        salt(row.what.salt.as_ref()),
        owned(row.what.digest()),
    ];
    let mut line = String::new();
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        push_cell(&mut line, cell.as_deref());
    }
    line.push_str("\r\n");
    line
}

/// The values of `row`, `who` and `what` are the very bytes that are hashed.
fn jsonl(sealed: &Sealed, row: &TrailRow, previous: &[u8]) -> String {
    let seal = &sealed.seal;
    format!(
        "{{\"number\":{},\"previous\":\"{}\",\"sealed_at\":\"{}\",\"row_hash\":\"{}\",\"hash\":\"{}\",\
         \"who_salt\":{},\"who\":{},\"what_salt\":{},\"what\":{},\"row\":{}}}\n",
        seal.number,
        hex::encode(previous),
        seal.sealed_at.map(row_time).unwrap_or_default(),
        hex::encode(&seal.row_hash),
        hex::encode(&seal.hash),
        salt(&row.who),
        row.who.canonical(),
        salt(&row.what),
        row.what.canonical(),
        row.canonical()
    )
}

fn salt<T>(part: &Erasable<T>) -> String {
    match &part.salt {
        Some(salt) => format!("\"{}\"", hex::encode(salt)),
        None => "null".to_owned(),
    }
}
