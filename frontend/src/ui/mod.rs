//! Parts of any page: how they look and how the keyboard reaches them. They know nothing of chats.

pub mod avatar;
pub mod banner;
pub mod button;
pub mod dialog;
pub mod element;
pub mod field;
pub mod icon;

pub use banner::{Banner, Tone};
pub use button::{Button, Look};
pub use dialog::Dialog;
pub use field::Field;
pub use icon::{Icon, icon};
