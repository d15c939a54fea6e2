//! What other programs ask for: meeting links, by a key of their site's.
//!
//! [`keys`] says who asks, [`wish`] and [`booking`] read what they want, and [`meetings`] gets it done, once for each
//! request that is repeated under its own key.

mod booking;
mod fields;
mod keys;
mod meetings;
mod wish;

pub(crate) use booking::standing;
pub(crate) use keys::make as make_key;
pub use keys::{ApiKey, ForMeetings, ForVisits, Scope, ScopeOf};
pub(crate) use meetings::KEPT_MILLIS;
pub use meetings::{Asked, Made, Meetings};
