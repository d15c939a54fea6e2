//! One target of `tests::fuzz`, which the environment names; without a name, the names of all.

#![no_main]

use std::{path::PathBuf, process::exit, sync::LazyLock};

use tests::fuzz::{TARGETS, Target, named};

static TARGET: LazyLock<Target> = LazyLock::new(|| match std::env::var("GUEST_PORTAL_FUZZ_TARGET") {
    Ok(name) => named(&name),
    Err(_) => {
        TARGETS.iter().for_each(|target| println!("{}", target.name));
        exit(0)
    }
});

/// What to begin with goes where the inputs are kept, if that is told.
fn begin() {
    let seeds = (TARGET.seeds)();
    let Some(folder) = std::env::var_os("GUEST_PORTAL_FUZZ_SEEDS").map(PathBuf::from) else { return };
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number}")), seed).expect("the folder of inputs");
    }
}

libfuzzer_sys::fuzz_target!(init: begin(), |bytes: &[u8]| (TARGET.run)(bytes));
