//! Whatever the API took, strange or deep, is there again after a restart, byte by byte, and a client can read it.

use reqwest::Method;
use sandbox::{AutoResponder, Sandbox, SandboxConfig};
use serde_json::Value;

use super::SEED;
use super::fixture::{CARD, Fixture, Spare};
use super::judge::Place;
use super::subjects::subjects;
use super::wire::{Body, Sketch, exchange};
use crate::support::{Client, http, text};

/// How many requests of every kind that leaves something.
const REQUESTS: usize = 20;
/// Deeper than any reader of JSON here goes.
const DEEPEST: usize = 140;

/// Everything Grace sees.
async fn seen_by(grace: &Client, base_url: &str) -> Vec<String> {
    let mut paths = ["/people/me", "/rooms?max=1000", "/memberships?max=1000", "/webhooks?max=1000"].map(str::to_owned).to_vec();
    let rooms: Value = grace.request(Method::GET, "/rooms?max=1000").send().await.unwrap().json().await.unwrap();
    for room in rooms["items"].as_array().unwrap() {
        let id = text(room, "id");
        paths.extend([format!("/memberships?roomId={id}&max=1000"), format!("/messages?roomId={id}&max=1000")]);
    }
    let mut seen = Vec::new();
    for path in paths {
        let response = grace.request(Method::GET, &path).send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers().get("link")), (200, None), "{path}");
        let body = response.text().await.unwrap();
        if let Err(error) = serde_json::from_str::<Value>(&body) {
            panic!("a client cannot read {path}: {error}");
        }
        // The port is another one after a restart.
        seen.push(format!("{path} {}", body.replace(base_url, "")));
    }
    seen
}

/// A card with so many objects in each other.
fn deep_card(fixture: &Fixture, depth: usize) -> Sketch {
    let (room, open, close) = (&fixture.room, "{\"a\":".repeat(depth), "}".repeat(depth));
    let content = format!(r#"{{"type":"AdaptiveCard","version":"1.0","body":{open}1{close}}}"#);
    let body = format!(r#"{{"roomId":"{room}","text":"card","attachments":[{{"contentType":"{CARD}","content":{content}}}]}}"#);
    let body = Body::Raw { content_type: Some("application/json".to_owned()), bytes: body.into_bytes() };
    Sketch::new("POST", "/v1/messages").bearer(&fixture.grace.token).body(body)
}

#[tokio::test]
async fn whatever_was_accepted_is_found_again_after_a_restart() {
    let data_dir = tempfile::tempdir().unwrap();
    let config = || SandboxConfig { data_dir: Some(data_dir.path().to_owned()), ..SandboxConfig::loopback() };
    let http = http();
    let mut fixture = Fixture::new(&http, config(), SEED, Spare::Messages, REQUESTS as u64).await;
    // Nobody says anything by themselves.
    fixture.sandbox.set_auto_responder(AutoResponder::default()).unwrap();
    let leaves_something = |path: &str| !path.ends_with("token") && !path.ends_with("login");
    for subject in
        subjects().into_iter().filter(|subject| subject.place == Place::Rest && subject.reads_body && leaves_something(subject.path))
    {
        for _ in 0..REQUESTS {
            let sketch = (subject.valid)(&mut fixture);
            let answer = exchange(fixture.sandbox.address(), &sketch).await.unwrap();
            assert!(answer.status == 200 || subject.path.contains("access"), "{} {}: {answer:?}", subject.method, subject.path);
        }
    }
    let mut deepest = 0;
    for depth in 1..=DEEPEST {
        let answer = exchange(fixture.sandbox.address(), &deep_card(&fixture, depth)).await.unwrap();
        assert!(answer.status == 200 || answer.status == 400, "{answer:?}");
        deepest = if answer.status == 200 { depth } else { deepest };
    }
    println!("the deepest card that was taken has {deepest} objects in each other");
    assert!((20..DEEPEST).contains(&deepest), "{deepest}");
    let Fixture { sandbox, grace, .. } = fixture;
    let before = seen_by(&grace, &sandbox.base_url()).await;
    sandbox.stop().await;

    let sandbox = Sandbox::start(config()).await.unwrap();
    let grace = Client::sharing(&http, &sandbox, grace.token);
    let after = seen_by(&grace, &sandbox.base_url()).await;
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
}
