//! What the process asks of the system: as many open files as it may have, and that nobody can look into its memory or its files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Whatever the process writes is its user's alone.
pub(crate) fn keep_files_to_itself() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Raises the number of open files as far as the system lets it, and writes no memory to disk when it ends badly: it holds secrets.
pub(crate) fn prepare() {
    let files = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, maximum: files.maximum }) {
        tracing::warn!(%error, "the number of open files could not be raised");
    }
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).and_then(|()| close_to_others()) {
        tracing::warn!(%error, "the system may write the process's memory to disk when it ends badly");
    }
}

/// No other process of the same user may read this one's memory.
#[cfg(target_os = "linux")]
fn close_to_others() -> rustix::io::Result<()> {
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
}

#[cfg(not(target_os = "linux"))]
fn close_to_others() -> rustix::io::Result<()> {
    Ok(())
}
