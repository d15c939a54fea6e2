//! What the portal remembers across restarts, behind typed calls.
//!
//! One SQLite file in the data folder. Writes go through one thread that commits everything that is
//! waiting in one transaction, so that many guests share one fsync; an answer comes after the commit.
//! Each area's calls stand in its own file.

mod api_keys;
mod backup;
mod claims;
mod conversations;
mod credentials;
mod feeds;
mod guests;
mod ledger;
mod migrate;
mod model;
mod outbox;
mod overview;
mod personal;
mod row_kind;
mod sqlite;
mod visits;
mod webhooks;

pub use api_keys::{ApiKeyRow, Repeated};
pub use claims::{ClaimRow, NewClaim, SentBell, Take};
pub use conversations::{Conversation, HeardBy};
pub use credentials::StoredCredential;
pub use feeds::FeedState;
pub use guests::{Answers, GuestRow, NewSession, SessionRow, UsedIdentity};
pub use ledger::Resent;
pub use model::ModelDisk;
pub use outbox::{Accepted, Bells, NewOutboxRow, OutboxRow, SpooledFile};
pub use overview::Overview;
pub use row_kind::{Lane, RowKind};
pub use sqlite::{OpenError, Store, StoreError};
pub use visits::{VisitRow, Wait};
pub use webhooks::{Delivery, NextWebhook, WebhookEntry, WebhookFilter, WebhookRow};
