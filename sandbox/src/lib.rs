//! Webex as its clients see it: a simulator to develop, demonstrate and test against.
//!
//! `Sandbox::start` serves the REST API under `/v1`, Mercury beside it (`/u2c`, `/wdm`, `/conversation`), the broker of Instant Connect under `/api` and its visit pages under
//! `/visit`, the same of the government's cloud under `/gov`, the desk (where one plays the staff) under `/desk`, and
//! switches for tests under `/sandbox`, all on one loopback port. Nothing of it is Webex, and it shares no code with the portal's Webex
//! client: a mistake cannot hide in both.

mod aftermath;
mod app;
mod auto_responder;
mod broker;
mod chance;
mod clock;
mod cloud;
mod config;
mod content;
mod contents;
mod control;
mod credentials;
mod desk;
mod faults;
mod handle;
mod html;
mod ids;
mod journal;
mod limits;
mod listener;
mod loopback;
mod mercury;
mod moment;
mod recent;
mod rest;
mod running;
mod scans;
mod seed;
mod state;
mod visit_pages;
mod webhooks;

pub use auto_responder::AutoResponder;
pub use broker::{Activation, BrokerEntry, DecodedCipher, InstantConnect};
pub use clock::Clock;
pub use config::{SandboxConfig, StartError};
pub use credentials::{BotCredentials, BrokerCredentials, Credentials, GovernmentCredentials, GuestIssuerCredentials, OrganisationIds};
pub use credentials::{ServiceAppCredentials, StaffCredentials};
pub use faults::{Fault, FaultEffect};
pub use handle::{Attendance, FileView, MeetingView, MemberView, MessageView, MintedLink, ReadMarkView, RoomView};
pub use journal::{CredentialKind, JournalEntry};
pub use limits::{RateLimit, RateLimits};
pub use mercury::{MercuryRules, SocketView, TypingView};
pub use running::Sandbox;
pub use scans::{FileScan, FileScanRule};
pub use seed::{Seed, SeedGuest, SeedMessage, SeedPerson, SeedProblem, SeedRoom};
pub use state::{GuestRules, Refusal, StoreError};
pub use visit_pages::VisitPages;
pub use webhooks::{DeliveryEntry, DeliveryOutcome, WebhookRules};
