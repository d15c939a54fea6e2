//! Everything that is kept of one guest: to be handed to them, and to be erased.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, params, types::ValueRef};
use serde_json::{Map, Value, json};
use shared::{GuestId, SiteId, Timestamp};

use super::{Conversation, GuestRow, Store, StoreError, api_keys::note_audit, outbox::SpooledFile};
use crate::config::ConversationKind;

/// Others may be reading.
const FOLD_PATIENCE: Duration = Duration::from_secs(10);

/// So that nobody waits for the store meanwhile.
const FORGOTTEN_AT_ONCE: u32 = 100;

/// What has to go after a guest was erased from the store.
#[derive(Debug, Default)]
pub(crate) struct Erased {
    /// Files in the spool.
    pub(crate) spooled: Vec<SpooledFile>,
}

impl Store {
    /// Guests of a site whose name, address or id is this, whatever its case; the newest first.
    pub(crate) fn guests_like(&self, site_id: Option<&SiteId>, words: &str) -> Result<Vec<(GuestRow, Timestamp)>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT id, created_at FROM guest WHERE (?1 IS NULL OR site_id = ?1) AND
                (id = ?2 OR lower(display_name) = lower(?2) OR lower(email) = lower(?2)) ORDER BY created_at DESC LIMIT 1000";
            let found: Vec<(String, i64)> = connection
                .prepare(sql)?
                .query_map(params![site_id.map(SiteId::as_str), words], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            Ok(found)
        })?
        .into_iter()
        .filter_map(|(id, at)| self.guest(&GuestId::new(id)).transpose().map(|guest| Ok((guest?, Timestamp::from_millis(at)))))
        .collect()
    }

    /// Every row that is about a guest, by its table. What is sealed or only a hash says nothing to anybody and is left out.
    pub(crate) fn everything_of(&self, guest_id: &GuestId) -> Result<Value, StoreError> {
        self.read(|connection| {
            let mut all = Map::new();
            all.insert("guest".into(), rows(connection, "SELECT * FROM guest WHERE id = ?1", guest_id)?);
            let conversations =
                "SELECT conversation.* FROM conversation JOIN conversation_guest ON conversation_id = id WHERE guest_id = ?1";
            all.insert("conversation".into(), rows(connection, conversations, guest_id)?);
            for table in tables_about_guests(connection)? {
                let found = rows(connection, &format!("SELECT * FROM \"{table}\" WHERE guest_id = ?1"), guest_id)?;
                all.insert(table, found);
            }
            Ok(Value::Object(all))
        })
    }

    /// Erases a guest with all that is about them, and notes that it was done: by their id, which says nothing of them.
    pub(crate) async fn erase_guest(&self, guest_id: GuestId, site_id: SiteId, now: Timestamp) -> Result<Erased, StoreError> {
        self.write(move |connection| {
            let erased = erase(connection, &guest_id)?;
            note_audit(connection, &site_id, now, "guest erased", guest_id.as_str())?;
            Ok(erased)
        })
        .await
    }

    /// Erases guests who began no session since then, and for whom nothing is under way; a few at a time. Those whom no browser
    /// and nobody's word can bring back, since the other instant.
    pub(crate) async fn forget_unseen(&self, before: Timestamp, gone_before: Timestamp) -> Result<(usize, Erased), StoreError> {
        self.write(move |connection| {
            let unseen: Vec<String> = connection
                .prepare(
                    "SELECT id FROM guest WHERE seen_at < iif(key_hash IS NULL AND is_identified = 0, ?3, ?1)
                        AND NOT EXISTS (SELECT 1 FROM session WHERE guest_id = guest.id)
                        AND NOT EXISTS (SELECT 1 FROM outbox WHERE guest_id = guest.id AND state <> 'sent' AND state <> 'failed')
                        AND NOT EXISTS (SELECT 1 FROM visit WHERE guest_id = guest.id
                            AND state IN ('requested', 'scheduled', 'ringing', 'claimed', 'joined'))
                    LIMIT ?2",
                )?
                .query_map(params![before.as_millis(), FORGOTTEN_AT_ONCE, gone_before.as_millis()], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let mut all = Erased::default();
            for guest_id in &unseen {
                all.spooled.extend(erase(connection, &GuestId::new(guest_id))?.spooled);
            }
            Ok((unseen.len(), all))
        })
        .await
    }

    /// Moves what was written into the file itself, so that nothing erased stays beside it.
    pub(crate) fn fold(folder: &Path) -> Result<(), StoreError> {
        let connection = Connection::open(folder.join("guest-portal.db"))?;
        connection.busy_timeout(FOLD_PATIENCE)?;
        Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    /// The spaces in Webex that were made for a guest alone.
    pub(crate) fn own_spaces_of(&self, guest_id: &GuestId) -> Result<Vec<Conversation>, StoreError> {
        let conversations = self.conversations(guest_id)?;
        Ok(conversations.into_iter().filter(|conversation| conversation.kind == ConversationKind::Space).collect())
    }

    /// Notes that somebody was handed what is kept of a guest.
    pub(crate) async fn note_exported(&self, guest_id: GuestId, site_id: SiteId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| note_audit(connection, &site_id, now, "guest exported", guest_id.as_str())).await
    }
}

/// Everything about a guest, and the conversations that were theirs alone.
fn erase(connection: &Connection, guest_id: &GuestId) -> Result<Erased, StoreError> {
    let files: Vec<String> = connection
        .prepare("SELECT file FROM outbox WHERE guest_id = ?1 AND file IS NOT NULL")?
        .query_map([guest_id.as_str()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let rooms: Vec<String> = connection
        .prepare("SELECT conversation_id FROM conversation_guest WHERE guest_id = ?1")?
        .query_map([guest_id.as_str()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for table in tables_about_guests(connection)? {
        connection.execute(&format!("DELETE FROM \"{table}\" WHERE guest_id = ?1"), [guest_id.as_str()])?;
    }
    connection.execute("DELETE FROM guest WHERE id = ?1", [guest_id.as_str()])?;
    for room in rooms {
        // Where others write, too, it stays theirs.
        connection.execute(
            "DELETE FROM conversation WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM conversation_guest WHERE conversation_id = ?1)",
            [room],
        )?;
    }
    Ok(Erased { spooled: files.iter().filter_map(|json| serde_json::from_str(json).ok()).collect() })
}

/// Every table with a column for whom it is about: those of later versions, too.
fn tables_about_guests(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let sql =
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'guest_id' WHERE m.type = 'table' ORDER BY 1";
    let names = connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(names)
}

fn rows(connection: &Connection, sql: &str, guest_id: &GuestId) -> Result<Value, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([guest_id.as_str()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut fields = Map::new();
        for (place, name) in names.iter().enumerate() {
            let value = match row.get_ref(place)? {
                ValueRef::Null | ValueRef::Blob(_) => continue,
                ValueRef::Integer(number) => json!(number),
                ValueRef::Real(number) => json!(number),
                ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
            };
            fields.insert(name.clone(), value);
        }
        all.push(Value::Object(fields));
    }
    Ok(Value::Array(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NewSession;

    const DAY: i64 = 24 * 3600 * 1000;

    #[tokio::test]
    async fn who_has_not_come_for_long_is_forgotten_and_sooner_who_cannot_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "w").unwrap();
        let at = |days: i64| Timestamp::from_millis(1_000 * DAY + days * DAY);
        for (id, key, is_identified) in [("kept", Some(vec![1]), false), ("gone", None, false), ("vouched", None, true)] {
            let guest = GuestRow { is_identified, ..GuestRow::new(GuestId::new(id), SiteId::new("a"), id.into(), "Ada".into(), None) };
            let session = NewSession { hash: id.as_bytes().to_vec(), mode: "strict", begun_at: at(0) };
            store.create_guest(guest, key, session).await.unwrap();
        }
        let known = || ["kept", "gone", "vouched"].into_iter().filter(|id| store.guest(&GuestId::new(*id)).unwrap().is_some()).count();
        let forget = async |now: i64| store.forget_unseen(at(now - 400), at(now - 30)).await.unwrap().0;
        assert_eq!((forget(500).await, known()), (0, 3), "their sessions are not over");
        store.delete_sessions_before(at(1), at(1)).await.unwrap();
        assert_eq!((forget(30).await, known()), (0, 3));
        assert_eq!((forget(31).await, known()), (1, 2));
        assert_eq!((forget(400).await, known()), (0, 2));
        assert_eq!((forget(401).await, known()), (2, 0));
    }
}
