//! Load: guests who write at a given rate, whether or not the portal keeps up, and how long each message took from the
//! moment at which it was meant to be sent. A portal that stalls is not asked less for it, so its stall is seen in full.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use fastrand::Rng;
use hdrhistogram::Histogram;
use shared::{ClientMessageId, PortalEvent};

use crate::{
    guest::{TestGuest, new_client_message_id},
    measuring::{histogram, listen, record},
    processes::Processes,
};

/// So long the last messages may take to be shown.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is done.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Messages a second, over all guests, at random moments.
    pub rate: u32,
    /// For how long.
    pub lasts: Duration,
    /// How many guests, each in a space of their own and with an open stream.
    pub guests: usize,
    /// Which moments and guests.
    pub seed: u64,
}

/// How it went.
#[derive(Debug)]
pub struct Report {
    /// Messages that were to be sent.
    pub offered: usize,
    /// Those the portal did not take.
    pub refused: usize,
    /// Those it took that were not shown on their guest's stream, exactly once.
    pub not_shown_once: usize,
    /// From the moment a message was to be sent to the 202, in microseconds.
    pub accepted: Histogram<u64>,
    /// From the same moment to the message on the stream.
    pub shown: Histogram<u64>,
}

/// A message on its way.
struct Sent {
    at: Instant,
    shown: Vec<Instant>,
}

type AllSent = Arc<Mutex<HashMap<ClientMessageId, Sent>>>;

/// Runs it to the end.
pub async fn run(load: Load) -> Report {
    let processes = tokio::task::block_in_place(Processes::start);
    let all: AllSent = Arc::default();
    let mut guests = Vec::new();
    for number in 0..load.guests {
        let guest = processes.visitor("demo");
        guest.sign_in(&format!("Guest {number}")).await;
        guests.push(Arc::new(guest));
    }
    for guest in &guests {
        follow(guest, all.clone()).await;
    }
    let mut dice = Rng::with_seed(load.seed);
    let began = Instant::now();
    let (mut due, mut sending) = (Duration::ZERO, Vec::new());
    loop {
        // Moments that know nothing of one another.
        due += Duration::from_secs_f64(-(1.0 - dice.f64()).ln() / f64::from(load.rate));
        if due > load.lasts {
            break;
        }
        let (guest, all, at) = (guests[dice.usize(..guests.len())].clone(), all.clone(), began + due);
        tokio::time::sleep_until(at.into()).await;
        sending.push(tokio::spawn(async move { send(&guest, at, &all).await }));
    }
    let mut report = Report { offered: sending.len(), refused: 0, not_shown_once: 0, accepted: histogram(), shown: histogram() };
    for one in sending {
        match one.await.expect("nobody who sends panics") {
            Some(took) => record(&mut report.accepted, took),
            None => report.refused += 1,
        }
    }
    let ended = Instant::now();
    let is_shown = || all.lock().expect("nobody panics with it").values().all(|sent| !sent.shown.is_empty());
    while !is_shown() && ended.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for sent in all.lock().expect("nobody panics with it").values() {
        match sent.shown[..] {
            [shown] => record(&mut report.shown, shown - sent.at),
            _ => report.not_shown_once += 1,
        }
    }
    report
}

async fn send(guest: &TestGuest, at: Instant, all: &AllSent) -> Option<Duration> {
    let id = new_client_message_id();
    all.lock().expect("nobody panics with it").insert(id.clone(), Sent { at, shown: Vec::new() });
    let answer = guest.say_as(&id, "how long does this take").await;
    if answer.status == 202 {
        return Some(at.elapsed());
    }
    all.lock().expect("nobody panics with it").remove(&id);
    None
}

/// Notes when messages are shown to a guest.
async fn follow(guest: &Arc<TestGuest>, all: AllSent) {
    let mut events = listen(guest).await;
    tokio::spawn(async move {
        while let Some((event, at)) = events.recv().await {
            if let PortalEvent::MessagePosted { message, .. } = event
                && let Some(id) = message.client_message_id
                && let Some(sent) = all.lock().expect("nobody panics with it").get_mut(&id)
            {
                sent.shown.push(at);
            }
        }
    });
}
