//! Conversations: opening a guest's space in Webex, and what was said in it.

mod attribution;
mod driver;
mod ears;
mod files;
mod gap;
mod history;
mod membership;
mod people;
mod room_history;
mod state;
mod thread;
mod titles;

pub use driver::{Conversations, OpenRoom};
pub use history::{History, HistoryError, HistoryNeeds};
pub use membership::{Membership, may_have_left};
pub use state::{Progress, Step, Way, code_from};
