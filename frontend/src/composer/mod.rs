//! Where the guest writes.

pub mod state;
pub mod view;

pub use state::Desk;
pub use view::composer;
