//! Trouble on purpose.

use reqwest::Method;
use sandbox::{CredentialKind, Fault};
use serde_json::json;

use crate::support::{Client, http, start, texts};

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
    assert!(requests[1].is_fault);
}
