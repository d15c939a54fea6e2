//! What every answer has, whatever was asked.

use reqwest::Method;
use sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{Client, StillClock, http, refusal, start, text};

#[tokio::test]
async fn every_answer_carries_type_date_and_tracking_id() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let response = Client::grace(&sandbox).request(Method::GET, "/people/me/").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json;charset=UTF-8");
    assert_eq!(response.headers()["date"], "Thu, 01 Jan 2026 10:20:00 GMT");
    assert!(response.headers()["trackingid"].to_str().unwrap().starts_with("ROUTERGW_"));
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn no_token_a_bad_one_a_wrong_path_and_a_wrong_method_are_told_apart() {
    let sandbox = start().await;
    let url = |path: &str| format!("{}{path}", sandbox.base_url());
    let unauthorised = "The request requires a valid access token set in the Authorization request header.";
    assert_eq!(refusal(http().get(url("/v1/people/me")).send().await.unwrap()).await, (401, unauthorised.to_owned()));
    let bad = Client::new(&sandbox, "bad");
    assert_eq!(bad.refused(Method::GET, "/rooms", None).await, (401, unauthorised.to_owned()));
    let nowhere = (404, "The requested resource could not be found.".to_owned());
    assert_eq!(refusal(http().get(url("/people/me")).send().await.unwrap()).await, nowhere);
    let grace = Client::grace(&sandbox);
    assert_eq!(grace.refused(Method::GET, "/nothing", None).await, nowhere);
    assert_eq!(grace.refused(Method::PUT, "/rooms", None).await.0, 405);
    let plain = grace.request(Method::POST, "/messages").header("content-type", "text/plain").body("x").send().await.unwrap();
    assert_eq!(refusal(plain).await, (415, "Content type 'text/plain' not supported".to_owned()));
}

#[tokio::test]
async fn a_browser_may_call_from_anywhere() {
    let sandbox = start().await;
    let response = http()
        .request(Method::OPTIONS, format!("{}/v1/messages", sandbox.base_url()))
        .header("origin", "https://example.com")
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert!(response.headers()["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
    assert!(response.headers()["access-control-allow-methods"].to_str().unwrap().contains("PUT"));
}

#[tokio::test]
async fn padded_unpadded_and_bare_ids_are_one() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let me = grace.me().await;
    let id = text(&me, "id");
    assert!(!id.contains('='));
    use base64::Engine;
    let uri = String::from_utf8(base64::engine::general_purpose::STANDARD_NO_PAD.decode(&id).unwrap()).unwrap();
    let uuid = uri.rsplit('/').next().unwrap();
    for form in [id.clone(), format!("{id}="), format!("{id}%3D%3D"), uuid.to_owned()] {
        assert_eq!(grace.get(&format!("/people/{form}")).await["id"], me["id"], "{form}");
    }
    let room = grace.room("Help").await;
    assert_eq!(grace.say(&format!("{room}=="), "hi").await["roomId"], json!(room));
}

#[tokio::test]
async fn people_are_found_by_address_name_or_id_and_not_without() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let missing = grace.refused(Method::GET, "/people", None).await;
    assert_eq!(missing, (400, "Email, displayName, or id list should be specified.".to_owned()));
    let names = |items: Vec<Value>| items.iter().map(|person| text(person, "displayName")).collect::<Vec<_>>();
    assert_eq!(names(grace.all("/people?email=LINUS@sandbox.example").await), ["Linus Pauling"]);
    assert_eq!(names(grace.all("/people?displayName=mar").await), ["Maria Sanchez"]);
    assert_eq!(names(grace.all("/people?email=stranger@example.com").await), Vec::<String>::new());
    let me = grace.me().await;
    let found = grace.get(&format!("/people?id={},unknown", text(&me, "id"))).await;
    assert_eq!((&found["items"][0]["id"], &found["notFoundIds"]), (&me["id"], &json!(["unknown"])));
    let too_many = vec![text(&me, "id"); 86].join(",");
    assert_eq!(grace.refused(Method::GET, &format!("/people?id={too_many}"), None).await.0, 400);
    assert_eq!((&me["type"], &me["emails"]), (&json!("person"), &json!(["grace@sandbox.example"])));
    assert_eq!(Client::bot(&sandbox).me().await["type"], "bot");
}

#[tokio::test]
async fn forms_are_taken_like_json() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let room = grace.room("Help").await;
    let form = [("roomId", room.as_str()), ("markdown", "**a** & b")];
    let response = grace.request(Method::POST, "/messages").form(&form).send().await.unwrap();
    let message: Value = response.json().await.unwrap();
    assert_eq!((&message["html"], &message["text"]), (&json!("<p><strong>a</strong> &amp; b</p>"), &json!("a & b")));
}
