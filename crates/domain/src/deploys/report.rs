//! Deploys, phases and incidents as a CI or a person reports them: raw input, and the checks that make it trustworthy.

/// Whether a text is an image digest: `sha256:` and 64 lower-case hex digits. A tag is not one.
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}
