//! What the guest wrote and the portal has not confirmed: kept in the browser, sent in order, one at
//! a time per room. Called by the composer and, after a break, by the event stream.

pub mod effects;
pub mod held;
pub mod state;
pub mod store;

pub use state::{Item, Outbox, Stage};
