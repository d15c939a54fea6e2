//! How fast a room may be written in, by all its guests.

use std::time::Duration;

use sandbox::{RateLimit, RateLimits};
use shared::Delivery;
use tests::portal::{GRACE, LOOK_EVERY, within};

use crate::connections::{Staff, guest_at, hear_room, start};

#[tokio::test]
async fn a_room_that_webex_finds_too_fast_is_written_in_slowly_by_all_its_guests() {
    let portal = start().await;
    let names = ["Ada", "Bob", "Cleo", "Dan", "Eve", "Fay"];
    let mut guests = Vec::new();
    for name in names {
        guests.push(guest_at(&portal, "guests", name).await);
    }
    let staff = Staff::new(&portal, GRACE);
    let webex_room = staff.make_room("Kitchen plans").await;
    for guest in &mut guests {
        staff.add(&webex_room, guest.vouched().await.as_str()).await;
        hear_room(guest).await;
    }
    let per_room = Some(RateLimit { requests: 3, per_secs: 12 });
    portal.webex().set_limits(RateLimits { per_room, ..RateLimits::default() }).unwrap();

    for number in 0..3 {
        for (guest, name) in guests.iter().zip(names) {
            guest.say(&format!("{name} {number}")).await;
        }
    }

    let room_id = guests[0].rooms().await[0].id.clone();
    within("every message", async {
        while portal.webex().messages(&webex_room).len() < 18 {
            tokio::time::sleep(LOOK_EVERY).await;
            let mut pending = Vec::new();
            for guest in &guests {
                pending.extend(guest.messages_in(&room_id).await.pending);
            }
            // What is on its way arrives at the time at which it was sent.
            if pending.iter().all(|pending| pending.delivery == Delivery::Accepted) {
                portal.advance(Duration::from_secs(1));
            }
        }
    })
    .await;
    for name in names {
        let texts = portal.webex().messages(&webex_room).into_iter().map(|message| message.text);
        let own: Vec<String> = texts.filter(|text| text.starts_with(name)).collect();
        assert_eq!(own, (0..3).map(|number| format!("{name} {number}")).collect::<Vec<_>>());
    }
    let refused = portal.webex().requests().iter().filter(|entry| entry.status == Some(429)).count();
    assert!((1..=9).contains(&refused), "webex had to say no {refused} times; it would be 27 if each guest waited alone");
}
