//! Visits, and the claims by which staff take them.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{GuestId, RoomId, SiteId, Timestamp, VisitId, VisitState};

use super::{NewOutboxRow, Store, StoreError, outbox::insert_row};
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
    /// The host's link, sealed.
    pub host_link_sealed: Option<Vec<u8>>,
    /// The guest's link, sealed.
    pub guest_link_sealed: Option<Vec<u8>>,
    /// When the guest asked.
    pub requested_at: Timestamp,
    /// When it came into its state.
    pub state_at: Timestamp,
    /// When the links end.
    pub expires_at: Option<Timestamp>,
    /// Who took it.
    pub staff_name: Option<String>,
    /// When somebody took it.
    pub claimed_at: Option<Timestamp>,
}

/// A member of staff's own way to take a visit.
#[derive(Clone, Debug)]
pub struct NewClaim {
    /// SHA-256 of the token in their link.
    pub token_hash: Vec<u8>,
    /// Who.
    pub staff_email: String,
    /// What they are called.
    pub staff_name: Option<String>,
}

/// A claim as stored, with its visit.
#[derive(Clone, Debug)]
pub struct ClaimRow {
    /// The visit it is for.
    pub visit: VisitRow,
    /// Whose it is.
    pub staff_email: String,
    /// What they are called.
    pub staff_name: Option<String>,
    /// When they took the visit, if they were the first.
    pub claimed_at: Option<Timestamp>,
}

const COLUMNS: &str = "visit.id, visit.site_id, visit.guest_id, visit.conversation_id, visit.subject, visit.topic, visit.state,
    visit.host_link_sealed, visit.guest_link_sealed, visit.requested_at, visit.state_at, visit.expires_at, visit.staff_name, visit.claimed_at";
const NOT_OVER: &str = "visit.state IN ('requested', 'ringing', 'claimed', 'joined')";

fn visit_from(row: &Row<'_>) -> rusqlite::Result<VisitRow> {
    Ok(VisitRow {
        id: VisitId::new(row.get::<_, String>(0)?),
        site_id: SiteId::new(row.get::<_, String>(1)?),
        guest_id: GuestId::new(row.get::<_, String>(2)?),
        room_id: RoomId::new(row.get::<_, Option<String>>(3)?.unwrap_or_default()),
        subject: row.get(4)?,
        topic: row.get(5)?,
        state: from_word(&row.get::<_, String>(6)?),
        host_link_sealed: row.get(7)?,
        guest_link_sealed: row.get(8)?,
        requested_at: Timestamp::from_millis(row.get(9)?),
        state_at: Timestamp::from_millis(row.get(10)?),
        expires_at: row.get::<_, Option<i64>>(11)?.map(Timestamp::from_millis),
        staff_name: row.get(12)?,
        claimed_at: row.get::<_, Option<i64>>(13)?.map(Timestamp::from_millis),
    })
}

fn claim_from(row: &Row<'_>) -> rusqlite::Result<ClaimRow> {
    Ok(ClaimRow {
        visit: visit_from(row)?,
        staff_email: row.get(14)?,
        staff_name: row.get(15)?,
        claimed_at: row.get::<_, Option<i64>>(16)?.map(Timestamp::from_millis),
    })
}

fn load(connection: &Connection, id: &VisitId) -> Result<Option<VisitRow>, StoreError> {
    let query = format!("SELECT {COLUMNS} FROM visit WHERE id = ?1");
    Ok(connection.prepare_cached(&query)?.query_row([id.as_str()], visit_from).optional()?)
}

fn load_open(connection: &Connection, guest_id: &GuestId) -> Result<Option<VisitRow>, StoreError> {
    let query = format!("SELECT {COLUMNS} FROM visit WHERE guest_id = ?1 AND {NOT_OVER} LIMIT 1");
    Ok(connection.prepare_cached(&query)?.query_row([guest_id.as_str()], visit_from).optional()?)
}

/// Nobody need hear of a wish that is over before it was told.
fn withdraw_unheard(connection: &Connection, visit: &VisitRow) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM outbox WHERE guest_id = ?1 AND state = 'accepted'
         AND (client_message_id = ?2 OR (client_message_id >= ?3 AND client_message_id < ?3 || '~'))",
        params![visit.guest_id.as_str(), texts::asks_id(&visit.id), texts::bells_of(&visit.id)],
    )?;
    Ok(())
}

fn load_claim(connection: &Connection, token_hash: &[u8]) -> Result<Option<ClaimRow>, StoreError> {
    let query = format!(
        "SELECT {COLUMNS}, claim.staff_email, claim.staff_name, claim.claimed_at FROM claim JOIN visit ON visit.id = claim.visit_id WHERE claim.token_hash = ?1"
    );
    Ok(connection.prepare_cached(&query)?.query_row([token_hash], claim_from).optional()?)
}

fn save(connection: &Connection, visit: &VisitRow) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE visit SET state = ?2, host_link_sealed = ?3, guest_link_sealed = ?4, state_at = ?5, expires_at = ?6, staff_name = ?7, claimed_at = ?8
             WHERE id = ?1",
        )?
        .execute(params![
            visit.id.as_str(),
            as_word(visit.state),
            visit.host_link_sealed,
            visit.guest_link_sealed,
            visit.state_at.as_millis(),
            visit.expires_at.map(Timestamp::as_millis),
            visit.staff_name,
            visit.claimed_at.map(Timestamp::as_millis),
        ])?;
    Ok(())
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
                "INSERT INTO visit (id, site_id, guest_id, conversation_id, subject, topic, state, requested_at, state_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
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
                ],
            )?;
            news.of_visit(connection, None, &new)?;
            Ok((new, true))
        })
        .await
    }

    /// How many meetings a guest asked for since then.
    pub fn visits_asked_for(&self, guest_id: &GuestId, since: Timestamp) -> Result<u32, StoreError> {
        self.read(|connection| {
            let count = "SELECT count(*) FROM visit WHERE guest_id = ?1 AND requested_at > ?2";
            Ok(connection.prepare_cached(count)?.query_row(params![guest_id.as_str(), since.as_millis()], |row| row.get(0))?)
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
            news.of_visit(connection, Some(before.state), &after)?;
            if after.state.is_over() {
                withdraw_unheard(connection, &after)?;
            }
            for message in &messages {
                insert_row(connection, message)?;
            }
            Ok(Some((after, true)))
        })
        .await
    }

    /// The meeting's links are there and everybody's message is written down: all of it, or nothing. Answers
    /// whether the visit still wanted it.
    pub async fn ring(&self, visit: VisitRow, claims: Vec<NewClaim>, messages: Vec<NewOutboxRow>) -> Result<bool, StoreError> {
        let news = self.news();
        self.write(move |connection| {
            let is_wanted = load(connection, &visit.id)?.is_some_and(|before| before.state == VisitState::Requested);
            if !is_wanted {
                return Ok(false);
            }
            save(connection, &visit)?;
            news.of_visit(connection, Some(VisitState::Requested), &visit)?;
            for claim in &claims {
                connection.execute(
                    "INSERT INTO claim (token_hash, site_id, visit_id, staff_email, staff_name) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![claim.token_hash, visit.site_id.as_str(), visit.id.as_str(), claim.staff_email, claim.staff_name],
                )?;
            }
            for message in &messages {
                insert_row(connection, message)?;
            }
            Ok(true)
        })
        .await
    }

    /// The claim whose token has this hash.
    pub fn claim(&self, token_hash: &[u8]) -> Result<Option<ClaimRow>, StoreError> {
        self.read(|connection| load_claim(connection, token_hash))
    }

    /// Takes a visit in one step: `take` decides on what it finds. Answers the claim afterwards and whether the visit was changed.
    pub async fn take_claim(
        &self,
        token_hash: Vec<u8>,
        now: Timestamp,
        take: impl FnOnce(&ClaimRow) -> Option<VisitRow> + Send + 'static,
    ) -> Result<Option<(ClaimRow, bool)>, StoreError> {
        let news = self.news();
        self.write(move |connection| {
            let Some(before) = load_claim(connection, &token_hash)? else { return Ok(None) };
            let Some(visit) = take(&before) else { return Ok(Some((before, false))) };
            save(connection, &visit)?;
            news.of_visit(connection, Some(before.visit.state), &visit)?;
            connection.execute(
                "UPDATE claim SET claimed_at = coalesce(claimed_at, ?2) WHERE token_hash = ?1",
                params![token_hash, now.as_millis()],
            )?;
            Ok(load_claim(connection, &token_hash)?.map(|claim| (claim, true)))
        })
        .await
    }

    /// The addresses of those who were asked to take a visit.
    pub fn asked_staff(&self, id: &VisitId) -> Result<Vec<String>, StoreError> {
        self.read(|connection| {
            let rows = connection
                .prepare_cached("SELECT staff_email FROM claim WHERE visit_id = ?1 ORDER BY staff_email")?
                .query_map([id.as_str()], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// How long those waited, in seconds, whose visit was taken since an instant.
    pub fn waits_since(&self, site_id: &SiteId, topic: Option<&str>, since: Timestamp) -> Result<Vec<u32>, StoreError> {
        self.read(|connection| {
            let rows = connection
                .prepare_cached(
                    "SELECT max(0, (claimed_at - requested_at) / 1000) FROM visit WHERE site_id = ?1 AND topic IS ?2 AND claimed_at >= ?3",
                )?
                .query_map(params![site_id.as_str(), topic, since.as_millis()], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
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
