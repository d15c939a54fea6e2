//! The kill campaign: guests write while the portal is killed at random moments, and afterwards every message that was
//! accepted is in Webex once and in its order.
//!
//! The oracle is the client's own list of what was answered with 202, held against the rooms of the simulator, which is
//! another process and is never killed.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use reqwest::Method;
use serde_json::{Value, json};
use shared::{ClientMessageId, MessagePage, RoomId, path};

use crate::{guest::TestGuest, processes::Processes};

/// Real time: the portal and the simulator are processes of their own.
const SETTLE_MS: u64 = 1000;
/// So long everything has to come to an end after the last kill.
const PATIENCE: Duration = Duration::from_secs(120);
/// A browser tries again after this, with the same id.
const TRY_AGAIN: Duration = Duration::from_millis(50);

/// What is done.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many messages.
    pub sends: usize,
    /// By how many guests, each in a room of their own.
    pub guests: usize,
    /// Which random moments and faults.
    pub seed: u64,
    /// A guest waits so many milliseconds at most before the next message.
    pub pause_ms: u64,
    /// The portal is killed so many milliseconds after it was started, at random between the two.
    pub kill_after_ms: (u64, u64),
    /// How likely a request to Webex meets a fault, each of four kinds.
    pub fault_probability: f64,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Messages answered with 202.
    pub accepted: usize,
    /// Those answered so at the first or second try.
    pub at_once: usize,
    /// How often the portal was killed.
    pub kills: usize,
    /// How many requests to post met a fault.
    pub faults: usize,
    /// Messages of guests in Webex.
    pub posts: usize,
    /// Messages taken back: late copies.
    pub taken_back: usize,
    /// Accepted and not in Webex.
    pub lost: Vec<String>,
    /// In Webex more than once.
    pub doubled: Vec<String>,
    /// Rooms whose messages stand in another order than they were accepted in.
    pub out_of_order: Vec<String>,
    /// How long it took, with the end.
    pub took: Duration,
}

impl std::fmt::Display for Report {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = 100.0 * self.at_once as f64 / self.accepted.max(1) as f64;
        write!(
            formatter,
            "{} accepted, {share:.1} % of them at the first or second try; {} kills, {} faults; {} in webex, {} taken back; {} lost, {} doubled, {} rooms out of order; {:.1} s",
            self.accepted,
            self.kills,
            self.faults,
            self.posts,
            self.taken_back,
            self.lost.len(),
            self.doubled.len(),
            self.out_of_order.len(),
            self.took.as_secs_f64(),
        )
    }
}

/// Runs a plan to its end.
pub async fn run(plan: Plan) -> Report {
    let began = Instant::now();
    let processes = tokio::task::block_in_place(|| Processes::start_with(Some(&configuration())));
    let webex = Webex::new(processes.sandbox_url()).await;
    webex.add_faults(plan).await;
    let mut guests = Vec::new();
    for number in 0..plan.guests {
        let guest = processes.visitor("demo");
        guest.sign_in(&format!("Guest {number}")).await;
        guests.push((guest.room_id().await, guest));
    }
    let processes = Arc::new(Mutex::new(processes));
    let (is_over, kills) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let killer = tokio::task::spawn_blocking({
        let (processes, is_over, kills) = (processes.clone(), is_over.clone(), kills.clone());
        let mut dice = Rng::with_seed(plan.seed);
        move || {
            while !is_over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(dice.u64(plan.kill_after_ms.0..=plan.kill_after_ms.1)));
                processes.lock().expect("nobody panics with them").kill_and_start_portal();
                kills.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let each = plan.sends.div_ceil(plan.guests);
    let writing = guests.into_iter().enumerate().map(|(number, (room_id, guest))| tokio::spawn(write(guest, room_id, number, each, plan)));
    let mut written = Vec::new();
    for one in writing.collect::<Vec<_>>() {
        written.push(one.await.expect("nobody who writes panics"));
    }
    is_over.store(true, Ordering::Relaxed);
    killer.await.expect("the killer ends");
    webex.end_faults().await;
    for one in &written {
        settled(one).await;
    }
    let mut report = webex.judge(&written).await;
    report.kills = kills.load(Ordering::Relaxed);
    report.took = began.elapsed();
    report
}

fn configuration() -> String {
    format!("[server]\nsettle_ms = {SETTLE_MS}\n\n[[site]]\nid = \"demo\"\nname = \"Demo\"\nstaff = [\"grace@sandbox.example\"]\n")
}

/// What one guest wrote, in the order it was accepted.
struct Written {
    guest: TestGuest,
    room_id: RoomId,
    texts: Vec<String>,
    at_once: usize,
}

/// One message after the other, each until it is accepted, as a browser's outbox does it.
async fn write(guest: TestGuest, room_id: RoomId, number: usize, count: usize, plan: Plan) -> Written {
    let mut dice = Rng::with_seed(plan.seed.wrapping_add(number as u64));
    let mut written = Written { guest, room_id, texts: Vec::new(), at_once: 0 };
    for index in 0..count {
        tokio::time::sleep(Duration::from_millis(dice.u64(0..=plan.pause_ms))).await;
        let id = ClientMessageId::new(format!("01936b1e-7a5c-7c3e-{number:04x}-{index:012x}"));
        let text = format!("guest {number} message {index}");
        let mut tries = 0;
        loop {
            tries += 1;
            let body = json!({ "client_message_id": id, "text": text });
            let request = written.guest.request(Method::POST, &path::room_messages(&written.room_id)).json(&body);
            match request.send().await {
                Ok(answer) if answer.status() == 202 => break,
                Ok(answer) => assert!(answer.status().is_server_error(), "{}", answer.status()),
                // It was killed, or is being started.
                Err(_) => {}
            }
            tokio::time::sleep(TRY_AGAIN).await;
        }
        written.texts.push(text);
        written.at_once += usize::from(tries <= 2);
    }
    written
}

/// Nothing waits any more.
async fn settled(written: &Written) {
    let began = Instant::now();
    loop {
        let request = written.guest.request(Method::GET, &path::room_messages(&written.room_id));
        if let Ok(answer) = request.send().await
            && let Ok(page) = answer.json::<MessagePage>().await
            && page.pending.is_empty()
        {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "something is never settled");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The simulator, asked as the service app, which is in every room.
struct Webex {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Webex {
    async fn new(url: &str) -> Self {
        let http = reqwest::Client::new();
        let credentials: Value = http.get(format!("{url}/sandbox/credentials.json")).send().await.unwrap().json().await.unwrap();
        let token = credentials["service_app"]["access_token"].as_str().unwrap().to_owned();
        Self { http, url: url.to_owned(), token }
    }

    async fn add_faults(&self, plan: Plan) {
        if plan.fault_probability == 0.0 {
            return;
        }
        let effects = [
            json!({ "kind": "answer", "status": 503 }),
            json!({ "kind": "drop_before" }),
            json!({ "kind": "drop_after" }),
            json!({ "kind": "answer", "status": 429, "retry_after_secs": 1 }),
        ];
        for (number, effect) in effects.into_iter().enumerate() {
            let fault = json!({
                "method": "POST", "path_prefix": "/v1/messages", "count": u32::MAX, "probability": plan.fault_probability,
                "seed": plan.seed + number as u64, "effect": effect
            });
            let answer = self.http.post(format!("{}/sandbox/faults", self.url)).json(&fault).send().await.unwrap();
            assert_eq!(answer.status(), 204, "{}", answer.text().await.unwrap());
        }
    }

    async fn end_faults(&self) {
        self.http.delete(format!("{}/sandbox/faults", self.url)).send().await.unwrap();
    }

    async fn items(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = Some(format!("{}/v1/{path}", self.url));
        while let Some(url) = next {
            let answer = self.http.get(url).bearer_auth(&self.token).send().await.unwrap();
            let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
            next = link.and_then(|link| Some(link.strip_prefix('<')?.split_once('>')?.0.to_owned()));
            let page: Value = answer.json().await.unwrap();
            items.extend(page["items"].as_array().unwrap().clone());
        }
        items
    }

    /// Holds what was accepted against what is there.
    async fn judge(&self, written: &[Written]) -> Report {
        let mut report = Report::default();
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for room in self.items("rooms?type=group&max=1000").await {
            let messages = self.items(&format!("messages?roomId={}&max=1000", room["id"].as_str().unwrap())).await;
            let texts = messages.iter().rev().filter_map(|message| message["text"].as_str());
            let own: Vec<String> = texts.filter(|text| text.starts_with("guest ")).map(str::to_owned).collect();
            report.posts += own.len();
            if let Some(guest) = own.first().and_then(|text| text.split(" message ").next()) {
                found.entry(guest.to_owned()).or_default().extend(own.clone());
            }
        }
        for one in written {
            report.accepted += one.texts.len();
            report.at_once += one.at_once;
            let Some(guest) = one.texts.first().and_then(|text| text.split(" message ").next()) else { continue };
            let there = found.get(guest).cloned().unwrap_or_default();
            report.lost.extend(one.texts.iter().filter(|text| !there.contains(text)).cloned());
            report.doubled.extend(one.texts.iter().filter(|text| there.iter().filter(|other| other == text).count() > 1).cloned());
            let mut once = there.clone();
            once.dedup();
            if once != one.texts {
                report.out_of_order.push(guest.to_owned());
            }
        }
        let journal: Vec<Value> = self.http.get(format!("{}/sandbox/journal", self.url)).send().await.unwrap().json().await.unwrap();
        report.faults = journal.iter().filter(|entry| entry["is_fault"] == true).count();
        report.taken_back = journal.iter().filter(|entry| entry["method"] == "DELETE").count();
        report
    }
}
