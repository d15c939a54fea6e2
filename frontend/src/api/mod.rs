//! The portal's API, as the page calls it.

pub mod client;
pub mod decode;
pub mod error;
pub mod events;
pub mod json;
pub mod request;
pub mod sse;

pub use client::Client;
pub use error::ApiError;
