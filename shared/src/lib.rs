//! The words the portal's server and its page both speak: plain data with serde, nothing else.
//!
//! This crate knows no HTTP and no browser. Modules stand in reading order: who and where
//! ([`ids`], [`time`], [`site`], [`session`]), what is said ([`room`], [`letters`], [`rich_text`], [`file`], [`message`]), who meets ([`visit`]),
//! what is told as it happens ([`event`]), what is refused ([`problem`]), and where to ask ([`path`]).
//!
//! Receivers ignore fields they do not know, and every enum that crosses the wire ends in an arm for
//! words a newer build may add: an old page and a new server get along.

pub mod ids;
pub mod time;

pub mod site;

pub mod session;

pub mod room;

pub mod member;

pub mod letters;

pub mod rich_text;

pub mod file;

pub mod message;

pub mod visit;

pub mod outgoing;

pub mod event;

pub mod problem;

pub mod path;

pub use event::PortalEvent;
pub use file::{FileInfo, FileRef, FileState, FileTicket, PendingFile};
pub use ids::{ClientMessageId, GuestId, MessageId, PersonId, RoomId, SiteId, VisitId};
pub use member::MemberList;
pub use message::{Author, AuthorKind, Delivery, EditMessage, Message, MessagePage, NewMessage, Pending, PendingKind};
pub use problem::{Problem, ProblemKind};
pub use rich_text::{Block, Inline, RichText};
pub use room::{Abilities, Away, ReadUpTo, Room, RoomList, Topic, Typing};
pub use session::{NewIdentity, NewSession, Proof, Session};
pub use site::{Asked, Consent, PreChat, SiteProfile};
pub use time::Timestamp;
pub use visit::{NewNote, NewVisit, Visit, VisitState};
