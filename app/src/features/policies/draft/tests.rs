//! A form says what its document says, and what is wrong is said at a field that the form has.

use super::*;

const FULL: &str = r#"
apiVersion: fairway.dev/v1
kind: Policy
metadata: {name: Payments, description: What moves money}
spec:
  match: {tiers: [1, 2], environments: [production], risks: [high]}
  minApprovals: 2
  rules:
    - {name: leads, anyOf: [{role: approver}, {user: lena@example.com}]}
    - {name: security, required: true, approvals: 2, anyOf: [{team: security}]}
  exclude: [initiator]
  expiresIn: 90m
  freezes:
    - {name: Year end, timeZone: Europe/Berlin, from: "2026-12-24T00:00", to: "2027-01-02T00:00"}
    - {name: Weekend, timeZone: UTC, days: [fri, sat], from: "18:00", to: "06:00"}
  automatic:
    - when: [{fact: errorBudgetLeft, above: 0.5}, {fact: signed, is: true}]
      then: {approve: true}
    - when: [{fact: changes, atLeast: 50}]
      then: {minApprovals: 3, reason: true}
    - when: [{fact: kind, isNot: hotfix}]
      then: {refuse: true}
  confirm: true
"#;

fn full() -> Draft {
    Draft::of(&Policy::from_yaml(FULL).unwrap(), 150)
}

fn wrong(draft: &Draft) -> Vec<String> {
    let errors = draft.read().unwrap_err();
    errors.0.into_iter().map(|error| error.field).collect()
}

#[test]
fn a_form_says_what_its_document_says() {
    let draft = full();
    assert_eq!(draft.rules[0].any_of, "role approver\nuser lena@example.com");
    assert_eq!(draft.freezes[1].days, ["fri", "sat"]);
    assert_eq!(
        draft.automatic[0].when,
        "errorBudgetLeft above 0.5\nsigned is true"
    );
    assert_eq!(
        (
            draft.automatic[1].then.as_str(),
            draft.automatic[1].approvals.as_str()
        ),
        ("require", "3")
    );
    assert_eq!(draft.automatic[2].when, "kind isNot hotfix");
    let back = Policy::from_yaml(&draft.read().unwrap()).unwrap();
    assert_eq!(back, Policy::from_yaml(FULL).unwrap());
    let fresh = Draft {
        name: "New".into(),
        ..Draft::fresh()
    };
    assert!(fresh.read().is_ok());
}

#[test]
fn what_is_wrong_is_said_at_a_field_of_the_form() {
    let mut draft = full();
    draft.name = String::new();
    draft.approvals = "two".into();
    draft.expires_in = "soon".into();
    draft.rules[0].any_of = "the leads".into();
    draft.rules[1].approvals = "99".into();
    draft.freezes[0].zone = "Mars".into();
    draft.freezes[1].from = "six".into();
    draft.automatic[0].when = "errorBudgetLeft is rather low".into();
    draft.automatic[1].approvals = "0".into();
    draft.automatic[2].when = String::new();
    let mut found = wrong(&draft);
    found.sort_unstable();
    found.dedup();
    assert_eq!(
        found,
        [
            "metadata.name",
            "spec.automatic[0].when",
            "spec.automatic[1].then",
            "spec.automatic[2].when",
            "spec.expiresIn",
            "spec.freezes[0].timeZone",
            "spec.freezes[1].from",
            "spec.minApprovals",
            "spec.rules[0].anyOf",
            "spec.rules[1].approvals",
        ]
    );
}

#[test]
fn an_error_finds_the_nearest_field() {
    let fields = full().fields();
    for (error, field) in [
        ("spec.rules[1].anyOf[0].role", "spec.rules[1].anyOf"),
        ("spec.automatic[0].when[1].fact", "spec.automatic[0].when"),
        ("spec.freezes[0]", "spec.freezes[0].name"),
        ("spec.rules", "metadata.name"),
        ("document", "metadata.name"),
    ] {
        assert_eq!(nearest(&fields, error), field, "{error}");
    }
}

#[test]
fn errors_of_a_document_are_said_at_it() {
    let errors = Policy::from_yaml("kind: [").unwrap_err();
    assert!(at_document(errors).0.iter().all(|error| error.field == DOCUMENT));
    let errors = Policy::from_yaml(&FULL.replace("minApprovals: 2", "minApprovals: 99")).unwrap_err();
    let said = at_document(errors);
    assert!(said.0[0].message.starts_with("in spec.minApprovals: "), "{said}");
}
