//! What can never be approved, and who is told what about it.

use super::*;
use crate::approvals::dead_end;

/// Why a request of these needs and parties is never approved where only these may decide.
fn stuck(asked: &ApprovalRequest, all: &[Decider]) -> Option<String> {
    let subject = subject();
    let case = Case {
        request: asked,
        subject: &subject,
        decisions: &[],
        decided: all,
    };
    dead_end(&case, all, now()).map(|why| why.to_string())
}

#[test]
fn what_can_never_be_approved_says_why_and_what_helps() {
    let two = [approver(1), approver(2)];
    assert_eq!(stuck(&request(2, Vec::new(), Vec::new()), &two), None);
    let few = stuck(&request(2, Vec::new(), Vec::new()), &two[..1]).unwrap();
    assert!(
        few.contains("2 people must approve, and only one can") && few.contains("grant the role approver"),
        "{few}"
    );
    let own = Party {
        part: Part::Initiator,
        who: Involved::Person {
            id: who(1),
            has_account: true,
        },
        name: "Person 1".into(),
    };
    let none = stuck(&request(1, Vec::new(), vec![own]), &two[..1]).unwrap();
    assert!(none.contains("nobody is left who may decide"), "{none}");
    // Of whom nobody knows who it is, nobody can be excluded by another grant.
    let unread = Party::unread_author("An author of #257, whose commits are");
    let unread = stuck(&request(1, Vec::new(), vec![unread]), &two).unwrap();
    assert!(
        unread.contains("An author of #257, whose commits are not read yet, wrote a change")
            && unread.contains("look at Integrations")
            && !unread.contains("grant"),
        "{unread}"
    );
    let unmapped = Party::unmapped_author("The author of commit abc1234".into());
    let unmapped = stuck(&request(1, Vec::new(), vec![unmapped]), &two).unwrap();
    assert!(unmapped.contains("say whose it is"), "{unmapped}");
    let security = rule("security", vec![Eligible::Team("payments".into())], true);
    let leads = rule("leads", vec![Eligible::Role(Role::Approver)], false);
    let missing = stuck(&request(1, vec![leads, security], Vec::new()), &two).unwrap();
    assert!(missing.contains("too few can decide as security"), "{missing}");
}

#[test]
fn who_may_not_decide_at_all_is_told_so_before_whom_they_may_be() {
    let asked = request(
        1,
        Vec::new(),
        vec![Party::unread_author("An author of #257, whose commits are")],
    );
    let developer = decider(3, vec![grant(Role::Developer, None)]);
    let came = come(&asked, &[], (&developer, &approval()));
    assert!(matches!(came, Err(DecisionError::Denied(_))), "{came:?}");
    let came = come(&asked, &[], (&approver(1), &approval()))
        .unwrap_err()
        .to_string();
    assert!(came.contains("has not read all that it changes"), "{came}");
}
