//! Events for outgoing webhooks: written with what they tell of, delivered in the order of writing.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{GuestId, Message, RoomId, SiteId, Timestamp, VisitState};

use super::{OutboxRow, RowKind, Store, StoreError, VisitRow};
use crate::{
    outbox::RowState,
    webhooks::{EventKind, GuestFacts, NewWebhookRow, News, SentMessage},
};

/// An event that waits for its delivery.
#[derive(Clone, Debug)]
pub struct WebhookRow {
    /// Its place in the order of writing.
    pub seq: i64,
    /// What the receiver knows it by.
    pub id: String,
    /// What it tells, by its name.
    pub kind: String,
    /// Its body, sealed.
    pub body_sealed: Vec<u8>,
    /// How often it was sent.
    pub attempt: u32,
    /// How often the receiver refused it.
    pub refusals: u32,
}

/// What is next for an endpoint.
#[derive(Clone, Debug)]
pub enum NextWebhook {
    /// This one, now.
    Due(WebhookRow),
    /// Something, no sooner than this.
    At(Timestamp),
    /// Nothing waits.
    Nothing,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The receiver has it.
    Delivered,
    /// It goes on waiting, first in its row.
    Waits,
    /// It waits by itself until then.
    Refused(Timestamp),
}

/// A delivery, as the log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEntry {
    /// When it was written.
    pub created_at: Timestamp,
    /// The site.
    pub site_id: SiteId,
    /// The endpoint's name.
    pub endpoint: String,
    /// What it tells.
    pub kind: String,
    /// What the receiver knows it by.
    pub id: String,
    /// `waiting`, `delivered` or `given_up`.
    pub state: String,
    /// How often it was sent.
    pub attempts: u32,
    /// What the receiver answered last.
    pub last_answer: Option<String>,
    /// When that was.
    pub last_at: Option<Timestamp>,
}

/// The entries of the log that are asked for.
#[derive(Clone, Debug, Default)]
pub struct WebhookFilter {
    /// Of one site.
    pub site: Option<String>,
    /// Only what the receiver does not have, although it was tried.
    pub failed: bool,
}

impl News {
    /// A visit went on: called where that is written down. `before` is the visit as it was.
    pub(super) fn of_visit(&self, connection: &Connection, before: Option<&VisitRow>, visit: &VisitRow) -> Result<(), StoreError> {
        let state_before = before.map(|before| before.state);
        if state_before == Some(VisitState::Scheduled) && visit.state == VisitState::Ringing {
            self.of_visit_event(connection, visit, EventKind::VisitReminder, visit.state_at.as_millis())?;
        }
        if let Some(kind) = EventKind::of_state(visit.state).filter(|_| state_before != Some(visit.state)) {
            self.of_visit_event(connection, visit, kind, visit.state_at.as_millis())?;
        }
        match visit.escalated_at.filter(|at| before.is_some_and(|before| before.escalated_at != Some(*at))) {
            Some(at) => self.of_visit_event(connection, visit, EventKind::VisitEscalated, at.as_millis()),
            None => Ok(()),
        }
    }

    /// `nth` tells this time from others of the same kind.
    fn of_visit_event(&self, connection: &Connection, visit: &VisitRow, kind: EventKind, nth: i64) -> Result<(), StoreError> {
        let Some(guest) = guest_facts(connection, &visit.guest_id)? else { return Ok(()) };
        insert_webhooks(connection, self, &self.rows_for_visit(visit, &guest, kind, nth))
    }

    /// A row of the outbox was settled: a guest's message that is sent is told of.
    pub(super) fn of_settled(&self, connection: &Connection, row: &OutboxRow, now: Timestamp) -> Result<(), StoreError> {
        let (RowState::Sent, RowKind::Message, Some(id)) = (row.state, row.kind, &row.upstream_id) else { return Ok(()) };
        let Some(guest) = guest_facts(connection, &row.guest_id)? else { return Ok(()) };
        let site_id: String =
            connection.prepare_cached("SELECT site_id FROM guest WHERE id = ?1")?.query_row([row.guest_id.as_str()], |row| row.get(0))?;
        let site_id = SiteId::new(site_id);
        let message = SentMessage { site_id: &site_id, room_id: &row.room_id, guest_id: &row.guest_id, id, text: &row.body };
        insert_webhooks(connection, self, &self.rows_for_sent(&message, &guest, now))
    }
}

fn guest_facts(connection: &Connection, id: &GuestId) -> Result<Option<GuestFacts>, StoreError> {
    let facts = |row: &Row<'_>| Ok(GuestFacts { display_name: row.get(0)?, email: row.get(1)? });
    Ok(connection.prepare_cached("SELECT display_name, email FROM guest WHERE id = ?1")?.query_row([id.as_str()], facts).optional()?)
}

/// Writes events down, each once.
pub(super) fn insert_webhooks(connection: &Connection, news: &News, rows: &[NewWebhookRow]) -> Result<(), StoreError> {
    for row in rows {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO webhook_out
                    (id, site_id, endpoint, kind, guest_id, conversation_id, body_sealed, state, next_at, created_at, waiting_since)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', ?8, ?8, ?8)",
            )?
            .execute(params![
                row.id,
                row.site_id.as_str(),
                row.endpoint,
                row.kind.as_word(),
                row.guest_id.as_ref().map(GuestId::as_str),
                row.room_id.as_ref().map(RoomId::as_str),
                row.body_sealed,
                row.created_at.as_millis(),
            ])?;
        news.note_written();
    }
    Ok(())
}

impl Store {
    /// Begins to tell these endpoints, by site and name; answers since when each is configured, and how many events were
    /// dropped that waited for others.
    pub async fn begin_webhooks(&self, wanted: Vec<(SiteId, String)>, now: Timestamp) -> Result<(Vec<Timestamp>, i64), StoreError> {
        let known = self.read(|connection| {
            let count = "SELECT (SELECT count(*) FROM webhook_endpoint) + (SELECT count(*) FROM webhook_out)";
            Ok(connection.query_row(count, [], |row| row.get::<_, i64>(0))?)
        })?;
        if known == 0 && wanted.is_empty() {
            return Ok((Vec::new(), 0));
        }
        self.write(move |connection| {
            let mut since = Vec::with_capacity(wanted.len());
            for (site_id, name) in &wanted {
                connection.execute(
                    "INSERT OR IGNORE INTO webhook_endpoint (site_id, name, since) VALUES (?1, ?2, ?3)",
                    params![site_id.as_str(), name, now.as_millis()],
                )?;
                let found = "SELECT since FROM webhook_endpoint WHERE site_id = ?1 AND name = ?2";
                since.push(Timestamp::from_millis(connection.query_row(found, params![site_id.as_str(), name], |row| row.get(0))?));
            }
            let mut dropped = 0;
            let known: Vec<(String, String)> = connection
                .prepare("SELECT site_id, name FROM webhook_endpoint UNION SELECT site_id, endpoint FROM webhook_out")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            let is_wanted = |site: &str, name: &str| wanted.iter().any(|(site_id, wanted)| site_id.as_str() == site && wanted == name);
            for (site, name) in known.iter().filter(|(site, name)| !is_wanted(site, name)) {
                let waiting = "SELECT count(*) FROM webhook_out WHERE site_id = ?1 AND endpoint = ?2 AND state = 'waiting'";
                dropped += connection.query_row(waiting, [site, name], |row| row.get::<_, i64>(0))?;
                connection.execute("DELETE FROM webhook_out WHERE site_id = ?1 AND endpoint = ?2", [site, name])?;
                connection.execute("DELETE FROM webhook_endpoint WHERE site_id = ?1 AND name = ?2", [site, name])?;
            }
            Ok((since, dropped))
        })
        .await
    }

    /// Messages of a room became known: those of somebody else are told of, each once.
    pub async fn tell_heard(&self, site_id: &SiteId, room_id: &RoomId, messages: &[Message]) -> Result<(), StoreError> {
        let news = self.news();
        let mut rows = Vec::new();
        for message in messages {
            let Some(id) = news.id_of_heard(site_id, message) else { continue };
            let is_told = self.read(|connection| {
                let told = "SELECT 1 FROM webhook_out WHERE site_id = ?1 AND id = ?2 LIMIT 1";
                Ok(connection.prepare_cached(told)?.exists(params![site_id.as_str(), id])?)
            })?;
            if !is_told {
                rows.extend(news.rows_for_heard(site_id, room_id, message));
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.write(move |connection| insert_webhooks(connection, &news, &rows)).await
    }

    /// What is next for an endpoint.
    pub fn next_webhook(&self, site_id: &SiteId, endpoint: &str, now: Timestamp) -> Result<NextWebhook, StoreError> {
        self.read(|connection| {
            let due = connection
                .prepare_cached(
                    "SELECT seq, id, kind, body_sealed, attempt, refusals FROM webhook_out
                     WHERE site_id = ?1 AND endpoint = ?2 AND state = 'waiting' AND next_at <= ?3 ORDER BY seq LIMIT 1",
                )?
                .query_row(params![site_id.as_str(), endpoint, now.as_millis()], |row| {
                    Ok(WebhookRow {
                        seq: row.get(0)?,
                        id: row.get(1)?,
                        kind: row.get(2)?,
                        body_sealed: row.get(3)?,
                        attempt: row.get(4)?,
                        refusals: row.get(5)?,
                    })
                })
                .optional()?;
            if let Some(row) = due {
                return Ok(NextWebhook::Due(row));
            }
            let next: Option<i64> = connection
                .prepare_cached("SELECT min(next_at) FROM webhook_out WHERE site_id = ?1 AND endpoint = ?2 AND state = 'waiting'")?
                .query_row(params![site_id.as_str(), endpoint], |row| row.get(0))?;
            Ok(next.map_or(NextWebhook::Nothing, |at| NextWebhook::At(Timestamp::from_millis(at))))
        })
    }

    /// Writes down what became of a delivery, and what the receiver said.
    pub async fn settle_webhook(&self, seq: i64, delivery: Delivery, answer: String, now: Timestamp) -> Result<(), StoreError> {
        let (is_delivered, next_at) = match delivery {
            Delivery::Delivered => (true, None),
            Delivery::Waits => (false, None),
            Delivery::Refused(until) => (false, Some(until.as_millis())),
        };
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE webhook_out SET attempt = attempt + 1, last_answer = ?2, last_at = ?3,
                        state = CASE WHEN ?4 THEN 'delivered' ELSE state END,
                        settled_at = CASE WHEN ?4 THEN ?3 ELSE NULL END,
                        refusals = refusals + (?5 IS NOT NULL), next_at = coalesce(?5, next_at)
                     WHERE seq = ?1",
                )?
                .execute(params![seq, answer, now.as_millis(), is_delivered, next_at])?;
            Ok(())
        })
        .await
    }

    /// Gives up what has waited for an endpoint since before this; only what was refused, if the receiver works. Answers
    /// ids and names.
    pub async fn give_up_webhooks(
        &self,
        site_id: &SiteId,
        endpoint: &str,
        before: Timestamp,
        only_refused: bool,
        now: Timestamp,
    ) -> Result<Vec<(String, String)>, StoreError> {
        const OLD: &str = "site_id = ?1 AND endpoint = ?2 AND state = 'waiting' AND waiting_since < ?3 AND (NOT ?4 OR refusals > 0)";
        let (site_id, endpoint) = (site_id.as_str().to_owned(), endpoint.to_owned());
        let is_any_old = self.read(|connection| {
            let query = format!("SELECT 1 FROM webhook_out WHERE {OLD} LIMIT 1");
            Ok(connection.prepare_cached(&query)?.exists(params![site_id, endpoint, before.as_millis(), only_refused])?)
        })?;
        if !is_any_old {
            return Ok(Vec::new());
        }
        self.write(move |connection| {
            let query = format!("UPDATE webhook_out SET state = 'given_up', settled_at = ?5 WHERE {OLD} RETURNING id, kind");
            let old = params![site_id, endpoint, before.as_millis(), only_refused, now.as_millis()];
            Ok(connection.prepare(&query)?.query_map(old, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Makes an event wait again, wherever it went; answers how many endpoints it goes to.
    pub async fn resend_webhook(&self, id: String, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |connection| {
            Ok(connection.execute(
                "UPDATE webhook_out SET state = 'waiting', refusals = 0, next_at = ?2, waiting_since = ?2, settled_at = NULL WHERE id = ?1",
                params![id, now.as_millis()],
            )?)
        })
        .await
    }

    /// The last deliveries, newest first.
    pub fn webhook_log(&self, filter: &WebhookFilter, limit: u32) -> Result<Vec<WebhookEntry>, StoreError> {
        self.read(|connection| {
            let entry = |row: &Row<'_>| {
                Ok(WebhookEntry {
                    created_at: Timestamp::from_millis(row.get(0)?),
                    site_id: SiteId::new(row.get::<_, String>(1)?),
                    endpoint: row.get(2)?,
                    kind: row.get(3)?,
                    id: row.get(4)?,
                    state: row.get(5)?,
                    attempts: row.get(6)?,
                    last_answer: row.get(7)?,
                    last_at: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
                })
            };
            let rows = connection
                .prepare(
                    "SELECT created_at, site_id, endpoint, kind, id, state, attempt, last_answer, last_at FROM webhook_out
                     WHERE (?1 IS NULL OR site_id = ?1) AND (NOT ?2 OR (state <> 'delivered' AND (attempt > 0 OR state = 'given_up')))
                     ORDER BY seq DESC LIMIT ?3",
                )?
                .query_map(params![filter.site, filter.failed, limit], entry)?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// Sweeps events that were settled before this.
    pub async fn delete_webhooks_before(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute("DELETE FROM webhook_out WHERE settled_at < ?1", [before.as_millis()])?;
            Ok(())
        })
        .await
    }
}
