//! Webhooks: who asked to be told about what, what they are told, and telling them.

mod deliver;
mod filter;
mod log;
mod payload;
mod rules;
mod topic;

pub use log::{DeliveryEntry, DeliveryOutcome};
pub use rules::WebhookRules;

pub(crate) use deliver::{Delivery, Postman};
pub(crate) use filter::Filter;
pub(crate) use payload::deliveries;
pub(crate) use topic::Topic;
