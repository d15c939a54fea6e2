//! Starting, stopping, starting again.

use reqwest::Method;
use sandbox::{Sandbox, SandboxConfig, StartError};
use serde_json::json;

use crate::support::{Client, http, start, text, texts};

#[tokio::test]
async fn the_state_survives_a_restart_in_the_same_directory() {
    let directory = tempfile::tempdir().unwrap();
    let config = SandboxConfig { data_dir: Some(directory.path().join("sandbox")), ..SandboxConfig::loopback() };
    let sandbox = Sandbox::start(config.clone()).await.unwrap();
    let address = sandbox.address();
    let guest = Client::guest(&sandbox, "ada", "Ada").await;
    let room = guest.room("Help").await;
    guest.post("/memberships", json!({ "roomId": room, "personEmail": "grace@sandbox.example" })).await;
    guest.say(&room, "one").await;
    let edited = text(&guest.say(&room, "two").await, "id");
    guest.put(&format!("/messages/{edited}"), json!({ "roomId": room, "text": "TWO" })).await;
    let deleted = text(&guest.say(&room, "three").await, "id");
    guest.delete(&format!("/messages/{deleted}")).await;
    let before = (guest.me().await, guest.all("/rooms").await, guest.all(&format!("/messages?roomId={room}")).await);
    sandbox.stop().await;

    // The very same port, too: stopping gave it back.
    let sandbox = Sandbox::start(SandboxConfig { listen: address, ..config }).await.unwrap();
    let after = (guest.me().await, guest.all("/rooms").await, guest.all(&format!("/messages?roomId={room}")).await);
    assert_eq!(after, before);
    Client::grace(&sandbox).say(&room, "four").await;
    assert_eq!(texts(&guest.all(&format!("/messages?roomId={room}")).await), ["four", "TWO", "one"]);
}

#[tokio::test]
async fn a_sandbox_listens_on_loopback_only_and_names_the_port_that_is_taken() {
    let everywhere = SandboxConfig { listen: "0.0.0.0:0".parse().unwrap(), ..SandboxConfig::loopback() };
    assert!(matches!(Sandbox::start(everywhere).await, Err(StartError::NotLoopback(_))));
    let sandbox = start().await;
    let again = Sandbox::start(SandboxConfig { listen: sandbox.address(), ..SandboxConfig::loopback() }).await;
    let error = again.err().unwrap();
    assert!(matches!(error, StartError::AddressInUse(_)));
    assert!(error.to_string().contains(&sandbox.address().to_string()));
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_named() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("sandbox.db"), "no database at all, however long this text may be").unwrap();
    let config = SandboxConfig { data_dir: Some(directory.path().to_owned()), ..SandboxConfig::loopback() };
    let error = Sandbox::start(config).await.err().unwrap();
    assert!(matches!(error, StartError::Store(_)) && error.to_string().contains("sandbox.db"), "{error}");
}

#[tokio::test]
async fn a_reset_brings_the_first_day_back() {
    let sandbox = start().await;
    let guest = Client::guest(&sandbox, "ada", "Ada").await;
    guest.room("Help").await;
    let response = http().post(format!("{}/sandbox/reset", sandbox.base_url())).send().await.unwrap();
    assert_eq!(response.status(), 204);
    let titles: Vec<String> = sandbox.rooms().into_iter().map(|room| room.title).collect();
    assert_eq!(titles, ["Grace Hopper & VIP"]);
    assert_eq!(guest.refused(Method::GET, "/people/me", None).await.0, 401);
    Client::service_app(&sandbox).me().await;
}

#[tokio::test]
async fn credentials_are_served_and_the_same_in_every_sandbox() {
    let (one, other) = (start().await, start().await);
    let served = http().get(format!("{}/sandbox/credentials.json", one.base_url())).send().await.unwrap();
    let served: sandbox::Credentials = served.json().await.unwrap();
    assert_eq!(served, one.credentials());
    assert_eq!(served.guest_issuer, other.credentials().guest_issuer);
    assert_eq!(served.service_app, other.credentials().service_app);
}

#[tokio::test]
async fn every_secret_that_went_out_is_told_on_demand() {
    let sandbox = start().await;
    let guest = Client::guest(&sandbox, "ada", "Ada").await;
    let room = guest.room("Help").await;
    guest.post("/memberships", json!({ "roomId": room, "personEmail": "grace@sandbox.example" })).await;
    let file = sandbox.send_file_as_staff("grace@sandbox.example", &room, "a.txt", "text/plain", b"a", None).unwrap().files.remove(0);
    let issued: Vec<String> = http().get(format!("{}/sandbox/issued", sandbox.base_url())).send().await.unwrap().json().await.unwrap();
    assert_eq!(issued, sandbox.issued_secrets());
    let credentials = sandbox.credentials();
    for secret in [
        guest.token,
        file.url,
        credentials.bot.access_token,
        credentials.service_app.refresh_token,
        credentials.government.bot.access_token,
    ] {
        assert!(issued.contains(&secret), "{secret}");
    }
}
