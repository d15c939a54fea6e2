//! The visit pages: who is let in, who waits, and what everybody sees of the others.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use sandbox::{Sandbox, SandboxConfig, VisitPages};
use serde_json::{Value, json};

use crate::support::{StillClock, http, start, text};

const NOON: i64 = 1_767_262_800;

async fn mint(sandbox: &Sandbox, jwt: Value, more: Value) -> Value {
    let mut body = json!({
        "aud": "a4d886b0-979f-4e2c-a958-3e8c14605e51", "jwt": jwt, "iterations": 1000, "provideShortUrls": true, "verticalType": "gen",
        "loginUrlForHost": false
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let request = http().post(format!("{}/api/v2/joseencrypt", sandbox.base_url())).bearer_auth(sandbox.credentials().bot.access_token);
    request.json(&body).send().await.unwrap().json().await.unwrap()
}

/// The URLs of the first host and the first guest.
async fn pair(sandbox: &Sandbox, jwt: Value) -> (String, String) {
    let answer = mint(sandbox, jwt, json!({})).await;
    let url = |role: &str| format!("{}{}", text(&answer, "baseUrl"), text(&answer[role][0], "short"));
    (url("host"), url("guest"))
}

async fn page(url: &str) -> (StatusCode, String) {
    let response = http().get(url).send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

fn state(page: &str) -> &str {
    attribute(page, "data-state")
}

fn attribute<'a>(page: &'a str, name: &str) -> &'a str {
    page.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap()
}

/// A browser with the page open.
struct Browser {
    calls: String,
    participant: &'static str,
    events: Response,
    heard: String,
}

impl Browser {
    async fn open(sandbox: &Sandbox, url: &str, participant: &'static str) -> Self {
        let (status, page) = page(url).await;
        assert_eq!((status, state(&page)), (StatusCode::OK, "loading"));
        let calls = format!("{}{}", sandbox.base_url(), attribute(&page, "data-calls"));
        let login = attribute(&page, "data-login") != "skipped";
        let events = http().get(format!("{calls}/events?participant={participant}&login={login}")).send().await.unwrap();
        assert_eq!(events.status(), 200);
        Self { calls, participant, events, heard: String::new() }
    }

    /// The next scene that is so.
    async fn sees(&mut self, is_so: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                while let Some((event, rest)) = self.heard.split_once("\n\n").map(|(event, rest)| (event.to_owned(), rest.to_owned())) {
                    self.heard = rest;
                    let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                    if let Some(scene) = data.map(|data| serde_json::from_str::<Value>(data).unwrap())
                        && is_so(&scene)
                    {
                        return scene;
                    }
                }
                let chunk = self.events.chunk().await.unwrap().unwrap();
                self.heard.push_str(&String::from_utf8_lossy(&chunk));
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.unwrap()
    }

    async fn sees_state(&mut self, wanted: &str) -> Value {
        self.sees(|scene| scene["state"] == wanted).await
    }

    async fn tell(&self, what: &str) -> StatusCode {
        self.tell_with(what, json!({})).await
    }

    async fn tell_with(&self, what: &str, body: Value) -> StatusCode {
        let url = format!("{}/{what}?participant={}", self.calls, self.participant);
        http().post(url).json(&body).send().await.unwrap().status()
    }
}

fn people(scene: &Value) -> Vec<(String, bool)> {
    scene["participants"].as_array().unwrap().iter().map(|one| (text(one, "name"), one["is_you"] == true)).collect()
}

#[tokio::test]
async fn a_guest_waits_until_a_host_starts_and_both_see_each_other() {
    let sandbox = start().await;
    let (host_url, guest_url) = pair(&sandbox, json!({ "sub": "gp-1" })).await;
    let mut guest = Browser::open(&sandbox, &guest_url, "g").await;
    let scene = guest.sees_state("waiting").await;
    assert_eq!((&scene["title"], &scene["is_host_here"]), (&json!("Virtual Visit - gp-1"), &json!(false)));
    assert_eq!(guest.tell("start").await, 403);

    let mut host = Browser::open(&sandbox, &host_url, "h").await;
    assert_eq!(host.sees_state("ready").await["waiting"], 1);
    guest.sees(|scene| scene["is_host_here"] == true).await;
    assert_eq!(host.tell("start").await, 204);
    let scene = guest.sees_state("meeting").await;
    assert_eq!(people(&scene), [("Participant".to_owned(), true), ("Host".to_owned(), false)]);
    let scene = host.sees(|scene| scene["participants"].as_array().unwrap().len() == 2).await;
    assert_eq!((&scene["state"], people(&scene)), (&json!("meeting"), vec![("Participant".to_owned(), false), ("Host".to_owned(), true)]));
    let meeting = &sandbox.meetings()[0];
    assert!(meeting.is_started && !meeting.is_ended);
    let attendance: Vec<_> = meeting.participants.iter().map(|one| (one.name.as_str(), one.is_host, one.state)).collect();
    assert_eq!(attendance, [("Participant", false, "in_meeting"), ("Host", true, "in_meeting")]);

    assert_eq!(guest.tell("end").await, 403);
    assert_eq!(guest.tell("leave").await, 204);
    assert_eq!(guest.sees_state("left").await["can_rejoin"], true);
    host.sees_state("alone").await;
    assert_eq!(guest.tell("rejoin").await, 204);
    guest.sees_state("meeting").await;

    assert_eq!(host.tell("leave").await, 204);
    guest.sees(|scene| scene["state"] == "meeting" && scene["participants"].as_array().unwrap().len() == 1).await;
    assert_eq!(host.tell("rejoin").await, 204);
    host.sees_state("meeting").await;
    assert_eq!(host.tell("end").await, 204);
    guest.sees_state("ended").await;
    host.sees_state("ended").await;
    assert!(sandbox.meetings()[0].is_ended);
    let served: Value = http().get(format!("{}/sandbox/meetings", sandbox.base_url())).send().await.unwrap().json().await.unwrap();
    assert_eq!((&served[0]["subject"], &served[0]["is_ended"]), (&json!("gp-1"), &json!(true)));

    let mut late = Browser::open(&sandbox, &guest_url, "late").await;
    late.sees_state("ended").await;
    let (_, again) = pair(&sandbox, json!({ "sub": "gp-1" })).await;
    Browser::open(&sandbox, &again, "again").await.sees_state("waiting").await;
}

#[tokio::test]
async fn a_reload_is_no_departure_and_a_closed_page_is_missed_after_a_while() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let (host_url, guest_url) = pair(&sandbox, json!({ "sub": "gp-1" })).await;
    let mut host = Browser::open(&sandbox, &host_url, "h").await;
    host.sees_state("ready").await;
    host.tell("start").await;
    let mut guest = Browser::open(&sandbox, &guest_url, "g").await;
    guest.sees_state("meeting").await;
    host.sees(|scene| scene["participants"].as_array().unwrap().len() == 2).await;

    drop(guest);
    let mut guest = Browser::open(&sandbox, &guest_url, "g").await;
    assert_eq!(people(&guest.sees_state("meeting").await).len(), 2);
    drop(guest);
    while sandbox.meetings()[0].participants.len() == 2 {
        still.advance(1);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    host.sees_state("alone").await;
}

#[tokio::test]
async fn a_link_opens_in_its_window_only_and_the_page_notices() {
    let still = StillClock::new();
    let sandbox = Sandbox::start(SandboxConfig { clock: still.clock(), ..SandboxConfig::loopback() }).await.unwrap();
    let (host_url, guest_url) = pair(&sandbox, json!({ "sub": "gp-1", "nbf": NOON + 60, "exp": NOON + 120 })).await;
    let mut host = Browser::open(&sandbox, &host_url, "h").await;
    let mut guest = Browser::open(&sandbox, &guest_url, "g").await;
    host.sees_state("early").await;
    guest.sees_state("early").await;
    assert_eq!(host.tell("start").await, 403);
    still.advance(60);
    guest.sees_state("waiting").await;
    host.sees_state("ready").await;
    host.tell("start").await;
    guest.sees_state("meeting").await;
    still.advance(60);
    // Who is inside stays; who leaves does not come back.
    Browser::open(&sandbox, &guest_url, "late").await.sees_state("expired").await;
    assert_eq!(guest.tell("leave").await, 204);
    assert_eq!(guest.sees_state("left").await["can_rejoin"], false);
    assert_eq!(guest.tell("rejoin").await, 403);
    host.sees_state("alone").await;

    let (dead, _) = pair(&sandbox, json!({ "sub": "gp-2", "nbf": 0, "exp": 0 })).await;
    Browser::open(&sandbox, &dead, "h").await.sees_state("expired").await;
}

#[tokio::test]
async fn the_cipher_says_who_is_host_and_a_changed_one_opens_nothing() {
    let sandbox = start().await;
    mint(&sandbox, json!({ "sub": "gp-1" }), json!({ "loginUrlForHost": true })).await;
    let [host, guest] = sandbox.minted_links().try_into().unwrap();
    let base = sandbox.base_url();
    assert!(host.long_url.starts_with(&format!("{base}/gen/v1/login?int=jose&v=1&data=eyJwMnMi")));
    assert!(guest.long_url.starts_with(&format!("{base}/gen/v1/talk?int=jose&v=1&data=eyJwMnMi")));

    let login = |page: &str| attribute(page, "data-login").to_owned();
    assert_eq!(login(&page(&host.long_url).await.1), "offered");
    assert_eq!(login(&page(host.url.as_ref().unwrap()).await.1), "offered");
    assert_eq!(login(&page(&format!("{base}/hc/v1/login?&fli=true&int=jose&data={}", host.cipher)).await.1), "forced");
    let no_login = format!("{base}/hc/v1/talk?int=jose&data={}", host.cipher);
    assert_eq!(login(&page(&no_login).await.1), "skipped");
    assert_eq!(attribute(&page(&no_login).await.1, "data-vertical"), "hc");
    Browser::open(&sandbox, &no_login, "a").await.sees_state("ready").await;
    Browser::open(&sandbox, &format!("{base}/gen/v1/login?int=jose&data={}", guest.cipher), "b").await.sees_state("waiting").await;

    let changed = format!("{}A", &guest.cipher[..guest.cipher.len() - 1]);
    let changed = if changed == guest.cipher { format!("{}B", &guest.cipher[..guest.cipher.len() - 1]) } else { changed };
    let bad = [
        format!("{base}/gen/v1/talk?int=jose&data={changed}"),
        format!("{base}/gen/v1/talk?data={}", guest.cipher),
        format!("{base}/gen/v1/talk?int=jose"),
        format!("{base}/gov/gen/v1/talk?int=jose&data={}", guest.cipher),
        format!("{base}/visit/0000000"),
        format!("{base}/gov/visit/{}", guest.short.as_ref().unwrap()),
        format!("{base}/visit/{}", swapped_case(guest.short.as_ref().unwrap())),
    ];
    for url in bad {
        let (status, page) = page(&url).await;
        assert!(status.is_client_error() && state(&page) == "invalid" && page.contains("This link is not valid."), "{url}");
    }
}

fn swapped_case(short: &str) -> String {
    short
        .chars()
        .map(|letter| if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() })
        .collect()
}

#[tokio::test]
async fn a_host_logs_in_or_joins_as_a_guest() {
    let sandbox = start().await;
    mint(&sandbox, json!({ "sub": "gp-1" }), json!({ "numHost": 2, "numGuest": 0, "loginUrlForHost": true })).await;
    let [first, second] = sandbox.minted_links().try_into().unwrap();
    let mut grace = Browser::open(&sandbox, first.url.as_ref().unwrap(), "a").await;
    grace.sees_state("login").await;
    assert_eq!(grace.tell("start").await, 403);
    grace.tell_with("login", json!({ "name": "Grace Hopper" })).await;
    assert_eq!(grace.sees_state("ready").await["greeting"], "Hello, Grace Hopper");
    let mut other = Browser::open(&sandbox, second.url.as_ref().unwrap(), "b").await;
    other.sees_state("login").await;
    other.tell("login").await;
    assert_eq!(other.sees_state("ready").await["greeting"], Value::Null);
    grace.tell("start").await;
    other.tell("start").await;
    let scene = other.sees(|scene| scene["participants"].as_array().unwrap().len() == 2).await;
    assert_eq!(people(&scene), [("Grace Hopper".to_owned(), false), ("Host".to_owned(), true)]);
}

#[tokio::test]
async fn devices_are_called_once_a_host_has_joined() {
    let sandbox = start().await;
    let flow = json!({ "id": "sip-no-knock", "data": [{ "uri": "room@acme.rooms.example" }] });
    let (host_url, _) = pair(&sandbox, json!({ "sub": "gp-1", "flow": flow })).await;
    assert_eq!(sandbox.meetings()[0].participants, []);
    let mut host = Browser::open(&sandbox, &host_url, "h").await;
    host.sees_state("ready").await;
    host.tell("start").await;
    assert_eq!(people(&host.sees_state("meeting").await)[1].0, "room@acme.rooms.example");
}

#[tokio::test]
async fn who_waits_and_who_is_ready_can_write_to_each_other() {
    let sandbox = start().await;
    let (host_url, guest_url) = pair(&sandbox, json!({ "sub": "gp-1" })).await;
    let mut guest = Browser::open(&sandbox, &guest_url, "g").await;
    let mut host = Browser::open(&sandbox, &host_url, "h").await;
    guest.sees_state("waiting").await;
    host.sees_state("ready").await;
    assert_eq!(guest.tell_with("chat", json!({ "text": " I am here " })).await, 204);
    let said = host.sees(|scene| scene["chat"].as_array().is_some_and(|chat| !chat.is_empty())).await;
    assert_eq!(said["chat"], json!([{ "name": "Participant", "is_you": false, "text": "I am here" }]));
    assert_eq!(guest.tell_with("chat", json!({ "text": " " })).await, 400);
    let stranger = pair(&sandbox, json!({ "sub": "gp-2" })).await.1;
    assert_eq!(Browser::open(&sandbox, &stranger, "s").await.sees_state("waiting").await["chat"], json!([]));
}

#[tokio::test]
async fn several_hosts_and_guests_are_in_one_meeting() {
    let sandbox = start().await;
    let answer = mint(&sandbox, json!({ "sub": "gp-1" }), json!({ "numHost": 2, "numGuest": 2 })).await;
    let url = |role: &str, index: usize| format!("{}{}", text(&answer, "baseUrl"), text(&answer[role][index], "short"));
    let mut guests = [Browser::open(&sandbox, &url("guest", 0), "a").await, Browser::open(&sandbox, &url("guest", 1), "b").await];
    let mut hosts = [Browser::open(&sandbox, &url("host", 0), "c").await, Browser::open(&sandbox, &url("host", 1), "d").await];
    assert_eq!(hosts[1].sees(|scene| scene["waiting"] == 2).await["state"], "ready");
    assert_eq!(hosts[0].tell("start").await, 204);
    assert_eq!(hosts[1].tell("start").await, 204);
    for browser in guests.iter_mut().chain(&mut hosts) {
        let scene = browser.sees(|scene| scene["state"] == "meeting" && scene["participants"].as_array().unwrap().len() == 4).await;
        let mut names: Vec<String> = people(&scene).into_iter().map(|(name, _)| name).collect();
        names.sort();
        assert_eq!(names, ["Host", "Host", "Participant", "Participant"]);
    }
    // One host of two leaves: the meeting goes on. The other ends it for all.
    assert_eq!(hosts[0].tell("leave").await, 204);
    guests[0].sees(|scene| scene["participants"].as_array().is_some_and(|people| people.len() == 3)).await;
    assert_eq!(hosts[1].tell("end").await, 204);
    for guest in &mut guests {
        guest.sees_state("ended").await;
    }
}

#[tokio::test]
async fn links_and_meetings_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let config = SandboxConfig { data_dir: Some(directory.path().to_owned()), ..SandboxConfig::loopback() };
    let sandbox = Sandbox::start(config.clone()).await.unwrap();
    let address = sandbox.address();
    let (host_url, guest_url) = pair(&sandbox, json!({ "sub": "gp-1" })).await;
    let mut host = Browser::open(&sandbox, &host_url, "h").await;
    host.sees_state("ready").await;
    host.tell("start").await;
    let before = sandbox.minted_links();
    sandbox.stop().await;
    let sandbox = Sandbox::start(SandboxConfig { listen: address, ..config }).await.unwrap();
    assert_eq!(sandbox.minted_links(), before);
    assert!(sandbox.meetings()[0].is_started);
    Browser::open(&sandbox, &guest_url, "g").await.sees_state("meeting").await;
}

#[tokio::test]
async fn pages_may_be_framed_unless_switched_and_are_strict_otherwise() {
    let sandbox = start().await;
    let (host_url, _) = pair(&sandbox, json!({ "sub": "gp-1" })).await;
    let framed = http().get(&host_url).send().await.unwrap();
    assert!(framed.headers().get("x-frame-options").is_none());
    let policy = framed.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe") && !policy.contains("frame-ancestors")
    );
    assert_eq!(framed.headers()["referrer-policy"], "no-referrer");

    let switches = format!("{}/sandbox/visit-pages", sandbox.base_url());
    let switched = json!({ "refuses_frames": true, "refuses_firefox_on_android": true, "asks_permission": true });
    assert_eq!(http().put(&switches).json(&switched).send().await.unwrap().status(), 204);
    let response = http().get(&host_url).send().await.unwrap();
    assert_eq!(response.headers()["x-frame-options"], "DENY");
    assert_eq!(attribute(&response.text().await.unwrap(), "data-permission"), "asked");
    let browser = "Mozilla/5.0 (Android 14; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0";
    let refused = http().get(&host_url).header("user-agent", browser).send().await.unwrap().text().await.unwrap();
    assert_eq!(state(&refused), "unsupported");
    sandbox.switch_visit_pages(VisitPages::default());
    assert_eq!(page(&format!("{}/mediatest", sandbox.base_url())).await.0, 200);

    let foreign = http().request(Method::GET, &host_url).header("host", "evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 403);
}
