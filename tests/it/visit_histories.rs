//! Visits in a simulated world: see [`tests::simulation::meetings`].

use std::collections::BTreeMap;

use tests::simulation::meetings::{Report, live};

const FIRST_SEED: u64 = 0;
/// In every run; the proof has more of them, by `VISIT_SEEDS=0+5000`.
const HISTORIES: u64 = 300;
/// In these, one of staff had been told and another had not when a visit was taken back.
const ONCE_BROKEN: [u64; 4] = [577, 1764, 4440, 4578];

#[test]
fn whatever_happens_there_is_one_room_no_link_after_its_end_and_nobody_is_stuck() {
    let seeds = std::env::var("VISIT_SEEDS").ok();
    let (first, count) = match seeds.as_deref().and_then(|seeds| seeds.split_once('+')) {
        Some((first, count)) => (first.parse().unwrap(), count.parse().unwrap()),
        None => (FIRST_SEED, HISTORIES),
    };
    let half = |parity: u64| {
        std::thread::spawn(move || {
            let seeds = (first..first + count).chain(ONCE_BROKEN);
            seeds.filter(|seed| seed % 2 == parity).map(|seed| (seed, live(seed))).collect::<Vec<_>>()
        })
    };
    let halves = [half(0), half(1)];
    let reports: Vec<(u64, Report)> = halves.into_iter().flat_map(|half| half.join().unwrap()).collect();
    let sum = |what: fn(&Report) -> usize| reports.iter().map(|(_, report)| what(report)).sum::<usize>();
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, report) in &reports {
        for (end, count) in &report.ends {
            *ends.entry(end).or_default() += count;
        }
    }
    println!(
        "{count} histories from {first}: {} steps, {} visits ({ends:?}), {} links given, {} power cuts, {} clock jumps",
        sum(|report| report.steps),
        sum(|report| report.visits),
        sum(|report| report.links),
        sum(|report| report.crashes),
        sum(|report| report.clock_jumps),
    );
    let broken: Vec<_> = reports.iter().filter(|(_, report)| !report.broken.is_empty()).collect();
    assert!(broken.is_empty(), "{} histories broke a promise; the first five: {:#?}", broken.len(), &broken[..broken.len().min(5)]);
    if count >= HISTORIES {
        // All of it was met, or the histories prove little.
        assert!(["ended", "missed", "expired", "cancelled"].iter().all(|end| ends.get(end).is_some_and(|count| *count > 20)), "{ends:?}");
        assert!(sum(|report| report.links) > 200 && sum(|report| report.crashes) > 100 && sum(|report| report.clock_jumps) > 50);
    }
}
