//! CI: whose tokens of workflows are believed.

use url::Url;

use super::{
    Settings,
    problems::{Name, Reader},
};

const ISSUERS: Name = Name {
    env: "FAIRWAY_CI_ISSUERS",
    flag: "--ci-issuers",
};
/// GitHub's own; a GitHub Enterprise Server has one of its own.
const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// Whose tokens may be exchanged.
#[derive(Clone, Debug)]
pub struct CiConfig {
    /// Issuers, each written just as it writes itself in its tokens.
    pub issuers: Vec<String>,
}

impl CiConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Self {
        let given = settings.ci_issuers.as_deref();
        Self {
            issuers: reader.value(ISSUERS, given, vec![GITHUB.to_owned()], parse),
        }
    }
}

/// Addresses between commas, or `off`. Over http the keys could be anybody's, so only this machine may be asked that way.
fn parse(text: &str) -> Result<Vec<String>, (String, String)> {
    let next = format!(
        "Write {GITHUB}, https://HOST/_services/token for GitHub Enterprise Server, both with a comma between, or off."
    );
    if text == "off" {
        return Ok(Vec::new());
    }
    let issuers = text.split(',').map(|issuer| {
        let issuer = issuer.trim();
        match Url::parse(issuer) {
            Ok(url) if url.scheme() == "https" && url.has_host() => Ok(issuer.to_owned()),
            Ok(url) if url.scheme() == "http" && is_here(&url) => Ok(issuer.to_owned()),
            Ok(_) => Err(("is no https address".to_owned(), next.clone())),
            Err(problem) => Err((format!("is no address ({problem})"), next.clone())),
        }
    });
    issuers.collect()
}

fn is_here(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_https_addresses_or_none() {
        assert_eq!(parse("off"), Ok(Vec::new()));
        assert_eq!(
            parse("https://a.example/_services/token, http://127.0.0.1:9/x").unwrap(),
            ["https://a.example/_services/token", "http://127.0.0.1:9/x"]
        );
        for wrong in [
            "http://issuer.example",
            "issuer",
            "https://a.example,",
            "file:///x",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
