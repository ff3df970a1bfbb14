//! Four eyes as a table: every part, every way to be known, every role, every rule.

use uuid::Uuid;

use super::*;
use crate::{
    access::{Grant, Owned, Role},
    approvals::{BoundRelease, Eligible, Freeze, Involved, Needs, Part, Party, Release, Rule, Span},
    environments::EnvironmentClass,
    ids::{PersonId, TeamId},
    people::TeamRef,
    sight::Audience,
};

mod stuck;

const CHECKOUT: TeamId = TeamId(Uuid::from_u128(1));
const PAYMENTS: TeamId = TeamId(Uuid::from_u128(2));

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-11-27T12:00:00Z")
}

fn who(number: u128) -> PersonId {
    Uuid::from_u128(number).into()
}

fn grant(role: Role, team: Option<TeamId>) -> Grant {
    Grant {
        id: Uuid::nil().into(),
        role,
        team: team.map(|id| TeamRef {
            id,
            slug: if id == CHECKOUT { "checkout" } else { "payments" }.to_owned(),
            title: "A team".to_owned(),
        }),
        tiers: Vec::new(),
        classes: Vec::new(),
    }
}

fn decider(number: u128, grants: Vec<Grant>) -> Decider {
    Decider {
        person: who(number),
        name: format!("Person {number}"),
        grants,
        names: vec![format!("person-{number}")],
        has_github: true,
    }
}

fn approver(number: u128) -> Decider {
    decider(number, vec![grant(Role::Approver, None)])
}

fn subject() -> Subject {
    Subject {
        owned: Owned {
            team: Some(CHECKOUT),
            tier: Some(1_u8.try_into().unwrap()),
            environment: Some("production".into()),
            class: Some(EnvironmentClass::Production),
        },
        audience: Audience::Everyone,
        is_unclassed: false,
    }
}

fn binding() -> Binding {
    BoundRelease {
        service: Uuid::from_u128(1).into(),
        environment: Uuid::from_u128(2).into(),
        sha: Some("a".repeat(40)),
        digest: None,
        config: None,
        terraform_plan: None,
        terms: None,
    }
    .binding()
}

fn request(approvals: u8, rules: Vec<Rule>, parties: Vec<Party>) -> ApprovalRequest {
    ApprovalRequest {
        id: Uuid::from_u128(9).into(),
        service: Uuid::from_u128(1).into(),
        environment: Uuid::from_u128(2).into(),
        release: Release::default(),
        binding: binding(),
        state: ApprovalState::Pending,
        ended_why: None,
        opened_at: at("2026-11-27T00:00:00Z"),
        deadline: at("2026-11-28T00:00:00Z"),
        ended_at: None,
        policy: "Production".into(),
        needs: Needs {
            approvals,
            reason: false,
            rules,
            refused: None,
        },
        freezes: Vec::new(),
        parties,
    }
}

fn rule(name: &str, any_of: Vec<Eligible>, required: bool) -> Rule {
    Rule {
        name: name.into(),
        any_of,
        required,
        approvals: 1,
    }
}

fn approval() -> NewDecision {
    NewDecision {
        verdict: Verdict::Approve,
        reason: None,
        binding: binding(),
    }
}

fn rejection() -> NewDecision {
    NewDecision {
        verdict: Verdict::Reject,
        reason: Some("it breaks the till".into()),
        ..approval()
    }
}

fn decided(decider: &Decider, verdict: Verdict) -> Decision {
    Decision {
        person: decider.person,
        name: decider.name.clone(),
        verdict,
        reason: None,
        at: now(),
    }
}

/// What comes of a decision where these decided before.
fn come(
    request: &ApprovalRequest,
    before: &[(&Decider, Verdict)],
    (decider, new): (&Decider, &NewDecision),
) -> Result<Decided, DecisionError> {
    let decisions: Vec<Decision> = before
        .iter()
        .map(|(who, verdict)| decided(who, *verdict))
        .collect();
    let known: Vec<Decider> = before.iter().map(|(who, _)| (*who).clone()).collect();
    let subject = subject();
    let case = Case {
        request,
        subject: &subject,
        decisions: &decisions,
        decided: &known,
    };
    decide(&case, decider, new, now())
}

/// Who took part, and whether that excludes the first person: where their GitHub account is known, and where it is not.
fn parties() -> [(&'static str, Option<Involved>, [bool; 2]); 7] {
    [
        ("nobody", None, [false, false]),
        (
            "themselves",
            Some(Involved::Person {
                id: who(1),
                has_account: true,
            }),
            [true, true],
        ),
        (
            "themselves, by GitHub",
            Some(Involved::Person {
                id: who(1),
                has_account: false,
            }),
            [true, true],
        ),
        (
            "somebody else",
            Some(Involved::Person {
                id: who(2),
                has_account: true,
            }),
            [false, false],
        ),
        (
            "an account of GitHub",
            Some(Involved::Person {
                id: who(2),
                has_account: false,
            }),
            [false, true],
        ),
        ("a machine", Some(Involved::Machine), [false, false]),
        ("nobody knows who", Some(Involved::Unmapped), [true, true]),
    ]
}

/// Roles, and whether they let one approve for checkout.
fn standings() -> [(Vec<Grant>, bool); 9] {
    [
        (Vec::new(), false),
        (vec![grant(Role::Viewer, None)], false),
        (vec![grant(Role::Developer, None)], false),
        (vec![grant(Role::Approver, None)], true),
        (vec![grant(Role::Operator, None)], true),
        (vec![grant(Role::Admin, None)], true),
        (vec![grant(Role::Approver, Some(CHECKOUT))], true),
        (vec![grant(Role::Approver, Some(PAYMENTS))], false),
        (
            vec![
                grant(Role::Developer, Some(CHECKOUT)),
                grant(Role::Approver, Some(PAYMENTS)),
            ],
            false,
        ),
    ]
}

#[test]
fn every_combination_of_part_identity_role_and_rule_is_decided_by_the_table() {
    let in_team = |grants: &[Grant]| {
        grants
            .iter()
            .any(|grant| grant.team.as_ref().is_some_and(|team| team.id == CHECKOUT))
    };
    let operator = |grants: &[Grant]| grants.iter().any(|grant| grant.role >= Role::Operator);
    for part in [Part::Initiator, Part::Author] {
        for (name, party, excluded) in parties() {
            for (grants, may) in &standings() {
                for (with_github, index) in [(true, 0), (false, 1)] {
                    let rules = [
                        (Vec::new(), true),
                        (
                            vec![rule("team", vec![Eligible::Team("checkout".into())], false)],
                            in_team(grants),
                        ),
                        (
                            vec![rule("platform", vec![Eligible::Role(Role::Operator)], false)],
                            operator(grants),
                        ),
                        (
                            vec![rule("Ada", vec![Eligible::User("person-1".into())], false)],
                            true,
                        ),
                        (
                            vec![rule("Eve", vec![Eligible::User("person-2".into())], false)],
                            false,
                        ),
                        (
                            vec![
                                rule("Eve", vec![Eligible::User("person-2".into())], true),
                                rule(
                                    "or",
                                    vec![Eligible::User("x".into()), Eligible::Role(Role::Viewer)],
                                    false,
                                ),
                            ],
                            !grants.is_empty() && *may,
                        ),
                    ];
                    for (rules, meant) in rules {
                        let who = party.map(|who| Party {
                            part,
                            who,
                            name: "Lena".into(),
                        });
                        let asked = request(2, rules, who.into_iter().collect());
                        let decider = Decider {
                            has_github: with_github,
                            ..decider(1, grants.clone())
                        };
                        let expected = !excluded[index] && *may && meant;
                        for new in [approval(), rejection()] {
                            let came = come(&asked, &[], (&decider, &new));
                            assert_eq!(
                                came.is_ok(),
                                expected,
                                "{part:?} {name} {grants:?} {asked:?}: {came:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn approvals_add_up_and_the_first_rejection_ends_it() {
    let (ada, eve) = (approver(1), approver(2));
    let asked = request(2, Vec::new(), Vec::new());
    let first = come(&asked, &[], (&ada, &approval())).unwrap();
    assert!(matches!(
        first,
        Decided::Counted(Tally {
            given: 1,
            needed: 2,
            ..
        })
    ));
    let second = come(&asked, &[(&ada, Verdict::Approve)], (&eve, &approval())).unwrap();
    assert!(matches!(second, Decided::Approved(Tally { given: 2, .. })));
    let no = come(&asked, &[(&ada, Verdict::Approve)], (&eve, &rejection()));
    assert_eq!(no, Ok(Decided::Rejected));
    let again = come(&asked, &[(&ada, Verdict::Approve)], (&ada, &approval()));
    assert_eq!(again, Err(DecisionError::AlreadyDecided));
}

#[test]
fn whoever_lost_the_right_since_does_not_count() {
    let (ada, eve) = (approver(1), approver(2));
    let asked = request(2, Vec::new(), Vec::new());
    let was_approver = decider(1, vec![grant(Role::Developer, None)]);
    let came = come(&asked, &[(&was_approver, Verdict::Approve)], (&eve, &approval())).unwrap();
    assert!(matches!(came, Decided::Counted(Tally { given: 1, .. })));
    let unknown = Decision {
        person: ada.person,
        ..decided(&ada, Verdict::Approve)
    };
    let of_nobody = Case {
        request: &asked,
        subject: &subject(),
        decisions: &[unknown],
        decided: &[],
    };
    assert_eq!(of_nobody.tally().given, 0, "of whom nothing is known any more");
}

#[test]
fn a_required_rule_needs_one_of_its_own() {
    let security = rule("security", vec![Eligible::Team("payments".into())], true);
    let leads = rule("leads", vec![Eligible::Role(Role::Approver)], false);
    let asked = request(2, vec![leads, security], Vec::new());
    let (ada, eve) = (approver(1), approver(2));
    let sam = decider(
        3,
        vec![grant(Role::Approver, None), grant(Role::Viewer, Some(PAYMENTS))],
    );
    let two = come(&asked, &[(&ada, Verdict::Approve)], (&eve, &approval())).unwrap();
    assert!(matches!(two, Decided::Counted(Tally { given: 2, .. })), "{two:?}");
    let with_security = come(&asked, &[(&ada, Verdict::Approve)], (&sam, &approval())).unwrap();
    assert!(matches!(with_security, Decided::Approved(_)), "{with_security:?}");
}

#[test]
fn it_is_not_decided_late_over_changed_frozen_refused_or_without_the_asked_reason() {
    let ada = approver(1);
    let asked = || request(1, Vec::new(), Vec::new());
    for state in ApprovalState::ALL
        .into_iter()
        .filter(|state| *state != ApprovalState::Pending)
    {
        let over = ApprovalRequest { state, ..asked() };
        assert_eq!(
            come(&over, &[], (&ada, &approval())),
            Err(DecisionError::Over(state))
        );
    }
    let late = ApprovalRequest {
        deadline: now(),
        ..asked()
    };
    assert_eq!(come(&late, &[], (&ada, &approval())), Err(DecisionError::Expired));
    let other = BoundRelease {
        service: Uuid::from_u128(1).into(),
        environment: Uuid::from_u128(2).into(),
        sha: Some("b".repeat(40)),
        digest: None,
        config: None,
        terraform_plan: None,
        terms: None,
    };
    let seen = NewDecision {
        binding: other.binding(),
        ..approval()
    };
    assert_eq!(come(&asked(), &[], (&ada, &seen)), Err(DecisionError::Changed));
    let mut refused = asked();
    refused.needs.refused = Some("the error budget is spent".into());
    let came = come(&refused, &[], (&ada, &approval()));
    assert!(matches!(came, Err(DecisionError::Refused(_))));
    assert_eq!(come(&refused, &[], (&ada, &rejection())), Ok(Decided::Rejected));
    let mut frozen = asked();
    frozen.freezes.push(Freeze {
        name: "Year end".into(),
        zone: chrono_tz::UTC,
        span: Span::Once {
            from: "2026-11-27T12:00:00".parse().unwrap(),
            to: "2026-11-27T13:00:00".parse().unwrap(),
        },
    });
    let came = come(&frozen, &[], (&ada, &approval())).unwrap_err();
    assert_eq!(
        came.to_string(),
        "“Year end” lasts until 2026-11-27 13:00 UTC. Approve it then, or reject it."
    );
    frozen.needs.approvals = 0;
    frozen.needs.rules.clear();
    let came = may_be_approved(&frozen, now()).unwrap_err();
    assert_eq!(
        came.to_string(),
        "“Year end” lasts until 2026-11-27 13:00 UTC. Nobody has to decide: what waits goes on by itself then."
    );
    let mut with_reason = asked();
    with_reason.needs.reason = true;
    assert_eq!(
        come(&with_reason, &[], (&ada, &approval())),
        Err(DecisionError::NoReason)
    );
    let silent = NewDecision {
        reason: None,
        ..rejection()
    };
    assert_eq!(
        come(&asked(), &[], (&ada, &silent)),
        Err(DecisionError::NoReasonToReject)
    );
}

#[test]
fn those_who_can_still_decide_are_named_and_hear_of_the_service() {
    let all = [
        approver(1),
        approver(2),
        decider(3, vec![grant(Role::Viewer, None)]),
        decider(4, vec![grant(Role::Approver, Some(CHECKOUT))]),
        approver(5),
    ];
    let own = Party {
        part: Part::Initiator,
        who: Involved::Person {
            id: who(1),
            has_account: true,
        },
        name: "Person 1".into(),
    };
    let asked = request(2, Vec::new(), vec![own]);
    let decisions = [decided(&all[1], Verdict::Approve)];
    let names = |subject: &Subject| -> Vec<u128> {
        let case = Case {
            request: &asked,
            subject,
            decisions: &decisions,
            decided: &all[1..2],
        };
        let can = who_can_still_decide(&case, &all, now());
        can.iter().map(|decider| decider.person.0.as_u128()).collect()
    };
    assert_eq!(names(&subject()), [4, 5]);
    let private = Subject {
        audience: Audience::Team(Some(CHECKOUT)),
        ..subject()
    };
    assert_eq!(
        names(&private),
        [4],
        "who does not see a private service does not decide about it"
    );
}

#[test]
fn a_form_says_what_is_wrong_with_each_field() {
    let right = NewDecision::parse("reject", " it breaks the till ", &binding().to_string());
    assert_eq!(right, Ok(rejection()));
    let silent = NewDecision::parse("approve", " ", &binding().to_string());
    assert_eq!(silent, Ok(approval()));
    let wrong = NewDecision::parse("maybe", "no", "abc").unwrap_err();
    let fields: Vec<String> = wrong.0.into_iter().map(|error| error.field).collect();
    assert_eq!(fields, ["verdict", "reason", "binding"]);
}
