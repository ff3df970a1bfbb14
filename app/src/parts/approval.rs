//! How requests for a decision read: where they stand, how far they have come, how risky they are.

use domain::approvals::{ApprovalState, ApprovalSummary, Risk, Verdict};

use crate::ui::Status;

/// How a request's state looks and is called.
pub fn approval_status(state: ApprovalState) -> Status {
    match state {
        ApprovalState::Pending => Status::waiting("waits"),
        ApprovalState::Approved => Status::ok("approved"),
        ApprovalState::Rejected => Status::danger("rejected"),
        ApprovalState::Expired => Status::idle("expired"),
        ApprovalState::Void => Status::idle("void"),
        ApprovalState::Bypassed => Status::warn("bypassed"),
    }
}

/// "1 of 2": the approvals of a request, in the tone of where it stands.
pub fn count_status(request: &ApprovalSummary) -> Status {
    Status {
        word: format!("{} of {}", request.given, request.needed).into(),
        ..approval_status(request.state)
    }
}

/// What somebody said.
pub fn verdict_status(verdict: Verdict) -> Status {
    match verdict {
        Verdict::Approve => Status::ok("approved"),
        Verdict::Reject => Status::danger("rejected"),
    }
}

/// How risky a release is.
pub fn risk_status(risk: Risk) -> Status {
    match risk {
        Risk::Low => Status::ok("low risk"),
        Risk::Medium => Status::warn("medium risk"),
        Risk::High => Status::danger("high risk"),
    }
}
