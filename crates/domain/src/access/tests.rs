//! The rule as tables: roles by acts, grants by what they are about, tokens by scopes.

use uuid::Uuid;

use super::*;
use crate::{
    actor::Actor,
    ids::{PersonId, TokenId},
    tokens::Reach,
};

const CHECKOUT: TeamId = TeamId(Uuid::from_u128(1));
const PAYMENTS: TeamId = TeamId(Uuid::from_u128(2));

fn tier(number: u8) -> Tier {
    number.try_into().unwrap()
}

fn team(id: TeamId) -> TeamRef {
    TeamRef {
        id,
        slug: "checkout".into(),
        title: "Checkout".into(),
    }
}

fn grant(role: Role) -> Grant {
    Grant {
        id: GrantId(Uuid::nil()),
        role,
        team: None,
        tiers: Vec::new(),
        classes: Vec::new(),
    }
}

fn person(grants: Vec<Grant>) -> Viewer {
    Viewer::person(PersonId(Uuid::nil()), "Ada".into(), grants)
}

fn owned(team: TeamId, of_tier: u8, class: Option<EnvironmentClass>) -> Resource {
    Resource::Owned(Owned {
        team: Some(team),
        tier: Some(tier(of_tier)),
        class,
        ..Owned::default()
    })
}

#[test]
fn every_role_may_what_the_table_says_and_nothing_else() {
    // Viewer, developer, approver, operator, admin.
    let table = [
        (Action::Look, [true, true, true, true, true]),
        (Action::LookAtPlatform, [false, true, true, true, true]),
        (Action::LookAtTrail, [false, false, false, true, true]),
        (Action::ReportDeploy, [false, true, true, true, true]),
        (Action::ReportIncident, [false, true, true, true, true]),
        (Action::CorrectDeploy, [false, true, true, true, true]),
        (Action::MatchDeployment, [false, true, true, true, true]),
        (Action::RegisterService, [false, true, true, true, true]),
        (Action::SetVisibility, [false, true, true, true, true]),
        (Action::ImportCatalog, [false, false, false, true, true]),
        (Action::ManageRepositories, [false, false, false, true, true]),
        (Action::SetEnvironmentClass, [false, false, false, true, true]),
        (Action::ReplayDelivery, [false, false, false, true, true]),
        (Action::RetryJob, [false, false, false, true, true]),
        (Action::CheckGithub, [false, false, false, true, true]),
        (Action::ConnectGithub, [false, false, false, false, true]),
        (Action::DescribeOrganisation, [false, false, false, false, true]),
        (Action::ManagePeople, [false, false, false, false, true]),
        (Action::ManageTokens, [false, false, false, false, true]),
        (Action::OwnTokens, [true, true, true, true, true]),
        (Action::RequestDeploy, [false, true, true, true, true]),
        (Action::Deploy, [false, true, true, true, true]),
        (Action::Approve, [false, false, true, true, true]),
        (Action::BreakGlass, [false, false, false, false, true]),
        (Action::EditPolicies, [false, false, false, false, true]),
        (Action::EditExecutors, [false, false, false, false, true]),
        (Action::EditChecks, [false, true, true, true, true]),
    ];
    assert_eq!(table.map(|(action, _)| action), Action::ALL);
    for (action, expected) in table {
        let allowed = Role::ALL.map(|role| {
            let viewer = person(vec![grant(role)]);
            let of = |resource| authorize(&viewer, action, &resource).is_ok();
            let whole = of(Resource::Organisation);
            assert_eq!(whole, of(Resource::Anything), "{action:?} {role:?}");
            assert_eq!(whole, of(owned(PAYMENTS, 1, None)), "{action:?} {role:?}");
            whole
        });
        assert_eq!(allowed, expected, "{action:?}");
        let nobody = person(Vec::new());
        for resource in [
            Resource::Anything,
            Resource::Organisation,
            owned(CHECKOUT, 1, None),
        ] {
            assert_eq!(
                authorize(&nobody, action, &resource),
                Err(Denial::Role(action.needs()))
            );
        }
    }
}

#[test]
fn a_narrowed_grant_covers_what_it_names_and_fails_closed() {
    use EnvironmentClass::{Production, Staging};
    let of_team = || Grant {
        team: Some(team(CHECKOUT)),
        ..grant(Role::Developer)
    };
    let of_tier = || Grant {
        tiers: vec![tier(3), tier(4)],
        ..grant(Role::Developer)
    };
    let of_class = || Grant {
        classes: vec![Staging],
        ..grant(Role::Developer)
    };
    let all = || Grant {
        tiers: vec![tier(3)],
        classes: vec![Staging],
        ..of_team()
    };
    let unknown = || Resource::Owned(Owned::default());
    let cases = [
        (of_team(), owned(CHECKOUT, 1, None), true),
        (of_team(), owned(PAYMENTS, 1, None), false),
        (of_team(), unknown(), false),
        (of_team(), Resource::Organisation, false),
        (of_tier(), owned(PAYMENTS, 4, None), true),
        (of_tier(), owned(PAYMENTS, 1, None), false),
        (of_tier(), unknown(), false),
        (of_tier(), Resource::Organisation, false),
        (of_class(), owned(PAYMENTS, 1, Some(Staging)), true),
        (of_class(), owned(PAYMENTS, 1, Some(Production)), false),
        (of_class(), owned(PAYMENTS, 1, None), false),
        (of_class(), Resource::Organisation, false),
        (all(), owned(CHECKOUT, 3, Some(Staging)), true),
        (all(), owned(CHECKOUT, 3, Some(Production)), false),
        (all(), owned(CHECKOUT, 1, Some(Staging)), false),
        (all(), owned(PAYMENTS, 3, Some(Staging)), false),
        (all(), Resource::Anything, true),
    ];
    for (grant, resource, expected) in cases {
        let context = format!("{grant} on {resource:?}");
        let outcome = authorize(&person(vec![grant]), Action::ReportDeploy, &resource);
        assert_eq!(outcome.is_ok(), expected, "{context}: {outcome:?}");
    }
}

#[test]
fn two_grants_do_not_add_up_to_a_third() {
    let viewer = person(vec![
        Grant {
            team: Some(team(CHECKOUT)),
            ..grant(Role::Admin)
        },
        grant(Role::Viewer),
    ]);
    assert_eq!(
        authorize(&viewer, Action::ManagePeople, &Resource::Organisation),
        Err(Denial::Whole(Role::Admin))
    );
    assert_eq!(
        authorize(&viewer, Action::CorrectDeploy, &owned(PAYMENTS, 1, None)),
        Err(Denial::Elsewhere(Role::Developer))
    );
    assert!(authorize(&viewer, Action::CorrectDeploy, &owned(CHECKOUT, 1, None)).is_ok());
}

#[test]
fn a_token_holds_its_scopes_and_never_more_than_its_owner() {
    let token = |scopes: &[Scope]| Viewer::token(TokenId(Uuid::nil()), "CI".into(), scopes.to_vec());
    for action in Action::ALL {
        let outcome = authorize(&token(&Scope::ALL), action, &Resource::Organisation);
        assert_eq!(outcome.is_ok(), action.scope().is_some(), "{action:?}");
        for scope in Scope::ALL {
            let outcome = authorize(&token(&[scope]), action, &Resource::Organisation);
            assert_eq!(
                outcome.is_ok(),
                action.scope() == Some(scope),
                "{action:?} {scope:?}"
            );
        }
        for role in Role::ALL {
            let owned = token(&Scope::ALL).owned_by(vec![grant(role)]);
            let outcome = authorize(&owned, action, &Resource::Organisation);
            let expected = action.scope().is_some() && role >= action.needs();
            assert_eq!(outcome.is_ok(), expected, "{action:?} {role:?}");
        }
    }
    let trusted = Viewer::trusted(Actor::CommandLine);
    for action in Action::ALL {
        assert!(authorize(&trusted, action, &Resource::Organisation).is_ok());
    }
}

#[test]
fn what_only_people_decide_no_token_may() {
    let token = Viewer::token(TokenId(Uuid::nil()), "CI".into(), Scope::ALL.to_vec());
    for token in [token.clone(), token.owned_by(vec![grant(Role::Admin)])] {
        for action in [
            Action::Approve,
            Action::BreakGlass,
            Action::EditPolicies,
            Action::EditExecutors,
        ] {
            assert_eq!(
                authorize(&token, action, &Resource::Organisation),
                Err(Denial::Token)
            );
        }
    }
}

#[test]
fn a_token_acts_in_the_environments_that_it_is_limited_to() {
    let reach = Reach::parse("environments", "eu-live", &["staging"]).unwrap();
    let token = Viewer::token(TokenId(Uuid::nil()), "CI".into(), Scope::ALL.to_vec()).within(reach);
    let at = |environment: &str, class| {
        Resource::Owned(Owned {
            environment: Some(environment.to_owned()),
            class: Some(class),
            ..Owned::default()
        })
    };
    let may = |viewer: &Viewer, resource| authorize(viewer, Action::ReportDeploy, &resource);
    assert!(may(&token, at("qa", EnvironmentClass::Staging)).is_ok());
    assert!(may(&token, at("EU-live", EnvironmentClass::Production)).is_ok());
    for outside in [
        at("us-live", EnvironmentClass::Production),
        Resource::Owned(Owned::default()),
        Resource::Organisation,
    ] {
        assert_eq!(may(&token, outside), Err(Denial::Environment));
    }
    assert!(authorize(&token, Action::Look, &Resource::Anything).is_ok());
    let owned = token.owned_by(vec![grant(Role::Viewer)]);
    assert_eq!(
        may(&owned, at("qa", EnvironmentClass::Staging)),
        Err(Denial::Role(Role::Developer)),
        "never more than its owner"
    );
}

#[test]
fn reasons_say_who_can_grant_and_grants_read_as_words() {
    let why = authorize(&person(Vec::new()), Action::RetryJob, &Resource::Organisation).unwrap_err();
    assert_eq!(
        why.to_string(),
        "This needs the role operator. An admin can grant it."
    );
    let grant = Grant {
        team: Some(team(CHECKOUT)),
        tiers: vec![tier(1), tier(2)],
        classes: vec![EnvironmentClass::Staging],
        ..grant(Role::Approver)
    };
    assert_eq!(
        grant.to_string(),
        "approver of Checkout, tier 1 and 2, in staging"
    );
    for role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Some(role));
    }
    assert_eq!(Role::parse("root"), None);
}

#[test]
fn nobody_hides_a_service_from_themselves() {
    let of = |grants| {
        let owned = Owned {
            team: Some(PAYMENTS),
            ..Owned::default()
        };
        authorize_visibility(&person(grants), owned)
    };
    let for_payments = |role| Grant {
        team: Some(team(PAYMENTS)),
        ..grant(role)
    };
    assert_eq!(of(vec![for_payments(Role::Developer)]), Ok(()));
    assert_eq!(of(vec![grant(Role::Admin)]), Ok(()));
    assert_eq!(of(vec![grant(Role::Operator)]), Err(Denial::NotOwner));
    assert_eq!(
        of(vec![for_payments(Role::Viewer)]),
        Err(Denial::Role(Role::Developer))
    );
}
