//! Webex tells the portal at its own address that something happened: registered and watched, believed only where it is signed,
//! and never more than a reason to look.

use std::time::Duration;

use sandbox::{DeliveryOutcome, Fault, FaultEffect, WebhookRules};
use server::doctor;
use shared::{MessageId, PortalEvent};
use tests::portal::{GRACE, TWO_SITES, TestPortal};

const BY_WEBHOOK: &str = "[webex]\nfeed = \"webhook\"\n";

async fn start() -> TestPortal {
    let portal = TestPortal::start_in_public(&format!("{BY_WEBHOOK}{TWO_SITES}")).await;
    portal.until("the webhook", async || (webhooks(&portal).await.len() == 1).then_some(())).await;
    portal
}

/// A webhook as Webex has it.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Webhook {
    id: String,
    name: String,
    pub(crate) target_url: String,
    status: String,
    pub(crate) secret: String,
}

#[derive(serde::Deserialize)]
struct Webhooks {
    items: Vec<Webhook>,
}

/// A fresh one: time goes by in leaps.
async fn token(portal: &TestPortal) -> String {
    let service_app = &portal.credentials.service_app;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &service_app.client_id),
        ("client_secret", &service_app.client_secret),
        ("refresh_token", &service_app.refresh_token),
    ];
    let answer = http().post(format!("{}/access_token", portal.credentials.api_base)).form(&form).send().await.unwrap();
    answer.json::<serde_json::Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub(crate) async fn webhooks(portal: &TestPortal) -> Vec<Webhook> {
    let request = http().get(format!("{}/webhooks", portal.credentials.api_base)).bearer_auth(token(portal).await);
    request.send().await.unwrap().json::<Webhooks>().await.unwrap().items
}

async fn delete(portal: &TestPortal, webhook: &Webhook) {
    let request = http().delete(format!("{}/webhooks/{}", portal.credentials.api_base, webhook.id)).bearer_auth(token(portal).await);
    assert_eq!(request.send().await.unwrap().status(), 204);
}

/// How often the room was listed.
fn reads(portal: &TestPortal) -> usize {
    portal.requests("GET", "/v1/messages").len()
}

pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    ring::hmac::sign(&key, body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Arrives at the portal as if it came from Webex.
async fn deliver(target: &str, media_type: &str, signature: Option<&str>, body: Vec<u8>) -> u16 {
    let request = http().post(target).header("content-type", media_type).body(body);
    let request = match signature {
        Some(signature) => request.header("X-Spark-Signature", signature),
        None => request,
    };
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn what_staff_write_edit_and_delete_is_told_while_the_clock_stands_still() {
    let portal = start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();

    let first = portal.webex().reply_as_staff(GRACE, &room.id, "Good morning").unwrap();
    ada.hear_message_at_once("Good morning").await;
    for text in ["Good morning, Ada", "Good morning, dear Ada"] {
        portal.webex().edit_as_staff(GRACE, &first.id, text).unwrap();
        ada.hear_until_at_once(text, |event| match event {
            PortalEvent::MessageEdited { message, .. } => (tests::guest::plain_text(&message.content) == text).then_some(()),
            _ => None,
        })
        .await;
    }
    portal.webex().delete_as_staff(GRACE, &first.id).unwrap();
    let id = MessageId::new(first.id);
    ada.hear_until_at_once("the deletion", |event| {
        matches!(event, PortalEvent::MessageDeleted { message_id, .. } if *message_id == id).then_some(())
    })
    .await;
}

#[tokio::test]
async fn there_is_one_webhook_over_restarts_and_whatever_becomes_of_it() {
    let mut portal = start().await;
    let before = webhooks(&portal).await;
    assert!(before[0].target_url.starts_with(&format!("{}/hooks/webex/", portal.base_url())) && before[0].status == "active");
    portal.restart_portal().await;
    portal
        .until("it is seen to", async || (!portal.requests("PUT", &format!("/v1/webhooks/{}", before[0].id)).is_empty()).then_some(()))
        .await;
    assert_eq!(webhooks(&portal).await, before);

    delete(&portal, &before[0]).await;

    let again = portal.until("another one", async || webhooks(&portal).await.pop()).await;
    assert_eq!((again.target_url, again.secret), (before[0].target_url.clone(), before[0].secret.clone()));
}

#[tokio::test]
async fn a_webhook_that_webex_gave_up_is_told_to_go_on_and_what_was_missed_is_there() {
    let portal = start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().set_webhook_rules(WebhookRules { failures: 1, ..WebhookRules::default() }).unwrap();
    portal.webex().add_fault(Fault::webhook("/messages/created", FaultEffect::Forged)).unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "told wrongly").unwrap();
    let inactive = async || webhooks(&portal).await.into_iter().find(|webhook| webhook.status == "inactive");
    let began = std::time::Instant::now();
    while inactive().await.is_none() {
        assert!(began.elapsed() < tests::portal::PATIENCE, "it was not given up");
    }
    let app = portal.app();
    let reports = doctor::examine(&app.connections, &app.config, &app.store, app.clock.now()).await;
    let found = reports.iter().flat_map(|report| &report.findings).any(|finding| finding.text.contains("Webex has made it inactive"));
    assert!(found, "{reports:?}");
    portal.webex().reply_as_staff(GRACE, &room.id, "told to nobody").unwrap();

    portal.until("it is active again", async || inactive().await.is_none().then_some(())).await;

    ada.hear_message("told to nobody").await;
    portal.webex().reply_as_staff(GRACE, &room.id, "told again").unwrap();
    ada.hear_message_at_once("told again").await;
    for text in ["told wrongly", "told to nobody", "told again"] {
        assert_eq!(ada.times_told(text), 1, "{text}");
    }
}

#[tokio::test]
async fn only_what_is_signed_is_taken_and_it_is_read_anew_whatever_it_says() {
    let portal = start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    let webhook = webhooks(&portal).await.remove(0);
    let body = |event: &str, id: &str| {
        let data = serde_json::json!({ "id": id, "roomId": room.id, "personId": "x", "text": "FORGED" });
        serde_json::json!({ "id": webhook.id, "resource": "messages", "event": event, "data": data }).to_string().into_bytes()
    };
    let signed = |body: &[u8]| sign(&webhook.secret, body);
    let (json, before) = ("application/json; charset=UTF-8", reads(&portal));
    let created = body("created", "m1");
    let elsewhere = webhook.target_url.replace("/hooks/webex/", "/hooks/webex/0");
    let refused = [
        ("another address", 404, &elsewhere, json, Some(signed(&created)), created.clone()),
        ("no signature", 401, &webhook.target_url, json, None, created.clone()),
        ("an empty one", 401, &webhook.target_url, json, Some(String::new()), created.clone()),
        ("no hex", 401, &webhook.target_url, json, Some("z".repeat(40)), created.clone()),
        ("another secret", 401, &webhook.target_url, json, Some(sign("other", &created)), created.clone()),
        ("an empty secret", 401, &webhook.target_url, json, Some(sign("", &created)), created.clone()),
        ("of other bytes", 401, &webhook.target_url, json, Some(signed(&created)), body("created", "m2")),
        ("a space more", 401, &webhook.target_url, json, Some(signed(&created)), [created.clone(), b" ".to_vec()].concat()),
        ("not json by its type", 415, &webhook.target_url, "text/plain", Some(signed(&created)), created.clone()),
        ("too large", 413, &webhook.target_url, json, Some(signed(&[b' '; 70_000])), vec![b' '; 70_000]),
        ("signed nonsense", 400, &webhook.target_url, json, Some(signed(b"nonsense")), b"nonsense".to_vec()),
        ("signed, without a room", 400, &webhook.target_url, json, Some(signed(b"{}")), b"{}".to_vec()),
    ];
    for (what, status, target, media_type, signature, body) in refused {
        assert_eq!(deliver(target, media_type, signature.as_deref(), body).await, status, "{what}");
    }
    assert_eq!(http().get(&webhook.target_url).send().await.unwrap().status(), 405);
    portal.webex().reply_as_staff(GRACE, &room.id, "barrier").unwrap();
    ada.hear_message_at_once("barrier").await;
    assert_eq!(reads(&portal), before + 1, "nothing that was refused made the portal read");

    assert_eq!(deliver(&webhook.target_url, json, Some(&signed(&created).to_uppercase()), created.clone()).await, 204);
    // Webex may tell of a message before it lists it, so that one which is not there is looked for once more.
    portal.until("it is read twice", async || (reads(&portal) > before + 2).then_some(())).await;
    assert_eq!(ada.times_told("FORGED"), 0);
    let before = reads(&portal);
    for _ in 0..20 {
        assert_eq!(deliver(&webhook.target_url, json, Some(&signed(&created)), created.clone()).await, 204);
    }
    let other = body("deleted", "m1");
    assert_eq!(deliver(&webhook.target_url, json, Some(&signed(&other)), other).await, 204);
    let began = std::time::Instant::now();
    while reads(&portal) == before {
        assert!(began.elapsed() < tests::portal::PATIENCE, "what is new is read");
        tokio::time::sleep(tests::portal::LOOK_EVERY).await;
    }
    portal.webex().reply_as_staff(GRACE, &room.id, "second barrier").unwrap();
    ada.hear_message_at_once("second barrier").await;
    assert_eq!(reads(&portal), before + 2, "what was told before is no reason to read");
}

#[tokio::test]
async fn the_secret_changes_every_month_and_what_is_still_on_its_way_with_the_old_one_is_taken() {
    let portal = start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    let before = webhooks(&portal).await.remove(0);
    let month = Duration::from_secs(30 * 24 * 60 * 60);
    let slow = FaultEffect::Slow { ms: u64::try_from(month.as_millis()).unwrap() };
    portal.webex().add_fault(Fault::webhook("/messages/created", slow)).unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "signed long ago").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "barrier").unwrap();
    ada.hear_message("barrier").await;
    let answered =
        || portal.webex().deliveries().iter().filter(|entry| entry.outcome == (DeliveryOutcome::Answered { status: 204 })).count();
    let told_before = answered();

    portal.advance(month);

    portal.until("another secret", async || (webhooks(&portal).await[0].secret != before.secret).then_some(())).await;
    portal.until("the old one is taken", async || (answered() > told_before).then_some(())).await;
    assert!(portal.webex().deliveries().iter().all(|entry| entry.outcome == (DeliveryOutcome::Answered { status: 204 })));
    assert_eq!(webhooks(&portal).await[0].id, before.id);
}

#[tokio::test]
async fn a_webhook_that_silently_brings_nothing_is_found_out_within_half_a_minute_and_the_doctor_says_so() {
    let portal = start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    let hearing = async || {
        let app = portal.app();
        let reports = doctor::examine(&app.connections, &app.config, &app.store, portal.clock.now()).await;
        let finding = reports.into_iter().flat_map(|report| report.findings).find(|finding| finding.text.starts_with("hearing: "));
        finding.unwrap()
    };
    assert!(hearing().await.text.starts_with("hearing: by webhook since "), "{:?}", hearing().await);
    portal.webex().add_fault(Fault { count: 1000, ..Fault::drop_before("WEBHOOK", "/messages") }).unwrap();

    // Two clocks are compared: what is written within two seconds of the last telling may have been meant by it.
    portal.advance(Duration::from_secs(3));
    portal.webex().reply_as_staff(GRACE, &room.id, "Can you hear me?").unwrap();
    let wrote_at = portal.clock.elapsed();
    ada.hear_message("Can you hear me?").await;
    let found =
        portal.until("the doctor says so", async || Some(hearing().await).filter(|found| found.level == doctor::Level::Warning)).await;

    let took = portal.clock.elapsed() - wrote_at;
    assert!(took <= Duration::from_secs(30), "{took:?}");
    assert!(found.text.contains("by polling") && found.text.contains("webhook did not tell of new messages in 1 space"), "{found:?}");
    assert!(found.text.contains("/hooks/webex/ from the internet"), "{found:?}");
    portal.webex().clear_faults();
    portal.advance(Duration::from_secs(5 * 60));
    portal.until("it is trusted again", async || Some(hearing().await).filter(|found| found.text.contains("by webhook"))).await;
    portal.webex().reply_as_staff(GRACE, &room.id, "And now?").unwrap();
    ada.hear_message_at_once("And now?").await;
}

#[tokio::test]
async fn a_webhook_that_webex_refuses_from_the_beginning_is_named_by_the_doctor() {
    let mut portal = start().await;
    delete(&portal, &webhooks(&portal).await[0]).await;
    portal.webex().add_fault(Fault { count: 1000, ..Fault::answer("POST", "/v1/webhooks", 403) }).unwrap();
    portal.restart_portal().await;
    let found = portal
        .until("the doctor says so", async || {
            let app = portal.app();
            let reports = doctor::examine(&app.connections, &app.config, &app.store, portal.clock.now()).await;
            let findings = reports.into_iter().flat_map(|report| report.findings);
            findings.into_iter().find(|finding| finding.level == doctor::Level::Warning && finding.text.starts_with("hearing: "))
        })
        .await;
    assert!(found.text.contains("by polling") && found.text.contains("the webhook could not be seen to (webex answered 403"), "{found:?}");
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "heard all the same").unwrap();
    ada.hear_message("heard all the same").await;
}
