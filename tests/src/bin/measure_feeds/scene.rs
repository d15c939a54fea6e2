//! Who watches what, while nobody says anything.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    guest::TestGuest,
    portal::{TWO_SITES, TestPortal},
};

use crate::start;

/// Guests are in whatever rooms staff let them into, and hear those with their own tokens.
const EXISTING: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
conversation = "existing"
staff = ["grace@sandbox.example"]
"#;

/// A scene.
#[derive(Clone, Copy)]
pub(super) enum Scene {
    /// So many guests, each in a space of their own, which the service app hears.
    Spaces(usize),
    /// The same with all streams opened at once, as after a restart.
    SpacesAtOnce(usize),
    /// One guest's space in so many tabs.
    Tabs(usize),
    /// One room with so many guests in it, who hear it with their own tokens.
    Guests(usize),
}

/// Streams live for ten minutes or so: whoever comes one after the other over that time leaves and comes back so, too.
const ARRIVE_OVER: Duration = Duration::from_secs(600);

/// So much time goes by at once.
pub(super) const STEP: Duration = Duration::from_millis(500);

impl Scene {
    pub(super) fn name(self) -> String {
        match self {
            Self::Spaces(count) => format!("{count} spaces"),
            Self::SpacesAtOnce(count) => format!("{count} spaces, opened at once"),
            Self::Tabs(count) => format!("1 space, {count} tabs"),
            Self::Guests(count) => format!("1 room, {count} guests"),
        }
    }

    /// A portal that hears in this way, and everybody who listens there.
    pub(super) async fn begin(self, feed: &str) -> (TestPortal, Vec<TestGuest>) {
        let portal = start(feed, if matches!(self, Self::Guests(_)) { EXISTING } else { TWO_SITES }).await;
        let guests = match self {
            Self::Spaces(count) => guests_with_spaces(&portal, count, ARRIVE_OVER).await,
            Self::SpacesAtOnce(count) => guests_with_spaces(&portal, count, Duration::ZERO).await,
            Self::Tabs(count) => tabs(&portal, count).await,
            Self::Guests(count) => guests_in_one_room(&portal, count).await,
        };
        (portal, guests)
    }
}

/// Lets time go by in steps; everybody acts to the end after each, however long that takes.
pub(super) async fn pass(portal: &TestPortal, time: Duration, step: Duration) {
    let end = portal.clock.elapsed() + time;
    while portal.clock.elapsed() < end {
        portal.advance(step);
        everybody_rests().await;
    }
}

/// Waits until nobody in this process works: every thread of the runtime sleeps, and still does a moment later. What is on its way
/// over loopback would have woken one.
async fn everybody_rests() {
    let metrics = tokio::runtime::Handle::current().metrics();
    // A worker counts when it falls asleep and when it wakes.
    let is_asleep = |worker| metrics.worker_park_unpark_count(worker) % 2 == 1;
    let mut looks = 0;
    while looks < 3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        looks = if (0..metrics.num_workers()).all(is_asleep) { looks + 1 } else { 0 };
    }
}

async fn guests_with_spaces(portal: &TestPortal, count: usize, arrive_over: Duration) -> Vec<TestGuest> {
    let mut guests = Vec::new();
    for number in 0..count {
        let guest = portal.guest(&format!("Guest-{number:03}")).await;
        guest.say("opening").await;
        guests.push(guest);
    }
    for guest in &guests {
        guest.reads(2).await;
    }
    for guest in &mut guests {
        guest.listen().await;
        pass(portal, each(arrive_over, count), STEP).await;
    }
    guests
}

async fn tabs(portal: &TestPortal, count: usize) -> Vec<TestGuest> {
    let mut tabs = guests_with_spaces(portal, 1, Duration::ZERO).await;
    for _ in 1..count {
        let mut tab = tabs[0].other_tab();
        tab.listen().await;
        tabs.push(tab);
        pass(portal, each(ARRIVE_OVER, count), STEP).await;
    }
    tabs
}

async fn guests_in_one_room(portal: &TestPortal, count: usize) -> Vec<TestGuest> {
    let room = post_as_staff(portal, "rooms", json!({ "title": "Kitchen plans" })).await;
    let mut guests = Vec::new();
    for number in 0..count {
        let mut guest = portal.guest(&format!("Guest-{number:03}")).await;
        guest.listen_anywhere().await;
        let person_id = guest.vouched().await;
        post_as_staff(portal, "memberships", json!({ "roomId": room, "personId": person_id })).await;
        guest.until("the room", async || guest.rooms().await.pop()).await;
        guest.messages().await;
        guests.push(guest);
        pass(portal, each(ARRIVE_OVER, count), STEP).await;
    }
    guests
}

fn each(time: Duration, count: usize) -> Duration {
    time / u32::try_from(count).expect("not so many")
}

/// What staff make in Webex; answers its id.
async fn post_as_staff(portal: &TestPortal, path: &str, body: Value) -> String {
    let url = format!("{}/{path}", portal.credentials.api_base);
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = http.post(url).bearer_auth(&portal.credentials.staff[0].access_token).json(&body).send().await.expect("an answer");
    let answer: Value = answer.json().await.expect("json");
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}
