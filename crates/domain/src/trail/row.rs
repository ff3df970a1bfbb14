//! A row of the trail, and the bytes that it is hashed as.

use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{canonical::Object, seal::Digest};

/// The action of the row that an erasure leaves behind; without a sealed one, an erased part is a fault.
const ERASING: &str = "person.erase";
/// What the subjects of rows about a person begin with.
const PERSON: &str = "person:";

/// A row of the trail as it is stored, every column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailRow {
    /// Which row.
    pub id: Uuid,
    /// When it was done; `None` for what is no time of a calendar.
    pub at: Option<DateTime<Utc>>,
    /// `local`, `person`, `token`, `command_line` or `system`.
    pub actor_kind: String,
    /// The person or token.
    pub actor_id: Option<Uuid>,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// The request that it came with.
    pub request_id: Option<String>,
    /// Who did it, from where.
    pub who: Erasable<Who>,
    /// Why, and what it changed.
    pub what: Erasable<What>,
}

/// A part of a row that can be erased without changing the row's hash, which holds only the part's digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasable<T> {
    /// What stands there now.
    pub content: T,
    /// 16 random bytes; `None` once the content was erased.
    pub salt: Option<Vec<u8>>,
    /// The digest of what stood there, kept when it was erased.
    pub digest: Option<Vec<u8>>,
}

/// Who did something, from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Name at the time, or the pseudonym of an erased person.
    pub actor_name: String,
    /// Address of the client.
    pub address: Option<String>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

/// Why something was done, and what it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct What {
    /// Why.
    pub reason: Option<String>,
    /// JSON of the state before.
    pub before: Option<String>,
    /// JSON of the state after.
    pub after: Option<String>,
}

/// A part that can be erased.
pub trait Canonical {
    /// The part in its canonical form.
    fn canonical(&self) -> String;
}

impl Canonical for Who {
    fn canonical(&self) -> String {
        Object::new()
            .text("actor_name", Some(&self.actor_name))
            .text("address", self.address.as_deref())
            .text("user_agent", self.user_agent.as_deref())
            .end()
    }
}

impl Canonical for What {
    fn canonical(&self) -> String {
        Object::new()
            .json("after", self.after.as_deref())
            .json("before", self.before.as_deref())
            .text("reason", self.reason.as_deref())
            .end()
    }
}

impl<T: Canonical> Erasable<T> {
    /// The content in its canonical form.
    pub fn canonical(&self) -> String {
        self.content.canonical()
    }

    /// The digest that the row's hash holds, in hexadecimal: of salt and content, or the one that was kept.
    pub fn digest(&self) -> String {
        match &self.salt {
            Some(salt) => {
                let digest = Sha256::new().chain_update(salt).chain_update(self.canonical());
                hex::encode(digest.finalize())
            }
            None => hex::encode(self.digest.as_deref().unwrap_or_default()),
        }
    }

    /// Whether the content was erased.
    pub fn is_erased(&self) -> bool {
        self.salt.is_none()
    }
}

impl TrailRow {
    /// The row in its canonical form.
    pub fn canonical(&self) -> String {
        Object::new()
            .text("action", Some(&self.action))
            .text("actor_id", self.actor_id.map(|id| id.to_string()).as_deref())
            .text("actor_kind", Some(&self.actor_kind))
            .text("at", self.at.map(row_time).as_deref())
            .text("id", Some(&self.id.to_string()))
            .text("request_id", self.request_id.as_deref())
            .text("subject", Some(&self.subject))
            .text("what", Some(&self.what.digest()))
            .text("who", Some(&self.who.digest()))
            .end()
    }

    /// SHA-256 of the canonical form.
    pub fn hash(&self) -> Digest {
        Sha256::digest(self.canonical()).into()
    }

    /// The person whose erasure this row reports.
    pub(super) fn erases(&self) -> Option<Uuid> {
        (self.action == ERASING).then(|| self.person()).flatten()
    }

    /// The persons whose erasure explains what is missing in this row; `None` where nothing can: an erased part of a row of
    /// no person, or another name than the pseudonym in its place.
    pub(super) fn erased(&self) -> Option<Vec<Uuid>> {
        let mut persons = Vec::new();
        if self.who.is_erased() {
            let person = self.actor_id?;
            let left = Who {
                actor_name: pseudonym(person),
                address: None,
                user_agent: None,
            };
            if self.who.content != left {
                return None;
            }
            persons.push(person);
        }
        if self.what.is_erased() {
            if self.what.content != What::default() {
                return None;
            }
            persons.push(self.person()?);
        }
        Some(persons)
    }

    /// The person that the row is about.
    fn person(&self) -> Option<Uuid> {
        self.subject.strip_prefix(PERSON)?.parse().ok()
    }
}

/// What stands in place of an erased person's name, everywhere the same: `erased person 4f1c90ab77e2`.
pub fn pseudonym(person: Uuid) -> String {
    // The end of a time-ordered id is random, its beginning is not.
    let id = person.simple().to_string();
    format!("erased person {}", &id[20..])
}

/// A time as the trail writes it: `2026-11-26T21:42:53.000001Z`.
pub fn row_time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn row(number: u128) -> TrailRow {
        TrailRow {
            id: Uuid::from_u128(number),
            at: DateTime::from_timestamp_micros(1_764_193_373_000_001),
            actor_kind: "person".into(),
            actor_id: Some(Uuid::from_u128(7)),
            action: "deploy.correct".into(),
            subject: "deploy:1".into(),
            request_id: Some("5f0c".into()),
            who: Erasable {
                content: Who {
                    actor_name: "ada \"the first\"".into(),
                    address: Some("192.0.2.7".into()),
                    user_agent: None,
                },
                salt: Some(vec![1; 16]),
                digest: None,
            },
            what: Erasable {
                content: What {
                    reason: Some("it was planned".into()),
                    before: None,
                    after: Some(r#"{"planned": true, "as": "rollback"}"#.into()),
                },
                salt: Some(vec![2; 16]),
                digest: None,
            },
        }
    }

    /// Erases a part as the store does.
    pub fn erase<T: Canonical>(part: &mut Erasable<T>, left: T) {
        part.digest = hex::decode(part.digest()).ok();
        part.salt = None;
        part.content = left;
    }

    #[test]
    fn the_form_is_the_documented_one() {
        let row = row(5);
        assert_eq!(
            row.who.canonical(),
            r#"{"actor_name":"ada \"the first\"","address":"192.0.2.7"}"#
        );
        assert_eq!(
            row.what.canonical(),
            r#"{"after":{"as":"rollback","planned":true},"reason":"it was planned"}"#
        );
        assert_eq!(
            row.canonical(),
            format!(
                "{{\"action\":\"deploy.correct\",\"actor_id\":\"00000000-0000-0000-0000-000000000007\",\"actor_kind\":\"person\",\
                 \"at\":\"2025-11-26T21:42:53.000001Z\",\"id\":\"00000000-0000-0000-0000-000000000005\",\"request_id\":\"5f0c\",\
                 \"subject\":\"deploy:1\",\"what\":\"{}\",\"who\":\"{}\"}}",
                row.what.digest(),
                row.who.digest()
            )
        );
        let salted: [u8; 32] = Sha256::new()
            .chain_update([1_u8; 16])
            .chain_update(row.who.canonical())
            .finalize()
            .into();
        assert_eq!(row.who.digest(), hex::encode(salted));
    }

    #[test]
    fn erasing_keeps_the_hash_and_nothing_to_guess_from() {
        let mut row = row(5);
        let hash = row.hash();
        let person = Uuid::from_u128(7);
        assert_eq!(row.erased(), Some(vec![]));
        let left = Who {
            actor_name: pseudonym(person),
            address: None,
            user_agent: None,
        };
        erase(&mut row.who, left);
        assert_eq!(row.hash(), hash);
        assert_eq!(row.erased(), Some(vec![person]));
        row.who.content.actor_name = "grace".into();
        assert_eq!(row.erased(), None, "another name in its place is false");
    }

    #[test]
    fn what_is_erased_belongs_to_the_person_that_the_row_is_about() {
        let mut row = row(5);
        let hash = row.hash();
        erase(&mut row.what, What::default());
        assert_eq!((row.hash(), row.erased()), (hash, None));
        row.subject = format!("person:{}", Uuid::from_u128(9));
        assert_eq!(row.erased(), Some(vec![Uuid::from_u128(9)]));
    }

    #[test]
    fn every_column_is_in_the_hash() {
        let hash = row(5).hash();
        let changes: [fn(&mut TrailRow); 14] = [
            |row| row.id = Uuid::from_u128(6),
            |row| row.at = None,
            |row| row.actor_kind = "token".into(),
            |row| row.actor_id = None,
            |row| row.action = "deploy.report".into(),
            |row| row.subject = "deploy:2".into(),
            |row| row.request_id = Some(String::new()),
            |row| row.who.content.actor_name = "grace".into(),
            |row| row.who.content.address = None,
            |row| row.who.content.user_agent = Some("curl/8".into()),
            |row| row.who.salt = Some(vec![9; 16]),
            |row| row.what.content.reason = None,
            |row| row.what.content.before = Some("null".into()),
            |row| row.what.content.after = Some(r#"{"planned": false, "as": "rollback"}"#.into()),
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut row = row(5);
            change(&mut row);
            assert_ne!(row.hash(), hash, "change {index}");
        }
    }
}
