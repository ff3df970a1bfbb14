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

/// "1 of 2": the approvals of a request, in the tone of where it stands. What nobody has to decide waits for a freeze to end.
pub fn count_status(request: &ApprovalSummary) -> Status {
    let word = match (request.needed, request.state) {
        (0, ApprovalState::Pending) => "for a freeze to end".into(),
        (0, _) => "nobody asked".into(),
        (needed, _) => format!("{} of {needed}", request.given).into(),
    };
    Status {
        word,
        ..approval_status(request.state)
    }
}

/// How a request stands and its count: "approved", "2 of 2"; of what nobody has to decide only the first, in words of its own.
pub fn standing_status(request: &ApprovalSummary) -> (Status, Option<String>) {
    let is_asked = request.needed > 0;
    match request.state {
        ApprovalState::Pending | ApprovalState::Approved if !is_asked => (count_status(request), None),
        state => {
            let count = is_asked.then(|| format!("{} of {}", request.given, request.needed));
            (approval_status(state), count)
        }
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
