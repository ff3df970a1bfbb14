//! The number behind a node id: GraphQL names a deployment's statuses by node ids only, webhooks by numbers too.
//!
//! GitHub calls node ids opaque, so nobody relies on this alone: the caller compares the number behind a deployment's own
//! node id with the number that the same answer gives, and asks REST where they differ.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};

/// The number behind a node id: of `DES_kwDO…` the last one of the array `[version, repository, id]` in it, of the
/// older form the digits that end the text `016:DeploymentStatus1`. `None` for another form.
pub(super) fn number(node_id: &str) -> Option<i64> {
    if let Some((_, packed)) = node_id.split_once('_') {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(packed.trim_end_matches('='));
        return last_of_array(&bytes.ok()?);
    }
    let text = String::from_utf8(BASE64_STANDARD.decode(node_id).ok()?).ok()?;
    let (_, named) = text.split_once(':')?;
    let digits = named.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    digits.parse().ok()
}

/// The last element of an array of up to 15 unsigned numbers, which must be all there is.
fn last_of_array(bytes: &[u8]) -> Option<i64> {
    let (head, mut rest) = bytes.split_first()?;
    let count = head.checked_sub(0x90).filter(|count| (1..=15).contains(count))?;
    let mut last = 0;
    for _ in 0..count {
        (last, rest) = unsigned(rest)?;
    }
    rest.is_empty()
        .then_some(last)
        .and_then(|last| i64::try_from(last).ok())
}

/// An unsigned number of `MessagePack` and what follows it.
fn unsigned(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let length = match kind {
        0..=0x7f => return Some((u64::from(*kind), rest)),
        0xcc => 1,
        0xcd => 2,
        0xce => 4,
        0xcf => 8,
        _ => return None,
    };
    let (digits, rest) = rest.split_at_checked(length)?;
    let value = digits.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_hold_the_number() {
        assert_eq!(number("U_kgDOAAhEkg"), Some(541_842));
        assert_eq!(number("PRRC_kwDOL4aMSs6Tkzl8"), Some(2_475_899_260));
        assert_eq!(number("MDE2OkRlcGxveW1lbnRTdGF0dXMx"), Some(1));
        assert_eq!(number("MDEwOkRlcGxveW1lbnQx"), Some(1));
    }

    #[test]
    fn another_form_holds_none() {
        for odd in [
            "",
            "_",
            "DES_",
            "DES_!!!!",
            "DES_kwDO",
            "x",
            "DES_wA",
            "MDA0OnVzZXI",
        ] {
            assert_eq!(number(odd), None, "{odd}");
        }
        // A fourth element, or bytes after the last one, are no known form.
        let packed = |bytes: &[u8]| format!("X_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
        assert_eq!(number(&packed(&[0x92, 0, 7])), Some(7));
        assert_eq!(number(&packed(&[0x92, 0, 7, 1])), None);
        assert_eq!(
            number(&packed(&[
                0x92, 0, 0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
            ])),
            None
        );
    }
}
