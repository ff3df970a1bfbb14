//! Reports that were computed, for as long as everything that they were made of is the same. Many look at one report, and what
//! takes tens of milliseconds need not be computed for each of them; comparing what it is made of takes none.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use domain::dora::{Coverage, Day, Population, Question, Report};

use super::SharedDays;

/// The overview of the organisation and of a few teams.
const MOST: usize = 8;

/// All that a report is made of.
#[derive(Debug)]
pub(super) struct Basis {
    pub(super) asked: Question,
    pub(super) days: SharedDays,
    pub(super) population: (Population, Population),
    pub(super) coverage: Coverage,
}

impl Basis {
    /// The days of the range that is asked for: the last ones.
    pub(super) fn range(&self) -> &[Arc<Day>] {
        &self.days[self.first()..]
    }

    /// The days of the period before it.
    pub(super) fn before(&self) -> &[Arc<Day>] {
        &self.days[..self.first()]
    }

    fn first(&self) -> usize {
        self.days.len().saturating_sub(self.asked.range.days() as usize)
    }

    fn is_same(&self, other: &Self) -> bool {
        // Days that are kept decoded are the same ones; those that are not over are compared value by value.
        let same_days = || {
            let pairs = self.days.iter().zip(&other.days);
            pairs.into_iter().all(|(a, b)| Arc::ptr_eq(a, b) || a == b)
        };
        self.asked == other.asked
            && self.coverage == other.coverage
            && self.population == other.population
            && self.days.len() == other.days.len()
            && same_days()
    }
}

/// The reports that were asked for last, without the names of groups.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<VecDeque<(Arc<Basis>, Arc<Report>)>>);

impl Known {
    /// The report of this basis, if it is known.
    pub(super) fn report(&self, basis: &Basis) -> Option<Arc<Report>> {
        let asked = |known: &&(Arc<Basis>, Arc<Report>)| known.0.asked == basis.asked;
        let known = self.lock().iter().find(asked).cloned();
        known
            .filter(|(of, _)| of.is_same(basis))
            .map(|(_, report)| report)
    }

    /// Keeps a report in place of an older one for the same question, and lets go of the one kept longest.
    pub(super) fn keep(&self, basis: Arc<Basis>, report: Arc<Report>) {
        let mut known = self.lock();
        known.retain(|(of, _)| of.asked != basis.asked);
        known.truncate(MOST - 1);
        known.push_front((basis, report));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<(Arc<Basis>, Arc<Report>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use chrono_tz::Tz;
    use domain::dora::{ChangeFact, Range, Scope};

    use super::*;

    fn basis(range: Range, lead: f64, unmatched: u64) -> Basis {
        let change = ChangeFact {
            lead: Some(lead),
            ..ChangeFact::default()
        };
        Basis {
            asked: Question::new(Scope::Organisation, range),
            days: vec![Arc::new(Day::of(&[], &[change], DateTime::UNIX_EPOCH))],
            population: Default::default(),
            coverage: Coverage {
                unmatched,
                ..Coverage::default()
            },
        }
    }

    #[test]
    fn a_report_is_known_while_nothing_that_it_is_made_of_changed() {
        let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000);
        let day = |ago: i64| (now - TimeDelta::days(ago)).date_naive();
        let range = |ago: i64| Range::custom(day(ago), day(ago), Tz::UTC).unwrap();
        let report = |of: &Basis| {
            let none = &of.days[..0];
            let population = (&of.population.0, &of.population.1);
            Arc::new(Report::of(&of.asked, (&of.days, none), population, of.coverage))
        };
        let known = Known::default();
        let first = basis(range(1), 5.0, 0);
        assert_eq!(known.report(&first), None);
        let made = report(&first);
        known.keep(Arc::new(first), Arc::clone(&made));
        assert_eq!(known.report(&basis(range(1), 5.0, 0)), Some(made));
        assert_eq!(known.report(&basis(range(1), 6.0, 0)), None, "another fact");
        assert_eq!(known.report(&basis(range(1), 5.0, 1)), None, "less is covered");
        assert_eq!(known.report(&basis(range(2), 5.0, 0)), None, "another question");
        for ago in 2..20 {
            let other = basis(range(ago), 5.0, 0);
            let made = report(&other);
            known.keep(Arc::new(other), made);
        }
        assert_eq!(known.lock().len(), MOST);
        assert_eq!(known.report(&basis(range(1), 5.0, 0)), None, "long ago");
    }
}
