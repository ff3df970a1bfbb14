//! The head of the chain, which is signed and kept where the database's owner cannot reach: whoever rewrites the chain cannot
//! rewrite it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};

use super::row::row_time;

/// The head of the chain at some time, as it is printed and kept: one line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the last seal; 0 before the first.
    pub number: i64,
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// When this was written, with the six decimals that are signed.
    #[serde(serialize_with = "as_rows_do")]
    pub at: DateTime<Utc>,
    /// The public key, 32 bytes in hexadecimal; left out where nobody signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Ed25519 signature of [`Head::signed_text`], in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

impl Head {
    /// What is signed: four lines, each ended by a line feed: the name of the form, the number, the hash in hexadecimal, and
    /// the time as rows write it.
    pub fn signed_text(&self) -> String {
        format!(
            "fairway audit head 1\n{}\n{}\n{}\n",
            self.number,
            self.hash,
            row_time(self.at)
        )
    }
}

fn as_rows_do<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&row_time(*at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_one_line_with_the_time_that_is_signed() {
        let head = Head {
            number: 7,
            hash: "9f".into(),
            at: DateTime::UNIX_EPOCH,
            key: None,
            signature: None,
        };
        let line = serde_json::to_string(&head).unwrap();
        assert_eq!(
            line,
            r#"{"number":7,"hash":"9f","at":"1970-01-01T00:00:00.000000Z"}"#
        );
        assert_eq!(serde_json::from_str::<Head>(&line).unwrap(), head);
        assert_eq!(
            head.signed_text(),
            "fairway audit head 1\n7\n9f\n1970-01-01T00:00:00.000000Z\n"
        );
    }
}
