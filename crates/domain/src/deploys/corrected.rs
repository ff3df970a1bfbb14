//! What corrections did to the figures: the rows that they changed, put in or took out. Found by comparing the history with
//! the one that would follow if nobody had corrected anything.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    derive::{DeployFacts, DerivedDeploy, ServiceDerived, ServiceFacts},
    lead_time::lead_time,
};
use crate::{dora::Metric, ids::TeamId};

/// A row of a figure that is there, was there, or is otherwise there, because of a correction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorrectedRecord {
    /// Whose row.
    pub metric: Metric,
    /// The change, where the figure's rows are changes.
    pub change: Option<String>,
    /// The time that puts it into a day.
    pub at: DateTime<Utc>,
    /// The owner then.
    pub team_id: Option<TeamId>,
    /// Whether a bot wrote the change.
    pub by_bot: bool,
}

/// The facts without what people said of deploys; `None` where they said nothing.
pub(super) fn without(facts: &ServiceFacts) -> Option<ServiceFacts> {
    let corrected = |deploy: &DeployFacts| !deploy.corrections.is_empty();
    let uncorrected = |deploy: &DeployFacts| DeployFacts {
        corrections: Vec::new(),
        ..deploy.clone()
    };
    facts.deploys.iter().any(corrected).then(|| ServiceFacts {
        deploys: facts.deploys.iter().map(uncorrected).collect(),
        mainline: Arc::clone(&facts.mainline),
        own_changes: facts.own_changes.clone(),
        owners: facts.owners.clone(),
        hotfix_rules: facts.hotfix_rules.clone(),
    })
}

/// The rows of each deploy, in the order of the facts; none where nobody corrected anything.
pub(super) fn rows(facts: &ServiceFacts, derived: &ServiceDerived) -> Vec<Vec<CorrectedRecord>> {
    let Some(without) = &derived.without else {
        return vec![Vec::new(); derived.deploys.len()];
    };
    let pairs = derived.deploys.iter().zip(without);
    let mut rows: Vec<Vec<CorrectedRecord>> = pairs.map(|(with, without)| of_deploy(with, without)).collect();
    add_changes(facts, (&derived.deploys, without), &mut rows);
    rows
}

fn of_deploy(with: &DerivedDeploy, without: &DerivedDeploy) -> Vec<CorrectedRecord> {
    let metrics = Metric::ALL
        .into_iter()
        .filter(|metric| *metric != Metric::LeadTime);
    let mut rows = Vec::new();
    for metric in metrics {
        let (now, before) = (shown(metric, with), shown(metric, without));
        if !with.corrected && now == before {
            continue;
        }
        for (deploy, shown) in [(with, now), (without, before)] {
            if let Some((at, _)) = shown {
                add(
                    &mut rows,
                    CorrectedRecord {
                        metric,
                        change: None,
                        at,
                        team_id: deploy.team,
                        by_bot: false,
                    },
                );
            }
        }
    }
    rows
}

/// What a figure's row says beside its day.
type Said = (bool, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// The row of a deploy in a figure: its day's time, and what the figure looks at.
fn shown(metric: Metric, deploy: &DerivedDeploy) -> Option<(DateTime<Utc>, Said)> {
    let at = deploy.folded.exposed_at.filter(|_| deploy.counted.is_ok())?;
    let said = match metric {
        Metric::Frequency | Metric::LeadTime => (true, None, None),
        Metric::ChangeFailRate => (deploy.failure.is_some(), None, None),
        Metric::Recovery => {
            deploy.failure?;
            (true, deploy.failed_at, Some(deploy.restored?.0))
        }
        Metric::Rework => (deploy.rework, None, None),
    };
    Some((at, said))
}

/// One that is there with and without corrections is one row.
fn add(rows: &mut Vec<CorrectedRecord>, row: CorrectedRecord) {
    if !rows.contains(&row) {
        rows.push(row);
    }
}

/// The changes with a known lead time that other deploys carried because of a correction, and those of corrected deploys.
fn add_changes(
    facts: &ServiceFacts,
    (with, without): (&[DerivedDeploy], &[DerivedDeploy]),
    rows: &mut [Vec<CorrectedRecord>],
) {
    let (now, before) = (delivered(facts, with), delivered(facts, without));
    for (deploys, ours, theirs) in [(with, &now, &before), (without, &before, &now)] {
        for (change, carried) in ours {
            if !with[carried.deploy].corrected && theirs.get(change) == Some(carried) {
                continue;
            }
            let of = facts.mainline.change(*change);
            add(
                &mut rows[carried.deploy],
                CorrectedRecord {
                    metric: Metric::LeadTime,
                    change: Some(of.key.clone()),
                    at: carried.at,
                    team_id: deploys[carried.deploy].team,
                    by_bot: of.author.as_ref().is_some_and(|author| author.is_bot),
                },
            );
        }
    }
    for rows in rows {
        rows.sort_by(|a, b| (a.at, &a.change).cmp(&(b.at, &b.change)));
    }
}

#[derive(PartialEq)]
struct Carried {
    deploy: usize,
    at: DateTime<Utc>,
    lead: f64,
}

fn delivered(facts: &ServiceFacts, deploys: &[DerivedDeploy]) -> HashMap<usize, Carried> {
    let mut all = HashMap::new();
    for (index, deploy) in deploys.iter().enumerate() {
        let Some(at) = deploy.folded.promoted_at else {
            continue;
        };
        for change in &deploy.delivered {
            let lead = lead_time(facts.mainline.change(*change), &deploy.folded).lead;
            let carried = lead.map(|lead| Carried {
                deploy: index,
                at,
                lead,
            });
            all.extend(carried.map(|carried| (*change, carried)));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            DeployKind,
            corrections::Statement,
            example::{History, at, event},
            record::records,
        },
        *,
    };

    /// Metric, deploy, change and minute of each corrected row.
    fn corrected(history: &History) -> Vec<(Metric, usize, Option<String>, DateTime<Utc>)> {
        let facts = history.facts();
        let records = records(&facts, &history.derived(60 * 24 * 30));
        let of = |(number, record): (usize, super::super::record::DeployRecord)| {
            let rows = record.corrected_rows.into_iter();
            rows.map(move |row| (row.metric, number, row.change, row.at))
                .collect::<Vec<_>>()
        };
        records.into_iter().enumerate().flat_map(of).collect()
    }

    fn of(metric: Metric, history: &History) -> Vec<(usize, DateTime<Utc>)> {
        let rows = corrected(history).into_iter().filter(|row| row.0 == metric);
        rows.map(|(_, number, _, at)| (number, at)).collect()
    }

    fn three() -> History {
        let mut history = History::default();
        history.good(3, 0);
        history.good(5, 10);
        history.good(7, 20);
        history
    }

    #[test]
    fn without_corrections_nothing_is_corrected() {
        assert_eq!(corrected(&three()), []);
    }

    #[test]
    fn an_excluded_deploy_is_corrected_where_it_was() {
        let mut history = three();
        history.correct(1, Statement::Exclude);
        for metric in [Metric::Frequency, Metric::ChangeFailRate, Metric::Rework] {
            assert_eq!(of(metric, &history), [(1, at(12))], "{metric:?}");
        }
        assert_eq!(of(Metric::Recovery, &history), []);
        // Its changes go on with the next deploy: they left one row and came to another.
        let changes = of(Metric::LeadTime, &history);
        assert_eq!(changes, [(1, at(12)), (1, at(12)), (2, at(22)), (2, at(22))]);
    }

    #[test]
    fn a_moved_deploy_is_corrected_where_it_was_and_where_it_is() {
        let mut history = three();
        history.correct(2, Statement::ExposedAt(at(500)));
        assert_eq!(of(Metric::Frequency, &history), [(2, at(22)), (2, at(500))]);
        let mut history = three();
        history.correct(2, Statement::NeverExposed);
        assert_eq!(of(Metric::Frequency, &history), [(2, at(22))]);
        let mut history = three();
        history.correct(2, Statement::Kind(DeployKind::Rollback));
        assert_eq!(of(Metric::Frequency, &history)[0], (2, at(22)));
    }

    #[test]
    fn what_a_correction_says_of_another_deploy_is_corrected_too() {
        let mut history = three();
        history.correct(2, Statement::Fixes(super::super::example::id(1)));
        assert_eq!(
            of(Metric::Frequency, &history),
            [(2, at(22))],
            "1 counts as before"
        );
        assert_eq!(of(Metric::ChangeFailRate, &history), [(1, at(12)), (2, at(22))]);
        assert_eq!(of(Metric::Recovery, &history), [(1, at(12))]);

        let mut history = three();
        history.good(5, 30);
        assert_eq!(
            history.deploys()[2].failure,
            Some(super::super::FailureCause::RolledBack)
        );
        history.correct(3, Statement::Planned);
        assert_eq!(history.deploys()[2].failure, None);
        assert_eq!(
            of(Metric::ChangeFailRate, &history),
            [(2, at(22))],
            "it failed before"
        );
        assert_eq!(of(Metric::Recovery, &history), [(2, at(22))]);
    }

    #[test]
    fn a_failure_that_a_person_takes_away_leaves_its_recovery_corrected() {
        let mut history = three();
        history.incident(1, 13, Some(40));
        assert_eq!(of(Metric::Recovery, &history), []);
        history.correct(1, Statement::Failed(false));
        assert_eq!(of(Metric::Recovery, &history), [(1, at(12))]);
        let failed = vec![event(super::super::DeployState::Failed, 30)];
        let number = history.add(super::super::example::PRODUCTION, 8, failed);
        history.correct(number, Statement::ExposedAt(at(30)));
        assert!(
            of(Metric::Frequency, &history).contains(&(number, at(30))),
            "put in"
        );
    }
}
