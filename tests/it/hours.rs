//! Working hours: what is offered when, what is said meanwhile, and what can be left then.

use std::time::Duration;

use reqwest::Method;
use sandbox::Fault;
use serde_json::json;
use shared::{PortalEvent, ProblemKind, Room, SiteProfile, Timestamp, path};
use tests::{
    guest::TestGuest,
    portal::{GRACE, TestPortal},
};

use crate::visits::LINUS;

const MINUTE: i64 = 60_000;

/// A site that is open for an hour around `open_at`, whatever the time of the test is: its clock hangs in UTC.
fn sites(open_at: i64) -> String {
    let at =
        |millis: i64| jiff::Timestamp::from_millisecond(millis).unwrap().to_zoned(jiff::tz::TimeZone::UTC).strftime("%H:%M").to_string();
    let span = format!("[\"{}-{}\"]", at(open_at), at(open_at + 60 * MINUTE));
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let week: String = days.iter().map(|day| format!("{day} = {span}\n")).collect();
    format!(
        r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example", "linus@sandbox.example"]
[site.hours]
time_zone = "UTC"
away = "We are at lunch."
{week}
[site.meetings]
ring_secs = 3600
link_minutes = 1440
topics = ["Sales"]
[[site.meetings.topic]]
name = "Emergencies"
[site.meetings.topic.hours]
monday = ["00:00-24:00"]
tuesday = ["00:00-24:00"]
wednesday = ["00:00-24:00"]
thursday = ["00:00-24:00"]
friday = ["00:00-24:00"]
saturday = ["00:00-24:00"]
sunday = ["00:00-24:00"]

[[site]]
id = "counter"
name = "The counter"
conversation = "none"
staff = ["grace@sandbox.example", "linus@sandbox.example"]
[site.hours]
time_zone = "UTC"
{week}
[site.meetings]
ring_secs = 3600
link_minutes = 1440
"#
    )
}

async fn room(guest: &TestGuest) -> Room {
    guest.rooms().await.remove(0)
}

fn until(room: &Room) -> Option<Timestamp> {
    room.away.as_ref().and_then(|away| away.until)
}

/// The next whole minute, so that what is set in minutes is exact.
fn next_minute(portal: &TestPortal) -> i64 {
    (portal.clock.now().as_millis() / MINUTE + 1) * MINUTE
}

#[tokio::test]
async fn outside_hours_the_guest_is_told_until_when_and_is_offered_what_is_open() {
    let mut portal = TestPortal::start().await;
    let opens_at = next_minute(&portal) + 20 * MINUTE;
    portal.restart_with_sites(&sites(opens_at)).await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;

    let closed = room(&ada).await;
    assert_eq!(closed.away.as_ref().and_then(|away| away.text.as_deref()), Some("We are at lunch."));
    assert_eq!(until(&closed), Some(Timestamp::from_millis(opens_at)));
    let topics: Vec<_> = closed.topics.iter().map(|topic| (topic.name.as_str(), topic.away.is_some())).collect();
    assert_eq!((topics, closed.can.meet), (vec![("Sales", true), ("Emergencies", false)], true));
    let profile: SiteProfile = ada.get(path::SITE).await.json();
    assert_eq!(profile.away, closed.away);
    let refused = ada.try_to_ask(&closed.id, Some("Sales")).await;
    assert_eq!((refused.status, refused.problem().kind), (409, ProblemKind::OutsideHours));
    ada.say("Is anybody there?").await;
    ada.hear_message("Is anybody there?").await;
    let emergency = ada.ask_about("Emergencies").await;
    ada.cancel(&emergency.id).await.json::<shared::Visit>();

    portal.advance(Duration::from_secs(21 * 60));

    // Looked at, not heard: a stream that broke off so long ago begins anew, and a page then looks.
    let opened = portal.until("the opening", async || Some(room(&ada).await).filter(|room| room.away.is_none()));
    assert!(opened.await.topics.iter().all(|topic| topic.away.is_none()));
    let visit = ada.ask_about("Sales").await;
    ada.cancel(&visit.id).await.json::<shared::Visit>();

    portal.advance(Duration::from_secs(60 * 60));

    let closed = portal.until("the closing", async || Some(room(&ada).await).filter(|room| room.away.is_some()));
    assert_eq!(until(&closed.await), Some(Timestamp::from_millis(opens_at + 24 * 60 * MINUTE)));
}

#[tokio::test]
async fn who_was_away_when_the_hours_began_is_told_on_coming_back() {
    let mut portal = TestPortal::start().await;
    let opens_at = next_minute(&portal) + 20 * MINUTE;
    portal.restart_with_sites(&sites(opens_at)).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.stop_listening();
    portal.until("nobody to listen", async || portal.app().hub.watched_rooms().is_empty().then_some(())).await;
    // Within the time in which a page goes on where it was.
    portal.advance(Duration::from_millis(u64::try_from(opens_at + MINUTE - portal.clock.now().as_millis()).unwrap()));
    let cleo = portal.guest("Cleo").await;
    portal.until("the opening", async || room(&cleo).await.away.is_none().then_some(())).await;

    ada.listen().await;

    let opened = ada.hear_until("the opening", |event| match event {
        PortalEvent::RoomChanged { room } => Some(room.clone()),
        _ => None,
    });
    assert!(opened.await.away.is_none());
}

#[tokio::test]
async fn a_visit_that_rings_when_the_day_ends_goes_on() {
    let mut portal = TestPortal::start().await;
    let opened_at = next_minute(&portal) - 55 * MINUTE;
    portal.restart_with_sites(&sites(opened_at)).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let visit = ada.ask_about("Sales").await;
    ada.hear_visit(&visit.id, shared::VisitState::Ringing).await;
    let claim = portal.claim(GRACE, 1).await;
    portal.advance(Duration::from_secs(10 * 60));
    assert!(until(&room(&ada).await).is_some(), "closed meanwhile");
    portal.take_it(&claim).await;
    ada.hear_visit(&visit.id, shared::VisitState::Claimed).await;
}

#[tokio::test]
async fn a_message_left_for_staff_whose_answer_was_lost_reaches_each_of_them_once() {
    let mut portal = TestPortal::start().await;
    let opens_at = next_minute(&portal) + 120 * MINUTE;
    portal.restart_with_sites(&sites(opens_at)).await;
    let ada = portal.visitor().tab_at("counter");
    ada.sign_in("Ada").await;
    let room_id = room(&ada).await.id;
    let faults = [None, Some(Fault::drop_before("POST", "/v1/messages")), Some(Fault::drop_after("POST", "/v1/messages"))];
    for (fault, word) in faults.into_iter().zip(["plainly", "before", "after"]) {
        if let Some(fault) = fault {
            portal.webex().add_fault(fault.times(2)).unwrap();
        }
        assert_eq!(ada.post(path::NOTES, json!({ "room_id": room_id, "text": word })).await.status, 202);
        for staff in [GRACE, LINUS] {
            let read = || portal.bot_messages(staff).iter().filter(|message| message.text.contains(word)).count();
            portal.until(word, async || (read() > 0).then_some(())).await;
        }
    }
    portal.until("all to be settled", async || portal.app().store.waiting_lanes().unwrap().is_empty().then_some(())).await;
    assert_eq!([GRACE, LINUS].map(|staff| portal.bot_messages(staff).len()), [3, 3]);
}

#[tokio::test]
async fn where_guests_do_not_write_they_leave_a_message_that_reaches_everybody_on_duty() {
    let mut portal = TestPortal::start().await;
    let opens_at = next_minute(&portal) + 120 * MINUTE;
    portal.restart_with_sites(&sites(opens_at)).await;
    let ada = portal.visitor().tab_at("counter");
    ada.sign_in("Ada").await;
    let closed = room(&ada).await;
    assert_eq!((closed.can.write, closed.can.meet, closed.can.leave_note), (false, false, true));
    assert_eq!(ada.try_to_ask(&closed.id, None).await.problem().kind, ProblemKind::OutsideHours);

    let note = json!({ "room_id": closed.id, "text": "Please call **me**: 555 0100 <@all>" });
    assert_eq!(ada.post(path::NOTES, note).await.status, 202);

    for staff in [GRACE, LINUS] {
        let told = portal.until("the note", async || portal.bot_messages(staff).pop()).await;
        assert!(
            told.text.contains("Ada left a message (The counter).") && told.text.contains("Please call **me**: 555 0100 <@all>"),
            "{}",
            told.text
        );
    }
    for (text, kind) in
        [("", ProblemKind::MessageEmpty), (" \n", ProblemKind::MessageEmpty), (&*"x".repeat(8000), ProblemKind::MessageTooLong)]
    {
        let refused = ada.post(path::NOTES, json!({ "room_id": closed.id, "text": text })).await;
        assert_eq!(refused.problem().kind, kind);
    }
    for _ in 0..5 {
        assert_eq!(ada.post(path::NOTES, json!({ "room_id": closed.id, "text": "again" })).await.status, 202);
    }
    let refused = ada.post(path::NOTES, json!({ "room_id": closed.id, "text": "again" })).await;
    assert_eq!((refused.status, refused.problem().kind), (429, ProblemKind::RateLimited));
    let bob = portal.visitor().tab_at("counter");
    bob.sign_in("Bob").await;
    assert_eq!(bob.post(path::NOTES, json!({ "room_id": closed.id, "text": "x" })).await.problem().kind, ProblemKind::RoomNotFound);
    let writer = portal.guest("Cleo").await;
    let room_id = writer.room_id().await;
    let refused = writer.post(path::NOTES, json!({ "room_id": room_id, "text": "x" })).await;
    assert_eq!(refused.problem().kind, ProblemKind::MeetingsUnavailable, "where one can write one writes");
    let nobody = portal.visitor();
    assert_eq!(nobody.send(nobody.request(Method::POST, path::NOTES).json(&json!({}))).await.status, 401);
}
