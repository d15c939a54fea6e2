//! Meetings that programs arrange for later, by a key of their site's and from the command line.

use std::time::Duration;

use reqwest::Method;
use sandbox::Fault;
use serde_json::{Value, json};
use shared::{ProblemKind, path};
use tests::{
    answer::Answer,
    portal::{GRACE, TWO_SITES, TestPortal},
    processes::program_output,
};

use crate::automation::make_key;

async fn ask(portal: &TestPortal, key: &str, method: Method, path: &str, body: Option<Value>, idempotency_key: Option<&str>) -> Answer {
    let visitor = portal.visitor();
    let mut request = visitor.bare_request(method, path).bearer_auth(key);
    if let Some(body) = body {
        request = request.json(&body);
    }
    if let Some(idempotency_key) = idempotency_key {
        request = request.header("idempotency-key", idempotency_key);
    }
    visitor.send(request).await
}

/// A time so far ahead, as programs write it.
fn ahead(portal: &TestPortal, duration: Duration) -> String {
    let millis = portal.clock.now().as_millis() + i64::try_from(duration.as_millis()).unwrap();
    jiff::Timestamp::from_millisecond(millis).unwrap().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

const TOMORROW: Duration = Duration::from_secs(24 * 60 * 60);

async fn state(portal: &TestPortal, key: &str, id: &str) -> String {
    let address = path::BOOKING.replace("{visit_id}", id);
    let standing: Value = ask(portal, key, Method::GET, &address, None, None).await.json();
    standing["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_program_arranges_a_meeting_follows_it_and_calls_it_off() {
    let portal = TestPortal::start().await;
    let key = make_key(&portal, "crm", "visits").await;
    let wish = json!({ "guest_name": "Ada", "guest_email": "ada@example.com", "starts_at": ahead(&portal, TOMORROW), "minutes": 20, "staff": [GRACE, GRACE] });

    let made: Value = ask(&portal, &key, Method::POST, path::BOOKINGS, Some(wish.clone()), Some("k1")).await.json();

    let id = made["visit_id"].as_str().unwrap();
    assert_eq!(made["starts_at"], wish["starts_at"]);
    let page = reqwest::get(made["guest_url"].as_str().unwrap()).await.unwrap();
    assert!(page.status() == 200 && page.text().await.unwrap().contains("Your meeting with <bdi>Acme support</bdi>"));
    portal.until("it is scheduled", async || (state(&portal, &key, id).await == "scheduled").then_some(())).await;
    let claim = portal.claim(GRACE, 1).await;
    let again = ask(&portal, &key, Method::POST, path::BOOKINGS, Some(wish), Some("k1")).await;
    assert_eq!((again.header("idempotent-replayed"), again.json::<Value>()), ("true", made.clone()));

    let address = path::BOOKING.replace("{visit_id}", id);
    let off: Value = ask(&portal, &key, Method::DELETE, &address, None, None).await.json();
    assert_eq!(off["state"], "cancelled");
    let off: Value = ask(&portal, &key, Method::DELETE, &address, None, None).await.json();
    assert_eq!(off["state"], "cancelled", "calling it off twice comes to the same");
    assert!(portal.look_at(&claim).await.body.contains("This meeting was called off."));
    assert_eq!(portal.bot_messages(GRACE).len(), 1, "nobody is told twice");
    assert_eq!((portal.subjects().len(), portal.webex().broker_lints()), (1, Vec::new()));
}

#[tokio::test]
async fn only_a_key_of_the_site_with_the_scope_arranges_and_sees() {
    let portal = TestPortal::start().await;
    let key = make_key(&portal, "crm", "visits").await;
    let links = make_key(&portal, "links", "meetings").await;
    let wish = json!({ "guest_name": "Ada", "starts_at": ahead(&portal, TOMORROW) });
    let made: Value = ask(&portal, &key, Method::POST, path::BOOKINGS, Some(wish.clone()), None).await.json();
    let address = path::BOOKING.replace("{visit_id}", made["visit_id"].as_str().unwrap());
    for (wrong, kind) in [("gpk_x", ProblemKind::KeyRefused), (&*links, ProblemKind::KeyLacksScope)] {
        for (method, path, body) in
            [(Method::POST, path::BOOKINGS, Some(wish.clone())), (Method::GET, &*address, None), (Method::DELETE, &*address, None)]
        {
            assert_eq!(ask(&portal, wrong, method, path, body, None).await.problem().kind, kind);
        }
    }
    // A visit of a guest of another site is none here.
    let maria = portal.visitor().tab_at("shop");
    maria.sign_in("Bob").await;
    let bobs = maria.ask_for_meeting().await;
    let others = path::BOOKING.replace("{visit_id}", bobs.id.as_str());
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(ask(&portal, &key, method, &others, None, None).await.problem().kind, ProblemKind::VisitNotFound);
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_appointment_is_named_with_its_remedy() {
    let portal = TestPortal::start().await;
    let key = make_key(&portal, "crm", "visits").await;
    let starts_at = ahead(&portal, TOMORROW);
    for (wish, field) in [
        (json!({ "starts_at": starts_at }), "guest_name"),
        (json!({ "guest_name": "", "starts_at": starts_at }), "guest_name"),
        (json!({ "guest_name": "\u{200b}", "starts_at": starts_at }), "guest_name"),
        (json!({ "guest_name": "x".repeat(65), "starts_at": starts_at }), "guest_name"),
        (json!({ "guest_name": "Ada" }), "starts_at"),
        (json!({ "guest_name": "Ada", "starts_at": "tomorrow" }), "starts_at"),
        (json!({ "guest_name": "Ada", "starts_at": "2020-01-01T00:00:00Z" }), "starts_at"),
        (json!({ "guest_name": "Ada", "starts_at": ahead(&portal, TOMORROW * 391) }), "starts_at"),
        (json!({ "guest_name": "Ada", "starts_at": starts_at, "minutes": 4 }), "minutes"),
        (json!({ "guest_name": "Ada", "starts_at": starts_at, "minutes": "30" }), "minutes"),
        (json!({ "guest_name": "Ada", "starts_at": starts_at, "staff": ["grace"] }), "staff"),
        (json!({ "guest_name": "Ada", "starts_at": starts_at, "staff": GRACE }), "staff"),
        (json!({ "guest_name": "Ada", "starts_at": starts_at, "staff": [GRACE, "eve@elsewhere.example"] }), "staff"),
        (json!({ "guest_name": "Ada", "starts_at": starts_at, "guest_email": "x" }), "guest_email"),
        (json!({ "guest_name": "Ada", "starts_at": starts_at, "topic": "Sales" }), "topic"),
        (json!({ "guest_name": "Ada", "starts_at": starts_at, "room": 7 }), "room"),
    ] {
        let refused = ask(&portal, &key, Method::POST, path::BOOKINGS, Some(wish.clone()), None).await.problem();
        assert_eq!((refused.status, refused.kind), (400, ProblemKind::InvalidParameter), "{wish}");
        assert!(refused.detail.starts_with(&format!("`{field}` ")), "{wish}: {}", refused.detail);
    }
    assert_eq!(portal.subjects(), [""; 0]);
}

#[tokio::test]
async fn a_broker_that_is_away_delays_an_appointment_and_loses_nothing() {
    let mut portal = TestPortal::start().await;
    let key = make_key(&portal, "crm", "visits").await;
    portal.webex().add_fault(Fault::answer("POST", "/api/v2/joseencrypt", 503).times(1000)).unwrap();
    let wish = json!({ "guest_name": "Ada", "starts_at": ahead(&portal, TOMORROW) });
    let made: Value = ask(&portal, &key, Method::POST, path::BOOKINGS, Some(wish), None).await.json();
    portal.restart_portal().await;
    portal.webex().clear_faults();
    let id = made["visit_id"].as_str().unwrap();
    portal.until("it is scheduled", async || (state(&portal, &key, id).await == "scheduled").then_some(())).await;
    assert_eq!(portal.subjects().len(), 1);
}

#[tokio::test]
async fn the_command_line_arranges_a_meeting_that_a_running_portal_sees_to() {
    let portal = TestPortal::start().await;
    let data = portal.data_dir();
    let config = data.with_file_name("portal.toml");
    std::fs::write(&config, TWO_SITES).unwrap();
    let (config, data) = (config.display().to_string(), data.display().to_string());
    let at = ahead(&portal, TOMORROW);
    let words = ["meeting", "schedule", "--site", "demo", "--guest", "Ada", "--email", "ada@example.com", "--at", &at, "--json"];
    let words: Vec<&str> = words.into_iter().chain(["--config", &config, "--sandbox"]).collect();
    let (code, printed) = program_output(&words, &[("GUEST_PORTAL_SERVER_DATA_DIR", &data)]).await;
    assert_eq!(code, 0, "{printed}");
    let made: Value = serde_json::from_str(&printed).unwrap();
    let token = made["guest_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let told = portal.until("staff are told", async || portal.bot_messages(GRACE).pop());
    assert!(told.await.text.contains("Ada has an appointment for a meeting (Acme support)."));
    let visitor = portal.visitor();
    let page = visitor.send(visitor.bare_request(Method::GET, &path::appointment(&token))).await;
    assert!(page.status == 200 && page.body.contains("Your meeting with <bdi>Acme support</bdi>"), "{page}");
    let (code, _) = program_output(
        &["meeting", "schedule", "--guest", "Ada", "--at", "tomorrow", "--config", &config, "--sandbox"],
        &[("GUEST_PORTAL_SERVER_DATA_DIR", &data)],
    )
    .await;
    assert_eq!(code, 2);
}
