//! Staff take a guest out of a space that the portal goes on to hear: what they write then is not the guest's to read.

use std::time::Duration;

use reqwest::Method;
use shared::{ProblemKind, path};
use tests::{
    guest::TestGuest,
    portal::{GRACE, LOOK_EVERY, TestPortal},
};

/// Ada's space in Webex.
async fn put_out(portal: &TestPortal, ada: &TestGuest) -> String {
    let room = portal.webex().room_titled("Ada").unwrap().id;
    portal.webex().remove_member_as_staff(GRACE, &room, ada.vouched().await.as_str()).unwrap();
    room
}

#[tokio::test]
async fn whoever_is_taken_out_of_their_space_reads_nothing_of_it_any_more() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room_id = ada.room_id().await;
    let before = ada.messages().await.items.last().unwrap().id.clone();
    let space = put_out(&portal, &ada).await;
    portal.until("the room to be gone", async || (!ada.rooms().await.iter().any(|room| room.id == room_id)).then_some(())).await;
    portal.webex().reply_as_staff(GRACE, &space, "Between ourselves").unwrap();
    portal.advance(Duration::from_secs(120));
    for _ in 0..20 {
        portal.advance(Duration::from_secs(2));
        tokio::time::sleep(LOOK_EVERY).await;
    }
    assert!(!ada.heard_bytes().contains("Between ourselves"));
    for (method, path) in [
        (Method::GET, path::room_messages(&room_id)),
        (Method::GET, path::room_messages_before(&room_id, &before)),
        (Method::GET, path::room_thread(&room_id, &before)),
        (Method::GET, path::room_members(&room_id)),
        (Method::DELETE, path::room_message_deletion(&room_id, &before, &tests::guest::new_client_message_id())),
    ] {
        let answer = ada.send(ada.request(method, &path)).await;
        assert_eq!((answer.status, answer.problem().kind), (404, ProblemKind::RoomNotFound), "{answer}");
    }

    // They may begin anew, in a space of its own.
    assert_ne!(ada.room_id().await, room_id);
    ada.say("Is anybody there?").await;
    ada.hear_message("Is anybody there?").await;
    assert!(!ada.reads(1).await.iter().any(|text| text == "Between ourselves"));
    assert_eq!(portal.webex().messages(&space).last().unwrap().text, "Between ourselves");
}

#[tokio::test]
async fn a_page_that_does_not_listen_is_shown_nothing_either() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room_id = ada.room_id().await;
    ada.stop_listening();
    portal.advance(Duration::from_secs(120));
    let space = put_out(&portal, &ada).await;
    portal.webex().reply_as_staff(GRACE, &space, "Between ourselves").unwrap();
    let answer = ada.get(&path::room_messages(&room_id)).await;
    assert_eq!((answer.status, answer.problem().kind), (404, ProblemKind::RoomNotFound), "{answer}");

    // Nor a stream that goes on where it was.
    ada.listen_anywhere().await;
    for _ in 0..20 {
        portal.advance(Duration::from_secs(2));
        tokio::time::sleep(LOOK_EVERY).await;
    }
    assert!(!ada.heard_bytes().contains("Between ourselves"));
}

#[tokio::test]
async fn while_webex_is_away_a_guest_still_sees_their_own_space() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.stop_listening();
    portal.stop_sandbox().await;
    portal.advance(Duration::from_secs(120));
    let answer = ada.get(&path::room_messages(&ada.room_id().await)).await;
    assert_eq!(answer.status, 200, "{answer}");
}
