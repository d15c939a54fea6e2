//! The data of the first release under this one: brought forward, with everybody who was there.

use reqwest::Method;
use serde_json::Value;
use shared::{RoomId, path};
use tests::portal::TestPortal;

const DATABASE: &str = include_str!("first_release/guest-portal.sql");
const WEBEX: &str = include_str!("first_release/sandbox.sql");
const KEYS: &str = include_str!("first_release/keys.toml");
/// What their browsers have kept.
const ADA: &str = "__Host-gpg-demo=tRfpTJWM_eUlFNZdj3NasTies7ZqCe7T_3PUW4uBeKg";
const BOB: &str = "__Host-gpg-demo=ig_qI1KgLg8R1y00MMVJE1CGnYzEUvQOKp4438nqC2M";
const ADAS_ROOM: &str = "n8An1LJdYjidlwJjYsbsng";
/// The beginning of each time in it, in milliseconds.
const THEN: &str = "17958679";

/// As if it had been written a minute ago: guests are forgotten after a while.
fn written_just_now(now: i64) -> String {
    let since_then = |digits: &str| digits.parse::<i64>().map_or(0, |millis| millis - 1_795_867_900_000);
    let mut parts = DATABASE.split(THEN);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (rest, after) = part.split_at(5);
        format!("{text}{}{after}", now - 60_000 + since_then(&format!("{THEN}{rest}")))
    })
}

async fn asks(portal: &TestPortal, cookie: &str, path: &str) -> Value {
    let visitor = portal.visitor();
    let answer = visitor.send(visitor.request(Method::GET, path).header("cookie", cookie)).await;
    assert_eq!(answer.status, 200, "{answer}");
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn data_of_the_first_release_is_brought_forward_with_everybody_who_was_there() {
    let mut portal = TestPortal::start().await;
    portal.stop_portal().await;
    portal.stop_sandbox().await;
    let webex = portal.sandbox_dir().join("sandbox.db");
    std::fs::remove_file(&webex).unwrap();
    let webex = rusqlite::Connection::open(webex).unwrap();
    webex.execute_batch(WEBEX).unwrap();
    webex.pragma_update(None, "user_version", 1).unwrap();
    drop(webex);
    portal.start_sandbox().await;
    // However long ago that is.
    portal.webex().expire_access_tokens().unwrap();
    let data = portal.data_dir();
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("keys.toml"), KEYS).unwrap();
    std::fs::set_permissions(data.join("keys.toml"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let old = rusqlite::Connection::open(data.join("guest-portal.db")).unwrap();
    old.pragma_update(None, "foreign_keys", false).unwrap();
    old.execute_batch(&written_just_now(portal.clock.now().as_millis())).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);

    portal.start_portal().await;

    let copy = rusqlite::Connection::open(data.join("guest-portal.schema-1.db")).unwrap();
    assert_eq!(copy.query_row("SELECT count(*) FROM guest", [], |row| row.get::<_, i64>(0)).unwrap(), 2, "what there was lies beside it");
    assert_eq!(asks(&portal, ADA, path::SESSION).await["display_name"], "Ada Lovelace");
    assert_eq!(asks(&portal, BOB, path::SESSION).await["display_name"], "Bob");
    let rooms = asks(&portal, ADA, path::ROOMS).await;
    assert_eq!(rooms["items"][0]["id"], ADAS_ROOM);
    let texts = async || {
        let page = asks(&portal, ADA, &path::room_messages(&RoomId::new(ADAS_ROOM))).await;
        let is_settled = page.get("pending").and_then(Value::as_array).is_none_or(Vec::is_empty);
        is_settled.then(|| page["items"].to_string())
    };
    let texts = portal.until("what was not sent to be sent", texts).await;
    for text in ["Hello from the first release", "Not sent by the first release"] {
        assert_eq!(texts.matches(text).count(), 1, "{texts}");
    }
    // And new guests come as ever.
    let cleo = portal.guest_in_conversation("Cleo", "Hello").await;
    assert_eq!(cleo.reads(2).await[1], "Hello");
}
