//! What a guest sees and does, in a real browser, with the page's policy enforced.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accessible;
mod appointments;
mod attention;
mod claim_links;
mod comforts;
mod conversation;
mod cookies;
mod desk;
mod early;
mod embedded;
mod framed;
mod gaps;
mod hearing;
mod hostile_markup;
mod hosts;
mod hours;
mod identified;
mod keyboard;
mod layout;
mod limits;
mod main_job;
mod meetings;
mod policy;
mod secrets;
mod shop;
mod site_looks;
mod states;
mod upgrade;
mod uploads;
mod visit_pages;
mod visits;
mod weight;

mod work;
mod world;
