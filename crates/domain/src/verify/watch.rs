//! One watch: which release of which service, since when, for how long, and by what.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    check::Check,
    matrix::{LONGEST_ROW, Remedy, RollbackMatrix, Rule},
    query::Labels,
    sample::Probe,
    settings::CheckSetting,
};
use crate::ids::{DeployId, ServiceId};

/// For how long is watched, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchSettings {
    /// How long a watch lasts, and how far back a query looks at most.
    pub window: TimeDelta,
    /// Between two samples.
    pub step: TimeDelta,
    /// Fewer real samples of a check are not enough.
    pub least: u32,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            window: TimeDelta::minutes(5),
            step: TimeDelta::seconds(30),
            least: 8,
        }
    }
}

impl WatchSettings {
    /// The same on a scale of time on which everything happens so many times faster.
    #[must_use]
    pub fn compressed(self, times: i32) -> Self {
        Self {
            window: self.window / times.max(1),
            step: self.step / times.max(1),
            ..self
        }
    }

    /// How many samples a whole watch has.
    pub fn samples(&self) -> u32 {
        whole(self.window, self.step)
    }
}

/// How often a step fits into a time.
fn whole(time: TimeDelta, step: TimeDelta) -> u32 {
    let times = time.num_milliseconds().max(0) / step.num_milliseconds().max(1);
    u32::try_from(times).unwrap_or(u32::MAX)
}

/// A watch. A canary has one for each of its steps, which begins anew with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// The deploy.
    pub deploy: DeployId,
    /// How much of the traffic it has, in percent: 100, and less at the steps of a canary.
    pub weight: u8,
    /// The service.
    pub service: ServiceId,
    /// Its slug, which metrics name it by.
    pub slug: String,
    /// Name of the environment.
    pub environment: String,
    /// The version that is watched, as metrics name it.
    pub version: String,
    /// The one that ran before, where there was one.
    pub previous: Option<String>,
    /// The last moment at which the previous version ran alone, before anything was touched.
    pub before: DateTime<Utc>,
    /// When the release, or this step of it, was exposed.
    pub exposed_at: DateTime<Utc>,
    /// For how long, and how often.
    pub settings: WatchSettings,
    /// The rules of the service's tier.
    pub matrix: RollbackMatrix,
    /// What is measured.
    pub checks: Vec<CheckSetting>,
    /// What the probe asks.
    pub health_url: Option<String>,
    /// What came of asking it before the release was exposed.
    pub probe_before: Option<Probe>,
}

impl Watch {
    /// The step that a time is in, from 1; `None` before the first one, when there is nothing to look at yet.
    pub fn slot(&self, now: DateTime<Utc>) -> Option<u32> {
        Some(whole(now - self.exposed_at, self.settings.step)).filter(|slot| *slot > 0)
    }

    /// The first step whose sample is judged: as many count as a whole watch has, or as a rule looks at. What failed before it
    /// is known by the verdict, so that a release which is held for long costs no more with each sample.
    pub fn first_judged(&self, now: DateTime<Utc>) -> u32 {
        let row = self.settings.samples().max(u32::from(LONGEST_ROW));
        self.slot(now).unwrap_or(0).saturating_sub(row).saturating_add(1)
    }

    /// When the sample of a step is due.
    pub fn due(&self, slot: u32) -> DateTime<Utc> {
        let steps = i32::try_from(slot).unwrap_or(i32::MAX);
        let after = self.settings.step.checked_mul(steps);
        after
            .and_then(|after| self.exposed_at.checked_add_signed(after))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// When the next sample is due.
    pub fn next_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.due(self.slot(now).unwrap_or(0).saturating_add(1))
    }

    /// Whether a whole watch has passed.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.slot(now).is_some_and(|slot| slot >= self.settings.samples())
    }

    /// How far back a query may look: never before the exposure.
    pub fn window(&self, now: DateTime<Utc>) -> TimeDelta {
        self.settings.window.min(now - self.exposed_at)
    }

    /// The time and the window of the baseline. While both versions run, what breaks both is no fault of the new one, so they
    /// are looked at together; else the previous one is looked at before it went.
    pub fn baseline_at(&self, now: DateTime<Utc>) -> (DateTime<Utc>, TimeDelta) {
        if self.weight < 100 {
            (now, self.window(now))
        } else {
            (self.before, self.settings.window)
        }
    }

    /// What the queries are about.
    pub fn labels(&self) -> Labels<'_> {
        Labels {
            service: &self.slug,
            environment: &self.environment,
            version: &self.version,
        }
    }

    /// The same of the previous version.
    pub fn labels_before(&self) -> Option<Labels<'_>> {
        Some(Labels {
            version: self.previous.as_deref()?,
            ..self.labels()
        })
    }

    /// The checks that the verdict waits for, with their rules: those that are on, and whose rule does something.
    pub fn decisive(&self) -> impl Iterator<Item = (Check, &Rule)> {
        self.enabled()
            .map(|setting| (setting.check, self.matrix.rule(setting.check)))
            .filter(|(_, rule)| rule.remedy != Remedy::Note)
    }

    /// The checks that are on.
    pub fn enabled(&self) -> impl Iterator<Item = &CheckSetting> {
        self.checks.iter().filter(|setting| setting.enabled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::example::{at, watch};

    #[test]
    fn a_window_never_reaches_before_the_exposure() {
        let watch = watch();
        assert_eq!(watch.settings.samples(), 10);
        for (second, slot, window, over) in [
            (-5, None, -5, false),
            (29, None, 29, false),
            (30, Some(1), 30, false),
            (89, Some(2), 89, false),
            (299, Some(9), 299, false),
            (300, Some(10), 300, true),
            (600, Some(20), 300, true),
        ] {
            let now = at(second);
            assert_eq!(
                (watch.slot(now), watch.window(now), watch.is_over(now)),
                (slot, TimeDelta::seconds(window), over),
                "{second} s"
            );
        }
        assert_eq!(watch.next_at(at(-5)), at(30));
        assert_eq!(watch.next_at(at(30)), at(60));
        assert_eq!(watch.next_at(at(59)), at(60));
    }

    #[test]
    fn what_is_held_is_judged_by_its_last_samples() {
        let mut watch = watch();
        for (second, first) in [(-5, 1), (30, 1), (300, 1), (330, 2), (30_000, 991)] {
            assert_eq!(watch.first_judged(at(second)), first, "{second} s");
        }
        watch.settings.window = TimeDelta::minutes(2);
        assert_eq!(watch.first_judged(at(330)), 2, "a rule may look at ten");
    }

    #[test]
    fn a_scale_of_time_keeps_the_number_of_samples() {
        let fast = WatchSettings::default().compressed(20);
        assert_eq!(
            (fast.window, fast.step, fast.samples()),
            (TimeDelta::seconds(15), TimeDelta::milliseconds(1500), 10)
        );
    }

    #[test]
    fn a_canary_is_compared_with_what_runs_beside_it() {
        let mut watch = watch();
        assert_eq!(watch.baseline_at(at(90)), (watch.before, TimeDelta::minutes(5)));
        watch.weight = 25;
        assert_eq!(watch.baseline_at(at(90)), (at(90), TimeDelta::seconds(90)));
    }
}
