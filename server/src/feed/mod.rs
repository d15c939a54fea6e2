//! In from Webex: learning what was said. Polling always works and is the first way built; webhooks and
//! Mercury join it here.

mod guests;
mod polling;
mod schedule;

pub use guests::GuestFeeds;
pub use polling::{Poller, ServiceFeed};
