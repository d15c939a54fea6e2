//! What the tests read as: a portal beside a simulated Webex, and guests who use it.

// Support for tests ends a test by panicking, as tests do; clippy allows that only inside of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod answer;
pub mod api_document;
pub mod axe;
pub mod browser;
pub mod browsers;
pub mod campaign;
pub mod canaries;
pub mod collector;
pub mod cookies;
pub mod delivery;
pub mod engine;
pub mod files;
pub mod front;
pub mod fuzz;
pub mod guest;
pub mod head;
pub mod hostile;
pub mod identity;
pub mod line;
pub mod listening;
pub mod load;
pub mod measuring;
pub mod portal;
pub mod processes;
pub mod receiver;
pub mod recipe;
pub mod recorder;
pub mod simulation;
pub mod stalls;
pub mod visit_load;
pub mod visits;
pub mod weighing;
