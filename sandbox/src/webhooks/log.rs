//! Whom the sandbox told what, and how that went.

use serde::Serialize;

use crate::recent::Recent;

/// One request to a webhook's target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryEntry {
    /// When it ended, `…Z`, by the sandbox's clock.
    pub at: String,
    /// The webhook's id.
    pub webhook_id: String,
    /// Where it went.
    pub target_url: String,
    /// What it was about, e.g. `messages`.
    pub resource: String,
    /// What happened, e.g. `created`.
    pub event: String,
    /// How it went.
    #[serde(flatten)]
    pub outcome: DeliveryOutcome,
}

/// How a delivery went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// The target answered.
    Answered {
        /// With this status; anything but 2xx is a failure.
        status: u16,
    },
    /// The target could not be reached, or did not answer in time.
    Failed {
        /// What went wrong.
        problem: String,
    },
    /// A fault or a rule swallowed it.
    Lost,
}

impl DeliveryOutcome {
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Self::Answered { status } => !(200..300).contains(status),
            Self::Failed { .. } => true,
            Self::Lost => false,
        }
    }
}

/// The deliveries.
pub(super) type DeliveryLog = Recent<DeliveryEntry, 5000>;
