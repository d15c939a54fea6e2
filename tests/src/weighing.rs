//! What a page weighs: every byte until one message is sent and one reply is shown, as it goes over the line.

use std::{collections::BTreeMap, fmt};

use crate::{
    browser::TestBrowser,
    portal::{GRACE, TestPortal},
};

/// Bodies as they came, compressed. A stream that has not ended has no size yet.
const SIZES: &str = "const nav = performance.getEntriesByType('navigation')[0]; \
    return [nav, ...performance.getEntriesByType('resource')].map(e => [e.name, e.encodedBodySize, e.transferSize])";

/// What was fetched, by its path.
#[derive(Debug, Default)]
pub struct Weight(BTreeMap<String, Fetched>);

/// One path.
#[derive(Clone, Copy, Debug, Default)]
struct Fetched {
    times: u64,
    body_bytes: u64,
    transfer_bytes: u64,
}

impl Weight {
    /// A guest opens the widget, writes once and is answered.
    pub async fn of_a_first_visit(portal: &TestPortal) -> Self {
        let browser = TestBrowser::start().await;
        browser.goto(&format!("{}/embed/demo", portal.base_url())).await;
        browser.write("Your name", "Ada").await;
        browser.press("Start chat").await;
        browser.write("Message", "Hello\n").await;
        browser.sees_message("Sent").await;
        let room = portal.webex().room_titled("Ada").expect("the space");
        portal.webex().reply_as_staff(GRACE, &room.id, "Hello Ada").expect("a reply");
        browser.sees_message("Hello Ada").await;
        let entries: Vec<(String, u64, u64)> = serde_json::from_value(browser.script(SIZES).await).expect("names and sizes");
        browser.close().await;
        let mut weight = Self::default();
        for (name, body_bytes, transfer_bytes) in entries {
            let path = name.replace(&portal.base_url(), "");
            // Ids make no difference to what it is.
            let path = if path.starts_with("/api/rooms/") { "/api/rooms/…".into() } else { path };
            let fetched = weight.0.entry(path).or_default();
            fetched.times += 1;
            fetched.body_bytes += body_bytes;
            fetched.transfer_bytes += transfer_bytes;
        }
        weight
    }

    /// All bodies together.
    pub fn body_bytes(&self) -> u64 {
        self.0.values().map(|fetched| fetched.body_bytes).sum()
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "{:<58} {:>5} {:>9} {:>12}",
            "until one message is sent and one reply is shown", "times", "body", "with headers"
        )?;
        for (path, Fetched { times, body_bytes, transfer_bytes }) in &self.0 {
            writeln!(formatter, "{path:<58} {times:>5} {body_bytes:>9} {transfer_bytes:>12}")?;
        }
        let transfer: u64 = self.0.values().map(|fetched| fetched.transfer_bytes).sum();
        writeln!(formatter, "{:<58} {:>5} {:>9} {transfer:>12}", "all", "", self.body_bytes())
    }
}
