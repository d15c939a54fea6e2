//! Out to browsers: every event once, in order, to those it concerns, and again to those who come back.

mod hub;
mod ring;
mod sse;

pub use hub::{Audience, Hub, Listener};
pub use sse::stream;
