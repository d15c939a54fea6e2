//! Finding something in the open conversation.

pub mod effects;
pub mod highlight;
pub mod state;
pub mod view;

pub use state::Search;
pub use view::search_bar;
