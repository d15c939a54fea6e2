//! The conversation for the guest to keep: as text, as a page, on paper.

pub mod effects;
pub mod lines;

pub use effects::{Form, save};
