//! Why something is not done, in Webex's words where they are known.

use super::StoreError;

/// A refusal; the text reaches the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// Nobody knows the token.
    #[error("The request requires a valid access token set in the Authorization request header.")]
    Unauthenticated,
    /// Understood, but no.
    #[error("{0}")]
    Forbidden(String),
    /// Not there, or not for these eyes.
    #[error("{0}")]
    NotFound(String),
    /// Already so.
    #[error("{0}")]
    Conflict(String),
    /// The sandbox cannot write to its disk.
    #[error("the sandbox cannot keep its state: {0}")]
    Storage(String),
}

impl Refusal {
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(text.into())
    }

    pub(crate) fn forbidden(text: impl Into<String>) -> Self {
        Self::Forbidden(text.into())
    }

    pub(crate) fn not_found(text: impl Into<String>) -> Self {
        Self::NotFound(text.into())
    }

    /// What Webex says of an unknown path and of an id it cannot read.
    pub(crate) fn no_such_resource() -> Self {
        Self::not_found("The requested resource could not be found.")
    }

    pub(crate) fn no_such_room() -> Self {
        Self::not_found("Could not find a room with provided ID.")
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Storage(error.to_string())
    }
}
