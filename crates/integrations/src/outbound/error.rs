//! Why an address that somebody named was not called, or gave nothing.

/// Why there is no answer. Names the host at most, since the rest of an address may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// It is no http or https address, or carries a name and a password.
    #[error("the address cannot be called: {why}")]
    Unusable {
        /// What is wrong with it.
        why: &'static str,
    },
    /// It leads to this machine or into a network of its own.
    #[error(
        "{host} leads inside, where Fairway calls nobody; where that is meant, an operator adds it to FAIRWAY_OUTBOUND_ALLOW"
    )]
    Inside {
        /// The host.
        host: String,
    },
    /// Its name has no address.
    #[error("{host} is no host that can be found; check how it is written")]
    Nowhere {
        /// The host.
        host: String,
    },
    /// It sends on too often, or to where the first address did not lead.
    #[error("{host} sends on {why}")]
    SentOn {
        /// The host that was asked first.
        host: String,
        /// How.
        why: &'static str,
    },
    /// No whole answer in the time that is allowed.
    #[error("{host} did not answer in time; try again later")]
    TooSlow {
        /// The host.
        host: String,
    },
    /// More than is read.
    #[error("{host} answers with more than {most} bytes, which is not read")]
    TooLarge {
        /// The host.
        host: String,
        /// How much is read.
        most: usize,
    },
    /// No connection, no TLS, or no HTTP.
    #[error(
        "{host} could not be asked; check that it runs and that its certificate is one that Fairway's machine trusts"
    )]
    Unreachable {
        /// The host.
        host: String,
    },
}
