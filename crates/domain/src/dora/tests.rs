//! Figures of examples that can be checked by hand, and laws that hold for any data.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use uuid::Uuid;

use super::{day::tests as any, *};

const MONDAY: &str = "2026-06-01";

fn first_day() -> NaiveDate {
    MONDAY.parse().unwrap()
}

fn days_from_monday(days: u64) -> Range {
    let last = first_day() + Days::new(days - 1);
    Range::custom(first_day(), last, Tz::UTC).unwrap()
}

fn at(hours: i64) -> DateTime<Utc> {
    midnight(first_day(), Tz::UTC) + TimeDelta::hours(hours)
}

fn good(service: u32, hours: i64) -> DeployFact {
    DeployFact {
        service,
        group: Uuid::nil(),
        exposed_at: at(hours),
        failure: None,
        rework: false,
        changes_known: true,
    }
}

fn failed(service: u32, hours: i64, restored: Option<i64>) -> DeployFact {
    DeployFact {
        failure: Some(FailureFact {
            failed_at: Some(at(hours) + TimeDelta::minutes(6)),
            restored_at: restored.map(|minutes| at(hours) + TimeDelta::minutes(minutes)),
        }),
        ..good(service, hours)
    }
}

/// One day for each day of the range, with the deploys that belong to it.
fn days_of(range: Range, deploys: &[DeployFact], changes: &[ChangeFact], now: DateTime<Utc>) -> Vec<Day> {
    let on = |day: NaiveDate| {
        let theirs: Vec<DeployFact> = deploys
            .iter()
            .filter(|deploy| deploy.exposed_at.date_naive() == day)
            .cloned()
            .collect();
        let changes = if day == range.from { changes } else { &[] };
        Day::of(&theirs, changes, now)
    };
    range.iter().map(on).collect()
}

fn sending(services: &[u32]) -> Population {
    Population {
        sending: Sending::These(services.to_vec()),
        services: services.len() as u64 + 1,
        corrected: Corrected::default(),
    }
}

fn figures(range: Range, deploys: &[DeployFact], changes: &[ChangeFact], services: &[u32]) -> Figures {
    let days = days_of(range, deploys, changes, at(24 * 30));
    Figures::of(&days, &everyone(range), &sending(services))
}

fn everyone(range: Range) -> Question {
    Question::new(Scope::Organisation, range)
}

#[test]
fn no_data_is_none_and_never_zero() {
    let figures = figures(days_from_monday(14), &[], &[], &[]);
    assert_eq!(figures.frequency.per_day, None);
    assert_eq!(figures.frequency.days_per_week, None);
    assert_eq!(figures.lead_time.total.median, None);
    assert_eq!(figures.change_fail_rate.share, None);
    assert_eq!(figures.recovery.total.median, None);
    assert_eq!(figures.rework.share, None);
}

#[test]
fn a_silent_service_that_deployed_before_counts_as_zero() {
    let figures = figures(days_from_monday(14), &[], &[], &[3]);
    assert_eq!(figures.frequency.per_day, Some(0.0));
    assert_eq!(figures.frequency.median_service, Some(0.0));
    assert_eq!(figures.frequency.days_per_week, Some(0.0));
}

#[test]
fn a_count_of_services_gives_what_their_list_gives() {
    let range = days_from_monday(14);
    let deploys = [good(1, 9), good(1, 15), good(2, 50), good(5, 51)];
    let days = days_of(range, &deploys, &[], at(24 * 30));
    let of = |sending| {
        let population = Population {
            sending,
            services: 9,
            corrected: Corrected::default(),
        };
        Figures::of(&days, &everyone(range), &population).frequency
    };
    // Services 1 to 5 deployed at some time; 4 and 5 were removed long ago, yet 5 was deployed once more.
    let listed = of(Sending::These(vec![1, 2, 3]));
    let counted = of(Sending::AllBut {
        count: 3,
        gone: vec![4, 5],
    });
    assert_eq!(listed, counted);
    assert_eq!((counted.services, counted.median_service), (4, Some(1.0 / 14.0)));
}

#[test]
fn changes_by_bots_can_be_left_out_and_deployments_stay() {
    let range = days_from_monday(1);
    let change = |hours: f64, by_bot| ChangeFact {
        lead: Some(hours * 3600.0),
        by_bot,
        ..ChangeFact::default()
    };
    let unknown = ChangeFact {
        by_bot: true,
        ..ChangeFact::default()
    };
    let changes = [
        change(2.0, true),
        change(8.0, false),
        change(10.0, false),
        unknown,
    ];
    let days = days_of(range, &[good(1, 1)], &changes, at(99));
    let of = |authors| {
        let asked = Question {
            authors,
            ..everyone(range)
        };
        let population = (&sending(&[1]), &Population::default());
        Report::of(&asked, (&days, &[]), population, Coverage::default())
    };
    let (all, people) = (of(Authors::All), of(Authors::People));
    let lead = |report: &Report| {
        (
            report.figures.lead_time.total.median,
            report.figures.lead_time.unknown,
        )
    };
    assert_eq!(lead(&all), (Some(8.0 * 3600.0), 1));
    assert_eq!(lead(&people), (Some(9.0 * 3600.0), 0));
    assert_eq!(people.groups[0].lead_time.n, 2);
    assert_eq!(people.trend[0].lead_time, people.figures.lead_time.total);
    assert_eq!(people.distribution.iter().map(|bin| bin.n).sum::<u64>(), 2);
    assert_eq!(people.figures.frequency, all.figures.frequency);
}

#[test]
fn frequency_of_two_weeks() {
    // Week one: Monday twice and Wednesday; week two: Tuesday. Service 1 thrice, service 2 once, service 3 never.
    let deploys = [good(1, 9), good(1, 15), good(2, 50), good(1, 24 * 8 + 1)];
    let figures = figures(days_from_monday(14), &deploys, &[], &[1, 2, 3]).frequency;
    assert_eq!(figures.total, 4);
    assert_eq!(figures.per_day, Some(4.0 / 14.0));
    assert_eq!((figures.median_service, figures.services), (Some(1.0 / 14.0), 3));
    assert_eq!((figures.days_per_week, figures.weeks), (Some(1.5), 2));
}

#[test]
fn the_fail_rate_leaves_out_what_is_younger_than_a_day() {
    let range = days_from_monday(3);
    let deploys = [
        good(1, 1),
        failed(1, 2, None),
        good(1, 30),
        failed(1, 60, Some(40)),
        good(1, 61),
    ];
    // Now is hour 66: those exposed at hours 60 and 61 are not mature.
    let days = days_of(range, &deploys, &[], at(66));
    let rate = Figures::of(&days, &everyone(range), &sending(&[1])).change_fail_rate;
    assert_eq!((rate.failed, rate.mature, rate.share), (1, 3, Some(1.0 / 3.0)));
    assert_eq!((rate.immature, rate.immature_failed), (2, 1));
}

#[test]
fn recovery_is_split_and_leaves_out_what_is_open() {
    let deploys = [
        failed(1, 1, Some(36)),
        failed(1, 2, Some(16)),
        failed(1, 3, None),
        good(1, 4),
    ];
    let recovery = figures(days_from_monday(1), &deploys, &[], &[1]).recovery;
    assert_eq!(
        (recovery.total.median, recovery.total.n, recovery.open),
        (Some(26.0 * 60.0), 2, 1)
    );
    assert_eq!(recovery.detection.median, Some(360.0));
    assert_eq!(recovery.repair.median, Some(20.0 * 60.0));
}

#[test]
fn stages_lead_time_and_what_is_unknown() {
    let hours = |hours: f64| Some(hours * 3600.0);
    let change = |stages: [Option<f64>; STAGES], lead| ChangeFact {
        lead,
        stages,
        ..ChangeFact::default()
    };
    let whole = |coding, approval| [hours(coding), hours(1.0), hours(1.0), hours(approval), hours(1.0)];
    let changes = [
        change(whole(4.0, 1.0), hours(8.0)),
        change(whole(1.0, 4.0), hours(8.0)),
        change([None, None, hours(1.0), hours(1.0), hours(1.0)], None),
    ];
    let lead = figures(days_from_monday(1), &[], &changes, &[]).lead_time;
    assert_eq!(
        (lead.total.median, lead.total.n, lead.unknown),
        (hours(8.0), 2, 1)
    );
    assert_eq!(lead.stages[0].median, hours(2.5));
    assert_eq!((lead.stages[3].median, lead.stages[3].n), (hours(1.0), 3));
    // Of the two whole changes: 16 hours together.
    assert_eq!(
        lead.shares,
        Some([5.0 / 16.0, 2.0 / 16.0, 2.0 / 16.0, 5.0 / 16.0, 2.0 / 16.0])
    );
}

#[test]
fn groups_add_up_to_the_whole() {
    let team = |deploy: DeployFact, team| DeployFact {
        group: Uuid::from_u128(team),
        ..deploy
    };
    let deploys = [
        team(good(1, 1), 7),
        team(failed(2, 2, Some(5)), 7),
        team(good(3, 30), 9),
    ];
    let range = days_from_monday(7);
    let days = days_of(range, &deploys, &[], at(24 * 30));
    let population = sending(&[1, 2, 3]);
    let report = Report::of(
        &everyone(range),
        (&days, &[]),
        (&population, &Population::default()),
        Coverage::default(),
    );
    assert_eq!(report.groups.len(), 2);
    assert_eq!(report.groups[0].id, Uuid::from_u128(7));
    assert_eq!(report.groups[0].change_fail_rate.share, Some(0.5));
    assert_eq!(report.groups.iter().map(|group| group.deploys).sum::<u64>(), 3);
    assert_eq!(report.trend.iter().map(|point| point.deploys).sum::<u64>(), 3);
    assert_eq!(
        (report.coverage.services, report.coverage.silent_services),
        (4, 1)
    );
}

#[test]
fn corrections_are_counted_in_the_range_that_they_touch() {
    let range = days_from_monday(14);
    let row = |metric, deploy: u128, hours| CorrectedRow {
        metric,
        deploy: Uuid::from_u128(deploy),
        service: Uuid::from_u128(1),
        change: None,
        group: Uuid::nil(),
        at: at(hours),
        by_bot: false,
        mature: hours < 100,
    };
    let change = |key: &str, hours, by_bot| CorrectedRow {
        change: Some(key.into()),
        by_bot,
        ..row(Metric::LeadTime, 5, hours)
    };
    let population = Population {
        corrected: Corrected(vec![
            // 5 was moved from the first day to the second week, 6 was excluded.
            row(Metric::Frequency, 5, 1),
            row(Metric::Frequency, 5, 24 * 8),
            row(Metric::Frequency, 6, 2),
            row(Metric::ChangeFailRate, 6, 2),
            row(Metric::ChangeFailRate, 7, 200),
            row(Metric::Recovery, 6, 24 * 20),
            change("pr:1", 1, false),
            change("pr:1", 30, false),
            change("pr:2", 1, true),
        ]),
        ..sending(&[1])
    };
    let of = |range, authors| {
        let asked = Question {
            authors,
            ..everyone(range)
        };
        let days = days_of(range, &[], &[], at(24 * 30));
        Figures::of(&days, &asked, &population)
    };
    let whole = of(range, Authors::All);
    assert_eq!(
        whole.frequency.corrected, 2,
        "no row is left, and the figure says why"
    );
    assert_eq!(whole.change_fail_rate.corrected, 1, "7 is not in the cohort yet");
    assert_eq!((whole.recovery.corrected, whole.lead_time.corrected), (0, 2));
    assert_eq!(of(range, Authors::People).lead_time.corrected, 1);
    assert_eq!(of(days_from_monday(1), Authors::All).frequency.corrected, 2);
}

/// What figures should be, by the plain way: everything in one list, sorted.
fn plainly(deploys: &[DeployFact], changes: &[ChangeFact]) -> (Spread, [Spread; STAGES], Spread, u64) {
    let spread = |values: &mut dyn Iterator<Item = f64>| Spread::of(&mut values.collect::<Vec<_>>());
    let seconds = |from: DateTime<Utc>, to: DateTime<Utc>| crate::deploys::derive::seconds(to - from);
    let ended = |deploy: &DeployFact| Some(seconds(deploy.exposed_at, deploy.failure?.restored_at?));
    let mut restored = deploys.iter().filter_map(ended);
    (
        spread(&mut changes.iter().filter_map(|change| change.lead)),
        std::array::from_fn(|stage| spread(&mut changes.iter().filter_map(|change| change.stages[stage]))),
        spread(&mut restored),
        deploys
            .iter()
            .filter(|deploy| {
                deploy
                    .failure
                    .is_some_and(|failure| failure.restored_at.is_none())
            })
            .count() as u64,
    )
}

fn bits(spread: Spread) -> (Option<u64>, Option<u64>, u64) {
    (
        spread.median.map(f64::to_bits),
        spread.p90.map(f64::to_bits),
        spread.n,
    )
}

proptest! {
    /// The same figures, to the last digit, however the facts are cut into days and whether a day was stored or not.
    #[test]
    fn rollup_equals_raw(
        deploys in proptest::collection::vec(any::deploy(), 0..60),
        changes in proptest::collection::vec(any::change(), 0..60),
        cuts in proptest::collection::vec((0_usize..60, 0_usize..60, any::<bool>()), 0..8),
    ) {
        let now = at(0);
        let (mut deploys_at, mut changes_at) = (vec![0, deploys.len()], vec![0, changes.len()]);
        for (deploy, change, _) in &cuts {
            deploys_at.push((*deploy).min(deploys.len()));
            changes_at.push((*change).min(changes.len()));
        }
        deploys_at.sort_unstable();
        changes_at.sort_unstable();
        let pieces = deploys_at.windows(2).zip(changes_at.windows(2)).enumerate();
        let days: Vec<Day> = pieces
            .map(|(index, (d, c))| {
                let day = Day::of(&deploys[d[0]..d[1]], &changes[c[0]..c[1]], now);
                let stored = cuts.get(index).is_some_and(|cut| cut.2);
                if stored { Day::unpacked(&day.packed()).unwrap() } else { day }
            })
            .collect();
        let figures = Figures::of(&days, &everyone(days_from_monday(7)), &Population::default());
        let (lead, stages, recovery, open) = plainly(&deploys, &changes);
        prop_assert_eq!(bits(figures.lead_time.total), bits(lead));
        prop_assert_eq!(figures.lead_time.stages.map(bits), stages.map(bits));
        prop_assert_eq!(bits(figures.recovery.total), bits(recovery));
        prop_assert_eq!(figures.recovery.open, open);
        let whole = Figures::of(&[Day::of(&deploys, &changes, now)], &everyone(days_from_monday(7)), &Population::default());
        prop_assert_eq!(Figures { frequency: whole.frequency, ..figures }, whole);
    }

    #[test]
    fn rates_lie_between_zero_and_one(
        deploys in proptest::collection::vec(any::deploy(), 0..60),
        now in -100_i64..100,
    ) {
        let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::hours(now);
        let figures = Figures::of(&[Day::of(&deploys, &[], now)], &everyone(days_from_monday(1)), &Population::default());
        for share in [figures.change_fail_rate.share, figures.rework.share].into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&share));
        }
        let rate = figures.change_fail_rate;
        prop_assert_eq!(rate.mature + rate.immature, deploys.len() as u64);
        prop_assert_eq!(figures.rework.counted, deploys.len() as u64);
    }

    #[test]
    fn the_distribution_holds_every_change_once(changes in proptest::collection::vec(any::change(), 0..80)) {
        let days = [Day::of(&[], &changes, at(0))];
        let population = Population::default();
        let range = days_from_monday(1);
        let report = Report::of(&everyone(range), (&days, &[]), (&population, &population), Coverage::default());
        let binned: u64 = report.distribution.iter().map(|bin| bin.n).sum();
        prop_assert_eq!(binned, report.figures.lead_time.total.n);
    }
}
