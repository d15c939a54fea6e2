//! What the portal promises, over real sockets: each test starts a portal beside a simulated Webex.

// Helpers beside the tests are tests, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod appointments;
mod automation;
mod bearer;
mod bookings;
mod broker;
mod connections;
mod doctor;
mod documents;
mod doubt;
mod downloads;
mod duty;
mod edits;
mod events;
mod faults;
mod feed_changes;
mod feed_mercury;
mod feed_webhook;
mod files;
mod fuzz;
mod hostile_files;
mod hostile_markup;
mod hours;
mod identity;
mod kill;
mod large_files;
mod limits;
mod matrix;
mod membership;
mod messages;
mod openapi;
mod outgoing;
mod pacing;
mod pre_chat;
mod preview;
mod proof;
mod recipes;
mod requests;
mod restart;
mod rotation;
mod scanning;
mod secrets;
mod settings;
mod sign_in;
mod simulation;
mod staff_only;
mod threads;
mod tidy;
mod visit_faults;
mod visit_histories;
mod visits;
mod webhooks;
