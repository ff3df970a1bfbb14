//! What people set: the queries of a service, and the rollback matrix of a tier with its watch.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    check::{Check, Queries},
    matrix::{LONGEST_ROW, Needed, Remedy, RollbackMatrix, Rule},
    query::Template,
    watch::WatchSettings,
};
use crate::error::FieldErrors;

/// The longest watch: a deploy holds its service and environment for as long.
const LONGEST_WATCH: i64 = 24 * 60 * 60;
/// A metrics server is scraped no faster than once a second.
const SHORTEST_STEP: TimeDelta = TimeDelta::seconds(1);
/// More samples of a watch than anybody reads.
const MOST_SAMPLES: u32 = 500;

/// A check of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSetting {
    /// Which.
    pub check: Check,
    /// Whether it is measured.
    pub enabled: bool,
    /// How.
    pub queries: Queries,
}

/// A check as somebody wrote it. An empty query is the default one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCheck {
    /// `down`, `error_ratio`, `p95` or `p99`.
    pub check: String,
    /// Whether it is measured.
    pub enabled: bool,
    /// What gives the value, or the bad requests.
    #[serde(default)]
    pub measure: String,
    /// What gives all requests.
    #[serde(default)]
    pub requests: String,
}

/// All checks of a service: as they were set, and the defaults for the others.
pub fn effective(set: &[CheckSetting]) -> Vec<CheckSetting> {
    let of = |check: Check| {
        let own = set.iter().find(|setting| setting.check == check).cloned();
        own.unwrap_or_else(|| CheckSetting {
            check,
            enabled: true,
            queries: check.default_queries(),
        })
    };
    Check::ALL.map(of).into()
}

/// Reads the checks of a service.
///
/// # Errors
/// What is wrong with each field.
pub fn parse_checks(raw: &[RawCheck]) -> Result<Vec<CheckSetting>, FieldErrors> {
    let (mut errors, mut checks) = (FieldErrors::new(), Vec::<CheckSetting>::new());
    for (index, raw) in raw.iter().enumerate() {
        let field = |name: &str| format!("checks[{index}].{name}");
        let Some(check) = Check::parse(&raw.check) else {
            let words = Check::ALL.map(Check::as_str).join(", ");
            errors.add(field("check"), format!("write one of {words}"));
            continue;
        };
        if checks.iter().any(|known| known.check == check) {
            errors.add(field("check"), "this check is named twice; leave one out");
            continue;
        }
        let default = check.default_queries();
        let measure = query(&raw.measure, default.measure, (&mut errors, field("measure")));
        let requests = if let Some(default) = default.requests {
            Some(query(&raw.requests, default, (&mut errors, field("requests"))))
        } else {
            if !raw.requests.trim().is_empty() {
                errors.add(field("requests"), "leave this empty; being up needs no traffic");
            }
            None
        };
        checks.push(CheckSetting {
            check,
            enabled: raw.enabled,
            queries: Queries { measure, requests },
        });
    }
    errors.or(checks)
}

/// A query that may be saved, or the default one where nothing is written.
fn query(raw: &str, default: String, (errors, field): (&mut FieldErrors, String)) -> String {
    let text = raw.trim();
    if text.is_empty() {
        return default;
    }
    match Template::parse(text) {
        Ok(template) if template.keeps_to_the_version() => {}
        Ok(_) => errors.add(
            field,
            "use {version} or [{window}], so that it does not look at what ran before the exposure",
        ),
        Err(why) => errors.add(field, why.to_string()),
    }
    text.to_owned()
}

/// The rules of a tier as somebody wrote them. What is left out has its default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRules {
    /// Rules by check.
    #[serde(default)]
    pub rules: Vec<RawRule>,
    /// What follows a minor defect: `fix_forward`, `ask` or `roll_back`.
    pub minor_defect: Option<String>,
    /// Seconds for which is watched.
    pub window_seconds: Option<i64>,
    /// Milliseconds between two samples.
    pub step_milliseconds: Option<i64>,
    /// How many real samples a pass needs.
    pub least_samples: Option<u32>,
}

/// One rule as somebody wrote it. What is left out has its default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRule {
    /// `down`, `error_ratio`, `p95` or `p99`.
    pub check: String,
    /// In the check's own unit.
    pub threshold: Option<f64>,
    /// So many samples beyond it …
    pub hits: Option<u8>,
    /// … of so many in a row.
    pub of: Option<u8>,
    /// Fewer bad requests never fail.
    pub least_bad: Option<u32>,
    /// Fewer requests say nothing.
    pub least_requests: Option<u32>,
    /// `roll_back`, `ask` or `note`.
    pub remedy: Option<String>,
}

/// What the rules of a tier are known by to whoever has read them: others have another.
pub fn as_read(matrix: &RollbackMatrix, settings: &WatchSettings) -> String {
    hex::encode(Sha256::digest(format!("{matrix:?} {settings:?}")))
}

/// Reads the rules of a tier.
///
/// # Errors
/// What is wrong with each field.
pub fn parse_rules(raw: &RawRules) -> Result<(RollbackMatrix, WatchSettings), FieldErrors> {
    let (mut errors, mut matrix) = (FieldErrors::new(), RollbackMatrix::default());
    for (index, raw) in raw.rules.iter().enumerate() {
        let field = |name: &str| format!("rules[{index}].{name}");
        if let Some(check) = Check::parse(&raw.check) {
            *matrix.rule_mut(check) = rule(check, raw, (&mut errors, &field));
        } else {
            let words = Check::ALL.map(Check::as_str).join(", ");
            errors.add(field("check"), format!("write one of {words}"));
        }
    }
    if let Some(word) = &raw.minor_defect {
        match Remedy::parse(word) {
            Some(remedy) if remedy != Remedy::Note => matrix.minor_defect = remedy,
            _ => errors.add("minor_defect", "write fix_forward, ask or roll_back"),
        }
    }
    let settings = watch_settings(raw, &mut errors);
    errors.or((matrix, settings))
}

fn rule(check: Check, raw: &RawRule, (errors, field): (&mut FieldErrors, &dyn Fn(&str) -> String)) -> Rule {
    let default = *RollbackMatrix::default().rule(check);
    let threshold = raw.threshold.unwrap_or(default.threshold);
    let (fits, words) = match check {
        Check::Down => (
            threshold.to_bits() == 1.0_f64.to_bits(),
            "leave this out; up is 1",
        ),
        Check::ErrorRatio => (
            threshold > 0.0 && threshold < 1.0,
            "write a ratio between 0 and 1: 0.01 is 1 %",
        ),
        Check::P95 | Check::P99 => (
            threshold > 0.0 && threshold <= 3600.0,
            "write seconds, at most 3600",
        ),
    };
    if !fits {
        errors.add(field("threshold"), words);
    }
    let needed = Needed {
        hits: raw.hits.unwrap_or(default.needed.hits),
        of: raw.of.unwrap_or(default.needed.of),
    };
    if !(1..=needed.of).contains(&needed.hits) || needed.of > LONGEST_ROW {
        errors.add(
            field("hits"),
            format!("write at least 1, and no more than the samples in a row, of which there are at most {LONGEST_ROW}"),
        );
    }
    let least_bad = raw.least_bad.unwrap_or(default.least_bad);
    if check == Check::ErrorRatio && least_bad == 0 {
        errors.add(
            field("least_bad"),
            "write at least 1: without a bad request nothing failed",
        );
    }
    let least_requests = raw.least_requests.unwrap_or(default.least_requests);
    if check.needs_requests() && least_requests == 0 {
        errors.add(
            field("least_requests"),
            "write at least 1: without a request nothing is known",
        );
    }
    let remedy = raw.remedy.as_deref().map_or(Some(default.remedy), Remedy::parse);
    let remedy = remedy.filter(|remedy| *remedy != Remedy::FixForward);
    if remedy.is_none() {
        errors.add(field("remedy"), "write roll_back, ask or note");
    }
    Rule {
        threshold,
        needed,
        least_bad,
        least_requests,
        remedy: remedy.unwrap_or(default.remedy),
    }
}

fn watch_settings(raw: &RawRules, errors: &mut FieldErrors) -> WatchSettings {
    let default = WatchSettings::default();
    let window = raw.window_seconds.unwrap_or(default.window.num_seconds());
    if !(1..=LONGEST_WATCH).contains(&window) {
        errors.add(
            "window_seconds",
            "write at least 1 and at most 86400, which is a day",
        );
        return default;
    }
    let window = TimeDelta::seconds(window);
    let step = raw.step_milliseconds.unwrap_or(default.step.num_milliseconds());
    let step = TimeDelta::try_milliseconds(step).unwrap_or(TimeDelta::zero());
    if step < SHORTEST_STEP || step > window {
        errors.add(
            "step_milliseconds",
            "write a second at least, and no more than the whole watch",
        );
        return default;
    }
    let settings = WatchSettings {
        window,
        step,
        least: raw.least_samples.unwrap_or(default.least),
    };
    let samples = settings.samples();
    if samples > MOST_SAMPLES {
        errors.add(
            "step_milliseconds",
            format!("write more: a watch has at most {MOST_SAMPLES} samples"),
        );
    }
    if !(1..=samples).contains(&settings.least) {
        errors.add(
            "least_samples",
            format!("write at least 1 and at most {samples}, which is how many come"),
        );
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields<T: std::fmt::Debug>(result: Result<T, FieldErrors>) -> Vec<String> {
        let errors = result.unwrap_err().0;
        errors.into_iter().map(|error| error.field).collect()
    }

    fn raw(check: &str, measure: &str) -> RawCheck {
        RawCheck {
            check: check.into(),
            enabled: true,
            measure: measure.into(),
            requests: String::new(),
        }
    }

    #[test]
    fn what_is_left_empty_is_the_default() {
        let off = RawCheck {
            enabled: false,
            ..raw("p99", "")
        };
        let set = parse_checks(&[raw("down", r#"min(up{job="{service}-{version}"})"#), off]).unwrap();
        let all = effective(&set);
        assert_eq!(
            all.iter().map(|setting| setting.check).collect::<Vec<_>>(),
            Check::ALL
        );
        assert_eq!(all[0].queries.measure, r#"min(up{job="{service}-{version}"})"#);
        assert_eq!(all[1].queries, Check::ErrorRatio.default_queries());
        assert!(!all[3].enabled && all[3].queries == Check::P99.default_queries());
    }

    #[test]
    fn every_wrong_query_is_said() {
        let wrong = [
            raw("speed", ""),
            raw("down", "up{a={service}}"),
            raw("p99", "histogram_quantile(0.99, sum by (le) (rate(x[5m])))"),
            raw("down", ""),
            RawCheck {
                requests: "sum(x[{window}".into(),
                ..raw("error_ratio", "")
            },
        ];
        assert_eq!(
            fields(parse_checks(&wrong)),
            [
                "checks[0].check",
                "checks[1].measure",
                "checks[2].measure",
                "checks[3].check",
                "checks[4].requests"
            ]
        );
        let of_down = RawCheck {
            requests: "x".into(),
            ..raw("down", "")
        };
        assert_eq!(fields(parse_checks(&[of_down])), ["checks[0].requests"]);
    }

    #[test]
    fn rules_that_are_left_out_are_the_defaults() {
        let (matrix, settings) = parse_rules(&RawRules::default()).unwrap();
        assert_eq!(
            (matrix, settings),
            (RollbackMatrix::default(), WatchSettings::default())
        );
        let raw = RawRules {
            rules: vec![RawRule {
                check: "p99".into(),
                threshold: Some(0.5),
                remedy: Some("ask".into()),
                ..RawRule::default()
            }],
            minor_defect: Some("ask".into()),
            window_seconds: Some(15),
            step_milliseconds: Some(1500),
            ..RawRules::default()
        };
        let (matrix, settings) = parse_rules(&raw).unwrap();
        assert_eq!(
            (matrix.p99.remedy, matrix.minor_defect),
            (Remedy::Ask, Remedy::Ask)
        );
        assert_eq!(matrix.p99.needed, Needed { hits: 2, of: 3 });
        assert_eq!(settings, WatchSettings::default().compressed(20));
    }

    #[test]
    fn rules_that_would_fail_without_a_reason_are_refused() {
        let of = |change: fn(&mut RawRule)| {
            let mut rule = RawRule {
                check: "error_ratio".into(),
                ..RawRule::default()
            };
            change(&mut rule);
            let raw = RawRules {
                rules: vec![rule],
                ..RawRules::default()
            };
            fields(parse_rules(&raw))
        };
        assert_eq!(of(|rule| rule.check = "speed".into()), ["rules[0].check"]);
        assert_eq!(of(|rule| rule.threshold = Some(f64::NAN)), ["rules[0].threshold"]);
        assert_eq!(of(|rule| rule.threshold = Some(0.0)), ["rules[0].threshold"]);
        assert_eq!(of(|rule| rule.hits = Some(0)), ["rules[0].hits"]);
        assert_eq!(of(|rule| rule.hits = Some(4)), ["rules[0].hits"]);
        assert_eq!(of(|rule| rule.least_bad = Some(0)), ["rules[0].least_bad"]);
        assert_eq!(
            of(|rule| rule.least_requests = Some(0)),
            ["rules[0].least_requests"]
        );
        assert_eq!(
            of(|rule| rule.remedy = Some("fix_forward".into())),
            ["rules[0].remedy"]
        );
        let watch = |change: fn(&mut RawRules)| {
            let mut raw = RawRules::default();
            change(&mut raw);
            fields(parse_rules(&raw))
        };
        assert_eq!(
            watch(|raw| raw.minor_defect = Some("note".into())),
            ["minor_defect"]
        );
        assert_eq!(watch(|raw| raw.window_seconds = Some(0)), ["window_seconds"]);
        assert_eq!(
            watch(|raw| raw.step_milliseconds = Some(999)),
            ["step_milliseconds"]
        );
        assert_eq!(
            watch(|raw| raw.step_milliseconds = Some(i64::MAX)),
            ["step_milliseconds"]
        );
        assert_eq!(watch(|raw| raw.least_samples = Some(11)), ["least_samples"]);
    }
}
