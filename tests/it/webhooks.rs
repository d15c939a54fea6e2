//! Outgoing webhooks: every event once by its id, signed and in order, whatever the receiver does meanwhile.

use std::time::Duration;

use server::visits::NewAppointment;
use shared::VisitState;
use tests::{
    guest::TestGuest,
    portal::{GRACE, TestPortal},
    processes::program_output,
    receiver::{Delivery, Receiver, SECRET},
};

use crate::{
    secrets::Log,
    visits::{PATIENT, ringing},
};

const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const VISITS_ONLY: &str = r#"events = ["visit.requested", "visit.ringing", "visit.claimed", "visit.joined", "visit.ended", "visit.missed", "visit.expired", "visit.cancelled"]"#;

async fn start(lines: &str) -> (Receiver, TestPortal) {
    let receiver = Receiver::start().await;
    let portal = TestPortal::start_with_sites(&format!("{PATIENT}{}", receiver.webhook(lines))).await;
    (receiver, portal)
}

async fn takes(portal: &TestPortal, receiver: &Receiver, count: usize) -> Vec<Delivery> {
    portal.until(&format!("{count} events"), async || (receiver.taken().len() >= count).then_some(())).await;
    receiver.taken()
}

/// Nobody is told more, however long one waits.
async fn takes_no_more_than(portal: &TestPortal, receiver: &Receiver, count: usize) {
    for _ in 0..20 {
        portal.advance(Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(receiver.taken().len(), count, "{:?}", receiver.kinds());
}

fn ids(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(Delivery::id).collect()
}

fn assert_each_once(deliveries: &[Delivery]) {
    let mut once = ids(deliveries);
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), deliveries.len(), "{:?}", ids(deliveries));
}

#[tokio::test]
async fn each_event_of_a_visit_is_told_once_signed_and_in_order() {
    let (receiver, portal) = start("").await;
    let (ada, visit, claim) = ringing(&portal, "Ada").await;
    let host_link = portal.take_it(&claim).await;
    portal.take_it(&claim).await;
    ada.join(&visit.id).await;
    ada.join(&visit.id).await;
    ada.leave_meeting(&visit.id).await;

    takes(&portal, &receiver, 6).await;
    takes_no_more_than(&portal, &receiver, 6).await;

    let told = receiver.taken();
    let expected = ["message.from_guest", "visit.requested", "visit.ringing", "visit.claimed", "visit.joined", "visit.ended"];
    assert_eq!(receiver.kinds(), expected);
    assert_each_once(&told);
    for delivery in &told {
        assert!(delivery.is_signed_with(SECRET) && !delivery.is_signed_with(OTHER_SECRET), "{delivery:?}");
        assert_eq!(delivery.header("content-type"), "application/json");
        assert!(delivery.header("user-agent").starts_with("guest-portal/"), "{delivery:?}");
        assert!(delivery.id().starts_with("msg_") && !delivery.body.contains("Hello"), "{delivery:?}");
        assert!(!delivery.body.contains("/visit/") && !delivery.body.contains(&host_link), "no link was allowed: {delivery:?}");
    }
    let claimed = told[3].data();
    assert_eq!((claimed["visit_id"].as_str(), claimed["state"].as_str()), (Some(visit.id.as_str()), Some("claimed")));
    assert_eq!((claimed["guest_name"].as_str(), claimed["staff_name"].as_str()), (Some("Ada"), Some("Grace Hopper")));
    assert_eq!((claimed["site_id"].as_str(), claimed["room_id"].as_str()), (Some("demo"), Some(visit.room_id.as_str())));
    assert!(claimed["expires_at"].as_str().unwrap().ends_with('Z') && claimed["guest_link"].is_null(), "{claimed}");
    assert!(told[3].json()["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(portal.webex().broker_lints(), [""; 0]);
}

#[tokio::test]
async fn links_and_words_are_told_only_where_that_is_allowed() {
    let (receiver, portal) = start("include_links = true\ninclude_text = true").await;
    let (_, _, claim) = ringing(&portal, "Ada").await;
    let host_link = portal.take_it(&claim).await;
    let told = takes(&portal, &receiver, 4).await;
    assert_eq!(told[0].data()["text"], "Hello");
    assert_eq!(told[1].data()["guest_link"], serde_json::Value::Null, "there is none yet");
    assert_eq!(told[3].data()["guest_link"].as_str(), Some(&*portal.minted(false)[0]));
    assert!(told.iter().all(|delivery| !delivery.body.contains(&host_link)));

    let (receiver, portal) = start("include_host_link = true").await;
    let (_, _, claim) = ringing(&portal, "Ada").await;
    let host_link = portal.take_it(&claim).await;
    let told = takes(&portal, &receiver, 4).await;
    assert_eq!(told[3].data()["host_link"].as_str(), Some(&*host_link));
    assert!(told[3].data()["guest_link"].is_null());
}

#[tokio::test]
async fn how_a_visit_ends_is_told_whichever_way_it_does() {
    let receiver = Receiver::start().await;
    let hasty = PATIENT.replace("82800", "300").replace("1440", "20");
    let portal = TestPortal::start_with_sites(&format!("{hasty}{}", receiver.webhook(VISITS_ONLY))).await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    let bob = portal.guest_in_conversation("Bob", "Hello").await;
    let cleo = portal.guest_in_conversation("Cleo", "Hello").await;
    let cancelled = ada.ask_for_meeting().await;
    ada.cancel(&cancelled.id).await;
    let expired = bob.ask_for_meeting().await;
    bob.sees_visit(&expired.id, VisitState::Ringing).await;
    let claim = portal.until("a claim", async || portal.claims(GRACE).pop()).await;
    portal.take_it(&claim).await;
    let missed = cleo.ask_for_meeting().await;
    cleo.sees_visit(&missed.id, VisitState::Missed).await;
    bob.sees_visit(&expired.id, VisitState::Expired).await;

    for (visit, kind) in [(&cancelled, "visit.cancelled"), (&missed, "visit.missed"), (&expired, "visit.expired")] {
        let is_it = |delivery: &Delivery| delivery.kind() == kind && delivery.data()["visit_id"] == visit.id.as_str();
        portal.until(kind, async || receiver.taken().iter().any(is_it).then_some(())).await;
    }
    assert_each_once(&receiver.taken());
}

#[tokio::test]
async fn that_further_staff_are_asked_is_told_once() {
    let receiver = Receiver::start().await;
    let duty = PATIENT.replace("ring_secs", "staff = [\"grace@sandbox.example\"]\nescalate_secs = 60\nring_secs");
    let portal =
        TestPortal::start_with_sites(&format!("{duty}{}", receiver.webhook("events = [\"visit.ringing\", \"visit.escalated\"]"))).await;
    let (_, visit, claim) = ringing(&portal, "Ada").await;
    let told = takes(&portal, &receiver, 2).await;
    assert_eq!(receiver.kinds(), ["visit.ringing", "visit.escalated"]);
    assert_eq!((told[1].data()["visit_id"].as_str(), told[1].data()["state"].as_str()), (Some(visit.id.as_str()), Some("ringing")));
    portal.take_it(&claim).await;
    takes_no_more_than(&portal, &receiver, 2).await;
}

#[tokio::test]
async fn a_meeting_that_was_agreed_on_is_told_when_it_is_arranged_and_when_it_is_near() {
    let (receiver, portal) = start(r#"events = ["visit.requested", "visit.scheduled", "visit.reminder", "visit.ringing"]"#).await;
    let site = portal.app().config.sites[0].clone();
    let new = NewAppointment {
        guest_name: "Ada Lovelace".into(),
        guest_email: Some("ada@example.com".into()),
        topic: None,
        starts_at: portal.clock.now().plus_millis(60 * 60 * 1000),
        minutes: 30,
        staff: Vec::new(),
    };
    let appointment = portal.app().visits.schedule(&site, new, "gp-agreed-on".into()).await.unwrap();
    takes(&portal, &receiver, 2).await;
    portal.advance(Duration::from_secs(40 * 60));
    let told = takes(&portal, &receiver, 4).await;
    assert_eq!(receiver.kinds(), ["visit.requested", "visit.scheduled", "visit.reminder", "visit.ringing"]);
    assert_each_once(&told);
    let data = told[1].data();
    assert_eq!((data["visit_id"].as_str(), data["state"].as_str()), (Some(appointment.visit_id.as_str()), Some("scheduled")));
    assert!(data["guest_email"] == "ada@example.com" && data["starts_at"].is_string(), "{data}");
}

/// A guest who has written and looks no longer.
async fn absent(portal: &TestPortal, name: &str) -> TestGuest {
    let mut guest = portal.guest_in_conversation(name, "Hello").await;
    guest.stop_listening();
    guest
}

#[tokio::test]
async fn what_staff_write_is_told_though_nobody_looks_and_once_over_restarts() {
    let (receiver, mut portal) = start(r#"events = ["message.from_staff"]"#).await;
    let ada = absent(&portal, "Ada").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "How can I help?").unwrap();
    let told = takes(&portal, &receiver, 1).await;
    let data = told[0].data();
    assert_eq!((data["author"].as_str(), data["site_id"].as_str()), (Some("Grace Hopper"), Some("demo")));
    assert!(data["text"].is_null() && data["guest_id"].is_null(), "{data}");
    assert_eq!(data["room_id"].as_str(), Some(ada.room_id().await.as_str()));

    portal.stop_portal().await;
    portal.webex().reply_as_staff(GRACE, &room.id, "Are you still with me?").unwrap();
    portal.start_portal().await;

    takes(&portal, &receiver, 2).await;
    ada.messages().await;
    portal.restart_portal().await;
    ada.messages().await;
    takes_no_more_than(&portal, &receiver, 2).await;
    assert_each_once(&receiver.deliveries());
}

#[tokio::test]
async fn what_was_said_before_a_webhook_was_there_is_no_news() {
    let receiver = Receiver::start().await;
    let mut portal = TestPortal::start_with_sites(PATIENT).await;
    absent(&portal, "Ada").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "Long ago").unwrap();
    portal.advance(Duration::from_secs(3600));
    portal.restart_with_sites(&format!("{PATIENT}{}", receiver.webhook("include_text = true"))).await;
    portal.webex().reply_as_staff(GRACE, &room.id, "Now").unwrap();
    let told = takes(&portal, &receiver, 1).await;
    assert_eq!(told[0].data()["text"], "Now");
    takes_no_more_than(&portal, &receiver, 1).await;
}

#[tokio::test]
async fn a_receiver_that_is_away_gets_everything_once_and_in_order_when_it_is_back() {
    let (mut receiver, mut portal) = start("").await;
    receiver.close().await;
    let (ada, visit, claim) = ringing(&portal, "Ada").await;
    for _ in 0..20 {
        portal.advance(Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    portal.restart_portal().await;
    portal.take_it(&claim).await;
    ada.join(&visit.id).await;
    // What is under way is cut off before it is answered: it is sent again by the same id.
    receiver.answer(|_| (503, ""));
    receiver.open().await;
    portal.until("a try", async || (!receiver.deliveries().is_empty()).then_some(())).await;
    receiver.answer(|_| (200, ""));

    takes(&portal, &receiver, 5).await;
    takes_no_more_than(&portal, &receiver, 5).await;

    let expected = ["message.from_guest", "visit.requested", "visit.ringing", "visit.claimed", "visit.joined"];
    assert_eq!(receiver.kinds(), expected);
    assert_each_once(&receiver.taken());
    let first: Vec<Delivery> = receiver.deliveries().into_iter().filter(|delivery| delivery.kind() == "message.from_guest").collect();
    assert!(first.len() >= 2 && first.iter().all(|delivery| delivery.id() == first[0].id() && delivery.is_signed_with(SECRET)));
    assert!(first[0].header("webhook-timestamp") < first[first.len() - 1].header("webhook-timestamp"), "the time is the attempt's");
}

#[tokio::test]
async fn an_event_that_is_refused_waits_by_itself() {
    let (receiver, portal) = start(VISITS_ONLY).await;
    receiver.answer(|delivery| if delivery.kind() == "visit.requested" { (422, "") } else { (204, "") });
    let (_, _, claim) = ringing(&portal, "Ada").await;
    portal.take_it(&claim).await;
    takes(&portal, &receiver, 2).await;
    assert_eq!(receiver.kinds(), ["visit.ringing", "visit.claimed"]);
    receiver.answer(|_| (204, ""));
    takes(&portal, &receiver, 3).await;
    assert_eq!(receiver.kinds(), ["visit.ringing", "visit.claimed", "visit.requested"]);
    assert_each_once(&receiver.taken());
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone_until_the_next_start() {
    let (receiver, mut portal) = start(VISITS_ONLY).await;
    receiver.answer(|_| (410, ""));
    let (_, _, claim) = ringing(&portal, "Ada").await;
    portal.until("the first try", async || (!receiver.deliveries().is_empty()).then_some(())).await;
    portal.take_it(&claim).await;
    takes_no_more_than(&portal, &receiver, 0).await;
    assert_eq!(receiver.deliveries().len(), 1);
    receiver.answer(|_| (204, ""));
    portal.restart_portal().await;
    takes(&portal, &receiver, 3).await;
    assert_eq!(receiver.kinds(), ["visit.requested", "visit.ringing", "visit.claimed"]);
}

#[tokio::test]
async fn a_receiver_is_not_asked_before_the_time_it_asks_for() {
    let (receiver, portal) = start(VISITS_ONLY).await;
    receiver.answer(|_| (429, "retry-after: 1800\r\n"));
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.ask_for_meeting().await;
    portal.until("the first try", async || (!receiver.deliveries().is_empty()).then_some(())).await;
    receiver.answer(|_| (204, ""));
    takes(&portal, &receiver, 1).await;
    let at = |delivery: &Delivery| delivery.header("webhook-timestamp").parse::<i64>().unwrap();
    let tries = receiver.deliveries();
    assert!(at(&tries[1]) - at(&tries[0]) >= 1799, "{} {}", at(&tries[0]), at(&tries[1]));
}

#[tokio::test]
async fn what_cannot_be_delivered_for_three_days_is_given_up_and_can_be_sent_again() {
    let (mut receiver, mut portal) = start(VISITS_ONLY).await;
    receiver.close().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    let visit = ada.ask_for_meeting().await;
    ada.cancel(&visit.id).await;
    let sites = format!("{PATIENT}{}", receiver.webhook(VISITS_ONLY));
    let data = portal.data_dir();
    let log = async |arguments: &[&str]| {
        let config = data.with_file_name("portal.toml");
        std::fs::write(&config, &sites).unwrap();
        let mut words = arguments.to_vec();
        let config = config.display().to_string();
        words.extend(["--config", &config, "--sandbox"]);
        program_output(&words, &[("GUEST_PORTAL_SERVER_DATA_DIR", &data.display().to_string())]).await
    };
    let entries = async |arguments: &[&str]| -> Vec<serde_json::Value> {
        let (code, printed) = log(&[&["webhook", "log", "--json"], arguments].concat()).await;
        assert_eq!(code, 0, "{printed}");
        serde_json::from_str(&printed).unwrap()
    };
    portal.until("both to be written", async || (entries(&[]).await.len() >= 2).then_some(())).await;
    for _ in 0..90 {
        portal.advance(Duration::from_secs(3600));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let failed = entries(&["--failed", "--site", "demo"]).await;
    assert!(failed.len() >= 2 && failed.iter().all(|entry| entry["state"] == "given_up"), "{failed:#?}");
    assert!(
        failed.iter().any(|entry| entry["last_answer"].as_str().is_some_and(|answer| answer.starts_with("no answer: "))),
        "{failed:#?}"
    );

    receiver.open().await;
    // The commands go by the machine's time, which is days behind by now: the portal must not find that old at once.
    portal.restart_portal().await;
    takes_no_more_than(&portal, &receiver, 0).await;
    let (code, _) = log(&["webhook", "resend", "msg_nonsense"]).await;
    assert_eq!(code, 1);
    let id = failed[0]["id"].as_str().unwrap();
    let (code, printed) = log(&["webhook", "resend", id]).await;
    assert_eq!(code, 0, "{printed}");
    let told = takes(&portal, &receiver, 1).await;
    assert_eq!(told[0].id(), id);
    let (code, printed) = log(&["webhook", "test", "--name", "default"]).await;
    assert!(code == 0 && printed.starts_with("demo default: 204 in "), "{printed}");
    assert_eq!(receiver.kinds().last().map(String::as_str), Some("ping"));
    receiver.answer(|_| (500, ""));
    let (code, printed) = log(&["webhook", "test"]).await;
    assert!(code == 1 && printed.starts_with("demo default: 500 in "), "{printed}");
    assert_eq!(log(&["webhook", "test", "--site", "none"]).await.0, 2);
}

#[tokio::test]
async fn what_waits_for_a_webhook_that_is_taken_out_is_dropped_and_an_address_may_change() {
    let (mut receiver, mut portal) = start(VISITS_ONLY).await;
    receiver.close().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    let visit = ada.ask_for_meeting().await;
    ada.sees_visit(&visit.id, VisitState::Ringing).await;
    let other = Receiver::start().await;
    portal.restart_with_sites(&format!("{PATIENT}{}", other.webhook(VISITS_ONLY))).await;
    takes(&portal, &other, 2).await;
    assert_eq!(other.kinds(), ["visit.requested", "visit.ringing"]);

    other.answer(|_| (503, ""));
    ada.cancel(&visit.id).await;
    portal.restart_with_sites(&format!("{PATIENT}{}", other.webhook(&format!("name = \"another\"\n{VISITS_ONLY}")))).await;
    other.answer(|_| (204, ""));
    takes_no_more_than(&portal, &other, 2).await;
}

#[tokio::test]
async fn while_a_secret_is_replaced_events_are_signed_with_both() {
    let receiver = Receiver::start().await;
    let before = receiver.secret_file("before", OTHER_SECRET);
    let webhook = receiver.webhook(&format!("previous_secret_file = \"{before}\""));
    let portal = TestPortal::start_with_sites(&format!("{PATIENT}{webhook}")).await;
    portal.guest_in_conversation("Ada", "Hello").await;
    let told = takes(&portal, &receiver, 1).await;
    assert!(told[0].is_signed_with(SECRET) && told[0].is_signed_with(OTHER_SECRET));
    assert_eq!(told[0].header("webhook-signature").split(' ').count(), 2);
}

#[tokio::test]
async fn neither_the_log_nor_the_store_gives_away_what_webhooks_tell() {
    let (log, _guards) = Log::begin();
    let (receiver, mut portal) = start("include_links = true\ninclude_text = true\ninclude_host_link = true").await;
    receiver.answer(|delivery| if delivery.kind() == "visit.ringing" { (400, "") } else { (200, "") });
    let (_, _, claim) = ringing(&portal, "Ada Lovelace").await;
    let host_link = portal.take_it(&claim).await;
    takes(&portal, &receiver, 3).await;
    portal.stop_portal().await;
    let logged = String::from_utf8_lossy(&log.bytes()).into_owned();
    assert!(logged.contains("refused an event") && logged.contains("an event was delivered"));
    let database = std::fs::read(portal.data_dir().join("guest-portal.db")).unwrap();
    let stored = String::from_utf8_lossy(&database);
    let guest_link = &portal.minted(false)[0];
    for secret in [&SECRET[6..], &host_link, guest_link, "guest_name"] {
        assert!(!logged.contains(secret) && !stored.contains(secret), "{secret}");
    }
}
