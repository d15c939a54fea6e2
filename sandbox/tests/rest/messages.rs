//! Messages: order, limits, edits, who may see them.

use reqwest::Method;
use sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{Client, StillClock, next_link, start, text, texts};

async fn numbered(grace: &Client, count: usize) -> (String, Vec<Value>) {
    let room = grace.room("Help").await;
    let mut messages = Vec::new();
    for number in 1..=count {
        messages.push(grace.say(&room, &number.to_string()).await);
    }
    (room, messages)
}

#[tokio::test]
async fn messages_come_newest_first_page_by_page_even_in_one_millisecond() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let grace = Client::grace(&sandbox);
    let (room, _) = numbered(&grace, 7).await;

    let all = grace.all(&format!("/messages?roomId={room}&max=3")).await;
    assert_eq!(texts(&all), ["7", "6", "5", "4", "3", "2", "1"]);
    let response = grace.request(Method::GET, &format!("/messages?roomId={room}&max=7")).send().await.unwrap();
    assert_eq!(next_link(&response), None);
}

#[tokio::test]
async fn both_bounds_are_exclusive_and_a_deleted_cursor_is_tolerated() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let grace = Client::grace(&sandbox);
    let room = grace.room("Help").await;
    let mut messages = Vec::new();
    for words in ["a", "b", "c", "d"] {
        still.advance(1);
        messages.push(grace.say(&room, words).await);
    }
    let before = format!("/messages?roomId={room}&before={}", text(&messages[3], "created"));
    assert_eq!(texts(&grace.all(&before).await), ["c", "b", "a"]);
    let cursor = text(&messages[2], "id");
    grace.delete(&format!("/messages/{cursor}")).await;
    assert_eq!(texts(&grace.all(&format!("/messages?roomId={room}&beforeMessage={cursor}")).await), ["b", "a"]);
    assert_eq!(grace.refused(Method::GET, &format!("/messages/{cursor}"), None).await, (404, "Unable to get message.".to_owned()));
}

#[tokio::test]
async fn the_limit_counts_bytes() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let room = grace.room("Help").await;
    grace.say(&room, &"a".repeat(7439)).await;
    let message = "Unable to post message to room: Message length limited to 7439 characters before encryption and 10000 characters after encryption.";
    for words in ["a".repeat(7440), "é".repeat(3720)] {
        for name in ["text", "markdown"] {
            let body = json!({ "roomId": room, name: words });
            assert_eq!(grace.refused(Method::POST, "/messages", Some(body)).await, (400, message.to_owned()));
        }
    }
}

#[tokio::test]
async fn a_message_needs_one_destination_and_some_words() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let room = grace.room("Help").await;
    let destination =
        "Message destination could not be determined. Provide only one destination in the roomId, toPersonEmail, or toPersonId field";
    let cases = [
        (json!({ "text": "x" }), destination),
        (json!({ "roomId": room, "toPersonEmail": "linus@sandbox.example", "text": "x" }), destination),
        (json!({ "roomId": room }), "Both text and file cannot be empty."),
        (json!({ "roomId": room, "text": 5 }), "The request could not be understood by the server due to malformed syntax."),
    ];
    for (body, message) in cases {
        assert_eq!(grace.refused(Method::POST, "/messages", Some(body)).await, (400, message.to_owned()));
    }
    let missing = grace.refused(Method::GET, "/messages", None).await;
    assert_eq!(missing, (400, "Required String parameter 'roomId' is not present".to_owned()));
}

#[tokio::test]
async fn a_message_can_be_edited_ten_times_and_keeps_its_id() {
    let sandbox = start().await;
    let (grace, linus) = (Client::grace(&sandbox), Client::linus(&sandbox));
    let (room, messages) = numbered(&grace, 1).await;
    grace.add(&room, &text(&linus.me().await, "id")).await;
    let path = format!("/messages/{}", text(&messages[0], "id"));
    assert!(messages[0].get("updated").is_none());
    assert_eq!(linus.refused(Method::PUT, &path, Some(json!({ "roomId": room, "text": "x" }))).await.0, 403);
    assert_eq!(grace.refused(Method::PUT, &path, Some(json!({ "text": "x" }))).await.0, 400);
    for number in 1..=10 {
        let edited = grace.put(&path, json!({ "roomId": room, "markdown": format!("**{number}**") })).await;
        assert_eq!(edited["id"], messages[0]["id"]);
        assert_eq!(edited["html"], format!("<p><strong>{number}</strong></p>"));
        assert!(edited["updated"].is_string());
    }
    assert_eq!(grace.refused(Method::PUT, &path, Some(json!({ "roomId": room, "text": "11" }))).await.0, 400);
    assert_eq!(grace.get(&path).await["text"], "10");
    assert_eq!(linus.refused(Method::DELETE, &path, None).await.0, 403);
    grace.delete(&path).await;
    assert_eq!(grace.refused(Method::DELETE, &path, None).await, (404, "Unable to delete message.".to_owned()));
}

#[tokio::test]
async fn who_is_not_in_the_room_cannot_tell_that_it_exists() {
    let sandbox = start().await;
    let (grace, linus) = (Client::grace(&sandbox), Client::linus(&sandbox));
    let (room, messages) = numbered(&grace, 1).await;
    let gone = (404, "Could not find a room with provided ID.".to_owned());
    assert_eq!(linus.refused(Method::GET, &format!("/messages?roomId={room}"), None).await, gone);
    assert_eq!(linus.refused(Method::POST, "/messages", Some(json!({ "roomId": room, "text": "x" }))).await, gone);
    assert_eq!(linus.refused(Method::GET, &format!("/memberships?roomId={room}"), None).await, gone);
    assert_eq!(linus.refused(Method::GET, &format!("/messages/{}", text(&messages[0], "id")), None).await.0, 404);
}

#[tokio::test]
async fn a_reply_belongs_to_its_thread_and_to_the_room() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let (room, messages) = numbered(&grace, 2).await;
    let parent = text(&messages[0], "id");
    let reply = grace.post("/messages", json!({ "roomId": room, "parentId": parent, "text": "reply" })).await;
    assert_eq!(reply["parentId"], json!(parent));
    assert_eq!(texts(&grace.all(&format!("/messages?roomId={room}&parentId={parent}")).await), ["reply"]);
    assert_eq!(texts(&grace.all(&format!("/messages?roomId={room}")).await), ["reply", "2", "1"]);
    let deeper = json!({ "roomId": room, "parentId": reply["id"], "text": "deeper" });
    assert_eq!(grace.refused(Method::POST, "/messages", Some(deeper)).await.0, 400);
}

#[tokio::test]
async fn a_bot_sees_of_a_group_room_only_what_mentions_it() {
    let sandbox = start().await;
    let (grace, bot) = (Client::grace(&sandbox), Client::bot(&sandbox));
    let room = grace.room("Help").await;
    let bot_id = text(&bot.me().await, "id");
    grace.add(&room, &bot_id).await;
    let unseen = grace.say(&room, "among us").await;
    let mention = grace.post("/messages", json!({ "roomId": room, "markdown": format!("<@personId:{bot_id}> help") })).await;
    assert_eq!(mention["mentionedPeople"], json!([bot_id]));
    assert_eq!(mention["text"], "Guest Portal Bot help");
    assert_eq!(bot.refused(Method::GET, &format!("/messages?roomId={room}"), None).await.0, 403);
    assert_eq!(bot.all(&format!("/messages?roomId={room}&mentionedPeople=me")).await.len(), 1);
    assert_eq!(bot.get(&format!("/messages/{}", text(&mention, "id"))).await["text"], mention["text"]);
    assert_eq!(bot.refused(Method::GET, &format!("/messages/{}", text(&unseen, "id")), None).await.0, 404);
}
