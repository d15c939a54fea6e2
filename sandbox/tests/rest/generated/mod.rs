//! Generated requests for every operation the simulator serves: half of them make sense and must be done, most of the rest
//! make none and must be refused, and whatever is answered must have the form that Webex's answers have.
//!
//! Requests are written byte by byte. Every operation has a sandbox of its own, so that a switch that was switched meets no
//! other. `SANDBOX_GENERATED_SEED` and `SANDBOX_GENERATED_REQUESTS` (for each operation) choose others.

mod controls;
mod fixture;
mod judge;
mod restart;
mod spoil;
mod subjects;
mod valid;
mod wire;

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use sandbox::SandboxConfig;
use tokio::task::JoinSet;

use crate::support::http;
use fixture::Fixture;
use judge::{Expected, judge};
use subjects::{Subject, subjects};
use wire::{Sketch, exchange};

const SEED: u64 = 20_260_101;
const REQUESTS: u64 = 100;
/// How many operations are tried at once.
const AT_ONCE: usize = 4;
/// How many problems of one operation are shown.
const SHOWN: usize = 5;

/// How one operation fared.
struct Row {
    name: String,
    requests: usize,
    done: usize,
    refused: usize,
    problems: Vec<String>,
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

/// Panics of the simulator's own threads and tasks, wherever nobody hears them.
fn count_panics() -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let (counted, before) = (count.clone(), panic::take_hook());
    panic::set_hook(Box::new(move |info| {
        // A test that fails panics, too, and says so itself.
        if !info.location().is_some_and(|location| location.file().contains("tests/")) {
            counted.fetch_add(1, Ordering::Relaxed);
        }
        before(info);
    }));
    count
}

async fn try_out(http: &reqwest::Client, subject: Subject, served: &[&str], seed: u64, requests: u64) -> Row {
    let mut fixture = Fixture::new(http, SandboxConfig::loopback(), seed, subject.spare, requests).await;
    let name = format!("{} {}", subject.method, subject.path);
    let mut row = Row { name, requests: 0, done: 0, refused: 0, problems: Vec::new() };
    for number in 0..requests {
        let (sketch, expected) = match number % 10 {
            0 | 2 | 4 | 6 | 8 => ((subject.valid)(&mut fixture), Expected::Done),
            9 => spoil::odd(&mut fixture, &subject),
            _ => spoil::spoil(&mut fixture, &subject, served),
        };
        let address = fixture.sandbox.address();
        let judged = match exchange(address, &sketch).await {
            Ok(answer) => {
                row.done += usize::from(answer.status < 300);
                row.refused += usize::from((400..500).contains(&answer.status));
                let body: String = String::from_utf8_lossy(&answer.body).chars().take(300).collect();
                judge(subject.place, expected, &sketch, &answer).map_err(|problem| format!("{problem}\n  {} {body:?}", answer.status))
            }
            Err(problem) => Err(problem),
        };
        row.requests += 1;
        if let Err(problem) = judged {
            row.problems.push(format!("{} number {number}: {problem}\n  {}", row.name, shown(&sketch, &fixture)));
        }
    }
    row
}

fn shown(sketch: &Sketch, fixture: &Fixture) -> String {
    let bytes = sketch.bytes(fixture.sandbox.address());
    let text: String = String::from_utf8_lossy(&bytes).chars().take(900).collect();
    format!("{text:?}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_sent_is_done_or_refused_in_good_form() {
    let (seed, requests) = (setting("SANDBOX_GENERATED_SEED", SEED), setting("SANDBOX_GENERATED_REQUESTS", REQUESTS));
    let (http, panics, began) = (http(), count_panics(), Instant::now());
    let all = subjects();
    let mut waiting: Vec<(usize, Subject)> = all.iter().copied().enumerate().rev().collect();
    let mut rows: Vec<(usize, Row)> = Vec::new();
    let mut trying = JoinSet::new();
    loop {
        while trying.len() < AT_ONCE
            && let Some((number, subject)) = waiting.pop()
        {
            let served: Vec<&str> = all.iter().filter(|other| other.path == subject.path).map(|other| other.method).collect();
            let http = http.clone();
            trying.spawn(async move { (number, try_out(&http, subject, &served, seed + number as u64, requests).await) });
        }
        match trying.join_next().await {
            Some(row) => rows.push(row.unwrap()),
            None => break,
        }
    }
    rows.sort_by_key(|(number, _)| *number);
    println!("{:<36}{:>10}{:>8}{:>9}", "", "requests", "done", "refused");
    for (_, row) in &rows {
        println!("{:<36}{:>10}{:>8}{:>9}", row.name, row.requests, row.done, row.refused);
    }
    let count: usize = rows.iter().map(|(_, row)| row.requests).sum();
    println!("seed {seed}: {count} requests to {} operations in {:.1} s", rows.len(), began.elapsed().as_secs_f64());
    let problems: usize = rows.iter().map(|(_, row)| row.problems.len()).sum();
    let shown: Vec<String> = rows.iter().flat_map(|(_, row)| row.problems.iter().take(SHOWN).cloned()).collect();
    assert!(problems == 0, "{problems} problems, {SHOWN} of each operation at most:\n\n{}", shown.join("\n\n"));
    for (_, row) in &rows {
        assert!(row.done * 3 >= row.requests && row.refused * 3 >= row.requests, "{} was hardly tried", row.name);
    }
    assert_eq!(panics.load(Ordering::Relaxed), 0, "something panicked where nobody heard it");
}
