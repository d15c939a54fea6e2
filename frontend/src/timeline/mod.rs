//! The conversation of one room: what was said, and how far the guest's own words have come.

pub mod beside;
pub mod effects;
pub mod entry;
pub mod ids;
pub mod list;
pub mod pages;
pub mod pane;
pub mod rich_text;
pub mod rows;
pub mod scroll;
pub mod slice;
pub mod state;
pub mod thread;
pub mod view;

#[cfg(test)]
mod beside_tests;
#[cfg(test)]
mod interleaving_tests;
#[cfg(test)]
mod state_tests;

pub use state::{Echo, Progress, Timeline};
pub use view::timeline_view;
