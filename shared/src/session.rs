//! Signing in, and the guest as their browser knows them.

use serde::{Deserialize, Serialize};

use crate::{GuestId, PersonId, SiteId};

/// Asks for a session: the body of `POST` [`crate::path::SESSION`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSession {
    /// The name staff will see; see [`crate::outgoing::guest_name`] for what is accepted.
    pub display_name: String,
    /// Where the guest can be reached, where the site asks; see [`crate::PreChat::email`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What the chat is about, where the site asks: one of [`crate::PreChat::topics`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The version of [`crate::Consent`] the guest agreed to, where the site asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
}

/// Presents a signed identity: the body of `POST` [`crate::path::IDENTITY`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewIdentity {
    /// The JWT of the site's back end; empty when nobody is signed in on the site (any more).
    #[serde(default)]
    pub token: Option<String>,
    /// The origin of the page around the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// A signed-in guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The site this session belongs to; another site in the same browser has its own.
    pub site_id: SiteId,
    /// Who this is; the key under which the browser keeps what is not sent yet.
    pub guest_id: GuestId,
    /// The name staff see.
    pub display_name: String,
    /// The guest's person in Webex; absent until Webex has vouched for them, which may be after
    /// signing in when Webex is out of reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
}

/// Work before signing in: a number is to be found so that SHA-256 of the text, a dot and the number begins with so many zero bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What to work on; good once.
    pub text: String,
    /// How many bits must be zero.
    pub bits: u32,
    /// For how long it is good, in seconds.
    pub valid_secs: u32,
}
