//! What was asked of the simulated Webex, without bodies and without tokens.

use std::time::SystemTime;

use serde::{Serialize, Serializer};

use crate::moment::Moment;
use crate::recent::Recent;
use crate::state::PersonKind;

/// One request that came.
#[derive(Clone, Debug, Serialize)]
pub struct JournalEntry {
    /// When it came, by the sandbox's clock.
    #[serde(serialize_with = "as_moment")]
    pub arrived_at: SystemTime,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// What came after the question mark.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// Who asked.
    pub credential: CredentialKind,
    /// Which of them: their Webex id; missing where nobody knows the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<String>,
    /// What was answered; missing where the connection was dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The request's `trackingid`: what its client calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_as: Option<String>,
    /// The answer's `trackingid`.
    pub tracking_id: String,
    /// Whether a fault met it.
    pub is_fault: bool,
}

/// Whose token came along, expired ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// No token.
    None,
    /// A token nobody knows (at `/jwt/login`: the guest's JWT).
    Unknown,
    /// A member of staff.
    Staff,
    /// The bot.
    Bot,
    /// The service app.
    ServiceApp,
    /// A guest.
    Guest,
}

impl From<PersonKind> for CredentialKind {
    fn from(kind: PersonKind) -> Self {
        match kind {
            PersonKind::Staff => Self::Staff,
            PersonKind::Bot => Self::Bot,
            PersonKind::ServiceApp => Self::ServiceApp,
            PersonKind::IssuerGuest | PersonKind::ServiceAppGuest => Self::Guest,
            PersonKind::Stranger => Self::Unknown,
        }
    }
}

fn as_moment<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Moment::from(*time))
}

/// The requests.
pub(crate) type Journal = Recent<JournalEntry, 20_000>;
