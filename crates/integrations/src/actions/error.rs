//! Why a token is not believed.

/// What is wrong, in words for whoever sent the token. Nothing of the token is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionsError {
    /// It has not the form.
    #[error("the token is no signed JWT; send what GitHub Actions gives as an ID token, as it is")]
    Malformed,
    /// It is signed in a way that is not taken, or not at all.
    #[error("the token is not signed with RS256 or ES256")]
    Algorithm,
    /// It is of an issuer that is not believed.
    #[error("the token's issuer is not one that this server is set to believe; see FAIRWAY_CI_ISSUERS")]
    Issuer,
    /// Its key is not one of the issuer's.
    #[error(
        "the token's key is not among its issuer's; ask for a new token, in a minute where keys were just changed"
    )]
    Key,
    /// Its signature is not the key's.
    #[error("the token's signature is not its issuer's")]
    Signature,
    /// A claim is missing, or nothing that can be used.
    #[error("the token has no usable claim `{0}`")]
    Claim(&'static str),
    /// The issuer does not answer, and its keys are not known.
    #[error("the issuer of the token does not answer")]
    Unavailable,
    /// The client could not be made.
    #[error("the client that reads issuers' keys could not be made")]
    NoClient,
}
