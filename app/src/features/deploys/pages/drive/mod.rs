//! What the page of a deploy says of the loop: where it stands, its phases, what was watched, and what one can do.

mod acts;
mod evidence;
mod now;
mod phases;
mod steps;
mod trail;
mod watch;

pub(super) use self::{
    acts::acts,
    evidence::evidence,
    now::now,
    phases::{phases, said},
    steps::steps,
    trail::trail,
    watch::watch,
};
