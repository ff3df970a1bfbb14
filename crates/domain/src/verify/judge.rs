//! From samples to a verdict: pass, fail or insufficient.
//!
//! A failure needs real samples beyond the threshold, as many of the last ones as its rule says, and is never taken back. A
//! pass needs real samples within it, over a whole watch. Everything else is insufficient, and says what is missing.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    check::Check,
    lack::Lack,
    matrix::{Remedy, Rule},
    sample::{Finding, Sample},
    watch::Watch,
};
use crate::moments::moment;

/// A check that failed, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Which.
    pub check: Check,
    /// What follows.
    pub remedy: Remedy,
    /// The sample that decided.
    pub slot: u32,
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// What it measured; `None` where the probe alone decided.
    pub value: Option<f64>,
    /// The threshold.
    pub threshold: f64,
}

/// What a verdict lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insufficient {
    /// The check that lacks it; `None`: the watch as a whole.
    pub check: Option<Check>,
    /// What.
    pub lack: Lack,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// What is known of a release that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// A whole watch showed nothing wrong.
    Pass,
    /// Something is wrong.
    Fail(Failure),
    /// It is not known. Hold, and ask a person when the watch is over.
    Insufficient(Insufficient),
}

/// A verdict in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum VerdictKind {
    /// [`Verdict::Pass`].
    Pass,
    /// [`Verdict::Fail`].
    Fail,
    /// [`Verdict::Insufficient`].
    Insufficient,
}

/// A verdict as of now.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// What is known.
    pub verdict: Verdict,
    /// Whether a whole watch has passed: what is insufficient then needs a person, or further samples.
    pub is_over: bool,
}

impl Verdict {
    /// The verdict in one word.
    pub fn kind(&self) -> VerdictKind {
        match self {
            Self::Pass => VerdictKind::Pass,
            Self::Fail(_) => VerdictKind::Fail,
            Self::Insufficient(_) => VerdictKind::Insufficient,
        }
    }
}

impl Outlook {
    /// Whether further samples change nothing: a whole watch passed, or it is rolled back. What a rule leaves to a person is
    /// watched on: something worse may follow.
    pub fn is_settled(&self) -> bool {
        self.verdict == Verdict::Pass || self.rolls_back()
    }

    /// Whether the previous version comes back because of it.
    pub fn rolls_back(&self) -> bool {
        matches!(self.verdict, Verdict::Fail(failure) if failure.remedy == Remedy::RollBack)
    }

    /// The same beside what was known of the watch before: a failure stays, and only one with a stronger remedy takes its
    /// place; what is missing for the same reason as before is missing since then.
    #[must_use]
    pub fn beside(self, known: Option<&Self>) -> Self {
        let Some(known) = known else { return self };
        let verdict = match (known.verdict, self.verdict) {
            (Verdict::Fail(before), Verdict::Fail(now)) if now.remedy < before.remedy => self.verdict,
            (Verdict::Fail(_), _) => known.verdict,
            (Verdict::Insufficient(before), Verdict::Insufficient(now))
                if (before.check, before.lack) == (now.check, now.lack) =>
            {
                Verdict::Insufficient(Insufficient {
                    since: before.since.min(now.since),
                    ..now
                })
            }
            _ => self.verdict,
        };
        Self { verdict, ..self }
    }
}

impl VerdictKind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Pass, Self::Fail, Self::Insufficient];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Insufficient => "insufficient",
        }
    }

    /// The verdict that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (label, threshold) = (self.check.label(), self.threshold);
        match (self.check, self.value) {
            (Check::Down, _) => {
                f.write_str("Nothing of this version is up, or its health address does not answer well")
            }
            (Check::ErrorRatio, Some(value)) => write!(
                f,
                "{label} was {:.2} %, above {:.2} %",
                value * 100.0,
                threshold * 100.0
            ),
            (Check::P95 | Check::P99, Some(value)) => {
                write!(f, "{label} was {value:.2} s, above {threshold:.2} s")
            }
            (_, None) => write!(f, "{label} was beyond its threshold"),
        }
    }
}

impl fmt::Display for Insufficient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.check.map_or("This release", Check::label);
        let since = moment(self.since);
        write!(f, "{label} {} (since {since})", self.lack.words())
    }
}

/// What the samples of a watch say as of now. Samples of other watches must not be among them.
pub fn judge(watch: &Watch, samples: &[Sample], now: DateTime<Utc>) -> Outlook {
    let seen: Vec<Seen<'_>> = watch
        .decisive()
        .map(|(check, rule)| Seen::of(check, rule, samples))
        .collect();
    let is_over = watch.is_over(now);
    let failures = seen.iter().filter_map(Seen::failure);
    let worst = failures.min_by_key(|failure| (failure.remedy, failure.slot));
    let verdict = match worst {
        Some(failure) => Verdict::Fail(failure),
        None => lacking(watch, &seen, now).map_or(Verdict::Pass, Verdict::Insufficient),
    };
    Outlook { verdict, is_over }
}

/// What keeps a watch without a failure from passing.
fn lacking(watch: &Watch, seen: &[Seen<'_>], now: DateTime<Utc>) -> Option<Insufficient> {
    let of_watch = |lack| Insufficient {
        check: None,
        lack,
        since: watch.exposed_at,
    };
    if !watch.is_over(now) {
        let lacks = seen.iter().find_map(Seen::lacks_now);
        return Some(lacks.unwrap_or_else(|| of_watch(Lack::NotOver)));
    }
    if seen.is_empty() {
        return Some(of_watch(Lack::TooFewSamples));
    }
    seen.iter().find_map(|seen| seen.lacks_in_all(watch, now))
}

/// What the samples of one check say, by their step.
struct Seen<'a> {
    check: Check,
    rule: &'a Rule,
    findings: BTreeMap<u32, (Finding, &'a Sample)>,
}

impl<'a> Seen<'a> {
    fn of(check: Check, rule: &'a Rule, samples: &'a [Sample]) -> Self {
        let own = samples.iter().filter(|sample| sample.check == check);
        Self {
            check,
            rule,
            findings: own
                .map(|sample| (sample.slot, (sample.finding(rule), sample)))
                .collect(),
        }
    }

    /// The first sample with which the rule's count was full.
    fn failure(&self) -> Option<Failure> {
        let hits = u32::from(self.rule.needed.hits.max(1));
        let of = u32::from(self.rule.needed.of).max(hits);
        let bad: Vec<(u32, &Sample)> = self
            .findings
            .iter()
            .filter(|(_, (finding, _))| *finding == Finding::Bad)
            .map(|(slot, (_, sample))| (*slot, *sample))
            .collect();
        let among = |last: u32| {
            let within = bad.iter().filter(|(slot, _)| *slot <= last && last - *slot < of);
            u32::try_from(within.count()).unwrap_or(u32::MAX)
        };
        let (slot, sample) = bad.iter().find(|(slot, _)| among(*slot) >= hits)?;
        Some(Failure {
            check: self.check,
            remedy: self.rule.remedy,
            slot: *slot,
            at: sample.taken_at,
            value: sample.measure.value.ok(),
            threshold: self.rule.threshold,
        })
    }

    /// What the newest sample lacks.
    fn lacks_now(&self) -> Option<Insufficient> {
        let (_, (finding, sample)) = self.findings.last_key_value()?;
        match finding {
            Finding::Good => None,
            Finding::Bad => Some(self.insufficient(Lack::Unsettled, sample.taken_at)),
            Finding::Lacking(lack) => Some(self.insufficient(*lack, self.lacks_since(*lack))),
        }
    }

    /// What is missing in the last samples of a watch that is over: as many as a whole one has.
    fn lacks_in_all(&self, watch: &Watch, now: DateTime<Utc>) -> Option<Insufficient> {
        let last = watch.slot(now).unwrap_or(0);
        let first = last.saturating_sub(watch.settings.samples()) + 1;
        let within = self.findings.iter().filter(|(slot, _)| **slot >= first);
        let (lacks, real): (Vec<_>, Vec<_>) = within
            .map(|(_, seen)| seen)
            .partition(|(finding, _)| matches!(finding, Finding::Lacking(_)));
        if real.len() >= watch.settings.least as usize {
            // One sample beyond the threshold at the very end is no pass: the next one tells.
            let last = real.last().filter(|(finding, _)| *finding == Finding::Bad)?;
            return Some(self.insufficient(Lack::Unsettled, last.1.taken_at));
        }
        match lacks.last() {
            Some((Finding::Lacking(lack), _)) => Some(self.insufficient(*lack, self.lacks_since(*lack))),
            _ => Some(self.insufficient(Lack::TooFewSamples, watch.exposed_at)),
        }
    }

    /// When the newest run of samples began that all lack this.
    fn lacks_since(&self, lack: Lack) -> DateTime<Utc> {
        let lacks = |finding: &Finding| *finding == Finding::Lacking(lack);
        let newest_first = self.findings.values().rev();
        let run = newest_first
            .skip_while(|(finding, _)| !lacks(finding))
            .take_while(|(finding, _)| lacks(finding));
        run.last()
            .map_or(DateTime::UNIX_EPOCH, |(_, sample)| sample.taken_at)
    }

    fn insufficient(&self, lack: Lack, since: DateTime<Utc>) -> Insufficient {
        Insufficient {
            check: Some(self.check),
            lack,
            since,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{
        Measure,
        example::{at, ratio, sample, seconds, up, watch, watch_of},
    };

    const GOOD: Measure = Measure {
        value: Ok(0.0),
        bad: Some(0.0),
        requests: Some(1000.0),
    };
    const BAD: Measure = Measure {
        value: Ok(0.5),
        bad: Some(500.0),
        requests: Some(1000.0),
    };

    /// Samples of the error ratio in a row: `g` is good, `b` bad, `s` silence, `n` no series, a space none at all.
    fn samples(row: &str) -> Vec<Sample> {
        let slots = (1..).zip(row.chars());
        let taken = slots.filter_map(|(slot, c)| {
            let measure = match c {
                'g' => GOOD,
                'b' => BAD,
                's' => Measure::lacking(Lack::Unanswered),
                'n' => Measure::lacking(Lack::NoSeries),
                _ => return None,
            };
            Some(sample(Check::ErrorRatio, slot, measure))
        });
        taken.collect()
    }

    fn judged(row: &str) -> Outlook {
        let slots = i64::try_from(row.len()).unwrap();
        judge(&watch_of(Check::ErrorRatio), &samples(row), at(slots * 30))
    }

    fn lack(row: &str) -> (Lack, i64) {
        match judged(row).verdict {
            Verdict::Insufficient(lacks) => (lacks.lack, (lacks.since - at(0)).num_seconds() / 30),
            other => panic!("{row}: {other:?}"),
        }
    }

    #[test]
    fn two_of_the_last_three_fail_at_once() {
        for (row, slot) in [
            ("bb", Some(2)),
            ("bgb", Some(3)),
            ("gggbgb", Some(6)),
            ("b b", Some(3)),
        ] {
            let Verdict::Fail(failure) = judged(row).verdict else {
                panic!("{row}");
            };
            assert_eq!(
                (Some(failure.slot), failure.remedy),
                (slot, Remedy::RollBack),
                "{row}"
            );
        }
        for row in ["b", "bggb", "bssb", "bsssbsssb"] {
            assert!(matches!(judged(row).verdict, Verdict::Insufficient(_)), "{row}");
        }
        assert!(
            matches!(judged("bbgggggggggggggg").verdict, Verdict::Fail(_)),
            "it is sticky"
        );
    }

    #[test]
    fn being_down_takes_two_in_a_row() {
        let watch = watch_of(Check::Down);
        let fails = |values: &[f64]| {
            let samples: Vec<Sample> = (1..)
                .zip(values)
                .map(|(slot, value)| sample(Check::Down, slot, up(*value)))
                .collect();
            matches!(judge(&watch, &samples, at(300)).verdict, Verdict::Fail(_))
        };
        assert!(fails(&[1.0, 0.0, 0.0]));
        assert!(!fails(&[0.0, 1.0, 0.0, 1.0, 0.0]));
    }

    #[test]
    fn a_pass_takes_eight_of_ten() {
        assert_eq!(judged("gggggggggg").verdict, Verdict::Pass);
        assert_eq!(judged("ggggsgsggg").verdict, Verdict::Pass);
        assert_eq!(judged("gggggggg  ").verdict, Verdict::Pass);
        assert_eq!(
            judged("bggggggggg").verdict,
            Verdict::Pass,
            "one alone is no violation"
        );
        assert_eq!(lack("ggggggg   "), (Lack::TooFewSamples, 0));
        assert_eq!(lack("ggggsgssgg"), (Lack::Unanswered, 7));
        assert_eq!(lack("gggggggggb"), (Lack::Unsettled, 10));
        assert_eq!(judged("gggggggggbg").verdict, Verdict::Pass, "the next one tells");
    }

    #[test]
    fn while_it_runs_it_says_what_is_missing_and_since_when() {
        assert_eq!(lack("ggg"), (Lack::NotOver, 0));
        assert_eq!(lack(""), (Lack::NotOver, 0));
        assert_eq!(lack("ggss"), (Lack::Unanswered, 3));
        assert_eq!(lack("ggnsnn"), (Lack::NoSeries, 5));
        assert!(!judged("ggss").is_over && judged("ggssssssss").is_over);
        let Verdict::Insufficient(lacks) = judged("ggss").verdict else {
            panic!("it is silent");
        };
        let words = lacks.to_string();
        assert!(words.contains("Prometheus does not answer"), "{words}");
        assert!(words.ends_with("(since 2027-01-15 08:01 UTC)"), "{words}");
    }

    #[test]
    fn silence_is_held_and_ends_by_itself() {
        assert_eq!(lack("gggsssssss"), (Lack::Unanswered, 4));
        assert_eq!(lack("gggsssssssssss"), (Lack::Unanswered, 4));
        assert_eq!(judged("gggsssssssgggggggg").verdict, Verdict::Pass);
    }

    #[test]
    fn what_is_held_for_long_is_known_by_its_last_samples_and_what_was_noted() {
        let watch = watch_of(Check::ErrorRatio);
        let row = format!("ggg{}gggggggg", "s".repeat(60));
        let all = samples(&row);
        let mut known: Option<Outlook> = None;
        for slot in 1..=row.len() {
            let now = at(i64::try_from(slot).unwrap() * 30);
            let taken = &all[..slot];
            let whole = judge(&watch, taken, now);
            let last = &taken[watch.first_judged(now) as usize - 1..];
            assert!(last.len() <= 10);
            let outlook = judge(&watch, last, now).beside(known.as_ref());
            assert_eq!(outlook, whole, "at {slot}");
            known = Some(outlook);
        }
        assert_eq!(known.unwrap().verdict, Verdict::Pass);
    }

    #[test]
    fn every_check_that_does_something_is_waited_for() {
        let watch = watch();
        let mut samples = samples("gggggggggg");
        for slot in 1..=10 {
            samples.push(sample(Check::Down, slot, up(2.0)));
            samples.push(sample(Check::P95, slot, Measure::lacking(Lack::NoSeries)));
        }
        let verdict = |samples: &[Sample]| judge(&watch, samples, at(300)).verdict;
        assert!(matches!(
            verdict(&samples),
            Verdict::Insufficient(Insufficient {
                check: Some(Check::P99),
                ..
            })
        ));
        samples.extend((1..=10).map(|slot| sample(Check::P99, slot, seconds(0.2, 500.0))));
        assert_eq!(verdict(&samples), Verdict::Pass, "the p95 is only noted");
        let slow = (11..=12).map(|slot| sample(Check::P99, slot, seconds(2.5, 500.0)));
        samples.extend(slow);
        let Verdict::Fail(failure) = verdict(&samples) else {
            panic!("it is slow");
        };
        assert_eq!(failure.to_string(), "The p99 latency was 2.50 s, above 2.00 s");
    }

    #[test]
    fn what_a_person_decides_is_watched_on_and_never_forgotten() {
        let mut watch = watch();
        watch.matrix.error_ratio.remedy = Remedy::Ask;
        let mut samples = samples("bb");
        let asked = judge(&watch, &samples, at(60));
        assert!(!asked.is_settled() && !asked.rolls_back(), "{asked:?}");
        samples.extend((3..=4).map(|slot| sample(Check::Down, slot, up(0.0))));
        let down = judge(&watch, &samples, at(120)).beside(Some(&asked));
        assert!(down.is_settled() && down.rolls_back(), "{down:?}");
        let pass = judged("gggggggggg");
        assert!(pass.is_settled() && !pass.rolls_back());
        assert_eq!(pass.beside(None), pass);
        for (known, now, kept) in [(asked, pass, asked), (down, asked, down), (down, pass, down)] {
            let beside = now.beside(Some(&known));
            assert_eq!((beside.verdict, beside.is_over), (kept.verdict, now.is_over));
        }
    }

    #[test]
    fn nothing_measured_is_no_pass() {
        let mut watch = watch();
        watch.checks.clear();
        let outlook = judge(&watch, &[], at(300));
        assert!(matches!(outlook.verdict, Verdict::Insufficient(_)) && outlook.is_over);
    }

    #[test]
    fn the_stronger_remedy_is_named_and_words_are_read_back() {
        let mut watch = watch();
        watch.matrix.error_ratio.remedy = Remedy::Ask;
        let mut samples = samples("bb");
        samples.extend((3..=4).map(|slot| sample(Check::Down, slot, up(0.0))));
        let Verdict::Fail(failure) = judge(&watch, &samples, at(120)).verdict else {
            panic!("both fail");
        };
        assert_eq!((failure.check, failure.slot), (Check::Down, 4));
        assert_eq!(failure.remedy, Remedy::RollBack);
        for kind in VerdictKind::ALL {
            assert_eq!(VerdictKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(ratio(5.0, 100.0).value, Ok(0.05));
    }
}
