//! Long trials with random numbers, each with a seed.
//!
//! `./x campaign kill [SENDS [SEED]]`: the portal is killed at random moments while guests write, without and with faults of
//! Webex's; nothing may be lost, doubled or out of order.
//!
//! `./x campaign load [RATE [SECONDS [SEED]]]`: 50 guests write so many messages a second, whether the portal keeps up or not.
//!
//! `./x campaign visits [COUNT [SECONDS [TOPICS [SEED]]]]`: guests ask for so many meetings within so many seconds, and 20 of
//! staff take them.
//!
//! `./x campaign canaries`: every test against a portal, and then a search for every secret in all that portals said and kept.
//!
//! `./x campaign stalls [COUNT [SILENT]]`: so many connections never end what they say, and so many say nothing.
//!
//! `./x campaign markup [COUNT [SEED]]`: so many mutations of hostile markup are read, and what comes of each is judged.
//!
//! `./x campaign markup-browsers`: every vector of hostile markup on the page that guests see, in Chromium, Firefox and WebKitGTK.
//!
//! `./x campaign delivery [FOLDER]` starts this with the addresses of an installed portal and of the simulator behind it.
//!
//! And without numbers, `./x campaign browsers [FOLDER]`: what a guest comes for, in Chromium, Firefox and WebKitGTK, and how each of
//! them keeps a guest, wherever the chat stands and whatever is set; pictures go into the folder.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use tests::{
    browsers::{self, Table},
    campaign::{self, Plan},
    canaries, cookies, delivery,
    engine::Engine,
    hostile,
    load::{self, Load},
    measuring::row,
    stalls::{self, Stall},
    visit_load::{self, VisitLoad},
};

const SEED: u64 = 20_261_125;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let which = arguments.next().unwrap_or_default();
    if which == "browsers" {
        return browsers(arguments.next()).await;
    }
    if which == "delivery" {
        let [portal, simulator, pictures] = std::array::from_fn(|_| arguments.next().expect("portal, simulator, folder for pictures"));
        let report = delivery::run(&portal, &simulator, Path::new(&pictures)).await;
        println!("{}", Table(std::slice::from_ref(&report)));
        return if report.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    if which == "canaries" {
        return search_for_canaries();
    }
    if which == "markup-browsers" {
        return markup_browsers().await;
    }
    let numbers: Vec<u64> = arguments.map(|argument| argument.parse().expect("a number")).collect();
    match which.as_str() {
        "kill" => kill(&numbers).await,
        "load" => load(&numbers).await,
        "visits" => visits(&numbers).await,
        "stalls" => stalls(&numbers).await,
        "markup" => markup(&numbers),
        _ => panic!("there are nine campaigns: kill, load, visits, stalls, canaries, delivery, markup, markup-browsers and browsers"),
    }
    ExitCode::SUCCESS
}

async fn browsers(folder: Option<String>) -> ExitCode {
    let pictures = PathBuf::from(folder.unwrap_or_else(|| "target/browsers".into()));
    let (mut reports, mut of_cookies) = (Vec::new(), Vec::new());
    for engine in Engine::ALL {
        reports.push(browsers::run(engine, &pictures).await);
        of_cookies.push(cookies::run(engine).await);
    }
    println!("{}\n{}\npictures: {}", Table(&reports), cookies::Table(&of_cookies), pictures.display());
    let is_well = reports.iter().all(browsers::Report::is_well) && of_cookies.iter().all(cookies::Report::is_well);
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn markup_browsers() -> ExitCode {
    let mut are_well = true;
    for engine in Engine::ALL {
        let report = hostile::shown::run(engine).await;
        println!("{report}");
        if !report.is_well() {
            println!("{report:#?}");
            are_well = false;
        }
        let unsafe_page = hostile::shown::run_unsafe(engine).await;
        println!("    a page that takes HTML as it is: {unsafe_page}");
        are_well &= unsafe_page.executions > 0 && !unsafe_page.requests.is_empty() && unsafe_page.navigations > 0;
    }
    if are_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn search_for_canaries() -> ExitCode {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let words = ["test", "--workspace", "--no-fail-fast", "--test", "it", "--test", "browser", "--test", "command_line"];
    let mut suite = Command::new("cargo").args(words).env(canaries::VARIABLE, folder.path()).spawn().expect("cargo");
    let status = loop {
        if let Some(status) = suite.try_wait().expect("it runs") {
            break status;
        }
        canaries::note_processes(folder.path());
        std::thread::sleep(Duration::from_millis(200));
    };
    let report = canaries::search(folder.path());
    println!("{report}");
    let is_well = status.success() && report.found.is_empty() && report.needles.values().all(|count| *count > 0);
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn kill(numbers: &[u64]) {
    let sends = usize::try_from(numbers.first().copied().unwrap_or(10_000)).expect("a number of messages");
    let seed = numbers.get(1).copied().unwrap_or(SEED);
    for fault_probability in [0.0, 0.02] {
        let plan = Plan { sends, guests: 40, seed, pause_ms: 200, kill_after_ms: (50, 1000), fault_probability };
        println!("{plan:?}");
        let report = campaign::run(plan).await;
        println!("{report}");
        for (what, found) in [("lost", &report.lost), ("doubled", &report.doubled), ("out of order", &report.out_of_order)] {
            assert!(found.is_empty(), "{what}: {found:?}");
        }
        assert!(report.at_once * 100 >= report.accepted * 95, "too few were accepted at the first or second try");
        assert!(fault_probability > 0.0 || report.taken_back == 0, "something was taken back although Webex was well");
    }
}

async fn load(numbers: &[u64]) {
    let number = |place: usize, otherwise: u64| numbers.get(place).copied().unwrap_or(otherwise);
    let rate = u32::try_from(number(0, 100)).expect("messages a second");
    let load = Load { rate, lasts: Duration::from_secs(number(1, 30)), guests: 50, seed: number(2, SEED) };
    println!("{load:?}");
    let report = load::run(load).await;
    row("due to 202", &report.accepted);
    row("due to the message on its guest's stream", &report.shown);
    println!("{} were due, {} refused, {} not shown exactly once", report.offered, report.refused, report.not_shown_once);
    assert_eq!((report.refused, report.not_shown_once), (0, 0));
}

async fn stalls(numbers: &[u64]) {
    let number = |place: usize, otherwise: u64| usize::try_from(numbers.get(place).copied().unwrap_or(otherwise)).expect("a number");
    let (count, silent) = (number(0, 4000), number(1, 2000));
    let report = stalls::run(&[(Stall::Head, count - count / 4), (Stall::Body, count / 4), (Stall::Silent, silent)]).await;
    for held in &report.held {
        println!("{:>6} {:?}: hung up on within {:.1?}", held.count, held.stall, held.longest);
        assert!(held.longest < Duration::from_secs(12), "{held:?}");
    }
    row("guests' requests before", &report.before);
    row("guests' requests meanwhile", &report.meanwhile);
    let (before, meanwhile) = (report.before.value_at_quantile(0.99), report.meanwhile.value_at_quantile(0.99));
    let mib = |bytes: u64| bytes / 1024 / 1024;
    println!(
        "p99 {:.2} times what it was; {} requests failed; the portal held {} MiB before, {} at most",
        meanwhile as f64 / before as f64,
        report.failed,
        mib(report.memory.0),
        mib(report.memory.1)
    );
    assert!(report.failed == 0 && meanwhile <= before * 2, "guests notice it");
}

fn markup(numbers: &[u64]) {
    let count = usize::try_from(numbers.first().copied().unwrap_or(1_000_000)).expect("a number of mutations");
    let seed = numbers.get(1).copied().unwrap_or(SEED);
    let parents: Vec<String> = hostile::vectors("http://canary.example/").into_iter().map(|vector| vector.html).collect();
    println!("{count} mutations of {} vectors, seed {seed}", parents.len());
    let began = Instant::now();
    let longest = hostile::judge_mutations(&parents, count, seed);
    println!("all came out as words and known formatting, in {:.1?}; the longest took {longest:.1?}", began.elapsed());
}

async fn visits(numbers: &[u64]) {
    let number = |place: usize, otherwise: u64| numbers.get(place).copied().unwrap_or(otherwise);
    let load = VisitLoad {
        visits: usize::try_from(number(0, 1000)).expect("a number of visits"),
        within: Duration::from_secs(number(1, 60)),
        topics: usize::try_from(number(2, 5)).expect("a number of topics"),
        broker: Duration::from_secs(1),
        seed: number(3, SEED),
    };
    println!("{load:?}");
    let report = visit_load::run(load).await;
    row("meant to ask, to the 202", &report.asked);
    row("meant to ask, to *staff are asked*, less the broker's time", &report.rang);
    row("*Take this visit*, to the host's link", &report.claimed);
    println!(
        "{} were asked for, {} refused, {} not settled; {} races were lost; {} times a guest moved back; at most {} were overtaken",
        report.offered, report.refused, report.unsettled, report.lost_races, report.moved_back, report.most_overtaken
    );
    assert_eq!((report.refused, report.unsettled), (0, 0));
}
