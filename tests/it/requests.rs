//! What the portal makes of requests that are not its page's, and what every answer says about itself.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use shared::{ProblemKind, RoomId, SiteProfile, path};
use tests::{
    answer::Answer,
    guest::{TestGuest, new_client_message_id},
    portal::TestPortal,
};

/// Replaces a header that [`TestGuest::request`] set.
fn with_header(request: RequestBuilder, name: &'static str, value: &str) -> RequestBuilder {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert(name, value.parse().unwrap());
    request.headers(headers)
}

/// The requests a signed-in page makes.
async fn every_request(guest: &TestGuest) -> Vec<(Method, String)> {
    let messages = path::room_messages(&guest.room_id().await);
    let requests = [
        (Method::GET, path::SITE),
        (Method::GET, path::SESSION),
        (Method::POST, path::SESSION),
        (Method::DELETE, path::SESSION),
        (Method::GET, path::ROOMS),
        (Method::GET, &messages),
        (Method::POST, &messages),
        (Method::GET, path::EVENTS),
    ];
    requests.into_iter().map(|(method, path)| (method, path.to_owned())).collect()
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_refused() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let session = || ada.request(Method::POST, path::SESSION).body(r#"{"display_name":"Ada"}"#);
    let messages = path::room_messages(&ada.room_id().await);
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"] {
        for request in [session(), ada.request(Method::POST, &messages).body("{}")] {
            let answer = ada.send(request.header("content-type", media_type)).await;
            if media_type.starts_with("multipart/") && answer.problem().kind == ProblemKind::FileIncomplete {
                // A message may come as a form; this one has no part.
                assert_eq!(answer.status, 400);
                continue;
            }
            assert_eq!((answer.status, answer.problem().kind), (415, ProblemKind::UnsupportedMediaType), "{media_type}");
        }
    }
    assert_eq!(ada.send(session()).await.status, 415, "without any type");
    assert_eq!(ada.send(session().header("content-type", "Application/JSON; charset=utf-8")).await.status, 201);
}

#[tokio::test]
async fn a_body_that_is_not_the_json_asked_for_is_refused_without_repeating_it() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    for body in
        ["", "{", "[]", "null", r#"{"display_name":7}"#, r#"{"name":"hush hush"}"#, r#"{"display_name":"hush hush""#, r#"["hush hush"]"#]
    {
        let request = ada.request(Method::POST, path::SESSION).header("content-type", "application/json").body(body);
        let answer = ada.send(request).await;
        assert_eq!((answer.status, answer.problem().kind), (400, ProblemKind::InvalidJson), "{body}");
        assert!(!answer.body.contains("hush"), "{answer}");
    }
    let answer = ada.post(path::SESSION, json!({ "display_name": "Ada", "from_a_newer_page": [1] })).await;
    assert_eq!(answer.status, 201, "fields of a newer page are no fault");
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_refused_like_everything_else() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let message = path::ROOM_MESSAGE.replace("{room_id}", ada.room_id().await.as_str()).replace("{message_id}", "m");
    for (method, path) in [
        (Method::DELETE, &*message),
        (Method::POST, "/api/files/m/x/ticket"),
        (Method::POST, "/api/files/m/18446744073709551616/ticket"),
        (Method::GET, "/api/visits/%ff"),
    ] {
        let answer = ada.send(ada.request(method, path)).await;
        assert_eq!((answer.status, answer.problem().kind), (400, ProblemKind::InvalidParameter), "{answer}");
    }
}

#[tokio::test]
async fn a_request_without_a_site_in_its_header_is_refused() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    for (method, path) in every_request(&ada).await {
        for site in [None, Some(""), Some("nosuchsite"), Some("DEMO"), Some("demo/../shop")] {
            let request = ada.bare_request(method.clone(), &path).header("sec-fetch-site", "same-origin");
            let request = if let Some(site) = site { request.header(path::SITE_HEADER, site) } else { request };
            let answer = ada.send(request).await;
            assert_eq!((answer.status, answer.problem().kind), (400, ProblemKind::MissingHeader), "{method} {path} {site:?}");
        }
    }
}

#[tokio::test]
async fn what_another_origins_page_sends_is_refused_whatever_it_asks() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    for (method, path) in every_request(&ada).await {
        for site in ["cross-site", "same-site", "sideways"] {
            let answer = ada.send(with_header(ada.request(method.clone(), &path), "sec-fetch-site", site)).await;
            assert_eq!((answer.status, answer.problem().kind), (403, ProblemKind::CrossSite), "{method} {path} {site}");
        }
        let answer = ada.send(with_header(ada.request(method.clone(), &path), "sec-fetch-dest", "document")).await;
        assert_eq!(answer.status, 403, "a link to {method} {path} opens nothing");
    }
    assert_eq!(ada.session().await.status, 200, "still signed in");
}

#[tokio::test]
async fn a_write_from_a_foreign_origin_is_refused_where_the_browser_says_no_more() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let cookies: Vec<String> = ada.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let old_browser = |method: Method, path: &str| {
        let request = ada.bare_request(method, path).header(path::SITE_HEADER, "demo").header("cookie", cookies.join("; "));
        request.header("content-type", "application/json").body(r#"{"display_name":"Ada"}"#)
    };
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"] {
        for method in [Method::POST, Method::DELETE] {
            let answer = ada.send(old_browser(method, path::SESSION).header("origin", origin)).await;
            assert_eq!((answer.status, answer.problem().kind), (403, ProblemKind::CrossSite), "{origin}");
        }
    }
    let answer = ada.send(old_browser(Method::POST, path::SESSION)).await;
    assert_eq!(answer.status, 403, "a cookie and no word of where it comes from");
    let answer = ada.send(old_browser(Method::POST, path::SESSION).header("origin", portal.base_url())).await;
    assert_eq!(answer.status, 201, "its own origin");
}

#[tokio::test]
async fn an_unknown_address_a_wrong_method_and_a_huge_body_each_have_their_answer() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let messages = path::room_messages(&ada.room_id().await);
    for path in
        ["/api", "/api/", "/api/nothing", "/nothing.js", "/s", "/s/demo/more", "/index.html", "/../Cargo.toml", "/%2e%2e%2fCargo.toml"]
    {
        let answer = ada.get(path).await;
        assert_eq!((answer.status, answer.problem().kind), (404, ProblemKind::NotFound), "{path}");
    }
    for (method, path) in [(Method::PUT, path::SESSION), (Method::POST, path::ROOMS), (Method::PATCH, &messages), (Method::POST, "/s/demo")]
    {
        let answer = ada.send(ada.request(method.clone(), path)).await;
        assert_eq!((answer.status, answer.problem().kind), (405, ProblemKind::MethodNotAllowed), "{method} {path}");
    }
    let huge = json!({ "client_message_id": new_client_message_id(), "text": "x".repeat(70 * 1024) });
    let answer = ada.post(&messages, huge).await;
    assert_eq!((answer.status, answer.problem().kind), (413, ProblemKind::BodyTooLarge));
    let long_but_valid = json!({ "client_message_id": new_client_message_id(), "text": "\u{1}".repeat(7000) + "x" });
    assert_eq!(ada.post(&messages, long_but_valid).await.status, 202, "escapes take six bytes each");
}

#[tokio::test]
async fn nobody_gets_anywhere_without_a_session() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let visitor = portal.visitor();
    let messages = path::room_messages(&ada.room_id().await);
    for path in [path::SESSION, path::ROOMS, path::EVENTS, &messages] {
        let answer = visitor.get(path).await;
        assert_eq!((answer.status, answer.problem().kind), (401, ProblemKind::NotSignedIn), "{path}");
    }
    let answer = visitor.say_in(&RoomId::new("x"), &new_client_message_id(), "Hello").await;
    assert_eq!(answer.status, 401);
    let profile: SiteProfile = visitor.get(path::SITE).await.json();
    assert_eq!((profile.id.as_str(), &*profile.name, profile.is_simulated), ("demo", "Acme support", true));
}

const API_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/// Every header but those that differ by content; values that differ by request are named.
fn told(answer: &Answer) -> BTreeMap<String, String> {
    let skipped = ["date", "content-length", "content-security-policy", "set-cookie"];
    let headers = answer.headers.iter().filter(|(name, _)| !skipped.contains(&name.as_str()));
    headers
        .map(|(name, value)| {
            let value = if name == "x-request-id" { "(id)" } else { value.to_str().unwrap() };
            (name.to_string(), value.to_owned())
        })
        .collect()
}

fn golden(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let always = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("origin-agent-cluster", "?1"),
        ("x-request-id", "(id)"),
    ];
    always.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn answers_of_the_api_say_what_may_be_done_with_them() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let api = golden(&[
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("cross-origin-resource-policy", "same-origin"),
        ("vary", "sec-fetch-site, origin, cookie"),
    ]);
    let messages = path::room_messages(&ada.room_id().await);
    let written = ada.say_as(&new_client_message_id(), "Hello").await;
    for answer in [ada.session().await, ada.get(path::ROOMS).await, ada.get(path::SITE).await, ada.get(&messages).await, written] {
        assert_eq!(told(&answer), api, "{answer}");
        assert_eq!(answer.header("content-security-policy"), API_POLICY);
    }
    let refused = portal.visitor().get(path::ROOMS).await;
    let mut refusal = api.clone();
    refusal.insert("content-type".into(), "application/problem+json".into());
    assert_eq!((told(&refused), refused.header("content-security-policy")), (refusal, API_POLICY));
    let nowhere = ada.get("/nothing/here").await;
    let plain = golden(&[("content-type", "application/problem+json"), ("cache-control", "no-store")]);
    assert_eq!((told(&nowhere), nowhere.header("content-security-policy")), (plain, API_POLICY));
}

#[tokio::test]
async fn the_event_stream_says_that_it_must_not_be_kept_or_changed() {
    let mut portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let response = ada.request(Method::GET, path::EVENTS).send().await.unwrap();
    let answer = Answer {
        asked: "events".into(),
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: String::new(),
        bytes: Vec::new(),
    };
    let mut stream = golden(&[
        ("content-type", "text/event-stream; charset=utf-8"),
        ("cache-control", "no-store, no-transform"),
        ("x-accel-buffering", "no"),
        ("cross-origin-resource-policy", "same-origin"),
        ("vary", "sec-fetch-site, origin, cookie"),
    ]);
    stream.insert("transfer-encoding".into(), "chunked".into());
    assert_eq!((told(&answer), answer.header("content-security-policy")), (stream, API_POLICY));
    portal.stop_portal().await;
    let rest = tests::portal::within("the stream to end", response.text()).await.unwrap();
    assert!(rest.contains(r#""type":"hello""#) && rest.ends_with("{\"type\":\"bye\"}\n\n"), "{rest}");
}

fn nonce_of(policy: &str) -> &str {
    policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).unwrap().0
}

#[tokio::test]
async fn a_page_has_one_strict_policy_with_a_nonce_of_its_own() {
    let portal = TestPortal::start().await;
    let visitor = portal.visitor();
    if !server::routes::has_frontend() {
        // `./x test` builds the page first; a bare `cargo test` has only the page that says so.
        let answer = visitor.get("/s/demo").await;
        assert_eq!(
            (answer.status, answer.header("content-security-policy")),
            (503, "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        );
        return;
    }
    let page = golden(&[
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), microphone=(), display-capture=(), geolocation=(), payment=(), usb=(), serial=(), browsing-topics=()",
        ),
    ]);
    let mut nonces = Vec::new();
    for path in ["/", "/s/demo", "/s/shop", "/embed/demo", "/s/demo"] {
        let answer = visitor.get(path).await;
        assert_eq!((answer.status, told(&answer)), (200, page.clone()), "{path}");
        let policy = answer.header("content-security-policy");
        let nonce = nonce_of(policy).to_owned();
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; script-src-attr 'none'; \
                 style-src 'self' 'nonce-{nonce}'; style-src-attr 'none'; img-src 'self' blob:; media-src 'self' blob:; font-src 'self'; \
                 connect-src 'self'; manifest-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; \
                 frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
            )
        );
        assert!(nonce.len() >= 22, "128 bits: {nonce}");
        assert!(answer.body.contains(&format!("nonce=\"{nonce}\"")), "the page's script carries the nonce");
        for placeholder in ["__CSP_NONCE__", "__SITE__", "__BUILD__", "__FRAME__"] {
            assert!(!answer.body.contains(placeholder), "{placeholder} is filled in");
        }
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 5, "no two answers share a nonce");
    let none = visitor.get("/s/none").await;
    assert_eq!(
        (none.status, none.header("content-security-policy")),
        (404, "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
    );
    let hostile = visitor.get("/s/%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert_eq!(hostile.status, 404);
    assert!(!hostile.body.contains("<script"), "{hostile}");
}

#[tokio::test]
async fn the_pages_files_are_kept_for_ever_and_compressed_for_those_who_can_read_it() {
    let portal = TestPortal::start().await;
    let visitor = portal.visitor();
    let index = visitor.get("/").await.body;
    let files: Vec<&str> =
        index.split(['"', '\'']).filter(|word| word.starts_with('/') && word.contains('.') && !word.contains(' ')).collect();
    assert!(!server::routes::has_frontend() || files.len() >= 4, "{files:?}");
    for file in files {
        for (accepts, coding) in [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", "")] {
            let answer = visitor.send(visitor.bare_request(Method::GET, file).header("accept-encoding", accepts)).await;
            assert_eq!((answer.status, answer.header("content-encoding")), (200, coding), "{file} for {accepts}");
            let mut headers = told(&answer);
            headers.remove("content-encoding");
            let media_type = headers.remove("content-type").unwrap();
            assert!(["text/javascript", "application/wasm", "text/css", "image/svg+xml"].iter().any(|known| media_type.starts_with(known)));
            let asset = golden(&[
                ("cache-control", "public, max-age=31536000, immutable"),
                ("vary", "accept-encoding"),
                ("cross-origin-resource-policy", "same-origin"),
            ]);
            assert_eq!((headers, answer.header("content-security-policy")), (asset, API_POLICY), "{file}");
        }
    }
}

#[tokio::test]
async fn no_answer_opens_the_portal_to_pages_of_other_origins() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    for (method, path) in every_request(&ada).await {
        if path == path::EVENTS {
            continue;
        }
        let preflight = ada.bare_request(Method::OPTIONS, &path);
        let preflight = preflight.header("origin", "https://evil.example").header("access-control-request-method", method.as_str());
        let answer = ada.send(preflight.header("access-control-request-headers", "x-gp")).await;
        assert!(answer.status >= 400, "{answer}");
        answer.problem();
        ada.send(with_header(ada.request(method, &path), "origin", "https://evil.example")).await;
    }
    for path in ["/", "/s/demo", "/embed/demo", "/nothing"] {
        ada.send(ada.bare_request(Method::GET, path).header("origin", "https://evil.example")).await;
    }
    for answer in ada.answers() {
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{answer}");
        assert_eq!(answer.header("server"), "", "nor says what it runs on");
    }
}
