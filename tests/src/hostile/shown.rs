//! Every vector as a message of staff, on the page that guests see, in a real browser.

use std::{
    fmt::{self, Display, Formatter},
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use axum::{Router, http::header, response::Html, routing::get};
use tokio::net::TcpListener;

use super::{Canary, Sightings, Vector, long_vectors, vectors};
use crate::{
    browser::TestBrowser,
    engine::Engine,
    portal::{GRACE, TestPortal},
    recorder::Recorder,
};

/// So many come at once: all of them are drawn, although of a long log only what is near the window is.
const AT_ONCE: usize = 8;
/// A list of messages that are longer by far than Webex takes them is no list for the portal.
const MAX_BYTES: usize = 40_000;
/// Between two looks of the portal at what staff wrote.
const POLL: Duration = Duration::from_secs(2);
/// What the page asks the portal for by itself while it shows a conversation.
const OWN_PATHS: [&str; 7] = ["/api/rooms", "/api/events", "/api/session", "/api/site", "/words/", "/s/demo", "/icon"];

/// What came of one browser.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its name and version.
    pub browser: String,
    /// How many vectors it has drawn.
    pub drawn: usize,
    /// How many were to be drawn.
    pub vectors: usize,
    /// What was seen, in all.
    pub sightings: Sightings,
    /// What the portal was asked for that the page has no reason to ask for.
    pub strange_paths: Vec<String>,
    /// All of it.
    pub took: Duration,
}

impl Report {
    /// Whether all were drawn and nothing came of them.
    pub fn is_well(&self) -> bool {
        self.drawn == self.vectors && self.sightings.are_none() && self.strange_paths.is_empty()
    }
}

impl Display for Report {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { browser, drawn, vectors, sightings, strange_paths, took } = self;
        let paths = strange_paths.len();
        write!(formatter, "{browser}: {drawn} of {vectors} drawn in {:.1} s; {sightings}, {paths} strange paths", took.as_secs_f64())
    }
}

/// Shows all of them in one browser: those of the file, and those that are too long to write down.
pub async fn run(engine: Engine) -> Report {
    let began = Instant::now();
    let canary = Canary::start().await;
    let mut portal = TestPortal::start().await;
    let recorder = Recorder::start(portal.address()).await;
    let guest = TestBrowser::start_in(engine).await;
    guest.goto(&format!("{}/s/demo", recorder.base_url())).await;
    guest.write("Your name", "Ada").await;
    guest.press("Start chat").await;
    guest.write("Message", "Hello\u{e007}").await;
    guest.sees_message("Sent").await;
    let room = guest.until(async || portal.webex().room_titled("Ada")).await.expect("the guest's space");
    canary.watch(&guest).await;
    let before = recorder.paths().len();

    let all: Vec<Vector> = [vectors(&canary.url()), long_vectors()].concat();
    for (chunk, first) in all.chunks(AT_ONCE).zip((0..).step_by(AT_ONCE)) {
        for (vector, number) in chunk.iter().zip(first..) {
            let begin = &vector.html[..vector.html.floor_char_boundary(MAX_BYTES)];
            let html = format!("<p>vector-{number}.</p>{begin}");
            portal.webex().reply_as_staff_in_raw_html(GRACE, &room.id, &html).expect("a reply");
        }
        portal.advance(POLL);
        let wanted = first..first + chunk.len() as u64;
        let all_drawn = async || {
            let drawn = canary.drawn(&guest).await;
            wanted.clone().all(|number| drawn.contains(&number)).then_some(())
        };
        guest.until(all_drawn).await;
        canary.come_near(&guest).await;
    }
    // What was begun may take a moment to be seen.
    guest.settle().await;
    let report = Report {
        browser: guest.name_and_version(),
        drawn: canary.drawn(&guest).await.len(),
        vectors: all.len(),
        sightings: canary.look(&guest).await,
        strange_paths: recorder
            .paths()
            .split_off(before)
            .into_iter()
            .filter(|path| !OWN_PATHS.iter().any(|own| path.starts_with(own)))
            .collect(),
        took: began.elapsed(),
    };
    guest.close().await;
    portal.stop_portal().await;
    report
}

/// What is seen on a page that takes everything for its own: proof that something would be.
pub async fn run_unsafe(engine: Engine) -> Sightings {
    let canary = Canary::start().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let page = async || ([(header::CONTENT_SECURITY_POLICY_REPORT_ONLY, "img-src 'none'")], Html("<!doctype html><div role=log></div>"));
    let serving = tokio::spawn(axum::serve(listener, Router::new().route("/", get(page))).into_future());
    let browser = TestBrowser::start_in(engine).await;
    browser.goto(&address).await;
    canary.watch(&browser).await;
    let all = vectors(&canary.url());
    let vector = |word: &str| all.iter().find(|vector| vector.html.contains(word)).expect(word).html.clone();
    let take = async |html: String| {
        browser.script(&format!("document.querySelector('[role=log]').innerHTML = {}", serde_json::json!(html))).await;
    };
    take(vector("onerror=") + &vector("/pixel")).await;
    browser.until(async || browser.client().get_alert_text().await.ok()).await;
    let mut sightings = canary.look(&browser).await;
    take(vector("0;url=http")).await;
    browser.until(async || (canary.look(&browser).await.navigations > 0).then_some(())).await;
    sightings.navigations = canary.look(&browser).await.navigations;
    browser.close().await;
    serving.abort();
    sightings
}
