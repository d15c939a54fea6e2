//! Guests change what they wrote, or take it back.

use reqwest::Method;
use sandbox::Fault;
use serde_json::json;
use shared::{Delivery, Message, MessageId, Pending, PendingKind, PortalEvent, ProblemKind, path};
use tests::{
    files::TestFile,
    guest::{TestGuest, new_client_message_id, plain_text},
    portal::{GRACE, TestPortal},
};

/// A guest who wrote something, another tab of theirs, and what they wrote.
async fn written(portal: &TestPortal, text: &str) -> (TestGuest, TestGuest, MessageId) {
    let ada = portal.guest_in_conversation("Ada", text).await;
    let mut other_tab = ada.other_tab();
    other_tab.listen().await;
    let id = ada.messages().await.items.last().unwrap().id.clone();
    (ada, other_tab, id)
}

async fn hear_edit(guest: &mut TestGuest, id: &MessageId, text: &str) -> Message {
    guest
        .hear_until(text, |event| match event {
            PortalEvent::MessageEdited { message, .. } if message.id == *id && plain_text(&message.content) == text => {
                Some(message.clone())
            }
            _ => None,
        })
        .await
}

async fn hear_deletion(guest: &mut TestGuest, id: &MessageId) {
    guest
        .hear_until("that it is gone", |event| {
            matches!(event, PortalEvent::MessageDeleted { message_id, .. } if message_id == id).then_some(())
        })
        .await
}

/// How often a tab was told of an edit or of a deletion of this message.
fn times_changed(guest: &TestGuest, id: &MessageId) -> usize {
    let is_change = |event: &PortalEvent| match event {
        PortalEvent::MessageEdited { message, .. } => message.id == *id,
        PortalEvent::MessageDeleted { message_id, .. } => message_id == id,
        _ => false,
    };
    guest.heard().iter().filter(|event| is_change(event)).count()
}

#[tokio::test]
async fn an_edit_reaches_webex_and_the_guests_other_tab_once() {
    let portal = TestPortal::start().await;
    let (mut ada, mut other_tab, id) = written(&portal, "I want tow").await;
    let before = ada.messages().await.items.pop().unwrap();

    let pending: Pending = ada.edit(&id, "I want two <b>\n").await.json();

    assert_eq!((pending.kind, &*pending.text, pending.message_id.as_ref()), (PendingKind::Edit, "I want two <b>", Some(&id)));
    ada.hear_delivery(&pending.client_message_id, Delivery::Sent).await;
    let told = hear_edit(&mut other_tab, &id, "I want two <b>").await;
    assert!(told.edited_at.is_some());
    assert_eq!((&told.author, told.created_at, &told.client_message_id), (&before.author, before.created_at, &before.client_message_id));
    let archived = portal.webex().messages_titled("Ada").pop().unwrap();
    assert_eq!((archived.text.trim(), archived.html, archived.updated.is_some()), ("I want two <b>", None, true));
    ada.say("barrier").await;
    for tab in [&mut ada, &mut other_tab] {
        tab.hear_message("barrier").await;
        assert_eq!(times_changed(tab, &id), 1);
    }
    let page = ada.messages().await;
    assert_eq!((page.pending, plain_text(&page.items[1].content)), (vec![], "I want two <b>".to_owned()));
}

#[tokio::test]
async fn a_deletion_reaches_webex_and_the_guests_other_tab_once() {
    let portal = TestPortal::start().await;
    let (mut ada, mut other_tab, id) = written(&portal, "Forget this").await;

    let pending: Pending = ada.delete(&id).await.json();

    assert_eq!((pending.kind, &*pending.text, pending.message_id.as_ref()), (PendingKind::Delete, "", Some(&id)));
    ada.hear_delivery(&pending.client_message_id, Delivery::Sent).await;
    hear_deletion(&mut other_tab, &id).await;
    ada.say("barrier").await;
    for tab in [&mut ada, &mut other_tab] {
        tab.hear_message("barrier").await;
        assert_eq!(times_changed(tab, &id), 1);
    }
    assert_eq!(portal.texts_in_webex("Ada", 2).await[1..], ["barrier"]);
    assert_eq!(ada.reads(2).await[1..], ["barrier"]);
}

#[tokio::test]
async fn what_others_wrote_is_not_the_guests_to_change() {
    let portal = TestPortal::start().await;
    let (mut ada, _, adas) = written(&portal, "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    let graces = MessageId::new(portal.webex().reply_as_staff(GRACE, &room.id, "Hello Ada").unwrap().id);
    ada.hear_message("Hello Ada").await;
    let greeting = ada.messages().await.items[0].id.clone();
    for id in [&graces, &greeting, &MessageId::new("nothing")] {
        for answer in [ada.edit(id, "Not mine").await, ada.delete(id).await] {
            assert_eq!((answer.status, answer.problem().kind), (409, ProblemKind::NotEditable));
        }
    }
    let bob = portal.guest_in_conversation("Bob", "Hello").await;
    for answer in [bob.edit(&adas, "Not mine").await, bob.delete(&adas).await] {
        assert_eq!(answer.problem().kind, ProblemKind::NotEditable, "not in Bob's room");
    }
    let adas_message = path::room_message(&ada.room_id().await, &adas);
    let body = json!({ "client_message_id": new_client_message_id(), "text": "Not mine" });
    let refused = bob.send(bob.request(Method::PATCH, &adas_message).json(&body)).await;
    assert_eq!(refused.problem().kind, ProblemKind::RoomNotFound);
    let nobody = portal.visitor();
    assert_eq!(nobody.send(nobody.request(Method::PATCH, &adas_message).json(&body)).await.status, 401);
    assert_eq!(portal.texts_in_webex("Ada", 3).await[1..], ["Hello", "Hello Ada"]);
    assert_eq!(portal.requests("PUT", &format!("/v1/messages/{graces}")).len(), 0);
}

#[tokio::test]
async fn a_change_that_says_nothing_useful_is_refused() {
    let portal = TestPortal::start().await;
    let (ada, _, id) = written(&portal, "Hello").await;
    assert_eq!(ada.edit(&id, " \n ").await.problem().kind, ProblemKind::MessageEmpty);
    assert_eq!(ada.edit(&id, &"x".repeat(7440)).await.problem().kind, ProblemKind::MessageTooLong);
    let no_uuid = shared::ClientMessageId::new("1");
    assert_eq!(ada.edit_as(&no_uuid, &id, "x").await.problem().kind, ProblemKind::InvalidClientMessageId);
    assert_eq!(ada.delete_as(&no_uuid, &id).await.problem().kind, ProblemKind::InvalidClientMessageId);
    let used = new_client_message_id();
    ada.say_as(&used, "Something else").await.json::<Pending>();
    assert_eq!(ada.edit_as(&used, &id, "x").await.problem().kind, ProblemKind::ClientMessageIdReused);
    assert_eq!(ada.delete_as(&used, &id).await.problem().kind, ProblemKind::ClientMessageIdReused);
    let strange = format!("{}/%22%3Cx", path::room_messages(&ada.room_id().await));
    let body = json!({ "client_message_id": new_client_message_id(), "text": "x" });
    assert_eq!(ada.send(ada.request(Method::PATCH, &strange).json(&body)).await.problem().kind, ProblemKind::InvalidParameter);
}

#[tokio::test]
async fn a_message_with_a_file_can_be_taken_back_but_not_changed() {
    let portal = TestPortal::start().await;
    let (mut ada, _, _) = written(&portal, "Hello").await;
    ada.send_file(&TestFile::png("picture.png"), "Look").await;
    let id = ada.hear_file("picture.png").await.id;
    assert_eq!(ada.edit(&id, "Look here").await.problem().kind, ProblemKind::NotEditable);
    ada.delete(&id).await.json::<Pending>();
    hear_deletion(&mut ada, &id).await;
    assert_eq!(ada.ticket(&id, 0).await.problem().kind, ProblemKind::FileGone);
    assert_eq!(portal.texts_in_webex("Ada", 2).await[1..], ["Hello"]);
}

#[tokio::test]
async fn the_eleventh_edit_is_told_as_a_problem_and_can_be_given_up() {
    let portal = TestPortal::start().await;
    let (mut ada, _, id) = written(&portal, "0").await;
    for number in 1..=10 {
        ada.edit(&id, &number.to_string()).await.json::<Pending>();
        hear_edit(&mut ada, &id, &number.to_string()).await;
    }
    let pending: Pending = ada.edit(&id, "11").await.json();
    let failed = ada.hear_delivery(&pending.client_message_id, Delivery::Failed).await;
    let problem = failed.problem.unwrap();
    assert_eq!((problem.kind, &*problem.detail), (ProblemKind::NotEditable, "This message cannot be changed any more. Write a new one."));
    assert_eq!(ada.messages().await.pending.len(), 1);
    ada.give_up(&pending.client_message_id).await;
    assert_eq!(ada.messages().await.pending, []);
    assert_eq!(portal.texts_in_webex("Ada", 2).await[1..], ["10"]);
}

#[tokio::test]
async fn changes_made_while_webex_is_away_go_out_in_order_when_it_is_back_even_over_a_restart() {
    let mut portal = TestPortal::start().await;
    let (mut ada, mut other_tab, id) = written(&portal, "one").await;
    ada.say("another").await;
    let gone = ada.hear_message("another").await.id;
    portal.stop_sandbox().await;
    ada.edit(&id, "two").await.json::<Pending>();
    ada.edit(&id, "three").await.json::<Pending>();
    ada.say("later").await;
    ada.delete(&gone).await.json::<Pending>();
    portal.restart_portal().await;
    let kinds: Vec<_> = ada.messages().await.pending.iter().map(|pending| pending.kind).collect();
    assert_eq!(kinds, [PendingKind::Edit, PendingKind::Edit, PendingKind::Post, PendingKind::Delete]);
    // After a restart the portal remembers nothing of the room, but knows what it sent for whom.
    ada.edit(&id, "four").await.json::<Pending>();

    portal.start_sandbox().await;

    other_tab.hear_message("later").await;
    portal.until("all of it", async || ada.messages().await.pending.is_empty().then_some(())).await;
    assert_eq!(portal.texts_in_webex("Ada", 3).await[1..], ["four", "later"]);
    assert_eq!(ada.reads(3).await[1..], ["four", "later"]);
    let edits = portal.requests("PUT", &format!("/v1/messages/{id}"));
    assert_eq!(edits.len(), 3);
}

#[tokio::test]
async fn a_change_whose_outcome_is_unclear_is_simply_made_again() {
    let portal = TestPortal::start().await;
    let (mut ada, mut other_tab, id) = written(&portal, "0").await;
    let faults = [
        Fault::answer("PUT", "/v1/messages", 503),
        Fault::drop_before("PUT", "/v1/messages"),
        Fault::drop_after("PUT", "/v1/messages"),
        Fault::not_json("PUT", "/v1/messages"),
        Fault::answer("PUT", "/v1/messages", 429).retry_after(20),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        portal.webex().add_fault(fault).unwrap();
        let text = (number + 1).to_string();
        let pending: Pending = ada.edit(&id, &text).await.json();
        ada.hear_delivery(&pending.client_message_id, Delivery::Sent).await;
        hear_edit(&mut other_tab, &id, &text).await;
        assert_eq!(portal.texts_in_webex("Ada", 2).await[1..], [text]);
    }
    portal.webex().add_fault(Fault::drop_after("DELETE", "/v1/messages")).unwrap();
    let pending: Pending = ada.delete(&id).await.json();
    ada.hear_delivery(&pending.client_message_id, Delivery::Sent).await;
    hear_deletion(&mut other_tab, &id).await;
    assert_eq!(portal.texts_in_webex("Ada", 1).await.len(), 1);
    assert_eq!(ada.messages().await.pending, []);
}

#[tokio::test]
async fn an_edit_in_doubt_of_a_message_that_is_gone_meanwhile_is_not_said_to_be_done() {
    let portal = TestPortal::start().await;
    let (mut ada, _, id) = written(&portal, "one").await;
    for (method, status) in [("PUT", 503), ("PUT", 404), ("GET", 404)] {
        portal.webex().add_fault(Fault::answer(method, &format!("/v1/messages/{id}"), status)).unwrap();
    }
    let pending: Pending = ada.edit(&id, "two").await.json();
    let failed = ada.hear_delivery(&pending.client_message_id, Delivery::Failed).await;
    assert_eq!(failed.problem.unwrap().kind, ProblemKind::NotEditable);
    assert_eq!(portal.webex().faults(), []);
}

#[tokio::test]
async fn the_same_change_twice_is_answered_twice_and_made_once() {
    let portal = TestPortal::start().await;
    let (mut ada, _, id) = written(&portal, "one").await;
    let (edit, deletion) = (new_client_message_id(), new_client_message_id());
    let first: Pending = ada.edit_as(&edit, &id, "two").await.json();
    ada.hear_delivery(&edit, Delivery::Sent).await;
    let again: Pending = ada.edit_as(&edit, &id, "two").await.json();
    assert_eq!((again.queued_at, again.delivery), (first.queued_at, Delivery::Sent));
    assert_eq!(ada.edit_as(&edit, &id, "three").await.problem().kind, ProblemKind::ClientMessageIdReused);
    let first: Pending = ada.delete_as(&deletion, &id).await.json();
    ada.hear_delivery(&deletion, Delivery::Sent).await;
    let again: Pending = ada.delete_as(&deletion, &id).await.json();
    assert_eq!((again.queued_at, again.delivery), (first.queued_at, Delivery::Sent));
    // Nobody could ask for it anew, but it was done.
    assert_eq!(ada.edit_as(&edit, &id, "two").await.json::<Pending>().delivery, Delivery::Sent);
    assert_eq!(portal.requests("PUT", &format!("/v1/messages/{id}")).len(), 1);
    assert_eq!(portal.requests("DELETE", &format!("/v1/messages/{id}")).len(), 1);
}

#[tokio::test]
async fn taking_back_what_is_already_gone_is_done() {
    let portal = TestPortal::start().await;
    let (mut ada, mut other_tab, id) = written(&portal, "Forget this").await;
    ada.delete(&id).await.json::<Pending>();
    hear_deletion(&mut other_tab, &id).await;

    // The other tab has asked for the same a moment later.
    let pending: Pending = other_tab.delete(&id).await.json();

    other_tab.hear_delivery(&pending.client_message_id, Delivery::Sent).await;
    assert_eq!(ada.edit(&id, "Too late").await.problem().kind, ProblemKind::NotEditable);
    ada.say("barrier").await;
    ada.hear_message("barrier").await;
    assert_eq!(times_changed(&ada, &id), 1);
}
