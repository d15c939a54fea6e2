//! Where the guest writes.

pub mod state;
pub mod view;

pub use view::Composer;
