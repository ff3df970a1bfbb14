//! Documents that are right, and what is said of those that are not.

use chrono::Weekday;
use serde_json::json;

use super::*;
use crate::{
    access::Role,
    approvals::{Compare, Eligible, FactName, Risk, Span, Then},
    environments::EnvironmentClass,
};

const FULL: &str = r#"
apiVersion: fairway.dev/v1
kind: Policy
metadata:
  name: Payments in production
  description: What moves money
spec:
  match:
    tiers: [1, 2]
    environments: [production]
    risks: [medium, high]
  minApprovals: 2
  rules:
    - name: leads
      anyOf: [{role: approver}, {team: Payments}, {user: Lena@example.com}]
    - name: security
      required: true
      approvals: 2
      anyOf: [{team: security}]
  exclude: [initiator]
  expiresIn: 90m
  freezes:
    - name: Year end
      timeZone: Europe/Berlin
      from: 2026-12-24T00:00
      to: 2027-01-02T00:00
    - name: Weekend
      timeZone: UTC
      days: [fri, sat, sun]
      from: "18:00"
      to: "06:00"
  automatic:
    - when: [{fact: errorBudgetLeft, above: 0.5}, {fact: signed, is: true}]
      then: {approve: true}
    - when: [{fact: errorBudgetLeft, below: 0.1}]
      then: {minApprovals: 2, reason: true}
    - when: [{fact: errorBudgetLeft, atMost: 0}, {fact: kind, isNot: hotfix}]
      then: {refuse: true}
  confirm: true
"#;

fn wrong(text: &str) -> Vec<String> {
    let errors = Policy::from_yaml(text).unwrap_err();
    errors.0.into_iter().map(|error| error.field).collect()
}

/// The full document with one line written otherwise.
fn with(line: &str, other: &str) -> String {
    assert!(FULL.contains(line), "{line}");
    FULL.replacen(line, other, 1)
}

#[test]
fn a_document_is_read_and_written_as_it_was() {
    let policy = Policy::from_yaml(FULL).unwrap();
    assert_eq!(policy.name, "Payments in production");
    assert_eq!(policy.applies.tiers.len(), 2);
    assert_eq!(policy.applies.classes, [EnvironmentClass::Production]);
    assert_eq!(policy.applies.risks, [Risk::Medium, Risk::High]);
    assert_eq!(
        policy.rules[0].any_of,
        [
            Eligible::Role(Role::Approver),
            Eligible::Team("payments".into()),
            Eligible::User("lena@example.com".into())
        ]
    );
    assert!(policy.rules[1].required && policy.rules[1].approvals == 2);
    assert!(!policy.excludes_authors && policy.confirm);
    assert_eq!(policy.expires_in, TimeDelta::minutes(90));
    assert!(matches!(policy.freezes[0].span, Span::Once { .. }));
    let Span::Weekly { days, .. } = &policy.freezes[1].span else {
        panic!("{:?}", policy.freezes[1])
    };
    assert_eq!(days.as_slice(), [Weekday::Fri, Weekday::Sat, Weekday::Sun]);
    assert_eq!(
        policy.automatic[1].then,
        Then::Require {
            approvals: 2,
            reason: true
        }
    );
    assert_eq!(policy.automatic[2].when[0].compare, Compare::AtMost);
    assert_eq!(policy.automatic[2].when[1].fact, FactName::Kind);
    assert_eq!(
        Policy::from_yaml(&policy.to_yaml()).unwrap(),
        policy,
        "{}",
        policy.to_yaml()
    );
    assert_eq!(Policy::from_json(&policy.to_json()).unwrap(), policy);
    assert_eq!(
        Policy::from_yaml(&policy.to_json().to_string()).unwrap(),
        policy,
        "JSON is YAML"
    );
}

#[test]
fn what_is_left_out_is_strict() {
    let least =
        "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {name: Least}\nspec: {minApprovals: 1}\n";
    let policy = Policy::from_yaml(least).unwrap();
    assert_eq!(
        policy,
        Policy {
            name: "Least".into(),
            ..Policy::unwritten()
        }
    );
    assert!(policy.excludes_authors);
    assert_eq!(Policy::from_yaml(&policy.to_yaml()).unwrap(), policy);
    for minutes in [5, 60, 90, 24 * 60, 36 * 60, 90 * 24 * 60] {
        let time = TimeDelta::minutes(minutes);
        assert_eq!(duration(&duration_text(time)), Some(time));
    }
}

#[test]
fn each_wrong_field_is_named() {
    for (line, other, field) in [
        ("fairway.dev/v1", "fairway.dev/v2", "apiVersion"),
        ("kind: Policy", "kind: Component", "kind"),
        ("name: Payments in production", "name: ' '", "metadata.name"),
        ("tiers: [1, 2]", "tiers: [1, 5]", "spec.match.tiers[1]"),
        ("tiers: [1, 2]", "tiers: [gold]", "spec.match.tiers[0]"),
        ("[production]", "[live]", "spec.match.environments[0]"),
        ("[medium, high]", "[medium, huge]", "spec.match.risks[1]"),
        ("minApprovals: 2", "minApprovals: 21", "spec.minApprovals"),
        ("minApprovals: 2", "minApprovals: two", "spec.minApprovals"),
        ("name: security", "name: leads", "spec.rules[1].name"),
        ("{role: approver}", "{role: root}", "spec.rules[0].anyOf[0].role"),
        ("{team: Payments}", "{team: a, user: b}", "spec.rules[0].anyOf[1]"),
        ("[{team: security}]", "[]", "spec.rules[1].anyOf"),
        ("required: true", "required: false", "spec.rules[1].approvals"),
        ("[initiator]", "[initiators]", "spec.exclude[0]"),
        ("expiresIn: 90m", "expiresIn: 4m", "spec.expiresIn"),
        ("expiresIn: 90m", "expiresIn: soon", "spec.expiresIn"),
        (
            "timeZone: Europe/Berlin",
            "timeZone: Mars",
            "spec.freezes[0].timeZone",
        ),
        ("from: 2026-12-24T00:00", "from: '18:00'", "spec.freezes[0].from"),
        (
            "to: 2027-01-02T00:00",
            "to: 2026-12-24T00:00",
            "spec.freezes[0].to",
        ),
        ("[fri, sat, sun]", "[fri, day]", "spec.freezes[1].days[1]"),
        ("to: \"06:00\"", "to: \"26:00\"", "spec.freezes[1].to"),
        ("fact: signed", "fact: blessed", "spec.automatic[0].when[1].fact"),
        ("above: 0.5", "above: half", "spec.automatic[0].when[0]"),
        ("above: 0.5", "above: 0.5, below: 1", "spec.automatic[0].when[0]"),
        ("is: true", "above: true", "spec.automatic[0].when[1]"),
        (
            "{approve: true}",
            "{approve: true, refuse: true}",
            "spec.automatic[0].then",
        ),
        ("{refuse: true}", "{}", "spec.automatic[2].then"),
        (
            "[{fact: errorBudgetLeft, below: 0.1}]",
            "[]",
            "spec.automatic[1].when",
        ),
    ] {
        assert_eq!(wrong(&with(line, other)), [field], "{other}");
    }
    let twice = with("tiers: [1, 2]", "tiers: [0]").replacen("[medium, high]", "[low, no]", 1);
    assert_eq!(wrong(&twice), ["spec.match.tiers[0]", "spec.match.risks[1]"]);
}

#[test]
fn an_unknown_field_and_what_is_no_document_are_refused() {
    let unknown = Policy::from_yaml(&with("minApprovals: 2", "minApproval: 2")).unwrap_err();
    assert!(unknown.to_string().contains("minApproval"), "{unknown}");
    for text in [
        "",
        "only words",
        "a: [",
        "a: 1\na: 2",
        "--- 1\n--- 2\n",
        &"x".repeat(MAX_BYTES + 1),
    ] {
        assert_eq!(wrong(text), ["document"], "{text:.20}");
    }
    let bomb = "a: &a [1, 1, 1, 1, 1, 1, 1, 1]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n\
                c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n";
    assert_eq!(wrong(bomb), ["document"]);
    assert!(Policy::from_json(&json!(null)).is_err());
}

#[test]
fn the_example_of_the_documentation_is_right() {
    let page = include_str!("../../../../../docs/approvals.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let policy = Policy::from_yaml(example).unwrap();
    assert_eq!(
        (policy.rules.len(), policy.freezes.len(), policy.automatic.len()),
        (2, 2, 3)
    );
    for name in FactName::ALL {
        assert!(page.contains(name.as_str()), "{name}");
    }
}

#[test]
fn a_name_that_looks_like_another_and_a_freeze_of_no_moment_are_refused() {
    let document = |name: &str, spec: &str| {
        format!(
            "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {{name: \"{name}\"}}\nspec: {{minApprovals: 1{spec}}}\n"
        )
    };
    for hidden in ["\u{200b}", "Production\u{200b}", "Pro\u{202e}duction"] {
        assert_eq!(wrong(&document(hidden, "")), ["metadata.name"], "{hidden:?}");
    }
    let freeze = |from: &str, to: &str| {
        let spec = format!(
            ", freezes: [{{name: Night, timeZone: Europe/Berlin, from: '2026-03-29T{from}', to: '2026-03-29T{to}'}}]"
        );
        document("Production", &spec)
    };
    // That night 02:00 in Berlin becomes 03:00.
    assert_eq!(wrong(&freeze("02:30", "03:00")), ["spec.freezes[0].to"]);
    assert!(Policy::from_yaml(&freeze("02:30", "03:30")).is_ok());
    // What was stored before is read.
    let stored = json!({
        "apiVersion": "fairway.dev/v1", "kind": "Policy", "metadata": { "name": "Production\u{200b}" }, "spec": { "minApprovals": 1 },
    });
    assert!(Policy::from_json(&stored).is_ok());
}
