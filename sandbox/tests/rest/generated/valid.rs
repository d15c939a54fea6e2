//! Requests of the REST API that make sense, each time others.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::fixture::{CARD, Fixture};
use super::wire::{Body, Part, Sketch};
use crate::support::guest_jwt;

/// Of Grace, with what many clients send and nobody needs.
fn sketch(fixture: &mut Fixture, method: &str, path: impl Into<String>) -> Sketch {
    let mut path = path.into();
    if fixture.chance(10) {
        path.push('/');
    }
    let mut sketch = Sketch::new(method, path).bearer(&fixture.grace.token);
    match fixture.rng.u32(..12) {
        0 => sketch = sketch.header("TrackingID", "SIMPLE_5"),
        1 => sketch = sketch.header("cisco-no-http-redirect", "true").header("spark-user-agent", b"caf\xe9"),
        2 => sketch = sketch.header("Authorization", format!("bearer   {}", fixture.grace.token)),
        3 => sketch = sketch.header("X-Long", "x".repeat(8000)),
        4 => sketch = sketch.header("Origin", "https://example.com").header("Cookie", "a=b; c=\"d\""),
        5 => sketch = sketch.header("Range", "bytes=0-0").header("If-None-Match", "*"),
        _ => {}
    }
    sketch
}

/// Asks; some clients announce JSON even then, and some send it.
fn ask(fixture: &mut Fixture, path: impl Into<String>) -> Sketch {
    let sketch = sketch(fixture, "GET", path);
    match fixture.rng.u32(..8) {
        0 => sketch.header("Content-Type", "application/json;charset=utf-8"),
        1 => sketch.body(fixture.body(json!({ "roomId": "nothing" }))),
        _ => sketch,
    }
}

fn max(fixture: &mut Fixture, sketch: Sketch) -> Sketch {
    let max =
        fixture.one_of(&["", "1", "7", "1000", "0", "-1", "-9223372036854775808", "9223372036854775807", "99999999999999999999", "null"]);
    let sketch = if fixture.chance(20) { sketch.query("nobodyReadsThis", "\u{202e}\u{0}") } else { sketch };
    if fixture.chance(60) { sketch.query("max", max) } else { sketch }
}

pub(super) fn list_people(fixture: &mut Fixture) -> Sketch {
    let asked = ask(fixture, "/v1/people");
    let id = fixture.credentials.staff[1].person_id.clone();
    let words = fixture.words();
    let asked = match fixture.rng.u32(..6) {
        0 => asked.query("id", &format!("{id},nothing,{id}")),
        1 => asked.query("id", &vec![id.as_str(); 85].join(",")),
        2 => asked.query("displayName", &words),
        3 => asked.query("email", &words),
        4 => asked.query("email", "LINUS@sandbox.example").query("excludeStatus", "true"),
        _ => asked.query("displayName", "g").query("callingData", "\u{1F4DE}"),
    };
    max(fixture, asked)
}

pub(super) fn get_me(fixture: &mut Fixture) -> Sketch {
    let asked = ask(fixture, "/v1/people/me");
    if fixture.chance(20) { asked.query("callingData", "true") } else { asked }
}

pub(super) fn get_person(fixture: &mut Fixture) -> Sketch {
    let ids = [fixture.guest.clone(), fixture.credentials.bot.person_id.clone(), fixture.credentials.service_app.person_id.clone()];
    let id = fixture.one_of(&ids);
    let id = fixture.as_sent(&id);
    ask(fixture, format!("/v1/people/{id}"))
}

pub(super) fn list_rooms(fixture: &mut Fixture) -> Sketch {
    let mut asked = ask(fixture, "/v1/rooms");
    for (name, values) in [
        ("type", ["direct", "group", ""]),
        ("sortBy", ["id", "lastactivity", "created"]),
        ("orgPublicSpaces", ["true", "false", "perhaps"]),
        ("from", ["2026-01-01T00:00:00.000Z", "yesterday", ""]),
        ("teamId", ["", "nothing", "Y2lzY29"]),
    ] {
        if fixture.chance(30) {
            asked = asked.query(name, fixture.one_of(&values));
        }
    }
    max(fixture, asked)
}

pub(super) fn create_room(fixture: &mut Fixture) -> Sketch {
    let mut fields = json!({ "title": fixture.words() });
    match fixture.rng.u32(..5) {
        0 => fields["isLocked"] = json!(true),
        1 => (fields["isLocked"], fields["isAnnouncementOnly"]) = (json!("TRUE"), json!("true")),
        2 => (fields["isPublic"], fields["description"]) = (json!(true), json!(fixture.words())),
        3 => (fields["isLocked"], fields["teamId"]) = (json!(false), json!("")),
        _ => {}
    }
    let body = fixture.body(fields);
    sketch(fixture, "POST", "/v1/rooms").body(body)
}

pub(super) fn get_room(fixture: &mut Fixture) -> Sketch {
    let id = fixture.as_sent(&fixture.room.clone());
    ask(fixture, format!("/v1/rooms/{id}"))
}

pub(super) fn change_room(fixture: &mut Fixture) -> Sketch {
    let mut fields = json!({ "title": fixture.words() });
    match fixture.rng.u32(..4) {
        0 => fields["isLocked"] = json!(fixture.rng.bool()),
        1 => (fields["isPublic"], fields["description"]) = (json!(true), json!(fixture.words())),
        2 => (fields["isPublic"], fields["description"]) = (json!(false), json!(" ")),
        _ => {}
    }
    let (id, body) = (fixture.as_sent(&fixture.room.clone()), fixture.body(fields));
    sketch(fixture, "PUT", format!("/v1/rooms/{id}")).body(body)
}

/// A body says nothing there.
fn delete(fixture: &mut Fixture, path: &str) -> Sketch {
    let id = fixture.spare();
    let id = fixture.as_sent(&id);
    let sketch = sketch(fixture, "DELETE", format!("{path}/{id}"));
    if fixture.chance(20) { sketch.body(Body::Raw { content_type: None, bytes: b"\xff\x00".to_vec() }) } else { sketch }
}

pub(super) fn delete_room(fixture: &mut Fixture) -> Sketch {
    delete(fixture, "/v1/rooms")
}

pub(super) fn list_memberships(fixture: &mut Fixture) -> Sketch {
    let asked = ask(fixture, "/v1/memberships");
    let (room, linus, words) = (fixture.room.clone(), fixture.credentials.staff[1].clone(), fixture.words());
    let asked = match fixture.rng.u32(..5) {
        0 => asked,
        1 => asked.query("roomId", &room),
        2 => asked.query("roomId", &room).query("personId", &linus.person_id),
        3 => asked.query("roomId", &format!("{room}==")).query("personEmail", &linus.email),
        _ => asked.query("roomId", &room).query("personEmail", &words),
    };
    max(fixture, asked)
}

pub(super) fn create_membership(fixture: &mut Fixture) -> Sketch {
    let email = format!("{}-{}@Example.org", fixture.one_of(&["someone", "ünïcödé", "a+b", "\u{202e}x"]), fixture.next());
    let fields =
        json!({ "roomId": fixture.room, "personEmail": email, "isModerator": fixture.one_of(&[json!(true), json!("false"), json!("")]) });
    let body = fixture.body(fields);
    sketch(fixture, "POST", "/v1/memberships").body(body)
}

pub(super) fn get_membership(fixture: &mut Fixture) -> Sketch {
    let id = fixture.as_sent(&fixture.membership.clone());
    ask(fixture, format!("/v1/memberships/{id}"))
}

pub(super) fn change_membership(fixture: &mut Fixture) -> Sketch {
    let mut fields = json!({ "isModerator": fixture.rng.bool() });
    if fixture.chance(30) {
        fields["isRoomHidden"] = json!(fixture.rng.bool());
    }
    let (id, body) = (fixture.as_sent(&fixture.membership.clone()), fixture.body(fields));
    sketch(fixture, "PUT", format!("/v1/memberships/{id}")).body(body)
}

pub(super) fn delete_membership(fixture: &mut Fixture) -> Sketch {
    delete(fixture, "/v1/memberships")
}

pub(super) fn list_messages(fixture: &mut Fixture) -> Sketch {
    let mut asked = ask(fixture, "/v1/messages").query("roomId", &fixture.room);
    let (me, message) = (fixture.credentials.staff[0].person_id.clone(), fixture.message.clone());
    for (name, values) in [
        ("before", ["2026-01-01T00:00:00.000Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+00:00"]),
        ("beforeMessage", [message.as_str(), "", "00000000-0000-0000-0000-000000000000"]),
        ("parentId", [&message, "", "ffffffff-ffff-ffff-ffff-ffffffffffff"]),
        ("mentionedPeople", ["me", &me, ""]),
    ] {
        if fixture.chance(30) {
            asked = asked.query(name, fixture.one_of(&values));
        }
    }
    max(fixture, asked)
}

pub(super) fn create_message(fixture: &mut Fixture) -> Sketch {
    let (room, words, knot) = (fixture.room.clone(), fixture.words(), fixture.knot());
    let mut fields = json!({ "roomId": room });
    match fixture.rng.u32(..10) {
        0 => fields["text"] = json!(words),
        1 => fields["markdown"] = json!(words),
        2 => fields["markdown"] = json!(knot),
        3 => fields["html"] = json!(knot),
        4 => (fields["text"], fields["parentId"]) = (json!(words), json!(fixture.message)),
        5 => (fields["text"], fields["files"]) = (json!(words), json!([fixture.target.url()])),
        6 => {
            let card = json!({ "type": "AdaptiveCard", "version": "1.0", "body": [words] });
            (fields["markdown"], fields["attachments"]) = (json!("card"), json!([{ "contentType": CARD, "content": card }]));
        }
        7 => {
            let id = fixture.one_of(&[fixture.guest.clone(), fixture.credentials.bot.person_id.clone()]);
            fields = json!({ "toPersonId": id, "text": words });
        }
        8 => {
            // Who answers by themselves repeats the words.
            let fields = json!({ "toPersonEmail": "grace@sandbox.example", "text": words });
            let body = fixture.body(fields);
            return sketch(fixture, "POST", "/v1/messages").body(body).bearer(&fixture.guest_token);
        }
        _ => return upload(fixture, &room),
    }
    let is_fetched = fields.get("files").is_some();
    let body = fixture.body(fields);
    let sketch = sketch(fixture, "POST", "/v1/messages").body(body);
    // Only pages of this machine may have something fetched.
    if is_fetched { sketch.without_header("Origin") } else { sketch }
}

/// As several clients send files: with and without a name.
fn upload(fixture: &mut Fixture, room: &str) -> Sketch {
    let words = |name: &str, value: &str| Part { name: name.to_owned(), file: None, bytes: value.as_bytes().to_vec() };
    let (name, media_type) = fixture.one_of(&[
        ("", "application/octet-stream"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("naïve 日本.png", "image/png"),
        ("..\\..\\etc/passwd", "x/y"),
        ("%22%00.html", "text/html"),
    ]);
    let bytes = (0..fixture.rng.usize(..5000)).map(|number| number as u8).collect();
    let file = Part { name: "files".to_owned(), file: Some((name.to_owned(), media_type.to_owned())), bytes };
    let mut parts = vec![words("roomId", room), file];
    if fixture.chance(50) {
        parts.insert(fixture.rng.usize(..=2), words("text", fixture.one_of(&["e\u{301}", "\u{0}", "hi"])));
    }
    sketch(fixture, "POST", "/v1/messages").body(Body::Parts(parts))
}

pub(super) fn list_direct(fixture: &mut Fixture) -> Sketch {
    let linus = fixture.credentials.staff[1].clone();
    let asked = ask(fixture, "/v1/messages/direct");
    let asked = if fixture.chance(50) { asked.query("personId", &linus.person_id) } else { asked.query("personEmail", &linus.email) };
    if fixture.chance(30) { asked.query("parentId", &fixture.message) } else { asked }
}

pub(super) fn get_message(fixture: &mut Fixture) -> Sketch {
    let id = fixture.as_sent(&fixture.message.clone());
    ask(fixture, format!("/v1/messages/{id}"))
}

pub(super) fn edit_message(fixture: &mut Fixture) -> Sketch {
    let name = fixture.one_of(&["text", "markdown"]);
    let words = if fixture.chance(50) { fixture.words() } else { fixture.knot() };
    let (id, body) = (fixture.spare(), fixture.body(json!({ "roomId": fixture.room, name: words })));
    let id = fixture.as_sent(&id);
    sketch(fixture, "PUT", format!("/v1/messages/{id}")).body(body)
}

pub(super) fn delete_message(fixture: &mut Fixture) -> Sketch {
    delete(fixture, "/v1/messages")
}

pub(super) fn get_content(fixture: &mut Fixture) -> Sketch {
    let id = fixture.one_of(&fixture.contents.clone());
    let id = fixture.as_sent(&id);
    let asked = ask(fixture, format!("/v1/contents/{id}"));
    if fixture.chance(30) { asked.query("allow", fixture.one_of(&["unscannable", "%", "\u{0}"])) } else { asked }
}

pub(super) fn create_action(fixture: &mut Fixture) -> Sketch {
    let mut fields = json!({ "type": "submit", "messageId": fixture.card });
    let words = fixture.words();
    match fixture.rng.u32(..3) {
        0 => fields["inputs"] = json!({ (words.clone()): { "deep": [[[[words]]]] }, "": -0.0 }),
        1 => fields["inputs"] = json!({ "name": words }),
        _ => {}
    }
    let body = fixture.body(fields);
    sketch(fixture, "POST", "/v1/attachment/actions").body(body)
}

pub(super) fn get_action(fixture: &mut Fixture) -> Sketch {
    let id = fixture.as_sent(&fixture.action.clone());
    ask(fixture, format!("/v1/attachment/actions/{id}"))
}

pub(super) fn list_webhooks(fixture: &mut Fixture) -> Sketch {
    let asked = ask(fixture, "/v1/webhooks");
    let asked = if fixture.chance(30) { asked.query("ownedBy", "creator") } else { asked };
    max(fixture, asked)
}

pub(super) fn create_webhook(fixture: &mut Fixture) -> Sketch {
    let (resource, event, filter) = fixture.one_of(&[
        ("messages", "created", "roomType=direct&hasFiles=true"),
        ("messages", "all", "personEmail=%FF&mentionedPeople=me"),
        ("all", "all", ""),
        ("rooms", "updated", "isLocked=perhaps"),
        ("attachmentActions", "created", "messageId=nothing"),
        ("telephony_calls", "created", ""),
    ]);
    let fields = json!({
        "name": fixture.words(), "targetUrl": format!("{}?{}", fixture.target.url(), "\u{202e}é"), "resource": resource,
        "event": event, "filter": filter, "secret": fixture.words()
    });
    let body = fixture.body(fields);
    sketch(fixture, "POST", "/v1/webhooks").body(body).without_header("Origin")
}

pub(super) fn get_webhook(fixture: &mut Fixture) -> Sketch {
    let id = fixture.as_sent(&fixture.webhook.clone());
    ask(fixture, format!("/v1/webhooks/{id}"))
}

pub(super) fn change_webhook(fixture: &mut Fixture) -> Sketch {
    let mut fields = json!({ "name": fixture.words(), "targetUrl": fixture.target.url() });
    if fixture.chance(50) {
        (fields["status"], fields["secret"]) = (json!("active"), json!(fixture.words()));
    }
    let (id, body) = (fixture.as_sent(&fixture.webhook.clone()), fixture.body(fields));
    sketch(fixture, "PUT", format!("/v1/webhooks/{id}")).body(body).without_header("Origin")
}

pub(super) fn delete_webhook(fixture: &mut Fixture) -> Sketch {
    delete(fixture, "/v1/webhooks")
}

pub(super) fn create_guest_token(fixture: &mut Fixture) -> Sketch {
    let fields = json!({ "subject": fixture.words(), "displayName": fixture.words() });
    let body = fixture.body(fields);
    sketch(fixture, "POST", "/v1/guests/token").body(body).bearer(&fixture.credentials.service_app.access_token)
}

pub(super) fn count_guests(fixture: &mut Fixture) -> Sketch {
    ask(fixture, "/v1/guests/count").bearer(&fixture.credentials.service_app.access_token)
}

pub(super) fn log_in(fixture: &mut Fixture) -> Sketch {
    let mut claims = json!({ "sub": fixture.words(), "name": fixture.words() });
    let soon = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs() + 3600;
    let exp = fixture.one_of(&[Value::Null, json!(soon), json!(soon.to_string()), json!(i64::MAX), json!(1e300)]);
    if !exp.is_null() {
        claims["exp"] = exp;
    }
    let jwt = guest_jwt(&fixture.sandbox, claims);
    let scheme = fixture.one_of(&["", "Bearer ", "bearer  "]);
    let sketch = sketch(fixture, "POST", "/v1/jwt/login").header("Authorization", format!("{scheme}{jwt}"));
    match fixture.rng.u32(..4) {
        0 => sketch.header("Content-Type", "text/plain"),
        1 => sketch.body(Body::Raw { content_type: Some("application/json".to_owned()), bytes: b"{".to_vec() }),
        _ => sketch,
    }
}

pub(super) fn refresh(fixture: &mut Fixture) -> Sketch {
    let app = fixture.credentials.service_app.clone();
    let fields = json!({
        "grant_type": "refresh_token", "client_id": app.client_id, "client_secret": app.client_secret, "refresh_token": app.refresh_token
    });
    let body = fixture.body(fields);
    sketch(fixture, "POST", "/v1/access_token").body(body).without_header("Authorization")
}

pub(super) fn create_app_token(fixture: &mut Fixture) -> Sketch {
    let app = fixture.credentials.service_app.clone();
    let target = fixture.credentials.organisation.id.clone();
    let fields = json!({ "clientId": app.client_id, "clientSecret": app.client_secret, "targetOrgId": target });
    let body = fixture.body(fields);
    let path = format!("/v1/applications/{}/token", app.client_id);
    sketch(fixture, "POST", &path).body(body)
}
