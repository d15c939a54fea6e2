//! Other programs: keys, meeting links, and the recipe of the documentation.

use std::time::Duration;

use reqwest::Method;
use sandbox::Fault;
use serde_json::{Value, json};
use shared::{ProblemKind, path};
use tests::{
    answer::Answer,
    portal::{TWO_SITES, TestPortal},
    processes::program_output,
};

use crate::secrets::Log;

const BROKER: &str = "/api/v2/joseencrypt";

/// What a command says about a running portal's data.
async fn command(portal: &TestPortal, words: &[&str]) -> (i32, String) {
    let data = portal.data_dir();
    let config = data.with_file_name("portal.toml");
    std::fs::write(&config, TWO_SITES).unwrap();
    let (config, data) = (config.display().to_string(), data.display().to_string());
    let words: Vec<&str> = words.iter().copied().chain(["--config", &config, "--sandbox"]).collect();
    program_output(&words, &[("GUEST_PORTAL_SERVER_DATA_DIR", &data)]).await
}

pub(crate) async fn make_key(portal: &TestPortal, name: &str, scope: &str) -> String {
    make_key_of(portal, "demo", name, scope).await
}

pub(crate) async fn make_key_of(portal: &TestPortal, site: &str, name: &str, scope: &str) -> String {
    let (code, printed) = command(portal, &["key", "make", "--site", site, "--name", name, "--scope", scope]).await;
    assert_eq!(code, 0, "{printed}");
    let key = printed.trim().to_owned();
    assert!(key.starts_with("gpk_") && key.len() == 47, "{key}");
    key
}

/// A program that asks for meetings.
pub(crate) struct Program<'a> {
    pub(crate) portal: &'a TestPortal,
    pub(crate) key: String,
}

impl Program<'_> {
    pub(crate) async fn ask(&self, body: Value) -> Answer {
        self.ask_as(body, &[]).await
    }

    async fn ask_again(&self, body: Value, idempotency_key: &str) -> Answer {
        self.ask_as(body, &[("idempotency-key", idempotency_key)]).await
    }

    async fn ask_as(&self, body: Value, headers: &[(&str, &str)]) -> Answer {
        let visitor = self.portal.visitor();
        let mut request = visitor.bare_request(Method::POST, path::MEETINGS).bearer_auth(&self.key).json(&body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        visitor.send(request).await
    }
}

async fn start() -> (TestPortal, String) {
    let portal = TestPortal::start().await;
    let key = make_key(&portal, "crm", "meetings").await;
    (portal, key)
}

pub(crate) fn urls(answer: &Value, role: &str) -> Vec<String> {
    answer[role].as_array().unwrap().iter().map(|url| url.as_str().unwrap().to_owned()).collect()
}

pub(crate) async fn opens(url: &str) -> bool {
    reqwest::get(url).await.unwrap().status() == 200
}

fn seconds(answer: &Value, field: &str) -> i64 {
    // Both are whole seconds of the same form: comparing within a day is enough here.
    let time = answer[field].as_str().unwrap().split('T').nth(1).unwrap().trim_end_matches('Z').to_owned();
    time.split(':').fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap())
}

#[tokio::test]
async fn a_program_with_a_key_gets_links_that_open() {
    let (portal, key) = start().await;
    let program = Program { portal: &portal, key };

    let answer = program.ask(json!({})).await;

    assert_eq!((answer.status, answer.header("cache-control"), answer.header("content-type")), (201, "no-store", "application/json"));
    let made: Value = answer.json();
    assert!(made["subject"].as_str().unwrap().starts_with("gp-"), "{made}");
    assert_eq!((seconds(&made, "expires_at") - seconds(&made, "starts_at")).rem_euclid(86_400), 120 * 60);
    let (hosts, guests) = (urls(&made, "hosts"), urls(&made, "guests"));
    assert_eq!((&hosts, &guests), (&portal.minted(true), &portal.minted(false)));
    assert!(opens(&hosts[0]).await && opens(&guests[0]).await);
    let other: Value = program.ask(json!({})).await.json();
    assert_ne!(other["subject"], made["subject"], "each is a meeting of its own");
    assert_eq!(portal.webex().broker_lints(), [""; 0]);
    let (_, listed) = command(&portal, &["key", "list", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["scopes"], listed.as_array().unwrap().len()), (&json!("crm"), &json!(["meetings"]), 1));
    assert!(listed[0]["last_used_at"].is_string() && !listed.to_string().contains("gpk_"), "{listed}");
}

#[tokio::test]
async fn everything_that_the_broker_offers_can_be_asked_for() {
    let (portal, key) = start().await;
    let program = Program { portal: &portal, key };
    let wish = json!({
        "subject": "Quarterly review", "starts_at": "2099-12-24T09:00:00+01:00", "minutes": 45, "hosts": 3, "guests": 30,
        "vertical": "healthcare", "host_login": "required", "long_links": true, "devices": ["room@example.calls.webex.com"],
        "encryption": { "key_wrapping": "PBES2-HS256+A128KW", "salt_bytes": 16, "iterations": 2000, "content": "A128GCM", "signature": "HS256" },
    });
    let too_far = program.ask(wish.clone()).await;
    assert_eq!(too_far.status, 400);
    assert!(too_far.problem().detail.starts_with("`minutes` "), "{too_far}");
    let mut wish = wish;
    wish.as_object_mut().unwrap().remove("starts_at");

    let made: Value = program.ask(wish).await.json();

    assert_eq!((&made["subject"], urls(&made, "hosts").len(), urls(&made, "guests").len()), (&json!("Quarterly review"), 3, 30));
    assert!(urls(&made, "hosts").iter().all(|url| url.contains("/hc/v1/login?fli=true&int=jose&v=1&data=")), "{made}");
    assert!(urls(&made, "guests").iter().all(|url| url.contains("/hc/v1/talk?int=jose&v=1&data=")), "{made}");
    assert!(opens(&urls(&made, "guests")[29]).await && opens(&urls(&made, "hosts")[2]).await);
    assert_eq!(portal.subjects(), ["Quarterly review"]);
    assert_eq!(portal.webex().broker_lints(), [""; 0]);
}

#[tokio::test]
async fn what_is_wrong_is_named_with_its_remedy() {
    let (portal, key) = start().await;
    let program = Program { portal: &portal, key };
    for (body, field) in [
        (json!({ "colour": "red" }), "colour"),
        (json!({ "subject": " " }), "subject"),
        (json!({ "subject": "x".repeat(129) }), "subject"),
        (json!({ "starts_at": "tomorrow" }), "starts_at"),
        (json!({ "starts_at": "2001-01-01T00:00:00Z" }), "starts_at"),
        (json!({ "minutes": 0 }), "minutes"),
        (json!({ "minutes": 1.5 }), "minutes"),
        (json!({ "hosts": 101 }), "hosts"),
        (json!({ "guests": -1 }), "guests"),
        (json!({ "hosts": 0, "guests": 0 }), "hosts"),
        (json!({ "vertical": "hc" }), "vertical"),
        (json!({ "host_login": true }), "host_login"),
        (json!({ "long_links": "yes" }), "long_links"),
        (json!({ "devices": ["room"] }), "devices"),
        (json!({ "encryption": { "iterations": 999 } }), "encryption.iterations"),
        (json!({ "encryption": { "salt_bytes": 7 } }), "encryption.salt_bytes"),
        (json!({ "encryption": { "content": "none" } }), "encryption.content"),
        (json!({ "encryption": { "jweAlg": "x" } }), "encryption.jweAlg"),
    ] {
        let answer = program.ask(body.clone()).await;
        let problem = answer.problem();
        assert_eq!((problem.status, problem.kind), (400, ProblemKind::InvalidParameter), "{body}: {answer}");
        assert!(problem.detail.starts_with(&format!("`{field}` ")), "{body}: {answer}");
    }
    assert_eq!(program.ask(json!([])).await.problem().kind, ProblemKind::InvalidJson);
    for bad in ["", "two words", &"x".repeat(256)] {
        assert_eq!(program.ask_again(json!({}), bad).await.problem().kind, ProblemKind::InvalidParameter, "{bad}");
    }
    assert_eq!(portal.requests("POST", BROKER).len(), 0, "the broker was not asked");
}

#[tokio::test]
async fn nobody_gets_links_without_a_key_that_is_good_for_it() {
    let (portal, key) = start().await;
    let refused = |answer: &Answer| (answer.status, answer.problem().kind, answer.header("www-authenticate").to_owned());
    let unknown = (401, ProblemKind::KeyRefused, "Bearer".to_owned());
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    assert_eq!(refused(&ada.post(path::MEETINGS, json!({})).await), unknown, "a guest's cookie is no key");
    for wrong in ["", "gpk_", "gpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &key[4..], &key[..46]] {
        let program = Program { portal: &portal, key: wrong.to_owned() };
        assert_eq!(refused(&program.ask(json!({})).await), unknown, "{wrong}");
    }
    let other = Program { portal: &portal, key: make_key(&portal, "calendar", "visits").await };
    assert_eq!(refused(&other.ask(json!({})).await), (403, ProblemKind::KeyLacksScope, String::new()));
    let program = Program { portal: &portal, key };
    assert_eq!(program.ask(json!({})).await.status, 201);

    let (code, _) = command(&portal, &["key", "make", "--site", "demo", "--name", "crm", "--scope", "meetings"]).await;
    assert_eq!(code, 1, "the name is taken");
    assert_eq!(command(&portal, &["key", "revoke", "nobody", "--site", "demo"]).await.0, 1);
    assert_eq!(command(&portal, &["key", "make", "--site", "none", "--name", "x", "--scope", "meetings"]).await.0, 2);
    let (code, printed) = command(&portal, &["key", "revoke", "crm", "--site", "demo"]).await;
    assert_eq!(code, 0, "{printed}");
    assert_eq!(refused(&program.ask(json!({})).await), unknown, "at once");

    let database = rusqlite::Connection::open(portal.data_dir().join("guest-portal.db")).unwrap();
    let mut audit = database.prepare("SELECT what || ': ' || about FROM audit WHERE site_id = 'demo' ORDER BY seq").unwrap();
    let audit: Vec<String> = audit.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(audit, ["api key made: crm (meetings)", "api key made: calendar (visits)", "api key revoked: crm"]);
}

#[tokio::test]
async fn a_request_that_is_repeated_is_answered_once() {
    let (portal, key) = start().await;
    let program = Program { portal: &portal, key };
    let first = program.ask_again(json!({ "guests": 2, "minutes": 30 }), "order-1").await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, ""));

    let again = program.ask_again(json!({ "minutes": 30, "guests": 2 }), "order-1").await;

    assert_eq!((again.status, again.header("idempotent-replayed"), &again.body), (201, "true", &first.body));
    assert_eq!(again.header("cache-control"), "no-store");
    assert_eq!(portal.requests("POST", BROKER).len(), 1);
    let other = program.ask_again(json!({ "guests": 3 }), "order-1").await;
    assert_eq!((other.status, other.problem().kind), (422, ProblemKind::IdempotencyKeyReused));
    let of_another = program.ask_again(json!({ "guests": 2, "minutes": 30 }), "order-2").await;
    assert_ne!(of_another.json::<Value>()["subject"], first.json::<Value>()["subject"]);
    portal.advance(Duration::from_secs(25 * 60 * 60));
    let next_day = program.ask_again(json!({ "guests": 3 }), "order-1").await;
    assert_eq!((next_day.status, next_day.header("idempotent-replayed")), (201, ""));
    assert_eq!(portal.webex().broker_lints(), [""; 0]);
}

#[tokio::test]
async fn what_is_under_way_is_not_begun_again_and_a_stop_in_between_leads_into_the_same_meeting() {
    let mut portal = TestPortal::start_behind_line().await;
    let key = make_key(&portal, "crm", "meetings").await;
    portal.line.as_ref().unwrap().hold("POST /api/v2/joseencrypt ");
    let url = format!("{}{}", portal.base_url(), path::MEETINGS);
    let first = {
        let request = reqwest::Client::new().post(url).bearer_auth(&key).header("idempotency-key", "order-1").json(&json!({}));
        tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
    };
    portal.until("the broker to be asked", async || (!portal.subjects().is_empty()).then_some(())).await;
    let program = Program { portal: &portal, key: key.clone() };
    let second = program.ask_again(json!({}), "order-1").await;
    assert_eq!((second.status, second.problem().kind, second.header("retry-after")), (409, ProblemKind::RequestUnderWay, "5"));

    portal.stop_portal().await;
    assert_eq!(first.await.unwrap(), 503);
    portal.line.as_ref().unwrap().release();
    portal.start_portal().await;

    let program = Program { portal: &portal, key };
    let made: Value = program.ask_again(json!({}), "order-1").await.json();
    assert_eq!(portal.subjects(), [made["subject"].as_str().unwrap()]);
    assert!(opens(&urls(&made, "guests")[0]).await);
    assert_eq!(portal.webex().broker_lints(), [""; 0]);
}

#[tokio::test]
async fn the_brokers_refusals_are_told_apart_and_asking_again_leads_into_the_same_meeting() {
    let (portal, key) = start().await;
    let program = Program { portal: &portal, key };
    for (fault, status, kind) in [(503, 503, ProblemKind::WebexUnreachable), (403, 502, ProblemKind::WebexRefused)] {
        portal.webex().add_fault(Fault::answer("POST", BROKER, fault)).unwrap();
        let answer = program.ask_again(json!({ "hosts": 2 }), "order-1").await;
        assert_eq!((answer.status, answer.problem().kind), (status, kind), "{answer}");
        assert!(!answer.header("retry-after").is_empty(), "{answer}");
        portal.webex().clear_faults();
    }
    let made: Value = program.ask_again(json!({ "hosts": 2 }), "order-1").await.json();
    assert_eq!(urls(&made, "hosts").len(), 2);
    assert_eq!(portal.subjects().len(), 1);
}

#[tokio::test]
async fn neither_keys_nor_links_are_in_the_log_or_open_in_the_store() {
    let (log, _guards) = Log::begin();
    let (mut portal, key) = start().await;
    let program = Program { portal: &portal, key: key.clone() };
    let made: Value = program.ask_again(json!({}), "order-1").await.json();
    program.ask_again(json!({}), "order-1").await;
    portal.stop_portal().await;
    let logged = String::from_utf8_lossy(&log.bytes()).into_owned();
    assert!(logged.contains("links were made for another program"));
    let stored = std::fs::read(portal.data_dir().join("guest-portal.db")).unwrap();
    let stored = String::from_utf8_lossy(&stored);
    assert!(stored.contains("order-1"), "there was something to search");
    for secret in [&key[4..], &urls(&made, "hosts")[0], &urls(&made, "guests")[0]] {
        assert!(!logged.contains(secret) && !stored.contains(secret), "{secret}");
    }
}

/// The part of the documentation below a heading.
fn chapter(heading: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/automation.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, chapter) = text.split_once(&format!("\n## {heading}\n")).unwrap();
    chapter.split("\n## ").next().unwrap().to_owned()
}

fn code_block(chapter: &str, below: &str) -> String {
    let (_, from_there) = chapter.split_once(below).unwrap_or_else(|| panic!("{below}"));
    let (_, block) = from_there.split_once("```").unwrap();
    let (_, block) = block.split_once('\n').unwrap();
    // Within a list it is indented.
    block.split("```").next().unwrap().lines().map(|line| format!("{}\n", line.trim_start())).collect()
}

#[tokio::test]
async fn the_recipe_for_webex_connect_works_as_it_is_written() {
    let (portal, key) = start().await;
    let recipe = chapter("From a Webex Connect flow");
    let sample: Value = serde_json::from_str(&code_block(&recipe, "sample input")).unwrap();
    let fill = |template: &str| {
        let filled = sample.as_object().unwrap().iter().fold(template.to_owned(), |filled, (name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            filled.replace(&format!("$(n2.inboundWebhook.{name})"), &value)
        });
        filled.replace("$(portalKey)", &key)
    };
    let head = fill(&code_block(&recipe, "HTTP Request"));
    let body = fill(&code_block(&recipe, "its body"));
    assert!(!head.contains("$(") && !body.contains("$("), "every variable has a value: {head} {body}");

    let mut lines = head.lines().filter(|line| !line.is_empty());
    let (method, address) = lines.next().unwrap().split_once(' ').unwrap();
    let path = &address["https://chat.example.com".len()..];
    let visitor = portal.visitor();
    let mut request = visitor.bare_request(method.parse().unwrap(), path).body(body);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    let answer: Value = visitor.send(request).await.json();

    let paths: Vec<&str> = recipe.split('`').filter(|word| word.starts_with("$.")).collect();
    assert_eq!(paths, ["$.hosts[0]", "$.guests[0]"]);
    for path in paths {
        let pointer = path.trim_start_matches('$').replace(['.', '['], "/").replace(']', "");
        let url = answer.pointer(&pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{path} in {answer}"));
        assert!(opens(url).await, "{url}");
    }
    assert_eq!(portal.webex().broker_lints(), [""; 0]);
}
