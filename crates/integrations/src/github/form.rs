//! The webhook content type `application/x-www-form-urlencoded`: the JSON stands in the field `payload`.

use std::borrow::Cow;

/// The JSON of a delivery's body, whichever of GitHub's two content types it was sent as. No JSON begins like the form.
pub fn json_of(body: &[u8]) -> Cow<'_, [u8]> {
    if !body.starts_with(b"payload=") {
        return Cow::Borrowed(body);
    }
    let payload = url::form_urlencoded::parse(body).find(|(field, _)| field == "payload");
    Cow::Owned(
        payload
            .map(|(_, json)| json.into_owned().into_bytes())
            .unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_content_types_hold_the_same_json() {
        assert_eq!(&*json_of(br#"{"a": "payload=1"}"#), br#"{"a": "payload=1"}"#);
        assert_eq!(&*json_of(b"payload=%7B%22a%22%3A+%22%2B%22%7D"), br#"{"a": "+"}"#);
        assert!(json_of(b"payload=").is_empty());
    }
}
