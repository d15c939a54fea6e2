//! `guest-portal openapi`: the description of the portal's own API, for programs that make clients and tests of it.

use std::io::{self, ErrorKind, Write};

use super::EXIT_FAILED;
use crate::routes::OPENAPI;

pub(super) fn run() -> u8 {
    match io::stdout().write_all(OPENAPI.as_bytes()) {
        Ok(()) => 0,
        // Whoever reads it has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => 0,
        Err(error) => {
            eprintln!("{error}");
            EXIT_FAILED
        }
    }
}
