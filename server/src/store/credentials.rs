//! Refreshed credentials, sealed.

use rusqlite::{OptionalExtension, params};
use shared::Timestamp;

use super::{Store, StoreError};

/// A credential as refreshed last.
#[derive(Clone, Debug)]
pub struct StoredCredential {
    /// SHA-256 of the configured refresh token this descends from.
    pub configured_hash: Vec<u8>,
    /// The newest refresh token, sealed.
    pub refresh_sealed: Vec<u8>,
    /// The access token, sealed.
    pub access_sealed: Vec<u8>,
    /// When the access token ends.
    pub access_expires_at: Timestamp,
    /// When it was fetched.
    pub refreshed_at: Timestamp,
}

impl Store {
    /// The stored credential of this name.
    pub fn credential(&self, name: &str) -> Result<Option<StoredCredential>, StoreError> {
        self.read(|connection| {
            Ok(connection
                .query_row(
                    "SELECT configured_hash, refresh_sealed, access_sealed, access_expires_at, refreshed_at FROM credential WHERE name = ?1",
                    [name],
                    |row| {
                        Ok(StoredCredential {
                            configured_hash: row.get(0)?,
                            refresh_sealed: row.get(1)?,
                            access_sealed: row.get(2)?,
                            access_expires_at: Timestamp::from_millis(row.get(3)?),
                            refreshed_at: Timestamp::from_millis(row.get(4)?),
                        })
                    },
                )
                .optional()?)
        })
    }

    /// Replaces the stored credential of this name.
    pub async fn set_credential(&self, name: String, credential: StoredCredential) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "INSERT OR REPLACE INTO credential (name, configured_hash, refresh_sealed, access_sealed, access_expires_at, refreshed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    name,
                    credential.configured_hash,
                    credential.refresh_sealed,
                    credential.access_sealed,
                    credential.access_expires_at.as_millis(),
                    credential.refreshed_at.as_millis()
                ],
            )?;
            Ok(())
        })
        .await
    }
}
