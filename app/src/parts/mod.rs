//! Small views that know a domain type, shared by features. Each enum of the product has its one total function here
//! that says how it looks.

mod channel;
mod deploy_status;
mod environment;
mod health;
mod person;
mod relations;
mod service;
mod service_channel;

pub use self::{
    channel::{Channel, ChannelMark},
    deploy_status::{deploy_status, failure_words, kind_words},
    environment::{EnvironmentName, class_words},
    health::health_status,
    person::{Person, Team},
    relations::{Relations, entity_href, relation_words},
    service::{ServiceLink, TierTag},
    service_channel::channel_marks,
};
