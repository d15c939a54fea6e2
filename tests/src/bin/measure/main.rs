//! What a page weighs, how soon it can be used, and how a long conversation scrolls, in a real browser:
//! `./x measure [weight | speed | long]`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod long;
mod speed;

use tests::{portal::TestPortal, weighing::Weight};

#[tokio::main]
async fn main() {
    let part = std::env::args().nth(1);
    let is_wanted = |name: &str| part.as_deref().is_none_or(|part| part == name);
    let portal = TestPortal::start().await;
    if is_wanted("weight") {
        println!("{}", Weight::of_a_first_visit(&portal).await);
    }
    if is_wanted("speed") {
        speed::measure(&portal).await;
    }
    if is_wanted("long") {
        long::measure(&portal).await;
    }
}
