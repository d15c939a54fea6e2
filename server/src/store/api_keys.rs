//! API keys of other programs, and the answers that are given again to those who ask twice.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{SiteId, Timestamp};

use super::{Store, StoreError};

/// A key as stored: what it is called, never what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// The site it is for.
    pub site_id: SiteId,
    /// What it is called there.
    pub name: String,
    /// What it is good for: words, parted by spaces.
    pub scopes: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to within 5 minutes.
    pub last_used_at: Option<Timestamp>,
}

/// What is known of a request that carries its own key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeated {
    /// It is new, or was never answered: what its meeting is known by.
    Unanswered(String),
    /// It was answered so, sealed.
    Answered(Vec<u8>),
    /// The key was used for another request.
    Reused,
}

const COLUMNS: &str = "site_id, name, scopes, created_at, last_used_at";

fn key_from(row: &Row<'_>) -> rusqlite::Result<ApiKeyRow> {
    Ok(ApiKeyRow {
        site_id: SiteId::new(row.get::<_, String>(0)?),
        name: row.get(1)?,
        scopes: row.get(2)?,
        created_at: Timestamp::from_millis(row.get(3)?),
        last_used_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
    })
}

/// Notes for the operator what was changed, and when.
pub(super) fn note_audit(connection: &Connection, site_id: &SiteId, at: Timestamp, what: &str, about: &str) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO audit (site_id, at, what, about) VALUES (?1, ?2, ?3, ?4)",
        params![site_id.as_str(), at.as_millis(), what, about],
    )?;
    Ok(())
}

impl Store {
    /// Keeps a new key by its hash; answers whether the name was free.
    pub async fn add_api_key(&self, key: ApiKeyRow, key_hash: Vec<u8>) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let added = connection.execute(
                "INSERT OR IGNORE INTO api_key (key_hash, site_id, name, scopes, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![key_hash, key.site_id.as_str(), key.name, key.scopes, key.created_at.as_millis()],
            )?;
            if added > 0 {
                note_audit(connection, &key.site_id, key.created_at, "api key made", &format!("{} ({})", key.name, key.scopes))?;
            }
            Ok(added > 0)
        })
        .await
    }

    /// Takes a key away, at once; answers whether there was one of this name.
    pub async fn revoke_api_key(&self, site_id: SiteId, name: String, now: Timestamp) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let revoked = connection.execute("DELETE FROM api_key WHERE site_id = ?1 AND name = ?2", params![site_id.as_str(), name])?;
            if revoked > 0 {
                note_audit(connection, &site_id, now, "api key revoked", &name)?;
            }
            Ok(revoked > 0)
        })
        .await
    }

    /// Every key, by site and name.
    pub fn api_keys(&self) -> Result<Vec<ApiKeyRow>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM api_key ORDER BY site_id, name");
            Ok(connection.prepare(&query)?.query_map([], key_from)?.collect::<Result<_, _>>()?)
        })
    }

    /// The key that has this hash.
    pub fn api_key(&self, key_hash: &[u8]) -> Result<Option<ApiKeyRow>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM api_key WHERE key_hash = ?1");
            Ok(connection.prepare_cached(&query)?.query_row([key_hash], key_from).optional()?)
        })
    }

    /// Notes that a key was used.
    pub async fn touch_api_key(&self, key_hash: Vec<u8>, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute("UPDATE api_key SET last_used_at = ?2 WHERE key_hash = ?1", params![key_hash, now.as_millis()])?;
            Ok(())
        })
        .await
    }

    /// Begins a request that carries its own key, before anybody is asked: what is written down first is what its meeting is
    /// known by. What was begun before `kept_since` is forgotten.
    pub async fn begin_request(
        &self,
        site_id: SiteId,
        key: String,
        request_hash: Vec<u8>,
        subject: String,
        (now, kept_since): (Timestamp, Timestamp),
    ) -> Result<Repeated, StoreError> {
        self.write(move |connection| {
            connection.execute("DELETE FROM idempotency WHERE created_at < ?1", [kept_since.as_millis()])?;
            let found = connection
                .prepare_cached("SELECT request_hash, subject, answer_sealed FROM idempotency WHERE site_id = ?1 AND key = ?2")?
                .query_row(params![site_id.as_str(), key], |row| {
                    Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<Vec<u8>>>(2)?))
                })
                .optional()?;
            match found {
                Some((hash, _, _)) if hash != request_hash => return Ok(Repeated::Reused),
                Some((_, _, Some(answer_sealed))) => return Ok(Repeated::Answered(answer_sealed)),
                Some((_, subject, None)) => return Ok(Repeated::Unanswered(subject)),
                None => {}
            }
            connection.execute(
                "INSERT INTO idempotency (site_id, key, request_hash, subject, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![site_id.as_str(), key, request_hash, subject, now.as_millis()],
            )?;
            Ok(Repeated::Unanswered(subject))
        })
        .await
    }

    /// Keeps the answer of a request that carries its own key, sealed.
    pub async fn answer_request(&self, site_id: SiteId, key: String, answer_sealed: Vec<u8>) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "UPDATE idempotency SET answer_sealed = ?3 WHERE site_id = ?1 AND key = ?2",
                params![site_id.as_str(), key, answer_sealed],
            )?;
            Ok(())
        })
        .await
    }

    /// Forgets requests that were begun before this.
    pub async fn delete_requests_before(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute("DELETE FROM idempotency WHERE created_at < ?1", [before.as_millis()])?;
            Ok(())
        })
        .await
    }
}
