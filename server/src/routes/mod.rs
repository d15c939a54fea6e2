//! What can be asked of the portal: one function per route, each a paragraph.

mod appointment;
mod assets;
mod automation;
mod body;
mod calendar;
mod embed_script;
mod events;
mod files;
mod headers;
mod host;
mod host_page;
mod logo;
mod messages;
mod openapi;
mod operations;
mod pages;
mod preview;
mod preview_sample;
mod proof;
mod rooms;
mod router;
mod session;
mod site;
mod typing;
mod upload;
mod visit_page;
mod visits;
mod webhook;

pub use assets::has_frontend;
pub(crate) use body::is_of_type;
pub use embed_script::EmbedScripts;
pub(crate) use messages::body_hash;
pub use openapi::DOCUMENT as OPENAPI;
pub use preview::operations_router;
pub use router::router;
pub use upload::{NewContent, read_form};
