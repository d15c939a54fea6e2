//! Conversations: the portal's side of a Webex room.

use rusqlite::{OptionalExtension, Row, params};
use shared::{GuestId, RoomId, SiteId, Timestamp};

use super::{Store, StoreError};
use crate::conversations::Progress;

/// A conversation as stored.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The portal's own id, the one the browser knows.
    pub id: RoomId,
    /// The site it belongs to.
    pub site_id: SiteId,
    /// How far opening it has come.
    pub progress: Progress,
    /// The characters that end the Webex room's title.
    pub code: String,
    /// The room in Webex, once made.
    pub webex_room_id: Option<String>,
    /// When the portal made it.
    pub created_at: Timestamp,
}

const COLUMNS: &str =
    "conversation.id, conversation.site_id, conversation.state, conversation.code, conversation.webex_room_id, conversation.created_at";

fn conversation_from(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        id: RoomId::new(row.get::<_, String>(0)?),
        site_id: SiteId::new(row.get::<_, String>(1)?),
        progress: Progress::from_word(&row.get::<_, String>(2)?),
        code: row.get(3)?,
        webex_room_id: row.get(4)?,
        created_at: Timestamp::from_millis(row.get(5)?),
    })
}

impl Store {
    /// The guest's conversation of a site, or a new one with the given id and code.
    pub async fn conversation_of_guest(
        &self,
        site_id: SiteId,
        guest_id: GuestId,
        new_id: RoomId,
        new_code: String,
        now: Timestamp,
    ) -> Result<Conversation, StoreError> {
        self.write(move |connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM conversation JOIN conversation_guest ON conversation_id = id
                 WHERE guest_id = ?1 AND conversation.site_id = ?2 AND kind = 'space' LIMIT 1"
            );
            let found = connection.query_row(&query, params![guest_id.as_str(), site_id.as_str()], conversation_from).optional()?;
            if let Some(conversation) = found {
                return Ok(conversation);
            }
            let conversation =
                Conversation { id: new_id, site_id, progress: Progress::New, code: new_code, webex_room_id: None, created_at: now };
            connection.execute(
                "INSERT INTO conversation (id, site_id, kind, state, code, created_at) VALUES (?1, ?2, 'space', ?3, ?4, ?5)",
                params![
                    conversation.id.as_str(),
                    conversation.site_id.as_str(),
                    conversation.progress.as_word(),
                    conversation.code,
                    now.as_millis()
                ],
            )?;
            connection.execute(
                "INSERT INTO conversation_guest (conversation_id, guest_id, site_id) VALUES (?1, ?2, ?3)",
                params![conversation.id.as_str(), guest_id.as_str(), conversation.site_id.as_str()],
            )?;
            Ok(conversation)
        })
        .await
    }

    /// The conversations a guest is in.
    pub fn conversations(&self, guest_id: &GuestId) -> Result<Vec<Conversation>, StoreError> {
        self.read(|connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM conversation JOIN conversation_guest ON conversation_id = id WHERE guest_id = ?1 ORDER BY created_at DESC"
            );
            let rows = connection.prepare_cached(&query)?.query_map([guest_id.as_str()], conversation_from)?.collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// A conversation, if this guest is in it.
    pub fn conversation_for(&self, guest_id: &GuestId, room_id: &RoomId) -> Result<Option<Conversation>, StoreError> {
        self.read(|connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM conversation JOIN conversation_guest ON conversation_id = id WHERE id = ?1 AND guest_id = ?2"
            );
            Ok(connection.prepare_cached(&query)?.query_row(params![room_id.as_str(), guest_id.as_str()], conversation_from).optional()?)
        })
    }

    /// A conversation by its own id.
    pub fn conversation(&self, room_id: &RoomId) -> Result<Option<Conversation>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM conversation WHERE id = ?1");
            Ok(connection.prepare_cached(&query)?.query_row([room_id.as_str()], conversation_from).optional()?)
        })
    }

    /// The conversation whose room this is in Webex.
    pub fn conversation_by_webex_room(&self, webex_room_id: &str) -> Result<Option<Conversation>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM conversation WHERE webex_room_id = ?1");
            Ok(connection.prepare_cached(&query)?.query_row([webex_room_id], conversation_from).optional()?)
        })
    }

    /// Opening has come further.
    pub async fn set_progress(&self, room_id: RoomId, progress: Progress, webex_room_id: Option<String>) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "UPDATE conversation SET state = ?2, webex_room_id = coalesce(?3, webex_room_id) WHERE id = ?1",
                params![room_id.as_str(), progress.as_word(), webex_room_id],
            )?;
            Ok(())
        })
        .await
    }
}
