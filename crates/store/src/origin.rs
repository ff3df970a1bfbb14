//! Where the request comes from that this task answers: it stands in every audit row that is written meanwhile.
//!
//! Carried beside the calls as the request's span is, because every command would have to pass it on and one that forgot
//! would leave a hole in the trail. Work that is spawned from a request has no origin.

use std::{future::Future, net::IpAddr};

tokio::task_local! {
    static ORIGIN: Origin;
}

/// Where a request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its id: the reference that pages show.
    pub request_id: Option<String>,
    /// Address of the client.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

impl Origin {
    /// Does work whose audit rows say that they come from here.
    pub async fn during<F: Future>(self, work: F) -> F::Output {
        ORIGIN.scope(self, work).await
    }

    /// The origin of this task; empty outside of requests.
    pub(crate) fn current() -> Self {
        ORIGIN.try_with(Self::clone).unwrap_or_default()
    }
}
