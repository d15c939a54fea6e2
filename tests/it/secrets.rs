//! What must never reach a browser, searched for in every answer.

use std::{
    collections::BTreeSet,
    io::Write,
    sync::{Arc, Mutex},
};

use reqwest::Method;
use sandbox::Fault;
use shared::{FileTicket, Visit, VisitState, path};
use tests::{
    files::TestFile,
    guest::{TestGuest, new_client_message_id},
    portal::{GRACE, TestPortal},
};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{EnvFilter, util::SubscriberInitExt};

use crate::{
    connections::{FOUR_ROWS, HEDY, guest_at, main_job, meet},
    visits::LINUS,
};

/// Every token and secret of the simulated Webex: those it began with and those it gave out.
pub(crate) fn secrets_of(portal: &TestPortal) -> BTreeSet<String> {
    let credentials = &portal.credentials;
    let mut secrets: BTreeSet<String> = [
        &credentials.service_app.client_secret,
        &credentials.service_app.refresh_token,
        &credentials.service_app.access_token,
        &credentials.guest_issuer.secret,
        &credentials.bot.access_token,
    ]
    .into_iter()
    .cloned()
    .collect();
    secrets.extend(credentials.staff.iter().map(|staff| staff.access_token.clone()));
    let begun_with = secrets.len();
    let database = rusqlite::Connection::open(portal.sandbox_dir().join("sandbox.db")).unwrap();
    let mut rows = database.prepare("SELECT json FROM objects WHERE kind = 'token'").unwrap();
    for json in rows.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        let token: serde_json::Value = serde_json::from_str(&json.unwrap()).unwrap();
        secrets.insert(token["text"].as_str().unwrap().to_owned());
    }
    assert!(secrets.len() >= begun_with + 2, "a guest's token and the service app's newest are among them");
    assert!(secrets.iter().all(|secret| secret.len() > 20), "short ones would be found anywhere");
    secrets
}

/// The first secret, whole or a telling part of it, in what a browser was given.
fn leak(secrets: &BTreeSet<String>, given: &[String]) -> Option<String> {
    let parts: Vec<&str> = secrets.iter().map(|secret| &secret[secret.len() / 2..]).collect();
    given.iter().find(|text| parts.iter().any(|part| text.contains(part))).cloned()
}

fn everything_given_to(guest: &TestGuest) -> Vec<String> {
    let answers = guest.answers();
    let headers = answers.iter().flat_map(|answer| answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")));
    let bodies = answers.iter().map(|answer| answer.body.clone());
    headers.chain(bodies).chain([guest.heard_bytes()]).collect()
}

#[tokio::test]
async fn no_answer_carries_a_token_or_a_secret_of_webex() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "How can I help?").unwrap();
    ada.hear_message("How can I help?").await;
    portal.webex().expire_access_tokens().unwrap();
    portal.webex().add_fault(sandbox::Fault::answer("POST", "/v1/messages", 400)).unwrap();
    ada.say("refused").await;
    ada.say("taken").await;
    ada.hear_message("taken").await;
    portal.stop_sandbox().await;
    ada.say("waits").await;
    portal.advance(std::time::Duration::from_secs(60));
    ada.messages().await;
    portal.restart_portal().await;
    ada.messages().await;
    portal.start_sandbox().await;
    for path in ["/", "/s/demo", "/embed/demo", "/s/none", "/nothing", path::SITE, path::SESSION, path::ROOMS] {
        ada.get(path).await;
    }
    ada.send(ada.request(Method::POST, path::SESSION).body("{")).await;
    ada.say_as(&new_client_message_id(), "").await;
    ada.leave().await;
    let secrets = secrets_of(&portal);
    let mut given = everything_given_to(&ada);
    assert!(given.len() > 100, "there was something to search: {}", given.len());

    assert_eq!(leak(&secrets, &given), None);

    // The search finds what it looks for.
    for secret in &secrets {
        given.push(format!(r#"{{"x":"{secret}"}}"#));
        assert!(leak(&secrets, &given).is_some());
        given.pop();
    }
}

#[tokio::test]
async fn the_portals_own_cookies_stand_in_set_cookie_and_nowhere_else() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.session().await;
    for (name, value) in ada.cookies() {
        for answer in ada.answers() {
            let elsewhere = answer.headers.iter().filter(|(header, _)| *header != "set-cookie").map(|(_, value)| format!("{value:?}"));
            assert!(elsewhere.chain([answer.body.clone()]).all(|text| !text.contains(&value)), "{name} in {answer}");
        }
        assert!(!ada.heard_bytes().contains(&value), "{name} in the event stream");
    }
}

#[tokio::test]
async fn nothing_on_the_portals_disk_gives_away_a_token_or_a_cookie() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Nobody else should read this").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "An answer from Webex").unwrap();
    ada.hear_message("An answer from Webex").await;
    portal.stop_portal().await;
    let mut needles = secrets_of(&portal);
    needles.extend(ada.cookies().into_values());
    // Text from Webex is never written down, and a guest's own only until it is sent.
    needles.extend(["An answer from Webex".to_owned(), "Nobody else should read this".to_owned()]);
    let mut searched = 0;
    for path in files_below(&portal.data_dir()) {
        let bytes = std::fs::read(&path).unwrap();
        searched += bytes.len();
        for needle in &needles {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle.as_bytes()), "{needle} in {}", path.display());
        }
    }
    assert!(searched > 10_000);
}

fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// What a whole job made that must stay where it belongs.
pub(crate) struct Needles {
    /// Whole if they are short; else a telling part of them.
    parts: Vec<String>,
}

impl Needles {
    pub(crate) fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let telling = |secret: String| if secret.len() > 40 { secret[secret.len() / 2..].to_owned() } else { secret };
        // Whatever is signed or sealed for Webex begins like this.
        let sealed = ["eyJ0eXAi", "eyJhbGci", "eyJlbmMi"].map(str::to_owned);
        Self { parts: secrets.into_iter().map(telling).chain(sealed).collect() }
    }

    /// The first of them in some bytes.
    fn in_bytes(&self, bytes: &[u8]) -> Option<&str> {
        let text = String::from_utf8_lossy(bytes);
        self.parts.iter().map(String::as_str).find(|part| text.contains(part))
    }

    /// Fails if one of them is in what belongs to `whom`, and makes sure that it would have been found there.
    pub(crate) fn assert_none_in(&self, whom: &str, given: &[u8]) {
        if let Some(part) = self.in_bytes(given) {
            let text = String::from_utf8_lossy(given);
            let at = text.find(part).unwrap();
            let around: String = text[..at].chars().rev().take(300).collect::<Vec<_>>().into_iter().rev().collect();
            panic!("{part} is in {whom}, after {around}");
        }
        for part in &self.parts {
            let planted = [given, format!("{{\"x\":\"{part}\"}}").as_bytes()].concat();
            assert!(self.in_bytes(&planted).is_some(), "{part} would not be found");
        }
    }
}

/// Everything the portal logs in this thread, down to the last detail.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn begin() -> (Self, [DefaultGuard; 2]) {
        // With one subscriber alone, what another thread says first would be taken for uninteresting here, too.
        let second = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("off")).finish().set_default();
        let log = Self::default();
        let written = log.clone();
        // The simulator knows all secrets; what it logs is its own.
        let filter = server::telemetry::filter("trace,sandbox=off");
        let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(move || written.clone());
        (log, [subscriber.finish().set_default(), second])
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_whole_job_gives_no_secret_to_a_guest_to_the_log_or_to_the_disk() {
    let (log, _logging) = Log::begin();
    let mut portal = TestPortal::start_with_sites(FOUR_ROWS).await;
    let mut ada = guest_at(&portal, "demo", "Ada").await;
    let mut bob = guest_at(&portal, "tutorial", "Bob").await;
    let mut cleo = guest_at(&portal, "counter", "Cleo").await;
    main_job(&portal, &mut ada, "Ada · ").await;
    main_job(&portal, &mut bob, "Bob").await;
    meet(&portal, &mut cleo, HEDY).await;
    // And once more with everything going wrong.
    portal.webex().expire_access_tokens().unwrap();
    for path in ["/v1/messages", "/v1/contents", "/v1/people", "/v1/memberships", "/api/v2/joseencrypt", "/v1/rooms", "/v1/jwt"] {
        for fault in [Fault::answer("*", path, 401), Fault::answer("*", path, 500), Fault::truncated("*", path), Fault::not_json("*", path)]
        {
            portal.webex().add_fault(fault).unwrap();
        }
    }
    let visit = ada.ask_for_meeting().await;
    ada.say("once more").await;
    ada.send_file(&TestFile::png("more.png"), "").await;
    ada.sees_visit(&visit.id, VisitState::Ringing).await;
    let claim = portal.claim(GRACE, 3).await;
    portal.claim(LINUS, 2).await;
    portal.look_at(&claim).await;
    portal.take_it(&claim).await;
    ada.join(&visit.id).await.json::<Visit>();
    portal.webex().clear_faults();
    let joined: Visit = ada.visit(&visit.id).await.json();
    for path in ["/", "/s/demo", "/host/x", path::SITE, path::SESSION, path::ROOMS] {
        ada.get(path).await;
    }
    let claims = portal.seen_claims();
    assert!(claims.len() >= 5, "{}", claims.len());
    let (host_links, guest_links) = (portal.minted(true), portal.minted(false));
    assert!(guest_links.contains(joined.join_url.as_ref().unwrap()));
    let secrets = portal.webex().issued_secrets().into_iter().chain(secrets_of(&portal));
    let secrets: Vec<String> = secrets.chain(claims).chain(host_links).collect();
    assert!(secrets.len() > 50, "{}", secrets.len());

    let for_guests = Needles::new(secrets.clone());
    for guest in [&ada, &bob, &cleo] {
        let mut given: Vec<u8> = everything_given_to(guest).join("\n").into_bytes();
        given.extend(guest.answers().into_iter().flat_map(|answer| answer.bytes));
        assert!(given.len() > 5_000);
        for_guests.assert_none_in("what a guest was given", &given);
    }
    // A guest's own link is theirs, and nobody else's.
    let own = |guest: &TestGuest| everything_given_to(guest).join("\n");
    assert!(own(&ada).contains(joined.join_url.as_ref().unwrap()) && !own(&bob).contains(joined.join_url.as_ref().unwrap()));

    portal.stop_portal().await;
    let cookies = [&ada, &bob, &cleo].into_iter().flat_map(|guest| guest.cookies().into_values());
    let tickets =
        ada.answers().into_iter().filter(|answer| answer.asked.ends_with("/ticket")).map(|answer| answer.json::<FileTicket>().url);
    let kept_apart = Needles::new(secrets.into_iter().chain(guest_links).chain(cookies).chain(tickets));
    let logged = log.bytes();
    let says = |words: &str| String::from_utf8_lossy(&logged).contains(words);
    assert!(says("a visit was taken") && says("TRACE") && says("POST"), "{} bytes were logged", logged.len());
    kept_apart.assert_none_in("the log", &logged);
    let mut on_disk = Vec::new();
    for path in files_below(&portal.data_dir()) {
        on_disk.extend(std::fs::read(&path).unwrap());
    }
    assert!(on_disk.len() > 10_000);
    kept_apart.assert_none_in("the portal's folder", &on_disk);
}
