//! A sandbox that begins with people, rooms and words of one's own.

use sandbox::{Sandbox, SandboxConfig, Seed, StartError};
use serde_json::{Value, json};

use crate::support::{Client, text, texts};

fn seed(value: Value) -> Seed {
    serde_json::from_value(value).unwrap()
}

fn acme() -> Seed {
    seed(json!({
        "organisation": "Acme",
        "cluster": "urn:TEAM:eu-central-1_k",
        "staff": [{ "name": "Ada Lovelace", "email": "ada@acme.example" }, { "name": "Bo", "email": "bo@acme.example" }],
        "bot": [{ "name": "Helper", "email": "helper@webex.bot" }],
        "guest": [{ "name": "Ben", "subject": "ben-1" }],
        "room": [{
            "title": "Support", "members": ["ada@acme.example", "ben-1", "helper@webex.bot"], "moderators": ["ada@acme.example"],
            "message": [
                { "from": "ben-1", "markdown": "Is **anybody** there?" },
                { "from": "ada@acme.example", "markdown": "<@personEmail:helper@webex.bot> is" },
            ]
        }]
    }))
}

#[tokio::test]
async fn a_sandbox_begins_as_its_seed_says() {
    let sandbox = Sandbox::start(SandboxConfig { seed: acme(), ..SandboxConfig::loopback() }).await.unwrap();
    let credentials = sandbox.credentials();
    assert_eq!(credentials.organisation.name, "Acme");
    let emails: Vec<&str> = credentials.staff.iter().map(|staff| staff.email.as_str()).collect();
    assert_eq!(emails, ["ada@acme.example", "bo@acme.example"]);
    let ada = Client::grace(&sandbox);
    assert_eq!((&ada.me().await["displayName"], &ada.me().await["lastName"]), (&json!("Ada Lovelace"), &json!("Lovelace")));
    let rooms = ada.all("/rooms?type=group").await;
    assert_eq!((&rooms[0]["title"], &rooms[0]["isLocked"], rooms.len()), (&json!("Support"), &json!(true), 1));
    let room = text(&rooms[0], "id");
    assert_eq!(texts(&ada.all(&format!("/messages?roomId={room}")).await), ["Helper is", "Is anybody there?"]);
    let helper = Client::new(&sandbox, credentials.more_bots[0].access_token.clone());
    assert_eq!(helper.all(&format!("/messages?roomId={room}&mentionedPeople=me")).await.len(), 1);
    let ben = Client::guest(&sandbox, "ben-1", "Ben").await;
    assert_eq!(texts(&ben.all(&format!("/messages?roomId={room}")).await).len(), 2);
    let moderators: Vec<bool> =
        ada.all(&format!("/memberships?roomId={room}")).await.iter().map(|one| one["isModerator"] == true).collect();
    assert_eq!(moderators.iter().filter(|is_moderator| **is_moderator).count(), 1);
}

#[tokio::test]
async fn a_seed_is_sown_once() {
    let directory = tempfile::tempdir().unwrap();
    let config = SandboxConfig { data_dir: Some(directory.path().to_owned()), seed: acme(), ..SandboxConfig::loopback() };
    let sandbox = Sandbox::start(config.clone()).await.unwrap();
    let ada = Client::grace(&sandbox);
    let before = ada.all("/rooms").await;
    let room = text(&before[0], "id");
    ada.put(&format!("/rooms/{room}"), json!({ "title": "Renamed" })).await;
    sandbox.stop().await;
    let sandbox = Sandbox::start(config).await.unwrap();
    let after = Client::grace(&sandbox).all("/rooms").await;
    assert_eq!((after.len(), &after[0]["title"], &after[0]["id"]), (before.len(), &json!("Renamed"), &before[0]["id"]));
}

#[tokio::test]
async fn ids_of_rooms_and_what_is_in_them_name_their_region_and_those_of_people_do_not() {
    use base64::Engine;
    let sandbox = Sandbox::start(SandboxConfig { seed: acme(), ..SandboxConfig::loopback() }).await.unwrap();
    let ada = Client::grace(&sandbox);
    let begins = |value: &Value, name: &str, start: &str| {
        let uri = base64::engine::general_purpose::STANDARD_NO_PAD.decode(text(value, name)).unwrap();
        assert!(uri.starts_with(start.as_bytes()), "{name}: {}", String::from_utf8_lossy(&uri));
    };
    let room = ada.all("/rooms?type=group").await[0].clone();
    begins(&room, "id", "ciscospark://urn:TEAM:eu-central-1_k/ROOM/");
    begins(&room, "creatorId", "ciscospark://us/PEOPLE/");
    begins(&room, "ownerId", "ciscospark://us/ORGANIZATION/");
    let message = ada.say(&text(&room, "id"), "hello").await;
    begins(&message, "id", "ciscospark://urn:TEAM:eu-central-1_k/MESSAGE/");
    let membership = ada.all("/memberships").await[0].clone();
    begins(&membership, "id", "ciscospark://urn:TEAM:eu-central-1_k/MEMBERSHIP/");
    // What a client that knows one cluster only makes of them is understood.
    let uuid = base64::engine::general_purpose::STANDARD_NO_PAD.decode(text(&room, "id")).unwrap();
    let uuid = String::from_utf8(uuid).unwrap().rsplit('/').next().unwrap().to_owned();
    let american = base64::engine::general_purpose::STANDARD.encode(format!("ciscospark://us/ROOM/{uuid}"));
    assert_eq!(ada.get(&format!("/rooms/{american}")).await["id"], room["id"]);
}

#[tokio::test]
async fn a_seed_that_makes_no_sense_starts_nothing_and_says_why() {
    let config = SandboxConfig { seed: seed(json!({ "cluster": "moon" })), ..SandboxConfig::loopback() };
    let error = Sandbox::start(config).await.err().unwrap();
    assert!(matches!(&error, StartError::Seed(_)) && error.to_string().contains("urn:TEAM"), "{error}");
}
