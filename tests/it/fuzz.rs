//! A quick look with every target of `tests/src/fuzz`: what it begins with, and as many changes of it as a moment allows.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use tests::fuzz::{ByteMutator, TARGETS};

const SEED: u64 = 20_261_128;
const MOST: usize = 5000;
/// Of each target.
const LASTS: Duration = Duration::from_millis(900);

#[test]
fn no_target_finds_anything_in_a_moment() {
    let mut found = Vec::new();
    for target in TARGETS {
        let began = Instant::now();
        let seeds = (target.seeds)();
        let mut mutator = ByteMutator::new(seeds.clone(), SEED);
        let mut inputs = seeds.into_iter();
        let mut tried = 0;
        while tried < MOST && began.elapsed() < LASTS {
            let input = inputs.next().unwrap_or_else(|| mutator.mutation());
            tried += 1;
            if catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_err() {
                found.push(format!("{}: input {tried} of seed {SEED}: {:?}", target.name, String::from_utf8_lossy(&input)));
                break;
            }
        }
        println!("{:<14}{tried:>6} inputs in {:>4} ms", target.name, began.elapsed().as_millis());
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
