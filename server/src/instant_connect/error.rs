//! What went wrong with a request to the broker, and what that means for trying again.

use std::time::Duration;

use thiserror::Error;

/// A request to the broker that gave no links. Carries no token, no cipher and no link.
#[derive(Clone, Debug, Error)]
pub enum BrokerError {
    /// No whole answer came back.
    #[error("no answer from instant connect: {reason}")]
    Network {
        /// What happened.
        reason: String,
        /// The request surely did not reach the broker.
        is_not_sent: bool,
    },
    /// The broker answered with a refusal.
    #[error("instant connect answered {status} (tracking id {tracking_id})")]
    Status {
        /// The HTTP status.
        status: u16,
        /// Quote this to Webex's support; empty if there was none.
        tracking_id: String,
        /// The broker asks to wait so long.
        retry_after: Option<Duration>,
    },
    /// A success of which no link may be made.
    #[error("instant connect answered something unusable ({reason}) (tracking id {tracking_id})")]
    Unreadable {
        /// What is wrong with it.
        reason: String,
        /// Quote this to Webex's support; empty if there was none.
        tracking_id: String,
    },
    /// The portal itself could not ask: its configuration is wrong.
    #[error("instant connect could not be asked: {0}")]
    Inside(String),
}

impl BrokerError {
    /// Whether the same request may succeed later. Asking again with the same subject is always harmless: it gives
    /// new links into the same meeting.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Network { .. } | Self::Unreadable { .. } => true,
            Self::Status { status, .. } => matches!(status, 429 | 500..=599),
            Self::Inside(_) => false,
        }
    }

    /// Whether Instant Connect is not activated for the organisation, or has no meeting site there: for the operator to mend.
    pub fn is_not_activated(&self) -> bool {
        matches!(self, Self::Status { status: 403, .. })
    }

    /// Whether the bot's token is not valid, or is one of another cloud: for the operator to mend.
    pub fn is_token_refused(&self) -> bool {
        matches!(self, Self::Status { status: 401, .. })
    }

    /// How long the broker asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> BrokerError {
        BrokerError::Status { status, tracking_id: String::new(), retry_after: None }
    }

    #[test]
    fn only_what_may_succeed_later_is_passing() {
        for passing in [429, 500, 502, 503, 504] {
            assert!(status(passing).is_passing(), "{passing}");
        }
        for lasting in [301, 400, 401, 403, 404, 405, 409, 410] {
            assert!(!status(lasting).is_passing(), "{lasting}");
        }
        assert!(BrokerError::Network { reason: String::new(), is_not_sent: false }.is_passing());
        assert!(BrokerError::Unreadable { reason: String::new(), tracking_id: String::new() }.is_passing());
        assert!(!BrokerError::Inside(String::new()).is_passing());
    }

    #[test]
    fn what_the_operator_must_mend_is_told_apart() {
        assert!(status(401).is_token_refused() && !status(401).is_not_activated());
        assert!(status(403).is_not_activated() && !status(403).is_token_refused());
        assert!(!status(429).is_token_refused() && !status(429).is_not_activated());
    }
}
