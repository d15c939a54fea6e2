//! Rooms and who is in them.

use reqwest::Method;
use sandbox::{Sandbox, SandboxConfig};
use serde_json::json;

use crate::support::{Client, StillClock, start, text};

#[tokio::test]
async fn a_room_has_every_field_and_its_maker_in_it() {
    let sandbox = start().await;
    let service_app = Client::service_app(&sandbox);
    let room = service_app.post("/rooms", json!({ "title": "Ada · ABC123" })).await;
    for name in ["id", "title", "type", "lastActivity", "creatorId", "created", "ownerId"] {
        assert!(room[name].is_string(), "{name}");
    }
    assert_eq!((&room["type"], &room["isLocked"]), (&json!("group"), &json!(false)));
    let created = text(&room, "created");
    assert!(created.len() == 24 && created.ends_with('Z'), "{created}");
    let members = service_app.all(&format!("/memberships?roomId={}", text(&room, "id"))).await;
    assert_eq!(members.len(), 1);
    assert_eq!(members[0]["personDisplayName"], "Guest Portal");
    assert_eq!(service_app.refused(Method::POST, "/rooms", Some(json!({}))).await, (400, "Title cannot be empty.".to_owned()));
}

#[tokio::test]
async fn a_person_is_added_once_and_the_second_time_is_a_conflict() {
    let sandbox = start().await;
    let service_app = Client::service_app(&sandbox);
    let grace = Client::grace(&sandbox);
    let room = service_app.room("Help").await;
    let body = json!({ "roomId": room, "personEmail": "grace@sandbox.example" });

    assert_eq!(grace.refused(Method::GET, &format!("/rooms/{room}"), None).await.0, 404);
    let membership = service_app.post("/memberships", body.clone()).await;
    assert_eq!(membership["personDisplayName"], "Grace Hopper");
    let again = service_app.refused(Method::POST, "/memberships", Some(body)).await;
    assert_eq!(again, (409, "User is already a participant in the room.".to_owned()));
    assert_eq!(grace.get(&format!("/rooms/{room}")).await["title"], "Help");
    let rooms: Vec<String> = grace.all("/memberships?max=1000").await.iter().map(|one| text(one, "roomType")).collect();
    assert_eq!(rooms.iter().filter(|kind| *kind == "group").count(), 1);

    let path = format!("/memberships/{}", text(&membership, "id"));
    assert_eq!(grace.get(&path).await, membership);
    service_app.delete(&path).await;
    assert_eq!(grace.refused(Method::GET, &path, None).await, (404, "Failed to get membership".to_owned()));
}

#[tokio::test]
async fn memberships_are_refused_in_webexs_words() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let room = grace.room("Help").await;
    let cases = [
        (json!({ "personEmail": "linus@sandbox.example" }), 400, "roomId cannot be null"),
        (json!({ "roomId": room }), 400, "Must specify either personId or personEmail."),
        (json!({ "roomId": room, "personEmail": "nobody" }), 404, "Failed to find user with specified email address."),
    ];
    for (body, status, message) in cases {
        assert_eq!(grace.refused(Method::POST, "/memberships", Some(body)).await, (status, message.to_owned()));
    }
    let outsider = Client::linus(&sandbox);
    let body = json!({ "roomId": room, "personEmail": "linus@sandbox.example" });
    assert_eq!(outsider.refused(Method::POST, "/memberships", Some(body)).await.0, 404);
}

#[tokio::test]
async fn rooms_are_paged_and_sorted() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let grace = Client::grace(&sandbox);
    let mut rooms = Vec::new();
    for title in ["a", "b", "c", "d", "e"] {
        still.advance(1);
        rooms.push(grace.room(title).await);
    }
    still.advance(1);
    grace.say(&rooms[1], "news").await;
    let titles = |items: Vec<serde_json::Value>| items.iter().map(|room| text(room, "title")).collect::<String>();
    assert_eq!(titles(grace.all("/rooms?sortBy=lastactivity&max=2&type=group").await), "bedca");
    assert_eq!(titles(grace.all("/rooms?sortBy=created&max=2&type=group").await), "edcba");
    assert_eq!(titles(grace.all("/rooms?sortBy=lastactivity&max=4").await), "bedcaVIP");
    assert_eq!(titles(grace.all("/rooms?type=direct").await), "VIP");
}

#[tokio::test]
async fn a_title_changes_and_a_deleted_room_is_gone() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let path = format!("/rooms/{}", grace.room("Help").await);
    assert_eq!(grace.put(&path, json!({ "title": "Closed" })).await["title"], "Closed");
    assert_eq!(grace.refused(Method::PUT, &path, Some(json!({ "isLocked": true }))).await.0, 400);
    grace.delete(&path).await;
    assert_eq!(grace.refused(Method::GET, &path, None).await, (404, "Could not find a room with provided ID.".to_owned()));
}

#[tokio::test]
async fn in_a_locked_room_only_moderators_act() {
    let sandbox = start().await;
    let (grace, linus) = (Client::grace(&sandbox), Client::linus(&sandbox));
    let body = json!({ "title": "News", "isLocked": true, "isAnnouncementOnly": true });
    let room = text(&grace.post("/rooms", body).await, "id");
    grace.add(&room, &text(&linus.me().await, "id")).await;
    let add = json!({ "roomId": room, "personEmail": "maria@sandbox.example" });
    assert_eq!(linus.refused(Method::POST, "/memberships", Some(add)).await.0, 403);
    assert_eq!(linus.refused(Method::POST, "/messages", Some(json!({ "roomId": room, "text": "x" }))).await.0, 403);
    linus.delete(&format!("/rooms/{room}")).await;
    assert_eq!(grace.all(&format!("/memberships?roomId={room}")).await.len(), 1);
}

#[tokio::test]
async fn both_directions_of_a_conversation_of_two_reach_one_room() {
    let sandbox = start().await;
    let (grace, linus) = (Client::grace(&sandbox), Client::linus(&sandbox));
    let to_linus = grace.post("/messages", json!({ "toPersonEmail": "linus@sandbox.example", "text": "Hi" })).await;
    let to_grace = linus.post("/messages", json!({ "toPersonId": grace.me().await["id"], "text": "Hello" })).await;
    assert_eq!(to_linus["toPersonEmail"], "linus@sandbox.example");
    assert_eq!((&to_linus["roomId"], &to_linus["roomType"]), (&to_grace["roomId"], &json!("direct")));
    let path = format!("/rooms/{}", text(&to_linus, "roomId"));
    assert_eq!(grace.get(&path).await["title"], "Linus Pauling");
    assert_eq!(linus.get(&path).await["title"], "Grace Hopper");
    assert_eq!(grace.all("/messages/direct?personEmail=linus@sandbox.example").await.len(), 2);
    assert_eq!(grace.refused(Method::DELETE, &path, None).await, (400, "Failed to delete room.".to_owned()));
    assert_eq!(grace.refused(Method::GET, "/messages/direct?personEmail=maria@sandbox.example", None).await.0, 404);
}

#[tokio::test]
async fn rooms_of_one_millisecond_are_sorted_the_newest_first() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let grace = Client::grace(&sandbox);
    for number in 1..=5 {
        grace.room(&format!("t{number}")).await;
    }
    for sort in ["created", "lastactivity"] {
        let rooms = grace.all(&format!("/rooms?type=group&sortBy={sort}&max=2")).await;
        let titles: Vec<String> = rooms.iter().map(|room| text(room, "title")).collect();
        assert_eq!(titles, ["t5", "t4", "t3", "t2", "t1"], "{sort}");
    }
}
