//! How staff and guests get at a visit from outside: claims and invitations, each by a token of which only the hash is kept.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{Timestamp, VisitId};

use super::{
    NewOutboxRow, Store, StoreError,
    visits::{COLUMNS, VisitRow, WIDTH, insert_messages, load, save, visit_from},
};

/// A member of staff's own way to take a visit.
#[derive(Clone, Debug)]
pub struct NewClaim {
    /// SHA-256 of the token in their link.
    pub token_hash: Vec<u8>,
    /// Who.
    pub staff_email: String,
    /// What they are called.
    pub staff_name: Option<String>,
    /// The message in the outbox that carries the link.
    pub bell_id: String,
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
    /// Which of the hosts' links is theirs, if they are in it.
    pub host_number: Option<u16>,
    /// How many hosts there are.
    pub hosts: u16,
}

/// What a member of staff was sent about a visit.
#[derive(Clone, Debug)]
pub struct SentBell {
    /// To whom.
    pub staff_email: String,
    /// The message in the outbox.
    pub bell_id: String,
}

/// What taking a visit changes.
pub struct Take {
    /// The visit from now on.
    pub visit: VisitRow,
    /// Which of the hosts' links is theirs.
    pub host_number: u16,
}

/// The same person may have been asked twice: what they have they have by each of their claims.
fn claim_query() -> String {
    format!(
        "SELECT {COLUMNS}, claim.staff_email, claim.staff_name,
            (SELECT max(own.host_number) FROM claim own WHERE own.visit_id = visit.id AND own.staff_email = claim.staff_email COLLATE NOCASE),
            (SELECT count(DISTINCT host.host_number) FROM claim host WHERE host.visit_id = visit.id)
         FROM claim JOIN visit ON visit.id = claim.visit_id WHERE claim.token_hash = ?1"
    )
}

fn claim_from(row: &Row<'_>) -> rusqlite::Result<ClaimRow> {
    Ok(ClaimRow {
        visit: visit_from(row)?,
        staff_email: row.get(WIDTH)?,
        staff_name: row.get(WIDTH + 1)?,
        host_number: row.get(WIDTH + 2)?,
        hosts: row.get(WIDTH + 3)?,
    })
}

fn load_claim(connection: &Connection, token_hash: &[u8]) -> Result<Option<ClaimRow>, StoreError> {
    Ok(connection.prepare_cached(&claim_query())?.query_row([token_hash], claim_from).optional()?)
}

impl Store {
    /// A visit goes on and staff are told, each with a claim of their own: all of it, or nothing. Answers whether the visit
    /// still wanted it.
    pub async fn ring(
        &self,
        visit: VisitRow,
        is_wanted: impl FnOnce(&VisitRow) -> bool + Send + 'static,
        claims: Vec<NewClaim>,
        messages: Vec<NewOutboxRow>,
    ) -> Result<bool, StoreError> {
        let news = self.news();
        self.write(move |connection| {
            let Some(before) = load(connection, &visit.id)?.filter(is_wanted) else { return Ok(false) };
            save(connection, &visit)?;
            news.of_visit(connection, Some(&before), &visit)?;
            for claim in &claims {
                connection.execute(
                    "INSERT INTO claim (token_hash, site_id, visit_id, staff_email, staff_name, bell_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        claim.token_hash,
                        visit.site_id.as_str(),
                        visit.id.as_str(),
                        claim.staff_email,
                        claim.staff_name,
                        claim.bell_id
                    ],
                )?;
            }
            insert_messages(connection, &messages)?;
            Ok(true)
        })
        .await
    }

    /// The claim whose token has this hash.
    pub fn claim(&self, token_hash: &[u8]) -> Result<Option<ClaimRow>, StoreError> {
        self.read(|connection| load_claim(connection, token_hash))
    }

    /// Takes a visit in one step: `take` decides on what it finds, and `messages` tell of it if it is the first who takes
    /// it. Answers the claim afterwards and whether the visit was changed.
    pub async fn take_claim(
        &self,
        token_hash: Vec<u8>,
        now: Timestamp,
        take: impl FnOnce(&ClaimRow) -> Option<Take> + Send + 'static,
        messages: Vec<NewOutboxRow>,
    ) -> Result<Option<(ClaimRow, bool)>, StoreError> {
        let news = self.news();
        self.write(move |connection| {
            let Some(before) = load_claim(connection, &token_hash)? else { return Ok(None) };
            let Some(Take { visit, host_number }) = take(&before) else { return Ok(Some((before, false))) };
            save(connection, &visit)?;
            news.of_visit(connection, Some(&before.visit), &visit)?;
            connection.execute(
                "UPDATE claim SET claimed_at = coalesce(claimed_at, ?2), host_number = coalesce(host_number, ?3) WHERE token_hash = ?1",
                params![token_hash, now.as_millis(), host_number],
            )?;
            if before.visit.claimed_at.is_none() {
                insert_messages(connection, &messages)?;
            }
            Ok(load_claim(connection, &token_hash)?.map(|claim| (claim, true)))
        })
        .await
    }

    /// What staff were sent about a visit, in the order of their addresses.
    pub fn sent_bells(&self, id: &VisitId) -> Result<Vec<SentBell>, StoreError> {
        self.read(|connection| {
            let rows = connection
                .prepare_cached(
                    "SELECT staff_email, bell_id FROM claim WHERE visit_id = ?1 AND bell_id IS NOT NULL ORDER BY staff_email, bell_id",
                )?
                .query_map([id.as_str()], |row| Ok(SentBell { staff_email: row.get(0)?, bell_id: row.get(1)? }))?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
    }

    /// Gives a visit's guest a way to it.
    pub async fn invite(&self, visit: VisitRow, token_hash: Vec<u8>) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "INSERT INTO invitation (token_hash, site_id, visit_id) VALUES (?1, ?2, ?3)",
                params![token_hash, visit.site_id.as_str(), visit.id.as_str()],
            )?;
            Ok(())
        })
        .await
    }

    /// The visit whose guest has the token with this hash.
    pub fn invited(&self, token_hash: &[u8]) -> Result<Option<VisitRow>, StoreError> {
        self.read(|connection| {
            let query =
                format!("SELECT {COLUMNS} FROM invitation JOIN visit ON visit.id = invitation.visit_id WHERE invitation.token_hash = ?1");
            Ok(connection.prepare_cached(&query)?.query_row([token_hash], visit_from).optional()?)
        })
    }
}
