//! Meeting face to face: the guest asks, somebody takes it, both go to the meeting. A visit is a card
//! in the conversation, standing where it was asked for.

pub mod away;
pub mod card;
pub mod effects;
pub mod note;
pub mod state;
pub mod topics;
