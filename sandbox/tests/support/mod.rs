//! A sandbox and somebody with a token who talks to it.

pub(crate) mod target;

use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use sandbox::{Clock, Sandbox, SandboxConfig};
use serde_json::{Value, json};

/// 1 January 2026, 10:20 UTC.
pub(crate) fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_262_800)
}

/// A clock that moves only when told.
#[derive(Clone)]
pub(crate) struct StillClock(Arc<Mutex<SystemTime>>);

impl StillClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(noon())))
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = self.0.clone();
        Clock::new(move || *now.lock().unwrap())
    }

    pub(crate) fn advance(&self, secs: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(secs);
    }
}

pub(crate) async fn start() -> Sandbox {
    Sandbox::start(SandboxConfig::loopback()).await.unwrap()
}

pub(crate) fn http() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// Somebody with a token.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) token: String,
}

impl Client {
    pub(crate) fn new(sandbox: &Sandbox, token: impl Into<String>) -> Self {
        Self { http: http(), base: format!("{}/v1", sandbox.base_url()), token: token.into() }
    }

    /// Over the connections of others: making a `reqwest::Client` takes longer than starting a sandbox.
    pub(crate) fn sharing(http: &reqwest::Client, sandbox: &Sandbox, token: impl Into<String>) -> Self {
        Self { http: http.clone(), base: format!("{}/v1", sandbox.base_url()), token: token.into() }
    }

    /// In the government's cloud.
    pub(crate) fn in_government(sandbox: &Sandbox, token: &str) -> Self {
        Self { base: sandbox.credentials().government.api_base, ..Self::new(sandbox, token) }
    }

    pub(crate) fn service_app(sandbox: &Sandbox) -> Self {
        Self::new(sandbox, sandbox.credentials().service_app.access_token)
    }

    pub(crate) fn bot(sandbox: &Sandbox) -> Self {
        Self::new(sandbox, sandbox.credentials().bot.access_token)
    }

    pub(crate) fn grace(sandbox: &Sandbox) -> Self {
        Self::new(sandbox, sandbox.credentials().staff[0].access_token.clone())
    }

    pub(crate) fn linus(sandbox: &Sandbox) -> Self {
        Self::new(sandbox, sandbox.credentials().staff[1].access_token.clone())
    }

    /// A guest of the service app.
    pub(crate) async fn guest(sandbox: &Sandbox, subject: &str, name: &str) -> Self {
        let body = json!({ "subject": subject, "displayName": name });
        let answer = Self::service_app(sandbox).post("/guests/token", body).await;
        Self::new(sandbox, answer["accessToken"].as_str().unwrap())
    }

    /// A guest of the guest issuer.
    pub(crate) async fn issuer_guest(sandbox: &Sandbox, subject: &str, name: &str) -> Self {
        let jwt = guest_jwt(sandbox, json!({ "sub": subject, "name": name }));
        let login = Self::new(sandbox, jwt).request(Method::POST, "/jwt/login").send().await.unwrap();
        Self::new(sandbox, text(&ok(login).await, "token"))
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        self.http.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        ok(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        ok(self.request(Method::POST, path).json(&body).send().await.unwrap()).await
    }

    /// Where clients may have sent `null` and get it back.
    pub(crate) async fn post_with_null(&self, path: &str, body: Value) -> Value {
        let response = self.request(Method::POST, path).json(&body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        ok(self.request(Method::PUT, path).json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) {
        let response = self.request(Method::DELETE, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.bytes().await.unwrap().len(), 0);
    }

    /// The status and the message of what must be refused.
    pub(crate) async fn refused(&self, method: Method, path: &str, body: Option<Value>) -> (u16, String) {
        let request = self.request(method, path);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        refusal(request.send().await.unwrap()).await
    }

    pub(crate) async fn me(&self) -> Value {
        self.get("/people/me").await
    }

    /// A group room of one's own.
    pub(crate) async fn room(&self, title: &str) -> String {
        text(&self.post("/rooms", json!({ "title": title })).await, "id")
    }

    pub(crate) async fn add(&self, room: &str, person: &str) -> Value {
        self.post("/memberships", json!({ "roomId": room, "personId": person })).await
    }

    pub(crate) async fn say(&self, room: &str, words: &str) -> Value {
        self.post("/messages", json!({ "roomId": room, "text": words })).await
    }

    /// Every item, page by page.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let response = self.request(Method::GET, &path).send().await.unwrap();
            next = next_link(&response);
            items.extend(ok(response).await["items"].as_array().unwrap().clone());
        }
        items
    }
}

/// Waits for what should be so at once; what never becomes so fails the test.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let began = std::time::Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub(crate) fn next_link(response: &Response) -> Option<String> {
    let link = response.headers().get("link")?.to_str().unwrap();
    let (url, rel) = link.split_once(">; ").unwrap();
    assert_eq!(rel, "rel=\"next\"");
    Some(url.trim_start_matches('<').to_owned())
}

pub(crate) async fn ok(response: Response) -> Value {
    let status = response.status();
    let body = response.text().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(!body.replace("\"notFoundIds\":null", "").contains("null"), "{body}");
    serde_json::from_str(&body).unwrap()
}

/// Every error has the standard body, and repeats its tracking id in the header.
pub(crate) async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let tracking_id = response.headers()["trackingid"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert!(tracking_id.starts_with("ROUTERGW_"));
    assert_eq!(body["trackingId"], tracking_id);
    assert_eq!(body["errors"][0]["description"], body["message"]);
    (status, text(&body, "message"))
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

pub(crate) fn texts(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(item, "text")).collect()
}

/// A guest JWT as the tutorial signs it.
pub(crate) fn guest_jwt(sandbox: &Sandbox, claims: Value) -> String {
    let issuer = sandbox.credentials().guest_issuer;
    let key = STANDARD.decode(issuer.secret).unwrap();
    let mut all = json!({ "iss": issuer.issuer_id });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encode(r#"{"typ":"JWT","alg":"HS256"}"#), encode(&all.to_string()));
    let signature = crypto::sign(signed.as_bytes(), &EncodingKey::from_secret(&key), Algorithm::HS256).unwrap();
    format!("{signed}.{signature}")
}
