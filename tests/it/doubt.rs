//! Messages nobody can tell of whether Webex has them: looked for, found or sent again, and never there twice.

use std::time::Duration;

use sandbox::Fault;
use shared::{Delivery, Pending};
use tests::{
    files::TestFile,
    guest::TestGuest,
    portal::{GRACE, TestPortal},
};

use crate::connections::Staff;

/// Texts in the guest's room after the greeting, and those the portal shows, must be these.
async fn assert_everywhere(portal: &TestPortal, guest: &TestGuest, name: &str, texts: &[&str]) {
    assert_eq!(portal.texts_in_webex(name, texts.len() + 1).await[1..], *texts);
    assert_eq!(guest.reads(texts.len() + 1).await[1..], *texts);
}

async fn nothing_pending(portal: &TestPortal, guest: &TestGuest) {
    portal.until("everything to be settled", async || guest.messages().await.pending.is_empty().then_some(())).await;
}

/// How often Webex was asked to change messages, by this method.
fn asked(portal: &TestPortal, method: &str) -> usize {
    portal.webex().requests().iter().filter(|entry| entry.method == method && entry.path.starts_with("/v1/messages/")).count()
}

/// What Webex did not do is done once it is sure, in its place.
async fn is_sent_again_once_it_is_surely_not_there(fault: Fault) {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(fault).unwrap();

    let pending = ada.say("Did you get this?").await;
    ada.hear_delivery(&pending.client_message_id, Delivery::NotConfirmed).await;
    let after = ada.say("And this?").await;
    let shown = ada.messages().await.pending.into_iter().map(|pending| pending.delivery).collect::<Vec<_>>();
    assert_eq!(shown, [Delivery::NotConfirmed, Delivery::Accepted], "what was written after it waits");

    let told = ada.hear_message("Did you get this?").await;
    assert_eq!(told.client_message_id, Some(pending.client_message_id));
    assert_eq!(ada.hear_message("And this?").await.client_message_id, Some(after.client_message_id));
    nothing_pending(&portal, &ada).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Did you get this?", "And this?"]).await;
    assert_eq!(portal.posts_by_guests().len(), 4, "once more, and no oftener");
    assert_eq!(portal.app().history.late_copies(), 0);
}

/// What came through is found, whatever time it is in Webex.
async fn is_found_though_the_clocks_differ(webex_ahead_secs: i64) {
    let portal = TestPortal::start_with_webex_ahead(webex_ahead_secs).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::drop_after("POST", "/v1/messages")).unwrap();
    let pending = ada.say("Did you get this?").await;
    let told = ada.hear_message("Did you get this?").await;
    assert_eq!(told.client_message_id, Some(pending.client_message_id));
    nothing_pending(&portal, &ada).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Did you get this?"]).await;
    assert_eq!(portal.posts_by_guests().len(), 2, "it was sent once");
}

#[tokio::test]
async fn what_came_through_is_found_though_webexs_clock_is_ten_minutes_behind() {
    is_found_though_the_clocks_differ(-600).await;
}

#[tokio::test]
async fn what_came_through_is_found_though_webexs_clock_is_ten_minutes_ahead() {
    is_found_though_the_clocks_differ(600).await;
}

#[tokio::test]
async fn a_503_is_looked_into_and_the_message_sent_again_in_its_place() {
    is_sent_again_once_it_is_surely_not_there(Fault::answer("POST", "/v1/messages", 503)).await;
}

#[tokio::test]
async fn a_500_is_looked_into_and_the_message_sent_again_in_its_place() {
    is_sent_again_once_it_is_surely_not_there(Fault::answer("POST", "/v1/messages", 500)).await;
}

#[tokio::test]
async fn a_line_that_breaks_after_bytes_were_sent_is_looked_into_and_the_message_sent_again() {
    is_sent_again_once_it_is_surely_not_there(Fault::drop_before("POST", "/v1/messages")).await;
}

#[tokio::test]
async fn a_message_is_in_doubt_for_its_whole_window_and_no_restart_makes_that_longer() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.stop_listening();
    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 503)).unwrap();
    ada.say("Did you get this?").await;
    let is_in_doubt = async || {
        let pending = ada.messages().await.pending;
        pending.first().is_some_and(|pending| pending.delivery == Delivery::NotConfirmed).then_some(())
    };
    portal.until("doubt", is_in_doubt).await;
    let posts = portal.posts_by_guests().len();
    for _ in 0..3 {
        portal.restart_portal().await;
        portal.advance(Duration::from_secs(4));
        // However often it is looked for meanwhile.
        ada.messages().await;
        assert_eq!(portal.posts_by_guests().len(), posts);
    }
    portal.advance(Duration::from_secs(4));
    nothing_pending(&portal, &ada).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Did you get this?"]).await;
    assert_eq!(portal.posts_by_guests().len(), posts + 1);
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_found_in_webex_and_shown_once() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::drop_after("POST", "/v1/messages")).unwrap();

    let pending = ada.say("Did you get this?").await;

    let told = ada.hear_message("Did you get this?").await;
    assert_eq!(told.client_message_id.as_ref(), Some(&pending.client_message_id));
    ada.say("barrier").await;
    ada.hear_message("barrier").await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Did you get this?", "barrier"]).await;
    assert_eq!(ada.messages().await.pending, []);
    assert_eq!(portal.posts_by_guests().len(), 3);
    let mut settled = ada.heard().into_iter().filter_map(|event| match event {
        shared::PortalEvent::DeliveryChanged { pending: changed } if changed.client_message_id == pending.client_message_id => {
            Some(changed)
        }
        _ => None,
    });
    let last = settled.next_back().unwrap();
    assert_eq!((last.delivery, last.message_id), (Delivery::Sent, Some(told.id)));
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_found_after_a_restart_too() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.stop_listening();
    portal.webex().add_fault(Fault::drop_after("POST", "/v1/messages")).unwrap();
    let pending = ada.say("Did you get this?").await;
    portal.texts_in_webex("Ada", 3).await;

    portal.restart_portal().await;

    let page = portal
        .until("the message to be found", async || {
            let page = ada.messages().await;
            page.pending.is_empty().then_some(page)
        })
        .await;
    let own: Vec<_> = page.items.iter().filter_map(|message| message.client_message_id.clone()).collect();
    assert_eq!(own.last(), Some(&pending.client_message_id));
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Did you get this?"]).await;
    assert_eq!(portal.posts_by_guests().len(), 2);
}

#[tokio::test]
async fn two_equal_messages_whose_answers_were_lost_are_both_found() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::drop_after("POST", "/v1/messages").times(2)).unwrap();
    let (first, second) = (ada.say("ok").await, ada.say("ok").await);
    portal.texts_in_webex("Ada", 4).await;
    portal.until("both to be found", async || ada.messages().await.pending.is_empty().then_some(())).await;
    let mut found: Vec<_> = ada.messages().await.items.into_iter().filter_map(|message| message.client_message_id).skip(1).collect();
    found.sort();
    assert_eq!(found, [first.client_message_id, second.client_message_id]);
    ada.hear_delivery(&found[1], Delivery::Sent).await;
    assert_eq!(ada.times_told("ok"), 2);
}

#[tokio::test]
async fn what_webex_does_late_but_within_the_window_is_found_and_not_sent_again() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::done_late("POST", "/v1/messages", 8000)).unwrap();
    let pending = ada.say("Slowly").await;
    let told = ada.hear_message("Slowly").await;
    assert_eq!(told.client_message_id, Some(pending.client_message_id));
    nothing_pending(&portal, &ada).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Slowly"]).await;
    assert_eq!((portal.posts_by_guests().len(), portal.app().history.late_copies()), (2, 0));
}

/// The first try turns up after the message was sent again.
async fn late_copy_is_taken_back(watching: bool) {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    if !watching {
        ada.stop_listening();
    }
    portal.webex().add_fault(Fault::done_late("POST", "/v1/messages", 40_000)).unwrap();
    ada.say("Very slowly").await;
    nothing_pending(&portal, &ada).await;
    portal.until("the late copy to be taken back", async || (portal.app().history.late_copies() == 1).then_some(())).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Very slowly"]).await;
    assert_eq!(portal.posts_by_guests().len(), 3);
    if watching {
        assert_eq!(ada.times_told("Very slowly"), 1, "nobody is shown the copy");
    }
}

#[tokio::test]
async fn a_late_copy_of_a_message_that_was_sent_again_is_taken_back() {
    late_copy_is_taken_back(true).await;
}

#[tokio::test]
async fn a_late_copy_is_taken_back_even_if_nobody_looks() {
    late_copy_is_taken_back(false).await;
}

#[tokio::test]
async fn a_late_copy_of_a_notice_is_taken_back() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::done_late("POST", "/v1/messages", 40_000)).unwrap();

    ada.leave().await;

    portal.until("the late copy to be taken back", async || (portal.app().history.late_copies() == 1).then_some(())).await;
    let texts = portal.texts_in_webex("Ada", 3).await;
    assert_eq!(texts.len(), 3, "the notice is there once: {texts:?}");
    assert_eq!(portal.webex().faults(), []);
}

#[tokio::test]
async fn two_identical_texts_sent_in_a_row() {
    for fault in [
        Fault::drop_before("POST", "/v1/messages"),
        Fault::drop_after("POST", "/v1/messages"),
        Fault::done_late("POST", "/v1/messages", 40_000),
    ] {
        let portal = TestPortal::start().await;
        let ada = portal.guest_in_conversation("Ada", "Hello").await;
        let is_late = fault == Fault::done_late("POST", "/v1/messages", 40_000);
        portal.webex().add_fault(fault.clone().times(2)).unwrap();
        let sent: Vec<Pending> = vec![ada.say("ok").await, ada.say("ok").await];
        nothing_pending(&portal, &ada).await;
        if is_late {
            portal.until("the copies to be taken back", async || (portal.app().history.late_copies() == 2).then_some(())).await;
        }
        assert_everywhere(&portal, &ada, "Ada", &["Hello", "ok", "ok"]).await;
        let shown: Vec<_> = ada.messages().await.items.into_iter().filter_map(|message| message.client_message_id).skip(1).collect();
        let expected: Vec<_> = sent.into_iter().map(|pending| pending.client_message_id).collect();
        assert_eq!(shown, expected, "{fault:?}");
    }
}

#[tokio::test]
async fn a_message_typed_in_webex_by_the_same_guest_elsewhere() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    let person = ada.vouched().await;
    let elsewhere = portal.webex().write_elsewhere_as(person.as_str(), &room.id, "ok").unwrap();
    assert_eq!(ada.hear_message("ok").await.client_message_id, None);
    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 503)).unwrap();

    let pending = ada.say("ok").await;

    nothing_pending(&portal, &ada).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "ok", "ok"]).await;
    let items = ada.messages().await.items;
    assert_eq!((items[2].id.as_str(), &items[2].client_message_id), (elsewhere.id.as_str(), &None));
    assert_eq!(items[3].client_message_id, Some(pending.client_message_id));
    assert_eq!(portal.app().history.late_copies(), 0);
}

#[tokio::test]
async fn a_guests_token_expiring_mid_send() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::drop_before("POST", "/v1/messages")).unwrap();
    let pending = ada.say("Are you there?").await;
    ada.hear_delivery(&pending.client_message_id, Delivery::NotConfirmed).await;
    portal.webex().expire_access_tokens().unwrap();
    assert_eq!(ada.hear_message("Are you there?").await.client_message_id, Some(pending.client_message_id));
    nothing_pending(&portal, &ada).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Are you there?"]).await;
}

#[tokio::test]
async fn a_file_in_doubt_is_sent_again_and_its_late_copy_taken_back() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::done_late("POST", "/v1/messages", 40_000)).unwrap();
    ada.send_file(&TestFile::text("notes.txt", "what was said"), "").await;
    nothing_pending(&portal, &ada).await;
    portal.until("the late copy to be taken back", async || (portal.app().history.late_copies() == 1).then_some(())).await;
    let names: Vec<String> =
        portal.webex().messages_titled("Ada").into_iter().flat_map(|message| message.files).map(|file| file.name).collect();
    assert_eq!(names, ["notes.txt"]);
    portal.spool_is_empty().await;
}

#[tokio::test]
async fn an_edit_whose_answer_was_lost_is_found_and_not_made_twice() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.say("Good moning").await;
    let id = ada.hear_message("Good moning").await.id;
    portal.webex().add_fault(Fault::drop_after("PUT", "/v1/messages")).unwrap();
    ada.edit(&id, "Good morning").await;
    nothing_pending(&portal, &ada).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Good morning"]).await;
    assert_eq!(asked(&portal, "PUT"), 1);

    portal.webex().add_fault(Fault::drop_before("PUT", "/v1/messages")).unwrap();
    ada.edit(&id, "Good evening").await;
    nothing_pending(&portal, &ada).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Good evening"]).await;
    assert_eq!(asked(&portal, "PUT"), 3);
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_found_and_not_made_twice() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.say("My number is 1234").await;
    let id = ada.hear_message("My number is 1234").await.id;
    portal.webex().add_fault(Fault::drop_after("DELETE", "/v1/messages")).unwrap();
    ada.delete(&id).await;
    nothing_pending(&portal, &ada).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello"]).await;
    assert_eq!(asked(&portal, "DELETE"), 1);
}

#[tokio::test]
async fn staff_are_told_of_a_visit_once_even_if_the_answer_was_lost() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    for fault in [Fault::drop_after("POST", "/v1/messages"), Fault::drop_before("POST", "/v1/messages")] {
        let before = portal.bot_messages(GRACE).len();
        portal.webex().add_fault(fault.times(2)).unwrap();
        let visit = ada.ask_for_meeting().await;
        ada.hear_visit(&visit.id, shared::VisitState::Ringing).await;
        portal.until("staff to be told", async || (portal.bot_messages(GRACE).len() > before).then_some(())).await;
        for _ in 0..20 {
            portal.advance(Duration::from_secs(2));
            ada.messages().await;
        }
        assert_eq!(portal.bot_messages(GRACE).len(), before + 1);
        ada.cancel(&visit.id).await;
    }
}

#[tokio::test]
async fn what_webex_does_up_to_a_minute_late_is_there_once_in_its_place() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    let late_secs = [1, 2, 4, 6, 8, 24, 30, 40, 50, 60];
    let mut expected = vec!["Hello".to_owned()];
    for secs in late_secs {
        portal.webex().add_fault(Fault::done_late("POST", "/v1/messages", secs * 1000)).unwrap();
        let text = format!("{secs} seconds late");
        ada.say(&text).await;
        nothing_pending(&portal, &ada).await;
        expected.push(text);
    }
    let beyond = late_secs.into_iter().filter(|secs| *secs > 15).count();
    portal.until("every late copy to be taken back", async || (portal.app().history.late_copies() == beyond).then_some(())).await;
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    assert_everywhere(&portal, &ada, "Ada", &expected).await;
    assert_eq!(portal.posts_by_guests().len(), expected.len() + beyond, "within the window nothing is sent again");
}

#[tokio::test]
async fn a_space_that_webex_makes_late_is_found_and_no_second_one_is_made() {
    for secs in [2, 8, 13] {
        let portal = TestPortal::start().await;
        let ada = portal.guest("Ada").await;
        portal.webex().add_fault(Fault::done_late("POST", "/v1/rooms", secs * 1000)).unwrap();
        ada.say("Hello").await;
        nothing_pending(&portal, &ada).await;
        let rooms = portal.webex().rooms().into_iter().filter(|room| room.title.starts_with("Ada")).count();
        assert_eq!((rooms, portal.requests("POST", "/v1/rooms").len()), (1, 1), "{secs} s late");
    }
}

#[tokio::test]
async fn a_space_that_webex_never_made_is_made_once_that_is_sure() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    portal.webex().add_fault(Fault::drop_before("POST", "/v1/rooms")).unwrap();
    let began = portal.clock.elapsed();
    ada.say("Hello").await;
    nothing_pending(&portal, &ada).await;
    assert!(portal.clock.elapsed() - began >= Duration::from_secs(15), "not before the time in which it may still come");
    assert_eq!(portal.webex().rooms().into_iter().filter(|room| room.title.starts_with("Ada")).count(), 1);
    assert_eq!(portal.requests("POST", "/v1/rooms").len(), 2);
}

#[tokio::test]
async fn a_space_that_comes_after_another_was_made_is_deleted() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    portal.webex().add_fault(Fault::done_late("POST", "/v1/rooms", 120_000)).unwrap();
    ada.say("Hello").await;
    nothing_pending(&portal, &ada).await;
    let rooms = async || portal.webex().rooms().into_iter().filter(|room| room.title.starts_with("Ada")).count();
    assert_eq!((rooms().await, portal.requests("POST", "/v1/rooms").len()), (1, 2));
    let deleted = async || {
        portal.webex().requests().iter().any(|entry| entry.method == "DELETE" && entry.path.starts_with("/v1/rooms/")).then_some(())
    };
    portal.until("the late space to be deleted", deleted).await;
    assert_eq!(rooms().await, 1);
    assert_everywhere(&portal, &ada, "Ada", &["Hello"]).await;
}

#[tokio::test]
async fn a_space_of_the_same_name_in_which_somebody_wrote_stays() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    let staff = Staff::new(&portal, GRACE);
    let copy = staff.make_room(&room.title).await;
    portal.webex().reply_as_staff(GRACE, &copy, "Notes about Ada").unwrap();
    let service_app = portal.app().connections.all().next().unwrap().service_app.clone().unwrap();
    staff.add(&copy, service_app.person_id().await.unwrap().as_str()).await;

    for text in ["one", "two", "three"] {
        portal.webex().reply_as_staff(GRACE, &room.id, text).unwrap();
        ada.hear_message(text).await;
    }

    assert_eq!(portal.webex().rooms().iter().filter(|one| one.title == room.title).count(), 2);
    assert_eq!(portal.requests("DELETE", "/v1/rooms").len(), 0);
}

#[tokio::test]
async fn who_may_not_look_for_a_message_in_doubt_may_not_send_it_again_either_and_hears_so() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let webex = portal.webex();
    webex.add_fault(Fault::drop_before("POST", "/v1/messages")).unwrap();
    webex.add_fault(Fault::answer("POST", "/v1/messages", 403)).unwrap();
    webex.add_fault(Fault::answer("GET", "/v1/messages", 403).times(10_000)).unwrap();
    let pending = ada.say("Did you get this?").await;
    ada.hear_delivery(&pending.client_message_id, Delivery::NotConfirmed).await;
    let failed = ada.hear_delivery(&pending.client_message_id, Delivery::Failed).await;
    assert!(failed.problem.is_some());
    assert_eq!(portal.posts_by_guests().len(), 3, "once more, to be refused");
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_not_sent_again_before_it_was() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::drop_after("POST", "/v1/messages")).unwrap();
    portal.webex().add_fault(Fault::answer("GET", "/v1/messages", 503).times(10_000)).unwrap();
    let pending = ada.say("Did you get this?").await;
    ada.hear_delivery(&pending.client_message_id, Delivery::NotConfirmed).await;
    let looks = || portal.requests("GET", "/v1/messages").len();
    let before = looks();
    // Four times as long as it would be looked for.
    for _ in 0..12 {
        portal.advance(Duration::from_secs(5));
        ada.messages().await;
    }
    portal.until("another look", async || (looks() > before).then_some(())).await;
    assert_eq!(portal.posts_by_guests().len(), 2);
    portal.webex().clear_faults();
    nothing_pending(&portal, &ada).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Did you get this?"]).await;
    assert_eq!(portal.posts_by_guests().len(), 2, "it was sent once");
}
