//! What guests sent and is not known to be in Webex yet, and the ledger of what is known to be theirs.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use shared::{ClientMessageId, Delivery, GuestId, MessageId, Pending, PendingFile, Problem, RoomId, SiteId, Timestamp};

use super::{Lane, RowKind, Store, StoreError, ledger::insert_in_ledger};
use crate::outbox::{RowState, content_mark};

/// A file in the spool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpooledFile {
    /// Its name in the spool's folder.
    pub spool_name: String,
    /// What the guest called it.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// How large it is, in bytes.
    pub size: u64,
}

/// A row to be written.
#[derive(Clone, Debug)]
pub struct NewOutboxRow {
    /// The site.
    pub site_id: SiteId,
    /// Whose it is.
    pub guest_id: GuestId,
    /// Where it goes.
    pub room_id: RoomId,
    /// Unique per guest.
    pub client_message_id: ClientMessageId,
    /// What it asks for.
    pub kind: RowKind,
    /// What it says.
    pub body: String,
    /// The message it concerns or answers, or the address it goes to.
    pub target: Option<String>,
    /// The file that goes along.
    pub file: Option<SpooledFile>,
    /// SHA-256 of room and body: tells a repeated request from another one with the same id.
    pub body_hash: Vec<u8>,
    /// When the portal took it.
    pub queued_at: Timestamp,
}

/// A row as stored.
#[derive(Clone, Debug)]
pub struct OutboxRow {
    /// Its place in the order of acceptance.
    pub seq: i64,
    /// Whose it is.
    pub guest_id: GuestId,
    /// Where it goes.
    pub room_id: RoomId,
    /// The browser's id.
    pub client_message_id: ClientMessageId,
    /// What it asks for.
    pub kind: RowKind,
    /// What it says; empty once sent.
    pub body: String,
    /// The message it concerns, or the address it goes to.
    pub target: Option<String>,
    /// The file that goes along.
    pub file: Option<SpooledFile>,
    /// How far it has come.
    pub state: RowState,
    /// How often it was tried.
    pub attempt: u32,
    /// When the portal took it.
    pub queued_at: Timestamp,
    /// When the try began that it is in doubt about, or the last one.
    pub in_flight_at: Option<Timestamp>,
    /// Since when nobody can tell whether Webex has it.
    pub unclear_since: Option<Timestamp>,
    /// Its id in Webex, once known.
    pub upstream_id: Option<MessageId>,
    /// Why it failed.
    pub problem: Option<Problem>,
}

impl OutboxRow {
    /// The row as its guest sees it.
    pub fn to_pending(&self) -> Pending {
        Pending {
            client_message_id: self.client_message_id.clone(),
            room_id: self.room_id.clone(),
            kind: self.kind.asked_for().unwrap_or_default(),
            text: self.body.clone(),
            file: self.file.as_ref().map(|file| PendingFile {
                name: file.name.clone(),
                media_type: file.media_type.clone(),
                size: file.size,
            }),
            delivery: match self.state {
                RowState::Accepted => Delivery::Accepted,
                RowState::InFlight => Delivery::InFlight,
                RowState::Sent => Delivery::Sent,
                RowState::Unclear => Delivery::NotConfirmed,
                RowState::Failed => Delivery::Failed,
            },
            queued_at: self.queued_at,
            message_id: self.message_id(),
            parent_id: self.parent_id().map(MessageId::new),
            problem: self.problem.clone(),
        }
    }
}

impl OutboxRow {
    /// What it says, as a hash; see [`content_mark`].
    fn mark(&self) -> Vec<u8> {
        content_mark(&self.client_message_id, &self.body, self.file.as_ref().map(|file| file.size))
    }

    /// The message that began the thread a message goes to.
    pub fn parent_id(&self) -> Option<&str> {
        self.target.as_deref().filter(|_| self.kind == RowKind::Message)
    }

    /// The message in Webex this row is about, once known.
    pub fn message_id(&self) -> Option<MessageId> {
        match self.kind {
            RowKind::Edit | RowKind::Delete => self.target.clone().map(MessageId::new),
            RowKind::Message | RowKind::Notice | RowKind::ToStaff | RowKind::StaffUpdate => self.upstream_id.clone(),
        }
    }
}

/// What became of a request to accept a row.
#[derive(Clone, Debug)]
pub enum Accepted {
    /// It is written down.
    New(OutboxRow),
    /// The same request came before; this is how far it has come.
    Before(OutboxRow),
    /// The id was used for something else.
    Reused,
    /// So much of this guest's waits already that no more is taken.
    Full,
}

/// What became of messages to staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bells {
    /// So many went out.
    pub sent: u32,
    /// So many were refused for good.
    pub refused: u32,
    /// So many there are.
    pub all: u32,
}

/// So many of a guest's messages and changes may wait in one conversation: everybody who looks at it is told of all of them.
const MAX_WAITING: u32 = 200;
/// So many that failed are kept.
const MAX_FAILED: u32 = 50;

pub(super) const COLUMNS: &str = "seq, guest_id, conversation_id, client_message_id, kind, body, state, attempt, queued_at, upstream_id, problem, target, file, in_flight_at, unclear_since";

pub(super) fn row_from(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        seq: row.get(0)?,
        guest_id: GuestId::new(row.get::<_, String>(1)?),
        room_id: RoomId::new(row.get::<_, String>(2)?),
        client_message_id: ClientMessageId::new(row.get::<_, String>(3)?),
        kind: RowKind::from_word(&row.get::<_, String>(4)?),
        body: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        state: RowState::from_word(&row.get::<_, String>(6)?),
        attempt: row.get(7)?,
        queued_at: Timestamp::from_millis(row.get(8)?),
        upstream_id: row.get::<_, Option<String>>(9)?.map(MessageId::new),
        problem: row.get::<_, Option<String>>(10)?.and_then(|json| serde_json::from_str(&json).ok()),
        target: row.get(11)?,
        file: row.get::<_, Option<String>>(12)?.and_then(|json| serde_json::from_str(&json).ok()),
        in_flight_at: row.get::<_, Option<i64>>(13)?.map(Timestamp::from_millis),
        unclear_since: row.get::<_, Option<i64>>(14)?.map(Timestamp::from_millis),
    })
}

impl Store {
    /// Writes a row down, once: a repeated request finds the first one's row.
    pub async fn accept(&self, new: NewOutboxRow) -> Result<Accepted, StoreError> {
        self.write(move |connection| {
            if let Some(before) = accepted_before(connection, &new.guest_id, &new.client_message_id, &new.body_hash)? {
                return Ok(before);
            }
            if new.kind.asked_for().is_some() && waiting_of(connection, &new)? >= MAX_WAITING {
                return Ok(Accepted::Full);
            }
            insert_row(connection, &new)?;
            let row = OutboxRow {
                seq: connection.last_insert_rowid(),
                guest_id: new.guest_id,
                room_id: new.room_id,
                client_message_id: new.client_message_id,
                kind: new.kind,
                body: new.body,
                target: new.target,
                file: new.file,
                state: RowState::Accepted,
                attempt: 0,
                queued_at: new.queued_at,
                in_flight_at: None,
                unclear_since: None,
                upstream_id: None,
                problem: None,
            };
            Ok(Accepted::New(row))
        })
        .await
    }

    /// Writes down several rows of the portal's own, all of them or none.
    pub async fn insert_rows(&self, rows: Vec<NewOutboxRow>) -> Result<(), StoreError> {
        self.write(move |connection| rows.iter().try_for_each(|row| insert_row(connection, row))).await
    }

    /// When a guest's `nth` latest row whose id begins so was written, from 1.
    pub fn nth_latest_row(&self, guest_id: &GuestId, id_prefix: &str, nth: u32) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let time = connection
                .prepare_cached(
                    "SELECT queued_at FROM outbox WHERE guest_id = ?1 AND client_message_id >= ?2 AND client_message_id < ?2 || '~'
                     ORDER BY queued_at DESC LIMIT 1 OFFSET ?3 - 1",
                )?
                .query_row(params![guest_id.as_str(), id_prefix, nth], |row| row.get(0))
                .optional()?;
            Ok(time.map(Timestamp::from_millis))
        })
    }

    /// What became of a request that was accepted before.
    pub fn accepted_before(&self, guest_id: &GuestId, id: &ClientMessageId, body_hash: &[u8]) -> Result<Option<Accepted>, StoreError> {
        self.read(|connection| accepted_before(connection, guest_id, id, body_hash))
    }

    /// The next row of a lane that something is to be done about: what is in doubt comes before what was written after it.
    pub fn next_row(&self, room_id: &RoomId, guest_id: &GuestId, lane: Lane) -> Result<Option<OutboxRow>, StoreError> {
        self.read(|connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM outbox WHERE conversation_id = ?1 AND guest_id = ?2 AND lane = ?3 AND state <> 'sent' AND state IN ('accepted', 'unclear') ORDER BY seq LIMIT 1"
            );
            let found = params![room_id.as_str(), guest_id.as_str(), lane.as_word()];
            Ok(connection.prepare_cached(&query)?.query_row(found, row_from).optional()?)
        })
    }

    /// A guest's rows in a room that are not known to be in Webex, in order.
    pub fn unsettled_rows(&self, room_id: &RoomId, guest_id: &GuestId) -> Result<Vec<OutboxRow>, StoreError> {
        self.read(|connection| {
            let query =
                format!("SELECT {COLUMNS} FROM outbox WHERE conversation_id = ?1 AND guest_id = ?2 AND state <> 'sent' ORDER BY seq");
            let rows = connection
                .prepare_cached(&query)?
                .query_map(params![room_id.as_str(), guest_id.as_str()], row_from)?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// The lanes that have something to send.
    pub fn waiting_lanes(&self) -> Result<Vec<(RoomId, GuestId, Lane)>, StoreError> {
        self.read(|connection| {
            let rows = connection
                .prepare("SELECT DISTINCT conversation_id, guest_id, lane FROM outbox WHERE state <> 'sent' AND state IN ('accepted', 'unclear')")?
                .query_map([], |row| {
                    let lane = Lane::from_word(&row.get::<_, String>(2)?);
                    Ok((RoomId::new(row.get::<_, String>(0)?), GuestId::new(row.get::<_, String>(1)?), lane))
                })?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// A row as it is now; `None` if it was given up.
    pub fn row(&self, seq: i64) -> Result<Option<OutboxRow>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM outbox WHERE seq = ?1");
            Ok(connection.prepare_cached(&query)?.query_row([seq], row_from).optional()?)
        })
    }

    /// A guest's row by its own id.
    pub fn row_of(&self, guest_id: &GuestId, id: &ClientMessageId) -> Result<Option<OutboxRow>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM outbox WHERE guest_id = ?1 AND client_message_id = ?2");
            Ok(connection.prepare_cached(&query)?.query_row(params![guest_id.as_str(), id.as_str()], row_from).optional()?)
        })
    }

    /// Notes, before the first byte goes out, that a row is on its way: a crash from here on is an unclear outcome.
    /// Answers whether it may go: one that turned up meanwhile, or was given up, may not.
    pub async fn mark_in_flight(&self, seq: i64, attempt: u32, now: Timestamp) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE outbox SET state = 'in_flight', attempt = ?2, in_flight_at = ?3, unclear_since = NULL
                 WHERE seq = ?1 AND state IN ('accepted', 'unclear')",
            )?;
            Ok(statement.execute(params![seq, attempt, now.as_millis()])? > 0)
        })
        .await
    }

    /// Writes what became of a row: its body is wiped and the ledger knows its id once it is sent.
    pub async fn settle(&self, row: OutboxRow, now: Timestamp) -> Result<(), StoreError> {
        let news = self.news();
        self.write(move |connection| {
            let is_sent = row.state == RowState::Sent;
            let problem = row.problem.as_ref().and_then(|problem| serde_json::to_string(problem).ok());
            let is_resent = is_sent && row.attempt > 1 && matches!(row.kind, RowKind::Message | RowKind::Notice);
            connection
                .prepare_cached(
                    "UPDATE outbox SET state = ?2, upstream_id = ?3, problem = ?4,
                        unclear_since = CASE WHEN ?2 = 'unclear' THEN coalesce(unclear_since, ?5) ELSE unclear_since END,
                        content_mark = coalesce(content_mark, ?7),
                        body = CASE WHEN ?6 THEN NULL ELSE body END,
                        file = CASE WHEN ?6 THEN NULL ELSE file END
                     WHERE seq = ?1",
                )?
                .execute(params![
                    row.seq,
                    row.state.as_word(),
                    row.upstream_id.as_ref().map(MessageId::as_str),
                    problem,
                    now.as_millis(),
                    is_sent,
                    is_resent.then(|| row.mark())
                ])?;
            if let (true, Some(upstream_id), RowKind::Message | RowKind::Notice) = (is_sent, &row.upstream_id, row.kind) {
                insert_in_ledger(connection, &row, upstream_id, now)?;
            }
            if row.state == RowState::Failed {
                forget_oldest_failed(connection, &row)?;
            }
            news.of_settled(connection, &row, now)
        })
        .await
    }

    /// After a start: whatever was on its way when the process ended may or may not have arrived.
    pub async fn mark_interrupted(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |connection| {
            Ok(connection.execute(
                "UPDATE outbox SET state = 'unclear', unclear_since = coalesce(unclear_since, ?1) WHERE state <> 'sent' AND state = 'in_flight'",
                [now.as_millis()],
            )?)
        })
        .await
    }

    /// Gives up a row that failed, if it is the guest's; answers it. What is in doubt is looked for first.
    pub async fn give_up(&self, guest_id: GuestId, client_message_id: ClientMessageId) -> Result<Option<OutboxRow>, StoreError> {
        self.write(move |connection| {
            let query = format!("SELECT {COLUMNS} FROM outbox WHERE guest_id = ?1 AND client_message_id = ?2 AND state = 'failed'");
            let found = connection.query_row(&query, params![guest_id.as_str(), client_message_id.as_str()], row_from).optional()?;
            if let Some(row) = &found {
                connection.execute("DELETE FROM outbox WHERE seq = ?1", [row.seq])?;
            }
            Ok(found)
        })
        .await
    }

    /// What became of the messages to staff whose ids begin so.
    pub fn bells(&self, guest_id: &GuestId, id_prefix: &str) -> Result<Bells, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT coalesce(sum(state = 'sent'), 0), coalesce(sum(state = 'failed'), 0), count(*) FROM outbox
                     WHERE guest_id = ?1 AND client_message_id >= ?2 AND client_message_id < ?2 || '~'",
                )?
                .query_row(params![guest_id.as_str(), id_prefix], |row| {
                    Ok(Bells { sent: row.get(0)?, refused: row.get(1)?, all: row.get(2)? })
                })?)
        })
    }

    /// How many bytes of a guest's files wait to be sent.
    pub fn spooled_bytes(&self, guest_id: &GuestId) -> Result<u64, StoreError> {
        self.read(|connection| {
            let files: Vec<String> = connection
                .prepare_cached(
                    "SELECT file FROM outbox JOIN conversation_guest USING (conversation_id, guest_id)
                     WHERE guest_id = ?1 AND file IS NOT NULL AND state <> 'sent' AND state <> 'failed'",
                )?
                .query_map([guest_id.as_str()], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok(files.iter().filter_map(|json| serde_json::from_str::<SpooledFile>(json).ok()).map(|file| file.size).sum())
        })
    }

    /// Every file the spool must keep: its row is not sent yet, or may have to be sent again.
    pub fn spooled_files(&self) -> Result<Vec<String>, StoreError> {
        self.read(spooled_in)
    }

    /// Sweeps rows on which nothing more will be done, and ledger entries, older than this; answers the files they had.
    pub async fn delete_settled_before(&self, before: Timestamp) -> Result<Vec<SpooledFile>, StoreError> {
        self.write(move |connection| {
            let files: Vec<Option<String>> = connection
                .prepare("DELETE FROM outbox WHERE state IN ('sent', 'unclear', 'failed') AND queued_at < ?1 RETURNING file")?
                .query_map([before.as_millis()], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            // What is for staff stays known as that for as long as its message is there.
            connection.execute("DELETE FROM ledger WHERE known_at < ?1 AND client_message_id NOT GLOB 'visit-*'", [before.as_millis()])?;
            Ok(files.iter().flatten().filter_map(|json| serde_json::from_str(json).ok()).collect())
        })
        .await
    }
}

fn waiting_of(connection: &Connection, new: &NewOutboxRow) -> Result<u32, StoreError> {
    let count = "SELECT count(*) FROM outbox WHERE conversation_id = ?1 AND guest_id = ?2 AND state <> 'sent' AND state <> 'failed'";
    Ok(connection.prepare_cached(count)?.query_row(params![new.room_id.as_str(), new.guest_id.as_str()], |row| row.get(0))?)
}

fn accepted_before(
    connection: &Connection,
    guest_id: &GuestId,
    id: &ClientMessageId,
    body_hash: &[u8],
) -> Result<Option<Accepted>, StoreError> {
    let query = format!("SELECT {COLUMNS}, body_hash FROM outbox WHERE guest_id = ?1 AND client_message_id = ?2");
    let found = connection
        .prepare_cached(&query)?
        .query_row(params![guest_id.as_str(), id.as_str()], |row| Ok((row_from(row)?, row.get::<_, Vec<u8>>(15)?)))
        .optional()?;
    Ok(found.map(|(row, hash)| if hash == body_hash { Accepted::Before(row) } else { Accepted::Reused }))
}

/// A guest is shown what failed last, not all that ever did.
fn forget_oldest_failed(connection: &Connection, row: &OutboxRow) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM outbox WHERE seq IN (
                SELECT seq FROM outbox WHERE conversation_id = ?1 AND guest_id = ?2 AND state <> 'sent' AND state = 'failed' AND kind IN (?3, ?4, ?5)
                ORDER BY seq DESC LIMIT -1 OFFSET ?6)",
        )?
        .execute(params![
            row.room_id.as_str(),
            row.guest_id.as_str(),
            RowKind::Message.as_word(),
            RowKind::Edit.as_word(),
            RowKind::Delete.as_word(),
            MAX_FAILED
        ])?;
    Ok(())
}

/// Writes a row down; also part of larger changes, which then stand or fall as one.
pub(super) fn insert_row(connection: &Connection, new: &NewOutboxRow) -> Result<(), StoreError> {
    let file = new.file.as_ref().and_then(|file| serde_json::to_string(file).ok());
    connection
        .prepare_cached(
            "INSERT INTO outbox (site_id, guest_id, conversation_id, client_message_id, kind, body, body_hash, state, queued_at, lane, target, file)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            new.site_id.as_str(),
            new.guest_id.as_str(),
            new.room_id.as_str(),
            new.client_message_id.as_str(),
            new.kind.as_word(),
            new.body,
            new.body_hash,
            RowState::Accepted.as_word(),
            new.queued_at.as_millis(),
            new.kind.lane().as_word(),
            new.target,
            file,
        ])?;
    Ok(())
}

/// The files in the spool that a database knows of.
pub(super) fn spooled_in(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let files: Vec<String> = connection
        .prepare("SELECT file FROM outbox WHERE file IS NOT NULL AND state <> 'sent' AND state <> 'failed'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(files.iter().filter_map(|json| serde_json::from_str::<SpooledFile>(json).ok()).map(|file| file.spool_name).collect())
}
