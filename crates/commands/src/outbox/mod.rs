//! Effects on the outside: wanted in a decision's transaction, sent afterwards, looked for before they are sent again; whom they
//! reach; and who chose to be told what.

mod answering;
mod answering_rules;
mod executing;
mod executors;
mod outward;
mod replaying;
mod sending;
mod showing;
mod targets;
mod telling;

pub use outward::Outward;
pub use sending::SentEffects;
pub use targets::TargetOwner;
pub use telling::WhoIsTold;
