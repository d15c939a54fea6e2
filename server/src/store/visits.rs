//! Visits, and the claims by which staff take them.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{GuestId, RoomId, SiteId, Timestamp, VisitId, VisitState};

use super::{NewOutboxRow, RowKind, Store, StoreError, outbox::insert_row};
use crate::visits::{as_word, from_word, texts};

/// A visit as stored.
#[derive(Clone, Debug)]
pub struct VisitRow {
    /// The portal's id of it.
    pub id: VisitId,
    /// The site.
    pub site_id: SiteId,
    /// Who asked.
    pub guest_id: GuestId,
    /// The conversation it belongs to.
    pub room_id: RoomId,
    /// What the broker knows the meeting by: asking again with it gives the same meeting.
    pub subject: String,
    /// What it is about.
    pub topic: Option<String>,
    /// How far it has come.
    pub state: VisitState,
    /// The hosts' links, sealed.
    pub host_links_sealed: Option<Vec<u8>>,
    /// The links of the guest's side, sealed.
    pub guest_links_sealed: Option<Vec<u8>>,
    /// When the guest asked.
    pub requested_at: Timestamp,
    /// When it came into its state.
    pub state_at: Timestamp,
    /// When the links end.
    pub expires_at: Option<Timestamp>,
    /// Who took it.
    pub staff_name: Option<String>,
    /// Their address in Webex.
    pub staff_email: Option<String>,
    /// When somebody took it.
    pub claimed_at: Option<Timestamp>,
    /// When the meeting begins, if that was agreed on.
    pub starts_at: Option<Timestamp>,
    /// How long it is meant to last, in minutes, if that was agreed on.
    pub minutes: Option<u32>,
    /// Who is asked, where that is not what the configuration says.
    pub asked: Option<Vec<String>>,
    /// When others were asked as well.
    pub escalated_at: Option<Timestamp>,
}

impl VisitRow {
    /// From when staff have time to take it: when the guest asked, or when the meeting begins.
    pub fn counts_from(&self) -> Timestamp {
        self.starts_at.unwrap_or(self.requested_at)
    }

    /// Whether anybody more may have been told of it since it looked like this.
    pub fn has_moved_since(&self, seen: &Self) -> bool {
        (self.state, self.escalated_at) != (seen.state, seen.escalated_at)
    }

    /// Whether the meeting's links are there.
    pub fn has_links(&self) -> bool {
        self.host_links_sealed.is_some()
    }
}

/// How long somebody waited for a visit to be taken.
#[derive(Clone, Debug)]
pub struct Wait {
    /// Where.
    pub site_id: SiteId,
    /// For what.
    pub topic: Option<String>,
    /// When it was taken.
    pub claimed_at: Timestamp,
    /// How long the guest had waited, in seconds.
    pub secs: u32,
}

pub(super) const COLUMNS: &str = "visit.id, visit.site_id, visit.guest_id, visit.conversation_id, visit.subject, visit.topic, visit.state,
    visit.host_link_sealed, visit.guest_link_sealed, visit.requested_at, visit.state_at, visit.expires_at, visit.staff_name, visit.claimed_at,
    visit.staff_email, visit.starts_at, visit.minutes, visit.asked, visit.escalated_at";
/// How many columns a visit has.
pub(super) const WIDTH: usize = 19;
const NOT_OVER: &str = "visit.state IN ('requested', 'scheduled', 'ringing', 'claimed', 'joined')";

pub(super) fn visit_from(row: &Row<'_>) -> rusqlite::Result<VisitRow> {
    let instant = |index: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.map(Timestamp::from_millis));
    Ok(VisitRow {
        id: VisitId::new(row.get::<_, String>(0)?),
        site_id: SiteId::new(row.get::<_, String>(1)?),
        guest_id: GuestId::new(row.get::<_, String>(2)?),
        room_id: RoomId::new(row.get::<_, Option<String>>(3)?.unwrap_or_default()),
        subject: row.get(4)?,
        topic: row.get(5)?,
        state: from_word(&row.get::<_, String>(6)?),
        host_links_sealed: row.get(7)?,
        guest_links_sealed: row.get(8)?,
        requested_at: Timestamp::from_millis(row.get(9)?),
        state_at: Timestamp::from_millis(row.get(10)?),
        expires_at: instant(11)?,
        staff_name: row.get(12)?,
        claimed_at: instant(13)?,
        staff_email: row.get(14)?,
        starts_at: instant(15)?,
        minutes: row.get(16)?,
        asked: row.get::<_, Option<String>>(17)?.and_then(|json| serde_json::from_str(&json).ok()),
        escalated_at: instant(18)?,
    })
}

pub(super) fn load(connection: &Connection, id: &VisitId) -> Result<Option<VisitRow>, StoreError> {
    let query = format!("SELECT {COLUMNS} FROM visit WHERE id = ?1");
    Ok(connection.prepare_cached(&query)?.query_row([id.as_str()], visit_from).optional()?)
}

fn load_open(connection: &Connection, guest_id: &GuestId) -> Result<Option<VisitRow>, StoreError> {
    let query = format!("SELECT {COLUMNS} FROM visit WHERE guest_id = ?1 AND {NOT_OVER} LIMIT 1");
    Ok(connection.prepare_cached(&query)?.query_row([guest_id.as_str()], visit_from).optional()?)
}

/// Whoever has not heard of a wish need not hear what became of it: each of those who were told is judged alone.
fn is_worth_telling(connection: &Connection, visit: &VisitRow, message: &NewOutboxRow) -> Result<bool, StoreError> {
    let told_in = match message.kind {
        RowKind::StaffUpdate => message.target.clone(),
        RowKind::Notice if visit.state == VisitState::Cancelled => Some(texts::notice_id(texts::Notice::Asks, &visit.id)),
        _ => None,
    };
    let Some(id) = told_in else { return Ok(true) };
    let query = "SELECT 1 FROM outbox WHERE guest_id = ?1 AND client_message_id = ?2";
    Ok(connection.prepare_cached(query)?.exists(params![visit.guest_id.as_str(), id])?)
}

/// Nobody need hear of a wish that is over before it was told.
fn withdraw_unheard(connection: &Connection, visit: &VisitRow) -> Result<(), StoreError> {
    let begins_with =
        "client_message_id >= ?3 AND client_message_id < ?3 || '~' OR client_message_id >= ?4 AND client_message_id < ?4 || '~'";
    let query = format!("DELETE FROM outbox WHERE guest_id = ?1 AND state = 'accepted' AND (client_message_id = ?2 OR {begins_with})");
    let asks_id = texts::notice_id(texts::Notice::Asks, &visit.id);
    connection.execute(&query, params![visit.guest_id.as_str(), asks_id, texts::bells_of(&visit.id), texts::bookings_of(&visit.id)])?;
    Ok(())
}

pub(super) fn save(connection: &Connection, visit: &VisitRow) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE visit SET state = ?2, host_link_sealed = ?3, guest_link_sealed = ?4, state_at = ?5, expires_at = ?6, staff_name = ?7,
                 claimed_at = ?8, staff_email = ?9, escalated_at = ?10
             WHERE id = ?1",
        )?
        .execute(params![
            visit.id.as_str(),
            as_word(visit.state),
            visit.host_links_sealed,
            visit.guest_links_sealed,
            visit.state_at.as_millis(),
            visit.expires_at.map(Timestamp::as_millis),
            visit.staff_name,
            visit.claimed_at.map(Timestamp::as_millis),
            visit.staff_email,
            visit.escalated_at.map(Timestamp::as_millis),
        ])?;
    Ok(())
}

pub(super) fn insert_messages(connection: &Connection, messages: &[NewOutboxRow]) -> Result<(), StoreError> {
    messages.iter().try_for_each(|message| insert_row(connection, message))
}

impl Store {
    /// Writes a visit down, unless its guest has one that is not over: then that one is answered. The second
    /// value says whether it is new.
    pub async fn open_visit(&self, new: VisitRow) -> Result<(VisitRow, bool), StoreError> {
        let news = self.news();
        self.write(move |connection| {
            if let Some(found) = load_open(connection, &new.guest_id)? {
                return Ok((found, false));
            }
            connection.execute(
                "INSERT INTO visit (id, site_id, guest_id, conversation_id, subject, topic, state, requested_at, state_at, starts_at, minutes, asked)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                params![
                    new.id.as_str(),
                    new.site_id.as_str(),
                    new.guest_id.as_str(),
                    new.room_id.as_str(),
                    new.subject,
                    new.topic,
                    as_word(new.state),
                    new.requested_at.as_millis(),
                    new.state_at.as_millis(),
                    new.starts_at.map(Timestamp::as_millis),
                    new.minutes,
                    new.asked.as_ref().and_then(|asked| serde_json::to_string(asked).ok()),
                ],
            )?;
            news.of_visit(connection, None, &new)?;
            Ok((new, true))
        })
        .await
    }

    /// When a guest asked for their `nth` latest visit, from 1.
    pub fn nth_latest_visit(&self, guest_id: &GuestId, nth: u32) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let time = "SELECT requested_at FROM visit WHERE guest_id = ?1 ORDER BY requested_at DESC LIMIT 1 OFFSET ?2 - 1";
            let time = connection.prepare_cached(time)?.query_row(params![guest_id.as_str(), nth], |row| row.get(0)).optional()?;
            Ok(time.map(Timestamp::from_millis))
        })
    }

    /// A guest's visit that is not over.
    pub fn open_visit_of(&self, guest_id: &GuestId) -> Result<Option<VisitRow>, StoreError> {
        self.read(|connection| load_open(connection, guest_id))
    }

    /// A visit by its id.
    pub fn visit(&self, id: &VisitId) -> Result<Option<VisitRow>, StoreError> {
        self.read(|connection| load(connection, id))
    }

    /// A site's visit by what its meeting is known by.
    pub fn visit_by_subject(&self, site_id: &SiteId, subject: &str) -> Result<Option<VisitRow>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM visit WHERE subject = ?1 AND site_id = ?2");
            Ok(connection.prepare_cached(&query)?.query_row(params![subject, site_id.as_str()], visit_from).optional()?)
        })
    }

    /// A guest's visits in a room, oldest first.
    pub fn visits_in(&self, guest_id: &GuestId, room_id: &RoomId) -> Result<Vec<VisitRow>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM visit WHERE guest_id = ?1 AND conversation_id = ?2 ORDER BY requested_at");
            let rows = connection
                .prepare_cached(&query)?
                .query_map(params![guest_id.as_str(), room_id.as_str()], visit_from)?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// How long those waited whose visit was taken since an instant, the earliest first.
    pub fn waits_since(&self, since: Timestamp) -> Result<Vec<Wait>, StoreError> {
        self.read(|connection| {
            let rows = connection
                .prepare_cached(
                    "SELECT site_id, topic, claimed_at, max(0, (claimed_at - coalesce(starts_at, requested_at)) / 1000) FROM visit
                     WHERE claimed_at >= ?1 ORDER BY claimed_at",
                )?
                .query_map([since.as_millis()], |row| {
                    Ok(Wait {
                        site_id: SiteId::new(row.get::<_, String>(0)?),
                        topic: row.get(1)?,
                        claimed_at: Timestamp::from_millis(row.get(2)?),
                        secs: row.get(3)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// Every visit that is not over, those who wait longest first.
    pub fn open_visits(&self) -> Result<Vec<VisitRow>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM visit WHERE {NOT_OVER} ORDER BY requested_at, id");
            let rows = connection.prepare_cached(&query)?.query_map([], visit_from)?.collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// Changes a visit in one step: what `change` makes of it is written, and `messages` that tell of it; `None` leaves
    /// everything as it is. Answers the visit afterwards and whether it was changed; `None` if there is no such visit.
    pub async fn change_visit(
        &self,
        id: VisitId,
        change: impl FnOnce(&VisitRow) -> Option<VisitRow> + Send + 'static,
        messages: Vec<NewOutboxRow>,
    ) -> Result<Option<(VisitRow, bool)>, StoreError> {
        let news = self.news();
        self.write(move |connection| {
            let Some(before) = load(connection, &id)? else { return Ok(None) };
            let Some(after) = change(&before) else { return Ok(Some((before, false))) };
            save(connection, &after)?;
            news.of_visit(connection, Some(&before), &after)?;
            if after.state.is_over() {
                withdraw_unheard(connection, &after)?;
            }
            for message in &messages {
                if is_worth_telling(connection, &after, message)? {
                    insert_row(connection, message)?;
                }
            }
            Ok(Some((after, true)))
        })
        .await
    }

    /// Sweeps visits that were over before this.
    pub async fn delete_visits_before(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            let query = format!("DELETE FROM visit WHERE NOT ({NOT_OVER}) AND state_at < ?1");
            connection.execute(&query, [before.as_millis()])?;
            Ok(())
        })
        .await
    }
}
