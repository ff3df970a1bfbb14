//! Passwords: which are good enough, and their hashes.
//!
//! argon2id with 19 MiB, two passes and one lane, as of OWASP's list. At most two hashes run at once, so that signing in
//! cannot take the machine; and whoever has no account waits for a hash just the same.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use domain::error::FieldErrors;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

use crate::{CommandError, Result};

/// Fewer characters are refused (NIST SP 800-63B, one factor).
const SHORTEST: usize = 15;
/// More characters are refused: hashing is bounded by what was read.
const LONGEST: usize = 256;
/// Fewer characters beside the own name and address are refused.
const OWN: usize = 8;
const AT_ONCE: usize = 2;
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How hashes of the parameters above begin.
const CURRENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$";
/// What is compared with where there is no hash; no password has it.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$ZmFpcndheS1ub2JvZHk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes passwords, a few at a time.
pub(super) struct Hasher {
    room: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Hasher {
    /// The hash of a good password.
    pub async fn hash(&self, password: Good, salt: [u8; 16]) -> Result<String> {
        self.run(move || {
            let hash = argon2().and_then(|argon2| {
                argon2
                    .hash_password_with_salt(password.0.as_bytes(), &salt)
                    .map_err(CommandError::internal)
            })?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password is that of a hash; takes the same time where there is none.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        // What is longer than any password is not hashed, and is refused whoever it is for.
        if password.chars().count() > LONGEST {
            return Ok(false);
        }
        let password: String = password.nfc().collect();
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        self.run(move || {
            let hash = PasswordHash::new(&hash).map_err(CommandError::internal)?;
            let same = argon2()?.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(same && known)
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let place = Arc::clone(&self.room);
        let place = place.acquire_owned().await.map_err(CommandError::internal)?;
        // The place is the work's and not the request's: whoever hangs up ends the one, never the other.
        let placed = move || {
            let _place = place;
            work()
        };
        tokio::task::spawn_blocking(placed)
            .await
            .map_err(CommandError::internal)?
    }
}

/// Whether a hash was made with other parameters than today's.
pub(super) fn is_outdated(hash: &str) -> bool {
    !hash.starts_with(CURRENT)
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(CommandError::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A password that is good enough, in Unicode's form C.
pub(super) struct Good(String);

impl Good {
    /// Takes a password that was right when it was chosen.
    pub fn as_chosen(password: &str) -> Self {
        Self(password.nfc().collect())
    }

    /// Checks a new password; what is easily guessed of this person counts as guessed.
    pub fn parse(password: &str, about: &[&str]) -> std::result::Result<Self, FieldErrors> {
        let text: String = password.nfc().collect();
        let length = text.chars().count();
        let refused = |why: String| Err(FieldErrors::one("password", why));
        if length < SHORTEST {
            return refused(format!(
                "use at least {SHORTEST} characters; a few words that do not belong together are easy to remember"
            ));
        }
        if length > LONGEST {
            return refused(format!("use at most {LONGEST} characters"));
        }
        let words: Vec<&str> = about
            .iter()
            .flat_map(|text| text.split([' ', '@', '.']))
            .filter(|word| word.len() > 2)
            .chain(["fairway"])
            .collect();
        if beside(&words, &text) < OWN {
            return refused(
                "this is little more than your own name or address; add words that do not belong to you"
                    .into(),
            );
        }
        let strength = zxcvbn(&text, &words);
        if strength.score() >= Score::Three {
            return Ok(Self(text));
        }
        let feedback = strength.feedback();
        let warning = feedback.and_then(zxcvbn::feedback::Feedback::warning);
        let hint = feedback.and_then(|feedback| feedback.suggestions().first().copied());
        let mut why = warning.map_or_else(
            || "this password is easily guessed.".to_owned(),
            |warning| warning.to_string(),
        );
        if let Some(hint) = hint {
            why.push(' ');
            why.push_str(&hint.to_string());
        }
        refused(why)
    }
}

/// How many characters a password has beside these words.
fn beside(words: &[&str], text: &str) -> usize {
    let rest = words.iter().fold(text.to_lowercase(), |rest, word| {
        rest.replace(&word.to_lowercase(), "")
    });
    rest.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "harbour lights 5 quietly";

    fn why(password: &str) -> String {
        Good::parse(password, &["Ada Lovelace", "ada@example.com"])
            .err()
            .map_or_else(String::new, |errors| errors.0[0].message.clone())
    }

    #[test]
    fn short_long_common_and_own_words_are_refused_with_a_hint() {
        assert_eq!(why(GOOD), "");
        assert!(why("k7%Vz!q2#Lm9w").contains("at least 15"));
        assert!(why(&"ab c".repeat(65)).contains("at most 256"));
        for common in [
            "passwordpassword",
            "aaaaaaaaaaaaaaaaaaaa",
            "qwertyuiopasdfgh",
            "adalovelaceada1",
        ] {
            assert!(!why(common).is_empty(), "{common}");
        }
    }

    #[test]
    fn length_counts_characters_in_one_form_of_unicode() {
        // Fourteen letters, one of them written as two code points.
        assert!(why("zürichseeufer7k".chars().take(14).collect::<String>().as_str()).contains("at least"));
        assert!(why("zu\u{308}richseeufer7").contains("at least 15"));
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_in_every_spelling_and_no_other() {
        let hasher = Hasher::default();
        let good = Good::parse("Zürich harbour lights 5", &[]).unwrap();
        let hash = hasher.hash(good, [7; 16]).await.unwrap();
        assert!(hash.starts_with(CURRENT), "{hash}");
        assert!(!is_outdated(&hash));
        let spelled = "Zu\u{308}rich harbour lights 5";
        assert!(hasher.verify(spelled, Some(&hash)).await.unwrap());
        assert!(
            !hasher
                .verify("Zurich harbour lights 5", Some(&hash))
                .await
                .unwrap()
        );
        assert!(!hasher.verify(spelled, None).await.unwrap());
        assert!(!hasher.verify(&"x".repeat(100_000), Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn an_older_hash_still_fits_and_is_to_be_made_anew() {
        let params = Params::new(8 * 1024, 1, 1, None).unwrap();
        let old = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(GOOD.as_bytes(), b"0123456789abcdef")
            .unwrap()
            .to_string();
        assert!(Hasher::default().verify(GOOD, Some(&old)).await.unwrap());
        assert!(is_outdated(&old));
    }

    #[tokio::test]
    async fn who_hangs_up_leaves_no_room_before_the_hash_is_made() {
        let hasher = Hasher::default();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, may_end) = std::sync::mpsc::channel::<()>();
        let work = hasher.run(move || {
            let _ = begun.send(());
            may_end.recv().map_err(CommandError::internal)
        });
        tokio::select! {
            _ = work => panic!("nobody let it end"),
            heard = has_begun => heard.unwrap(),
        }
        assert_eq!(hasher.room.available_permits(), AT_ONCE - 1);
        end.send(()).unwrap();
        while hasher.room.available_permits() < AT_ONCE {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn an_unknown_person_costs_a_hash_too() {
        let hasher = Hasher::default();
        let hash = hasher.hash(Good::as_chosen(GOOD), [7; 16]).await.unwrap();
        let median = async |hash: Option<&str>| {
            let mut times = Vec::new();
            for _ in 0..5 {
                let begun = std::time::Instant::now();
                hasher.verify("another harbour 6", hash).await.unwrap();
                times.push(begun.elapsed());
            }
            times.sort_unstable();
            times[2].as_secs_f64()
        };
        let (known, unknown) = (median(Some(&hash)).await, median(None).await);
        // A hash is milliseconds and everything else microseconds: had it been left out, this would be a thousand.
        assert!(
            known / unknown < 10.0 && unknown / known < 10.0,
            "{known} {unknown}"
        );
    }
}
