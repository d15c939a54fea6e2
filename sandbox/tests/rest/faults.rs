//! Trouble on purpose.

use reqwest::Method;
use sandbox::{CredentialKind, Fault, FaultEffect, Sandbox, SandboxConfig};
use serde_json::json;

use crate::support::{Client, StillClock, http, start, text, texts, until};

#[tokio::test]
async fn an_answer_that_was_dropped_after_the_effect_left_its_message() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let room = grace.room("Help").await;
    let say = |words: &str| grace.request(Method::POST, "/messages").json(&json!({ "roomId": room, "text": words })).send();

    sandbox.add_fault(Fault::drop_after("POST", "/v1/messages")).unwrap();
    assert!(say("stored").await.is_err());
    sandbox.add_fault(Fault::drop_before("POST", "/v1/messages")).unwrap();
    assert!(say("lost").await.is_err());
    say("plain").await.unwrap();

    assert_eq!(texts(&grace.all(&format!("/messages?roomId={room}")).await), ["plain", "stored"]);
}

#[tokio::test]
async fn a_faulty_answer_has_its_status_and_when_to_come_back() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let body = json!({ "method": "GET", "path_prefix": "/v1/people", "count": 2, "effect": { "kind": "answer", "status": 429, "retry_after_secs": 7 } });
    let faults = format!("{}/sandbox/faults", sandbox.base_url());
    assert_eq!(http().post(&faults).json(&body).send().await.unwrap().status(), 204);

    let response = grace.request(Method::GET, "/people/me").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(grace.refused(Method::GET, "/people/me", None).await.0, 429);
    grace.me().await;

    sandbox.add_fault(Fault::answer("*", "/v1", 503).times(9)).unwrap();
    http().delete(&faults).send().await.unwrap();
    grace.me().await;
}

#[tokio::test]
async fn the_journal_tells_who_asked_what_and_no_secret() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    grace.me().await;
    sandbox.add_fault(Fault::drop_before("GET", "/v1/rooms")).unwrap();
    assert!(grace.request(Method::GET, "/rooms?max=3").send().await.is_err());
    Client::new(&sandbox, "nonsense").refused(Method::GET, "/rooms", None).await;

    let requests = sandbox.requests();
    let seen: Vec<_> = requests.iter().map(|entry| (entry.path.as_str(), entry.query.as_str(), entry.status, entry.credential)).collect();
    let expected = [
        ("/v1/people/me", "", Some(200), CredentialKind::Staff),
        ("/v1/rooms", "max=3", None, CredentialKind::Staff),
        ("/v1/rooms", "", Some(401), CredentialKind::Unknown),
    ];
    assert_eq!(seen, expected);
    let journal = http().get(format!("{}/sandbox/journal", sandbox.base_url())).send().await.unwrap().text().await.unwrap();
    assert!(!journal.contains(&grace.token) && !journal.contains("nonsense"));
    let newest = http().get(format!("{}/sandbox/journal?newest=1", sandbox.base_url())).send().await.unwrap();
    let newest: Vec<serde_json::Value> = newest.json().await.unwrap();
    assert_eq!((newest.len(), &newest[0]["status"]), (1, &json!(401)));
    assert!(requests[1].is_fault);
    let id = text(&grace.me().await, "id");
    let whose: Vec<_> = requests.iter().map(|entry| entry.person_id.as_deref()).collect();
    assert_eq!(whose, [Some(&*id), Some(&*id), None]);
}

#[tokio::test]
async fn what_was_asked_may_be_done_long_after_the_connection_was_lost() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let grace = Client::grace(&sandbox);
    let room = grace.room("Help").await;
    sandbox.add_fault(Fault::done_late("POST", "/v1/messages", 30_000)).unwrap();
    let said = grace.request(Method::POST, "/messages").json(&json!({ "roomId": room, "text": "late" })).send().await;
    assert!(said.is_err());
    grace.say(&room, "prompt").await;
    let path = format!("/messages?roomId={room}");
    assert_eq!(texts(&grace.all(&path).await), ["prompt"]);
    still.advance(31);
    until("it is done", async || grace.all(&path).await.len() == 2).await;
    assert_eq!(texts(&grace.all(&path).await), ["late", "prompt"]);
}

#[tokio::test]
async fn a_body_may_come_slowly_or_end_in_the_middle() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let grace = Client::grace(&sandbox);
    let add = |effect: serde_json::Value| {
        let body = json!({ "method": "GET", "path_prefix": "/v1/people/me", "effect": effect });
        http().post(format!("{}/sandbox/faults", sandbox.base_url())).json(&body).send()
    };
    assert_eq!(add(json!({ "kind": "drop_midway" })).await.unwrap().status(), 204);
    let answer = grace.request(Method::GET, "/people/me").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());

    add(json!({ "kind": "slow_body", "ms": 5000 })).await.unwrap();
    let answer = grace.request(Method::GET, "/people/me").send().await.unwrap();
    // The head is here although no time has passed.
    assert_eq!(answer.status(), 200);
    let reading = tokio::spawn(answer.bytes());
    for _ in 0..10 {
        assert!(!reading.is_finished());
        still.advance(1);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        if reading.is_finished() {
            break;
        }
    }
    still.advance(5);
    let bytes = reading.await.unwrap().unwrap();
    assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused_in_words() {
    let sandbox = start().await;
    for (effect, expected) in [
        (json!({ "kind": "answer", "status": 200 }), "not the status of an error"),
        (json!({ "kind": "twice" }), "WEBHOOK"),
        (json!({ "kind": "slow", "ms": -1 }), "-1"),
        (json!({ "kind": "explode" }), "explode"),
    ] {
        let body = json!({ "path_prefix": "/v1", "effect": effect });
        let answer = http().post(format!("{}/sandbox/faults", sandbox.base_url())).json(&body).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{body}");
        let words = answer.text().await.unwrap();
        assert!(words.contains(expected), "{words}");
    }
    assert_eq!(sandbox.faults(), []);
}

#[tokio::test]
async fn only_some_requests_meet_an_unlikely_fault_and_the_seed_says_which() {
    let met = async |seed| {
        let sandbox = start().await;
        let grace = Client::grace(&sandbox);
        sandbox.add_fault(Fault::answer("GET", "/v1", 503).times(1000).with_probability(0.5, seed)).unwrap();
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(grace.request(Method::GET, "/people/me").send().await.unwrap().status().as_u16());
        }
        statuses
    };
    let (first, again, other) = (met(1).await, met(1).await, met(2).await);
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert!(first.contains(&200) && first.contains(&503));
}

#[tokio::test]
async fn nothing_of_a_webhook_happens_to_a_client() {
    let sandbox = start().await;
    sandbox.add_fault(Fault::webhook("/", FaultEffect::DropBefore)).unwrap();
    let grace = Client::grace(&sandbox);
    let response = grace.request(Method::from_bytes(b"WEBHOOK").unwrap(), "/people/me").send().await.unwrap();
    assert_eq!(response.status(), 405);
    grace.me().await;
}
