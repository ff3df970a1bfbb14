//! Policies in Git: the repository that they are read from.

use clap::Args;
use domain::{
    approvals::{POLICIES_PATH, PolicyPlace},
    catalog::ProjectSlug,
};

use super::{
    Settings,
    problems::{Name, Reader, given},
};

const REPOSITORY: Name = Name {
    env: "FAIRWAY_POLICIES_REPOSITORY",
    flag: "--policies-repository",
};
const PATH: Name = Name {
    env: "FAIRWAY_POLICIES_PATH",
    flag: "--policies-path",
};

/// The options, unchecked.
#[derive(Args, Clone, Debug, Default)]
pub struct PoliciesSettings {
    /// Repository at GitHub that policies of approvals are read from, as owner/name; those on the page hold beside it
    #[arg(
        long,
        env = "FAIRWAY_POLICIES_REPOSITORY",
        value_name = "OWNER/NAME",
        global = true,
        help_heading = "GitHub"
    )]
    pub policies_repository: Option<String>,

    /// Folder of the policies in that repository, or their one file; a dot is all of it [default: policies]
    #[arg(
        long,
        env = "FAIRWAY_POLICIES_PATH",
        value_name = "PATH",
        global = true,
        help_heading = "GitHub"
    )]
    pub policies_path: Option<String>,
}

/// Reads where policies are in Git; `None` where no repository is set.
pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Option<PolicyPlace> {
    let settings = &settings.policies;
    let repository = reader.value(
        REPOSITORY,
        settings.policies_repository.as_deref(),
        None,
        parse_repository,
    );
    let path = given(settings.policies_path.as_deref());
    if path.is_some() && given(settings.policies_repository.as_deref()).is_none() {
        reader.wrong(
            PATH,
            "is set but FAIRWAY_POLICIES_REPOSITORY is not",
            "Set the repository too, for example acme/policies; or leave the path out.",
        );
    }
    let path = path.unwrap_or(POLICIES_PATH);
    match PolicyPlace::at(repository?, path) {
        Ok(place) => Some(place),
        Err(wrong) => {
            let next = "Write a folder such as policies, or a file such as ops/policies.yaml.";
            reader.wrong(PATH, format!("{path:?} {wrong}"), next);
            None
        }
    }
}

fn parse_repository(text: &str) -> Result<Option<ProjectSlug>, (String, String)> {
    let next = "Write the owner and the name, for example acme/policies.".to_owned();
    ProjectSlug::parse(text)
        .map(Some)
        .ok_or_else(|| ("is no owner/name".to_owned(), next))
}
