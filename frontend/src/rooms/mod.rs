//! The guest's spaces: which there are, which one is open, where something new was said.

pub mod state;
pub mod view;

pub use state::Rooms;
pub use view::room_list;
