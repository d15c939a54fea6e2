//! From staff's message in Webex to its bytes on the guest's event stream, by real time.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use shared::PortalEvent;
use tests::{
    measuring::{histogram, listen, record},
    portal::{GRACE, TWO_SITES},
};

use crate::{FEEDS, is_heard_by, start};

const MESSAGES: u64 = 200;
/// Staff write whether or not the one before was heard, so that they are not in step with anything.
const PAUSE_MS: std::ops::Range<u64> = 50..350;
/// The median at most, where Webex tells by itself.
const LIMIT_MS: f64 = 300.0;
/// So long the last ones may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Prints the table; answers what is too slow.
pub(super) async fn measure() -> Vec<String> {
    println!("From staff's message in Webex to the guest's event stream, {MESSAGES} messages one after the other, loopback");
    println!("{:<10} {:>12} {:>12} {:>12}   median at most", "feed", "median", "p95", "max");
    let mut broken = Vec::new();
    for feed in FEEDS {
        let took = of(feed).await;
        let millis = |quantile| took.value_at_quantile(quantile) as f64 / 1000.0;
        let limit = if feed == "polling" { "2 s and a listing" } else { "300 ms" };
        println!("{feed:<10} {:>9.1} ms {:>9.1} ms {:>9.1} ms   {limit}", millis(0.5), millis(0.95), millis(1.0));
        if feed != "polling" && millis(0.5) > LIMIT_MS {
            broken.push(format!("{feed} takes {:.1} ms", millis(0.5)));
        }
    }
    println!();
    broken
}

async fn of(feed: &str) -> Histogram<u64> {
    let portal = start(feed, TWO_SITES).await;
    let guest = portal.guest("Ada").await;
    guest.say("opening").await;
    portal.texts_in_webex("Ada", 2).await;
    let mut events = listen(&guest).await;
    let room = portal.webex().room_titled("Ada").expect("a space").id;
    // The end of the beginning: nothing is listed any more because somebody has just come.
    tokio::time::sleep(Duration::from_secs(3)).await;

    let mut posted = HashMap::new();
    for number in 0..MESSAGES {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(PAUSE_MS))).await;
        let at = Instant::now();
        let message = portal.webex().reply_as_staff(GRACE, &room, &format!("message {number}")).expect("a reply");
        posted.insert(message.id.trim_end_matches('=').to_owned(), at);
    }
    let mut took = histogram();
    while !posted.is_empty() {
        let (event, at) = tokio::time::timeout(PATIENCE, events.recv()).await.expect("every message is heard").expect("the stream");
        if let PortalEvent::MessagePosted { message, .. } = event
            && let Some(posted_at) = posted.remove(message.id.as_str())
        {
            record(&mut took, at.saturating_duration_since(posted_at));
        }
    }
    assert!(is_heard_by(&portal, feed), "another way took over from {feed}");
    took
}
