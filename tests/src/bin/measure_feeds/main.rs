//! How Webex is heard, by each of the three ways: how soon, with how many calls, and in how much memory.
//! `./x measure feeds [latency | calls | memory]`; fails where a limit is broken.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod calls;
mod latency;
mod memory;
mod scene;

use std::process::ExitCode;

use tests::portal::TestPortal;

/// The ways of hearing, as `webex.feed` names them.
const FEEDS: [&str; 3] = ["webhook", "mercury", "polling"];

#[tokio::main]
async fn main() -> ExitCode {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let part = std::env::args().nth(1);
    let is_wanted = |name: &str| part.as_deref().is_none_or(|part| part == name);
    let mut broken = Vec::new();
    if is_wanted("latency") {
        broken.extend(latency::measure().await);
    }
    if is_wanted("calls") {
        broken.extend(calls::measure().await);
    }
    if is_wanted("memory") {
        broken.extend(memory::measure().await);
    }
    for limit in &broken {
        println!("BROKEN: {limit}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A portal that hears in this way and no other, and does so already.
async fn start(feed: &str, sites: &str) -> TestPortal {
    let portal = TestPortal::start_in_public(&format!("[webex]\nfeed = \"{feed}\"\n{sites}")).await;
    portal.until(feed, async || portal.app().store.feed("webex").expect("the store").filter(|state| state.way == feed)).await;
    portal
}

/// Whether it still does.
fn is_heard_by(portal: &TestPortal, feed: &str) -> bool {
    portal.app().store.feed("webex").expect("the store").is_some_and(|state| state.way == feed)
}
