//! Random requests of several people, against a model of what Webex would say.
//!
//! Every sequence has a sandbox of its own, a clock that moves only between steps, and a seed; in the end everything
//! everybody can see is compared. One in fifty is kept on the disk and compared again after a restart; one in four keeps its
//! rooms in another cluster. `SANDBOX_MODEL_SEED` is the first seed and `SANDBOX_MODEL_SEQUENCES` how many follow: what a
//! failure prints repeats it.

mod act;
mod cast;
mod choose;
mod compare;
mod hear;
mod operations;
mod spaces;
mod talk;
mod words;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use fastrand::Rng;
use tokio::task::JoinSet;

use crate::support::http;
use cast::Stage;

const FIRST_SEED: u64 = 20_260_101;
const SEQUENCES: u64 = 2000;
const STEPS: usize = 30;
/// How often the names of parameters are percent-encoded although nothing in them needs it.
const ENCODED_PERCENT: u32 = 25;
/// How many sequences go on at once.
const AT_ONCE: usize = 4;

/// What was asked, by kind and by the status the model said.
#[derive(Default)]
struct Figures {
    sequences: u64,
    kept: u64,
    operations: BTreeMap<(&'static str, u16), u64>,
    compared: usize,
}

impl Figures {
    fn add(&mut self, other: Self) {
        self.sequences += other.sequences;
        self.kept += other.kept;
        self.compared += other.compared;
        for (key, count) in other.operations {
            *self.operations.entry(key).or_default() += count;
        }
    }

    fn of(&self, kind: &str, is_wanted: impl Fn(u16) -> bool) -> u64 {
        self.operations.iter().filter(|((found, status), _)| *found == kind && is_wanted(*status)).map(|(_, count)| count).sum()
    }

    fn kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<&str> = self.operations.keys().map(|(kind, _)| *kind).collect();
        kinds.dedup();
        kinds
    }

    fn print(&self) {
        const STATUSES: [u16; 6] = [200, 204, 400, 403, 404, 409];
        println!("{:<22}{}", "", STATUSES.map(|status| format!("{status:>8}")).concat());
        for kind in self.kinds() {
            println!("{kind:<22}{}", STATUSES.map(|status| format!("{:>8}", self.of(kind, |found| found == status))).concat());
        }
        let operations: u64 = self.operations.values().sum();
        println!(
            "{} sequences, {} of them restarted; {operations} operations; {} answers compared in the end",
            self.sequences, self.kept, self.compared
        );
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

/// The same request to whoever decodes it.
fn spelt_out(path: &str) -> String {
    let Some((place, query)) = path.split_once('?') else { return path.to_owned() };
    let spell =
        |pair: &str| pair.split_at_checked(1).map(|(first, rest)| format!("%{:02x}{rest}", first.as_bytes()[0])).unwrap_or_default();
    let pairs: Vec<String> = query.split('&').map(spell).collect();
    format!("{place}?{}", pairs.join("&"))
}

/// Plays one sequence; the error tells all of it.
async fn play(http: &reqwest::Client, seed: u64) -> Result<Figures, String> {
    let mut history = Vec::new();
    let outcome = play_noting(http, seed, &mut history).await;
    outcome.map_err(|problem| format!("seed {seed}, step {}:\n{}\n{problem}", history.len(), history.join("\n")))
}

async fn play_noting(http: &reqwest::Client, seed: u64, history: &mut Vec<String>) -> Result<Figures, String> {
    let mut rng = Rng::with_seed(seed);
    let cluster = if seed.is_multiple_of(4) { "urn:TEAM:eu-central-1_k" } else { "us" };
    let (mut stage, mut world) = Stage::set(http, cluster, seed.is_multiple_of(50)).await?;
    let mut figures = Figures { sequences: 1, ..Figures::default() };
    let mut streak = None;
    for step in 0..STEPS {
        let secs = rng.u64(..3);
        stage.still.advance(secs);
        world.now += secs;
        let (caller, operation) = choose::choose(&mut rng, &world, step, &mut streak);
        let mut asking = operation.request(&world);
        if rng.u32(..100) < ENCODED_PERCENT {
            asking.path = spelt_out(&asking.path);
        }
        let outcome = operation.predict(&mut world, caller);
        let (name, body) = (&world.people[caller].name, asking.body.as_ref().map(ToString::to_string).unwrap_or_default());
        let shown: String = body.chars().take(500).collect();
        history.push(format!("{:>3} +{secs}s {name}: {} {} {shown} -> {}", step + 1, asking.method, asking.path, outcome.status()));
        act::act(&mut stage, &mut world, caller, &operation, &asking, &outcome)
            .await
            .map_err(|problem| format!("{operation:?}\n{problem}"))?;
        *figures.operations.entry((operation.kind(), outcome.status())).or_default() += 1;
    }
    figures.compared += compare::compare(&stage, &mut world, &mut rng).await?;
    if let Some(stage) = stage.restart().await {
        figures.kept = 1;
        figures.compared += compare::compare(&stage, &mut world, &mut rng).await.map_err(|problem| format!("restarted, {problem}"))?;
        stage.restart().await;
    }
    Ok(figures)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_several_people_ask_is_answered_as_the_model_says() {
    let (first, sequences) = (setting("SANDBOX_MODEL_SEED", FIRST_SEED), setting("SANDBOX_MODEL_SEQUENCES", SEQUENCES));
    let (http, next, is_failed) = (http(), Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let began = Instant::now();
    let mut players = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (http, next, is_failed) = (http.clone(), next.clone(), is_failed.clone());
        players.spawn(async move {
            let mut figures = Figures::default();
            while !is_failed.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= sequences {
                    break;
                }
                let played = play(&http, first + number).await;
                is_failed.fetch_or(played.is_err(), Ordering::Relaxed);
                figures.add(played?);
            }
            Ok::<_, String>(figures)
        });
    }
    let mut figures = Figures::default();
    let mut problems = Vec::new();
    for played in players.join_all().await {
        match played {
            Ok(played) => figures.add(played),
            Err(problem) => problems.push(problem),
        }
    }
    println!("seeds {first} to {}: {:.1} s", first + sequences - 1, began.elapsed().as_secs_f64());
    figures.print();
    assert!(problems.is_empty(), "\n{}", problems.join("\n\n"));
    // A model that refuses everything would agree with a sandbox that does.
    for kind in figures.kinds().into_iter().filter(|_| sequences >= 100) {
        let (done, refused) = (figures.of(kind, |status| status < 300), figures.of(kind, |status| status >= 400));
        assert!(done > 0 && (refused > 0 || kind == "log in by JWT"), "{kind}: {done} done, {refused} refused");
    }
}
