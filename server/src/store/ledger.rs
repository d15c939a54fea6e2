//! Which messages in Webex are whose: the ledger of those the portal sent, those in doubt, and those that may come twice.

use rusqlite::{Connection, OptionalExtension, params};
use shared::{ClientMessageId, GuestId, MessageId, RoomId, Timestamp};

use super::{
    RowKind, Store, StoreError,
    outbox::{COLUMNS, OutboxRow, row_from},
};

/// A message that was sent after a doubt: an earlier try of it may still turn up.
#[derive(Clone, Debug)]
pub struct Resent {
    /// Whose it is.
    pub guest_id: GuestId,
    /// The browser's id.
    pub client_message_id: ClientMessageId,
    /// What it said; see [`content_mark`].
    pub content_mark: Vec<u8>,
}

impl Store {
    /// What the ledger knows of a message: the browser's id of one the portal sent, an empty one of what is not the portal's.
    pub fn client_id_of(&self, upstream_id: &MessageId) -> Result<Option<ClientMessageId>, StoreError> {
        self.read(|connection| {
            let id = connection
                .prepare_cached("SELECT client_message_id FROM ledger WHERE upstream_id = ?1")?
                .query_row([upstream_id.as_str()], |row| row.get::<_, String>(0))
                .optional()?;
            Ok(id.map(ClientMessageId::new))
        })
    }

    /// Whether the portal sent this message of a room for this guest, as far as the ledger knows. Its own notices are not the guest's.
    pub fn is_sent_for(&self, guest_id: &GuestId, room_id: &RoomId, upstream_id: &MessageId) -> Result<bool, StoreError> {
        self.read(|connection| {
            let id = connection
                .prepare_cached("SELECT client_message_id FROM ledger WHERE upstream_id = ?1 AND guest_id = ?2 AND conversation_id = ?3")?
                .query_row(params![upstream_id.as_str(), guest_id.as_str(), room_id.as_str()], |row| row.get::<_, String>(0))
                .optional()?;
            Ok(id.is_some_and(|id| ClientMessageId::new(id).is_well_formed()))
        })
    }

    /// The rows of a room whose outcome is unclear, oldest first.
    pub fn unclear_rows(&self, room_id: &RoomId, kind: RowKind) -> Result<Vec<OutboxRow>, StoreError> {
        self.read(|connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM outbox WHERE conversation_id = ?1 AND state <> 'sent' AND state = 'unclear' AND kind = ?2 ORDER BY seq"
            );
            let found = params![room_id.as_str(), kind.as_word()];
            let rows = connection.prepare_cached(&query)?.query_map(found, row_from)?.collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// Messages of a room, of one kind, that were sent after a doubt since then.
    pub fn resent(&self, room_id: &RoomId, kind: RowKind, since: Timestamp) -> Result<Vec<Resent>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT guest_id, client_message_id, content_mark FROM outbox
                 WHERE conversation_id = ?1 AND content_mark IS NOT NULL AND in_flight_at > ?2 AND kind = ?3 ORDER BY seq",
            )?;
            let rows = statement.query_map(params![room_id.as_str(), since.as_millis(), kind.as_word()], |row| {
                Ok(Resent {
                    guest_id: GuestId::new(row.get::<_, String>(0)?),
                    client_message_id: ClientMessageId::new(row.get::<_, String>(1)?),
                    content_mark: row.get(2)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The rooms in which a message was sent after a doubt since then.
    pub fn rooms_with_resent(&self, since: Timestamp) -> Result<Vec<RoomId>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT conversation_id FROM outbox INDEXED BY outbox_resent WHERE content_mark IS NOT NULL AND in_flight_at > ?1",
            )?;
            let rows = statement.query_map([since.as_millis()], |row| Ok(RoomId::new(row.get::<_, String>(0)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// A message of a guest that the portal did not send: it is nobody's to be taken for later.
    pub async fn note_foreign(&self, guest_id: GuestId, room_id: RoomId, upstream_id: MessageId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO ledger (upstream_id, site_id, conversation_id, guest_id, client_message_id, known_at)
                     SELECT ?1, site_id, ?2, id, '', ?4 FROM guest WHERE id = ?3",
                )?
                .execute(params![upstream_id.as_str(), room_id.as_str(), guest_id.as_str(), now.as_millis()])?;
            Ok(())
        })
        .await
    }
}

/// A message of the portal is in Webex under this id.
pub(super) fn insert_in_ledger(
    connection: &Connection,
    row: &OutboxRow,
    upstream_id: &MessageId,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO ledger (upstream_id, site_id, conversation_id, guest_id, client_message_id, known_at)
             SELECT ?2, site_id, conversation_id, guest_id, client_message_id, ?3 FROM outbox WHERE seq = ?1",
        )?
        .execute(params![row.seq, upstream_id.as_str(), now.as_millis()])?;
    Ok(())
}
