//! Which mutant is awake in this process, in the copy of the portal that holds all of them.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::Write,
    sync::{LazyLock, Mutex},
};

/// None is without the variable.
static AWAKE: LazyLock<Option<u32>> = LazyLock::new(|| std::env::var("MUTANT").ok()?.parse().ok());
static REACHED: LazyLock<Option<Mutex<(File, HashSet<u32>)>>> = LazyLock::new(|| {
    let file = OpenOptions::new().append(true).create(true).open(std::env::var("MUTANTS_REACHED").ok()?).ok()?;
    Some(Mutex::new((file, HashSet::new())))
});

/// Whether this one is awake. Notes that the code asked, if somebody wants to know which tests reach which mutant.
pub fn is(mutant: u32) -> bool {
    if let Some(reached) = &*REACHED
        && let Ok(mut reached) = reached.lock()
        && reached.1.insert(mutant)
    {
        let _ = reached.0.write_all(format!("{mutant}\n").as_bytes());
    }
    *AWAKE == Some(mutant)
}
