//! GitHub's OAuth: who somebody is at GitHub, by their number, and which addresses they have proved to be theirs.
//!
//! Of which organisation and team they are is asked in Fairway's own name, as it is asked again later: their token is used
//! for these two questions and forgotten.

use domain::{
    people::normal_email,
    sign_in::{Outsider, Way},
};
use reqwest::header;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::{
    error::{Fault, SignInError},
    http::Http,
    returned::{Challenge, Returned},
};
use crate::outbound::Allowed;

/// What GitHub is called in messages.
const NAME: &str = "GitHub";
/// Read-only: who it is, and the addresses.
const SCOPES: &str = "read:user user:email";

/// Which GitHub, and as whom Fairway asks it.
#[derive(Clone, Debug)]
pub struct GithubOauthConfig {
    /// GitHub's address for people, without a slash at its end.
    pub web_url: String,
    /// Address of its API.
    pub api_url: Url,
    /// The OAuth app's or GitHub App's client id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The address that the browser comes back to.
    pub return_url: String,
}

/// Signing in at one GitHub.
#[derive(Debug)]
pub struct GithubOauth {
    config: GithubOauthConfig,
    http: Http,
}

impl GithubOauth {
    /// A way in that was not used yet.
    pub fn new(config: GithubOauthConfig) -> Result<Self, SignInError> {
        // Both are settings, and GitHub names no third.
        let web = parsed(&config.web_url).map_err(|fault| fault.of(NAME))?;
        let inside = Allowed::default().and_host_of(&web).and_host_of(&config.api_url);
        let http = Http::new(inside).map_err(|fault| fault.of(NAME))?;
        Ok(Self { config, http })
    }

    /// Which GitHub this is.
    pub fn config(&self) -> &GithubOauthConfig {
        &self.config
    }

    /// Where a browser is sent.
    pub fn authorize_url(&self, challenge: Challenge<'_>) -> Result<String, SignInError> {
        let mut url = self.page("authorize").map_err(|fault| fault.of(NAME))?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", &self.config.return_url)
            .append_pair("scope", SCOPES)
            .append_pair("state", challenge.state)
            .append_pair("code_challenge", &challenge.code_challenge())
            .append_pair("code_challenge_method", "S256")
            .append_pair("allow_signup", "false");
        Ok(url.into())
    }

    /// Who GitHub says that it is. The caller has found the challenge by the state that came back.
    pub async fn who(&self, returned: &Returned, challenge: Challenge<'_>) -> Result<Outsider, SignInError> {
        self.identified(returned, challenge)
            .await
            .map_err(|fault| fault.of(NAME))
    }

    async fn identified(&self, returned: &Returned, challenge: Challenge<'_>) -> Result<Outsider, Fault> {
        if !returned.error.is_empty() {
            return Err(Fault::wrong(
                "error",
                "it refused, or somebody pressed cancel there",
            ));
        }
        if returned.code.is_empty() {
            return Err(Fault::wrong("code", "no code came back"));
        }
        let token = self.exchange(&returned.code, challenge).await?;
        let user = self.ask("user", &token).await?;
        let emails = self.ask("user/emails", &token).await?;
        outsider(&user, &emails)
    }

    async fn exchange(&self, code: &str, challenge: Challenge<'_>) -> Result<SecretString, Fault> {
        let form = [
            ("client_id", self.config.client_id.as_str()),
            ("client_secret", self.config.client_secret.expose_secret()),
            ("code", code),
            ("redirect_uri", self.config.return_url.as_str()),
            ("code_verifier", challenge.verifier),
        ];
        let question = self.http.post(&self.page("access_token")?)?.form(&form);
        // It answers 200 where it refuses, too.
        let answer = self.http.found(question).await?;
        match (&answer["error"], answer["access_token"].as_str()) {
            (Value::Null, Some(token)) if !token.is_empty() => Ok(SecretString::from(token)),
            (Value::String(error), _) if error == "incorrect_client_credentials" => Err(Fault::Settings(
                "it does not know this client's number and secret".to_owned(),
            )),
            _ => Err(Fault::wrong(
                "code",
                "it does not take the code; it was used, or is too old",
            )),
        }
    }

    async fn ask(&self, path: &str, token: &SecretString) -> Result<Value, Fault> {
        let base = self.config.api_url.as_str().trim_end_matches('/');
        let url = parsed(&format!("{base}/{path}"))?;
        let question = self
            .http
            .get(&url)?
            .bearer_auth(token.expose_secret())
            .header(header::ACCEPT, "application/vnd.github+json");
        self.http.found(question).await
    }

    fn page(&self, name: &str) -> Result<Url, Fault> {
        parsed(&format!("{}/login/oauth/{name}", self.config.web_url))
    }
}

fn parsed(text: &str) -> Result<Url, Fault> {
    text.parse()
        .map_err(|error| Fault::Settings(format!("its address is none ({error})")))
}

fn outsider(user: &Value, emails: &Value) -> Result<Outsider, Fault> {
    let nobody = || Fault::wrong("subject", "it does not say who it is");
    let id = user["id"].as_i64().filter(|id| *id > 0).ok_or_else(nobody)?;
    let login = user["login"]
        .as_str()
        .filter(|login| !login.is_empty())
        .ok_or_else(nobody)?;
    let rows: Vec<&Value> = emails
        .as_array()
        .map(|rows| rows.iter().filter(|row| row["verified"] == true).collect())
        .unwrap_or_default();
    let address = |row: &&Value| row["email"].as_str().map(normal_email);
    let primary = rows.iter().find(|row| row["primary"] == true).and_then(address);
    Ok(Outsider {
        way: Way::Github,
        subject: id.to_string(),
        label: login.to_owned(),
        name: user["name"]
            .as_str()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .unwrap_or(login)
            .to_owned(),
        email: primary,
        verified: rows.iter().filter_map(address).collect(),
        groups: Vec::new(),
    }
    .bounded())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn somebody_is_a_number_and_only_proved_addresses_are_theirs() {
        let user = json!({"id": 7, "login": "ada", "name": null});
        let emails = json!([
            {"email": "Ada@Example.com", "verified": true, "primary": true},
            {"email": "victim@example.com", "verified": false, "primary": false},
        ]);
        let who = outsider(&user, &emails).unwrap();
        assert_eq!((who.subject.as_str(), who.name.as_str()), ("7", "ada"));
        assert_eq!(who.email.as_deref(), Some("ada@example.com"));
        assert_eq!(who.verified, ["ada@example.com"]);
        assert!(outsider(&json!({"login": "ada"}), &emails).is_err());
        assert!(outsider(&json!({"id": 0, "login": "ada"}), &emails).is_err());
    }
}
