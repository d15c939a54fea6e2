//! How much anybody may do: whoever asks once more than that is told how long to wait, and is then served again.

use std::time::Duration;

use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::json;
use server::limits::{OF_PORTAL, OF_SITE};
use shared::{ProblemKind, path};
use tests::{
    answer::Answer,
    files::TestFile,
    guest::{TestGuest, new_client_message_id},
    identity::BackEnd,
    portal::TestPortal,
};

use crate::{automation::make_key, feed_webhook::webhooks};

const BURST: u32 = 3;
/// For every limit: one more each twenty minutes.
const RATE: &str = "3/h burst 3";
const INTERVAL_SECS: u32 = 1200;

/// A portal where just this is limited, and what does it.
pub(crate) struct Scene {
    portal: TestPortal,
    back_end: BackEnd,
    pub(crate) ada: TestGuest,
    key: String,
    webhook: String,
}

impl Scene {
    /// With these settings below `[limits]` and below `[site.limits]`.
    pub(crate) async fn start(limits: &str, site_limits: &str) -> Self {
        let back_end = BackEnd::new(Algorithm::EdDSA);
        let profile = if limits.contains("profile") { "" } else { "profile = \"bench\"\n" };
        let sites = format!(
            "[limits]\n{profile}{limits}\n[[site]]\nid = \"demo\"\nname = \"Acme support\"\nstaff = [\"grace@sandbox.example\"]\n\
             {}[site.limits]\n{site_limits}\n[site.meetings]\nenabled = true\n",
            back_end.settings("optional")
        );
        let portal = TestPortal::start_in_public(&sites).await;
        let ada = portal.visitor();
        let webhook = portal.until("a webhook", async || webhooks(&portal).await.into_iter().next()).await.target_url;
        let key = make_key(&portal, "crm", "visits").await;
        Self { portal, back_end, ada, key, webhook }
    }

    /// Does once what a setting limits.
    pub(crate) async fn once(&self, setting: &str) -> Answer {
        let Self { portal, ada, .. } = self;

        match setting {
            "sessions_per_address" | "sessions" => portal.visitor().try_sign_in("Bob").await,
            "identities_per_person" => {
                let token = self.back_end.token(portal, "42", "Ada");
                portal.visitor().post(path::IDENTITY, json!({ "token": token })).await
            }
            "sends_per_guest" | "sends" => ada.say_as(&new_client_message_id(), "Hello").await,
            "uploads_per_guest" => ada.send_file_as(&new_client_message_id(), &TestFile::text("notes.txt", "x"), "").await,
            "downloads_per_guest" => ada.post("/api/files/nothing/0/ticket", json!({})).await,
            "requests_per_guest" => ada.session().await,
            "signals_per_guest" => ada.post(&path::room_typing(&ada.room_id().await), json!({ "is_typing": true })).await,
            "streams_opened_per_guest" => self.head_of_stream(ada).await,
            "visits_per_address" | "visits" => ada.post(path::VISITS, json!({ "room_id": ada.room_id().await })).await,
            "links_per_address" => portal.visitor().get("/host/nothing").await,
            "calls_per_key" => {
                let visitor = portal.visitor();
                visitor.send(visitor.bare_request(Method::GET, "/api/v1/visits/none").bearer_auth(&self.key)).await
            }
            "deliveries_per_webhook" => {
                let path = self.webhook.split_once("/hooks").unwrap().1;
                let visitor = portal.visitor();
                visitor.send(visitor.bare_request(Method::POST, &format!("/hooks{path}")).json(&json!({}))).await
            }
            unknown => panic!("nothing does {unknown}"),
        }
    }

    /// What a stream begins with; then it is closed.
    async fn head_of_stream(&self, guest: &TestGuest) -> Answer {
        let response = guest.request(Method::GET, path::EVENTS).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = if status == 200 { String::new() } else { response.text().await.unwrap() };
        Answer { asked: "GET /api/events".into(), status, headers, bytes: body.clone().into_bytes(), body }
    }

    /// Most of it takes a guest.
    pub(crate) async fn sign_in(&self) {
        self.ada.sign_in("Ada").await;
    }

    /// Whether it is refused when it is done so often.
    pub(crate) async fn is_refused_within(&self, setting: &str, times: u32) -> bool {
        for _ in 0..times {
            if self.once(setting).await.status == 429 {
                return true;
            }
        }
        false
    }
}

fn retry_after(answer: &Answer) -> u32 {
    answer.headers.get("retry-after").unwrap_or_else(|| panic!("{answer}: no Retry-After")).to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn whoever_asks_once_too_often_is_told_how_long_to_wait_and_then_served() {
    let of_site = OF_SITE.iter().map(|standard| (standard.key, true));
    let rules = OF_PORTAL.iter().map(|standard| (standard.key, false)).chain(of_site);
    for (setting, is_of_site) in rules {
        let line = format!("{setting} = \"{RATE}\"");
        let scene = if is_of_site { Scene::start("", &line).await } else { Scene::start(&line, "").await };
        scene.sign_in().await;
        // What was done to get ready counts, where it is the same.
        scene.portal.advance(Duration::from_secs(2 * 3600));
        for _ in 0..BURST {
            assert_ne!(scene.once(setting).await.status, 429, "{setting}: sooner than it should");
        }
        let refusal = scene.once(setting).await;
        assert_eq!(refusal.status, 429, "{setting}: {refusal}");
        assert_eq!(refusal.problem().kind, ProblemKind::RateLimited, "{setting}");
        let wait = retry_after(&refusal);
        assert!((INTERVAL_SECS * 95 / 100..=INTERVAL_SECS).contains(&wait), "{setting}: {wait}");
        assert_eq!(refusal.problem().retry_after_secs, Some(wait), "{setting}");

        scene.portal.advance(Duration::from_secs(u64::from(wait)) * 9 / 10);
        assert_eq!(scene.once(setting).await.status, 429, "{setting}: too early");
        scene.portal.advance(Duration::from_secs(u64::from(wait)) / 10 + Duration::from_secs(1));
        assert_ne!(scene.once(setting).await.status, 429, "{setting}: after the time that was told");
        assert_eq!(scene.once(setting).await.status, 429, "{setting}: just one");
    }
}

#[tokio::test]
async fn whoever_is_refused_anyhow_uses_nothing_up_of_what_a_sites_guests_may_do() {
    let scene = Scene::start("", &format!("sends = \"{RATE}\"\nsessions = \"{RATE}\"\nvisits = \"{RATE}\"")).await;
    scene.sign_in().await;
    let stranger = scene.portal.visitor();
    let room = scene.ada.room_id().await;
    for _ in 0..2 * BURST {
        let said =
            stranger.post(&path::room_messages(&room), json!({ "text": "Hello", "client_message_id": new_client_message_id() })).await;
        assert_eq!(said.status, 401, "{said}");
        assert_eq!(stranger.post(path::VISITS, json!({ "room_id": room })).await.status, 401);
        assert_eq!(stranger.try_sign_in("").await.status, 422);
        assert_eq!(stranger.post(path::IDENTITY, json!({ "token": "nobody's" })).await.status, 403);
    }
    for setting in ["sends", "visits", "sessions"] {
        assert_ne!(scene.once(setting).await.status, 429, "{setting}");
    }
}

/// A stream, as it begins.
pub(crate) async fn open_stream(guest: &TestGuest) -> reqwest::Response {
    guest.request(Method::GET, path::EVENTS).send().await.unwrap()
}

#[tokio::test]
async fn a_portal_that_says_nothing_of_limits_has_the_usual_ones() {
    let sites = "[limits]\n[[site]]\nid = \"demo\"\nname = \"Acme support\"\nstaff = [\"grace@sandbox.example\"]\n";
    let portal = TestPortal::start_with_sites(sites).await;
    let mut taken = 0;
    let refusal = loop {
        let answer = portal.visitor().try_sign_in("Bob").await;
        if answer.status == 429 {
            break answer;
        }
        taken += 1;
        assert!(taken < 40, "sixty a minute, thirty at once");
    };
    assert!(taken >= 30 && retry_after(&refusal) == 1, "{taken} {refusal}");
}

#[tokio::test]
async fn a_seventh_stream_of_a_browser_is_refused_until_one_has_ended() {
    let scene = Scene::start("streams_per_session = 6\nstreams_per_address = 8", "").await;
    scene.sign_in().await;
    let mut streams = Vec::new();
    for _ in 0..6 {
        streams.push(open_stream(&scene.ada).await);
        assert_eq!(streams.last().unwrap().status(), 200);
    }
    let refused = open_stream(&scene.ada).await;
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "30"));

    // Another browser of the same address has two.
    let bob = scene.portal.guest("Bob").await;
    for _ in 0..2 {
        streams.push(open_stream(&bob).await);
        assert_eq!(streams.last().unwrap().status(), 200);
    }
    assert_eq!(open_stream(&bob).await.status(), 429);

    streams.remove(0);
    scene.portal.until("room for one more", async || (open_stream(&scene.ada).await.status() == 200).then_some(())).await;
}

#[tokio::test]
async fn what_a_request_says_of_where_it_comes_from_counts_only_from_a_trusted_proxy() {
    let limits = |trusted: &str| {
        format!(
            "{trusted}\n[limits]\nprofile = \"bench\"\nsessions_per_address = \"{RATE}\"\n[[site]]\nid = \"demo\"\nname = \"Acme\"\nstaff = [\"grace@sandbox.example\"]\n"
        )
    };
    let sign_in = async |portal: &TestPortal, forwarded: &[(&str, &str)]| {
        let visitor = portal.visitor();
        let mut request = visitor.request(Method::POST, path::SESSION).json(&json!({ "display_name": "Bob" }));
        for (name, value) in forwarded {
            request = request.header(*name, *value);
        }
        visitor.send(request).await.status
    };
    let portal = TestPortal::start_with_sites(&limits("")).await;
    for number in 0..BURST {
        assert_eq!(sign_in(&portal, &[("x-forwarded-for", &format!("192.0.2.{number}"))]).await, 201);
    }
    for forged in [
        &[("x-forwarded-for", "192.0.2.77")][..],
        &[("x-forwarded-for", "127.0.0.1"), ("x-forwarded-for", "192.0.2.78")],
        &[("forwarded", "for=192.0.2.79")],
        &[("x-real-ip", "192.0.2.80")],
        &[("x-client-ip", "192.0.2.81"), ("true-client-ip", "192.0.2.81"), ("cf-connecting-ip", "192.0.2.81")],
        &[],
    ] {
        assert_eq!(sign_in(&portal, forged).await, 429, "{forged:?}");
    }

    let portal = TestPortal::start_with_sites(&limits("trusted_proxies = [\"127.0.0.1\"]")).await;
    for _ in 0..BURST {
        assert_eq!(sign_in(&portal, &[("x-forwarded-for", "192.0.2.1")]).await, 201);
    }
    assert_eq!(sign_in(&portal, &[("x-forwarded-for", "192.0.2.1")]).await, 429);
    // What stands before the last is what the guest says.
    assert_eq!(sign_in(&portal, &[("x-forwarded-for", "203.0.113.5, 192.0.2.1")]).await, 429);
    assert_eq!(sign_in(&portal, &[("x-forwarded-for", "192.0.2.1, 203.0.113.5")]).await, 201);
}

#[tokio::test]
async fn behind_a_proxy_nobody_is_served_who_comes_past_it() {
    let sites = |trusted: &str| {
        format!(
            "public_url = \"https://chat.example.com\"\ntrusted_proxies = [\"{trusted}\"]\n[[site]]\nid = \"demo\"\nname = \"Acme\"\nstaff = [\"grace@sandbox.example\"]\n"
        )
    };
    let portal = TestPortal::start_with_sites(&sites("127.0.0.1")).await;
    assert_eq!(portal.visitor().try_sign_in("Bob").await.status, 201);
    let portal = TestPortal::start_with_sites(&sites("192.0.2.1")).await;
    let visitor = portal.visitor();
    visitor.bare_request(Method::GET, "/s/demo").send().await.expect_err("hung up on");
}
