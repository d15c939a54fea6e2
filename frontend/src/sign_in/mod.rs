//! Signing in: a name, and the chat begins.

pub mod effects;
pub mod pre_chat;
pub mod state;
pub mod view;

pub use state::{Farewell, SignIn};
pub use view::sign_in_view;
