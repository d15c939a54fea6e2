//! Parts of any page: how they look and how the keyboard reaches them. They know nothing of chats.

pub mod announcer;
pub mod avatar;
pub mod banner;
pub mod button;
pub mod dialog;
pub mod element;
pub mod field;
pub mod icon;
pub mod link;
pub mod reactive;
pub mod roving;

pub use banner::{Tone, banner};
pub use button::{button, picture_button};
pub use field::{Field, field};
pub use icon::Icon;
