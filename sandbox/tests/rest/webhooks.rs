//! Webhooks: whom they tell what, and what becomes of those nobody answers.

use reqwest::Method;
use ring::hmac;
use sandbox::{DeliveryOutcome, Fault, FaultEffect, Sandbox, SandboxConfig, WebhookRules};
use serde_json::{Value, json};

use crate::support::target::Target;
use crate::support::{Client, StillClock, start, text, until};

async fn hook(client: &Client, target: &Target, resource: &str, event: &str, more: Value) -> Value {
    let mut body = json!({ "name": "Mine", "targetUrl": target.url(), "resource": resource, "event": event });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post("/webhooks", body).await
}

fn hex_hmac(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    hmac::sign(&key, body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Resource, event and what it is about, in any order.
fn sorted(told: &[Value]) -> Vec<String> {
    let mut sorted: Vec<String> = told.iter().map(|told| format!("{} {}", text(told, "resource"), text(told, "event"))).collect();
    sorted.sort();
    sorted
}

#[tokio::test]
async fn a_webhook_is_made_read_changed_and_deleted_by_its_owner() {
    let sandbox = start().await;
    let (grace, linus, target) = (Client::grace(&sandbox), Client::linus(&sandbox), Target::start().await);
    let made = hook(&grace, &target, "messages", "created", json!({ "filter": "roomType=group", "secret": "s" })).await;
    for (name, value) in
        [("status", "active"), ("ownedBy", "creator"), ("resource", "messages"), ("filter", "roomType=group"), ("secret", "s")]
    {
        assert_eq!(made[name], value, "{name}");
    }
    assert_eq!(made["createdBy"], grace.me().await["id"]);
    let path = format!("/webhooks/{}", text(&made, "id"));
    assert_eq!(grace.get(&path).await, made);
    assert_eq!(grace.all("/webhooks").await, std::slice::from_ref(&made));
    assert!(linus.all("/webhooks").await.is_empty());
    assert_eq!(linus.refused(Method::GET, &path, None).await.0, 404);

    // Only name, target, secret and status change.
    let change =
        json!({ "name": "Yours", "targetUrl": "http://127.0.0.1:1/", "resource": "rooms", "event": "updated", "filter": "type=direct" });
    let changed = grace.put(&path, change).await;
    let expected =
        [("name", "Yours"), ("targetUrl", "http://127.0.0.1:1/"), ("resource", "messages"), ("event", "created"), ("secret", "s")];
    for (name, value) in expected {
        assert_eq!(changed[name], value, "{name}");
    }
    grace.delete(&path).await;
    assert_eq!(grace.refused(Method::DELETE, &path, None).await.0, 404);
}

#[tokio::test]
async fn what_a_webhook_needs_is_asked_for() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let whole = json!({ "name": "Mine", "targetUrl": "http://127.0.0.1:1/", "resource": "messages", "event": "created" });
    let with = |name: &str, value: Value| {
        let mut body = whole.clone();
        body[name] = value;
        body
    };
    for (body, status, expected) in [
        (with("name", json!("")), 400, "name cannot be empty"),
        (with("targetUrl", Value::Null), 400, "targetUrl cannot be null"),
        (with("targetUrl", json!("somewhere")), 400, "absolute URL"),
        (with("targetUrl", json!("file:///etc/passwd")), 400, "absolute URL"),
        (with("resource", Value::Null), 400, "resource cannot be null"),
        (with("event", json!("joined")), 400, "'joined' is not an event"),
        (with("filter", json!("isLocked=true")), 400, "'isLocked' is not a filter"),
        (with("ownedBy", json!("org")), 403, "compliance officers"),
        (with("ownedBy", json!("me")), 400, "creator or org"),
    ] {
        let (found, message) = grace.refused(Method::POST, "/webhooks", Some(body.clone())).await;
        assert_eq!(found, status, "{body}");
        assert!(message.contains(expected), "{message}");
    }
    let id = text(&grace.post("/webhooks", whole.clone()).await, "id");
    let path = format!("/webhooks/{id}");
    assert_eq!(grace.refused(Method::PUT, &path, Some(with("status", json!("inactive")))).await.0, 400);
    assert_eq!(grace.refused(Method::PUT, &path, Some(json!({ "name": "Mine" }))).await.1, "targetUrl cannot be null");
    let guest = Client::guest(&sandbox, "ada", "Ada").await;
    assert_eq!(guest.refused(Method::POST, "/webhooks", Some(whole)).await.0, 403);
}

#[tokio::test]
async fn a_page_of_somebody_else_cannot_send_the_simulator_anywhere() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let body = json!({ "name": "Mine", "targetUrl": "http://127.0.0.1:1/", "resource": "messages", "event": "created" });
    let from = |origin: &str, path: &str, body: &Value| grace.request(Method::POST, path).header("origin", origin).json(body).send();
    assert_eq!(from("https://evil.example", "/webhooks", &body).await.unwrap().status(), 403);
    assert_eq!(from("null", "/webhooks", &body).await.unwrap().status(), 403);
    assert_eq!(from("http://localhost:3000", "/webhooks", &body).await.unwrap().status(), 200);
    let file = json!({ "roomId": grace.room("Help").await, "files": ["http://127.0.0.1:1/secret.txt"] });
    assert_eq!(from("https://evil.example", "/messages", &file).await.unwrap().status(), 403);
}

#[tokio::test]
async fn what_is_told_is_signed_compact_and_without_what_was_said() {
    let sandbox = start().await;
    let (grace, mut target) = (Client::grace(&sandbox), Target::start().await);
    let webhook = hook(&grace, &target, "messages", "created", json!({ "name": "Grüße \"★\"", "secret": "geheim ü" })).await;
    let room = grace.room("Help").await;
    let message = grace.say(&room, "a secret").await;

    let told = target.hear().await;
    assert_eq!(told.content_type, "application/json; charset=UTF-8");
    assert_eq!(told.signature.as_deref(), Some(&*hex_hmac("geheim ü", &told.body)));
    let envelope = told.json();
    // The same bytes come out of whoever parses them and writes them again in the same order.
    let body = String::from_utf8(told.body.to_vec()).unwrap();
    assert!(body.contains("Grüße \\\"★\\\"") && !body.contains(": ") && !body.contains("secret"), "{body}");
    for name in ["id", "name", "targetUrl", "resource", "event", "orgId", "createdBy", "appId", "ownedBy", "status", "created"] {
        assert_eq!(envelope[name], webhook[name], "{name}");
    }
    assert_eq!(envelope["actorId"], grace.me().await["id"]);
    let data = envelope["data"].as_object().unwrap();
    let names: Vec<&str> = data.keys().map(String::as_str).collect();
    assert_eq!(names, ["created", "id", "personEmail", "personId", "roomId", "roomType"]);
    for (name, value) in data {
        assert_eq!(value, &message[name], "{name}");
    }
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let sandbox = start().await;
    let (grace, mut target) = (Client::grace(&sandbox), Target::start().await);
    hook(&grace, &target, "rooms", "created", json!({})).await;
    grace.room("Help").await;
    let told = target.hear().await;
    assert_eq!((told.signature.clone(), &told.json()["data"]["title"]), (None, &json!("Help")));
}

#[tokio::test]
async fn all_of_everything_is_what_its_owner_may_know_and_no_cards() {
    let sandbox = start().await;
    let (grace, linus, mut target) = (Client::grace(&sandbox), Client::linus(&sandbox), Target::start().await);
    hook(&linus, &target, "all", "all", json!({})).await;
    let room = grace.room("Help").await;
    grace.say(&room, "Linus is not here yet").await;
    let membership = text(&grace.add(&room, &text(&linus.me().await, "id")).await, "id");
    let card = json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": { "type": "AdaptiveCard", "version": "1.3" } });
    let message = grace.post("/messages", json!({ "roomId": room, "text": "press", "attachments": [card] })).await;
    grace.post("/attachment/actions", json!({ "type": "submit", "messageId": message["id"], "inputs": {} })).await;
    let other = text(&grace.say(&room, "one").await, "id");
    grace.put(&format!("/messages/{other}"), json!({ "roomId": room, "text": "two" })).await;
    grace.delete(&format!("/messages/{other}")).await;
    for _ in 0..2 {
        // The second time nothing changes, and nobody is told.
        grace.put(&format!("/rooms/{room}"), json!({ "title": "Helped" })).await;
    }
    grace.put(&format!("/memberships/{membership}"), json!({ "isModerator": true })).await;
    grace.delete(&format!("/memberships/{membership}")).await;
    grace.say(&room, "Linus is gone").await;
    linus.room("The end").await;

    let is_end =
        |told: &Value| told["resource"] == "memberships" && told["event"] == "created" && told["data"]["personId"] == told["actorId"];
    let mut told = target.hear_until(is_end).await;
    while told.len() < 10 {
        told.push(target.hear().await.json());
    }
    let expected = [
        "memberships created", // Linus is brought in
        "memberships created", // his own room
        "memberships deleted",
        "memberships updated",
        "messages created", // the card
        "messages created", // one
        "messages deleted",
        "messages updated",
        "rooms created", // his own
        "rooms updated",
    ];
    assert_eq!(sorted(&told), expected);
}

#[tokio::test]
async fn a_bot_is_told_of_what_mentions_it_and_of_what_is_said_to_it_alone() {
    let sandbox = start().await;
    let (grace, bot, mut target) = (Client::grace(&sandbox), Client::bot(&sandbox), Target::start().await);
    hook(&bot, &target, "messages", "created", json!({})).await;
    let (room, bot_id) = (grace.room("Help").await, text(&bot.me().await, "id"));
    grace.add(&room, &bot_id).await;
    grace.say(&room, "to everybody").await;
    let mention = grace.post("/messages", json!({ "roomId": room, "markdown": format!("<@personId:{bot_id}> help") })).await;
    let direct = grace.post("/messages", json!({ "toPersonId": bot_id, "text": "psst" })).await;
    let mut ids = vec![text(&target.hear().await.json()["data"], "id"), text(&target.hear().await.json()["data"], "id")];
    ids.sort();
    let mut expected = vec![text(&mention, "id"), text(&direct, "id")];
    expected.sort();
    assert_eq!(ids, expected);
    assert_eq!(text(&bot.get(&format!("/messages/{}", text(&mention, "id"))).await, "text"), "Guest Portal Bot help");
}

#[tokio::test]
async fn filters_let_through_what_they_say() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let (me, linus) = (text(&grace.me().await, "id"), text(&Client::linus(&sandbox).me().await, "id"));
    let (here, there) = (grace.room("Here").await, grace.room("There").await);
    let mut targets = Vec::new();
    let filters = [
        ("messages", format!("roomId={here}")),
        ("messages", "roomType=direct".to_owned()),
        ("messages", format!("personId={linus}")),
        ("messages", "personEmail=LINUS@sandbox.example".to_owned()),
        ("messages", "mentionedPeople=me".to_owned()),
        ("messages", format!("roomId={here}&mentionedPeople={me}")),
        ("memberships", "isModerator=true".to_owned()),
        ("memberships", format!("personId={linus}&roomId={there}")),
        ("rooms", "isLocked=true".to_owned()),
        ("rooms", "type=direct".to_owned()),
    ];
    for (resource, filter) in &filters {
        let target = Target::start().await;
        hook(&grace, &target, resource, "created", json!({ "filter": filter })).await;
        targets.push(target);
    }
    grace.say(&here, "here").await;
    grace.say(&there, "there").await;
    grace.post("/messages", json!({ "roomId": there, "markdown": format!("<@personId:{me}> there") })).await;
    grace.post("/messages", json!({ "roomId": here, "markdown": "<@personEmail:grace@sandbox.example> here" })).await;
    grace.add(&there, &linus).await;
    Client::linus(&sandbox).say(&there, "hello").await;
    let locked = grace.post("/rooms", json!({ "title": "Locked", "isLocked": true })).await;
    grace.post("/messages", json!({ "toPersonId": linus, "text": "psst" })).await;

    // Every event that is not filtered out is told once; a last one that every filter of messages lets through ends the wait.
    let counts = [2, 1, 1, 1, 2, 1, 1, 1, 1, 1];
    for (index, (target, count)) in targets.iter_mut().zip(counts).enumerate() {
        let mut told = Vec::new();
        for _ in 0..count {
            told.push(target.hear().await.json());
        }
        let (resource, filter) = &filters[index];
        assert!(told.iter().all(|told| told["resource"] == *resource && told["filter"] == *filter), "{filter}: {told:?}");
        if filter.starts_with("isLocked") {
            assert_eq!(told[0]["data"]["id"], locked["id"]);
        }
    }
    // Nothing more went out: the sandbox counts them all.
    let expected = counts.iter().sum::<usize>();
    until("all are told", async || sandbox.deliveries().len() >= expected).await;
    assert_eq!(sandbox.deliveries().len(), expected);
}

#[tokio::test]
async fn a_target_that_keeps_failing_is_given_up_until_it_is_activated_again() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let (grace, mut target) = (Client::grace(&sandbox), Target::start().await);
    sandbox.set_webhook_rules(WebhookRules { failures: 3, per_secs: 60, ..WebhookRules::default() }).unwrap();
    let webhook = hook(&grace, &target, "messages", "created", json!({})).await;
    let path = format!("/webhooks/{}", text(&webhook, "id"));
    let room = grace.room("Help").await;
    target.answer(500);
    let mut tell = async |words: &str, status: &str| {
        grace.say(&room, words).await;
        target.hear().await;
        until(status, async || grace.get(&path).await["status"] == status).await;
    };
    tell("one", "active").await;
    tell("two", "active").await;
    // The first two are too long ago.
    until("both are noted", async || sandbox.deliveries().len() == 2).await;
    still.advance(60);
    tell("three", "active").await;
    tell("four", "active").await;
    tell("five", "inactive").await;
    let failures = sandbox.deliveries();
    assert!(failures.iter().all(|entry| entry.outcome == DeliveryOutcome::Answered { status: 500 }));
    grace.say(&room, "nobody is told").await;
    assert_eq!(grace.refused(Method::PUT, &path, Some(json!({ "name": "Mine", "targetUrl": target.url(), "status": "off" }))).await.0, 400);
    let again = json!({ "name": "Mine", "targetUrl": target.url(), "status": "active" });
    assert_eq!(grace.put(&path, again).await["status"], "active");
    target.answer(200);
    let last = grace.say(&room, "told again").await;
    assert_eq!(target.hear().await.json()["data"]["id"], last["id"]);
}

#[tokio::test]
async fn a_target_that_nobody_listens_at_is_noted() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    grace.post("/webhooks", json!({ "name": "Gone", "targetUrl": "http://127.0.0.1:1/", "resource": "rooms", "event": "created" })).await;
    grace.room("Help").await;
    until("it is noted", async || !sandbox.deliveries().is_empty()).await;
    assert!(matches!(sandbox.deliveries()[0].outcome, DeliveryOutcome::Failed { .. }));
}

#[tokio::test]
async fn deliveries_are_lost_doubled_late_and_forged_on_demand() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let (grace, mut target) = (Client::grace(&sandbox), Target::start().await);
    hook(&grace, &target, "messages", "created", json!({ "secret": "s" })).await;
    let room = grace.room("Help").await;

    sandbox.add_fault(Fault::webhook("/messages/created", FaultEffect::Twice)).unwrap();
    grace.say(&room, "twice").await;
    assert_eq!(target.hear().await.body, target.hear().await.body);

    sandbox.add_fault(Fault::webhook("/messages", FaultEffect::Forged)).unwrap();
    grace.say(&room, "forged").await;
    let forged = target.hear().await;
    assert_ne!(forged.signature.unwrap(), hex_hmac("s", &forged.body));

    sandbox.add_fault(Fault::webhook("/", FaultEffect::DropBefore)).unwrap();
    grace.say(&room, "lost").await;
    until("it is lost", async || sandbox.deliveries().iter().any(|entry| entry.outcome == DeliveryOutcome::Lost)).await;

    sandbox.add_fault(Fault::webhook("/", FaultEffect::Slow { ms: 3_600_000 })).unwrap();
    let late = grace.say(&room, "late").await;
    until("it is on its way", async || sandbox.faults().is_empty()).await;
    let prompt = grace.say(&room, "prompt").await;
    assert_eq!(target.hear().await.json()["data"]["id"], prompt["id"]);
    still.advance(3601);
    assert_eq!(target.hear().await.json()["data"]["id"], late["id"]);
}

#[tokio::test]
async fn rules_lose_double_and_delay_every_delivery() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let (grace, mut target) = (Client::grace(&sandbox), Target::start().await);
    hook(&grace, &target, "messages", "created", json!({})).await;
    let room = grace.room("Help").await;
    grace.add(&room, &sandbox.credentials().staff[1].person_id).await;
    let rule = |rules: WebhookRules| sandbox.set_webhook_rules(rules);

    rule(WebhookRules { loses_percent: 100, ..WebhookRules::default() }).unwrap();
    grace.say(&room, "lost").await;
    until("it is lost", async || sandbox.deliveries().iter().any(|entry| entry.outcome == DeliveryOutcome::Lost)).await;

    rule(WebhookRules { duplicates_percent: 100, ..WebhookRules::default() }).unwrap();
    let twice = grace.say(&room, "twice").await;
    assert_eq!(target.hear().await.json()["data"]["id"], twice["id"]);
    assert_eq!(target.hear().await.json()["data"]["id"], twice["id"]);

    rule(WebhookRules { delay_ms: 60_000, ..WebhookRules::default() }).unwrap();
    let late = grace.say(&room, "late").await;
    // Whatever happens after it is told after it.
    sandbox.type_as_staff("linus@sandbox.example", &room, true).unwrap();
    until("it is on its way", async || !sandbox.typing_heard().is_empty()).await;
    rule(WebhookRules::default()).unwrap();
    let prompt = grace.say(&room, "prompt").await;
    assert_eq!(target.hear().await.json()["data"]["id"], prompt["id"]);
    still.advance(60);
    assert_eq!(target.hear().await.json()["data"]["id"], late["id"]);

    assert!(rule(WebhookRules { duplicates_percent: 101, ..WebhookRules::default() }).is_err());
}

#[tokio::test]
async fn webhooks_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let config = SandboxConfig { data_dir: Some(directory.path().to_owned()), ..SandboxConfig::loopback() };
    let sandbox = Sandbox::start(config.clone()).await.unwrap();
    let mut target = Target::start().await;
    let made = hook(&Client::grace(&sandbox), &target, "messages", "created", json!({ "secret": "s", "filter": "roomType=group" })).await;
    sandbox.stop().await;
    let sandbox = Sandbox::start(config).await.unwrap();
    let grace = Client::grace(&sandbox);
    assert_eq!(grace.all("/webhooks").await, [made]);
    let message = grace.say(&grace.room("Help").await, "hello").await;
    assert_eq!(target.hear().await.json()["data"]["id"], message["id"]);
}
