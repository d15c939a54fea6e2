//! A portal behind its owner's proxy, with one of everything that a request could read or change.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use jsonwebtoken::Algorithm;
use reqwest::{Client, Method, RequestBuilder};
use sandbox::{Fault, WebhookRules};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::visits::NewAppointment;
use shared::{Delivery, FileRef, MessageId, Problem, ProblemKind, SiteId, Visit, VisitId, VisitState, path};
use tests::{
    guest::{TestGuest, new_client_message_id},
    identity::BackEnd,
    portal::{GRACE, TestPortal},
};

use super::oracle::{Body, Content, Guard, OWN, Verdict, Way, Who, verdict};
use crate::{
    automation::make_key,
    feed_webhook::{sign, webhooks},
};

const SITE: &str = r#"
[webex]
feed = "webhook"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
"#;

/// What whoever is let in writes, as JSON and as a form: each is one message, however often it is sent.
pub(super) const TEXT: &str = "01936b1e-7a5c-7c3e-9a41-00000000aaaa";
pub(super) const WITH_FILE: &str = "01936b1e-7a5c-7c3e-9a41-00000000bbbb";
const CHANGE: &str = "01936b1e-7a5c-7c3e-9a41-00000000cccc";
const DELETION: &str = "01936b1e-7a5c-7c3e-9a41-00000000dddd";

/// Every row that stands for something a request could bring about.
const KEPT: [&str; 8] = [
    "SELECT 'guest ' || id || display_name || coalesce(hex(key_hash), '') FROM guest ORDER BY id",
    "SELECT 'session ' || hex(id_hash) || guest_id FROM session ORDER BY id_hash",
    "SELECT 'outbox ' || client_message_id || ' ' || kind || ' ' || state FROM outbox ORDER BY seq",
    "SELECT 'visit ' || id || ' ' || state || coalesce(staff_name, '') FROM visit ORDER BY id",
    "SELECT 'claim ' || hex(token_hash) || coalesce(claimed_at, '') FROM claim ORDER BY token_hash",
    "SELECT 'identity ' || site_id || token_id FROM used_identity ORDER BY token_id",
    "SELECT 'request ' || site_id || key FROM idempotency ORDER BY key",
    "SELECT 'audit ' || what || about FROM audit ORDER BY seq",
];

/// Something that can be asked of the portal.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) guard: Guard,
    pub(super) body: Body,
    /// What is sent: there is no reason to refuse it but the way in which it comes.
    json: String,
    /// What is sent by whoever is let in, where that would be taken only once.
    json_of_handled: Option<String>,
    /// How whoever is let in is answered.
    answers: &'static [(u16, Option<ProblemKind>)],
    known_by: KnownBy,
}

/// What opens an endpoint.
#[derive(Clone)]
enum KnownBy {
    /// A guest's session, in either form.
    Session {
        cookies: String,
        bearer: String,
    },
    Key(String),
    Signature(String),
}

impl Endpoint {
    pub(super) fn is_write(&self) -> bool {
        !self.method.is_safe()
    }

    pub(super) fn ways(&self) -> Vec<Way> {
        Way::every(self.is_write())
    }

    pub(super) fn verdict(&self, way: Way) -> Verdict {
        verdict(self.guard, self.body, self.is_write(), way)
    }

    fn is_as_expected(&self, verdict: Verdict, found: &Found) -> bool {
        match verdict {
            Verdict::Handled => self.answers.contains(&(found.status, found.kind)),
            Verdict::Refused(status, kind) => (found.status, found.kind) == (status, Some(kind)) && !found.hands_out,
        }
    }
}

/// How a request was answered.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) status: u16,
    pub(super) kind: Option<ProblemKind>,
    /// A cookie or a token came with it.
    hands_out: bool,
    /// Headers that would let pages of other origins read it.
    pub(super) opens: Vec<String>,
}

pub(super) struct Scene {
    pub(super) portal: TestPortal,
    pub(super) endpoints: Vec<Endpoint>,
    /// Good once, and only sent where it should be refused.
    pub(super) identity: String,
    http: Client,
}

impl Scene {
    pub(super) async fn start() -> Self {
        let back_end = BackEnd::new(Algorithm::HS256);
        let settings = format!("public_url = \"{OWN}\"\ntrusted_proxies = [\"127.0.0.1\"]\n{SITE}{}", back_end.settings("optional"));
        let portal = TestPortal::start_with_sites(&settings).await;
        // It is told nothing: its address is nowhere.
        portal.webex().set_webhook_rules(WebhookRules { loses_percent: 100, ..WebhookRules::default() }).unwrap();
        let prepared = Prepared::new(&portal, &back_end).await;
        let endpoints = prepared.endpoints();
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { portal, endpoints, identity: prepared.identity, http }
    }

    /// Everything that requests could bring about.
    pub(super) fn kept(&self) -> Vec<String> {
        rows(&self.portal, &KEPT)
    }

    /// Asks in all these ways, so many at once, and answers what was not as the table says.
    pub(super) async fn ask(&self, requests: &[(&Endpoint, Way)], together: usize) -> Vec<String> {
        let asked = requests.iter().map(|(endpoint, way)| async move {
            let expected = endpoint.verdict(*way);
            let found = self.send(endpoint, *way).await;
            let is_right = endpoint.is_as_expected(expected, &found) && found.opens.is_empty();
            (!is_right).then(|| format!("{} {} {way:?}: {expected:?}, and it was {found:?}", endpoint.method, endpoint.path))
        });
        stream::iter(asked).buffer_unordered(together).collect::<Vec<_>>().await.into_iter().flatten().collect()
    }

    async fn send(&self, endpoint: &Endpoint, way: Way) -> Found {
        let mut request = self.request(endpoint.method.clone(), &endpoint.path);
        for (name, value) in [
            ("origin", way.origin.value()),
            ("sec-fetch-site", way.fetch_site.value()),
            ("content-type", way.content.value()),
            (path::SITE_HEADER, way.names_site.then_some("demo")),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request = match (&endpoint.known_by, way.who) {
            (KnownBy::Session { cookies, .. }, Who::Cookie) => request.header("cookie", cookies),
            (KnownBy::Session { bearer, .. }, Who::Bearer) => request.header(path::FRAME_HEADER, path::WITHOUT_COOKIES).bearer_auth(bearer),
            (KnownBy::Key(key), Who::Bearer) => request.bearer_auth(key),
            (KnownBy::Signature(signature), _) => request.header("x-spark-signature", signature),
            (KnownBy::Session { .. } | KnownBy::Key(_), _) => request,
        };
        if endpoint.is_write() {
            let is_handled = endpoint.verdict(way) == Verdict::Handled;
            let json = endpoint.json_of_handled.as_ref().filter(|_| is_handled).unwrap_or(&endpoint.json);
            let is_form = endpoint.body == Body::JsonOrForm && way.content == Content::Multipart;
            request = request.body(if is_form { form(&json.replace(TEXT, WITH_FILE)) } else { json.clone() });
        }
        found(request).await
    }

    /// The browser's question whether a page of another origin may send it.
    pub(super) async fn preflight(&self, endpoint: &Endpoint, fetch_site: Option<&str>) -> Found {
        let request = self.request(Method::OPTIONS, &endpoint.path).header("origin", "https://evil.example");
        let request = request.header("access-control-request-method", endpoint.method.as_str());
        let request = request.header("access-control-request-headers", "authorization,content-type,x-gp,x-gp-frame");
        found(match fetch_site {
            Some(site) => request.header("sec-fetch-site", site).header("sec-fetch-mode", "cors"),
            None => request,
        })
        .await
    }

    /// Somebody follows a link to it, or shows it in a frame, signed in and with everything a page of the portal's would send.
    pub(super) async fn navigate(&self, endpoint: &Endpoint, destination: &str) -> Found {
        let request = self.request(endpoint.method.clone(), &endpoint.path).header(path::SITE_HEADER, "demo");
        let request = request.header("sec-fetch-site", "same-origin").header("sec-fetch-dest", destination).header("origin", OWN);
        let request = match &endpoint.known_by {
            KnownBy::Session { cookies, .. } => request.header("cookie", cookies),
            KnownBy::Key(_) | KnownBy::Signature(_) => request,
        };
        found(request.header("content-type", "application/json").body(endpoint.json.clone())).await
    }

    /// As a proxy hands it on: under the portal's own name.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let host = OWN.trim_start_matches("https://");
        self.http.request(method, format!("{}{path}", self.portal.base_url())).header("host", host)
    }
}

async fn found(request: RequestBuilder) -> Found {
    let response = request.send().await.unwrap();
    let headers = response.headers().clone();
    let has = |name: &str| headers.contains_key(name);
    let media_type = headers.get("content-type").map(|value| value.to_str().unwrap()).unwrap_or_default();
    let status = response.status().as_u16();
    // A stream has no end; it is let go.
    let body = if media_type.starts_with("text/event-stream") { String::new() } else { response.text().await.unwrap() };
    let is_problem = media_type == shared::problem::MEDIA_TYPE;
    Found {
        status,
        kind: is_problem.then(|| serde_json::from_str::<Problem>(&body).unwrap_or_else(|error| panic!("{error} in {body}")).kind),
        hands_out: has("set-cookie") || has(path::BEARER_HEADER),
        opens: headers.keys().map(ToString::to_string).filter(|name| name.starts_with("access-control-")).collect(),
    }
}

fn rows(portal: &TestPortal, queries: &[&str]) -> Vec<String> {
    let database = rusqlite::Connection::open(portal.data_dir().join("guest-portal.db")).unwrap();
    let rows = |query: &&str| {
        let mut statement = database.prepare(query).unwrap_or_else(|error| panic!("{error} in {query}"));
        statement.query_map([], |row| row.get::<_, String>(0)).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    };
    queries.iter().flat_map(rows).collect()
}

/// A message with a file, as the page sends it.
fn form(json: &str) -> String {
    let part = "--a-boundary\r\ncontent-disposition: form-data; name=";
    format!(
        "{part}\"message\"\r\n\r\n{json}\r\n{part}\"file\"; filename=\"notes.txt\"\r\ncontent-type: text/plain\r\n\r\nA note.\r\n--a-boundary--\r\n"
    )
}

/// What is there before anything is asked.
struct Prepared {
    ada: KnownBy,
    /// She has asked for nothing yet.
    bea: KnownBy,
    identity: String,
    room: String,
    beas_room: String,
    said: MessageId,
    said_too: MessageId,
    with_file: MessageId,
    failed: String,
    visit: VisitId,
    claim: String,
    invitations: [String; 2],
    keys: [KnownBy; 2],
    webhook: String,
    delivery: String,
    signature: KnownBy,
}

impl Prepared {
    async fn new(portal: &TestPortal, back_end: &BackEnd) -> Self {
        let webhook = portal.until("the webhook", async || webhooks(portal).await.pop()).await;
        let (mut ada, bea) = (portal.visitor(), portal.visitor());
        let known_ada = known(&ada, || back_end.token(portal, "42", "Ada")).await;
        let known_bea = known(&bea, || back_end.token(portal, "43", "Bea")).await;
        ada.listen().await;
        ada.say("Hello").await;
        let said = ada.hear_message("Hello").await.id;
        ada.say("And goodbye").await;
        let said_too = ada.hear_message("And goodbye").await.id;
        let room = portal.webex().room_titled("Ada").unwrap();
        let with_file = portal.webex().send_file_as_staff(GRACE, &room.id, "offer.txt", "text/plain", b"An offer", None).unwrap();
        ada.hear_file("offer.txt").await;
        portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 403)).unwrap();
        let failed = ada.say("Never").await.client_message_id;
        ada.hear_delivery(&failed, Delivery::Failed).await;
        let visit: Visit = ada.ask_for_meeting().await;
        ada.hear_visit(&visit.id, VisitState::Ringing).await;
        let claim = portal.claim(GRACE, 1).await;
        ada.stop_listening();
        let invitations = [invite(portal).await, invite(portal).await];
        let keys = [make_key(portal, "crm", "meetings").await, make_key(portal, "calendar", "visits").await].map(KnownBy::Key);
        // What staff are told is on its way by itself; afterwards nothing moves that nobody asks for.
        let on_its_way = "SELECT client_message_id FROM outbox WHERE state NOT IN ('sent', 'failed')";
        portal.until("everything to be sent", async || rows(portal, &[on_its_way]).is_empty().then_some(())).await;
        let delivery = json!({ "id": "w", "resource": "rooms", "event": "created", "data": { "id": "m", "roomId": "r" } }).to_string();
        Self {
            ada: known_ada,
            bea: known_bea,
            identity: back_end.token(portal, "44", "Cleo"),
            room: ada.room_id().await.to_string(),
            beas_room: bea.room_id().await.to_string(),
            said,
            said_too,
            with_file: MessageId::new(with_file.id),
            failed: failed.to_string(),
            visit: visit.id,
            claim,
            invitations,
            keys,
            signature: KnownBy::Signature(sign(&webhook.secret, delivery.as_bytes())),
            webhook: webhook.target_url.trim_start_matches(OWN).to_owned(),
            delivery,
        }
    }

    /// Those that change the most come last.
    fn endpoints(&self) -> Vec<Endpoint> {
        const OVER: (u16, Option<ProblemKind>) = (409, Some(ProblemKind::VisitOver));
        let room = |path: &str| path.replace("{room_id}", &self.room);
        let message = |id: &MessageId| room(path::ROOM_MESSAGE).replace("{message_id}", id.as_str());
        let visit = |path: &str| path.replace("{visit_id}", self.visit.as_str());
        let invitation = |path: &str, number: usize| path.replace("{invitation}", &self.invitations[number]);
        let file = FileRef { message_id: self.with_file.clone(), index: 0 };
        let new_message = json!({ "client_message_id": TEXT, "text": "Let in" });
        let change = json!({ "client_message_id": CHANGE, "text": "Changed" });
        let read = |guard, path: String| self.endpoint(Method::GET, guard, Body::Unread, path, json!(null), &[(200, None)]);
        let post = |guard, path: String, json: Value, answers| self.endpoint(Method::POST, guard, Body::Json, path, json, answers);
        let press = |guard, path: String, answers| self.endpoint(Method::POST, guard, Body::Unread, path, json!({}), answers);
        let delete = |path: String, answers| self.endpoint(Method::DELETE, Guard::Guest, Body::Unread, path, json!({}), answers);
        let wish = json!({ "colour": "a meeting that is refused by nobody but the one who makes meetings" });
        vec![
            read(Guard::Page, path::SITE.into()),
            read(Guard::Guest, path::SESSION.into()),
            read(Guard::Guest, path::ROOMS.into()),
            read(Guard::Guest, room(path::ROOM_MESSAGES)),
            read(Guard::Guest, room(path::ROOM_MEMBERS)),
            read(Guard::Guest, path::EVENTS.into()),
            read(Guard::Guest, visit(path::VISIT)),
            read(Guard::Open, path::claim(&self.claim)),
            read(Guard::Open, path::appointment(&self.invitations[0])),
            Endpoint { answers: &[(410, Some(ProblemKind::FileGone))], ..read(Guard::Open, path::file_download("a-ticket")) },
            Endpoint { answers: &[(200, None), (503, None)], ..read(Guard::Open, "/s/demo".into()) },
            Endpoint { known_by: self.keys[1].clone(), ..read(Guard::Key, visit(path::BOOKING)) },
            post(Guard::Page, path::SESSION.into(), json!({ "display_name": "Mallory" }), &[(201, None)]),
            Endpoint {
                json_of_handled: Some(json!({ "token": "none" }).to_string()),
                ..post(Guard::Page, path::IDENTITY.into(), json!({ "token": self.identity }), &[(403, Some(ProblemKind::IdentityRefused))])
            },
            Endpoint { body: Body::JsonOrForm, ..post(Guard::Guest, room(path::ROOM_MESSAGES), new_message, &[(202, None)]) },
            self.endpoint(Method::PATCH, Guard::Guest, Body::Json, message(&self.said), change, &[(202, None)]),
            post(Guard::Guest, room(path::ROOM_TYPING), json!({ "is_typing": true }), &[(204, None)]),
            post(Guard::Guest, room(path::ROOM_READ), json!({ "message_id": self.said }), &[(204, None)]),
            press(Guard::Guest, path::file_ticket(&file), &[(200, None)]),
            Endpoint {
                known_by: self.bea.clone(),
                ..post(Guard::Guest, path::VISITS.into(), json!({ "room_id": self.beas_room }), &[(202, None)])
            },
            press(Guard::Guest, visit(path::VISIT_JOIN), &[OVER]),
            press(Guard::Link, path::claim(&self.claim), &[(200, None)]),
            press(Guard::Link, path::CLAIM_END.replace("{claim}", &self.claim), &[(204, None)]),
            press(Guard::Link, invitation(path::APPOINTMENT_JOIN, 0), &[OVER]),
            press(Guard::Link, invitation(path::APPOINTMENT_CANCEL, 1), &[(204, None), OVER]),
            Endpoint {
                known_by: self.keys[0].clone(),
                ..post(Guard::Key, path::MEETINGS.into(), wish, &[(400, Some(ProblemKind::InvalidParameter))])
            },
            Endpoint {
                known_by: self.signature.clone(),
                json: self.delivery.clone(),
                ..post(Guard::Signature, self.webhook.clone(), json!(null), &[(204, None)])
            },
            delete(visit(path::VISIT), &[OVER]),
            delete(format!("{}?client_message_id={DELETION}", message(&self.said_too)), &[(202, None)]),
            delete(path::OUTBOX.replace("{client_message_id}", &self.failed), &[(204, None)]),
            Endpoint { guard: Guard::Page, ..delete(path::SESSION.into(), &[(204, None)]) },
        ]
    }

    fn endpoint(
        &self,
        method: Method,
        guard: Guard,
        body: Body,
        path: String,
        json: Value,
        answers: &'static [(u16, Option<ProblemKind>)],
    ) -> Endpoint {
        let known_by = self.ada.clone();
        Endpoint { method, path, guard, body, json: json.to_string(), json_of_handled: None, answers, known_by }
    }
}

/// One guest, in a browser that keeps cookies and in one that does not.
async fn known(guest: &TestGuest, token: impl Fn() -> String) -> KnownBy {
    let request = guest.request(Method::POST, path::IDENTITY).header(path::FRAME_HEADER, path::WITHOUT_COOKIES);
    let bearer = guest.send(request.json(&json!({ "token": token() }))).await.header(path::BEARER_HEADER).to_owned();
    assert_eq!(guest.post(path::IDENTITY, json!({ "token": token() })).await.status, 201);
    let cookies = guest.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    assert!(!bearer.is_empty() && cookies.contains("__Host-gp-demo="), "{cookies}");
    KnownBy::Session { cookies, bearer }
}

/// The link of a guest whose meeting is tomorrow.
async fn invite(portal: &TestPortal) -> String {
    let starts_at = portal.clock.now().plus_millis(i64::try_from(Duration::from_secs(24 * 60 * 60).as_millis()).unwrap());
    let new = NewAppointment {
        guest_name: "Dora".into(),
        guest_email: None,
        topic: None,
        starts_at,
        minutes: 30,
        staff: vec!["linus@sandbox.example".into()],
    };
    let site = portal.app().config.site(&SiteId::new("demo")).unwrap().clone();
    let appointment = portal.app().visits.schedule(&site, new, format!("gp-{}", new_client_message_id())).await.unwrap();
    let token = appointment.guest_url.expose_secret().rsplit('/').next().unwrap().to_owned();
    let is_scheduled = async || (portal.app().visits.invitation(&token).unwrap()?.visit.state == VisitState::Scheduled).then_some(());
    portal.until("the appointment", is_scheduled).await;
    token
}
