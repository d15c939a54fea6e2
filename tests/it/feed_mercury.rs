//! Webex tells over a socket that something happened, who is typing, and who has read what.

use std::time::{Duration, Instant};

use sandbox::{CredentialKind, MercuryRules, SocketView};
use serde_json::json;
use server::doctor::{self, Finding, Level};
use shared::{MessageId, PersonId, PortalEvent, ProblemKind, path};
use tests::{
    guest::TestGuest,
    portal::{GRACE, LOOK_EVERY, PATIENCE, TWO_SITES, TestPortal},
    processes::{Processes, program_output},
};

/// Nobody hears a room of two but the guest.
const DIRECT: &str = r#"
[webex]
feed = "auto"
[webex.guest_issuer]
[webex.bot]
[[site]]
id = "demo"
name = "Acme support"
conversation = "direct"
staff = ["grace@sandbox.example"]
"#;

/// Waits in real time, while the clock stands still.
async fn at_once<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn sockets(portal: &TestPortal, count: usize) -> Vec<SocketView> {
    at_once(&format!("{count} sockets"), || Some(portal.webex().mercury_sockets()).filter(|sockets| sockets.len() == count)).await
}

/// A portal that hears by Mercury, with a guest in a conversation; and Webex's id of the room.
async fn start() -> (TestPortal, TestGuest, String) {
    let portal = TestPortal::start_with_sites(&format!("[webex]\nfeed = \"auto\"\n{TWO_SITES}")).await;
    sockets(&portal, 1).await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap().id;
    (portal, ada, room)
}

async fn hearing(portal: &TestPortal) -> Finding {
    let app = portal.app();
    let reports = doctor::examine(&app.connections, &app.config, &app.store, portal.clock.now()).await;
    reports.into_iter().flat_map(|report| report.findings).find(|finding| finding.text.starts_with("hearing: ")).unwrap()
}

#[tokio::test]
async fn what_staff_write_edit_and_delete_is_told_while_the_clock_stands_still() {
    let (portal, mut ada, room) = start().await;
    let first = portal.webex().reply_as_staff(GRACE, &room, "Good morning").unwrap();
    ada.hear_message_at_once("Good morning").await;
    portal.webex().edit_as_staff(GRACE, &first.id, "Good morning, Ada").unwrap();
    ada.hear_until_at_once("the edit", |event| matches!(event, PortalEvent::MessageEdited { .. }).then_some(())).await;
    portal.webex().delete_as_staff(GRACE, &first.id).unwrap();
    ada.hear_until_at_once("the deletion", |event| matches!(event, PortalEvent::MessageDeleted { .. }).then_some(())).await;
}

#[tokio::test]
async fn a_room_that_only_its_guest_is_in_is_heard_by_the_guests_own_socket() {
    let portal = TestPortal::start_with_sites(DIRECT).await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    ada.say("Hello").await;
    ada.hear_message("Hello").await;
    let socket = portal.until("a socket", async || portal.webex().mercury_sockets().pop()).await;
    let me = ada.session().await.json::<shared::Session>().person_id.unwrap();
    assert_eq!(socket.person_id, me.as_str());

    portal.webex().write_as_staff_to(GRACE, me.as_str(), "Good morning").unwrap();

    ada.hear_message_at_once("Good morning").await;
    assert!(ada.rooms().await[0].can.typing);
    ada.stop_listening();
    portal.until("the device is let go", async || (!deleted_devices(&portal).is_empty()).then_some(())).await;
    sockets(&portal, 0).await;
}

fn deleted_devices(portal: &TestPortal) -> Vec<String> {
    let requests = portal.webex().requests().into_iter();
    requests.filter(|entry| entry.method == "DELETE" && entry.path.contains("/devices/")).map(|entry| entry.path).collect()
}

#[tokio::test]
async fn there_is_one_device_however_the_portal_ends_and_it_is_let_go_where_it_ends_well() {
    let (mut portal, ada, _) = start().await;
    let first = portal.webex().mercury_sockets().remove(0).device_id;
    // As if it had been killed: its device stays.
    portal.webex().set_mercury_rules(MercuryRules { is_refused: true, ..MercuryRules::default() }).unwrap();
    portal.webex().close_mercury_sockets(1006, "");
    sockets(&portal, 0).await;
    portal.webex().set_mercury_rules(MercuryRules::default()).unwrap();
    portal.until("a socket again", async || portal.webex().mercury_sockets().pop()).await;
    assert_eq!(sockets(&portal, 1).await[0].device_id, first, "found by its name");
    drop(ada);

    portal.restart_portal().await;

    portal.until("a socket again", async || portal.webex().mercury_sockets().pop()).await;
    assert_eq!(deleted_devices(&portal).len(), 1);
    assert_ne!(sockets(&portal, 1).await[0].device_id, first);
}

#[tokio::test]
async fn a_device_that_is_needed_for_long_is_renewed() {
    let (portal, mut ada, room) = start().await;
    let device = portal.webex().mercury_sockets().remove(0).device_id;
    let renewed = || portal.webex().requests().iter().any(|entry| entry.method == "PUT" && entry.path.ends_with(&device));
    assert!(!renewed());
    portal.advance(Duration::from_secs(12 * 60 * 60 + 60));
    portal.until("the renewal", async || renewed().then_some(())).await;
    assert_eq!(sockets(&portal, 1).await[0].device_id, device);
    portal.webex().reply_as_staff(GRACE, &room, "still here").unwrap();
    ada.hear_message("still here").await;
}

#[tokio::test]
async fn a_socket_that_is_closed_with_whatever_code_is_opened_again_and_nothing_is_missed() {
    for code in [1000, 1001, 1003, 1006, 1008, 1011, 3050, 4000, 4001, 4400, 4401] {
        let (portal, mut ada, room) = start().await;
        assert_eq!(portal.webex().close_mercury_sockets(code, "test"), 1, "{code}");
        let meanwhile = format!("after {code}");
        portal.webex().reply_as_staff(GRACE, &room, &meanwhile).unwrap();
        ada.hear_message(&meanwhile).await;
        portal.until("a socket again", async || portal.webex().mercury_sockets().pop()).await;
        at_once("mercury is used again", || portal.app().store.feed("webex").unwrap().filter(|feed| feed.way == "mercury")).await;
        portal.webex().reply_as_staff(GRACE, &room, "at once").unwrap();
        ada.hear_message_at_once("at once").await;
        for text in ["Hello", &meanwhile, "at once"] {
            assert_eq!(ada.times_told(text), 1, "{code}: {text}");
        }
    }
}

#[tokio::test]
async fn whoever_may_not_listen_is_heard_by_polling_and_asked_again_later() {
    let (portal, mut ada, room) = start().await;
    portal.webex().close_mercury_sockets(4403, "forbidden");
    let finding =
        portal.until("polling", async || Some(hearing(&portal).await).filter(|finding| finding.text.contains("by polling"))).await;
    assert!(finding.level == Level::Warning && finding.text.contains("4403") && finding.text.contains("websockets"), "{finding:?}");
    portal.webex().reply_as_staff(GRACE, &room, "polled").unwrap();
    ada.hear_message("polled").await;

    portal.advance(Duration::from_secs(10 * 60));

    portal.until("mercury", async || Some(hearing(&portal).await).filter(|finding| finding.text.contains("by mercury"))).await;
    portal.webex().reply_as_staff(GRACE, &room, "told").unwrap();
    ada.hear_message_at_once("told").await;
}

#[tokio::test]
async fn a_token_that_ends_while_the_socket_is_open_is_replaced() {
    let (portal, mut ada, room) = start().await;
    portal.webex().expire_access_tokens().unwrap();
    portal.webex().reply_as_staff(GRACE, &room, "after the end").unwrap();
    ada.hear_message("after the end").await;
    portal.until("a socket again", async || portal.webex().mercury_sockets().pop()).await;
    at_once("mercury is used again", || portal.app().store.feed("webex").unwrap().filter(|feed| feed.way == "mercury")).await;
    portal.webex().reply_as_staff(GRACE, &room, "at once").unwrap();
    ada.hear_message_at_once("at once").await;
}

#[tokio::test]
async fn a_mercury_that_silently_brings_nothing_is_found_out_within_half_a_minute_and_the_doctor_says_so() {
    let (portal, mut ada, room) = start().await;
    at_once("mercury is used", || portal.app().store.feed("webex").unwrap().filter(|feed| feed.way == "mercury")).await;
    assert!(hearing(&portal).await.text.starts_with("hearing: by mercury since "));
    portal.webex().set_mercury_rules(MercuryRules { is_silent: true, ..MercuryRules::default() }).unwrap();
    // Two clocks are compared: what is written within two seconds of the last telling may have been meant by it.
    portal.advance(Duration::from_secs(3));
    portal.webex().reply_as_staff(GRACE, &room, "Can you hear me?").unwrap();
    let wrote_at = portal.clock.elapsed();

    ada.hear_message("Can you hear me?").await;
    let found =
        portal.until("the doctor says so", async || Some(hearing(&portal).await).filter(|found| found.level == Level::Warning)).await;

    let took = portal.clock.elapsed() - wrote_at;
    assert!(took <= Duration::from_secs(30), "{took:?}");
    assert!(found.text.contains("by polling") && found.text.contains("mercury did not tell of new messages in 1 space"), "{found:?}");
    portal.webex().set_mercury_rules(MercuryRules::default()).unwrap();
    portal.advance(Duration::from_secs(5 * 60));
    portal.until("it is trusted again", async || Some(hearing(&portal).await).filter(|found| found.text.contains("by mercury"))).await;
}

async fn type_as_guest(ada: &TestGuest, is_typing: bool) -> u16 {
    let room = ada.room_id().await;
    ada.post(&path::room_typing(&room), json!({ "is_typing": is_typing })).await.status
}

#[tokio::test]
async fn who_is_typing_and_who_has_read_what_is_told_both_ways() {
    let (portal, mut ada, room) = start().await;
    let can = ada.rooms().await[0].can;
    assert!(can.typing && can.receipts);
    let reply = portal.webex().reply_as_staff(GRACE, &room, "One moment").unwrap();
    ada.hear_message_at_once("One moment").await;

    for is_typing in [true, false] {
        portal.webex().type_as_staff(GRACE, &room, is_typing).unwrap();
        let name = ada
            .hear_until_at_once("typing", |event| match event {
                PortalEvent::TypingChanged { person, is_typing: told, .. } if *told == is_typing => Some(person.display_name.clone()),
                _ => None,
            })
            .await;
        assert_eq!(name, "Grace Hopper");
    }
    let hello = portal.webex().messages(&room).into_iter().find(|message| message.text == "Hello").unwrap();
    portal.webex().read_as_staff(GRACE, &room, &hello.id).unwrap();
    let (reader, upto) = ada
        .hear_until_at_once("the receipt", |event| match event {
            PortalEvent::MessagesRead { person_id, message_id, .. } => Some((person_id.clone(), message_id.clone())),
            _ => None,
        })
        .await;
    assert_eq!((reader, &upto), (PersonId::new(reply.person_id.clone()), &MessageId::new(hello.id)));
    assert_eq!(ada.messages().await.read_until, Some(upto), "and a page that is opened later shows it");

    let me = ada.session().await.json::<shared::Session>().person_id.unwrap();
    assert_eq!(type_as_guest(&ada, true).await, 204);
    let heard =
        at_once("the guest's typing", || portal.webex().typing_heard().into_iter().find(|heard| heard.person_id == me.as_str())).await;
    assert!(heard.is_typing);
    assert_eq!(type_as_guest(&ada, false).await, 204);
    at_once("that it stopped", || {
        portal.webex().typing_heard().into_iter().find(|heard| heard.person_id == me.as_str() && !heard.is_typing)
    })
    .await;
    let room_id = ada.room_id().await;
    assert_eq!(ada.post(&path::room_read(&room_id), json!({ "message_id": reply.id })).await.status, 204);
    let mark = at_once("the guest's mark", || {
        portal.webex().read_marks(&room).into_iter().find(|mark| mark.person_id == me.as_str() && mark.message_id == reply.id)
    })
    .await;
    assert_eq!(mark.message_id, reply.id);
}

#[tokio::test]
async fn a_guest_who_types_without_end_costs_a_call_every_few_seconds_and_a_strangers_room_none() {
    let (portal, ada, _) = start().await;
    let bob = portal.guest("Bob").await;
    let room = ada.room_id().await;
    for _ in 0..20 {
        assert_eq!(type_as_guest(&ada, true).await, 204);
        assert_eq!(bob.post(&path::room_typing(&room), json!({ "is_typing": true })).await.status, 404);
        assert_eq!(bob.post(&path::room_read(&room), json!({ "message_id": "x" })).await.status, 404);
    }
    portal.advance(Duration::from_secs(4));
    assert_eq!(type_as_guest(&ada, true).await, 204);
    let typing = || portal.webex().requests().into_iter().filter(|entry| entry.path.ends_with("/status/typing")).count();
    at_once("the second call", || (typing() == 2).then_some(())).await;
    for wrong in [json!({}), json!({ "is_typing": 7 }), json!([])] {
        assert_eq!(ada.post(&path::room_typing(&room), wrong).await.status, 400);
    }
    assert_eq!(ada.post(&path::room_read(&room), json!({ "message_id": "../../x" })).await.problem().kind, ProblemKind::InvalidParameter);
    let long = "a".repeat(401);
    assert_eq!(ada.post(&path::room_read(&room), json!({ "message_id": long })).await.status, 400);
    assert_eq!(typing(), 2);
}

#[tokio::test]
async fn where_mercury_is_not_used_nobody_is_told_that_somebody_types() {
    let portal = TestPortal::start_with_sites(&format!("[webex]\nfeed = \"polling\"\n{}", TWO_SITES)).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let can = ada.rooms().await[0].can;
    assert!(!can.typing && !can.receipts);
    assert_eq!(type_as_guest(&ada, true).await, 204);
    ada.say("barrier").await;
    ada.hear_message("barrier").await;
    assert_eq!(portal.webex().typing_heard(), []);
    assert!(portal.webex().mercury_sockets().is_empty());
}

#[tokio::test]
async fn a_guest_who_comes_back_to_rooms_of_others_hears_them_at_once() {
    let portal = TestPortal::start_with_sites(&DIRECT.replace("direct", "existing")).await;
    let mut ada = portal.guest("Ada").await;
    ada.listen_anywhere().await;
    let socket = portal.until("a socket", async || portal.webex().mercury_sockets().pop()).await;
    let wrote_at = portal.clock.elapsed();
    let hello = portal.webex().write_as_staff_to(GRACE, &socket.person_id, "Hello Ada").unwrap();
    ada.hear_until_at_once("the room", |event| matches!(event, PortalEvent::RoomChanged { .. }).then_some(())).await;
    let took = portal.clock.elapsed() - wrote_at;
    assert!(took < Duration::from_secs(8), "{took:?}: a room nobody knew is not left to the next check");
    assert_eq!(ada.messages().await.items.len(), 1);
    for round in 0..3 {
        ada.stop_listening();
        // The one before has ended.
        portal.until("nobody listens", async || portal.app().hub.watching_guests().is_empty().then_some(())).await;
        ada.listen_anywhere().await;
        let text = format!("Hello again, for the {round}. time");
        portal.until("the room is heard", async || (!portal.app().hub.watched_rooms().is_empty()).then_some(())).await;
        portal.webex().edit_as_staff(GRACE, &hello.id, &text).unwrap();
        ada.hear_until_at_once(&text, |event| match event {
            PortalEvent::MessageEdited { message, .. } => (tests::guest::plain_text(&message.content) == text).then_some(()),
            _ => None,
        })
        .await;
    }
    // Nothing that was said before a room was heard is held against the socket.
    for _ in 0..20 {
        portal.advance(Duration::from_secs(1));
        tokio::time::sleep(LOOK_EVERY).await;
    }
    assert!(ada.rooms().await[0].can.typing);
}

#[tokio::test]
async fn what_was_deleted_does_not_come_back_with_a_slower_look() {
    let (portal, mut ada, room) = start().await;
    let reply = portal.webex().reply_as_staff(GRACE, &room, "Never mind").unwrap();
    ada.hear_message_at_once("Never mind").await;
    portal.advance(Duration::from_secs(30));
    let slow = json!({ "method": "GET", "path_prefix": "/v1/messages", "count": 1, "effect": { "kind": "slow_body", "ms": 5000 } });
    portal.webex().add_fault(serde_json::from_value(slow).unwrap()).unwrap();
    let page = ada.other_tab();
    let looking = tokio::spawn(async move { page.messages().await });
    at_once("the slow look", || portal.webex().faults().is_empty().then_some(())).await;

    portal.webex().delete_as_staff(GRACE, &reply.id).unwrap();
    ada.hear_until_at_once("the deletion", |event| matches!(event, PortalEvent::MessageDeleted { .. }).then_some(())).await;
    // The slow look ends, whoever's it is: the feed looks at the rooms again only after it.
    portal.advance(Duration::from_secs(6));
    looking.await.unwrap();
    let polls = || portal.requests("GET", "/v1/rooms").iter().filter(|entry| entry.credential == CredentialKind::ServiceApp).count();
    let before = polls();
    portal.until("the feed's next look", async || (polls() > before).then_some(())).await;
    portal.webex().reply_as_staff(GRACE, &room, "barrier").unwrap();
    ada.hear_message_at_once("barrier").await;
    let shown = ada.messages().await.items;
    assert!(shown.iter().all(|message| tests::guest::plain_text(&message.content) != "Never mind"), "{shown:?}");
    assert_eq!(ada.times_told("Never mind"), 1);
}

#[tokio::test]
async fn a_room_that_webex_no_longer_shows_keeps_no_other_from_being_looked_at() {
    let (portal, ada, room) = start().await;
    let mut others = Vec::new();
    for name in ["Bob", "Cyd", "Dan"] {
        others.push((name, portal.guest_in_conversation(name, "Hello").await));
    }
    let service_app = portal.credentials.service_app.person_id.clone();
    portal.webex().remove_member_as_staff(GRACE, &room, &service_app).unwrap();
    let edited: Vec<String> = others
        .iter()
        .map(|(name, _)| {
            let room = portal.webex().room_titled(name).unwrap().id;
            portal.webex().reply_as_staff(GRACE, &room, "before").unwrap().id
        })
        .collect();
    for (_, guest) in &mut others {
        guest.hear_message("before").await;
    }
    portal.webex().set_mercury_rules(MercuryRules { is_silent: true, ..MercuryRules::default() }).unwrap();
    for id in &edited {
        portal.webex().edit_as_staff(GRACE, id, "after").unwrap();
    }
    portal.webex().set_mercury_rules(MercuryRules::default()).unwrap();
    portal.webex().close_mercury_sockets(1001, "test");
    for (name, guest) in &mut others {
        guest.hear_until(name, |event| matches!(event, PortalEvent::MessageEdited { .. }).then_some(())).await;
    }
    let refused = || portal.requests("GET", "/v1/messages").iter().filter(|entry| entry.status == Some(404)).count();
    let before = refused();
    for _ in 0..60 {
        portal.advance(Duration::from_secs(1));
        tokio::time::sleep(LOOK_EVERY).await;
    }
    assert!(refused() - before <= 6, "{} in a minute", refused() - before);
    drop(ada);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_beside_the_running_portal_how_it_hears_and_why() {
    let processes = Processes::start();
    let data_dir = processes.data_dir().display().to_string();
    let says = async |words: &str| {
        let simulator = format!("--sandbox={}", processes.sandbox_url());
        let began = Instant::now();
        loop {
            let (code, printed) = program_output(&["check", &simulator], &[("GUEST_PORTAL_SERVER_DATA_DIR", &data_dir)]).await;
            if let Some(line) = printed.lines().find(|line| line.contains(words)) {
                return (code, line.trim().to_owned());
            }
            assert!(began.elapsed() < PATIENCE, "{words} is not in\n{printed}");
        }
    };
    let (code, line) = says("hearing: by mercury since").await;
    assert!(code == 0 && line.starts_with("ok "), "{line}");

    let close = json!({ "code": 4403, "reason": "forbidden" });
    let closing = reqwest::Client::new().post(format!("{}/sandbox/mercury/close", processes.sandbox_url())).json(&close);
    assert!(closing.send().await.unwrap().status().is_success());

    let (code, line) = says("hearing: by polling since").await;
    assert!(code == 0 && line.starts_with("warning ") && line.contains("4403") && line.contains("*.wbx2.com"), "{line}");
}
