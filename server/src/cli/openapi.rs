//! `guest-portal openapi`: the description of the portal's own API, for programs that make clients and tests of it.

use crate::routes::OPENAPI;

pub(super) fn run() -> u8 {
    print!("{OPENAPI}");
    0
}
