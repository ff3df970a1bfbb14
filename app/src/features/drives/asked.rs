//! A deploy as the form asks for it: which release goes where, and what it goes on without.

use commands::{CommandError, Commands};
use domain::{
    actor::Viewer,
    deploys::{
        drive::{
            evidence::Item,
            request::{NewDrive, RawDrive, RawFact, RawWaiver},
        },
        read::DeploySummary,
        report::RawDeploy,
    },
    error::{FieldError, FieldErrors},
    ids::DeployId,
};
use serde::Deserialize;

use crate::{forms::Fields, parts::item_words, paths, query::Known};

/// Why a workflow cannot carry a deploy out.
pub(super) const NO_GITHUB: &str = "A workflow carries out deploys there, and no GitHub is set that would start it. Set FAIRWAY_GITHUB_APP_ID with its key or \
     FAIRWAY_GITHUB_TOKEN first.";

/// What was chosen: the query of the page, and hidden fields of its form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    /// Name of the environment.
    pub environment: String,
    /// Id of a deploy that brought the release somewhere before.
    pub release: String,
    /// The image's digest, where that deploy named none.
    pub digest: String,
    /// Its kind; empty lets the history say it.
    pub kind: String,
}

impl Known for Chosen {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["environment", "release", "digest", "kind"])
    }
}

impl Chosen {
    /// What the hidden fields of a form hold.
    pub fn of(fields: &Fields) -> Self {
        let field = |name: &str| fields.get(name).to_owned();
        Self {
            environment: field("environment"),
            release: field("release"),
            digest: field("digest"),
            kind: field("kind"),
        }
    }

    /// The fields, for the address and for the form.
    pub fn fields(&self) -> [(&'static str, &str); 4] {
        [
            ("environment", &self.environment),
            ("release", &self.release),
            ("digest", &self.digest),
            ("kind", &self.kind),
        ]
    }

    /// The page on which this is chosen.
    pub fn href(&self, slug: &str) -> String {
        paths::with_query(&paths::service_deploy(slug), self.fields())
    }

    /// Whether enough is chosen to say what would happen.
    pub fn is_whole(&self) -> bool {
        !self.environment.trim().is_empty() && !self.release.trim().is_empty()
    }

    /// The deploy that brought the release, where it is one of the service that the viewer sees.
    pub async fn brought(
        &self,
        commands: &Commands,
        by: &Viewer,
        slug: &str,
    ) -> Result<DeploySummary, CommandError> {
        let unknown = || FieldErrors::one("release", "choose one of the releases of this service");
        let id: DeployId = self.release.trim().parse().map_err(|_| unknown())?;
        let reads = commands.reads_of(by);
        let brought = reads.deploy(id).await?.map(|detail| detail.summary);
        let brought = brought.filter(|deploy| deploy.service.slug == slug);
        let brought = brought.ok_or_else(unknown)?;
        if !reads.bring_releases(&[id]).await?.contains(&id) {
            let message = "this one never reached users, and no pipeline told of it; choose one that did";
            return Err(FieldErrors::one("release", message).into());
        }
        Ok(brought)
    }
}

/// The name of the field in which somebody says why a deploy goes on without an item.
pub(super) fn waiver_field(item: Item) -> String {
    format!("waiver.{}", item.as_str())
}

/// What somebody says of an image without a scanner or a registry saying it.
pub(super) const FACTS: [Item; 2] = [Item::Scan, Item::Signature];

/// The names of the fields in which somebody says whether an item is as it should be, and what was found.
pub(super) fn fact_fields(item: Item) -> [String; 2] {
    let name = format!("fact.{}", item.as_str());
    [name.clone(), format!("{name}.what")]
}

/// What a form says beside the release, in the order in which it is sent on.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    waived: Vec<(Item, String)>,
    facts: Vec<(Item, RawFact)>,
}

impl Said {
    /// What stands in the fields of a form.
    pub fn of(fields: &Fields) -> Self {
        let waivable = Item::ALL.into_iter().filter(|item| item.can_be_waived());
        Self {
            waived: waivable
                .filter_map(|item| Some((item, given(fields.get(&waiver_field(item)))?)))
                .collect(),
            facts: FACTS
                .into_iter()
                .filter_map(|item| Some((item, fact(item, fields)?)))
                .collect(),
        }
    }

    /// What was found without saying whether that is good.
    fn check(fields: &Fields) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::new();
        for item in FACTS {
            let [is, what] = fact_fields(item);
            if given(fields.get(&is)).is_none() && given(fields.get(&what)).is_some() {
                errors.add(&is, "say whether what was found is as it should be");
            }
        }
        errors.or(())
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What somebody says of an item.
fn fact(item: Item, fields: &Fields) -> Option<RawFact> {
    let [is, what] = fact_fields(item);
    let is = given(fields.get(&is))?;
    let what = given(fields.get(&what));
    Some(RawFact {
        item: item.as_str().to_owned(),
        good: is == "good",
        what: what.unwrap_or_default(),
        critical: None,
    })
}

/// The deploy that a form asks for.
///
/// # Errors
/// What is wrong, at the fields of the form.
pub(super) fn new_drive(
    (chosen, brought): (&Chosen, &DeploySummary),
    fields: &Fields,
    commands: &Commands,
) -> Result<NewDrive, FieldErrors> {
    let said = Said::of(fields);
    let waivers = said.waived.iter().map(|(item, reason)| RawWaiver {
        item: item.as_str().to_owned(),
        reason: reason.clone(),
    });
    let (weights, wrong) = weights(fields.get("weights"));
    let (digest, other) = image(chosen, brought);
    let raw = RawDrive {
        deploy: RawDeploy {
            service: brought.service.slug.clone(),
            environment: chosen.environment.trim().to_owned(),
            sha: brought.sha.clone(),
            version: brought.version.clone(),
            digest,
            git_ref: brought.git_ref.clone(),
            kind: given(&chosen.kind),
            strategy: given(fields.get("strategy")),
            description: given(fields.get("description")),
            ..RawDeploy::default()
        },
        weights,
        waivers: waivers.collect(),
        facts: said.facts.iter().map(|(_, fact)| fact.clone()).collect(),
        ..RawDrive::default()
    };
    let wrong = FieldErrors::both(FieldErrors::both(wrong, other), Said::check(fields));
    let new = FieldErrors::both(NewDrive::parse(raw, commands.now()), wrong);
    new.map(|(new, _)| new).map_err(|errors| at_fields(errors, &said))
}

/// The image that the release names, or the one that was typed where it names none.
fn image(chosen: &Chosen, brought: &DeploySummary) -> (Option<String>, Result<(), FieldErrors>) {
    let typed = given(&chosen.digest);
    match &brought.digest {
        None => (typed, Ok(())),
        Some(own) => {
            let is_other = typed.is_some_and(|typed| typed != *own);
            let message =
                "this release names its image already; leave the digest out, or choose another release";
            let other = is_other.then(|| FieldErrors::one("digest", message));
            (Some(own.clone()), other.map_or(Ok(()), Err))
        }
    }
}

/// "5, 25, 50, 100"
fn weights(text: &str) -> (Vec<i64>, Result<(), FieldErrors>) {
    let parts = text
        .split([',', ' ', '%'])
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let read: Result<Vec<i64>, _> = parts.map(str::parse).collect();
    if let Ok(weights) = read {
        return (weights, Ok(()));
    }
    let message = "write shares in percent, for example 5, 25, 50, 100";
    (Vec::new(), Err(FieldErrors::one("weights", message)))
}

/// What is wrong with a request, at the fields of the form.
pub(super) fn at_fields(errors: FieldErrors, said: &Said) -> FieldErrors {
    let named = |field: &str| match field {
        "sha" | "version" | "service" => Some("release".to_owned()),
        other => {
            if let Some((index, _)) = indexed(other, "waivers[") {
                return said.waived.get(index).map(|(item, _)| waiver_field(*item));
            }
            let (index, part) = indexed(other, "facts[")?;
            let [is, what] = fact_fields(said.facts.get(index)?.0);
            Some(if part == "what" { what } else { is })
        }
    };
    let errors = errors.0.into_iter().map(|error| FieldError {
        field: named(&error.field).unwrap_or(error.field),
        message: error.message,
    });
    told_apart(&errors.collect::<Vec<_>>())
}

/// The same words at several items, each with the one that it is about.
fn told_apart(errors: &[FieldError]) -> FieldErrors {
    let words = |error: &FieldError| {
        let is_twice = errors
            .iter()
            .filter(|other| other.message == error.message)
            .count()
            > 1;
        let about = error.field.split('.').nth(1).and_then(Item::parse);
        match about.filter(|_| is_twice) {
            Some(item) => format!("{}: {}", item_words(item), error.message),
            None => error.message.clone(),
        }
    };
    let apart = errors.iter().map(|error| FieldError {
        field: error.field.clone(),
        message: words(error),
    });
    FieldErrors(apart.collect())
}

/// The index and the name of a field of a list.
fn indexed<'a>(field: &'a str, list: &str) -> Option<(usize, &'a str)> {
    let (index, name) = field.strip_prefix(list)?.split_once("].")?;
    Some((index.parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_as_people_write_them() {
        assert_eq!(weights("5, 25 % 50,100%").0, [5, 25, 50, 100]);
        assert_eq!(weights(" "), (Vec::new(), Ok(())));
        assert!(weights("5, some").1.is_err());
    }

    #[test]
    fn the_same_words_at_two_items_say_which_is_meant() {
        let mut errors = FieldErrors::one("facts[0].what", "write at most 2000 characters");
        errors.add("facts[1].what", "write at most 2000 characters");
        errors.add("description", "write at most 2000 characters");
        errors.add("waivers[0].reason", "say why");
        let said = Said {
            waived: vec![(Item::Checks, String::new())],
            facts: vec![
                (Item::Scan, RawFact::default()),
                (Item::Signature, RawFact::default()),
            ],
        };
        let messages = at_fields(errors, &said).0.into_iter().map(|error| error.message);
        assert_eq!(
            messages.collect::<Vec<_>>(),
            [
                "Scan: write at most 2000 characters",
                "Signature: write at most 2000 characters",
                "write at most 2000 characters",
                "say why"
            ]
        );
    }

    #[test]
    fn what_is_wrong_stands_at_the_field_that_one_sees() {
        let mut errors = FieldErrors::one("version", "a");
        errors.add("waivers[1].reason", "b");
        errors.add("weights", "c");
        errors.add("facts[0].what", "d");
        errors.add("facts[0].item", "e");
        errors.add("facts[7].item", "f");
        let said = Said {
            waived: vec![(Item::Checks, String::new()), (Item::Scan, "x".to_owned())],
            facts: vec![(Item::Signature, RawFact::default())],
        };
        let fields: Vec<String> = at_fields(errors, &said)
            .0
            .into_iter()
            .map(|error| error.field)
            .collect();
        assert_eq!(
            fields,
            [
                "release",
                "waiver.scan",
                "weights",
                "fact.signature.what",
                "fact.signature",
                "facts[7].item"
            ]
        );
    }
}
