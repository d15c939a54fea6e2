//! What a guest sees and does, in a real browser, with the page's policy enforced.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attention;
mod conversation;
mod desk;
mod framed;
mod gaps;
mod layout;
mod main_job;
mod meetings;
mod policy;
mod secrets;
mod states;
mod uploads;
mod visit_pages;
mod world;
