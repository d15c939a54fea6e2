//! What is told, to whom, and in which order.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Socket, activities_url, service, two, type_in, typing_url, uuid};
use crate::support::{Client, start, text, until};

#[tokio::test]
async fn a_message_is_told_with_everything_clients_read_of_it() {
    let sandbox = start().await;
    let (guest, grace, room) = two(&sandbox).await;
    let mut socket = Socket::open(&sandbox, &grace).await;
    let me = guest.me().await;
    let markdown = "Hi <@personEmail:grace@sandbox.example>";
    let message = guest.post("/messages", json!({ "roomId": room, "markdown": markdown })).await;
    let envelope = socket.message().await;
    assert_eq!((&envelope["sequenceNumber"], &envelope["filterMessage"], &envelope["headers"]), (&json!(2), &json!(false), &json!({})));
    let person = uuid(&text(&me, "id"));
    let (base, id) = (service(&sandbox, "/conversation/api/v1"), uuid(&text(&message, "id")));
    let grace_uuid = uuid(&sandbox.credentials().staff[0].person_id);
    let expected = json!({ "eventType": "conversation.activity", "activity": {
        "id": id, "objectType": "activity", "verb": "post", "published": message["created"], "url": format!("{base}/activities/{id}"),
        "actor": { "id": person, "entryUUID": person, "objectType": "person", "type": "PERSON", "displayName": "Ada",
            "emailAddress": me["emails"][0], "orgId": sandbox.credentials().organisation.uuid },
        "object": { "objectType": "comment", "displayName": message["text"], "content": message["html"],
            "mentions": { "items": [{ "id": grace_uuid, "objectType": "person" }] } },
        "target": { "id": uuid(&room), "objectType": "conversation", "tags": [], "url": format!("{base}/conversations/{}", uuid(&room)) },
    } });
    assert_eq!(envelope["data"], expected);
}

#[tokio::test]
async fn everything_that_happens_in_a_room_is_told_in_its_order_to_its_doer_too() {
    let sandbox = start().await;
    let (guest, grace, _) = two(&sandbox).await;
    let mut socket = Socket::open(&sandbox, &grace).await;
    let room = grace.room("Plans").await;
    let ada = grace.add(&room, &text(&guest.me().await, "id")).await;
    let first = grace.say(&room, "one").await;
    let reply = json!({ "roomId": room, "parentId": first["id"], "text": "two" });
    grace.post("/messages", reply).await;
    let path = format!("/messages/{}", text(&first, "id"));
    grace.put(&path, json!({ "roomId": room, "text": "ONE" })).await;
    grace.delete(&path).await;
    let file = sandbox.send_file_as_staff("grace@sandbox.example", &room, "a.txt", "text/plain", b"abc", None).unwrap();
    grace.put(&format!("/rooms/{room}"), json!({ "title": "Other plans" })).await;
    grace.put(&format!("/rooms/{room}"), json!({ "title": "Other plans", "isLocked": true })).await;
    let membership = format!("/memberships/{}", text(&ada, "id"));
    grace.put(&membership, json!({ "isModerator": true })).await;
    grace.put(&membership, json!({ "isModerator": false })).await;
    grace.delete(&membership).await;

    let mut told = Vec::new();
    for _ in 0..13 {
        told.push(socket.activity().await);
    }
    let verbs: Vec<&str> = told.iter().map(|activity| activity["verb"].as_str().unwrap()).collect();
    let expected = [
        "create",
        "add",
        "add",
        "post",
        "post",
        "post",
        "delete",
        "share",
        "update",
        "lock",
        "assignModerator",
        "unassignModerator",
        "leave",
    ];
    assert_eq!(verbs, expected);
    assert!(told.iter().all(|activity| activity["target"]["id"] == uuid(&room)));
    let [create, _, add, post, reply, edit, delete, share, update, lock, assign, _, leave] = told.try_into().unwrap();
    let (message, grace_uuid, ada_uuid) = (uuid(&text(&first, "id")), &create["actor"]["id"], uuid(&text(&guest.me().await, "id")));
    assert_eq!((&create["object"]["participants"]["items"][0]["id"], &create["id"]), (grace_uuid, &json!(uuid(&room))));
    assert_eq!((&add["object"]["entryUUID"], &add["object"]["displayName"]), (&json!(ada_uuid), &json!("Ada")));
    assert_eq!(post["id"], message);
    // The first was gone before anybody was told of the reply, or it was not: both know who wrote it.
    let parent = json!({ "id": message, "type": "reply", "actorId": grace_uuid, "published": first["created"] });
    assert_eq!(reply["parent"], parent);
    assert_eq!((&edit["parent"]["id"], &edit["parent"]["type"]), (&json!(message), &json!("edit")));
    assert_eq!((&edit["object"]["displayName"], edit["id"] == message), (&json!("ONE"), false));
    assert_eq!(delete["object"], json!({ "objectType": "activity", "id": message }));
    let item = json!({ "objectType": "file", "displayName": "a.txt", "fileSize": 3, "mimeType": "text/plain" });
    assert_eq!((&share["id"], &share["object"]["files"]["items"][0]), (&json!(uuid(&file.id)), &item));
    assert_eq!(update["object"]["displayName"], "Other plans");
    assert_eq!(lock["object"]["tags"], json!(["LOCKED"]));
    assert_eq!((&assign["object"]["id"], &leave["object"]["id"]), (&json!(ada_uuid), &json!(ada_uuid)));
}

#[tokio::test]
async fn a_conversation_of_two_says_so_and_a_card_names_what_was_filled_in() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let mut socket = Socket::open(&sandbox, &grace).await;
    let card = json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": { "type": "AdaptiveCard", "version": "1.3" } });
    let direct = json!({ "toPersonEmail": "grace@sandbox.example", "text": "card", "attachments": [card] });
    let message = Client::bot(&sandbox).post("/messages", direct).await;
    let mut told = socket.activity().await;
    while told["verb"] != "post" {
        told = socket.activity().await;
    }
    assert_eq!(told["target"]["tags"], json!(["ONE_ON_ONE"]));
    let submit = json!({ "type": "submit", "messageId": message["id"], "inputs": { "a": "1" } });
    let action = grace.post("/attachment/actions", submit).await;
    let told = socket.activity().await;
    let inputs = json!({ "objectType": "submit", "inputs": "{\"a\":\"1\"}" });
    assert_eq!(
        (&told["verb"], &told["object"], &told["parent"]["id"]),
        (&json!("cardAction"), &inputs, &json!(uuid(&text(&message, "id"))))
    );
    // That is how it is found by REST.
    let url = service(&sandbox, &format!("/conversation/api/v1/attachment/actions/{}", text(&told, "id")));
    assert_eq!(grace.get(&url).await, json!({ "id": action["id"] }));
    let url = service(&sandbox, &format!("/conversation/api/v1/messages/{}", text(&told["parent"], "id")));
    assert_eq!(grace.get(&url).await, json!({ "id": message["id"] }));
    assert_eq!(Client::linus(&sandbox).refused(Method::GET, &url, None).await.0, 404);
}

#[tokio::test]
async fn a_bot_is_told_in_a_space_of_what_mentions_it_only() {
    let sandbox = start().await;
    let (grace, bot) = (Client::grace(&sandbox), Client::bot(&sandbox));
    let room = grace.room("Help").await;
    let id = text(&bot.me().await, "id");
    grace.add(&room, &id).await;
    let mut socket = Socket::open(&sandbox, &bot).await;
    grace.say(&room, "among us").await;
    sandbox.type_as_staff("grace@sandbox.example", &room, true).unwrap();
    let said = grace.post("/messages", json!({ "roomId": room, "markdown": format!("<@personId:{id}> hello") })).await;
    assert_eq!(socket.activity().await["id"], uuid(&text(&said, "id")));
}

#[tokio::test]
async fn typing_is_told_to_the_others_only() {
    let sandbox = start().await;
    let (guest, grace, room) = two(&sandbox).await;
    let (mut theirs, mut staffs) = (Socket::open(&sandbox, &guest).await, Socket::open(&sandbox, &grace).await);
    type_in(&sandbox, &guest, &room, "status.start_typing").await;
    type_in(&sandbox, &guest, &room, "status.stop_typing").await;
    for event in ["status.start_typing", "status.stop_typing"] {
        let told = staffs.told().await;
        assert_eq!((&told["eventType"], &told["conversationId"]), (&json!(event), &json!(uuid(&room))));
        assert_eq!(told["actor"]["displayName"], "Ada");
    }
    // The next thing the guest hears is another's.
    sandbox.type_as_staff("Grace Hopper", &room, true).unwrap();
    let told = theirs.told().await;
    assert_eq!((&told["eventType"], &told["actor"]["displayName"]), (&json!("status.start_typing"), &json!("Grace Hopper")));
    let heard: Vec<bool> = sandbox.typing_heard().iter().map(|typing| typing.is_typing).collect();
    assert_eq!(heard, [true, false]);
    assert_eq!(sandbox.typing_heard()[0].person_id, text(&guest.me().await, "id"));

    let odd = json!({ "eventType": "status.thinking" });
    assert_eq!(guest.refused(Method::POST, &typing_url(&sandbox, &room), Some(odd)).await.0, 400);
    let start = json!({ "eventType": "status.start_typing" });
    assert_eq!(Client::linus(&sandbox).refused(Method::POST, &typing_url(&sandbox, &room), Some(start.clone())).await.0, 404);
    assert_eq!(Client::new(&sandbox, "nobody's").refused(Method::POST, &typing_url(&sandbox, &room), Some(start)).await.0, 401);
}

fn acknowledgement(message: &Value) -> Value {
    let object = json!({ "objectType": "activity", "id": uuid(&text(message, "id")) });
    json!({ "verb": "acknowledge", "objectType": "activity", "clientTempId": "mine", "object": object })
}

#[tokio::test]
async fn who_has_read_how_far_is_told_and_can_be_asked() {
    let sandbox = start().await;
    let (guest, grace, room) = two(&sandbox).await;
    let (first, second) = (grace.say(&room, "one").await, grace.say(&room, "two").await);
    let (mut theirs, mut staffs) = (Socket::open(&sandbox, &guest).await, Socket::open(&sandbox, &grace).await);
    let url = activities_url(&sandbox, &room);
    let answer = guest.post(&url, acknowledgement(&second)).await;
    assert_eq!((&answer["verb"], &answer["clientTempId"]), (&json!("acknowledge"), &json!("mine")));
    let mut expected = answer.clone();
    expected.as_object_mut().unwrap().remove("clientTempId");
    // Another device of the reader's learns it, too.
    for socket in [&mut staffs, &mut theirs] {
        assert_eq!(socket.activity().await, expected);
    }
    // Nobody reads backwards.
    guest.post(&url, acknowledgement(&first)).await;
    sandbox.read_as_staff("grace@sandbox.example", &room, &text(&first, "id")).unwrap();
    let told = theirs.activity().await;
    assert_eq!((&told["actor"]["displayName"], &told["object"]["id"]), (&json!("Grace Hopper"), &json!(uuid(&text(&first, "id")))));

    let path = format!("/conversation/api/v1/conversations/{}?participantAckFilter=all&activitiesLimit=0", uuid(&room));
    let conversation = grace.get(&service(&sandbox, &path)).await;
    let seen = |name: &str| {
        let people = conversation["participants"]["items"].as_array().unwrap();
        let person = people.iter().find(|person| person["displayName"] == name).unwrap();
        person["roomProperties"]["lastSeenActivityUUID"].clone()
    };
    assert_eq!((seen("Ada"), seen("Grace Hopper")), (answer["object"]["id"].clone(), json!(uuid(&text(&first, "id")))));
    let marks: Vec<String> = sandbox.read_marks(&room).into_iter().map(|mark| mark.message_id).collect();
    assert!(marks.contains(&text(&first, "id")) && marks.contains(&text(&second, "id")), "{marks:?}");
}

#[tokio::test]
async fn only_members_read_and_only_what_is_there() {
    let sandbox = start().await;
    let (guest, grace, room) = two(&sandbox).await;
    let (message, other) = (grace.say(&room, "one").await, grace.room("Other").await);
    let elsewhere = grace.say(&other, "elsewhere").await;
    let url = activities_url(&sandbox, &room);
    assert_eq!(Client::linus(&sandbox).refused(Method::POST, &url, Some(acknowledgement(&message))).await.0, 404);
    assert_eq!(Client::new(&sandbox, "nobody's").refused(Method::POST, &url, Some(acknowledgement(&message))).await.0, 401);
    assert_eq!(grace.refused(Method::POST, &url, Some(acknowledgement(&elsewhere))).await.0, 404);
    assert_eq!(guest.refused(Method::POST, &url, Some(json!({ "verb": "acknowledge" }))).await.0, 400);
    assert_eq!(guest.refused(Method::POST, &url, Some(json!({ "verb": "post" }))).await.0, 400);
    assert!(sandbox.read_marks(&room).is_empty());
    let path = service(&sandbox, &format!("/conversation/api/v1/conversations/{}", uuid(&room)));
    assert_eq!(Client::linus(&sandbox).refused(Method::GET, &path, None).await.0, 404);
}

#[tokio::test]
async fn the_desk_shows_who_types_and_who_has_seen_and_says_so_of_its_own() {
    let sandbox = start().await;
    let (guest, grace, room) = two(&sandbox).await;
    let mut theirs = Socket::open(&sandbox, &guest).await;
    let grace_id = text(&grace.me().await, "id");
    let desk = format!("{}/desk/api/rooms", sandbox.base_url());
    let space = async || guest.get(&format!("{desk}?as={grace_id}")).await[0].clone();
    let put = async |what: &str, body: Value| {
        let answer = guest.request(Method::PUT, &format!("{desk}/{room}/{what}")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    put("typing", json!({ "as": grace_id, "is_typing": true })).await;
    assert_eq!(theirs.told().await["eventType"], "status.start_typing");
    let message = grace.say(&room, "Hello").await;
    theirs.activity().await;
    type_in(&sandbox, &guest, &room, "status.start_typing").await;
    guest.post(&activities_url(&sandbox, &room), acknowledgement(&message)).await;
    theirs.activity().await;
    let shown = space().await;
    assert_eq!((&shown["typing"], &shown["seen_by"]), (&json!(["Ada"]), &json!(["Ada"])));
    // What was typed is said; and reading at the desk is told.
    let answer = guest.say(&room, "Hi").await;
    theirs.activity().await;
    let shown = space().await;
    assert_eq!((&shown["typing"], &shown["seen_by"]), (&json!([]), &json!([])));
    put("read", json!({ "as": grace_id, "message_id": answer["id"] })).await;
    let told = theirs.activity().await;
    assert_eq!((&told["verb"], &told["object"]["id"]), (&json!("acknowledge"), &json!(uuid(&text(&answer, "id")))));
    // Nobody types for ever.
    type_in(&sandbox, &guest, &room, "status.start_typing").await;
    assert_eq!(space().await["typing"], json!(["Ada"]));
    assert!(sandbox.advance_clock(std::time::Duration::from_secs(15)));
    until("nobody types", async || space().await["typing"] == json!([])).await;
}
