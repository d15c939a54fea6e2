//! Thousands of connections that say nothing, or never come to an end with what they say, while guests go on: the first are hung up
//! on soon, and the others notice little of it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use shared::path;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
};

use crate::processes::Processes;

/// How a connection stalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stall {
    /// It says nothing at all.
    Silent,
    /// A request's head that never ends, a line every two seconds.
    Head,
    /// A body that never ends, a byte every two seconds.
    Body,
}

/// How long one kind of them was put up with.
#[derive(Clone, Debug)]
pub struct HeldFor {
    /// Which kind.
    pub stall: Stall,
    /// How many there were.
    pub count: usize,
    /// The longest, from the connection's beginning.
    pub longest: Duration,
}

/// What was seen.
#[derive(Debug)]
pub struct Report {
    /// Those that stall.
    pub held: Vec<HeldFor>,
    /// How long guests' requests took before, in microseconds.
    pub before: Histogram<u64>,
    /// And meanwhile.
    pub meanwhile: Histogram<u64>,
    /// Requests of guests that failed.
    pub failed: usize,
    /// What the portal held before and at most, in bytes.
    pub memory: (u64, u64),
}

/// Guests whose requests are timed.
const GUESTS: usize = 10;
/// Each asks so often.
const EVERY: Duration = Duration::from_millis(20);
/// So long before, and so long meanwhile.
const LASTS: Duration = Duration::from_secs(12);

/// Lets so many connections of each kind stall.
pub async fn run(stalling: &[(Stall, usize)]) -> Report {
    let processes = Processes::start();
    let before = timed(&processes).await;
    let memory = processes.portal_memory();
    let address: SocketAddr = processes.portal_url().trim_start_matches("http://").parse().expect("an address");
    let mut connections = JoinSet::new();
    for (stall, count) in stalling {
        for number in 0..*count {
            connections.spawn(stall_at(address, *stall, number));
            // Not a storm of beginnings: it is how long they are held that is asked.
            if number % 50 == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
    let meanwhile = timed(&processes).await;
    let mut all = Vec::new();
    while let Some(held) = connections.join_next().await {
        all.push(held.expect("it ends"));
    }
    let of = |stall: Stall| {
        let held: Vec<Duration> = all.iter().filter(|(kind, _)| *kind == stall).map(|(_, held)| *held).collect();
        HeldFor { stall, count: held.len(), longest: held.into_iter().max().unwrap_or_default() }
    };
    Report {
        held: stalling.iter().map(|(stall, _)| of(*stall)).collect(),
        failed: before.1 + meanwhile.1,
        before: before.0,
        meanwhile: meanwhile.0,
        memory: (memory, processes.portal_peak_memory()),
    }
}

/// How long it was held, from its beginning until the portal hung up.
async fn stall_at(address: SocketAddr, stall: Stall, number: usize) -> (Stall, Duration) {
    // More ports than one address has.
    let from = Ipv4Addr::new(127, 0, 0, 2 + u8::try_from(number % 4).unwrap_or(0));
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from((from, 0))).expect("a port");
    let mut stream = socket.connect(address).await.expect("the portal accepts");
    let began = Instant::now();
    let begin: &[u8] = match stall {
        Stall::Silent => b"",
        Stall::Head => b"GET /s/demo HTTP/1.1\r\nhost: portal\r\n",
        Stall::Body => {
            b"POST /api/session HTTP/1.1\r\nhost: portal\r\nx-gp: demo\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"
        }
    };
    let piece: &[u8] = match stall {
        Stall::Silent => b"",
        Stall::Head => b"x-more: and more\r\n",
        Stall::Body => b" ",
    };
    let _ = stream.write_all(begin).await;
    drip(&mut stream, piece).await;
    (stall, began.elapsed())
}

/// Goes on until the other end has closed.
async fn drip(stream: &mut TcpStream, piece: &[u8]) {
    let mut buffer = [0; 1024];
    let mut next = tokio::time::interval(Duration::from_secs(2));
    loop {
        tokio::select! {
            read = stream.read(&mut buffer) => if matches!(read, Ok(0) | Err(_)) { return },
            _ = next.tick() => if stream.write_all(piece).await.is_err() { return },
        }
    }
}

/// How long guests' requests take, whether or not the one before was answered; and how many failed.
async fn timed(processes: &Processes) -> (Histogram<u64>, usize) {
    let is_over = Arc::new(AtomicBool::new(false));
    let mut guests = JoinSet::new();
    for number in 0..GUESTS {
        let visitor = processes.visitor("demo");
        visitor.sign_in(&format!("Guest {number}")).await;
        let is_over = is_over.clone();
        guests.spawn(async move {
            let mut took = Vec::new();
            let mut failed = 0;
            let mut due = tokio::time::interval(EVERY);
            while !is_over.load(Ordering::Relaxed) {
                let meant = due.tick().await;
                if visitor.get(path::SESSION).await.status == 200 {
                    took.push(meant.elapsed());
                } else {
                    failed += 1;
                }
            }
            (took, failed)
        });
    }
    tokio::time::sleep(LASTS).await;
    is_over.store(true, Ordering::Relaxed);
    let mut histogram = Histogram::new(3).expect("a histogram");
    let mut failures = 0;
    while let Some(guest) = guests.join_next().await {
        let (took, failed) = guest.expect("a guest");
        took.iter().for_each(|took| histogram.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX)));
        failures += failed;
    }
    (histogram, failures)
}
