//! What went wrong with a request to Webex, and what that means for trying again.

use std::time::Duration;

use thiserror::Error;

/// A request to Webex that did not give what was asked for. Carries no token, no text and no address with a query.
#[derive(Clone, Debug, Error)]
pub enum WebexError {
    /// No whole answer came back.
    #[error("no answer from webex: {reason}")]
    Network {
        /// What happened.
        reason: String,
        /// The request surely did not reach Webex.
        is_not_sent: bool,
    },
    /// Webex answered with a refusal.
    #[error("webex answered {status}: {message} (tracking id {tracking_id})")]
    Status {
        /// The HTTP status.
        status: u16,
        /// Webex's own words, shortened; empty if there were none.
        message: String,
        /// Quote this to Webex's support.
        tracking_id: String,
        /// Webex asks to wait so long.
        retry_after: Option<Duration>,
    },
    /// A success that cannot be read.
    #[error("webex answered something unreadable ({reason}) (tracking id {tracking_id})")]
    Decode {
        /// Where in the document.
        reason: String,
        /// Quote this to Webex's support.
        tracking_id: String,
    },
    /// It is not clear yet what Webex did with an earlier request; look again after this long.
    #[error("webex may still do what it was asked to do; the portal looks again in {0:?}")]
    Settling(Duration),
    /// Too many requests of this kind failed lately: none is made for a while.
    #[error("webex fails too often and is left alone for a while")]
    Resting,
    /// The portal itself could not ask: store, keys, no credential.
    #[error("webex could not be asked: {0}")]
    Inside(String),
}

/// What an error means for a request that must not be applied twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Webex surely has not applied it: try again, after this long if it said so.
    NotApplied(Option<Duration>),
    /// Webex may have applied it.
    Unclear,
    /// Webex will not apply it, however often it is asked.
    Refused,
    /// The token is not valid: not applied, worth another try with a new one.
    TokenRefused,
}

impl WebexError {
    /// What the error means for a request that must not be applied twice.
    pub fn doubt(&self) -> Doubt {
        match self {
            Self::Network { is_not_sent: true, .. } | Self::Inside(_) | Self::Resting => Doubt::NotApplied(None),
            Self::Settling(wait) => Doubt::NotApplied(Some(*wait)),
            Self::Network { .. } | Self::Decode { .. } => Doubt::Unclear,
            Self::Status { status: 401, .. } => Doubt::TokenRefused,
            Self::Status { status: 423 | 429, retry_after, .. } => Doubt::NotApplied(*retry_after),
            Self::Status { status: 400..=499, .. } => Doubt::Refused,
            Self::Status { .. } => Doubt::Unclear,
        }
    }

    /// The HTTP status, if Webex answered with one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether waiting is likely to help.
    pub fn is_passing(&self) -> bool {
        !matches!(self.doubt(), Doubt::Refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> Doubt {
        WebexError::Status { status, message: String::new(), tracking_id: String::new(), retry_after: None }.doubt()
    }

    #[test]
    fn only_what_webex_surely_has_not_applied_may_be_sent_again() {
        for refused in [400, 403, 404, 409, 413, 415] {
            assert_eq!(status(refused), Doubt::Refused, "{refused}");
        }
        assert_eq!(status(401), Doubt::TokenRefused);
        assert_eq!(status(429), Doubt::NotApplied(None));
        for unclear in [301, 302, 500, 502, 503, 504] {
            assert_eq!(status(unclear), Doubt::Unclear, "{unclear}");
        }
        let cut_off = |is_not_sent| WebexError::Network { reason: String::new(), is_not_sent }.doubt();
        assert_eq!(cut_off(true), Doubt::NotApplied(None));
        assert_eq!(cut_off(false), Doubt::Unclear);
    }
}
