//! What people can say of a drive now, and why not. Commands refuse by these rules, and pages disable by them.

use super::{Drive, Phase, inputs::Verdict};
use crate::environments::EnvironmentClass;

/// Why something cannot be said of a drive now, and what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// It is over.
    #[error("this deploy has ended; nothing of it changes any more")]
    Ended,
    /// Calling off is for what nobody saw.
    #[error("users see this deploy already; roll it back instead")]
    Exposed,
    /// It was called off.
    #[error("it was called off already; it ends when its executor has said how far it came")]
    CalledOff,
    /// What brings users back is not called off.
    #[error(
        "this rollback has begun, and brings back what users had before; wait for its end, or deploy what should run"
    )]
    BringsBack,
    /// Undoing is for what users see.
    #[error("users do not see this deploy yet; call it off instead")]
    Unseen,
    /// What undoes another one is not undone.
    #[error("this deploy is a rollback; wait for its end, or deploy what should run")]
    Rollback,
    /// Nobody is asked to confirm anything.
    #[error("this deploy waits for nobody to confirm it; look at what it waits for")]
    NobodyAsked,
    /// It is watched, and nobody is asked yet.
    #[error("it is still watched, and nothing needs a person so far; look again when the watch is over")]
    Watched,
    /// Whoever confirms saw another phase.
    #[error("it went on since you looked; look at what it waits for now, and decide about that")]
    Moved,
    /// It was confirmed.
    #[error("somebody confirmed this already; it goes on by itself")]
    Confirmed,
    /// What ended is undone only while it runs.
    #[error("something else runs there by now; roll that back, or deploy what should run")]
    Replaced,
    /// It was to undo what runs there still.
    #[error(
        "this rollback did not work, and what it was to undo runs still; roll that back, or deploy what should run"
    )]
    NotUndone,
    /// There is nothing to go back to.
    #[error("no release before it is known to be good; deploy the one that should run")]
    NoWayBack,
    /// Another drive has the environment.
    #[error("another deploy is on its way there; roll that back, or wait for its end")]
    Taken,
    /// Nothing can be ordered.
    #[error("nobody is set to carry out deploys there; set an executor in the settings of the service")]
    NoExecutor,
}

/// Whether a drive may be called off: nobody did so yet, users do not see it, and it is no rollback that has begun.
///
/// # Errors
/// Why not.
pub fn may_cancel(drive: &Drive, is_called_off: bool) -> Result<(), NotNow> {
    let place = drive.standing.place().ok_or(NotNow::Ended)?;
    if drive.brings_back(place.phase) {
        return Err(NotNow::BringsBack);
    }
    if drive.exposed && !drive.is_rollback() {
        return Err(NotNow::Exposed);
    }
    if is_called_off {
        return Err(NotNow::CalledOff);
    }
    Ok(())
}

/// Whether somebody may say that a drive goes on: too little is known of what is watched, or it is being declared good. Nobody
/// confirms what they were not asked yet, or what somebody confirmed.
///
/// # Errors
/// Why not.
pub fn may_confirm(drive: &Drive, is_confirmed: bool, verdict: Option<&Verdict>) -> Result<(), NotNow> {
    let place = drive.standing.place().ok_or(NotNow::Ended)?;
    match (place.phase, verdict) {
        (Phase::Verify | Phase::Confirm, _) if is_confirmed => Err(NotNow::Confirmed),
        (Phase::Confirm, _) | (Phase::Verify, Some(Verdict::Insufficient { .. })) => Ok(()),
        (Phase::Verify, _) => Err(NotNow::Watched),
        _ => Err(NotNow::NobodyAsked),
    }
}

/// Whether it takes somebody who may approve there, and did not ask for the drive, to let it go on: in production, and where nobody
/// said what the environment is for, that is a decision about the release. What a rollback brings back ran there before, and nobody
/// is asked about it.
pub fn takes_another(drive: &Drive, class: EnvironmentClass) -> bool {
    class == EnvironmentClass::Production && !drive.is_rollback()
}

/// Whether a drive on its way may be undone by itself: users see it.
///
/// # Errors
/// Why not.
pub fn may_undo(drive: &Drive) -> Result<(), NotNow> {
    if !drive.standing.is_open() {
        return Err(NotNow::Ended);
    }
    if drive.is_rollback() {
        return Err(NotNow::Rollback);
    }
    if !drive.exposed {
        return Err(NotNow::Unseen);
    }
    Ok(())
}

/// Whether somebody may report a defect of a deploy: users see it, on its way or as what runs.
///
/// # Errors
/// Why not.
pub fn may_report(drive: Option<&Drive>, is_running: bool) -> Result<(), NotNow> {
    match drive.filter(|drive| drive.standing.is_open()) {
        Some(drive) if drive.exposed => Ok(()),
        Some(_) => Err(NotNow::Unseen),
        None if is_running => Ok(()),
        None => Err(NotNow::Replaced),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            End, Standing,
            world::{drive, fail, id, pass, place},
        },
        *,
    };

    #[test]
    fn what_users_see_is_undone_and_what_they_do_not_see_is_called_off() {
        let mut drive = drive(1);
        assert_eq!(
            (may_cancel(&drive, false), may_undo(&drive)),
            (Ok(()), Err(NotNow::Unseen))
        );
        assert_eq!(may_report(Some(&drive), false), Err(NotNow::Unseen));
        drive.exposed = true;
        assert_eq!(
            (may_cancel(&drive, false), may_undo(&drive)),
            (Err(NotNow::Exposed), Ok(()))
        );
        assert_eq!(may_report(Some(&drive), false), Ok(()));
        drive.undoes = Some(id(2));
        assert_eq!(
            (may_cancel(&drive, false), may_undo(&drive)),
            (Ok(()), Err(NotNow::Rollback))
        );
        drive.standing = Standing::Ended(End::Succeeded);
        assert_eq!(may_report(Some(&drive), true), Ok(()));
        assert_eq!(may_report(Some(&drive), false), Err(NotNow::Replaced));
        assert_eq!(may_report(None, true), Ok(()));
        assert_eq!(may_cancel(&drive, false), Err(NotNow::Ended));
        assert_eq!(may_undo(&drive), Err(NotNow::Ended));
        assert_eq!(may_confirm(&drive, false, None), Err(NotNow::Ended));
    }

    #[test]
    fn in_production_another_lets_it_go_on_and_a_rollback_waits_for_no_other() {
        let mut drive = drive(1);
        assert!(takes_another(&drive, EnvironmentClass::Production));
        assert!(!takes_another(&drive, EnvironmentClass::Staging));
        drive.undoes = Some(id(2));
        assert!(!takes_another(&drive, EnvironmentClass::Production));
    }

    #[test]
    fn a_rollback_is_called_off_until_it_begins_and_anything_else_once() {
        let mut drive = drive(1);
        assert_eq!(may_cancel(&drive, true), Err(NotNow::CalledOff));
        drive.undoes = Some(id(2));
        for phase in Phase::ALL {
            drive.standing = place(phase, 1);
            let begun = matches!(phase, Phase::Deploy | Phase::Verify | Phase::Confirm);
            let may = if begun { Err(NotNow::BringsBack) } else { Ok(()) };
            assert_eq!(may_cancel(&drive, false), may, "{phase:?}");
        }
    }

    #[test]
    fn only_what_somebody_is_asked_about_is_confirmed() {
        let mut drive = drive(1);
        let little = Verdict::Insufficient {
            why: "silence".into(),
        };
        let (green, red) = (pass(), fail());
        for phase in Phase::ALL {
            drive.standing = place(phase, 1);
            let may = |is_confirmed, verdict| may_confirm(&drive, is_confirmed, verdict);
            let (watched, asked) = match phase {
                Phase::Verify => (Err(NotNow::Watched), Ok(())),
                Phase::Confirm => (Ok(()), Ok(())),
                _ => (Err(NotNow::NobodyAsked), Err(NotNow::NobodyAsked)),
            };
            for verdict in [None, Some(&green), Some(&red)] {
                assert_eq!(may(false, verdict), watched, "{phase:?}");
            }
            assert_eq!(may(false, Some(&little)), asked, "{phase:?}");
            let again = asked.and(Err(NotNow::Confirmed));
            assert_eq!(may(true, Some(&little)), again, "{phase:?}");
        }
    }
}
