//! The inbox's address: its whole state, what waits for whoever looks left out.

use commands::{CommandError, Commands, WaitsFor};
use domain::{
    actor::Viewer,
    approvals::{ApprovalFilter, ApprovalState, Stage},
    environments::EnvironmentClass,
    error::FieldErrors,
};
use serde::Deserialize;

use crate::{
    address::{ListAddress, Place, given},
    paths,
};

/// Which part of the list is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxTab {
    /// What whoever looks can decide about.
    Mine,
    /// All that waits.
    Open,
    /// All that is over.
    Decided,
}

impl InboxTab {
    /// All, in their order on the page.
    pub const ALL: [Self; 3] = [Self::Mine, Self::Open, Self::Decided];

    /// The word of the address; the first has none.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mine => "",
            Self::Open => "open",
            Self::Decided => "decided",
        }
    }

    /// The tab's name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Mine => "Waiting for me",
            Self::Open => "All open",
            Self::Decided => "Decided",
        }
    }
}

/// The query of `/approvals`, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct InboxQuery {
    /// `open`, `decided` or `mine`, which is left out.
    pub show: String,
    pub service: String,
    pub team: String,
    pub environment: String,
    pub class: String,
    pub state: String,
    #[serde(flatten)]
    pub place: Place,
}

impl InboxQuery {
    /// The part of the list that is asked for.
    pub fn tab(&self) -> Result<InboxTab, CommandError> {
        match self.show.trim() {
            "" | "mine" => Ok(InboxTab::Mine),
            "open" => Ok(InboxTab::Open),
            "decided" => Ok(InboxTab::Decided),
            _ => Err(FieldErrors::one("show", "choose mine, open or decided").into()),
        }
    }

    /// The filter that the query means, for whom this waits.
    pub fn filter(&self, waits: &WaitsFor) -> Result<ApprovalFilter, CommandError> {
        let tab = self.tab()?;
        let mut errors = FieldErrors::new();
        let filter = ApprovalFilter {
            stage: Some(match tab {
                InboxTab::Mine | InboxTab::Open => Stage::Open,
                InboxTab::Decided => Stage::Over,
            }),
            state: word(&mut errors, ("state", &self.state), ApprovalState::parse),
            service: given(&self.service),
            team: given(&self.team),
            environment: given(&self.environment),
            class: word(&mut errors, ("class", &self.class), EnvironmentClass::parse),
            among: (tab == InboxTab::Mine).then(|| waits.decisions.clone()),
        };
        Ok(errors.or(filter)?)
    }

    /// What waits for whoever looks, where the filter depends on it.
    pub async fn waits(&self, commands: &Commands, viewer: &Viewer) -> Result<WaitsFor, CommandError> {
        if self.tab()? == InboxTab::Mine {
            commands.waits_for(viewer).await
        } else {
            Ok(WaitsFor::default())
        }
    }
}

impl ListAddress for InboxQuery {
    fn path(&self) -> String {
        paths::approvals()
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("show", &self.show),
            ("service", &self.service),
            ("team", &self.team),
            ("environment", &self.environment),
            ("class", &self.class),
            ("state", &self.state),
        ]
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn place_mut(&mut self) -> &mut Place {
        &mut self.place
    }

    /// The tab is no filter of it.
    fn is_filtered(&self) -> bool {
        let mut filters = self.fields().into_iter().skip(1);
        filters.any(|(_, value)| !value.trim().is_empty())
    }

    /// The same tab without any filter.
    fn cleared(&self) -> Option<String> {
        self.is_filtered().then(|| paths::approvals_tab(&self.show))
    }
}

fn word<T>(
    errors: &mut FieldErrors,
    (field, value): (&str, &str),
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let value = given(value)?;
    let parsed = parse(&value);
    if parsed.is_none() {
        errors.add(
            field,
            format!("`{value}` is none of the choices; choose one from the list"),
        );
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_is_no_filter_and_stays_when_the_filters_go() {
        let query = InboxQuery {
            show: "open".into(),
            ..InboxQuery::default()
        };
        assert!(!query.is_filtered());
        assert_eq!(query.cleared(), None);
        let query = InboxQuery {
            team: "payments".into(),
            ..query
        };
        assert_eq!(query.href(), "/approvals?show=open&team=payments");
        assert_eq!(query.cleared().as_deref(), Some("/approvals?show=open"));
    }

    #[test]
    fn what_waits_for_me_is_among_what_i_can_decide_about() {
        let waits = WaitsFor::default();
        let mine = InboxQuery::default().filter(&waits).unwrap();
        assert_eq!((mine.stage, mine.among), (Some(Stage::Open), Some(Vec::new())));
        let decided = InboxQuery {
            show: "decided".into(),
            state: "rejected".into(),
            ..InboxQuery::default()
        };
        let decided = decided.filter(&waits).unwrap();
        assert_eq!(decided.stage, Some(Stage::Over));
        assert_eq!(
            (decided.state, decided.among),
            (Some(ApprovalState::Rejected), None)
        );
    }

    #[test]
    fn an_unknown_word_is_said() {
        for (show, state) in [("all", ""), ("", "done")] {
            let query = InboxQuery {
                show: show.into(),
                state: state.into(),
                ..InboxQuery::default()
            };
            assert!(query.filter(&WaitsFor::default()).is_err());
        }
    }
}
