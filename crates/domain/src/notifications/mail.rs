//! News as mail: a subject, and the same words as plain text and as HTML without pictures, scripts or foreign addresses.

use std::fmt::Write;

use super::Notice;

/// A mail without its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// News as mail.
pub fn mail(notice: &Notice, public_url: &str) -> Mail {
    let (headline, details, link) = (notice.headline(), notice.details(), notice.link(public_url));
    Mail {
        text: text(&headline, (details.as_slice(), notice.next()), &link),
        html: html(&headline, (details.as_slice(), notice.next()), &link),
        subject: headline,
    }
}

fn text(headline: &str, (details, next): (&[(&str, String)], &str), link: &str) -> String {
    let mut out = format!("{headline}\n\n");
    for (name, value) in details {
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{name}: {value}");
    }
    let _ = write!(
        out,
        "\n{next}:\n{link}\n\n-- \nYou chose to be told this in Fairway; change it in your account.\n"
    );
    out
}

fn html(headline: &str, (details, next): (&[(&str, String)], &str), link: &str) -> String {
    let mut rows = String::new();
    for (name, value) in details {
        let _ = write!(
            rows,
            "<tr><th align=\"left\">{name}</th><td>{}</td></tr>",
            escaped(value)
        );
    }
    let (headline, link) = (escaped(headline), escaped(link));
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{headline}</title></head><body>\
         <h1>{headline}</h1><table>{rows}</table><p>{next}: <a href=\"{link}\">{link}</a></p>\
         <p><small>You chose to be told this in Fairway; change it in your account.</small></p></body></html>"
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{super::notice::tests::notice, *};

    #[test]
    fn mail_says_the_same_in_plain_text_and_in_html() {
        let mail = mail(&notice(), "https://fairway.example");
        assert!(!mail.subject.contains(['\r', '\n']), "{}", mail.subject);
        assert!(mail.text.contains("https://fairway.example/approvals/7?a=1&b=2"));
        assert!(
            !mail.html.contains("<script") && mail.html.contains("&lt;script&gt;"),
            "{}",
            mail.html
        );
        assert!(
            mail.html
                .contains("href=\"https://fairway.example/approvals/7?a=1&amp;b=2\"")
        );
        assert!(mail.html.contains("<td>Ada &lt;!channel&gt;</td>"));
        assert!(
            !mail.text.lines().any(|line| line.starts_with("Bcc:")),
            "{}",
            mail.text
        );
    }
}
