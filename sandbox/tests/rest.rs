//! The simulator as its clients see it: over real sockets, in JSON.

// Helpers beside the tests are tests, too.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

#[path = "rest/broker.rs"]
mod broker;
#[path = "rest/cards.rs"]
mod cards;
#[path = "rest/desk.rs"]
mod desk;
#[path = "rest/faults.rs"]
mod faults;
#[path = "rest/files.rs"]
mod files;
#[path = "rest/generated/mod.rs"]
mod generated;
#[path = "rest/guests.rs"]
mod guests;
#[path = "rest/issuer_guests.rs"]
mod issuer_guests;
#[path = "rest/mercury/mod.rs"]
mod mercury;
#[path = "rest/messages.rs"]
mod messages;
#[path = "rest/model/mod.rs"]
mod model;
#[path = "rest/rooms.rs"]
mod rooms;
#[path = "rest/running.rs"]
mod running;
#[path = "rest/seed.rs"]
mod seed;
#[path = "rest/surface.rs"]
mod surface;
#[path = "rest/switches.rs"]
mod switches;
#[path = "rest/visits.rs"]
mod visits;
#[path = "rest/webhooks.rs"]
mod webhooks;
