//! Going on without a decision, with what that brings, and the second person who looks through it.

use commands::ApprovalStanding;
use domain::approvals::{ApprovalState, Review, ReviewVerdict, Reviewed};
use leptos::prelude::*;

use crate::{
    forms::Sent,
    paths,
    ui::{
        Button, ButtonKind, Choice, ErrorSummary, Notice, Panel, Select, Status, StatusMark, TextArea, Time,
        TimeStyle, Tone,
    },
};

/// What was sent and came too late: why, and what was written, so that it is not lost.
pub(super) fn late(sent: &Sent, field: &str, title: &'static str) -> Option<AnyView> {
    if sent.errors.is_empty() {
        return None;
    }
    let (errors, wrote) = (sent.errors.clone(), sent.fields.get(field).to_owned());
    let wrote = (!wrote.is_empty()).then(|| view! { <p>"You wrote:"</p><p class="said-reason">{wrote}</p> });
    Some(view! { <div class="glass"><ErrorSummary errors title />{wrote}</div> }.into_any())
}

/// The panel: the form of whoever goes on without a decision, or who did and what was said of it. Nothing where neither can be.
pub(super) fn glass(standing: &ApprovalStanding, sent: &Sent) -> Option<AnyView> {
    // What was sent meanwhile is answered all the same.
    let broke = || late(&sent.of("break_glass"), "glass_reason", "It did not go on");
    let (late, content) = match &standing.detail.review {
        Some(review) => {
            let reviewed = review.reviewed.as_ref();
            let said = reviewed.and_then(|_| late(&sent.of("review"), "note", "Your review was not saved"));
            (
                said.or_else(broke),
                Some(broken(standing, review, &sent.of("review"))),
            )
        }
        None if standing.detail.request.state == ApprovalState::Pending => {
            (None, Some(whole(standing, &sent.of("break_glass"))))
        }
        None => (Some(broke()?), None),
    };
    Some(view! { <Panel title="Without a decision" id="glass">{late}{content}</Panel> }.into_any())
}

/// Nobody went on yet: what it would bring, and the form.
fn whole(standing: &ApprovalStanding, sent: &Sent) -> AnyView {
    let why_not = standing.why_not.break_glass.clone();
    let is_closed = why_not.is_some();
    let action = paths::approval(standing.detail.request.id);
    let (errors, typed, error) = (
        sent.errors.clone(),
        sent.fields.get("glass_reason").to_owned(),
        sent.error("glass_reason"),
    );
    let open = !errors.is_empty();
    view! {
        <details class="glass" open=open>
            <summary>"Break the glass"</summary>
            <ErrorSummary errors title="It did not go on" />
            <ul class="glass-then">
                <li>"What waits goes on at once, without the approvals that the policy asks for, during a freeze too."</li>
                <li>"It is marked as bypassed here, in the audit trail and wherever the deploy is shown, with your name and reason."</li>
                <li>"Another approver must review it within 24 hours. It cannot be taken back."</li>
            </ul>
            <form method="post" action=action>
                <input type="hidden" name="act" value="break_glass" />
                <fieldset disabled=is_closed>
                    <legend class="sr-only">"Break the glass"</legend>
                    <TextArea label="Why it cannot wait" name="glass_reason" value=typed required=true error />
                    <Button kind=ButtonKind::Danger disabled_because=why_not>"Go on without a decision"</Button>
                </fieldset>
            </form>
        </details>
    }
    .into_any()
}

/// Somebody went on.
fn broken(standing: &ApprovalStanding, review: &Review, sent: &Sent) -> AnyView {
    let (name, reason, at) = (review.name.clone(), review.reason.clone(), review.broken_at);
    let then = match review.reviewed.clone() {
        Some(reviewed) => said(reviewed),
        None => to_review(standing, review, sent),
    };
    view! {
        <div class="glass">
            <p><strong>{name}</strong>" went on without a decision "<Time at />":"</p>
            <p class="said-reason">{reason}</p>
            {then}
        </div>
    }
    .into_any()
}

fn said(reviewed: Reviewed) -> AnyView {
    let status = match reviewed.verdict {
        ReviewVerdict::Justified => Status::ok("it had to be"),
        ReviewVerdict::Unjustified => Status::danger("it had not to be"),
    };
    view! {
        <p><strong>{reviewed.name}</strong>" reviewed it "<Time at=reviewed.at />": "<StatusMark status /></p>
        <p class="said-reason">{reviewed.note}</p>
    }
    .into_any()
}

fn to_review(standing: &ApprovalStanding, review: &Review, sent: &Sent) -> AnyView {
    let why_not = standing.why_not.review.clone();
    let is_closed = why_not.is_some();
    let action = paths::approval(review.request);
    let due = review.due_at;
    let choices = vec![
        Choice::new("", "Choose"),
        Choice::new(ReviewVerdict::Justified.as_str(), "It had to be"),
        Choice::new(ReviewVerdict::Unjustified.as_str(), "It had not to be"),
    ];
    let (errors, chosen, typed) = (
        sent.errors.clone(),
        sent.fields.get("review").to_owned(),
        sent.fields.get("note").to_owned(),
    );
    let (verdict_error, note_error) = (sent.error("review"), sent.error("note"));
    view! {
        <Notice tone=Tone::Warn>
            "Another approver must review it: "<Time at=due style=TimeStyle::Left />" left, until "<Time at=due style=TimeStyle::Exact />"."
        </Notice>
        <ErrorSummary errors />
        <form method="post" action=action>
            <input type="hidden" name="act" value="review" />
            <fieldset disabled=is_closed>
                <legend class="sr-only">"Review"</legend>
                <Select label="Did it have to be?" name="review" choices selected=chosen error=verdict_error />
                <TextArea label="What you found" name="note" value=typed required=true error=note_error />
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Save the review"</Button>
            </fieldset>
        </form>
    }
    .into_any()
}
