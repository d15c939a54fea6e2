//! Letting in, keeping alive, and ending.

use reqwest::{Method, StatusCode};
use sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Socket, register, two, uuid};
use crate::support::{Client, StillClock, start, text, until};

#[tokio::test]
async fn whoever_is_let_in_gets_a_ping_and_then_the_state_in_the_form_they_want() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let url = text(&register(&sandbox, &grace).await, "webSocketUrl");
    for (query, is_text) in [("", false), ("?outboundWireFormat=text&bufferStates=true", true)] {
        let mut socket = Socket::connect(&format!("{url}{query}"), None).await.unwrap();
        socket.authorise(&grace.token).await;
        assert_eq!(socket.frame().await, Message::Ping("".into()));
        let state = socket.frame().await;
        assert_eq!(state.is_text(), is_text);
        assert!(state.is_text() || state.is_binary());
        let state: Value = serde_json::from_str(state.to_text().unwrap()).unwrap();
        assert_eq!((&state["data"]["eventType"], &state["sequenceNumber"]), (&json!("mercury.buffer_state"), &json!(1)));
        assert_eq!(state["type"], Value::Null);
    }
}

#[tokio::test]
async fn a_token_in_the_header_is_enough_and_one_on_the_socket_is_read_all_the_same() {
    let sandbox = start().await;
    let (grace, linus) = (Client::grace(&sandbox), Client::linus(&sandbox));
    let url = text(&register(&sandbox, &grace).await, "webSocketUrl");
    let mut socket = Socket::connect(&url, Some(&grace.token)).await.unwrap();
    assert_eq!(socket.frame().await, Message::Ping("".into()));
    assert_eq!(socket.told().await["eventType"], "mercury.buffer_state");
    socket.authorise(&grace.token).await;
    socket.say(json!({ "id": "2", "type": "ping" })).await;
    assert_eq!(socket.message().await, json!({ "id": "2", "type": "pong" }));
    socket.authorise("nobody's").await;
    assert_eq!(socket.end().await, 4401);

    let refused = async |token: &str| match Socket::connect(&url, Some(token)).await {
        Err(Error::Http(answer)) => answer.status(),
        other => panic!("{:?}", other.err()),
    };
    assert_eq!(refused("nobody's").await, StatusCode::UNAUTHORIZED);
    assert_eq!(refused(&linus.token).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn whoever_does_not_say_who_they_are_is_put_out() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let (grace, linus) = (Client::grace(&sandbox), Client::linus(&sandbox));
    let url = text(&register(&sandbox, &grace).await, "webSocketUrl");
    let connect = async || Socket::connect(&url, None).await.unwrap();
    let mut bad = connect().await;
    bad.authorise("nobody's").await;
    assert_eq!(bad.end().await, 4401);
    let mut foreign = connect().await;
    foreign.authorise(&linus.token).await;
    assert_eq!(foreign.end().await, 4403);
    let mut rude = connect().await;
    rude.say(json!({ "id": "1", "type": "ping" })).await;
    assert_eq!(rude.end().await, 4400);

    let mut silent = connect().await;
    let mut last_moment = connect().await;
    still.advance(29);
    last_moment.authorise(&grace.token).await;
    assert_eq!(last_moment.frame().await, Message::Ping("".into()));
    still.advance(1);
    assert_eq!(silent.end().await, 1008);
}

#[tokio::test]
async fn a_ping_is_answered_with_its_id_and_acknowledgements_in_silence() {
    let sandbox = start().await;
    let mut socket = Socket::open(&sandbox, &Client::grace(&sandbox)).await;
    for rubbish in [json!({ "messageId": "1", "type": "ack" }), json!({ "type": "ack" }), json!({ "type": 5 }), json!([]), json!(null)] {
        socket.say(rubbish).await;
    }
    socket.say(json!({ "id": "the-same", "type": "ping" })).await;
    assert_eq!(socket.message().await, json!({ "id": "the-same", "type": "pong" }));
}

#[tokio::test]
async fn a_quiet_socket_is_pinged_before_the_most_impatient_client_gives_up() {
    let sandbox = start().await;
    let mut socket = Socket::open(&sandbox, &Client::grace(&sandbox)).await;
    // Nobody waits: the time of this thread jumps to where something happens.
    tokio::time::pause();
    for _ in 0..3 {
        let began = tokio::time::Instant::now();
        let frame = futures_util::StreamExt::next(&mut socket.0).await.unwrap().unwrap();
        assert_eq!(frame, Message::Ping("".into()));
        let quiet = began.elapsed().as_secs();
        assert!((5..15).contains(&quiet), "{quiet}");
    }
}

#[tokio::test]
async fn a_second_socket_of_a_device_takes_the_place_of_the_first() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let device = register(&sandbox, &grace).await;
    let mut first = Socket::open_device(&device, &grace).await;
    let mut second = Socket::open_device(&device, &grace).await;
    let mut other = Socket::open(&sandbox, &grace).await;
    assert_eq!(first.end().await, 4000);
    let room = grace.room("Help").await;
    for socket in [&mut second, &mut other] {
        assert_eq!(socket.activity().await["target"]["id"], uuid(&room));
    }
    let sockets = sandbox.mercury_sockets();
    assert_eq!(sockets.len(), 2);
    assert!(sockets.iter().all(|socket| socket.person_id == sandbox.credentials().staff[0].person_id));
    assert!(sockets.iter().any(|socket| text(&device, "url").ends_with(&socket.device_id)));
}

#[tokio::test]
async fn a_socket_ends_when_its_token_does_and_hears_nothing_after() {
    let sandbox = start().await;
    let (guest, grace, room) = two(&sandbox).await;
    let mut theirs = Socket::open(&sandbox, &guest).await;
    let mut staffs = Socket::open(&sandbox, &grace).await;
    sandbox.expire_access_tokens().unwrap();
    grace.say(&room, "Too late").await;
    assert_eq!(theirs.frame().await, Message::Close(Some(close(4401, "unauthorized"))));
    assert_eq!(staffs.activity().await["object"]["displayName"], "Too late");
    // One that nobody tells anything ends all the same, by the clock.
    let sandbox = start().await;
    let again = Client::guest(&sandbox, "ben", "Ben").await;
    let mut quiet = Socket::open(&sandbox, &again).await;
    assert!(sandbox.advance_clock(std::time::Duration::from_secs(64_799)));
    assert_eq!(quiet.end().await, 4401);
}

fn close(code: u16, reason: &'static str) -> tokio_tungstenite::tungstenite::protocol::CloseFrame {
    tokio_tungstenite::tungstenite::protocol::CloseFrame { code: code.into(), reason: reason.into() }
}

#[tokio::test]
async fn a_deleted_device_has_no_socket_and_one_nobody_knows_neither() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let device = register(&sandbox, &grace).await;
    let mut socket = Socket::open_device(&device, &grace).await;
    // One that has not said yet whose it is.
    let mut late = Socket::connect(&text(&device, "webSocketUrl"), None).await.unwrap();
    grace.delete(&text(&device, "url")).await;
    assert_eq!(socket.end().await, 1000);
    late.authorise(&grace.token).await;
    assert_eq!(late.end().await, 1000);
    assert!(sandbox.mercury_sockets().is_empty());
    let refused = Socket::connect(&text(&device, "webSocketUrl"), Some(&grace.token)).await.err();
    assert!(matches!(refused, Some(Error::Http(answer)) if answer.status() == StatusCode::NOT_FOUND));
    assert_eq!(grace.refused(Method::GET, &super::service(&sandbox, "/wdm/api/v1/devices"), None).await.0, 404);
}

#[tokio::test]
async fn sockets_end_when_the_sandbox_stops_and_when_it_begins_again() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let (device, mut waiting) = (register(&sandbox, &grace).await, Socket::open(&sandbox, &grace).await);
    sandbox.reset().unwrap();
    assert_eq!(waiting.end().await, 1001);
    assert_eq!(grace.refused(Method::DELETE, &text(&device, "url"), None).await.0, 404);

    let mut socket = Socket::open(&sandbox, &grace).await;
    let url = text(&register(&sandbox, &grace).await, "webSocketUrl");
    let mut unknown = Socket::connect(&url, None).await.unwrap();
    let began = std::time::Instant::now();
    let (_, first, second) = tokio::join!(sandbox.stop(), socket.end(), unknown.end());
    assert_eq!((first, second), (1001, 1001));
    assert!(began.elapsed() < std::time::Duration::from_secs(2));
}

#[tokio::test]
async fn a_socket_whose_client_is_gone_is_forgotten_and_a_farewell_is_returned() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let (lost, mut polite) = (Socket::open(&sandbox, &grace).await, Socket::open(&sandbox, &grace).await);
    assert_eq!(sandbox.mercury_sockets().len(), 2);
    drop(lost);
    polite.0.close(Some(close(1000, "Done"))).await.unwrap();
    assert_eq!(polite.frame().await, Message::Close(Some(close(1000, "Done"))));
    until("nobody is connected", async || sandbox.mercury_sockets().is_empty()).await;
}
