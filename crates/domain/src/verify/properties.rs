//! What holds whatever Prometheus says: nothing fails without enough real samples behind it.

use proptest::prelude::*;

use super::{
    Check, Lack, Measure, Probe, Reading, RollbackMatrix, Rule, Sample, Verdict,
    example::{at, sample, watch},
    judge,
};

fn readings() -> impl Strategy<Value = Reading> {
    prop_oneof![
        4 => (0.0..400.0_f64).prop_map(Ok),
        4 => (0.0..4.0_f64).prop_map(Ok),
        1 => Just(Ok(0.0)),
        1 => Just(Ok(f64::NAN)),
        1 => Just(Ok(f64::INFINITY)),
        1 => prop::sample::select(Lack::ALL.to_vec()).prop_map(Err),
    ]
}

fn probes() -> impl Strategy<Value = Option<Probe>> {
    prop_oneof![
        4 => Just(None),
        2 => Just(Some(Probe::Answered)),
        1 => Just(Some(Probe::Failed)),
        1 => Just(Some(Probe::Unreachable)),
    ]
}

fn measures(check: Check) -> impl Strategy<Value = Measure> {
    (readings(), readings()).prop_map(move |(measure, requests)| {
        Measure::of(check, measure, check.needs_requests().then_some(requests))
    })
}

fn one_sample() -> impl Strategy<Value = Sample> {
    (prop::sample::select(Check::ALL.to_vec()), 1..25_u32).prop_flat_map(|(check, slot)| {
        let baseline = prop::option::of(measures(check));
        (measures(check), baseline, probes(), probes()).prop_map(
            move |(measure, baseline, probe, probe_before)| {
                let is_probed = check == Check::Down;
                Sample {
                    baseline,
                    probe: probe.filter(|_| is_probed),
                    probe_before: probe_before.filter(|_| is_probed),
                    ..sample(check, slot, measure)
                }
            },
        )
    })
}

/// Whether a sample is a real one against the release, said without the code that judges it.
fn speaks_against(sample: &Sample, rule: &Rule) -> bool {
    let beyond = |measure: &Measure| {
        let Ok(value) = measure.value else { return false };
        value.is_finite()
            && match sample.check {
                Check::Down => value < 1.0,
                Check::ErrorRatio => value > 0.01 && measure.bad.unwrap() >= 5.0,
                Check::P95 => value > 1.0 && measure.requests.unwrap() >= 100.0,
                Check::P99 => value > rule.threshold && measure.requests.unwrap() >= 100.0,
            }
    };
    let by_metrics = beyond(&sample.measure) && !sample.baseline.as_ref().is_some_and(beyond);
    let is_cut_off = sample.measure.value == Err(Lack::Unanswered);
    let by_probe = match sample.probe {
        Some(Probe::Failed) => true,
        Some(Probe::Unreachable) => !is_cut_off,
        Some(Probe::Answered) | None => false,
    };
    let was_well = matches!(sample.probe_before, None | Some(Probe::Answered));
    by_metrics || (by_probe && was_well)
}

proptest! {
    #[test]
    fn nothing_fails_without_enough_real_samples(
        samples in prop::collection::vec(one_sample(), 0..60),
        second in 0..800_i64,
    ) {
        let mut samples = samples;
        samples.sort_by_key(|sample| (sample.check, sample.slot));
        samples.dedup_by_key(|sample| (sample.check, sample.slot));
        let outlook = judge(&watch(), &samples, at(second));
        let matrix = RollbackMatrix::default();
        let against = |check: Check| {
            let rule = matrix.rule(check);
            let of_check = samples.iter().filter(move |sample| sample.check == check);
            of_check.filter(move |sample| speaks_against(sample, rule)).map(|sample| sample.slot).collect::<Vec<_>>()
        };
        match outlook.verdict {
            Verdict::Fail(failure) => {
                let reach = u32::from(matrix.rule(failure.check).needed.of) - 1;
                let slots = against(failure.check);
                let within = slots.iter().filter(|slot| (failure.slot.saturating_sub(reach)..=failure.slot).contains(*slot));
                prop_assert!(within.count() >= 2);
                prop_assert!(slots.contains(&failure.slot));
                prop_assert!(failure.check != Check::P95, "it is only noted");
            }
            Verdict::Pass => {
                prop_assert!(outlook.is_over);
                for check in [Check::Down, Check::ErrorRatio, Check::P99] {
                    let reach = if check == Check::Down { 1 } else { 2 };
                    let slots = against(check);
                    let full = slots.windows(2).any(|pair| pair[1] - pair[0] <= reach);
                    prop_assert!(!full, "{:?} of {:?} is a failure", slots, check);
                }
            }
            Verdict::Insufficient(_) => {}
        }
    }
}
