//! What a GitHub has beside repositories: an App with its installations and tokens, and organisations with teams and people.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPair as RsaKey, KeySize},
    signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{answers, payloads, world::World};

/// Made once: making a key takes a moment.
static KEY: LazyLock<RsaKey> = LazyLock::new(|| RsaKey::generate(KeySize::Rsa2048).expect("a key"));

/// Everything that a fake GitHub knows of Apps and organisations.
#[derive(Default)]
pub(super) struct Office {
    app: Option<u64>,
    installations: Vec<Installed>,
    issued: Vec<Issued>,
    organisations: BTreeMap<String, Organisation>,
    codes: BTreeSet<String>,
    pub(super) oauth: super::oauth::Oauth,
}

struct Installed {
    id: i64,
    account: String,
    permissions: BTreeMap<String, String>,
    suspended: bool,
}

struct Issued {
    token: String,
    installation: i64,
    permissions: Value,
    expires_at: DateTime<Utc>,
    revoked: bool,
}

#[derive(Default)]
struct Organisation {
    members: Vec<String>,
    teams: Vec<Team>,
}

struct Team {
    id: i64,
    slug: String,
    members: Vec<String>,
}

/// Whose token was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Nobody,
    /// The one personal token.
    Token,
    App,
    Installation {
        id: i64,
        account: String,
    },
}

/// Status and body; a list is paged by whoever sends it.
pub(super) enum Answer {
    One(u16, Value),
    List(Vec<Value>),
}

impl World {
    /// Number of the one App.
    pub const APP: u64 = 4711;

    /// Makes the App; gives its private key as GitHub does, in PKCS#1.
    pub fn make_app(&self) -> String {
        self.state().office.app = Some(Self::APP);
        // The PKCS#1 key is what PKCS#8 wraps: behind 26 bytes, for keys of this size.
        let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&*KEY).expect("a key");
        pem("RSA PRIVATE KEY", &der.as_ref()[26..])
    }

    /// The same key as other tools write it.
    pub fn app_key_in_pkcs8() -> String {
        let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&*KEY).expect("a key");
        pem("PRIVATE KEY", der.as_ref())
    }

    /// Installs the App in an account with these rights; gives the installation's number.
    pub fn install(&self, account: &str, permissions: &[(&str, &str)]) -> i64 {
        let mut state = self.state();
        state.account(account, "Organization");
        let id = state.id();
        let permissions = permissions
            .iter()
            .map(|(name, level)| ((*name).to_owned(), (*level).to_owned()))
            .collect();
        state.office.installations.push(Installed {
            id,
            account: account.to_owned(),
            permissions,
            suspended: false,
        });
        id
    }

    /// Takes the App out of an account; its tokens end.
    pub fn uninstall(&self, account: &str) {
        self.revoke_tokens();
        let mut state = self.state();
        state.office.installations.retain(|one| one.account != account);
    }

    /// Suspends the App in an account, or lifts that. Tokens stay, and are of no use meanwhile.
    pub fn suspend(&self, account: &str, suspended: bool) {
        let mut state = self.state();
        for one in &mut state.office.installations {
            one.suspended = one.suspended || one.account == account;
            one.suspended = suspended && one.suspended;
        }
    }

    /// Ends every token of an installation before its time.
    pub fn revoke_tokens(&self) {
        for issued in &mut self.state().office.issued {
            issued.revoked = true;
        }
    }

    /// Rights that installations' tokens were made with, in order.
    pub fn issued(&self) -> Vec<Value> {
        let state = self.state();
        state
            .office
            .issued
            .iter()
            .map(|issued| issued.permissions.clone())
            .collect()
    }

    /// Makes a person a member of an organisation.
    pub fn join(&self, organisation: &str, login: &str) {
        self.user(login);
        let mut state = self.state();
        state.account(organisation, "Organization");
        let organisation = state
            .office
            .organisations
            .entry(organisation.to_owned())
            .or_default();
        organisation.members.push(login.to_owned());
    }

    /// Makes a team of these people.
    pub fn team(&self, organisation: &str, slug: &str, members: &[&str]) -> i64 {
        for login in members {
            self.user(login);
        }
        let mut state = self.state();
        state.account(organisation, "Organization");
        let id = state.id();
        let organisation = state
            .office
            .organisations
            .entry(organisation.to_owned())
            .or_default();
        organisation.teams.retain(|team| team.slug != slug);
        organisation.teams.push(Team {
            id,
            slug: slug.to_owned(),
            members: members.iter().map(|login| (*login).to_owned()).collect(),
        });
        id
    }

    /// Deletes a team.
    pub fn disband(&self, organisation: &str, slug: &str) {
        let mut state = self.state();
        let organisation = state
            .office
            .organisations
            .entry(organisation.to_owned())
            .or_default();
        organisation.teams.retain(|team| team.slug != slug);
    }

    /// Somebody accepted a manifest on GitHub's page; gives the code that GitHub sends them back with.
    pub fn accept_manifest(&self) -> String {
        let mut state = self.state();
        let code = format!("{:040x}", state.id());
        state.office.codes.insert(code.clone());
        code
    }

    /// Whose token a header shows; nothing for one that is wrong.
    pub(super) fn who(&self, authorization: Option<&str>, personal: &str) -> Option<Who> {
        let Some(header) = authorization else {
            return Some(Who::Nobody);
        };
        let token = header.strip_prefix("Bearer ")?;
        if token == personal {
            return Some(Who::Token);
        }
        let state = self.state();
        if let Some(app) = state.office.app
            && token.contains('.')
        {
            return is_signed_by(app, token).then_some(Who::App);
        }
        let issued = state.office.issued.iter().find(|issued| issued.token == token)?;
        let of = state
            .office
            .installations
            .iter()
            .find(|one| one.id == issued.installation)?;
        (!issued.revoked && Utc::now() < issued.expires_at).then(|| Who::Installation {
            id: of.id,
            account: of.account.clone(),
        })
    }

    /// Whether a token is of an installation that is suspended.
    pub(super) fn is_suspended(&self, who: &Who) -> bool {
        let Who::Installation { id: of, .. } = who else {
            return false;
        };
        let state = self.state();
        let mut all = state.office.installations.iter();
        all.any(|one| one.id == *of && one.suspended)
    }

    /// Answers what is no repository's; `None` for what is.
    pub(super) fn office(
        &self,
        who: &Who,
        (method, segments): (&str, &[&str]),
        body: &[u8],
    ) -> Option<Answer> {
        let not_found = || Answer::One(404, json!({"message": "Not Found"}));
        Some(match (method, segments) {
            ("POST", ["app-manifests", code, "conversions"]) => self.convert(code).unwrap_or_else(not_found),
            (_, ["app", ..]) if *who != Who::App => {
                Answer::One(401, json!({"message": "A JSON web token could not be decoded"}))
            }
            ("GET", ["app"]) => Answer::One(200, answers::app()),
            ("GET", ["app", "installations"]) => Answer::List(self.installed()),
            ("POST", ["app", "installations", id, "access_tokens"]) => self
                .issue(id.parse().unwrap_or_default(), body)
                .unwrap_or_else(not_found),
            ("GET", ["orgs", name, "members"]) if *who != Who::Nobody => {
                self.members(name).unwrap_or_else(not_found)
            }
            ("GET", ["orgs", name, "teams"]) if *who != Who::Nobody => {
                self.teams(name).unwrap_or_else(not_found)
            }
            ("GET", ["orgs", name, "teams", slug, "members"]) if *who != Who::Nobody => {
                self.team_members(name, slug).unwrap_or_else(not_found)
            }
            (
                "POST",
                [
                    "repos",
                    owner,
                    name,
                    "actions",
                    "workflows",
                    workflow,
                    "dispatches",
                ],
            ) if *who != Who::Nobody => self.dispatch((owner, name), workflow, body),
            (
                "POST",
                [
                    "repos",
                    owner,
                    name,
                    "actions",
                    "runs",
                    run,
                    "deployment_protection_rule",
                ],
            ) if *who != Who::Nobody => self.answer_rule(&format!("{owner}/{name}"), run, body),
            (method, ["repos", owner, name, rest @ ..]) if *who != Who::Nobody => {
                return self.show(who, &format!("{owner}/{name}"), (method, rest), body);
            }
            _ => return None,
        })
    }

    fn installed(&self) -> Vec<Value> {
        let state = self.state();
        let row = |one: &Installed| {
            let suspended_at = one.suspended.then_some(state.now);
            answers::installation(one.id, &state.users[&one.account], &one.permissions, suspended_at)
        };
        state.office.installations.iter().map(row).collect()
    }

    fn issue(&self, installation: i64, body: &[u8]) -> Option<Answer> {
        let mut state = self.state();
        let of = state
            .office
            .installations
            .iter()
            .find(|one| one.id == installation)?;
        if of.suspended {
            return Some(Answer::One(
                403,
                json!({"message": "This installation has been suspended"}),
            ));
        }
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let permissions = asked["permissions"].clone();
        let too_much = |name: &String| !of.permissions.contains_key(name);
        if permissions
            .as_object()
            .is_some_and(|asked| asked.keys().any(too_much))
        {
            let message = "The permissions requested are not granted to this installation.";
            return Some(Answer::One(422, json!({ "message": message })));
        }
        let expires_at = Utc::now() + TimeDelta::hours(1);
        let token = format!("ghs_canary{:030x}", state.id());
        state.office.issued.push(Issued {
            token: token.clone(),
            installation,
            permissions: permissions.clone(),
            expires_at,
            revoked: false,
        });
        let answer =
            json!({"token": token, "expires_at": payloads::time(expires_at), "permissions": permissions});
        Some(Answer::One(201, answer))
    }

    fn convert(&self, code: &str) -> Option<Answer> {
        let worked = self.state().office.codes.remove(code);
        worked.then(|| {
            let mut made = answers::app();
            made["pem"] = self.make_app().into();
            made["webhook_secret"] = "canary-of-the-webhook".into();
            made["client_id"] = "Iv1.8a61f9b3a7aba766".into();
            made["client_secret"] = "canary-of-the-client".into();
            Answer::One(201, made)
        })
    }

    fn members(&self, organisation: &str) -> Option<Answer> {
        let state = self.state();
        let members = &state.office.organisations.get(organisation)?.members;
        let rows = members.iter().map(|login| payloads::account(&state.users[login]));
        Some(Answer::List(rows.collect()))
    }

    fn teams(&self, organisation: &str) -> Option<Answer> {
        let state = self.state();
        let row = |team: &Team| answers::team(&state.users[organisation], team.id, &team.slug);
        let teams = &state.office.organisations.get(organisation)?.teams;
        Some(Answer::List(teams.iter().map(row).collect()))
    }

    fn team_members(&self, organisation: &str, slug: &str) -> Option<Answer> {
        let state = self.state();
        let mut teams = state.office.organisations.get(organisation)?.teams.iter();
        let team = teams.find(|team| team.slug == slug)?;
        let rows = team
            .members
            .iter()
            .map(|login| payloads::account(&state.users[login]));
        Some(Answer::List(rows.collect()))
    }
}

/// Whether a token is an App's own, signed by its key and of this moment, as GitHub checks it.
fn is_signed_by(app: u64, token: &str) -> bool {
    let Some((signed, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let Some((_, claims)) = signed.split_once('.') else {
        return false;
    };
    let decoded = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, KEY.public_key().as_ref());
    if key.verify(signed.as_bytes(), &decoded(signature)).is_err() {
        return false;
    }
    let claims: Value = serde_json::from_slice(&decoded(claims)).unwrap_or_default();
    let (now, at) = (Utc::now().timestamp(), |name: &str| {
        claims[name].as_i64().unwrap_or_default()
    });
    claims["iss"] == app && at("iat") <= now - 30 && at("exp") > now && at("exp") <= now + 600
}

fn pem(kind: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("ASCII"))
        .collect();
    format!(
        "-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n",
        lines.join("\n")
    )
}
