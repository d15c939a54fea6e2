//! In from Webex: learning what was said. Polling always works and is the first way built; webhooks and
//! Mercury join it here.

mod polling;
mod schedule;

pub use polling::PollingFeed;
