//! The event stream: nothing missed, nothing twice, and an end when the portal stops.

use std::time::{Duration, Instant};

use shared::PortalEvent;
use tests::{
    guest::plain_text,
    portal::{GRACE, TestPortal},
};

#[tokio::test]
async fn a_tab_that_comes_back_hears_what_it_missed_once() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let mut other_tab = ada.other_tab();
    other_tab.listen().await;
    let room = portal.webex().room_titled("Ada").unwrap();
    ada.stop_listening();
    for text in ["one", "two", "three"] {
        portal.webex().reply_as_staff(GRACE, &room.id, text).unwrap();
    }
    other_tab.hear_message("three").await;

    assert!(ada.listen().await, "the place is still known");

    ada.hear_message("three").await;
    portal.webex().reply_as_staff(GRACE, &room.id, "barrier").unwrap();
    ada.hear_message("barrier").await;
    for text in ["Hello", "one", "two", "three"] {
        assert_eq!(ada.times_told(text), 1, "{text}");
    }
    let raw = ada.heard_bytes();
    let ids: Vec<&str> = raw.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    let different: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!((different.len(), ids.len() > 5), (ids.len(), true), "no event came twice: {ids:?}");
}

#[tokio::test]
async fn what_happens_between_the_rooms_and_the_stream_of_a_page_that_is_opened_is_told() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    let mut page = ada.other_tab();
    page.read_rooms().await;
    portal.webex().reply_as_staff(GRACE, &room.id, "Meanwhile").unwrap();
    ada.hear_message("Meanwhile").await;

    assert!(page.listen().await, "nothing need be asked for again");

    page.hear_message("Meanwhile").await;
    assert_eq!((page.times_told("Hello"), page.times_told("Meanwhile")), (0, 1));
}

#[tokio::test]
async fn a_new_guest_asks_for_everything_once() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest("Ada").await;
    ada.read_rooms().await;
    assert!(ada.listen().await, "nobody can have said anything where there is no space yet");
    ada.say("Hello").await;
    ada.hear_message("Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "Hello Ada").unwrap();
    ada.hear_message("Hello Ada").await;
    assert_eq!((ada.times_told("Hello"), ada.times_told("Hello Ada")), (1, 1));
}

#[tokio::test]
async fn a_reply_made_while_nobody_listened_is_heard_by_the_tab_that_comes_back() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let mut bob = portal.guest_in_conversation("Bob", "Hello").await;
    let (adas_room, bobs_room) = (portal.webex().room_titled("Ada").unwrap(), portal.webex().room_titled("Bob").unwrap());
    ada.stop_listening();
    portal.webex().reply_as_staff(GRACE, &adas_room.id, "Are you still there?").unwrap();
    portal.webex().reply_as_staff(GRACE, &bobs_room.id, "barrier").unwrap();
    bob.hear_message("barrier").await;

    ada.listen().await;

    ada.hear_message("Are you still there?").await;
    assert_eq!(ada.messages().await.items.len(), 3);
}

#[tokio::test]
async fn a_page_that_missed_more_than_is_listed_at_once_is_told_to_begin_anew() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "before").unwrap();
    ada.hear_message("before").await;
    // Nobody else runs meanwhile.
    for number in 0..300 {
        portal.webex().reply_as_staff(GRACE, &room.id, &format!("answer {number}")).unwrap();
    }

    assert!(!ada.hear_hello().await, "it is told that its place is lost");

    assert_eq!(ada.times_told("answer 200"), 0, "what has a gap before it is not told");
    let texts: Vec<String> = ada.all_messages().await.iter().map(|message| plain_text(&message.content)).collect();
    let expected: Vec<String> = (0..300).map(|number| format!("answer {number}")).collect();
    assert_eq!(texts[texts.len() - 301..], [&["before".to_owned()], &expected[..]].concat());
    portal.webex().reply_as_staff(GRACE, &room.id, "after").unwrap();
    ada.hear_message("after").await;
}

#[tokio::test]
async fn after_a_restart_the_page_is_told_that_its_place_is_lost() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.restart_portal().await;
    let is_resumed = ada.hear_hello().await;
    assert!(!is_resumed);
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "Here I am").unwrap();
    ada.hear_message("Here I am").await;
}

#[tokio::test]
async fn a_portal_that_stops_takes_its_leave_of_every_stream_quickly() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let mut bob = portal.guest_in_conversation("Bob", "Hello").await;
    let began = Instant::now();

    portal.stop_portal().await;

    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    for guest in [&mut ada, &mut bob] {
        guest.hear_until("bye", |event| (*event == PortalEvent::Bye).then_some(())).await;
    }
}

#[tokio::test]
async fn a_stream_ends_by_itself_after_a_while_and_goes_on_where_it_was() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.advance(Duration::from_secs(12 * 60));
    ada.hear_until("bye", |event| (*event == PortalEvent::Bye).then_some(())).await;
    let is_resumed = ada.hear_hello().await;
    assert!(is_resumed);
    assert_eq!(ada.times_told("Hello"), 1);
}

#[tokio::test]
async fn a_silent_stream_shows_that_it_is_alive() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    portal.until("a heartbeat", async || ada.heard_bytes().contains(": still here\n").then_some(())).await;
}
