//! Names to addresses, once for each connection: what was checked is what is connected to.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::allowed::Allowed;

/// The system's resolver, whose answers are used only when all of them may be called.
pub(super) struct Resolver(pub Allowed);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0.clone();
        Box::pin(async move {
            let host = name.as_str();
            let found = tokio::net::lookup_host((host, 0)).await;
            // Whatever the resolver says: to whoever named it, a name without an address is a name without an address.
            let found: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
            let addresses: Vec<IpAddr> = found.iter().map(SocketAddr::ip).collect();
            allowed.check(host, &addresses)?;
            Ok::<Addrs, Box<dyn Error + Send + Sync>>(Box::new(found.into_iter()))
        })
    }
}
