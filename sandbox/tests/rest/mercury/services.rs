//! The catalogue, devices, and what else clients ask before they listen.

use reqwest::Method;
use sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};

use super::{Socket, register, service, two, uuid};
use crate::support::{Client, StillClock, http, noon, start, text};

#[tokio::test]
async fn the_catalogue_names_every_service_at_the_address_that_was_asked() {
    let sandbox = start().await;
    let port = sandbox.address().port();
    let asked = format!("http://localhost:{port}/u2c/api/v1/limited/catalog?orgId=x&format=hostmap");
    let catalogue: Value = http().get(asked).send().await.unwrap().json().await.unwrap();
    assert_eq!(catalogue["format"], "hostmap");
    assert_eq!(catalogue["serviceLinks"]["wdm"], format!("http://localhost:{port}/wdm/api/v1"));
    assert_eq!(catalogue["hostCatalog"][format!("localhost:{port}")][0]["host"], "localhost");

    let own = service(&sandbox, "/u2c/api/v1/catalog?format=hostmap");
    assert_eq!(Client::new(&sandbox, "nobody's").refused(Method::GET, &own, None).await.0, 401);
    let grace = Client::grace(&sandbox);
    let own = grace.get(&own).await;
    assert_eq!(own["serviceLinks"]["hydra"], format!("{}/v1", sandbox.base_url()));
    // The addresses lead somewhere.
    assert_eq!(grace.get(&format!("{}/people/me", text(&own["serviceLinks"], "hydra"))).await, grace.me().await);
}

#[tokio::test]
async fn a_device_is_registered_listed_refreshed_and_deleted_by_its_owner() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let grace = Client::grace(&sandbox);
    let devices = service(&sandbox, "/wdm/api/v1/devices");
    assert_eq!(grace.refused(Method::GET, &devices, None).await.0, 404);
    let said = json!({ "deviceName": "a", "deviceType": "DESKTOP", "name": "b", "url": null, "webSocketUrl": null });
    let device = grace.post(&devices, said).await;
    let url = text(&device, "url");
    assert_eq!((&device["name"], &device["deviceType"], &device["model"]), (&json!("b"), &json!("DESKTOP"), &json!("")));
    assert_eq!(device["userId"], uuid(&text(&grace.me().await, "id")));
    assert_eq!(device["modificationTime"], "2026-01-01T10:20:00.000Z");
    assert_eq!(device["features"], json!({ "developer": [], "entitlement": [], "user": [] }));
    let (id, host) = (url.rsplit('/').next().unwrap(), sandbox.address());
    assert_eq!(text(&device, "webSocketUrl"), format!("ws://{host}/v1/apps/wx2/registrations/{id}/messages"));
    assert_eq!(grace.get(&devices).await, json!({ "devices": [device] }));

    still.advance(60);
    let refreshed = grace.put(&url, json!({ "name": "c" })).await;
    assert_eq!((&refreshed["name"], &refreshed["modificationTime"]), (&json!("c"), &json!("2026-01-01T10:21:00.000Z")));
    let linus = Client::linus(&sandbox);
    assert_eq!(linus.refused(Method::PUT, &url, Some(json!({}))).await.0, 404);
    assert_eq!(linus.refused(Method::DELETE, &url, None).await.0, 404);
    grace.delete(&url).await;
    assert_eq!(grace.refused(Method::PUT, &url, Some(json!({}))).await.0, 404);
    assert_eq!(sandbox.now(), noon() + std::time::Duration::from_secs(60));
    assert_eq!(Client::new(&sandbox, "nobody's").refused(Method::POST, &devices, Some(json!({}))).await.0, 401);
}

#[tokio::test]
async fn a_person_has_no_more_than_a_hundred_devices() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    for _ in 0..100 {
        register(&sandbox, &grace).await;
    }
    let refused = grace.refused(Method::POST, &service(&sandbox, "/wdm/api/v1/devices"), Some(json!({}))).await;
    assert_eq!(refused, (403, "User has excessive device registrations".to_owned()));
}

#[tokio::test]
async fn organisation_region_and_metrics_answer_what_clients_ask_before_they_listen() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let organisations = grace.get("/organizations").await;
    let own = sandbox.credentials().organisation;
    let items = organisations["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!((&items[0]["id"], &items[0]["displayName"]), (&json!(own.id), &json!(own.name)));
    assert_eq!(grace.get("/region").await["countryCode"], "US");
    let url = service(&sandbox, "/metrics/api/v1/clientmetrics");
    assert!(grace.request(Method::POST, &url).json(&json!({ "metrics": [] })).send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn the_other_cloud_has_a_mercury_of_its_own() {
    let sandbox = start().await;
    let government = sandbox.credentials().government;
    let hedy = Client::in_government(&sandbox, &government.staff[0].access_token);
    let catalogue = hedy.get(&service(&sandbox, "/gov/u2c/api/v1/catalog")).await;
    let devices = format!("{}/devices", text(&catalogue["serviceLinks"], "wdm"));
    let device = hedy.post(&devices, json!({ "name": "a" })).await;
    let mut socket = Socket::open_device(&device, &hedy).await;
    let (_, _, _) = two(&sandbox).await;
    let room = hedy.room("Ours").await;
    assert_eq!(socket.activity().await["target"]["id"], uuid(&room));
    assert_eq!(Client::grace(&sandbox).refused(Method::GET, &devices, None).await.0, 401);
}

#[tokio::test]
async fn requests_to_mercury_are_in_the_journal_and_meet_faults() {
    let sandbox = start().await;
    let grace = Client::grace(&sandbox);
    let devices = service(&sandbox, "/wdm/api/v1/devices");
    sandbox.add_fault(sandbox::Fault::answer("POST", "/wdm/", 503)).unwrap();
    assert_eq!(grace.refused(Method::POST, &devices, Some(json!({}))).await.0, 503);
    register(&sandbox, &grace).await;
    let asked: Vec<_> = sandbox.requests().into_iter().map(|request| (request.path, request.status, request.is_fault)).collect();
    let path = "/wdm/api/v1/devices".to_owned();
    assert_eq!(asked, [(path.clone(), Some(503), true), (path, Some(200), false)]);
}
