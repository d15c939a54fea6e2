//! Portal and Webex going away in the middle of a conversation.

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
