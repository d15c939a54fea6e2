//! Webex as the portal uses it: a client whose calls read like Webex's own documentation.
//!
//! [`wire`] alone knows Webex's JSON; what leaves this folder is typed. Base addresses are
//! configuration, so the simulator is just another address.

mod bot;
mod breaker;
mod calls;
mod connection;
mod error;
mod line;
mod mercury_calls;
mod resolver;
mod send;
mod service_app;
pub(crate) mod tracking;
mod upstream;
mod webhook_calls;
pub mod wire;

pub use bot::Bot;
pub use calls::{Target, Upload, content_id};
pub use connection::{Connection, ConnectionAccess, Connections, CredentialRow};
pub use error::{Doubt, WebexError};
pub use send::{ListPage, WebexClient, next_link, retry_after};
pub use service_app::ServiceApp;
pub(crate) use upstream::client_for;
pub use upstream::{Answered, Upstream};
