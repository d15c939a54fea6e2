//! Portal and Webex going away in the middle of a conversation.

use std::time::Duration;

use shared::{PortalEvent, Session};
use tests::{
    guest::plain_text,
    portal::{GRACE, TestPortal},
};

#[tokio::test]
async fn a_conversation_goes_on_over_restarts_of_both_with_nothing_missing_and_nothing_double() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "one").await;
    let guest_id = ada.session().await.json::<Session>().guest_id;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "two").unwrap();
    ada.hear_message("two").await;

    portal.stop_sandbox().await;
    ada.say("three").await;
    ada.say("four").await;
    portal.restart_portal().await;
    ada.hear_hello().await;
    ada.say("five").await;
    portal.start_sandbox().await;
    portal.texts_in_webex("Ada", 6).await;
    portal.webex().reply_as_staff(GRACE, &room.id, "six").unwrap();
    portal.restart_portal().await;
    portal.restart_sandbox().await;
    ada.hear_hello().await;

    assert_eq!(ada.session().await.json::<Session>().guest_id, guest_id, "still signed in");
    portal.until("all six", async || (ada.messages().await.items.len() == 7).then_some(())).await;
    let page = ada.messages().await;
    let shown: Vec<String> = page.items.iter().map(|message| plain_text(&message.content)).collect();
    let expected = ["Hello, and thank you for writing.", "one", "two", "three", "four", "five", "six"];
    assert_eq!((shown, page.pending), (expected.map(str::to_owned).to_vec(), vec![]));
    assert_eq!(portal.texts_in_webex("Ada", 7).await, expected);
    assert_eq!(portal.requests("POST", "/v1/rooms").len(), 1);
    let own = page.items.iter().filter(|message| message.client_message_id.is_some()).count();
    assert_eq!(own, 4, "the portal still knows which messages it sent");
    ada.say("seven").await;
    ada.hear_message("seven").await;
    let hellos = ada.heard().iter().filter(|event| matches!(event, PortalEvent::Hello { .. })).count();
    assert_eq!(hellos, 3, "one stream after each start");
}

#[tokio::test]
async fn a_message_accepted_just_before_the_portal_stops_is_sent_after_the_next_start() {
    let mut portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    ada.say("Do not forget me").await;
    portal.restart_portal().await;
    assert_eq!(portal.texts_in_webex("Ada", 2).await[1], "Do not forget me");
    assert_eq!(portal.requests("POST", "/v1/rooms").len(), 1);
}

#[tokio::test]
async fn a_message_under_way_when_the_portal_was_cut_off_is_found_and_not_posted_again() {
    let mut portal = TestPortal::start_behind_line().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.stop_listening();
    portal.line.as_ref().unwrap().hold("POST /v1/messages ");
    let pending = ada.say("Did you get this?").await;
    ada.say("And this?").await;
    portal.texts_in_webex("Ada", 3).await;
    let clock = portal.clock.clone();
    let impatience = async {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            clock.advance(Duration::from_secs(1));
        }
    };
    tokio::select! {
        () = portal.stop_portal() => {}
        () = impatience => unreachable!("it waits for ever"),
    }

    portal.line.as_ref().unwrap().release();
    portal.start_portal().await;

    let expected = ["Hello, and thank you for writing.", "Hello", "Did you get this?", "And this?"];
    assert_eq!(ada.reads(4).await, expected);
    let page = portal
        .until("everything to be settled", async || {
            let page = ada.messages().await;
            page.pending.is_empty().then_some(page)
        })
        .await;
    assert_eq!(page.items[2].client_message_id, Some(pending.client_message_id));
    assert_eq!(portal.texts_in_webex("Ada", 4).await, expected);
    assert_eq!(portal.posts_by_guests().len(), 3);
}

#[tokio::test]
async fn a_portal_that_starts_while_webex_is_away_takes_guests_and_messages_and_recovers_by_itself() {
    let mut portal = TestPortal::start().await;
    portal.stop_sandbox().await;
    portal.restart_portal().await;

    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    ada.say("Is it open already?").await;
    portal.start_sandbox().await;

    ada.hear_message("Is it open already?").await;
    assert_eq!(portal.texts_in_webex("Ada", 2).await.iter().filter(|text| *text == "Is it open already?").count(), 1);
}
