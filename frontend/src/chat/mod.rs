//! The page of a signed-in guest: spaces beside the open conversation, and what is told above it.

pub mod attention;
pub mod conversation;
pub mod effects;
pub mod header;
pub mod leave;
pub mod menu;
pub mod state;
pub mod typing;
pub mod view;

pub use view::chat;
