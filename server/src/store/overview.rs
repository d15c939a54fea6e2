//! How much there is of what: for whoever looks after the portal.

use std::collections::BTreeMap;

use rusqlite::Connection;
use shared::Timestamp;

use super::{Store, StoreError};

/// How much there is of what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Guests who are remembered.
    pub guests: i64,
    /// Sessions that are not over.
    pub sessions: i64,
    /// Conversations.
    pub conversations: i64,
    /// Rows on their way to Webex, by how far each has come.
    pub outbox: BTreeMap<String, i64>,
    /// When the oldest of them was accepted.
    pub waiting_since: Option<Timestamp>,
    /// Visits, by how far each has come.
    pub visits: BTreeMap<String, i64>,
    /// Events that wait for a webhook's receiver.
    pub webhooks_waiting: i64,
}

impl Store {
    /// How much there is of what, now.
    pub fn overview(&self) -> Result<Overview, StoreError> {
        self.read(|connection| {
            let count = |sql: &str| -> Result<i64, StoreError> { Ok(connection.query_row(sql, [], |row| row.get(0))?) };
            let waiting_since = connection.query_row(
                "SELECT MIN(queued_at) FROM outbox WHERE state IN ('accepted', 'in_flight', 'unclear')",
                [],
                |row| row.get::<_, Option<i64>>(0),
            )?;
            Ok(Overview {
                guests: count("SELECT COUNT(*) FROM guest WHERE key_hash IS NOT NULL")?,
                sessions: count("SELECT COUNT(*) FROM session")?,
                conversations: count("SELECT COUNT(*) FROM conversation")?,
                outbox: by_state(connection, "SELECT state, COUNT(*) FROM outbox WHERE state <> 'sent' GROUP BY state")?,
                waiting_since: waiting_since.map(Timestamp::from_millis),
                visits: by_state(connection, "SELECT state, COUNT(*) FROM visit GROUP BY state")?,
                webhooks_waiting: count("SELECT COUNT(*) FROM webhook_out WHERE state = 'waiting'")?,
            })
        })
    }

    /// Whether the store takes a change, proven by one that changes nothing.
    pub async fn prove_writable(&self) -> Result<(), StoreError> {
        self.write(|connection| Ok(connection.execute("UPDATE webex SET name = name", []).map(drop)?)).await
    }
}

fn by_state(connection: &Connection, sql: &str) -> Result<BTreeMap<String, i64>, StoreError> {
    let mut rows = connection.prepare_cached(sql)?;
    let found = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}
