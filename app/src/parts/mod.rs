//! Small views that know a domain type, shared by features. Each enum of the product has its one total function here
//! that says how it looks.

mod channel;
mod deploy_status;
mod environment;
mod person;
mod service;

pub use self::{
    channel::{Channel, ChannelMark},
    deploy_status::{deploy_status, failure_words, kind_words},
    environment::{EnvironmentName, class_words},
    person::{Person, Team},
    service::{ServiceLink, TierTag},
};
