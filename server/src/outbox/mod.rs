//! From accepted to sent: what guests wrote, in order, once, whatever happens to the line or the process.

pub(crate) mod bell;
mod in_flight;
mod messages;
mod notices;
mod pacing;
mod reconcile;
mod refusals;
mod scanner;
mod sender;
mod spool;
mod state;
mod uploads;
mod worker;

pub use in_flight::InFlight;
pub use pacing::Pacing;
pub use scanner::ClamdAddress;
pub use sender::Sender;
pub use spool::{FileSender, Received, Spool, SpoolError};
pub use state::{NotFound, Outcome, RowState, content_mark, fingerprint};
pub use uploads::Uploads;
pub use worker::{AcceptError, Outbox};
