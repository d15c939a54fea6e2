//! The portal in a simulated world: see [`tests::simulation`].

use tests::simulation::{Report, run};

const FIRST_SEED: u64 = 0;
const SEEDS: u64 = 500;

#[test]
fn whatever_goes_wrong_nothing_is_lost_doubled_or_out_of_order() {
    let seeds = std::env::var("SIMULATION_SEEDS").ok();
    let (first, count) = match seeds.as_deref().and_then(|seeds| seeds.split_once('+')) {
        Some((first, count)) => (first.parse().unwrap(), count.parse().unwrap()),
        None => (FIRST_SEED, SEEDS),
    };
    let half = |parity: u64| {
        std::thread::spawn(move || {
            (first..first + count).filter(|seed| seed % 2 == parity).map(|seed| (seed, run(seed))).collect::<Vec<_>>()
        })
    };
    let halves = [half(0), half(1)];
    let reports: Vec<(u64, Report)> = halves.into_iter().flat_map(|half| half.join().unwrap()).collect();
    let sum = |what: fn(&Report) -> usize| reports.iter().map(|(_, report)| what(report)).sum::<usize>();
    println!(
        "{count} seeds from {first}: {} messages taken, {} crashes, {} faults met, {} s of simulated time",
        sum(|report| report.accepted),
        sum(|report| report.crashes),
        sum(|report| report.faults),
        reports.iter().map(|(_, report)| report.lasted.as_secs()).sum::<u64>(),
    );
    let broken: Vec<_> = reports.iter().filter(|(_, report)| !report.broken.is_empty()).collect();
    assert!(broken.is_empty(), "{} seeds broke a promise; the first three: {:#?}", broken.len(), &broken[..broken.len().min(3)]);
}
