//! Cards, and what people fill into them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, refusal, start, text};

fn card() -> Value {
    let input = json!({ "type": "Input.Text", "id": "name", "label": "Name", "isRequired": true, "errorMessage": "Write your name." });
    let content = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.3",
        "body": [input], "actions": [{ "type": "Action.Submit", "title": "Send" }]
    });
    json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": content })
}

#[tokio::test]
async fn a_card_is_kept_as_it_came_and_what_is_filled_in_is_found_again() {
    let sandbox = start().await;
    let (grace, linus) = (Client::grace(&sandbox), Client::linus(&sandbox));
    let room = grace.room("Help").await;
    grace.add(&room, &text(&linus.me().await, "id")).await;
    let message = grace.post("/messages", json!({ "roomId": room, "text": "fallback", "attachments": [card()] })).await;
    assert_eq!((&message["attachments"], &message["text"]), (&json!([card()]), &json!("fallback")));

    let submit = json!({ "type": "submit", "messageId": message["id"], "inputs": { "name": "Linus", "more": [1, null] } });
    let action = linus.post_with_null("/attachment/actions", submit).await;
    assert_eq!(action["inputs"], json!({ "name": "Linus", "more": [1, null] }));
    assert_eq!((&action["type"], &action["messageId"], &action["roomId"]), (&json!("submit"), &message["id"], &json!(room)));
    assert_eq!(action["personId"], linus.me().await["id"]);
    let path = format!("/attachment/actions/{}", text(&action, "id"));
    let found = grace.request(Method::GET, &path).send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(found, action);
    let stranger = Client::guest(&sandbox, "ada", "Ada").await;
    assert_eq!(stranger.refused(Method::GET, &path, None).await.0, 404);
}

#[tokio::test]
async fn cards_and_actions_that_make_no_sense_are_refused() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let room = grace.room("Help").await;
    let newer = json!({ "contentType": card()["contentType"], "content": { "type": "AdaptiveCard", "version": "1.5" } });
    for (body, expected) in [
        (json!({ "roomId": room, "attachments": [card()] }), "cannot be empty"),
        (json!({ "roomId": room, "text": "two", "attachments": [card(), card()] }), "Only one attachment"),
        (json!({ "roomId": room, "text": "new", "attachments": [newer] }), "version 1.3"),
        (json!({ "roomId": room, "text": "odd", "attachments": [{ "contentType": "image/png", "content": {} }] }), "contentType"),
    ] {
        let (status, message) = grace.refused(Method::POST, "/messages", Some(body.clone())).await;
        assert_eq!(status, 400, "{body}");
        assert!(message.contains(expected), "{message}");
    }
    let form = reqwest::multipart::Form::new().text("roomId", room.clone()).text("text", "both");
    let form = form
        .text("attachments", json!([card()]).to_string())
        .part("files", reqwest::multipart::Part::bytes(b"a".as_slice()).file_name("a.txt"));
    let both = refusal(grace.request(Method::POST, "/messages").multipart(form).send().await.unwrap()).await;
    assert_eq!(both, (400, "Attachments cannot be combined with files.".to_owned()));
    let with_card = text(&grace.post("/messages", json!({ "roomId": room, "text": "a", "attachments": [card()] })).await, "id");
    let edit = grace.refused(Method::PUT, &format!("/messages/{with_card}"), Some(json!({ "roomId": room, "text": "b" }))).await;
    assert_eq!(edit.0, 400);
    let without = text(&grace.say(&room, "no card").await, "id");
    for (body, status) in [
        (json!({ "type": "submit", "messageId": without, "inputs": {} }), 400),
        (json!({ "type": "press", "messageId": with_card, "inputs": {} }), 400),
        (json!({ "messageId": with_card }), 400),
        (json!({ "type": "submit" }), 400),
        (json!({ "type": "submit", "messageId": with_card, "inputs": "all" }), 400),
        (json!({ "type": "submit", "messageId": "unknown" }), 404),
    ] {
        assert_eq!(grace.refused(Method::POST, "/attachment/actions", Some(body.clone())).await.0, status, "{body}");
    }
}
