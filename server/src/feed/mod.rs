//! In from Webex: learning what was said. There are three ways: Webex tells the portal at its address (webhook), or over a socket
//! (Mercury), or is asked again and again (polling). What is told is only a reason to look, so whichever way is used, and however
//! they change, a room is read by one and the same call.
//!
//! Each credential has a task that looks: often where polling is all there is, seldom where a live way tells, to see whether it
//! told everything. One that did not is left for a while.

mod credential;
mod guests;
mod live;
mod mercury;
mod pace;
mod polling;
mod probation;
mod reader;
mod schedule;
mod service;
mod start;
mod telling;
mod throttle;
mod way;
mod webhook;

pub use live::{Ear, LiveFeeds};
pub use start::{FeedNeeds, Feeds};
pub use way::Way;
pub use webhook::{Refused, read_delivery};
