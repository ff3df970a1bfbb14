//! A request as somebody sees it: how far it has come, who can still decide, and what whoever looks can do about it. By the same
//! rules that the acts go by.

use domain::{
    access::Action,
    actor::Viewer,
    approvals::{
        ApprovalDetail, Case, DeadEnd, Decided, Decider, DecisionError, NewDecision, Subject, Tally, Verdict,
        dead_end, decide, may_be_approved, may_break_glass, may_decide, may_review, who_can_still_decide,
    },
    ids::ApprovalId,
};

use crate::{CommandError, Commands, Result, access::anywhere};

/// A request with what can be done about it now.
#[derive(Clone, Debug)]
pub struct ApprovalStanding {
    /// The request with everything about it.
    pub detail: ApprovalDetail,
    /// How far it has come.
    pub tally: Tally,
    /// Who can still decide, by name; nobody where it is over.
    pub can: Vec<Decider>,
    /// Why it is never approved as people stand now, where that is so.
    pub dead_end: Option<DeadEnd>,
    /// Whether the approval of whoever looks would be the last that is needed.
    pub is_last: bool,
    /// Why whoever looks cannot do what there is to do.
    pub why_not: WhyNot,
}

/// Why somebody cannot do something about a request, in sentences for them; `None` where they can.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhyNot {
    /// Say anything.
    pub decide: Option<String>,
    /// Say yes; where they can decide, they can say no all the same.
    pub approve: Option<String>,
    /// Go on without a decision.
    pub break_glass: Option<String>,
    /// Look through what was done without one.
    pub review: Option<String>,
}

/// Whoever looks.
struct Looker<'a> {
    viewer: &'a Viewer,
    /// As they decide; `None` for what is no person with an account.
    decider: Option<Decider>,
}

impl Commands {
    /// A request with what whoever looks can do about it.
    pub async fn approval(&self, by: &Viewer, id: ApprovalId) -> Result<ApprovalStanding> {
        anywhere(by, Action::Look)?;
        let reads = self.reads_of(by);
        let missing = || CommandError::not_found(format!("request {id}"));
        let detail = reads.approval(id).await?.ok_or_else(missing)?;
        let request = &detail.request;
        let about = reads.approval_subject(request.service, request.environment);
        let about = about.await?.ok_or_else(missing)?;
        let all = reads.deciders().await?;
        let decider = match by.signed_in() {
            Some(person) => reads.decider(person).await?,
            None => None,
        };
        let looker = Looker { viewer: by, decider };
        let now = self.now();
        let case = Case {
            request,
            subject: &about,
            decisions: &detail.decisions,
            decided: &all,
        };
        let can = who_can_still_decide(&case, &all, now);
        let may = match &looker.decider {
            Some(decider) => may_decide(&case, decider, now).map(drop),
            None => Err(DecisionError::NotAPerson),
        };
        let why_not = WhyNot {
            decide: words(may),
            approve: words(may_be_approved(request, now)),
            break_glass: words(may_break_glass(request, &about, by, now)),
            review: looker.why_not_review(&detail, &about),
        };
        // What would come of it, by the rule itself; with a reason, which it may ask for.
        let yes = NewDecision {
            verdict: Verdict::Approve,
            reason: Some(String::new()),
            binding: request.binding,
        };
        let is_last = looker
            .decider
            .as_ref()
            .is_some_and(|decider| matches!(decide(&case, decider, &yes, now), Ok(Decided::Approved(_))));
        Ok(ApprovalStanding {
            is_last,
            tally: case.tally(),
            can: can.into_iter().cloned().collect(),
            dead_end: dead_end(&case, &all, now),
            why_not,
            detail,
        })
    }

    /// Who can still decide about a request, by name; nobody where it is over.
    pub async fn who_can_still_decide(&self, by: &Viewer, id: ApprovalId) -> Result<Vec<Decider>> {
        Ok(self.approval(by, id).await?.can)
    }
}

impl Looker<'_> {
    fn why_not_review(&self, detail: &ApprovalDetail, about: &Subject) -> Option<String> {
        let review = detail.review.as_ref()?;
        match &self.decider {
            Some(decider) => words(may_review(review, about, (self.viewer, decider.person))),
            None => Some(DecisionError::NotAPerson.to_string()),
        }
    }
}

fn words<E: ToString>(may: std::result::Result<(), E>) -> Option<String> {
    may.err().map(|why| why.to_string())
}
