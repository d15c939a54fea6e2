//! How Webex is heard, for whoever asks how things are.

use rusqlite::{OptionalExtension, params};
use shared::Timestamp;

use super::{Store, StoreError};

/// How a connection's service app is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedState {
    /// `webhook`, `mercury` or `polling`.
    pub way: String,
    /// Since when.
    pub since: Timestamp,
    /// Why it was changed to; empty where nothing is wrong.
    pub why: String,
}

impl Store {
    /// How a connection is heard; `None` if it never was.
    pub fn feed(&self, connection_id: &str) -> Result<Option<FeedState>, StoreError> {
        self.read(|connection| {
            let state =
                |row: &rusqlite::Row<'_>| Ok(FeedState { way: row.get(0)?, since: Timestamp::from_millis(row.get(1)?), why: row.get(2)? });
            Ok(connection.query_row("SELECT way, since, why FROM feed WHERE connection_id = ?1", [connection_id], state).optional()?)
        })
    }

    /// A connection is heard in this way from now on.
    pub async fn set_feed(&self, connection_id: String, state: FeedState) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "INSERT OR REPLACE INTO feed (connection_id, way, since, why) VALUES (?1, ?2, ?3, ?4)",
                params![connection_id, state.way, state.since.as_millis(), state.why],
            )?;
            Ok(())
        })
        .await
    }
}
