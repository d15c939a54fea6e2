//! What tests and tools switch: the clock, limits, answers by themselves.

use std::time::{Duration, SystemTime};

use reqwest::Method;
use sandbox::{AutoResponder, Clock, RateLimit, RateLimits, Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{Client, StillClock, http, noon, start, text, texts, until};

#[tokio::test]
async fn the_clock_is_moved_by_http_and_by_rust() {
    let sandbox = start().await;
    let url = format!("{}/sandbox/clock", sandbox.base_url());
    let before = sandbox.now();
    let moved: Value = http().post(&url).json(&json!({ "advance_secs": 86_400 })).send().await.unwrap().json().await.unwrap();
    assert_eq!(moved["can_be_moved"], true);
    assert!(sandbox.now() >= before + Duration::from_secs(86_400));
    assert!(sandbox.advance_clock(Duration::from_secs(86_400)));
    assert!(sandbox.now() >= before + Duration::from_secs(2 * 86_400));
    // What Webex says follows.
    let room = Client::grace(&sandbox).post("/rooms", json!({ "title": "Tomorrow" })).await;
    let now: Value = http().get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(&text(&room, "created")[..13], &text(&now, "now")[..13]);
    for body in [json!({ "advance_secs": u64::MAX }), json!({ "advance_secs": -1 }), json!({ "back": 1 })] {
        assert!(http().post(&url).json(&body).send().await.unwrap().status().is_client_error(), "{body}");
    }
}

#[tokio::test]
async fn a_clock_of_somebody_else_is_not_moved() {
    let config = SandboxConfig { clock: StillClock::new().clock(), ..SandboxConfig::loopback() };
    let sandbox = Sandbox::start(config).await.unwrap();
    let answer = http().post(format!("{}/sandbox/clock", sandbox.base_url())).json(&json!({ "advance_secs": 1 })).send().await.unwrap();
    assert_eq!(answer.status(), 409);
    assert_eq!(sandbox.now(), noon());
}

#[tokio::test]
async fn a_clock_says_how_it_is_moved() {
    let moved = std::sync::Arc::new(std::sync::Mutex::new(Duration::ZERO));
    let read = moved.clone();
    let clock = Clock::new(move || SystemTime::UNIX_EPOCH + *read.lock().unwrap()).moved_by(move |time| *moved.lock().unwrap() += time);
    let sandbox = Sandbox::start(SandboxConfig { clock, ..SandboxConfig::loopback() }).await.unwrap();
    assert!(sandbox.advance_clock(Duration::from_secs(7)));
    assert_eq!(sandbox.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(7));
}

async fn limited(limits: RateLimits) -> (Sandbox, StillClock) {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    sandbox.set_limits(limits).unwrap();
    (sandbox, still)
}

#[tokio::test]
async fn too_many_requests_of_a_token_have_to_wait() {
    let (sandbox, still) = limited(RateLimits { per_token: Some(RateLimit { requests: 2, per_secs: 60 }), per_room: None }).await;
    let (grace, linus) = (Client::grace(&sandbox), Client::linus(&sandbox));
    grace.me().await;
    still.advance(20);
    grace.all("/rooms").await;
    let refused = grace.request(Method::GET, "/people/me").send().await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(
        (&refused.headers()["retry-after"], &refused.headers()["x-ratelimit-limit"]),
        (&"40".parse().unwrap(), &"2".parse().unwrap())
    );
    linus.me().await;
    still.advance(39);
    assert_eq!(grace.refused(Method::GET, "/people/me", None).await.0, 429);
    still.advance(1);
    grace.me().await;
    assert_eq!(grace.refused(Method::GET, "/people/me", None).await.0, 429);
}

#[tokio::test]
async fn too_many_messages_in_a_room_have_to_wait_whoever_writes_them() {
    let (sandbox, still) = limited(RateLimits { per_token: None, per_room: Some(RateLimit { requests: 3, per_secs: 10 }) }).await;
    let (grace, linus) = (Client::grace(&sandbox), Client::linus(&sandbox));
    let (room, other) = (grace.room("Help").await, grace.room("Other").await);
    let linus_id = text(&linus.me().await, "id");
    grace.add(&room, &linus_id).await;
    let first = text(&grace.say(&room, "one").await, "id");
    linus.say(&room, "two").await;
    grace.put(&format!("/messages/{first}"), json!({ "roomId": room, "text": "ONE" })).await;
    let say = json!({ "roomId": room, "text": "four" });
    assert_eq!(linus.refused(Method::POST, "/messages", Some(say.clone())).await.0, 429);
    let edit = grace.refused(Method::PUT, &format!("/messages/{first}"), Some(json!({ "roomId": room, "text": "1" }))).await;
    assert_eq!(edit.0, 429);
    grace.say(&other, "elsewhere").await;
    assert_eq!(texts(&grace.all(&format!("/messages?roomId={room}")).await), ["two", "ONE"]);
    still.advance(10);
    linus.post("/messages", say).await;

    // A conversation of two is a room, too, before its first message.
    for _ in 0..2 {
        grace.post("/messages", json!({ "toPersonId": linus_id, "text": "psst" })).await;
    }
    let direct = linus.post("/messages", json!({ "toPersonEmail": "grace@sandbox.example", "text": "what?" })).await;
    let say = json!({ "roomId": direct["roomId"], "text": "too many" });
    assert_eq!(grace.refused(Method::POST, "/messages", Some(say)).await.0, 429);
}

#[tokio::test]
async fn nothing_is_limited_until_somebody_says_so_and_a_limit_of_nothing_is_refused() {
    let sandbox = start().await;
    let url = format!("{}/sandbox/limits", sandbox.base_url());
    let limits: Value = http().get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(limits, json!({ "per_token": null, "per_room": null }));
    let put = |body: Value| http().put(&url).json(&body).send();
    assert_eq!(put(json!({ "per_token": { "requests": 0, "per_secs": 1 } })).await.unwrap().status(), 400);
    assert_eq!(put(json!({ "per_token": { "requests": 1, "per_secs": 3600 } })).await.unwrap().status(), 204);
    let grace = Client::grace(&sandbox);
    grace.me().await;
    assert_eq!(grace.refused(Method::GET, "/people/me", None).await.0, 429);
    http().post(format!("{}/sandbox/reset", sandbox.base_url())).send().await.unwrap();
    grace.me().await;
    grace.me().await;
}

#[tokio::test]
async fn staff_answer_guests_by_themselves_when_switched_on() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let guest = Client::guest(&sandbox, "ada", "Ada").await;
    let room = guest.room("Help").await;
    guest.post("/memberships", json!({ "roomId": room, "personEmail": "linus@sandbox.example" })).await;
    guest.say(&room, "nobody answers").await;
    sandbox.set_auto_responder(AutoResponder { is_on: true, text: "You said {text}".to_owned(), after_ms: 2000 }).unwrap();
    guest.say(&room, "hello").await;
    Client::linus(&sandbox).say(&room, "staff are not answered").await;
    let path = format!("/messages?roomId={room}");
    assert_eq!(guest.all(&path).await.len(), 3);
    still.advance(2);
    until("an answer", async || guest.all(&path).await.len() == 4).await;
    let messages = guest.all(&path).await;
    assert_eq!((&messages[0]["text"], &messages[0]["personEmail"]), (&json!("You said hello"), &json!("linus@sandbox.example")));

    let url = format!("{}/sandbox/auto-responder", sandbox.base_url());
    let switched: Value = http().get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(switched, json!({ "is_on": true, "text": "You said {text}", "after_ms": 2000 }));
    assert_eq!(http().put(&url).json(&json!({ "is_on": true, "text": " " })).send().await.unwrap().status(), 400);
}
