//! One answer or more of every kind that there is.

use jsonwebtoken::Algorithm;
use reqwest::{Method, RequestBuilder};
use sandbox::WebhookRules;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::{routes::has_frontend, visits::NewAppointment};
use shared::{FileTicket, MessageId, SiteId, VisitState, path};
use tempfile::TempDir;
use tests::{
    answer::Answer,
    guest::{TestGuest, new_client_message_id},
    head::send_head,
    identity::BackEnd,
    portal::{GRACE, TestPortal},
};

use super::book::Book;
use crate::{
    automation::make_key,
    feed_webhook::{sign, webhooks},
};

/// Classes of answers that only a program with its page in it gives.
pub(super) const NEEDS_FRONTEND: [&str; 11] = [
    "page of a site",
    "page of a site, compressed",
    "frame of a site with origins",
    "frame of a site with origins, shown in one",
    "frame of a site without origins",
    "file of the page",
    "file of the page, compressed",
    "icon",
    "script for owners' pages",
    "script for owners' pages, compressed",
    "preview: page and script",
];

const SETTINGS: &str = r#"
public_url = "https://chat.example.com"
trusted_proxies = ["127.0.0.1"]
operations_listen = "127.0.0.1:0"
[webex]
feed = "webhook"
[limits]
profile = "bench"
downloads_per_guest = "1/h burst 1"
[[site]]
id = "shop"
name = "Acme shop"
staff = ["maria@sandbox.example"]
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
allowed_origins = ["https://www.example.com", "https://shop.example.com"]
max_file_bytes = 1000
[site.words.en]
start_chat = "Talk to us"
[site.meetings]
ring_secs = 82800
link_minutes = 1440
"#;

pub(super) struct Scene {
    portal: TestPortal,
    ada: TestGuest,
    /// Carries everybody's requests, and keeps no cookie for any of them.
    courier: TestGuest,
    book: Book,
    back_end: BackEnd,
    _folder: TempDir,
}

impl Scene {
    pub(super) async fn start() -> Self {
        let (folder, back_end) = (tempfile::tempdir().unwrap(), BackEnd::new(Algorithm::EdDSA));
        let logo = folder.path().join("logo.svg");
        std::fs::write(&logo, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
        let theme = format!("[site.theme]\nlogo = \"{}\"\n", logo.display());
        let portal = TestPortal::start_with_sites(&format!("{SETTINGS}{theme}{}", back_end.settings("optional"))).await;
        // It is told nothing: its address is nowhere.
        portal.webex().set_webhook_rules(WebhookRules { loses_percent: 100, ..WebhookRules::default() }).unwrap();
        Self { ada: portal.visitor(), courier: portal.visitor(), portal, book: Book::default(), back_end, _folder: folder }
    }

    /// Everything, once.
    pub(super) async fn look(mut self) -> Book {
        self.pages().await;
        self.scripts_and_files().await;
        self.preview().await;
        self.sessions().await;
        self.conversation().await;
        self.meetings().await;
        self.programs().await;
        self.refusals().await;
        self.failures().await;
        self.book
    }

    async fn note(&mut self, class: &str, asked: &str, request: RequestBuilder) -> Answer {
        let answer = self.courier.send(request).await;
        self.book.note(class, asked, &answer);
        answer
    }

    /// The same for a request that announces more than is taken.
    async fn note_large(&mut self, class: &str, asked: &str, request: RequestBuilder) {
        let answer = send_head(request.header("content-type", "application/json"), 70_000).await;
        self.book.note(class, &format!("{asked}, 70 kB"), &answer);
    }

    async fn get(&mut self, class: &str, path: &str) -> Answer {
        self.note(class, &format!("GET {path}"), self.ada.bare_request(Method::GET, path)).await
    }

    /// As the page asks.
    async fn api(&mut self, class: &str, method: Method, shown: &str, path: &str, json: Option<Value>) -> Answer {
        let asked = format!("{method} {shown}");
        let request = self.ada.request(method, path);
        let request = match json {
            Some(json) => request.json(&json),
            None => request,
        };
        self.note(class, &asked, request).await
    }

    async fn pages(&mut self) {
        for path in ["/", "/s/demo", "/s/shop"] {
            self.get("page of a site", path).await;
        }
        let compressed = self.ada.bare_request(Method::GET, "/s/demo").header("accept-encoding", "br");
        self.note("page of a site, compressed", "GET /s/demo, accepting br", compressed).await;
        self.get("frame of a site with origins", "/embed/demo").await;
        let framed = self.ada.bare_request(Method::GET, "/embed/demo").header("sec-fetch-dest", "iframe");
        self.note("frame of a site with origins, shown in one", "GET /embed/demo, for a frame", framed).await;
        self.get("frame of a site without origins", "/embed/shop").await;
        for path in ["/s/nobodys", "/embed/nobodys", "/embed?destination=nobody"] {
            self.get("page that says there is no such site", path).await;
        }
    }

    async fn scripts_and_files(&mut self) {
        for path in [path::EMBED_SCRIPT, "/embed.js?site=demo", "/embed.js?site=nobodys", path::SPACE_WIDGET_SCRIPT] {
            if !has_frontend() && path != "/embed.js?site=nobodys" {
                continue;
            }
            self.get("script for owners' pages", path).await;
        }
        let compressed = self.ada.bare_request(Method::GET, "/embed.js?site=demo").header("accept-encoding", "br");
        self.note("script for owners' pages, compressed", "GET /embed.js?site=demo, accepting br", compressed).await;
        self.get("icon", "/favicon.ico").await;
        let index = self.ada.get("/").await.body;
        let program =
            index.split(['"', '\'']).find(|word| word.starts_with('/') && word.ends_with(".js")).unwrap_or("/program.js").to_owned();
        let request = self.ada.bare_request(Method::GET, &program);
        self.note("file of the page", "GET /(program).js", request).await;
        let compressed = self.ada.bare_request(Method::GET, &program).header("accept-encoding", "br");
        self.note("file of the page, compressed", "GET /(program).js, accepting br", compressed).await;
        let words = self.portal.app().config.site(&SiteId::new("demo")).unwrap().words[0].file.clone();
        let request = self.ada.bare_request(Method::GET, &path::words(&words));
        self.note("a site's own words", "GET /words/(file)", request).await;
        let compressed = self.ada.bare_request(Method::GET, &path::words(&words)).header("accept-encoding", "br");
        self.note("a site's own words, compressed", "GET /words/(file), accepting br", compressed).await;
        self.get("a site's picture", "/logo/demo").await;
        self.get("description of the API", path::OPENAPI).await;
    }

    async fn preview(&mut self) {
        let base = format!("http://{}", self.portal.operations_address().unwrap());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        for (class, path) in [
            ("preview: its own pages", "/preview"),
            ("preview: its own pages", "/preview/demo"),
            ("preview: its version", "/preview-version"),
            ("preview: a site for the page", path::SITE),
            ("preview: page and script", "/embed/demo"),
            ("preview: a site's picture", "/logo/demo"),
            ("preview: nothing there", "/nothing"),
        ] {
            self.note(class, &format!("GET {path}"), http.get(format!("{base}{path}")).header(path::SITE_HEADER, "demo")).await;
        }
        let refused = http.post(format!("{base}{}", path::VISITS)).header(path::SITE_HEADER, "demo");
        self.note("preview: what is not done there", "POST /api/visits", refused).await;
        let from_elsewhere = http.get(format!("{base}/preview")).header("sec-fetch-site", "cross-site");
        self.note("preview: from another site", "GET /preview, from another site", from_elsewhere).await;
        let renamed = http.get(format!("{base}/preview")).header("host", "rebound.example:9090");
        self.note("preview: under another name", "GET /preview, Host: rebound.example:9090", renamed).await;
    }

    async fn sessions(&mut self) {
        let name = json!({ "display_name": "Ada" });
        let signed_in = self.ada.post(path::SESSION, name.clone()).await;
        self.book.note("sign-in with cookies", "POST /api/session", &signed_in);
        let visitor = self.portal.visitor();
        for (class, mode) in
            [("sign-in in a frame of another site", path::FRAMED_ACROSS_SITES), ("sign-in without cookies", path::WITHOUT_COOKIES)]
        {
            let request = visitor.request(Method::POST, path::SESSION).header(path::FRAME_HEADER, mode).json(&name);
            self.note(class, &format!("POST {}, X-Gp-Frame: {mode}", path::SESSION), request).await;
        }
        let token = self.back_end.token(&self.portal, "42", "Bea");
        let request = visitor.request(Method::POST, path::IDENTITY).json(&json!({ "token": token }));
        self.note("sign-in with a signed identity", "POST /api/identity", request).await;
        let bea = self.portal.guest("Bea").await;
        self.note("leaving", "DELETE /api/session", bea.request(Method::DELETE, path::SESSION)).await;
    }

    async fn conversation(&mut self) {
        let json_class = "API: what is there";
        self.ada.listen().await;
        self.ada.say("Hello").await;
        let said = self.ada.hear_message("Hello").await.id;
        let room = self.portal.webex().room_titled("Ada").unwrap();
        let sent = self.portal.webex().send_file_as_staff(GRACE, &room.id, "offer.txt", "text/plain", b"An offer", None).unwrap();
        self.ada.hear_file("offer.txt").await;
        self.ada.stop_listening();
        let id = self.ada.room_id().await;
        for path in [path::SITE, path::SESSION, path::ROOMS] {
            self.api(json_class, Method::GET, path, path, None).await;
        }
        self.api(json_class, Method::GET, path::ROOM_MESSAGES, &path::room_messages(&id), None).await;
        self.api(json_class, Method::GET, path::ROOM_MEMBERS, &path::room_members(&id), None).await;
        let accepted = "API: accepted";
        let message = json!({ "client_message_id": new_client_message_id(), "text": "And this" });
        self.api(accepted, Method::POST, path::ROOM_MESSAGES, &path::room_messages(&id), Some(message)).await;
        let change = json!({ "client_message_id": new_client_message_id(), "text": "Hello!" });
        self.api(accepted, Method::PATCH, path::ROOM_MESSAGE, &path::room_message(&id, &said), Some(change)).await;
        let done = "API: done, and nothing to say";
        self.api(done, Method::POST, path::ROOM_TYPING, &path::room_typing(&id), Some(json!({ "is_typing": true }))).await;
        self.api(done, Method::DELETE, path::OUTBOX, &path::outbox(&new_client_message_id()), None).await;
        let stream = self.ada.request(Method::GET, path::EVENTS).send().await.unwrap();
        let (status, headers) = (stream.status().as_u16(), stream.headers().clone());
        let head = Answer { asked: "GET /api/events".into(), status, headers, body: String::new(), bytes: Vec::new() };
        self.book.note("event stream", "GET /api/events", &head);
        let ticket = format!("/api/files/{}/0/ticket", MessageId::new(sent.id));
        let given = self.api("a file's ticket", Method::POST, path::FILE_TICKET, &ticket, None).await;
        let file: FileTicket = given.json();
        let request = self.ada.bare_request(Method::GET, &file.url);
        self.note("a file", "GET /api/files/dl/{ticket}", request).await;
        self.api("429: too often", Method::POST, path::FILE_TICKET, &ticket, None).await;
    }

    async fn meetings(&mut self) {
        let id = self.ada.room_id().await;
        let asked = self.api("API: accepted", Method::POST, path::VISITS, path::VISITS, Some(json!({ "room_id": id }))).await;
        let visit: shared::Visit = asked.json();
        self.ada.sees_visit(&visit.id, VisitState::Ringing).await;
        let claim = self.portal.claim(GRACE, 1).await;
        let invitation = self.invite().await;
        let version = "a page's version";
        let by_link = |path: &str| path.replace("{claim}", &claim).replace("{invitation}", &invitation);
        for (class, shown) in [
            ("page for who has the link", path::CLAIM),
            ("page for who has the link", path::APPOINTMENT),
            (version, path::CLAIM_VERSION),
            (version, path::APPOINTMENT_VERSION),
            ("calendar", path::APPOINTMENT_CALENDAR),
        ] {
            let request = self.ada.bare_request(Method::GET, &by_link(shown));
            self.note(class, &format!("GET {shown}"), request).await;
        }
        for (class, shown) in [
            ("by link: the meeting's address", path::CLAIM),
            ("by link: done, and nothing to say", path::CLAIM_END),
            ("409 by link", path::CLAIM),
            ("409 by link", path::APPOINTMENT_JOIN),
            ("by link: done, and nothing to say", path::APPOINTMENT_CANCEL),
        ] {
            let request = self.portal.visitor().request(Method::POST, &by_link(shown));
            self.note(class, &format!("POST {shown}"), request).await;
        }
        self.api("409 of the API", Method::POST, path::VISIT_JOIN, &path::visit_join(&visit.id), None).await;
        for path in ["/host/nobodys", "/visit/nobodys"] {
            self.get("404: page of a link that leads nowhere", path).await;
        }
        for path in ["/host/nobodys/end", "/visit/nobodys/join"] {
            let request = self.portal.visitor().request(Method::POST, path);
            self.note("404 by link", &format!("POST {path}"), request).await;
        }
        self.get("410: a file that is gone", "/api/files/dl/none").await;
    }

    async fn invite(&self) -> String {
        let new = NewAppointment {
            guest_name: "Gwen".into(),
            guest_email: None,
            topic: None,
            starts_at: self.portal.clock.now().plus_millis(24 * 60 * 60 * 1000),
            minutes: 30,
            staff: vec!["linus@sandbox.example".into()],
        };
        let visits = &self.portal.app().visits;
        let site = self.portal.app().config.site(&SiteId::new("demo")).unwrap().clone();
        let appointment = visits.schedule(&site, new, format!("gp-{}", new_client_message_id())).await.unwrap();
        appointment.guest_url.expose_secret().rsplit('/').next().unwrap().to_owned()
    }

    async fn programs(&mut self) {
        let key = make_key(&self.portal, "crm", "meetings").await;
        let program = self.portal.visitor();
        let ask = |method: Method, path: &str| program.bare_request(method, path).bearer_auth(&key);
        let post = || ask(Method::POST, path::MEETINGS);
        self.note("program: links are made", "POST /api/v1/meetings", post().json(&json!({ "minutes": 30 }))).await;
        let replay = || post().header("idempotency-key", "order-1").json(&json!({ "minutes": 30 }));
        self.courier.send(replay()).await;
        self.note("program: links that were made before", "POST /api/v1/meetings, again", replay()).await;
        self.note("400 for programs", "POST /api/v1/meetings", post().json(&json!({ "colour": "red" }))).await;
        let without = program.bare_request(Method::POST, path::MEETINGS).json(&json!({}));
        self.note("401 for programs", "POST /api/v1/meetings, without a key", without).await;
        self.note("403 for programs", "GET /api/v1/visits/{visit_id}", ask(Method::GET, "/api/v1/visits/none")).await;
        self.note("405 for programs", "GET /api/v1/meetings", ask(Method::GET, path::MEETINGS)).await;
        self.note_large("413 for programs", "POST /api/v1/meetings", post()).await;
        self.note("415 for programs", "POST /api/v1/meetings, as text", post().header("content-type", "text/plain").body("{}")).await;
        let other = make_key(&self.portal, "calendar", "visits").await;
        let missing = program.bare_request(Method::GET, "/api/v1/visits/none").bearer_auth(&other);
        self.note("404 for programs", "GET /api/v1/visits/{visit_id}", missing).await;

        let webhook = webhooks(&self.portal).await.remove(0);
        let door = webhook.target_url.trim_start_matches("https://chat.example.com").to_owned();
        let body = json!({ "id": "w", "resource": "rooms", "event": "created", "data": { "id": "m", "roomId": "r" } }).to_string();
        let signature = sign(&webhook.secret, body.as_bytes());
        let tell = |signature: &str, body: &str| {
            let request = program.bare_request(Method::POST, &door).header("x-spark-signature", signature);
            request.header("content-type", "application/json").body(body.to_owned())
        };
        let shown = "POST /hooks/webex/{token}";
        self.note("webhook: taken", shown, tell(&signature, &body)).await;
        self.note("401 for webhooks", &format!("{shown}, not signed"), tell("", &body)).await;
        self.note_large("413 for webhooks", shown, program.bare_request(Method::POST, &door).header("x-spark-signature", &signature)).await;
        let as_text = program.bare_request(Method::POST, &door).header("content-type", "text/plain").body("{}");
        self.note("415 for webhooks", &format!("{shown}, as text"), as_text).await;
        self.note("405 for webhooks", "GET /hooks/webex/{token}", program.bare_request(Method::GET, &door)).await;
    }

    async fn refusals(&mut self) {
        let room = path::room_messages(&self.ada.room_id().await);
        let session = self.ada.request(Method::POST, path::SESSION);
        let without_site = self.ada.bare_request(Method::GET, path::SESSION);
        self.note("400 of the API", "GET /api/session, without X-Gp", without_site).await;
        self.note(
            "400 of the API",
            "POST /api/session, no JSON",
            session.try_clone().unwrap().header("content-type", "application/json").body("{"),
        )
        .await;
        let unreadable = self.portal.guest("Cleo").await.request(Method::POST, "/api/files/m/x/ticket");
        self.note("400 of the API", "POST /api/files/{message_id}/x/ticket", unreadable).await;
        self.api("400 of the API", Method::DELETE, path::ROOM_MESSAGE, &format!("{room}/m"), None).await;
        let nobody = self.portal.visitor();
        self.note("401 of the API", "GET /api/rooms", nobody.request(Method::GET, path::ROOMS)).await;
        self.note("401 of the API", "GET /api/events", nobody.request(Method::GET, path::EVENTS)).await;
        let cross_site = |method: Method, path: &str| nobody.bare_request(method, path).header("sec-fetch-site", "cross-site");
        self.note("403 of the API", "GET /api/rooms, from another site", cross_site(Method::GET, path::ROOMS)).await;
        self.note("403 of the API", "POST /api/session, from another site", cross_site(Method::POST, path::SESSION)).await;
        self.note("403 by link", "POST /host/{claim}, from another site", cross_site(Method::POST, "/host/nobodys")).await;
        self.api("403 of the API", Method::POST, path::IDENTITY, path::IDENTITY, Some(json!({ "token": "none" }))).await;
        self.api("404 of the API", Method::GET, path::ROOM_MESSAGES, "/api/rooms/nobodys/messages", None).await;
        self.api("404 of the API", Method::GET, path::VISIT, "/api/visits/nobodys", None).await;
        for path in ["/api/nothing", "/nothing", "/nothing/at/all", "/nothing.js", "/words/nothing", "/logo/shop"] {
            self.get("404: nothing at this address", path).await;
        }
        for (method, path) in [(Method::PUT, path::SESSION), (Method::POST, path::ROOMS), (Method::TRACE, path::ROOMS)] {
            self.api("405 of the API", method, path, path, None).await;
        }
        let unknown = Method::from_bytes(b"BREW").unwrap();
        self.api("405 of the API", unknown.clone(), path::SESSION, path::SESSION, None).await;
        for (method, path) in [(Method::POST, "/s/demo"), (Method::TRACE, "/"), (Method::OPTIONS, "/embed.js"), (unknown, "/")] {
            let request = self.ada.bare_request(method.clone(), path);
            self.note("405 of pages", &format!("{method} {path}"), request).await;
        }
        let request = self.ada.bare_request(Method::PUT, "/host/nobodys");
        self.note("405 by link", "PUT /host/{claim}", request).await;
        let large = self.ada.request(Method::POST, path::SESSION);
        self.note_large("413 of the API", "POST /api/session", large).await;
        let large = self.ada.request(Method::POST, &room);
        self.note_large("413 of the API: a message", "POST /api/rooms/{room_id}/messages", large).await;
        let file = self
            .ada
            .request(Method::POST, &room)
            .header("content-type", "multipart/form-data; boundary=x")
            .header(path::FILE_BYTES_HEADER, 1001);
        self.note("413 of the API: a file", "POST /api/rooms/{room_id}/messages, 1001 bytes of 1000", file.body("--x--")).await;
        let request = session.header("content-type", "text/plain").body("{}");
        self.note("415 of the API", "POST /api/session, as text", request).await;
        self.api("422 of the API", Method::POST, path::SESSION, path::SESSION, Some(json!({ "display_name": "" }))).await;
        let empty = json!({ "client_message_id": new_client_message_id(), "text": "" });
        self.api("422 of the API", Method::POST, path::ROOM_MESSAGES, &room, Some(empty)).await;
    }

    /// Webex is away, and then the portal's own memory.
    async fn failures(&mut self) {
        let bob = self.portal.guest("Bob").await;
        bob.vouched().await;
        self.portal.stop_sandbox().await;
        let request = bob.request(Method::POST, "/api/files/nothing/0/ticket");
        self.note("503 of the API", "POST /api/files/{message_id}/{index}/ticket, while Webex is away", request).await;
        let database = rusqlite::Connection::open(self.portal.data_dir().join("guest-portal.db")).unwrap();
        database.execute("ALTER TABLE conversation_guest RENAME TO gone", []).unwrap();
        self.api("500 of the API", Method::GET, path::ROOMS, path::ROOMS, None).await;
        database.execute("ALTER TABLE invitation RENAME TO gone_too", []).unwrap();
        self.get("500 by link", "/visit/nobodys").await;
        database.execute("ALTER TABLE api_key RENAME TO gone_as_well", []).unwrap();
        let request = self.ada.bare_request(Method::GET, "/api/v1/visits/none").bearer_auth("gpk_none");
        self.note("500 for programs", "GET /api/v1/visits/{visit_id}", request).await;
    }
}
