//! News for chat: what Slack's incoming webhooks take, and those that are made like them.

use serde_json::{Value, json};

use super::Notice;

/// A message: a text for notifications and screen readers, and the same as blocks with a button.
///
/// Control sequences (`<!channel>`, links) are made of `&`, `<` and `>`, which are escaped as Slack's documentation asks; the
/// details are `plain_text`, in which nothing is marked up.
pub fn slack(notice: &Notice, public_url: &str) -> Value {
    let headline = notice.headline();
    let mut blocks = vec![section(&headline)];
    let details = notice.details();
    if !details.is_empty() {
        let fields: Vec<Value> = details
            .iter()
            .map(|(name, value)| plain(&format!("{name}: {value}")))
            .collect();
        blocks.push(json!({ "type": "section", "fields": fields }));
    }
    blocks.push(json!({
        "type": "actions",
        "elements": [{ "type": "button", "text": plain("Open"), "url": notice.link(public_url) }],
    }));
    blocks.push(json!({ "type": "context", "elements": [plain(notice.next())] }));
    json!({ "text": escaped(&headline), "blocks": blocks })
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": plain(text) })
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{super::notice::tests::notice, *};

    #[test]
    fn nothing_that_others_write_becomes_markup() {
        let message = slack(&notice(), "https://fairway.example");
        let text = message["text"].as_str().unwrap();
        assert!(text.contains("&lt;script&gt;") && !text.contains('<'), "{text}");
        let blocks = message["blocks"].as_array().unwrap();
        assert!(!message.to_string().contains("mrkdwn"), "every text is plain");
        assert_eq!(blocks.len(), 4);
        assert_eq!(blocks[1]["fields"][0]["text"], "By: Ada <!channel>");
        assert_eq!(
            blocks[2]["elements"][0]["url"],
            "https://fairway.example/approvals/7?a=1&b=2"
        );
    }
}
