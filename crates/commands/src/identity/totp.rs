//! Codes by time (RFC 6238): six digits of HMAC-SHA-1, a new one every 30 seconds, as every authenticator makes them.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// Seconds of a step.
const STEP: i64 = 30;
/// Clocks may be one step apart.
const APART: i64 = 1;
const DIGITS: u32 = 1_000_000;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step whose code this is, near a time in seconds; `None` where it is none of them.
pub(super) fn step_of(secret: &[u8], code: &str, seconds: i64) -> Option<i64> {
    let typed: String = code.chars().filter(|digit| !digit.is_whitespace()).collect();
    let now = seconds.div_euclid(STEP);
    let mut found = None;
    // All are compared, so that the time says nothing.
    for step in now - APART..=now + APART {
        let right = code_at(secret, step);
        if bool::from(right.as_bytes().ct_eq(typed.as_bytes())) {
            found = Some(step);
        }
    }
    found
}

/// The code of a step.
fn code_at(secret: &[u8], step: i64) -> String {
    // HMAC takes keys of every length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash[19] & 0xF);
    let word = [
        hash[offset] & 0x7F,
        hash[offset + 1],
        hash[offset + 2],
        hash[offset + 3],
    ];
    format!("{:06}", u32::from_be_bytes(word) % DIGITS)
}

/// Bytes in base 32 (RFC 4648) without padding, as authenticators read secrets.
pub(super) fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[((held >> bits) & 31) as usize]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[((held << (5 - bits)) & 31) as usize]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(SECRET, seconds / STEP), code);
            assert_eq!(step_of(SECRET, code, seconds), Some(seconds / STEP));
            assert_eq!(
                step_of(SECRET, &format!(" {} {} ", &code[..3], &code[3..]), seconds + 30),
                Some(seconds / STEP)
            );
            assert_eq!(step_of(SECRET, code, seconds + 90), None);
        }
        for wrong in ["", "28708", "2870820", "287o82", "２８７０８２"] {
            assert_eq!(step_of(SECRET, wrong, 59), None, "{wrong}");
        }
    }

    #[test]
    fn base_32_is_that_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
