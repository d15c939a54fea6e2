//! Conversations: the portal's side of a Webex room.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{GuestId, RoomId, SiteId, Timestamp};

use super::{Store, StoreError};
use crate::{config::ConversationKind, conversations::Progress};

/// Whose token hears a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeardBy {
    /// The service app, which is in it.
    Service,
    /// A guest's own.
    Guest,
}

impl HeardBy {
    fn as_word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Guest => "guest",
        }
    }
}

/// A conversation as stored.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The portal's own id, the one the browser knows.
    pub id: RoomId,
    /// The site it belongs to.
    pub site_id: SiteId,
    /// Where it takes place.
    pub kind: ConversationKind,
    /// Whose token hears it.
    pub heard_by: HeardBy,
    /// How far opening it has come.
    pub progress: Progress,
    /// The characters that end the Webex room's title.
    pub code: String,
    /// The room in Webex, once made.
    pub webex_room_id: Option<String>,
    /// When the portal made it.
    pub created_at: Timestamp,
    /// When the request to make the room may have left last.
    pub making_since: Option<Timestamp>,
}

const COLUMNS: &str =
    "conversation.id, conversation.site_id, conversation.state, conversation.code, conversation.webex_room_id, conversation.created_at,
     conversation.kind, conversation.heard_by, conversation.making_since";

fn conversation_from(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        id: RoomId::new(row.get::<_, String>(0)?),
        site_id: SiteId::new(row.get::<_, String>(1)?),
        progress: Progress::from_word(&row.get::<_, String>(2)?),
        code: row.get(3)?,
        webex_room_id: row.get(4)?,
        created_at: Timestamp::from_millis(row.get(5)?),
        kind: kind_from_word(&row.get::<_, String>(6)?),
        heard_by: if row.get::<_, String>(7)? == "guest" { HeardBy::Guest } else { HeardBy::Service },
        making_since: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
    })
}

fn kind_as_word(kind: ConversationKind) -> &'static str {
    match kind {
        ConversationKind::Space => "space",
        ConversationKind::Direct => "direct",
        ConversationKind::Existing => "existing",
        ConversationKind::None => "none",
    }
}

fn kind_from_word(word: &str) -> ConversationKind {
    [ConversationKind::Direct, ConversationKind::Existing, ConversationKind::None]
        .into_iter()
        .find(|kind| kind_as_word(*kind) == word)
        .unwrap_or(ConversationKind::Space)
}

fn insert(connection: &Connection, conversation: &Conversation, guest_id: &GuestId) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO conversation (id, site_id, kind, state, code, created_at, webex_room_id, heard_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            conversation.id.as_str(),
            conversation.site_id.as_str(),
            kind_as_word(conversation.kind),
            conversation.progress.as_word(),
            conversation.code,
            conversation.created_at.as_millis(),
            conversation.webex_room_id,
            conversation.heard_by.as_word(),
        ],
    )?;
    add_guest(connection, conversation, guest_id)
}

fn add_guest(connection: &Connection, conversation: &Conversation, guest_id: &GuestId) -> Result<(), StoreError> {
    connection.execute(
        "INSERT OR IGNORE INTO conversation_guest (conversation_id, guest_id, site_id) VALUES (?1, ?2, ?3)",
        params![conversation.id.as_str(), guest_id.as_str(), conversation.site_id.as_str()],
    )?;
    Ok(())
}

impl Store {
    /// The guest's conversation of this kind on their site, or `new`, written down.
    pub async fn conversation_of_guest(&self, guest_id: GuestId, new: Conversation) -> Result<Conversation, StoreError> {
        self.write(move |connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM conversation JOIN conversation_guest ON conversation_id = id
                 WHERE guest_id = ?1 AND conversation.site_id = ?2 AND kind = ?3 LIMIT 1"
            );
            let wanted = params![guest_id.as_str(), new.site_id.as_str(), kind_as_word(new.kind)];
            if let Some(found) = connection.query_row(&query, wanted, conversation_from).optional()? {
                return Ok(found);
            }
            insert(connection, &new, &guest_id)?;
            Ok(new)
        })
        .await
    }

    /// Lets a guest into the conversation of a room in Webex they were found in, which is made if the portal did
    /// not know it. Answers the conversation and whether this is news.
    pub async fn join_existing(&self, guest_id: GuestId, new: Conversation) -> Result<(Conversation, bool), StoreError> {
        self.write(move |connection| {
            let query = format!("SELECT {COLUMNS} FROM conversation WHERE webex_room_id = ?1");
            let Some(found) = connection.query_row(&query, params![new.webex_room_id], conversation_from).optional()? else {
                insert(connection, &new, &guest_id)?;
                return Ok((new, true));
            };
            add_guest(connection, &found, &guest_id)?;
            Ok((found, connection.changes() > 0))
        })
        .await
    }

    /// A guest is no longer in the room of a conversation.
    pub async fn leave(&self, guest_id: GuestId, room_id: RoomId) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "DELETE FROM conversation_guest WHERE guest_id = ?1 AND conversation_id = ?2",
                params![guest_id.as_str(), room_id.as_str()],
            )?;
            Ok(())
        })
        .await
    }

    /// The guests in a conversation, those who were here last first.
    pub fn guests_of(&self, room_id: &RoomId) -> Result<Vec<GuestId>, StoreError> {
        self.read(|connection| {
            let rows = connection
                .prepare_cached(
                    "SELECT conversation_guest.guest_id FROM conversation_guest WHERE conversation_id = ?1
                     ORDER BY (SELECT max(last_seen_at) FROM session WHERE session.guest_id = conversation_guest.guest_id) DESC",
                )?
                .query_map([room_id.as_str()], |row| Ok(GuestId::new(row.get::<_, String>(0)?)))?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
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

    /// The conversation whose room's title ends in this code.
    pub fn conversation_by_code(&self, code: &str) -> Result<Option<Conversation>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM conversation WHERE code = ?1");
            Ok(connection.prepare_cached(&query)?.query_row([code], conversation_from).optional()?)
        })
    }

    /// Opening has come further.
    pub async fn set_progress(
        &self,
        room_id: RoomId,
        progress: Progress,
        webex_room_id: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let making_since = (progress == Progress::MakingRoom).then(|| now.as_millis());
        self.write(move |connection| {
            if let Some(webex_room_id) = &webex_room_id {
                // Found among the guest's rooms before it was known to be this one: that conversation becomes this one.
                connection.execute(
                    "DELETE FROM conversation_guest WHERE conversation_id IN
                        (SELECT id FROM conversation WHERE webex_room_id = ?1 AND id <> ?2 AND kind = 'existing')",
                    params![webex_room_id, room_id.as_str()],
                )?;
                connection.execute(
                    "UPDATE conversation SET webex_room_id = NULL, state = 'closed' WHERE webex_room_id = ?1 AND id <> ?2 AND kind = 'existing'",
                    params![webex_room_id, room_id.as_str()],
                )?;
            }
            connection.execute(
                "UPDATE conversation SET state = ?2, webex_room_id = coalesce(?3, webex_room_id), making_since = ?4 WHERE id = ?1",
                params![room_id.as_str(), progress.as_word(), webex_room_id, making_since],
            )?;
            Ok(())
        })
        .await
    }
}
