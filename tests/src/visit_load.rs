//! Many visits at once: guests who ask for meetings at a given rate, and staff who take them, the oldest first, as fast as
//! they hear of them. Every guest joins, leaves, and is done.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use hdrhistogram::Histogram;
use sandbox::{InstantConnect, Seed, SeedPerson};
use shared::{PortalEvent, RoomId, Visit, VisitId, VisitState, path};

use crate::{
    guest::TestGuest,
    measuring::{histogram, listen, record},
    portal::TestPortal,
    visits::claim_in,
};

const STAFF: usize = 20;
/// So long everything may take to be settled after the last request.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often staff look into Webex.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What is done.
#[derive(Clone, Copy, Debug)]
pub struct VisitLoad {
    /// How many visits.
    pub visits: usize,
    /// Within what time, at random moments.
    pub within: Duration,
    /// How many topics there are; each has its share of the staff on duty.
    pub topics: usize,
    /// How long the broker takes for an answer.
    pub broker: Duration,
    /// Which moments and topics.
    pub seed: u64,
}

/// How it went.
pub struct Report {
    /// Visits asked for.
    pub offered: usize,
    /// Requests that were not answered 202.
    pub refused: usize,
    /// Visits that were not taken, joined and ended.
    pub unsettled: usize,
    /// Times that a guest was told a place further back than before.
    pub moved_back: usize,
    /// The most visits of the same topic, asked for later, that were taken before one.
    pub most_overtaken: usize,
    /// Attempts of staff that came second.
    pub lost_races: usize,
    /// From the moment a guest meant to ask to the 202, in microseconds.
    pub asked: Histogram<u64>,
    /// From the same moment until the guest was told that staff are asked, less the broker's own time.
    pub rang: Histogram<u64>,
    /// From a press of *Take this visit* to the host's link.
    pub claimed: Histogram<u64>,
}

#[derive(Default)]
struct Life {
    asked_at: Option<Instant>,
    rang_at: Option<Instant>,
    places: Vec<u32>,
    state: Option<VisitState>,
}

type Lives = Arc<Mutex<HashMap<VisitId, Life>>>;

/// Runs it to the end.
pub async fn run(load: VisitLoad) -> Report {
    let portal = Arc::new(TestPortal::start_with_seed_and_sites(seed(), &sites(load.topics)).await);
    let latency_ms = u64::try_from(load.broker.as_millis()).expect("a short time");
    portal.webex().switch_instant_connect(InstantConnect { is_strict: true, latency_ms: Some(latency_ms), ..InstantConnect::default() });
    let lives: Lives = Arc::default();
    let mut guests = Vec::new();
    for number in 0..load.visits {
        let guest = Arc::new(portal.guest(&format!("Guest {number}")).await);
        let room_id = guest.room_id().await;
        follow(&guest, lives.clone()).await;
        guests.push((guest, room_id));
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let claims: Arc<Mutex<Vec<(Instant, Duration)>>> = Arc::default();
    let lost_races = Arc::new(Mutex::new(0));
    let staff: Vec<_> = (0..STAFF)
        .map(|number| tokio::spawn(take_all(portal.clone(), number, claims.clone(), lost_races.clone(), is_over.clone())))
        .collect();

    let mut dice = Rng::with_seed(load.seed);
    let mut moments: Vec<Duration> = (0..load.visits).map(|_| load.within.mul_f64(dice.f64())).collect();
    moments.sort_unstable();
    let began = Instant::now();
    let mut asking = Vec::new();
    for (due, (guest, room_id)) in moments.into_iter().zip(guests) {
        let topic = format!("Topic {}", dice.usize(..load.topics));
        let (at, lives) = (began + due, lives.clone());
        tokio::time::sleep_until(at.into()).await;
        asking.push(tokio::spawn(async move { ask(&guest, &room_id, &topic, at, &lives).await }));
    }
    let mut report = Report {
        offered: asking.len(),
        refused: 0,
        unsettled: 0,
        moved_back: 0,
        most_overtaken: 0,
        lost_races: 0,
        asked: histogram(),
        rang: histogram(),
        claimed: histogram(),
    };
    for one in asking {
        match one.await.expect("nobody who asks panics") {
            Some(took) => record(&mut report.asked, took),
            None => report.refused += 1,
        }
    }
    let ended = Instant::now();
    let unsettled = || {
        let lives = lives.lock().expect("nobody panics with it");
        lives.values().filter(|life| life.state != Some(VisitState::Ended)).count()
    };
    while unsettled() > 0 && ended.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    is_over.store(true, Ordering::Relaxed);
    for one in staff {
        one.await.expect("nobody of staff panics");
    }
    report.unsettled = unsettled() + load.visits - lives.lock().expect("nobody panics with it").len();
    report.lost_races = *lost_races.lock().expect("nobody panics with it");
    for (_, took) in claims.lock().expect("nobody panics with it").iter() {
        record(&mut report.claimed, *took);
    }
    for life in lives.lock().expect("nobody panics with it").values() {
        report.moved_back += life.places.windows(2).filter(|pair| pair[1] > pair[0]).count();
        if let (Some(asked_at), Some(rang_at)) = (life.asked_at, life.rang_at) {
            record(&mut report.rang, (rang_at - asked_at).saturating_sub(load.broker));
        }
    }
    report.most_overtaken = most_overtaken(&portal, load.visits);
    report
}

/// A guest asks; how long the 202 took.
async fn ask(guest: &TestGuest, room_id: &RoomId, topic: &str, at: Instant, lives: &Lives) -> Option<Duration> {
    let answer = guest.try_to_ask(room_id, Some(topic)).await;
    let took = at.elapsed();
    if answer.status != 202 {
        return None;
    }
    let visit: Visit = answer.json();
    lives.lock().expect("nobody panics with it").entry(visit.id).or_default().asked_at = Some(at);
    Some(took)
}

/// A guest's page: joins when somebody is there, and leaves.
async fn follow(guest: &Arc<TestGuest>, lives: Lives) {
    let mut events = listen(guest).await;
    let guest = guest.clone();
    tokio::spawn(async move {
        while let Some((event, at)) = events.recv().await {
            let PortalEvent::VisitChanged { visit } = event else { continue };
            {
                let mut lives = lives.lock().expect("nobody panics with it");
                let life = lives.entry(visit.id.clone()).or_default();
                life.state = Some(visit.state);
                if visit.state == VisitState::Ringing {
                    life.rang_at.get_or_insert(at);
                    life.places.extend(visit.place);
                }
            }
            match visit.state {
                VisitState::Claimed => drop(guest.join(&visit.id).await),
                VisitState::Joined => drop(guest.leave_meeting(&visit.id).await),
                _ => {}
            }
        }
    });
}

/// One of staff: takes what they are asked to take, the oldest first.
async fn take_all(
    portal: Arc<TestPortal>,
    number: usize,
    claims: Arc<Mutex<Vec<(Instant, Duration)>>>,
    lost_races: Arc<Mutex<usize>>,
    is_over: Arc<AtomicBool>,
) {
    let email = email(number);
    let visitor = portal.visitor();
    let (mut room_id, mut seen, mut waiting) = (None, 0, VecDeque::new());
    // Not all at the same moment.
    tokio::time::sleep(LOOK_EVERY.mul_f64(number as f64 / STAFF as f64)).await;
    while !is_over.load(Ordering::Relaxed) {
        room_id = room_id.or_else(|| portal.bot_rooms(&email).pop());
        let new = room_id.as_ref().map(|room_id| portal.webex().messages_after(room_id, seen)).unwrap_or_default();
        seen += new.len();
        waiting.extend(new.iter().filter_map(claim_in));
        while let Some(claim) = waiting.pop_front() {
            let began = Instant::now();
            let answer = visitor.send(visitor.request(reqwest::Method::POST, &path::claim(&claim))).await;
            match answer.status {
                200 => claims.lock().expect("nobody panics with it").push((began, began.elapsed())),
                _ => *lost_races.lock().expect("nobody panics with it") += 1,
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// How many that were asked for later were taken before one, at most, of the same topic.
fn most_overtaken(portal: &TestPortal, visits: usize) -> usize {
    let rows = portal.app().store.waits_since(shared::Timestamp::from_millis(0)).expect("the store is there");
    assert!(rows.len() <= visits);
    let mut by_topic: HashMap<Option<String>, Vec<(i64, i64)>> = HashMap::new();
    for wait in rows {
        let claimed_at = wait.claimed_at.as_millis();
        by_topic.entry(wait.topic).or_default().push((claimed_at - i64::from(wait.secs) * 1000, claimed_at));
    }
    let overtaken = |all: &[(i64, i64)], one: &(i64, i64)| all.iter().filter(|other| other.0 > one.0 + 1000 && other.1 < one.1).count();
    by_topic.values().flat_map(|all| all.iter().map(|one| overtaken(all, one))).max().unwrap_or(0)
}

fn email(number: usize) -> String {
    format!("agent{number}@sandbox.example")
}

fn seed() -> Seed {
    let staff = (0..STAFF).map(|number| SeedPerson { name: format!("Agent {number}"), email: email(number) }).collect();
    Seed { staff, ..Seed::default() }
}

/// The broker's own work is not what is measured: its links cost it as little as they can.
fn sites(topics: usize) -> String {
    let everybody: Vec<String> = (0..STAFF).map(|number| format!("\"{}\"", email(number))).collect();
    let topic = |topic: usize| {
        let on_duty: Vec<String> = everybody.iter().skip(topic).step_by(topics).cloned().collect();
        format!("[[site.meetings.topic]]\nname = \"Topic {topic}\"\nstaff = [{}]\nescalate_to = []\n", on_duty.join(", "))
    };
    format!(
        "[webex.bot]\n[[site]]\nid = \"demo\"\nname = \"Acme support\"\nconversation = \"none\"\nstaff = [{}]\n[site.meetings.encryption]\niterations = 1000\nsalt_bytes = 8\n{}",
        everybody.join(", "),
        (0..topics).map(topic).collect::<String>()
    )
}
