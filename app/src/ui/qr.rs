//! A QR code as SVG, made on the server.

use std::fmt::Write;

use leptos::prelude::*;
use qrcodegen::{QrCode as Code, QrCodeEcc};

/// Light modules around the code, as the standard asks for.
const QUIET: i32 = 4;

/// A text as a QR code; nothing where it is too long for one.
#[component]
pub fn QrCode(
    /// What it says.
    #[prop(into)]
    text: String,
    /// What it is, for those who do not see it.
    label: &'static str,
) -> impl IntoView {
    Code::encode_text(&text, QrCodeEcc::Medium).ok().map(|code| {
        let side = code.size() + 2 * QUIET;
        view! {
            <svg class="qr" role="img" aria-label=label viewBox=format!("0 0 {side} {side}") width="200" height="200">
                <rect class="qr-light" width=side height=side />
                <path class="qr-dark" d=drawn(&code) />
            </svg>
        }
    })
}

/// One square per dark module.
fn drawn(code: &Code) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corner_of_a_code_is_its_finder() {
        let code = Code::encode_text("otpauth://totp/x", QrCodeEcc::Medium).unwrap();
        let path = drawn(&code);
        assert!(path.starts_with("M4 4h1v1h-1zM5 4h1v1h-1z"), "{path}");
        assert!(!path.contains("M5 5h1"), "the finder's ring is light inside");
    }
}
