//! Files of messages: their cards, the images among them, and fetching them.

pub mod card;
pub mod effects;
pub mod pictures;
