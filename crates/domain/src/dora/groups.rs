//! The table below the figures: teams of the organisation, or services of a team.

use std::{borrow::Borrow, collections::HashMap};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Counts, FailRate, Metric, Question, Range, Rework, Spread,
    corrected::Corrected,
    day::Day,
    figures::{fail_rate, rework, share},
    grouped::Gathered,
};

/// One line of the table below the figures: a team of the organisation, or a service of a team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Group {
    /// The team or service; nil for services without a team.
    pub id: Uuid,
    /// Its slug and title; the store fills them in, and leaves them out for nil.
    pub name: Option<GroupName>,
    /// Counted deployments.
    pub deploys: u64,
    /// The same per day.
    pub per_day: Option<f64>,
    /// Lead time.
    pub lead_time: Spread,
    /// Fail rate.
    pub change_fail_rate: FailRate,
    /// Recovery.
    pub recovery: Spread,
    /// Failed and not restored.
    pub open: u64,
    /// Rework.
    pub rework: Rework,
}

/// What a group is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupName {
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub title: String,
}

impl Group {
    /// Every group of some days, most deployments first.
    pub fn all<D: Borrow<Day>>(days: &[D], asked: &Question, corrected: &Corrected) -> Vec<Self> {
        let mut places: HashMap<Uuid, usize> = HashMap::new();
        let mut parts: Vec<(Uuid, Parts)> = Vec::new();
        for day in days.iter().map(|day| (*day).borrow()) {
            for (index, id) in day.groups.iter().enumerate() {
                let place = *places.entry(*id).or_insert_with(|| {
                    parts.push((*id, Parts::default()));
                    parts.len() - 1
                });
                parts[place].1.add(day, index, asked);
            }
        }
        let mut groups: Vec<Self> = parts
            .into_iter()
            .map(|(id, of)| of.into_group(id, asked.range))
            .collect();
        for group in &mut groups {
            let count = |metric| corrected.count_of(group.id, metric, asked);
            group.change_fail_rate.corrected = count(Metric::ChangeFailRate);
            group.rework.corrected = count(Metric::Rework);
        }
        groups.sort_by_key(|group| (std::cmp::Reverse(group.deploys), group.id));
        groups
    }
}

/// What a group is made of.
#[derive(Default)]
struct Parts {
    counts: Counts,
    lead: Gathered,
    recovery: Gathered,
}

impl Parts {
    fn add(&mut self, day: &Day, index: usize, asked: &Question) {
        self.counts = self.counts + day.counts[index];
        day.recovery.gather(index, &mut self.recovery);
        for changes in day.changes(asked.authors) {
            changes.lead.gather(index, &mut self.lead);
        }
    }

    fn into_group(mut self, id: Uuid, range: Range) -> Group {
        let deploys = u64::from(self.counts.counted);
        Group {
            id,
            name: None,
            deploys,
            per_day: share(deploys, u64::from(range.days())),
            lead_time: self.lead.spread(),
            change_fail_rate: fail_rate(self.counts),
            recovery: self.recovery.spread(),
            open: u64::from(self.counts.open),
            rework: rework(self.counts),
        }
    }
}
