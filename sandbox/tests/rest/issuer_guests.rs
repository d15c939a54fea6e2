//! What a guest of the guest issuer may do with a token of their own, and whom a bot reaches.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::support::{Client, ok, start, text, texts};

const GRACE: &str = "grace@sandbox.example";

#[tokio::test]
async fn the_guest_of_the_tutorial_finds_their_room() {
    let sandbox = start().await;
    let vip = Client::issuer_guest(&sandbox, "guest-user-001", "VIP").await;
    let rooms = vip.all("/rooms").await;
    assert_eq!((rooms.len(), &rooms[0]["title"], &rooms[0]["type"]), (1, &json!("Grace Hopper"), &json!("direct")));
    let messages = vip.all(&format!("/messages?roomId={}", text(&rooms[0], "id"))).await;
    assert_eq!(texts(&messages), ["Thank you, I will.", "Welcome. Write to me whenever there is something I can do for you."]);
    assert_eq!(vip.me().await["displayName"], "VIP");
    let to_vip = format!("/messages/direct?personId={}", text(&vip.me().await, "id"));
    assert_eq!(Client::grace(&sandbox).all(&to_vip).await.len(), 2);
}

#[tokio::test]
async fn a_guest_makes_a_room_invites_staff_and_minds_their_own_messages() {
    let sandbox = start().await;
    let ada = Client::issuer_guest(&sandbox, "ada-1", "Ada").await;
    let room = ada.room("Help").await;
    let membership = ada.post("/memberships", json!({ "roomId": room, "personEmail": GRACE })).await;
    assert_eq!(membership["personDisplayName"], "Grace Hopper");
    let said = text(&ada.say(&room, "Helo").await, "id");
    let path = format!("/messages/{said}");
    ada.put(&path, json!({ "roomId": room, "text": "Hello" })).await;
    let theirs = sandbox.reply_as_staff(GRACE, &room, "Hi").unwrap();
    assert_eq!(texts(&ada.all(&format!("/messages?roomId={room}")).await), ["Hi", "Hello"]);
    let their_path = format!("/messages/{}", theirs.id);
    assert_eq!(ada.refused(Method::DELETE, &their_path, None).await.0, 403);
    assert_eq!(ada.refused(Method::PUT, &their_path, Some(json!({ "roomId": room, "text": "x" }))).await.0, 403);
    ada.delete(&path).await;
    assert_eq!(texts(&ada.all(&format!("/messages?roomId={room}")).await), ["Hi"]);
    let titles: Vec<String> = ada.all("/rooms").await.iter().map(|room| text(room, "title")).collect();
    assert_eq!(titles, ["Help"]);
}

#[tokio::test]
async fn a_guest_writes_to_one_of_the_staff_and_reads_what_comes_back_with_its_file() {
    let sandbox = start().await;
    let ada = Client::issuer_guest(&sandbox, "ada-1", "Ada").await;
    let form =
        Form::new().text("toPersonEmail", GRACE).text("text", "See this").part("files", Part::bytes(b"mine".to_vec()).file_name("a.txt"));
    let sent = ok(ada.request(Method::POST, "/messages").multipart(form).send().await.unwrap()).await;
    assert_eq!((&sent["roomType"], &sent["toPersonEmail"]), (&json!("direct"), &json!(GRACE)));
    let room = text(&sent, "roomId");
    let answer = sandbox.send_file_as_staff(GRACE, &room, "b.txt", "text/plain", b"yours", None).unwrap();
    let direct = ada.all(&format!("/messages/direct?personEmail={GRACE}")).await;
    assert_eq!((direct.len(), &direct[0]["files"]), (2, &json!([answer.files[0].url])));
    for (url, bytes) in [(sent["files"][0].as_str().unwrap(), "mine"), (&answer.files[0].url, "yours")] {
        assert_eq!(ada.request(Method::GET, url).send().await.unwrap().text().await.unwrap(), bytes);
    }
    let bob = Client::issuer_guest(&sandbox, "bob-1", "Bob").await;
    assert_eq!(bob.refused(Method::GET, &answer.files[0].url, None).await.0, 404);
}

#[tokio::test]
async fn a_bot_reaches_who_is_known_and_nobody_else() {
    let sandbox = start().await;
    let bot = Client::bot(&sandbox);
    let sent = bot.post("/messages", json!({ "toPersonEmail": GRACE, "markdown": "**Ada** waits" })).await;
    assert_eq!((&sent["roomType"], &sent["text"]), (&json!("direct"), &json!("Ada waits")));
    let nobody = (404, "Failed to find user with specified email address.".to_owned());
    for email in ["nobody@sandbox.example", "nobody", "hedy@gov.sandbox.example"] {
        let body = json!({ "toPersonEmail": email, "text": "x" });
        assert_eq!(bot.refused(Method::POST, "/messages", Some(body)).await, nobody, "{email}");
    }
    let room = sandbox.room_titled("Guest Portal Bot").unwrap();
    assert!(room.is_direct);
    assert_eq!(sandbox.messages(&room.id).len(), 1);
}
