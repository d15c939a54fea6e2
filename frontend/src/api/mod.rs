//! The portal's API, as the page calls it.

pub mod client;
pub mod decode;
mod decode_rooms;
mod decode_site;
pub mod error;
pub mod events;
pub mod json;
pub mod request;
pub mod sse;
pub mod upload;

pub use client::{Client, Step};
pub use error::ApiError;
