//! What tests switch.

use reqwest::{Method, StatusCode};
use sandbox::{MercuryRules, Sandbox, SandboxConfig};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

use super::{Socket, register, service, two, type_in, uuid};
use crate::support::{Client, StillClock, http, start, text, until};

/// The staff has been told of typing, and of everything before it, wherever it went.
async fn all_is_told(sandbox: &Sandbox, guest: &Client, room: &str) {
    let before = sandbox.typing_heard().len();
    type_in(sandbox, guest, room, "status.stop_typing").await;
    until("typing", async || sandbox.typing_heard().len() > before).await;
}

#[tokio::test]
async fn a_silent_mercury_keeps_its_sockets_and_tells_nothing() {
    let sandbox = start().await;
    let (guest, grace, room) = two(&sandbox).await;
    let mut socket = Socket::open(&sandbox, &grace).await;
    for rules in
        [MercuryRules { is_silent: true, ..MercuryRules::default() }, MercuryRules { loses_percent: 100, ..MercuryRules::default() }]
    {
        sandbox.set_mercury_rules(rules).unwrap();
        guest.say(&room, "unheard").await;
        all_is_told(&sandbox, &guest, &room).await;
        socket.say(json!({ "id": "1", "type": "ping" })).await;
        assert_eq!(socket.message().await["type"], "pong");
        // New ones are let in as ever.
        Socket::open(&sandbox, &grace).await;
    }
    sandbox.set_mercury_rules(MercuryRules::default()).unwrap();
    guest.say(&room, "heard").await;
    let envelope = socket.message().await;
    assert_eq!(envelope["data"]["activity"]["object"]["displayName"], "heard");
    // What was lost leaves no trace.
    assert_eq!(envelope["sequenceNumber"], 2);
}

#[tokio::test]
async fn what_happens_is_told_twice_or_later_and_stays_in_order() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let (guest, grace, room) = two(&sandbox).await;
    let mut socket = Socket::open(&sandbox, &grace).await;
    sandbox.set_mercury_rules(MercuryRules { duplicates_percent: 100, delay_ms: 5000, ..MercuryRules::default() }).unwrap();
    let first = uuid(&text(&guest.say(&room, "one").await, "id"));
    all_is_told(&sandbox, &guest, &room).await;
    sandbox.set_mercury_rules(MercuryRules::default()).unwrap();
    let second = uuid(&text(&guest.say(&room, "two").await, "id"));
    all_is_told(&sandbox, &guest, &room).await;
    socket.say(json!({ "id": "1", "type": "ping" })).await;
    assert_eq!(socket.message().await["type"], "pong");
    assert_eq!(sandbox.mercury_sockets()[0].told, 0);
    still.advance(5);
    let mut told = Vec::new();
    for _ in 0..5 {
        let data = socket.told().await;
        told.push(data["activity"]["id"].as_str().map(str::to_owned));
    }
    assert_eq!(told, [Some(first.clone()), Some(first), None, None, Some(second)]);
}

#[tokio::test]
async fn a_mercury_that_refuses_lets_nobody_new_in() {
    let sandbox = start().await;
    let (guest, grace, room) = two(&sandbox).await;
    let device = register(&sandbox, &grace).await;
    let mut socket = Socket::open(&sandbox, &grace).await;
    let url = service(&sandbox, "/sandbox/mercury");
    let put = |rules: Value| http().put(&url).json(&rules).send();
    assert_eq!(put(json!({ "is_refused": true })).await.unwrap().status(), 204);
    assert_eq!(put(json!({ "loses_percent": 101 })).await.unwrap().status(), 400);
    assert_eq!(grace.refused(Method::POST, &service(&sandbox, "/wdm/api/v1/devices"), Some(json!({}))).await.0, 503);
    let refused = Socket::connect(&text(&device, "webSocketUrl"), None).await.err();
    assert!(matches!(refused, Some(Error::Http(answer)) if answer.status() == StatusCode::SERVICE_UNAVAILABLE));
    guest.say(&room, "still heard").await;
    assert_eq!(socket.activity().await["object"]["displayName"], "still heard");
    sandbox.reset().unwrap();
    let usual = json!({ "is_refused": false, "is_silent": false, "loses_percent": 0, "duplicates_percent": 0, "delay_ms": 0 });
    assert_eq!(http().get(&url).send().await.unwrap().json::<Value>().await.unwrap(), usual);
}

#[tokio::test]
async fn sockets_end_as_somebody_wants_it() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let mut socket = Socket::open(&sandbox, &grace).await;
    assert_eq!(sandbox.close_mercury_sockets(999, ""), 0);
    assert_eq!(sandbox.close_mercury_sockets(1011, "on purpose"), 1);
    assert_eq!(socket.end().await, 1011);

    let mut socket = Socket::open(&sandbox, &grace).await;
    let listed: Value = http().get(service(&sandbox, "/sandbox/mercury/sockets")).send().await.unwrap().json().await.unwrap();
    assert_eq!(listed[0]["person_id"], text(&grace.me().await, "id"));
    let close = http().post(service(&sandbox, "/sandbox/mercury/close")).json(&json!({ "code": 1006 })).send().await.unwrap();
    assert_eq!(close.json::<Value>().await.unwrap(), json!({ "count": 1 }));
    // Nothing is said; the connection just ends.
    let ended = futures_util::StreamExt::next(&mut socket.0).await;
    assert!(matches!(ended, None | Some(Err(_))), "{ended:?}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_put_out() {
    let sandbox = start().await;
    let (guest, grace, room) = two(&sandbox).await;
    let device = register(&sandbox, &grace).await;
    let mut unread = Socket::connect(&text(&device, "webSocketUrl"), Some(&grace.token)).await.unwrap();
    until("it is connected", async || sandbox.mercury_sockets().len() == 1).await;
    let words = "x".repeat(7000);
    let mut said = 0;
    while !sandbox.mercury_sockets().is_empty() {
        guest.say(&room, &words).await;
        said += 1;
        assert!(said < 5000, "it still waits");
    }
    // What was sent before arrives, and then the end.
    while let Some(Ok(frame)) = futures_util::StreamExt::next(&mut unread.0).await {
        assert!(!frame.is_text());
    }
}
