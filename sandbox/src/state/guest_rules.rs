//! What an organisation has bought for its guests.

use serde::{Deserialize, Serialize};

/// What guests may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuestRules {
    /// Whether they may write to each other: not at first. Webex sells this as guest-to-guest.
    pub may_write_to_guests: bool,
}
