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
async fn the_desk_answers_in_threads_edits_and_takes_back_and_shows_it() {
    let sandbox = start().await;
    let guest = Client::guest(&sandbox, "ada", "Ada").await;
    let room = guest.room("Help").await;
    guest.post("/memberships", json!({ "roomId": room, "personEmail": "grace@sandbox.example" })).await;
    let asked = guest.post("/messages", json!({ "roomId": room, "markdown": "See **this**: https://a.example/x" })).await;
    let grace = text(&Client::grace(&sandbox).me().await, "id");
    let desk = format!("{}/desk/api", sandbox.base_url());
    let list = format!("{desk}/rooms/{room}/messages?as={grace}");
    let said = async || http().get(&list).send().await.unwrap().json::<Value>().await.unwrap();

    let seen = said().await;
    let link = json!({ "tag": "a", "href": "https://a.example/x", "runs": ["https://a.example/x"] });
    let runs = json!([{ "tag": "p", "runs": ["See ", { "tag": "strong", "runs": ["this"] }, ": ", link] }]);
    assert_eq!((&seen[0]["runs"], &seen[0]["can_edit"], &seen[0]["source"]), (&runs, &json!(false), &Value::Null));
    let reply = json!({ "as": grace, "text": "Helo", "parent_id": asked["id"] });
    let reply: Value = http().post(format!("{desk}/rooms/{room}/messages")).json(&reply).send().await.unwrap().json().await.unwrap();
    assert_eq!((&reply["answers"]["author"], &reply["source"]), (&json!("Ada"), &json!("Helo")));
    let message = format!("{desk}/messages/{}", text(&reply, "id"));
    let edited: Value = http().put(&message).json(&json!({ "as": grace, "text": "Hello" })).send().await.unwrap().json().await.unwrap();
    assert_eq!((&edited["text"], &edited["is_edited"]), (&json!("Hello"), &json!(true)));
    let theirs = format!("{desk}/messages/{}", text(&asked, "id"));
    assert_eq!(http().put(&theirs).json(&json!({ "as": grace, "text": "x" })).send().await.unwrap().status(), 403);

    guest.delete(&format!("/messages/{}", text(&asked, "id"))).await;
    assert_eq!(http().delete(format!("{message}?as={grace}")).send().await.unwrap().status(), 200);
    let seen = said().await;
    let states: Vec<_> = seen.as_array().unwrap().iter().map(|one| (text(one, "author"), one["is_deleted"] == true)).collect();
    assert_eq!(states, [("Ada".to_owned(), true), ("Grace Hopper".to_owned(), true)]);
    assert_eq!(guest.all(&format!("/messages?roomId={room}")).await.len(), 0);
}

#[tokio::test]
async fn staff_of_both_clouds_sit_at_the_desk_and_see_what_the_bot_writes() {
    let sandbox = start().await;
    let government = sandbox.credentials().government;
    let bot = Client::in_government(&sandbox, &government.bot.access_token);
    let words = "Somebody waits: http://127.0.0.1:8080/host/x";
    bot.post("/messages", json!({ "toPersonEmail": "hedy@gov.sandbox.example", "text": words })).await;
    let desk = format!("{}/desk/api", sandbox.base_url());
    let get = async |path: String| http().get(path).send().await.unwrap().json::<Value>().await.unwrap();
    let staff = get(format!("{desk}/desk")).await["staff"].as_array().unwrap().clone();
    assert_eq!(staff.len(), 4);
    assert_eq!(staff[3]["name"], "Hedy Lamarr (government cloud)");
    let rooms = get(format!("{desk}/rooms?as={}", text(&staff[3], "id"))).await;
    assert_eq!((&rooms[0]["title"], &rooms[0]["is_direct"]), (&json!("Guest Portal Bot"), &json!(true)));
    assert_eq!(rooms[0]["last_message"]["runs"][1]["href"], "http://127.0.0.1:8080/host/x");
}

#[tokio::test]
async fn other_names_and_other_pages_are_kept_out() {
    let sandbox = start().await;
    let url = |path: &str| format!("{}{path}", sandbox.base_url());
    for path in ["/desk", "/desk/api/desk", "/desk/broker", "/sandbox/credentials.json", "/sandbox/issued"] {
        let rebound = http().get(url(path)).header("host", "evil.example").send().await.unwrap();
        assert_eq!(rebound.status(), 403, "{path}");
    }
    for (method, path) in [(Method::POST, "/sandbox/reset"), (Method::DELETE, "/sandbox/faults")] {
        let foreign = http().request(method, url(path)).header("origin", "https://evil.example").send().await.unwrap();
        assert_eq!(foreign.status(), 403, "{path}");
    }
    for file in ["desk.css", "desk.js", "dom.js", "entries.js", "icon.svg"] {
        assert_eq!(http().get(url(&format!("/desk/{file}"))).send().await.unwrap().status(), 200, "{file}");
    }
    let page = http().get(url("/desk")).send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'; script-src 'self'"));
    assert_eq!(http().get(url("/")).send().await.unwrap().headers()["location"], "/desk");
}

#[tokio::test]
async fn what_is_read_at_one_desk_is_read_at_the_other() {
    let sandbox = start().await;
    let (guest, grace) = (Client::guest(&sandbox, "ada", "Ada").await, Client::grace(&sandbox));
    let room = guest.room("Help").await;
    guest.post("/memberships", json!({ "roomId": room, "personEmail": "grace@sandbox.example" })).await;
    let desk = format!("{}/desk/api", sandbox.base_url());
    let me = text(&grace.me().await, "id");
    let unread = async || {
        let rooms: Value = http().get(format!("{desk}/rooms?as={me}")).send().await.unwrap().json().await.unwrap();
        rooms.as_array().unwrap().iter().find(|space| space["title"] == "Help").unwrap()["unread"].as_u64().unwrap()
    };
    let first = text(&guest.say(&room, "one").await, "id");
    let second = text(&guest.say(&room, "two").await, "id");
    assert_eq!(unread().await, 2);
    let read = async |message: &str| {
        let body = json!({ "as": me, "message_id": message });
        http().put(format!("{desk}/rooms/{room}/read")).json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!((read(&first).await, unread().await), (200, 1));
    assert_eq!((read(&second).await, unread().await), (200, 0));
    // A mark goes forward only.
    assert_eq!((read(&first).await, unread().await), (200, 0));
    guest.say(&room, "three").await;
    grace.say(&room, "I am here").await;
    assert_eq!(unread().await, 0);
    guest.say(&room, "four").await;
    assert_eq!(unread().await, 1);
}

#[tokio::test]
async fn names_after_an_at_are_mentions_where_they_are_words_of_members() {
    let sandbox = start().await;
    let (guest, linus) = (Client::guest(&sandbox, "ada", "Ada").await, Client::linus(&sandbox));
    let room = guest.room("Help").await;
    for person in ["grace@sandbox.example", "linus@sandbox.example"] {
        guest.post("/memberships", json!({ "roomId": room, "personEmail": person })).await;
    }
    let desk = format!("{}/desk/api", sandbox.base_url());
    let say = async |words: &str| {
        let body = json!({ "as": Client::grace(&sandbox).me().await["id"], "text": words });
        http().post(format!("{desk}/rooms/{room}/messages")).json(&body).send().await.unwrap();
        guest.all(&format!("/messages?roomId={room}&max=1")).await[0].clone()
    };
    let mention = say("@Linus Pauling: 2*3*4 <b> for @all\n_please_").await;
    assert_eq!(mention["mentionedPeople"], json!([linus.me().await["id"]]));
    assert_eq!(mention["mentionedGroups"], json!(["all"]));
    assert_eq!(mention["text"], "Linus Pauling: 2*3*4 <b> for All\n_please_");
    for words in ["a@allianz.example", "@Linus Paulings", "@Maria Sanchez", "mail@Linus Pauling"] {
        let plain = say(words).await;
        assert_eq!((&plain["text"], &plain["mentionedPeople"], &plain["mentionedGroups"]), (&json!(words), &Value::Null, &Value::Null));
    }
}

#[tokio::test]
async fn staff_begin_talks_and_spaces_bring_people_in_and_press_cards() {
    let sandbox = start().await;
    let (grace, bot) = (Client::grace(&sandbox), Client::bot(&sandbox));
    let desk = format!("{}/desk/api", sandbox.base_url());
    let (me, bot_id) = (text(&grace.me().await, "id"), text(&bot.me().await, "id"));
    let people: Value = http().get(format!("{desk}/people?as={me}")).send().await.unwrap().json().await.unwrap();
    let kinds: Vec<&str> = people.as_array().unwrap().iter().map(|person| person["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"bot") && kinds.contains(&"guest") && kinds.contains(&"staff"), "{kinds:?}");
    let post = async |path: &str, body: Value| http().post(format!("{desk}/{path}")).json(&body).send().await.unwrap();

    let talk: Value = post("direct", json!({ "as": me, "person_id": bot_id, "text": "/help" })).await.json().await.unwrap();
    assert_eq!(bot.all(&format!("/messages?roomId={}", text(&talk, "id"))).await[0]["text"], "/help");
    let linus = text(&Client::linus(&sandbox).me().await, "id");
    let space: Value = post("rooms", json!({ "as": me, "title": "Team", "person_ids": [linus] })).await.json().await.unwrap();
    assert_eq!(space["members"], json!(["Linus Pauling"]));
    let members = format!("rooms/{}/members", text(&space, "id"));
    assert_eq!(post(&members, json!({ "as": me, "person_id": bot_id })).await.status(), 200);
    assert_eq!(post(&members, json!({ "as": me, "person_id": bot_id })).await.status(), 409);

    let card = json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": { "type": "AdaptiveCard", "version": "1.2" } });
    let message = bot.post("/messages", json!({ "roomId": talk["id"], "text": "fallback", "attachments": [card] })).await;
    let said: Value =
        http().get(format!("{desk}/rooms/{}/messages?as={me}", text(&talk, "id"))).send().await.unwrap().json().await.unwrap();
    assert_eq!(said[1]["cards"], json!([{ "type": "AdaptiveCard", "version": "1.2" }]));
    let action = format!("messages/{}/actions", text(&message, "id"));
    assert_eq!(post(&action, json!({ "as": me, "inputs": { "answer": "yes" } })).await.status(), 200);
}
