//! How long a message takes on its way, in one run with what the disk takes: `./x bench`.
//!
//! Portal and simulated Webex run in this process, over real sockets. Nothing is hurried: the feed polls as in operation.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs::File,
    io::Write,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use shared::{ClientMessageId, PortalEvent};
use tests::{
    guest::{TestGuest, new_client_message_id},
    measuring::{histogram, listen, record, row},
    portal::{GRACE, TestPortal},
};
use tokio::sync::mpsc;

const SENDS: usize = 1000;
const GUESTS: usize = 50;
const REPLIES_EACH: usize = 20;

#[tokio::main]
async fn main() {
    let portal = TestPortal::start().await;
    let fsync = fsyncs(&portal.data_dir());
    row("one fsync of 4 KiB", &fsync);

    let guest = portal.guest("Ada").await;
    // The first message opens the space; what is measured begins after it.
    guest.say("opening").await;
    portal.texts_in_webex("Ada", 2).await;
    let (accepted, asked, shown) = sends(&portal, &guest).await;
    row("POST to 202", &accepted);
    row("202 to request at Webex", &asked);
    row("POST to the message at the client", &shown);
    let replied = replies(&portal).await;
    row("staff's message in Webex to bytes at the client", &replied);

    let over_fsync = accepted.value_at_quantile(0.5) as f64 / fsync.value_at_quantile(0.5).max(1) as f64;
    println!("\nPOST to 202 is {over_fsync:.2} fsyncs (p50). The feed polls every 2 s while somebody looks.");
}

/// Microseconds of so many appends with an fsync each.
fn fsyncs(folder: &std::path::Path) -> Histogram<u64> {
    let mut file = File::create(folder.join("bench")).expect("a file");
    let mut histogram = histogram();
    for _ in 0..SENDS {
        let began = Instant::now();
        file.write_all(&[7; 4096]).expect("writing");
        file.sync_data().expect("an fsync");
        record(&mut histogram, began.elapsed());
    }
    histogram
}

/// One message after the other, each when the one before is shown.
async fn sends(portal: &TestPortal, guest: &TestGuest) -> (Histogram<u64>, Histogram<u64>, Histogram<u64>) {
    let (mut accepted, mut asked, mut shown) = (histogram(), histogram(), histogram());
    let mut events = listen(guest).await;
    for number in 0..SENDS {
        let text = format!("message {number}");
        let client_message_id = new_client_message_id();
        let before = portal.posts_by_guests().len();
        let began = Instant::now();
        let answer = guest.say_as(&client_message_id, &text).await;
        record(&mut accepted, began.elapsed());
        let accepted_at = portal.clock.system_time();
        assert_eq!(answer.status, 202);
        shown_as(&mut events, &client_message_id).await;
        record(&mut shown, began.elapsed());
        let posts = portal.posts_by_guests();
        let arrived_at = posts.get(before).expect("the request at Webex").arrived_at;
        // It may be there before the browser has read the 202.
        record(&mut asked, arrived_at.duration_since(accepted_at).unwrap_or_default());
    }
    (accepted, asked, shown)
}

/// Staff write to many guests who look; each guest's stream tells when the bytes came.
async fn replies(portal: &TestPortal) -> Histogram<u64> {
    let (heard, mut hears) = mpsc::unbounded_channel();
    let mut rooms = Vec::new();
    for number in 0..GUESTS {
        let name = format!("Guest-{number:03}");
        let guest = portal.guest(&name).await;
        let mut events = listen(&guest).await;
        guest.say("opening").await;
        portal.texts_in_webex(&name, 2).await;
        rooms.push(portal.webex().room_titled(&name).expect("a space").id);
        let heard = heard.clone();
        tokio::spawn(async move {
            while let Some((event, at)) = events.recv().await {
                if let PortalEvent::MessagePosted { message, .. } = event {
                    let _ = heard.send((message.id, at));
                }
            }
            drop(guest);
        });
    }
    let mut histogram = histogram();
    for round in 0..REPLIES_EACH {
        let mut posted = std::collections::HashMap::new();
        for room in &rooms {
            let message = portal.webex().reply_as_staff(GRACE, room, &format!("reply {round}")).expect("a reply");
            posted.insert(message.id.trim_end_matches('=').to_owned(), Instant::now());
        }
        while !posted.is_empty() {
            let (id, at) = hears.recv().await.expect("a stream");
            if let Some(posted_at) = posted.remove(id.as_str()) {
                record(&mut histogram, at.saturating_duration_since(posted_at));
            }
        }
        // Not in step with the poll.
        tokio::time::sleep(Duration::from_millis(137 * (round as u64 % 7))).await;
    }
    histogram
}

async fn shown_as(events: &mut mpsc::UnboundedReceiver<(PortalEvent, Instant)>, id: &ClientMessageId) {
    while let Some((event, _)) = events.recv().await {
        if matches!(event, PortalEvent::MessagePosted { message, .. } if message.client_message_id.as_ref() == Some(id)) {
            return;
        }
    }
    panic!("the stream ended");
}
