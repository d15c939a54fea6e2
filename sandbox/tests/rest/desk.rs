//! The desk's calls, and whom they keep out.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, http, start, text};

#[tokio::test]
async fn what_is_said_at_the_desk_reaches_the_room() {
    let sandbox = start().await;
    let guest = Client::guest(&sandbox, "ada", "Ada").await;
    let room = guest.room("Help").await;
    guest.post("/memberships", json!({ "roomId": room, "personEmail": "grace@sandbox.example" })).await;
    guest.say(&room, "Anybody there?").await;

    let desk = format!("{}/desk/api", sandbox.base_url());
    let get = async |path: String| http().get(path).send().await.unwrap().json::<Value>().await.unwrap();
    let grace = text(&get(format!("{desk}/desk")).await["staff"][0], "id");
    let rooms = get(format!("{desk}/rooms?as={grace}")).await;
    assert_eq!((&rooms[0]["title"], &rooms[0]["last_message"]["text"]), (&json!("Help"), &json!("Anybody there?")));
    let path = format!("{desk}/rooms/{room}/messages");
    let reply = http().post(&path).json(&json!({ "as": grace, "text": "Yes!" })).send().await.unwrap();
    assert_eq!(reply.status(), 200);

    let said = get(format!("{path}?as={grace}")).await;
    assert_eq!((&said[1]["author"], &said[1]["text"], &said[1]["is_own"]), (&json!("Grace Hopper"), &json!("Yes!"), &json!(true)));
    assert_eq!(guest.all(&format!("/messages?roomId={room}")).await[0]["personEmail"], "grace@sandbox.example");
    let in_rust = sandbox.reply_as_staff("Grace Hopper", &room, "Still here").unwrap();
    assert_eq!(sandbox.messages_titled("Help").last(), Some(&in_rust));
}

#[tokio::test]
async fn the_desk_tells_of_changes_and_lets_go_when_the_sandbox_stops() {
    let sandbox = start().await;
    let mut events = http().get(format!("{}/desk/api/events", sandbox.base_url())).send().await.unwrap();
    assert!(events.chunk().await.unwrap().is_some());
    Client::grace(&sandbox).room("Help").await;
    let told = events.chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&told).contains("event: changed"));
    sandbox.stop().await;
    assert!(matches!(events.chunk().await, Ok(None)));
}

#[tokio::test]
async fn other_names_and_other_pages_are_kept_out() {
    let sandbox = start().await;
    let url = |path: &str| format!("{}{path}", sandbox.base_url());
    for path in ["/desk", "/desk/api/desk", "/sandbox/credentials.json"] {
        let rebound = http().get(url(path)).header("host", "evil.example").send().await.unwrap();
        assert_eq!(rebound.status(), 403, "{path}");
    }
    for (method, path) in [(Method::POST, "/sandbox/reset"), (Method::DELETE, "/sandbox/faults")] {
        let foreign = http().request(method, url(path)).header("origin", "https://evil.example").send().await.unwrap();
        assert_eq!(foreign.status(), 403, "{path}");
    }
    let page = http().get(url("/desk")).send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'; script-src 'self'"));
    assert_eq!(http().get(url("/")).send().await.unwrap().headers()["location"], "/desk");
}
