//! What is checked on foreign JSON before a parser sees it: how deep it nests, and characters that PostgreSQL cannot hold.
//!
//! Knows no sender. It reads bytes once and never recurses, so hostile input costs no stack.

use std::borrow::Cow;

/// How deep foreign JSON may nest; GitHub's deepest payload has nine levels.
pub const MAX_DEPTH: usize = 64;

/// The text nests deeper than [`MAX_DEPTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the JSON nests more than {MAX_DEPTH} levels deep; send it flatter")]
pub struct TooDeep;

/// Refuses JSON that nests more than [`MAX_DEPTH`] levels. Everything else about it is left to the parser.
pub fn check_depth(body: &[u8]) -> Result<(), TooDeep> {
    scan(body).map(|_| ())
}

/// The body ready to be parsed: refused when too deep, and with every escaped NUL character replaced by U+FFFD, because
/// PostgreSQL's `text` and `jsonb` cannot store NUL and one such title would block its delivery for ever.
pub fn prepared(body: &[u8]) -> Result<Cow<'_, [u8]>, TooDeep> {
    let nuls = scan(body)?;
    if nuls.is_empty() {
        return Ok(Cow::Borrowed(body));
    }
    let mut clean = body.to_vec();
    for at in nuls {
        clean[at..at + 6].copy_from_slice(b"\\ufffd");
    }
    Ok(Cow::Owned(clean))
}

/// Walks over the bytes once; returns where the escape `\u0000` stands.
fn scan(body: &[u8]) -> Result<Vec<usize>, TooDeep> {
    let (mut depth, mut in_string, mut at) = (0_usize, false, 0);
    let mut nuls = Vec::new();
    while let Some(byte) = body.get(at) {
        match byte {
            b'\\' if in_string => {
                if body[at..].starts_with(b"\\u0000") {
                    nuls.push(at);
                }
                at += 1;
            }
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(TooDeep);
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    Ok(nuls)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> Vec<u8> {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels)).into_bytes()
    }

    #[test]
    fn depth_ends_at_64() {
        assert_eq!(check_depth(&nested(64)), Ok(()));
        assert_eq!(check_depth(&nested(65)), Err(TooDeep));
        assert_eq!(check_depth(&nested(1_000_000)), Err(TooDeep));
        assert_eq!(check_depth(&b"[]".repeat(1000)), Ok(()));
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        let text = format!("{{\"a\": \"{}\\\"{}\"}}", "[".repeat(100), "{".repeat(100));
        assert_eq!(check_depth(text.as_bytes()), Ok(()));
        let text = format!("\"\\\\\"{}", "[".repeat(100));
        assert_eq!(
            check_depth(text.as_bytes()),
            Err(TooDeep),
            "the string ended after an escaped backslash"
        );
    }

    #[test]
    fn escaped_nul_is_replaced() {
        let clean = prepared(br#"{"a":"x\u0000y\\u0000"}"#).unwrap();
        assert_eq!(&*clean, br#"{"a":"x\ufffdy\\u0000"}"#);
        assert!(matches!(prepared(br#"{"a":"\\u0000"}"#), Ok(Cow::Borrowed(_))));
        assert!(
            prepared(b"\"\\u0").is_ok() && prepared(b"\"\\").is_ok(),
            "a cut body is the parser's to refuse"
        );
    }
}
