//! Where the guest writes.

pub mod caret;
pub mod early;
pub mod emoji;
pub mod mention;
pub mod state;
pub mod view;

pub use state::Desk;
pub use view::composer;
