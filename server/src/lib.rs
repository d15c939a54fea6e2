//! Guest Portal for Webex: guests write from a web page, staff answer from Webex.
//!
//! Modules stand in the order data walks through them: a request comes in at [`routes`], [`session`]
//! says whose it is, [`conversations`], [`outbox`] and [`visits`] do what it asks through [`webex`] and
//! [`instant_connect`], [`feed`] hears what happens there, and [`fanout`] tells the browsers.

pub mod access;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod doctor;
pub mod portal;

pub mod routes;

pub mod session;

pub mod guest_identity;

pub mod conversations;

pub mod outbox;

pub mod downloads;

pub mod hours;
pub mod limits;
pub mod visits;

pub mod instant_connect;

pub mod webhooks;

pub mod automation;

pub mod webex;

pub mod feed;

pub mod content;

pub mod fanout;

pub mod store;

mod backup;
mod error;
mod json;
mod listener;
pub mod live;
mod metrics;
pub mod operations;
mod process;
mod rooms;
#[cfg(feature = "sandbox")]
pub mod sandbox_credentials;
mod secret_file;
mod secrets;
mod sweep;
pub mod telemetry;
pub mod theme;
pub mod words;
