//! Keeps the state over a restart: one SQLite file, one row per object, written with every change.
//!
//! Only the death of the process matters here, not that of the machine, so nothing waits for the disk.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use serde::de::DeserializeOwned;

use super::Organisation;
use super::tokens::Token;

/// Written into the file; another number is another program's file.
const SCHEMA: i64 = 1;

/// One object to keep, or to forget where `json` is missing.
pub(crate) struct Write {
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) json: Option<String>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory cannot be made.
    #[error("cannot make the directory {}: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// SQLite refuses.
    #[error("cannot read or write {}: {source}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A file of a newer or of another program.
    #[error("{} has schema {found}, this sandbox knows {SCHEMA}; move it away to start afresh", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// What it says of itself.
        found: i64,
    },
    /// A row that is none of ours.
    #[error("{} has a {kind} that cannot be read: {source}; move it away to start afresh", path.display())]
    Object {
        /// The file.
        path: PathBuf,
        /// What should stand there.
        kind: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// The open file.
pub(crate) struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    pub(crate) fn open(data_dir: &Path, file_name: &str) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data_dir).map_err(|source| StoreError::Directory { path: data_dir.to_owned(), source })?;
        let path = data_dir.join(file_name);
        let connection = prepare(&path).map_err(|source| StoreError::Database { path: path.clone(), source })?;
        let store = Self { connection, path };
        let found: i64 = store.on_file(store.connection.pragma_query_value(None, "user_version", |row| row.get(0)))?;
        match found {
            0 => store.on_file(store.connection.execute_batch(&format!(
                "CREATE TABLE IF NOT EXISTS objects (kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
                 PRAGMA user_version = {SCHEMA};"
            )))?,
            SCHEMA => {}
            found => return Err(StoreError::Schema { path: store.path, found }),
        }
        Ok(store)
    }

    pub(crate) fn write(&mut self, writes: &[Write]) -> Result<(), StoreError> {
        if writes.is_empty() {
            return Ok(());
        }
        let outcome = write_all(&mut self.connection, writes);
        self.on_file(outcome)
    }

    pub(crate) fn clear(&mut self) -> Result<(), StoreError> {
        self.on_file(self.connection.execute("DELETE FROM objects", []).map(|_| ()))
    }

    pub(crate) fn load_into(&self, organisation: &mut Organisation) -> Result<(), StoreError> {
        self.each("person", |person: super::Person| {
            organisation.people.insert(person.id, person);
        })?;
        self.each("room", |room| organisation.index_room(room))?;
        self.each("membership", |membership| organisation.index_membership(membership))?;
        let mut messages: Vec<super::Message> = Vec::new();
        self.each("message", |message| messages.push(message))?;
        messages.sort_by_key(|message| message.id.uuid().get_timestamp().map(|timestamp| timestamp.to_gregorian().0));
        messages.into_iter().for_each(|message| organisation.index_message(message));
        self.each("read_mark", |mark| organisation.index_read_mark(mark))?;
        self.each("webhook", |webhook: super::Webhook| {
            organisation.webhooks.insert(webhook.id, webhook);
        })?;
        self.each("action", |action: super::Action| {
            organisation.remember_ticks(action.id.uuid());
            organisation.actions.insert(action.id, action);
        })?;
        self.each("seeded_room", |title: String| {
            organisation.seeded_rooms.insert(title);
        })?;
        self.each("token", |token: Token| {
            organisation.tokens.insert(token.text.clone(), token);
        })?;
        self.each("gap", |gap: super::Gap| {
            organisation.gaps.insert(gap.id, gap);
        })?;
        self.each("meeting", |meeting: super::Meeting| {
            organisation.meetings.insert(meeting.subject.clone(), meeting);
        })?;
        self.each("link", |link| organisation.index_link(link))?;
        self.each("tokens_issued", |count| organisation.tokens_issued = count)
    }

    fn each<T: DeserializeOwned>(&self, kind: &str, mut take: impl FnMut(T)) -> Result<(), StoreError> {
        let rows = self.on_file(read_all(&self.connection, kind))?;
        for json in rows {
            let object = serde_json::from_str(&json).map_err(|source| StoreError::Object {
                path: self.path.clone(),
                kind: kind.to_owned(),
                source,
            })?;
            take(object);
        }
        Ok(())
    }

    fn on_file<T>(&self, outcome: rusqlite::Result<T>) -> Result<T, StoreError> {
        outcome.map_err(|source| StoreError::Database { path: self.path.clone(), source })
    }
}

fn prepare(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 2000;")?;
    Ok(connection)
}

fn write_all(connection: &mut Connection, writes: &[Write]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for write in writes {
        match &write.json {
            Some(json) => transaction
                .prepare_cached("INSERT OR REPLACE INTO objects (kind, id, json) VALUES (?1, ?2, ?3)")?
                .execute(params![write.kind, write.id, json])?,
            None => {
                transaction.prepare_cached("DELETE FROM objects WHERE kind = ?1 AND id = ?2")?.execute(params![write.kind, write.id])?
            }
        };
    }
    transaction.commit()
}

fn read_all(connection: &Connection, kind: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT json FROM objects WHERE kind = ?1 ORDER BY id")?;
    statement.query_map([kind], |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_database_is_refused_with_its_path() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("sandbox.db"), "this is no database, and it is long enough to be looked at").unwrap();
        let error = Store::open(directory.path(), "sandbox.db").err().unwrap().to_string();
        assert!(error.contains("sandbox.db"), "{error}");
    }

    #[test]
    fn a_file_of_another_schema_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        Connection::open(directory.path().join("sandbox.db")).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
        assert!(matches!(Store::open(directory.path(), "sandbox.db"), Err(StoreError::Schema { found: 9, .. })));
    }
}
