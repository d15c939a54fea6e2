//! Every secret is replaced while guests write, meet and come: no request of theirs fails, and nothing is lost. Webex takes the old
//! ones from the moment it has new ones no more.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jsonwebtoken::Algorithm;
use reqwest::{Client, Method, StatusCode};
use sandbox::{Credentials, Fault, FaultEffect, Sandbox, SandboxConfig};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::{
    clock::Clock,
    config::{Config, WebexConfig},
    portal::Portal,
    sandbox_credentials::access,
    webex::ConnectionAccess,
};
use shared::path;
use tests::{identity::BackEnd, processes::program_output, receiver::Receiver};

/// A portal with the settings of a real one, its secrets in files.
struct Scene {
    folder: tempfile::TempDir,
    sandbox: Sandbox,
    credentials: Credentials,
    receiver: Receiver,
    back_ends: Vec<BackEnd>,
    webhook_secrets: Vec<String>,
}

impl Scene {
    async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::start(SandboxConfig::loopback()).await.unwrap();
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
            credentials: sandbox.credentials(),
            sandbox,
            receiver: Receiver::start().await,
            back_ends: vec![BackEnd::new(Algorithm::EdDSA)],
            webhook_secrets: vec![webhook_secret(1)],
        };
        scene.write_secrets();
        std::fs::write(scene.file("portal.toml"), scene.settings()).unwrap();
        scene
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the operator writes: the newest of each, and of what the other side must learn first the one before as well.
    fn write_secrets(&self) {
        let Credentials { service_app, bot, guest_issuer, .. } = &self.credentials;
        write_secret(&self.file("client-secret"), &service_app.client_secret);
        write_secret(&self.file("refresh-token"), &service_app.refresh_token);
        write_secret(&self.file("bot-token"), &bot.access_token);
        write_secret(&self.file("issuer-secret"), &guest_issuer.secret);
        write_secret(&self.file("webhook"), self.webhook_secrets.last().unwrap());
        write_secret(&self.file("webhook-before"), &self.webhook_secrets[self.webhook_secrets.len().saturating_sub(2)]);
    }

    fn settings(&self) -> String {
        let file = |name: &str| self.file(name).display().to_string();
        let keys: String =
            self.back_ends.iter().enumerate().map(|(number, back_end)| back_end.key_settings(&format!("key-{number}"))).collect();
        format!(
            "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:1\"\ndata_dir = \"{data}\"\n[limits]\nprofile = \"bench\"\n\
             [webex]\nfeed = \"polling\"\n[webex.service_app]\nclient_id = \"{client_id}\"\nclient_secret_file = \"{client_secret}\"\n\
             refresh_token_file = \"{refresh_token}\"\n[webex.bot]\naccess_token_file = \"{bot}\"\n[webex.guest_issuer]\nissuer_id = \"{issuer}\"\n\
             secret_file = \"{issuer_secret}\"\n[[site]]\nid = \"demo\"\nname = \"Acme\"\nstaff = [\"grace@sandbox.example\"]\n[site.identity]\n\
             mode = \"optional\"\nalgorithm = \"EdDSA\"\n{keys}\n[[site.webhook]]\nurl = \"{receiver}\"\nsecret_file = \"{webhook}\"\n\
             previous_secret_file = \"{before}\"\n",
            data = file("data"),
            client_id = self.credentials.service_app.client_id,
            client_secret = file("client-secret"),
            refresh_token = file("refresh-token"),
            bot = file("bot-token"),
            issuer = self.credentials.guest_issuer.issuer_id,
            issuer_secret = file("issuer-secret"),
            receiver = self.receiver.base_url(),
            webhook = file("webhook"),
            before = file("webhook-before"),
        )
    }

    /// With the portal's own settings, but connected to the simulator.
    async fn start(&self) -> Portal {
        let config = Config::from_file(&self.file("portal.toml"), None, &|_| None).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let live = match &config.webex {
            WebexConfig::Live(connections) => server::access::live(connections).unwrap(),
            WebexConfig::Sandbox { .. } => panic!("it is set up as for the real Webex"),
        };
        let simulated = access(&self.credentials, &self.sandbox.base_url().parse().unwrap(), &config.webex.wanted()).unwrap();
        let connections = live.into_iter().zip(simulated).map(|(live, simulated)| ConnectionAccess {
            service_app: live.service_app,
            guest_issuer: live.guest_issuer,
            bot: live.bot,
            ..simulated
        });
        Portal::start(config, connections.collect(), Clock::system()).await.unwrap()
    }
}

fn webhook_secret(number: u8) -> String {
    use base64::Engine;
    format!("whsec_{}", base64::prelude::BASE64_STANDARD.encode([number; 32]))
}

fn write_secret(path: &Path, secret: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, secret).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// One browser.
struct Guest {
    http: Client,
    base: String,
    cookies: String,
    room: String,
}

impl Guest {
    async fn begin(base: &str, path: &str, body: &Value) -> Self {
        let http = Client::builder().no_proxy().build().unwrap();
        let mut guest = Self { http, base: base.to_owned(), cookies: String::new(), room: String::new() };
        let session = guest.request(Method::POST, path).json(body).send().await.unwrap();
        assert_eq!(session.status(), StatusCode::CREATED);
        let cookies = session.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
        guest.cookies = cookies.filter(|cookie| !cookie.ends_with('=')).collect::<Vec<_>>().join("; ");
        let rooms: Value = guest.ask(Method::GET, path::ROOMS, None).await;
        guest.room = rooms["items"][0]["id"].as_str().unwrap().to_owned();
        guest
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base)).header("x-gp", "demo");
        request.header("sec-fetch-site", "same-origin").header("cookie", &self.cookies)
    }

    /// It must not fail.
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let request = self.request(method.clone(), path);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn say(&self, text: &str) {
        let body = json!({ "client_message_id": tests::guest::new_client_message_id(), "text": text });
        self.ask(Method::POST, &format!("/api/rooms/{}/messages", self.room), Some(body)).await;
    }
}

#[tokio::test]
async fn every_secret_is_replaced_under_load_and_no_request_fails() {
    let mut scene = Scene::new().await;
    let portal = scene.start().await;
    let base = format!("http://{}", portal.address());
    let is_over = Arc::new(AtomicBool::new(false));
    // Guests who come, write, look and ask for a meeting, all the time.
    let load: Vec<_> = (0..4)
        .map(|number| {
            let (base, is_over) = (base.clone(), is_over.clone());
            tokio::spawn(async move {
                let mut said = Vec::new();
                let mut round = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let name = format!("Guest {number} {round}");
                    let guest = Guest::begin(&base, path::SESSION, &json!({ "display_name": name })).await;
                    for line in 0..4 {
                        let text = format!("{name} says {line}");
                        guest.say(&text).await;
                        guest.ask(Method::GET, &format!("/api/rooms/{}/messages", guest.room), None).await;
                        said.push(text);
                        tokio::time::sleep(Duration::from_millis(30)).await;
                    }
                    if round == 0 {
                        guest.ask(Method::POST, path::VISITS, Some(json!({ "room_id": guest.room }))).await;
                    }
                    round += 1;
                }
                said
            })
        })
        .collect();
    let enter = async |scene: &Scene, key: usize| {
        let back_end = &scene.back_ends[key];
        let claims = BackEnd::claims_at(&Clock::system(), "http://127.0.0.1:1", &format!("user-{key}"), "Ida");
        let header = json!({ "alg": "EdDSA", "typ": "gp-id+jwt", "kid": format!("key-{key}") });
        json!({ "token": back_end.sign(&header, &claims) })
    };

    let mut all = Vec::new();
    for round in 2..5_u8 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Guest::begin(&base, path::IDENTITY, &enter(&scene, scene.back_ends.len() - 1).await).await;
        // What is sealed at rest.
        let config = scene.file("portal.toml").display().to_string();
        let (code, printed) = program_output(&["rotate", "--config", &config], &[]).await;
        assert_eq!(code, 0, "{printed}");
        // Webex's own, which are another from one moment to the next.
        scene.sandbox.replace_secrets(&mut scene.credentials).unwrap();
        scene.sandbox.expire_access_tokens().unwrap();
        // What others have to learn: they know the new one only after the portal does.
        scene.webhook_secrets.push(webhook_secret(round));
        scene.back_ends.push(BackEnd::new(Algorithm::EdDSA));
        scene.write_secrets();
        std::fs::write(scene.file("portal.toml"), scene.settings()).unwrap();
        let rotated = portal.app.reload_secrets().await.unwrap();
        assert!(!rotated.needs_restart, "{rotated:?}");
        for kind in ["client_secret", "refresh_token", "bot.access_token", "guest_issuer.secret", "identity.key", "webhook"] {
            assert!(rotated.secrets.iter().any(|name| name.contains(kind)), "{kind}: {:?}", rotated.secrets);
        }
        all.extend(rotated.secrets);
        // The back end goes on with either key.
        for key in [scene.back_ends.len() - 2, scene.back_ends.len() - 1] {
            Guest::begin(&base, path::IDENTITY, &enter(&scene, key).await).await;
        }
    }
    assert_eq!(all.len(), 3 * 6);
    tokio::time::sleep(Duration::from_millis(300)).await;
    is_over.store(true, Ordering::Relaxed);
    let mut said = Vec::new();
    for guest in load {
        said.extend(guest.await.unwrap());
    }
    assert!(said.len() > 20, "{}", said.len());

    // Whoever signs by a key that was taken away does not get in.
    let forgotten = enter(&scene, 0).await;
    scene.back_ends.remove(0);
    let keep: String = scene.settings().replace("id = \"key-", "id = \"kept-");
    std::fs::write(scene.file("portal.toml"), keep).unwrap();
    portal.app.reload_secrets().await.unwrap();
    let refused = Client::new().post(format!("{base}{}", path::IDENTITY)).header("x-gp", "demo").header("sec-fetch-site", "same-origin");
    assert_eq!(refused.json(&forgotten).send().await.unwrap().status(), StatusCode::FORBIDDEN);

    // Everything arrived, once.
    let texts = || -> Vec<String> {
        scene.sandbox.rooms().iter().flat_map(|room| scene.sandbox.messages(&room.id)).map(|message| message.text).collect()
    };
    tests::portal::within("everything to arrive", async {
        while !said.iter().all(|text| texts().contains(text)) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    let found = texts();
    assert!(said.iter().all(|text| found.iter().filter(|found| *found == text).count() == 1), "twice");

    // Each delivery was signed by the newest secret or the one before, as its receiver had it then.
    let deliveries = scene.receiver.deliveries();
    assert!(!deliveries.is_empty());
    for delivery in deliveries {
        let by: Vec<usize> =
            (0..scene.webhook_secrets.len()).filter(|number| delivery.is_signed_with(&scene.webhook_secrets[*number])).collect();
        assert!(by.len() == 2 && by[1] == by[0] + 1 || by == [0], "the newest and the one before: {by:?}");
    }
    portal.stop().await;
}

#[tokio::test]
async fn secrets_that_are_wrong_change_nothing() {
    let scene = Scene::new().await;
    let portal = scene.start().await;
    write_secret(&scene.file("webhook"), "hunter2");
    let problems = portal.app.reload_secrets().await.unwrap_err();
    assert!(
        problems.iter().any(|line| line.contains("webhook[1].secret_file")) && !format!("{problems:?}").contains("hunter2"),
        "{problems:?}"
    );
    scene.write_secrets();
    std::fs::write(scene.file("portal.toml"), scene.settings().replace("name = \"Acme\"", "name = \"Other\"")).unwrap();
    let rotated = portal.app.reload_secrets().await.unwrap();
    assert!(rotated.secrets.is_empty() && rotated.needs_restart, "{rotated:?}");
    portal.stop().await;
}

#[tokio::test]
async fn a_key_of_the_same_name_is_another_one_and_another_algorithm_takes_a_restart() {
    let mut scene = Scene::new().await;
    let portal = scene.start().await;
    scene.back_ends = vec![BackEnd::new(Algorithm::EdDSA)];
    std::fs::write(scene.file("portal.toml"), scene.settings()).unwrap();
    let rotated = portal.app.reload_secrets().await.unwrap();
    assert!(!rotated.needs_restart && rotated.secrets.iter().any(|name| name.contains("identity.key")), "{rotated:?}");
    scene.back_ends = vec![BackEnd::new(Algorithm::ES256)];
    std::fs::write(scene.file("portal.toml"), scene.settings().replace("algorithm = \"EdDSA\"", "algorithm = \"ES256\"")).unwrap();
    let rotated = portal.app.reload_secrets().await.unwrap();
    assert!(rotated.needs_restart && rotated.secrets.is_empty(), "{rotated:?}");
    portal.stop().await;
}

#[tokio::test]
async fn a_refresh_that_is_under_way_while_the_secrets_are_replaced_does_not_outlive_them() {
    let mut scene = Scene::new().await;
    let portal = scene.start().await;
    let service_app = portal.app.connections.all().next().unwrap().service_app.clone().unwrap();
    let refreshes = || scene.sandbox.requests().iter().filter(|request| request.path == "/v1/access_token").count();
    let old = service_app.token().await.unwrap();
    let before = refreshes();
    let effect = FaultEffect::SlowBody { ms: 500 };
    scene.sandbox.add_fault(Fault { effect, ..Fault::answer("POST", "/v1/access_token", 200) }).unwrap();
    service_app.refuse(&old).await;
    let under_way = tokio::spawn({
        let service_app = service_app.clone();
        async move { service_app.token().await }
    });
    tests::portal::within("the refresh", async {
        while refreshes() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    scene.sandbox.replace_secrets(&mut scene.credentials).unwrap();
    scene.write_secrets();
    portal.app.reload_secrets().await.unwrap();
    let between = under_way.await.unwrap().unwrap();
    // What it brought comes of a token that Webex has no more: the next one comes of the new one, after a restart, too.
    scene.sandbox.expire_access_tokens().unwrap();
    drop(service_app);
    portal.stop().await;
    let portal = scene.start().await;
    let service_app = portal.app.connections.all().next().unwrap().service_app.clone().unwrap();
    service_app.refuse(&between).await;
    assert_ne!(service_app.token().await.unwrap().expose_secret(), between.expose_secret());
    service_app.person_id().await.unwrap();
    portal.stop().await;
}
