//! The broker as its clients see it: what it takes, what it answers, who may ask.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, Response};
use sandbox::{Activation, CredentialKind, Fault, InstantConnect, Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::support::{Client, StillClock, http, start, text};

const AUDIENCE: &str = "a4d886b0-979f-4e2c-a958-3e8c14605e51";

async fn mint_at(sandbox: &Sandbox, path: &str, token: &str, more: Value) -> Response {
    let mut body = json!({ "aud": AUDIENCE, "jwt": { "sub": "gp-1" }, "iterations": 1000 });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    http().post(format!("{}{path}", sandbox.base_url())).bearer_auth(token).json(&body).send().await.unwrap()
}

async fn mint(sandbox: &Sandbox, more: Value) -> Response {
    mint_at(sandbox, "/api/v2/joseencrypt", &sandbox.credentials().bot.access_token, more).await
}

/// The broker's errors have the same body as the API's, and another kind of tracking id.
async fn refused(response: Response) -> (u16, String) {
    let tracking_id = response.headers()["trackingid"].to_str().unwrap().to_owned();
    let id = tracking_id.strip_prefix("ROUTER_").unwrap();
    assert_eq!(id, id.to_uppercase());
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["trackingId"], tracking_id);
    assert_eq!(body["errors"][0]["description"], body["message"]);
    (status, text(&body, "message"))
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_minimal_answer_has_two_ciphers_and_nothing_else() {
    let sandbox = start().await;
    let response = mint(&sandbox, json!({})).await;
    assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &"application/json".parse().unwrap()));
    assert!(response.headers()["trackingid"].to_str().unwrap().starts_with("ROUTER_"));
    let answer: Value = response.json().await.unwrap();
    assert_eq!(names(&answer), ["guest", "host"]);
    for role in ["host", "guest"] {
        assert_eq!(answer[role].as_array().unwrap().len(), 1);
        assert_eq!(names(&answer[role][0]), ["cipher"]);
        let cipher = text(&answer[role][0], "cipher");
        assert!(cipher.starts_with("eyJwMnMiOi") && cipher.split('.').count() == 5);
        let header = String::from_utf8(URL_SAFE_NO_PAD.decode(cipher.split('.').next().unwrap()).unwrap()).unwrap();
        let expected = format!(
            "\"p2c\":1000,\"aud\":\"{AUDIENCE}\",\"iss\":\"{}\",\"cty\":\"JWT\",\"enc\":\"A256GCM\",\"alg\":\"PBES2-HS512+A256KW\"}}",
            sandbox.credentials().organisation.uuid
        );
        assert!(header.starts_with("{\"p2s\":\"") && header.ends_with(&expected), "{header}");
    }
}

#[tokio::test]
async fn short_urls_come_with_their_base() {
    let sandbox = start().await;
    let answer: Value = mint(&sandbox, json!({ "numHost": 2, "numGuest": 3, "provideShortUrls": true })).await.json().await.unwrap();
    assert_eq!(answer["baseUrl"], format!("{}/visit/", sandbox.base_url()));
    let links: Vec<&Value> = ["host", "guest"].iter().flat_map(|role| answer[*role].as_array().unwrap()).collect();
    assert_eq!((answer["host"].as_array().unwrap().len(), links.len()), (2, 5));
    for link in &links {
        assert_eq!(names(link), ["cipher", "short"]);
        let short = text(link, "short");
        assert!(short.len() == 7 && short.chars().all(|letter| letter.is_ascii_alphanumeric()), "{short}");
    }
    let minted = sandbox.minted_links();
    assert_eq!(minted.len(), 5);
    assert!(minted.iter().all(|link| link.url.as_ref().unwrap().starts_with(answer["baseUrl"].as_str().unwrap())));
    let issued = sandbox.issued_secrets();
    for link in &minted {
        assert!(issued.contains(&link.cipher));
        assert_eq!(issued.contains(link.url.as_ref().unwrap()), link.is_host);
    }
}

#[tokio::test]
async fn the_old_version_answers_ciphers_only() {
    let sandbox = start().await;
    let bot = sandbox.credentials().bot.access_token;
    let response = mint_at(&sandbox, "/api/v1/joseencrypt", &bot, json!({ "provideShortUrls": true, "numGuest": 0 })).await;
    let answer: Value = response.json().await.unwrap();
    assert_eq!(names(&answer), ["guest", "host"]);
    assert!(answer["host"][0].as_str().unwrap().starts_with("eyJ"));
    assert_eq!(answer["guest"], json!([]));
}

#[tokio::test]
async fn every_token_of_its_cloud_mints_and_no_other() {
    let sandbox = start().await;
    let credentials = sandbox.credentials();
    let cases = [
        ("/api/v2/joseencrypt", credentials.bot.access_token.as_str(), 200),
        ("/api/v2/joseencrypt", credentials.staff[0].access_token.as_str(), 200),
        ("/api/v2/joseencrypt", credentials.government.bot.access_token.as_str(), 401),
        ("/api/v2/joseencrypt", "nonsense", 401),
        ("/gov/api/v2/joseencrypt", credentials.government.bot.access_token.as_str(), 200),
        ("/gov/api/v2/joseencrypt", credentials.bot.access_token.as_str(), 401),
    ];
    for (path, token, status) in cases {
        let response = mint_at(&sandbox, path, token, json!({})).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        if status == 401 {
            assert!(refused(response).await.1.starts_with("The request requires a valid access token"));
        }
    }
    let bare = http().post(format!("{}/api/v2/joseencrypt", sandbox.base_url())).send().await.unwrap();
    assert_eq!(refused(bare).await.0, 401);
    let wrong_method = http().get(format!("{}/api/v2/joseencrypt", sandbox.base_url())).send().await.unwrap();
    assert_eq!(wrong_method.status(), 405);
}

#[tokio::test]
async fn an_organisation_that_may_not_is_told_so() {
    let sandbox = start().await;
    for activation in [Activation::NotActivated, Activation::NoGuestToGuestSite] {
        sandbox.set_instant_connect(activation);
        assert_eq!(refused(mint(&sandbox, json!({})).await).await.0, 403);
    }
    let url = format!("{}/sandbox/instant-connect", sandbox.base_url());
    assert_eq!(http().put(&url).json(&json!({ "is_strict": true })).send().await.unwrap().status(), 204);
    assert_eq!(mint(&sandbox, json!({})).await.status(), 200);
    assert_eq!(refused(mint(&sandbox, json!({ "caller": "x" })).await).await.0, 400);
}

#[tokio::test]
async fn mistakes_are_refused_or_noted_and_seen_without_secrets() {
    let sandbox = start().await;
    assert_eq!(refused(mint(&sandbox, json!({ "aud": "another" })).await).await, (400, "aud is not a known audience.".to_owned()));
    assert_eq!(refused(mint(&sandbox, json!({ "numHost": 25 })).await).await.0, 400);
    let wrong = json!({ "jwt": { "sub": "<b>gp</b>", "Exp": 1_671_480_433_000_i64 }, "provideShortUrls": "true" });
    let answer: Value = mint(&sandbox, wrong).await.json().await.unwrap();
    let lints = sandbox.broker_lints();
    assert!(lints.iter().any(|lint| lint.starts_with("jwt.Exp is ignored")) && lints.len() == 2, "{lints:?}");
    let entries = sandbox.broker_requests();
    assert_eq!(entries.iter().map(|entry| entry.status).collect::<Vec<_>>(), [400, 400, 200]);
    assert_eq!((&entries[2].ciphers[0].claims["isHost"], &entries[2].ciphers[1].claims["isHost"]), (&json!(true), &json!(false)));

    let page = http().get(format!("{}/desk/broker", sandbox.base_url())).send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    let page = page.text().await.unwrap();
    assert!(page.contains("&lt;b&gt;gp&lt;/b&gt;") && page.contains("jwt.Exp is ignored"));
    let api = http().get(format!("{}/sandbox/broker", sandbox.base_url())).send().await.unwrap().text().await.unwrap();
    for secret in [text(&answer["host"][0], "short"), text(&answer["guest"][0], "cipher"), sandbox.credentials().bot.access_token] {
        assert!(!page.contains(&secret) && !api.contains(&secret));
    }
}

#[tokio::test]
async fn a_link_lives_a_quarter_of_an_hour_unless_it_says_otherwise() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    mint(&sandbox, json!({ "numGuest": 0 })).await;
    still.advance(1);
    mint(&sandbox, json!({ "jwt": { "sub": "gp-2", "nbf": 1_767_262_800, "exp": 1_767_270_000 }, "numGuest": 0 })).await;
    let windows: Vec<_> = sandbox.minted_links().iter().map(|link| (link.not_before, link.expires_at)).collect();
    assert_eq!(windows, [(None, 1_767_263_700), (Some(1_767_262_800), 1_767_270_000)]);
}

#[tokio::test]
async fn one_subject_is_one_meeting_in_each_organisation() {
    let sandbox = start().await;
    let government = sandbox.credentials().government;
    for _ in 0..2 {
        mint(&sandbox, json!({})).await;
    }
    let answer: Value = mint_at(&sandbox, "/gov/api/v2/joseencrypt", &government.bot.access_token, json!({ "provideShortUrls": true }))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(answer["baseUrl"], format!("{}/gov/visit/", sandbox.base_url()));
    let meetings = sandbox.meetings();
    assert_eq!(meetings.iter().map(|meeting| meeting.title.as_str()).collect::<Vec<_>>(), ["Virtual Visit - gp-1"; 2]);
    assert_eq!(meetings[1].organisation, government.organisation.uuid);
}

#[tokio::test]
async fn trouble_meets_the_broker_too() {
    let sandbox = start().await;
    let path = "/api/v2/joseencrypt";
    sandbox.add_fault(Fault::answer("POST", path, 429).retry_after(3)).unwrap();
    let limited = mint(&sandbox, json!({})).await;
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().unwrap()), (429, "3"));
    assert_eq!(refused(limited).await.0, 429);

    sandbox.add_fault(Fault::empty_body("POST", path)).unwrap();
    let empty = mint(&sandbox, json!({})).await;
    assert_eq!((empty.status().as_u16(), empty.text().await.unwrap().as_str()), (200, ""));
    sandbox.add_fault(Fault::not_json("POST", path)).unwrap();
    assert!(mint(&sandbox, json!({})).await.text().await.unwrap().starts_with("<!doctype html>"));
    sandbox.add_fault(Fault::truncated("POST", path)).unwrap();
    let half = mint(&sandbox, json!({})).await.text().await.unwrap();
    assert!(half.starts_with("{\"host\"") && serde_json::from_str::<Value>(&half).is_err());
    sandbox.add_fault(Fault::empty_guests(path)).unwrap();
    let hosts_only: Value = mint(&sandbox, json!({})).await.json().await.unwrap();
    assert_eq!((hosts_only["host"].as_array().unwrap().len(), &hosts_only["guest"]), (1, &json!([])));
    let requests = sandbox.requests();
    assert!(requests.iter().all(|entry| entry.path == path && entry.is_fault && entry.credential == CredentialKind::Bot));
    assert_eq!(requests.len(), 5);
}

#[tokio::test]
async fn a_slow_answer_comes_when_the_clock_is_moved() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    sandbox.add_fault(Fault::slow("POST", "/api", 4000)).unwrap();
    let answer = mint(&sandbox, json!({}));
    tokio::pin!(answer);
    let early = tokio::time::timeout(std::time::Duration::from_millis(100), &mut answer).await;
    assert!(early.is_err());
    still.advance(4);
    assert_eq!(answer.await.status(), 200);
}

#[tokio::test]
async fn the_broker_takes_its_time_where_that_is_wanted() {
    let still = StillClock::new();
    let broker_latency = std::time::Duration::from_secs(1);
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), broker_latency, ..SandboxConfig::loopback() }).await.unwrap();
    let is_slow = async || {
        let answer = mint(&sandbox, json!({ "iterations": 1000 }));
        tokio::pin!(answer);
        let early = tokio::time::timeout(std::time::Duration::from_millis(300), &mut answer).await.is_err();
        still.advance(1);
        assert!(!early || answer.await.status() == 200);
        early
    };
    assert!(is_slow().await);
    sandbox.switch_instant_connect(InstantConnect { latency_ms: Some(0), ..InstantConnect::default() });
    assert_eq!(mint(&sandbox, json!({ "iterations": 1000 })).await.status(), 200);
    // Whatever is left out is as at first.
    let url = format!("{}/sandbox/instant-connect", sandbox.base_url());
    http().put(&url).json(&json!({ "is_strict": true })).send().await.unwrap();
    assert!(is_slow().await);
}

#[tokio::test]
async fn the_governments_cloud_has_people_of_its_own() {
    let sandbox = start().await;
    let government = sandbox.credentials().government;
    assert_eq!(government.broker_base, format!("{}/gov", sandbox.base_url()));
    let bot = Client::in_government(&sandbox, &government.bot.access_token);
    assert_eq!((&bot.me().await["id"], &bot.me().await["type"]), (&json!(government.bot.person_id), &json!("bot")));
    assert_eq!(
        Client::in_government(&sandbox, &sandbox.credentials().bot.access_token).refused(Method::GET, "/people/me", None).await.0,
        401
    );
    let elsewhere = Client::new(&sandbox, &*government.bot.access_token);
    assert_eq!(elsewhere.refused(Method::GET, "/people/me", None).await.0, 401);

    let hedy = &government.staff[0];
    let sent = bot.post("/messages", json!({ "toPersonEmail": hedy.email, "text": "Somebody waits." })).await;
    let room = text(&sent, "roomId");
    assert_eq!(bot.get(&format!("/rooms/{room}")).await["ownerId"], government.organisation.id);
    let reply = sandbox.reply_as_staff("Hedy Lamarr", &room, "I come.").unwrap();
    assert_eq!(sandbox.messages(&room).last(), Some(&reply));
    let page = bot.request(Method::GET, &format!("/messages?roomId={room}&max=1")).send().await.unwrap();
    assert!(page.headers()["link"].to_str().unwrap().contains(&format!("{}/messages?", government.api_base)));
    for path in ["/guests/token", "/jwt/login", "/access_token"] {
        assert_eq!(bot.refused(Method::POST, path, Some(json!({}))).await.0, 404, "{path}");
    }
    let file = sandbox.send_file_as_staff("Hedy Lamarr", &room, "a.txt", "text/plain", b"a", None).unwrap().files.remove(0);
    assert!(file.url.starts_with(&government.api_base));
    assert_eq!(bot.request(Method::GET, &file.url).send().await.unwrap().text().await.unwrap(), "a");
}
