//! Small views that know a domain type, shared by features. Each enum of the product has its one total function here
//! that says how it looks.

mod approval;
mod channel;
mod dependency_graph;
mod deploy_channel;
mod deploy_status;
mod drive;
mod environment;
mod graph_paths;
mod graph_places;
mod health;
mod identity;
mod incident;
mod person;
mod reached;
mod relations;
mod roles;
mod service;
mod service_channel;
mod team_list;
mod token;

pub use self::{
    approval::{approval_status, count_status, risk_status, standing_status, verdict_status},
    channel::{Channel, ChannelMark},
    dependency_graph::{DependencyGraph, DependencyTable, LISTED},
    deploy_channel::{DeployGate, deploy_marks},
    deploy_status::{deploy_status, failure_words, kind_words},
    drive::{finding_status, finding_words, item_words},
    environment::{EnvironmentName, class_words},
    health::health_status,
    identity::{identity_list, provider_name},
    incident::{Incidents, severity_status},
    person::{Person, Team},
    reached::Reached,
    relations::{Relations, entity_path},
    roles::{granted, narrowing, role_field, role_fields},
    service::{ServiceLink, TierTag},
    service_channel::channel_marks,
    team_list::{TeamRolesQuery, TeamsQuery, team_list},
    token::{TokenTable, new_secret, new_token, reach_fields, scope_fields, scope_words, token_fields},
};
