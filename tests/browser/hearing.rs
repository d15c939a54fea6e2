//! What a guest sees of hearing: who is typing, who has read what, and a conversation in its order however Webex is heard.

use std::time::Duration;

use sandbox::{Fault, FaultEffect, MercuryRules, RateLimits};
use tests::portal::{GRACE, TWO_SITES};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_and_staff_see_each_other_type_and_what_the_other_has_read() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("Where is my parcel?").await;
    world.webex_has("Ada", "Where is my parcel?").await;
    let desk = world.desk("Ada").await;

    desk.write("Reply as staff", "I look").await;
    world.guest.sees("Grace Hopper is typing").await;
    desk.write("Reply as staff", " for it.\n").await;
    world.guest.sees_message("I look for it.").await;
    world.guest.sees_no_longer("Grace Hopper is typing").await;
    let is_marked = "return [...document.querySelectorAll('.timeline__state')].some((state) => state.textContent.includes('Seen'))";
    let seen = world.guest.until(async || world.guest.script(is_marked).await.as_bool().filter(|is_marked| *is_marked)).await;
    assert!(seen.is_some(), "what staff have read is marked");

    desk.sees("Seen by Ada").await;
    world.guest.write("Message", "It is").await;
    desk.sees("Ada is typing").await;
    world.guest.write("Message", " blue.\n").await;
    desk.sees_message("It is blue.").await;
    desk.sees_no_longer("Ada is typing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_twenty_messages_a_second_from_one_way_to_the_other_and_back_the_page_shows_each_once_and_in_order() {
    let world = World::start_in_public(TWO_SITES).await;
    world.portal.webex().set_limits(RateLimits { per_token: None, per_room: None }).unwrap();
    world.sign_in("Ada").await;
    world.say("Hello").await;
    world.webex_has("Ada", "Hello").await;
    let room = world.portal.webex().room_titled("Ada").unwrap().id;
    let mut written = Vec::new();
    let mut write = async |what: &str| {
        // What is written within two seconds of the last telling may have been meant by it.
        world.portal.advance(Duration::from_secs(3));
        for number in 0..20 {
            let text = format!("{what} {number:02}.");
            world.portal.webex().reply_as_staff(GRACE, &room, &text).unwrap();
            written.push(text);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let heard_by = async |way: &str| {
        let current = async || world.portal.app().store.feed("webex").unwrap().filter(|feed| feed.way == way);
        world.portal.until(way, current).await;
    };
    heard_by("webhook").await;
    write("Webhook").await;
    world.portal.webex().add_fault(Fault { count: 1_000_000, ..Fault::webhook("/messages", FaultEffect::DropBefore) }).unwrap();
    write("Silence").await;
    heard_by("mercury").await;
    write("Mercury").await;
    for code in [1001, 1006, 4000, 4401] {
        world.portal.webex().close_mercury_sockets(code, "test");
        write(&format!("Closed by {code}")).await;
        world.portal.advance(Duration::from_secs(40));
    }
    world.portal.webex().set_mercury_rules(MercuryRules { is_silent: true, ..MercuryRules::default() }).unwrap();
    write("Another silence").await;
    heard_by("polling").await;
    write("Polling").await;
    world.portal.webex().set_mercury_rules(MercuryRules::default()).unwrap();
    world.portal.webex().clear_faults();
    world.portal.advance(Duration::from_secs(5 * 60));
    heard_by("webhook").await;
    write("Back again").await;

    world.guest.sees_message("Back again 19.").await;
    // Only what is near the screen is drawn: the page is read from its end to its beginning.
    let mut shown: Vec<String> = Vec::new();
    let rows = |log: String| {
        log.lines().map(str::trim).filter(|line| written.iter().any(|text| text == line)).map(str::to_owned).collect::<Vec<_>>()
    };
    let read = world
        .guest
        .until(async || {
            let above = rows(world.guest.messages().await);
            let known = above.iter().position(|text| Some(text) == shown.first()).unwrap_or(above.len());
            shown.splice(0..0, above[..known].iter().cloned());
            world.guest.script("document.getElementById('timeline').scrollTop -= 300").await;
            (shown.first() == written.first()).then_some(())
        })
        .await;
    assert!(read.is_some(), "read back to {:?}", shown.first());
    assert_eq!(shown, written);
}
