//! Both ways of vouching, and how long a token is good.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{Client, StillClock, guest_jwt, http, ok, refusal, start, text};

async fn login(sandbox: &Sandbox, authorization: &str) -> reqwest::Response {
    http().post(format!("{}/v1/jwt/login", sandbox.base_url())).header("authorization", authorization).send().await.unwrap()
}

#[tokio::test]
async fn vouching_twice_for_a_subject_gives_two_tokens_of_one_person() {
    let sandbox = start().await;
    let service_app = Client::service_app(&sandbox);
    let body = |name: &str| json!({ "subject": "Patient 1", "displayName": name });

    let first = service_app.post("/guests/token", body("Ada")).await;
    let second = service_app.post("/guests/token", body("Ada Lovelace")).await;

    assert_eq!(first["id"], second["id"]);
    assert_ne!(first["accessToken"], second["accessToken"]);
    assert_eq!((&first["subject"], &first["displayName"], &first["expiresIn"]), (&json!("Patient 1"), &json!("Ada"), &json!(64799)));
    assert!(text(&first, "email").ends_with("@appid.ciscospark.com"));
    for token in [&first, &second] {
        let me = Client::new(&sandbox, text(token, "accessToken")).me().await;
        assert_eq!((&me["id"], &me["type"], &me["displayName"]), (&first["id"], &json!("appuser"), &json!("Ada Lovelace")));
    }
    let count = service_app.request(Method::GET, "/guests/count").send().await.unwrap();
    assert!(count.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert_eq!(count.text().await.unwrap(), "1");
}

#[tokio::test]
async fn only_the_service_app_vouches_and_both_fields_are_needed() {
    let sandbox = start().await;
    let body = json!({ "subject": "s", "displayName": "n" });
    assert_eq!(Client::bot(&sandbox).refused(Method::POST, "/guests/token", Some(body)).await.0, 403);
    for body in [json!({ "subject": "s" }), json!({ "displayName": "n", "subject": "" })] {
        assert_eq!(Client::service_app(&sandbox).refused(Method::POST, "/guests/token", Some(body)).await.0, 400);
    }
}

#[tokio::test]
async fn a_guest_token_is_a_jwt_that_names_person_and_organisation() {
    let sandbox = start().await;
    let guest = Client::guest(&sandbox, "s", "Ada").await;
    let payload = URL_SAFE_NO_PAD.decode(guest.token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(claims["realm"], sandbox.credentials().organisation.uuid);
    assert_eq!(guest.get(&format!("/people/{}", text(&claims, "cis_uuid"))).await["id"], guest.me().await["id"]);
}

#[tokio::test]
async fn a_signed_jwt_logs_in_bare_or_as_bearer_and_is_the_same_person() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let mut people = Vec::new();
    for exp in [json!(1_767_262_860), json!("1767262860"), Value::Null] {
        let jwt = guest_jwt(&sandbox, json!({ "sub": "ada-1", "name": "Ada", "exp": exp }));
        for authorization in [jwt.clone(), format!("Bearer {jwt}"), format!("Bearer {jwt}=")] {
            let answer = ok(login(&sandbox, &authorization).await).await;
            assert_eq!(answer["expiresIn"], 21599);
            people.push(Client::new(&sandbox, text(&answer, "token")).me().await);
        }
    }
    assert!(people.iter().all(|person| person == &people[0]));
    let email = format!("ada-1@{}", sandbox.credentials().organisation.uuid);
    assert_eq!((&people[0]["type"], &people[0]["emails"][0]), (&json!("appuser"), &json!(email)));
}

#[tokio::test]
async fn a_jwt_that_is_expired_forged_foreign_or_rubbish_is_refused() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let good = guest_jwt(&sandbox, json!({ "sub": "ada-1", "name": "Ada", "exp": 1_767_262_860 }));
    assert_eq!(refusal(login(&sandbox, &format!("{}AAAA", &good[..good.len() - 4])).await).await.0, 401);
    assert_eq!(refusal(login(&sandbox, "rubbish").await).await.0, 404);
    let foreign = guest_jwt(&sandbox, json!({ "sub": "ada-1", "name": "Ada", "iss": "Y2lzY28" }));
    assert_eq!(refusal(login(&sandbox, &foreign).await).await.0, 401);
    assert_eq!(login(&sandbox, &good).await.status(), 200);
    still.advance(60);
    assert_eq!(refusal(login(&sandbox, &good).await).await.0, 401);
}

#[tokio::test]
async fn tokens_end_by_the_clock_and_the_service_app_renews_its_own() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let guest = Client::guest(&sandbox, "s", "Ada").await;
    still.advance(64_798);
    guest.me().await;
    still.advance(1);
    assert_eq!(guest.refused(Method::GET, "/people/me", None).await.0, 401);

    still.advance(1_209_599);
    let service_app = Client::service_app(&sandbox);
    assert_eq!(service_app.refused(Method::GET, "/people/me", None).await.0, 401);
    let app = sandbox.credentials().service_app;
    let form = |secret: &str| {
        [("grant_type", "refresh_token"), ("client_id", &app.client_id), ("client_secret", secret), ("refresh_token", &app.refresh_token)]
            .map(|(name, value)| (name, value.to_owned()))
    };
    let url = format!("{}/v1/access_token", sandbox.base_url());
    assert_eq!(refusal(http().post(&url).form(&form("wrong")).send().await.unwrap()).await.0, 400);
    let renewed = ok(http().post(&url).form(&form(&app.client_secret)).send().await.unwrap()).await;
    assert_eq!((&renewed["expires_in"], &renewed["token_type"]), (&json!(1_209_599), &json!("Bearer")));
    let me = Client::new(&sandbox, text(&renewed, "access_token")).me().await;
    assert_eq!(me["displayName"], "Guest Portal");
}

#[tokio::test]
async fn a_guest_is_reached_by_person_id_and_found_by_nobody() {
    let sandbox = start().await;
    let jwt = guest_jwt(&sandbox, json!({ "sub": "ada-1", "name": "Ada" }));
    let ada = Client::new(&sandbox, text(&ok(login(&sandbox, &jwt).await).await, "token")).me().await;
    let bob_client = Client::guest(&sandbox, "bob", "Bob").await;
    let bob = bob_client.me().await;
    let grace = Client::grace(&sandbox);
    let room = grace.room("Help").await;

    let by_address = |person: &Value| Some(json!({ "roomId": room, "personEmail": person["emails"][0] }));
    assert_eq!(grace.refused(Method::POST, "/memberships", by_address(&ada)).await.0, 404);
    grace.add(&room, &text(&ada, "id")).await;
    grace.post("/memberships", by_address(&bob).unwrap()).await;

    let found = grace.get(&format!("/people?email={}", bob["emails"][0].as_str().unwrap())).await;
    assert_eq!(found["items"], json!([]));
    let to_guest = json!({ "toPersonId": ada["id"], "text": "psst" });
    assert_eq!(bob_client.refused(Method::POST, "/messages", Some(to_guest)).await.0, 403);
}

#[tokio::test]
async fn guests_write_to_each_other_only_where_that_was_switched_on() {
    let sandbox = start().await;
    let (ada, bob) = (Client::guest(&sandbox, "ada", "Ada").await, Client::guest(&sandbox, "bob", "Bob").await);
    let to_bob = json!({ "toPersonId": bob.me().await["id"], "text": "psst" });
    assert_eq!(ada.refused(Method::POST, "/messages", Some(to_bob.clone())).await.0, 403);
    let rules = format!("{}/sandbox/guests", sandbox.base_url());
    assert_eq!(http().put(&rules).json(&json!({ "may_write_to_guests": true })).send().await.unwrap().status(), 204);
    let sent = ada.post("/messages", to_bob).await;
    assert_eq!(bob.get(&format!("/rooms/{}", text(&sent, "roomId"))).await["title"], "Ada");
    let rules: Value = http().get(&rules).send().await.unwrap().json().await.unwrap();
    assert_eq!(rules, json!({ "may_write_to_guests": true }));
}

#[tokio::test]
async fn the_tokens_of_the_service_app_are_given_to_whoever_knows_its_secret() {
    let sandbox = start().await;
    let (credentials, grace) = (sandbox.credentials(), Client::grace(&sandbox));
    let app = credentials.service_app;
    let body = |secret: &str, organisation: &str| json!({ "clientId": app.client_id, "clientSecret": secret, "targetOrgId": organisation });
    let path = format!("/applications/{}/token", app.client_id);
    let tokens = grace.post(&path, body(&app.client_secret, &credentials.organisation.id)).await;
    assert_eq!((&tokens["expires_in"], &tokens["refresh_token_expires_in"]), (&json!(1_209_599), &json!(7_775_999)));
    let service_app = Client::new(&sandbox, text(&tokens, "access_token"));
    assert_eq!(service_app.me().await["id"], app.person_id);
    service_app.post("/guests/token", json!({ "subject": "s", "displayName": "n" })).await;
    let refused = async |client: &Client, body: Value| client.refused(Method::POST, &path, Some(body)).await.0;
    assert_eq!(refused(&grace, body("wrong", &credentials.organisation.id)).await, 400);
    assert_eq!(refused(&grace, body(&app.client_secret, &credentials.government.organisation.id)).await, 404);
    assert_eq!(refused(&Client::bot(&sandbox), body(&app.client_secret, &credentials.organisation.id)).await, 403);
    assert_eq!(refused(&grace, json!({})).await, 400);
}

#[tokio::test]
async fn every_token_that_ends_at_all_can_be_ended_at_once() {
    let sandbox = start().await;
    let guest = Client::guest(&sandbox, "ada", "Ada").await;
    let answer = http().post(format!("{}/sandbox/expire-tokens", sandbox.base_url())).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    for client in [guest, Client::service_app(&sandbox)] {
        assert_eq!(client.refused(Method::GET, "/people/me", None).await.0, 401);
    }
    Client::bot(&sandbox).me().await;
    Client::grace(&sandbox).me().await;
}
