//! The whole file, copied while it is used, and what is noted in one that was put back.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension, params};
use shared::Timestamp;

use super::{OpenError, Store, StoreError, migrate, outbox::spooled_in, sqlite::keep_to_owner};

impl Store {
    /// The schema this build knows.
    pub(crate) fn known_schema() -> i64 {
        migrate::known()
    }

    /// Copies the file as it is now. Answers its schema and the files in the spool that it knows of.
    pub(crate) fn copy_to(&self, path: PathBuf) -> Result<(i64, Vec<String>), StoreError> {
        self.read(|connection| {
            keep_to_owner(&path).map_err(|error| StoreError::Unreadable(error.to_string()))?;
            connection.backup("main", &path, None::<fn(rusqlite::backup::Progress)>)?;
            let copy = Connection::open(&path)?;
            // One file, so that nothing beside it belongs to it.
            copy.pragma_update(None, "journal_mode", "DELETE")?;
            Ok((migrate::schema_of(&copy)?, spooled_in(&copy)?))
        })
    }

    /// Held by whoever uses a folder.
    pub(crate) const LOCK: &str = "guest-portal.lock";

    /// Refuses a folder that a portal uses.
    pub(crate) fn lock(folder: &Path) -> Result<File, OpenError> {
        let not_writable =
            |reason: std::io::Error| OpenError::NotWritable { path: folder.display().to_string(), reason: reason.to_string() };
        let lock = File::create(folder.join(Self::LOCK)).map_err(not_writable)?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::Locked { path: folder.display().to_string() }),
            Err(std::fs::TryLockError::Error(error)) => Err(not_writable(error)),
        }
    }

    /// In a file that was put back: what had not been sent then may have been since, so it is looked for before it is sent.
    pub(crate) fn note_restored(folder: &Path, made_at: &str, now: Timestamp) -> Result<(), OpenError> {
        let path = folder.join("guest-portal.db");
        let unusable = |error: rusqlite::Error| OpenError::Unusable { path: path.display().to_string(), reason: error.to_string() };
        let note = || -> rusqlite::Result<()> {
            let connection = Connection::open(&path)?;
            connection
                .execute("UPDATE outbox SET state = 'in_flight', in_flight_at = queued_at WHERE state IN ('accepted', 'in_flight')", [])?;
            connection.execute(
                "INSERT INTO audit (at, what, about) VALUES (?1, 'backup put back', ?2)",
                params![now.as_millis(), format!("made at {made_at}")],
            )?;
            // A damaged file must not be found out at the first guest.
            let verdict: Option<String> = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).optional()?;
            if verdict.as_deref() == Some("ok") { Ok(()) } else { Err(rusqlite::Error::InvalidQuery) }
        };
        note().map_err(unusable)
    }
}
