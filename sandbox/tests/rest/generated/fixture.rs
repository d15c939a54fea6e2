//! What requests are about: a sandbox with somebody and something of every kind, and strange words.

use fastrand::Rng;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use sandbox::{AutoResponder, Credentials, Sandbox, SandboxConfig};
use serde_json::{Map, Value, json};

use super::wire::Body;
use crate::support::target::Target;
use crate::support::{Client, ok, text};

/// What requests use up, one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spare {
    None,
    Rooms,
    Memberships,
    Messages,
    Webhooks,
}

/// A sandbox of one operation, and dice.
pub(super) struct Fixture {
    pub(super) rng: Rng,
    pub(super) sandbox: Sandbox,
    pub(super) credentials: Credentials,
    /// Listens for Grace's webhook, and is a file by URL.
    pub(super) target: Target,
    pub(super) grace: Client,
    /// Of Grace, with Linus and the bot in it.
    pub(super) room: String,
    /// Of Linus, in the room.
    pub(super) membership: String,
    /// Of Grace, in the room; it has a reply.
    pub(super) message: String,
    pub(super) card: String,
    pub(super) action: String,
    pub(super) contents: Vec<String>,
    pub(super) webhook: String,
    pub(super) guest: String,
    pub(super) guest_token: String,
    spares: Vec<String>,
    /// So that nobody is added twice.
    pub(super) count: u32,
}

pub(super) const CARD: &str = "application/vnd.microsoft.card.adaptive";

/// Names and types of files that are strange to read and to write in a header.
const FILES: [(&str, &str); 6] = [
    ("a.txt", "text/plain; charset=utf-8"),
    ("naïve 日本.png", "image/png"),
    ("\u{202e}gnp.exe", "application/octet-stream"),
    ("e\u{301}\u{301} \\ \" %41;filename=b", "x/y; z=\"a, b\""),
    ("..\\..\\etc/passwd", "text/html"),
    ("💩", "audio/wav"),
];

/// Letters from everywhere, marks with nothing to stand on, direction and nothing at all.
const STRANGE: [&str; 16] = [
    "Help",
    "שלום עולם",
    "\u{202e}desrever\u{202c}",
    "e\u{301}\u{301}\u{301}",
    "\u{301}\u{327}",
    "before\u{0}after",
    "👩‍👩‍👧‍👦",
    "日本語のテキスト",
    "  spaces  ",
    "<b>&\"'</b>",
    "\u{feff}mark",
    "line\r\nline\tline",
    "\u{e000}private\u{e001}",
    "İstanbul ẞ ﬃ",
    "\u{1f}\u{7f}\u{85}control",
    "null",
];

/// What readers of markdown and HTML have stumbled over.
const KNOTS: [(&str, usize); 10] = [
    (">", 2000),
    ("[", 3000),
    ("*a", 2000),
    ("<b>", 2000),
    ("<@all>", 500),
    ("- ", 1000),
    ("`", 3000),
    ("![](", 1000),
    ("<!--", 900),
    ("&amp;", 900),
];

impl Fixture {
    /// With so many spare things.
    pub(super) async fn new(http: &reqwest::Client, config: SandboxConfig, seed: u64, spare: Spare, spares: u64) -> Self {
        let sandbox = Sandbox::start(config).await.unwrap();
        // Both work where nobody waits for them.
        sandbox.set_auto_responder(AutoResponder { is_on: true, after_ms: 0, ..AutoResponder::default() }).unwrap();
        let credentials = sandbox.credentials();
        let target = Target::start().await;
        let client = |token: &str| Client::sharing(http, &sandbox, token);
        let (grace, linus) = (client(&credentials.staff[0].access_token), client(&credentials.staff[1].access_token));
        let room = grace.room("Help").await;
        let membership = text(&grace.add(&room, &credentials.staff[1].person_id).await, "id");
        grace.add(&room, &credentials.bot.person_id).await;
        let message = text(&grace.say(&room, "first").await, "id");
        grace.post("/messages", json!({ "roomId": room, "parentId": message, "text": "reply" })).await;
        grace.post("/messages", json!({ "toPersonEmail": credentials.staff[1].email, "text": "hi" })).await;
        let card = json!({ "contentType": CARD, "content": { "type": "AdaptiveCard", "version": "1.3" } });
        let card = text(&grace.post("/messages", json!({ "roomId": room, "text": "card", "attachments": [card] })).await, "id");
        let submit = json!({ "type": "submit", "messageId": card, "inputs": {} });
        let action = text(&linus.post("/attachment/actions", submit).await, "id");
        let mut contents = Vec::new();
        for (name, media_type) in FILES {
            let bytes = vec![7; 3 * name.len()];
            let part = Part::bytes(bytes).file_name(name).mime_str(media_type).unwrap();
            let form = Form::new().text("roomId", room.clone()).part("files", part);
            let file = ok(grace.request(Method::POST, "/messages").multipart(form).send().await.unwrap()).await;
            contents.push(file["files"][0].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
        }
        let hook = json!({ "name": "hook", "targetUrl": target.url(), "resource": "all", "event": "all" });
        let webhook = text(&grace.post("/webhooks", hook.clone()).await, "id");
        let app = client(&credentials.service_app.access_token);
        let ada = app.post("/guests/token", json!({ "subject": "ada", "displayName": "Ada" })).await;
        let (guest, guest_token) = (text(&ada, "id"), text(&ada, "accessToken"));
        let mut left = Vec::new();
        for number in 0..if spare == Spare::None { 0 } else { spares } {
            left.push(match spare {
                Spare::Rooms => grace.room("Spare").await,
                Spare::Memberships => {
                    let body = json!({ "roomId": room, "personEmail": format!("spare-{number}@example.org") });
                    text(&grace.post("/memberships", body).await, "id")
                }
                Spare::Messages => text(&grace.say(&room, "spare").await, "id"),
                Spare::Webhooks => text(&grace.post("/webhooks", hook.clone()).await, "id"),
                Spare::None => String::new(),
            });
        }
        Self {
            rng: Rng::with_seed(seed),
            sandbox,
            credentials,
            target,
            grace,
            room,
            membership,
            message,
            card,
            action,
            contents,
            webhook,
            guest,
            guest_token,
            spares: left,
            count: 0,
        }
    }

    /// Something nobody has used yet.
    pub(super) fn spare(&mut self) -> String {
        self.spares.pop().unwrap()
    }

    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }

    pub(super) fn one_of<T: Clone>(&mut self, from: &[T]) -> T {
        self.rng.choice(from).unwrap().clone()
    }

    pub(super) fn next(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    /// Not empty, and short enough for everything.
    pub(super) fn words(&mut self) -> String {
        match self.rng.u32(..8) {
            0 => "a".repeat(self.rng.usize(1..3000)),
            1 => "é".repeat(self.rng.usize(1..1500)),
            _ => self.one_of(&STRANGE).to_owned(),
        }
    }

    /// Markdown or HTML, up to the limit.
    pub(super) fn knot(&mut self) -> String {
        let (piece, most) = self.one_of(&KNOTS);
        let knot = piece.repeat(self.rng.usize(1..=most));
        if self.chance(30) { format!("{knot}{}", self.one_of(&STRANGE)) } else { knot }
    }

    /// Padded or not, in base64 or bare.
    pub(super) fn as_sent(&mut self, id: &str) -> String {
        match self.rng.u32(..6) {
            0 => id.to_owned() + &"=".repeat((4 - id.len() % 4) % 4),
            1 => id.to_owned() + &"%3D".repeat((4 - id.len() % 4) % 4),
            _ => id.to_owned(),
        }
    }

    /// JSON, or a form where all of it is words; with a name nobody reads.
    pub(super) fn body(&mut self, fields: Value) -> Body {
        let Value::Object(mut fields) = fields else { return Body::None };
        if self.chance(25) {
            fields.insert("nobodyReadsThis".to_owned(), self.extra());
        }
        let pair = |(name, value): (&String, &Value)| match value {
            Value::String(text) => Some((name.clone(), text.clone())),
            Value::Bool(flag) => Some((name.clone(), flag.to_string())),
            _ => None,
        };
        match fields.iter().map(pair).collect::<Option<Vec<_>>>() {
            Some(form) if self.chance(25) => Body::Form(form),
            _ => self.json(fields),
        }
    }

    /// JSON in one of its names.
    pub(super) fn json(&mut self, fields: Map<String, Value>) -> Body {
        let content_type = self.one_of(&["", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]);
        if content_type.is_empty() {
            return Body::Json(fields);
        }
        Body::Raw { content_type: Some(content_type.to_owned()), bytes: Value::Object(fields).to_string().into_bytes() }
    }

    fn extra(&mut self) -> Value {
        let choices = [json!(5), json!({ "a": [1, { "b": null }] }), json!("words"), json!([[[[]]]]), json!(-1e300), Value::Null];
        self.one_of(&choices)
    }
}
