//! The program as its owner meets it: what it says, and the code it ends with.

// What helps tests here ends a test by panicking, as tests do; clippy allows that only inside of them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod commands;
mod program;
mod serve;
