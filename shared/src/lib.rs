//! The words the portal's server and its page both speak: plain data with serde, nothing else.
//!
//! This crate knows no HTTP and no browser. Modules stand in reading order: who and where
//! ([`ids`], [`time`], [`site`], [`session`]), what is said ([`room`], [`rich_text`], [`message`]),
//! what is told as it happens ([`event`]), what is refused ([`problem`]), and where to ask ([`path`]).
//!
//! Receivers ignore fields they do not know, and every enum that crosses the wire ends in an arm for
//! words a newer build may add: an old page and a new server get along.

pub mod ids;
pub mod time;

pub mod site;

pub mod session;

pub mod room;

pub mod rich_text;

pub mod message;

pub mod outgoing;

pub mod event;

pub mod problem;

pub mod path;

pub use event::PortalEvent;
pub use ids::{ClientMessageId, GuestId, MessageId, PersonId, RoomId, SiteId};
pub use message::{Author, AuthorKind, Delivery, Message, MessagePage, NewMessage, Pending};
pub use problem::{Problem, ProblemKind};
pub use rich_text::{Block, Inline, RichText};
pub use room::{Abilities, Room, RoomList};
pub use session::{NewSession, Session};
pub use site::SiteProfile;
pub use time::Timestamp;
