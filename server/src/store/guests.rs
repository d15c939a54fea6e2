//! Guests, who last, and their sessions, which do not.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{GuestId, PersonId, SiteId, Timestamp};

use super::{Store, StoreError};

/// A guest as stored.
#[derive(Clone, Debug)]
pub struct GuestRow {
    /// The portal's own id.
    pub id: GuestId,
    /// The site the guest belongs to.
    pub site_id: SiteId,
    /// Who this is to Webex.
    pub subject: String,
    /// The name staff see.
    pub display_name: String,
    /// How they can be reached, if they said so.
    pub email: Option<String>,
    /// The guest's person in Webex, once vouched for.
    pub person_id: Option<PersonId>,
    /// The sealed access token.
    pub token_sealed: Option<Vec<u8>>,
    /// When that token ends.
    pub token_expires_at: Option<Timestamp>,
    /// The site's back end vouches for them.
    pub is_identified: bool,
    /// Which terms they agreed to.
    pub consent_version: Option<String>,
    /// They answered what the site asks before the chat.
    pub was_asked: bool,
}

impl GuestRow {
    /// A guest nobody but themselves has said anything of.
    pub fn new(id: GuestId, site_id: SiteId, subject: String, display_name: String, email: Option<String>) -> Self {
        Self {
            id,
            site_id,
            subject,
            display_name,
            email,
            person_id: None,
            token_sealed: None,
            token_expires_at: None,
            is_identified: false,
            consent_version: None,
            was_asked: false,
        }
    }
}

/// A session that begins.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// SHA-256 of its id.
    pub hash: Vec<u8>,
    /// How the browser holds it.
    pub mode: &'static str,
    /// When it begins.
    pub begun_at: Timestamp,
}

/// A session as stored.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Whose it is.
    pub guest: GuestRow,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to within a minute.
    pub last_seen_at: Timestamp,
    /// How the browser holds it.
    pub mode: String,
}

/// What a guest answered before the chat.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// What it is about.
    pub topic: Option<String>,
    /// Where they can be reached.
    pub email: Option<String>,
}

/// A signed identity that is being used.
#[derive(Clone, Debug)]
pub struct UsedIdentity {
    /// For which site.
    pub site_id: SiteId,
    /// The token's own id.
    pub token_id: String,
    /// Until when it could be presented again.
    pub expires_at: Timestamp,
}

const GUEST_COLUMNS: &str = "guest.id, guest.site_id, guest.subject, guest.display_name, guest.person_id, guest.token_sealed,
    guest.token_expires_at, guest.email, guest.is_identified, guest.consent_version, guest.asked_at IS NOT NULL";

fn guest_from(row: &Row<'_>) -> rusqlite::Result<GuestRow> {
    Ok(GuestRow {
        id: GuestId::new(row.get::<_, String>(0)?),
        site_id: SiteId::new(row.get::<_, String>(1)?),
        subject: row.get(2)?,
        display_name: row.get(3)?,
        person_id: row.get::<_, Option<String>>(4)?.map(PersonId::new),
        token_sealed: row.get(5)?,
        token_expires_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
        email: row.get(7)?,
        is_identified: row.get(8)?,
        consent_version: row.get(9)?,
        was_asked: row.get(10)?,
    })
}

impl Store {
    /// Writes a new guest, and the session they begin with, in one step.
    pub async fn create_guest(&self, guest: GuestRow, key_hash: Option<Vec<u8>>, session: NewSession) -> Result<(), StoreError> {
        self.write(move |connection| {
            insert_guest(connection, &guest, key_hash, session.begun_at)?;
            insert_session(connection, &session, &guest.site_id, &guest.id)
        })
        .await
    }

    /// Takes a signed identity, unless it was used before: finds its guest or makes them, tells them by the newest name, and begins
    /// a session in place of the one the browser had. Answers the guest, and whether that one was still there. `None`: it was used
    /// before, and nothing has changed.
    pub async fn admit_identified(
        &self,
        guest: GuestRow,
        session: Option<NewSession>,
        replaced: Option<Vec<u8>>,
        used: UsedIdentity,
        now: Timestamp,
    ) -> Result<Option<(GuestRow, bool)>, StoreError> {
        self.write(move |connection| {
            let is_new = connection.execute(
                "INSERT INTO used_identity (site_id, token_id, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![used.site_id.as_str(), used.token_id, used.expires_at.as_millis()],
            )? == 1;
            if !is_new {
                return Ok(None);
            }
            let query = format!("SELECT {GUEST_COLUMNS} FROM guest WHERE subject = ?1");
            let known = connection.prepare_cached(&query)?.query_row([&guest.subject], guest_from).optional()?;
            let admitted = match known {
                Some(known) => {
                    if known.display_name != guest.display_name {
                        rename(connection, &known.id, &guest.display_name)?;
                    }
                    if guest.email.is_some() && guest.email != known.email {
                        connection.execute(
                            "UPDATE guest SET email = ?2, untold_email = ?2 WHERE id = ?1",
                            params![known.id.as_str(), guest.email],
                        )?;
                    }
                    let email = guest.email.or_else(|| known.email.clone());
                    GuestRow { display_name: guest.display_name, email, ..known }
                }
                None => {
                    insert_guest(connection, &guest, None, now)?;
                    connection.execute("UPDATE guest SET untold_email = email WHERE id = ?1", [guest.id.as_str()])?;
                    guest
                }
            };
            let has_replaced = match replaced {
                Some(hash) => connection.execute("DELETE FROM session WHERE id_hash = ?1", [hash])? == 1,
                None => false,
            };
            if let Some(session) = session {
                insert_session(connection, &session, &admitted.site_id, &admitted.id)?;
            }
            Ok(Some((admitted, has_replaced)))
        })
        .await
    }

    /// Ends one session; the guest's others go on.
    pub async fn end_session(&self, session_hash: Vec<u8>) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute("DELETE FROM session WHERE id_hash = ?1", [session_hash])?;
            Ok(())
        })
        .await
    }

    /// Forgets identities that could not be presented any more.
    pub async fn delete_identities_before(&self, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute("DELETE FROM used_identity WHERE expires_at < ?1", [now.as_millis()])?;
            Ok(())
        })
        .await
    }

    /// Writes a guest who is expected: no browser is theirs yet.
    pub async fn expect_guest(&self, guest: GuestRow, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| insert_guest(connection, &guest, None, now)).await
    }

    /// A further session of a guest, unless they have left meanwhile; answers whether there is one.
    pub async fn create_session(&self, session: NewSession, site_id: SiteId, guest_id: GuestId) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let is_here =
                connection.prepare_cached("SELECT 1 FROM guest WHERE id = ?1 AND key_hash IS NOT NULL")?.exists([guest_id.as_str()])?;
            if is_here {
                insert_session(connection, &session, &site_id, &guest_id)?;
                connection
                    .prepare_cached("UPDATE guest SET key_used_at = ?2 WHERE id = ?1")?
                    .execute(params![guest_id.as_str(), session.begun_at.as_millis()])?;
            }
            Ok(is_here)
        })
        .await
    }

    /// The session whose id has this hash.
    pub fn session(&self, site_id: &SiteId, session_hash: &[u8]) -> Result<Option<SessionRow>, StoreError> {
        self.read(|connection| {
            let query = format!(
                "SELECT {GUEST_COLUMNS}, session.created_at, session.last_seen_at, session.cookie_mode FROM session JOIN guest ON guest.id = session.guest_id
                 WHERE session.id_hash = ?1 AND session.site_id = ?2"
            );
            let row = connection
                .prepare_cached(&query)?
                .query_row(params![session_hash, site_id.as_str()], |row| {
                    Ok(SessionRow {
                        guest: guest_from(row)?,
                        created_at: Timestamp::from_millis(row.get(11)?),
                        last_seen_at: Timestamp::from_millis(row.get(12)?),
                        mode: row.get(13)?,
                    })
                })
                .optional()?;
            Ok(row)
        })
    }

    /// Notes that the session is in use.
    pub async fn touch_session(&self, session_hash: Vec<u8>, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE session SET last_seen_at = ?2 WHERE id_hash = ?1")?
                .execute(params![session_hash, now.as_millis()])?;
            Ok(())
        })
        .await
    }

    /// The guest whose cookie has this hash, if it was used after this instant.
    pub fn guest_by_key(&self, site_id: &SiteId, key_hash: &[u8], used_after: Timestamp) -> Result<Option<GuestRow>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {GUEST_COLUMNS} FROM guest WHERE key_hash = ?1 AND site_id = ?2 AND key_used_at > ?3");
            let wanted = params![key_hash, site_id.as_str(), used_after.as_millis()];
            Ok(connection.prepare_cached(&query)?.query_row(wanted, guest_from).optional()?)
        })
    }

    /// The guest with this id.
    pub fn guest(&self, guest_id: &GuestId) -> Result<Option<GuestRow>, StoreError> {
        self.read(|connection| {
            let query = format!("SELECT {GUEST_COLUMNS} FROM guest WHERE id = ?1");
            Ok(connection.prepare_cached(&query)?.query_row([guest_id.as_str()], guest_from).optional()?)
        })
    }

    /// Whether this person in Webex is one of the portal's guests.
    pub fn is_guest_person(&self, person_id: &PersonId) -> Result<bool, StoreError> {
        self.read(|connection| Ok(connection.prepare_cached("SELECT 1 FROM guest WHERE person_id = ?1")?.exists([person_id.as_str()])?))
    }

    /// A returning guest gives another name; the token is let go so that Webex hears the name too.
    pub async fn rename_guest(&self, guest_id: GuestId, display_name: String) -> Result<(), StoreError> {
        self.write(move |connection| rename(connection, &guest_id, &display_name)).await
    }

    /// What a guest answered before the chat: where they can be reached, what it is about, and the version of the terms they
    /// agreed to.
    pub async fn note_pre_chat(
        &self,
        guest_id: GuestId,
        email: Option<String>,
        topic: Option<String>,
        consent_version: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            let consent_at = consent_version.as_ref().map(|_| now.as_millis());
            connection.execute(
                "UPDATE guest SET topic = coalesce(?2, topic), consent_version = coalesce(?3, consent_version),
                 consent_at = coalesce(?4, consent_at), email = coalesce(?5, email), untold_email = coalesce(?5, untold_email),
                 asked_at = ?6 WHERE id = ?1",
                params![guest_id.as_str(), topic, consent_version, consent_at, email, now.as_millis()],
            )?;
            Ok(())
        })
        .await
    }

    /// What a guest answered, as long as staff have not been told.
    pub fn untold_answers(&self, guest_id: &GuestId) -> Result<Answers, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT topic, untold_email FROM guest WHERE id = ?1")?;
            let answers = query.query_row([guest_id.as_str()], |row| Ok(Answers { topic: row.get(0)?, email: row.get(1)? }));
            Ok(answers.optional()?.unwrap_or_default())
        })
    }

    /// Staff will be told of these answers.
    pub async fn answers_told(&self, guest_id: GuestId, told: Answers) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "UPDATE guest SET topic = nullif(topic, ?2), untold_email = nullif(untold_email, ?3) WHERE id = ?1",
                params![guest_id.as_str(), told.topic, told.email],
            )?;
            Ok(())
        })
        .await
    }

    /// What vouching for a guest gave.
    pub async fn set_guest_token(
        &self,
        guest: &GuestRow,
        person_id: PersonId,
        token_sealed: Vec<u8>,
        token_expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let (guest_id, display_name) = (guest.id.clone(), guest.display_name.clone());
        self.write(move |connection| {
            // Vouched for under a name that is no longer theirs: the next call does it anew.
            connection.execute(
                "UPDATE guest SET person_id = ?2, token_sealed = ?3, token_expires_at = ?4 WHERE id = ?1 AND display_name = ?5",
                params![guest_id.as_str(), person_id.as_str(), token_sealed, token_expires_at.as_millis(), display_name],
            )?;
            Ok(())
        })
        .await
    }

    /// Webex no longer takes the guest's token.
    pub async fn forget_guest_token(&self, guest_id: GuestId) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute("UPDATE guest SET token_sealed = NULL, token_expires_at = NULL WHERE id = ?1", [guest_id.as_str()])?;
            Ok(())
        })
        .await
    }

    /// Ends every session of a guest and lets go of the guest cookie. What they sent stays and is sent.
    pub async fn sign_out(&self, guest_id: GuestId) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute("DELETE FROM session WHERE guest_id = ?1", [guest_id.as_str()])?;
            connection.execute("UPDATE guest SET key_hash = NULL WHERE id = ?1", [guest_id.as_str()])?;
            Ok(())
        })
        .await
    }

    /// Sweeps sessions that began before `created_before` or were last seen before `seen_before`.
    pub async fn delete_sessions_before(&self, created_before: Timestamp, seen_before: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "DELETE FROM session WHERE created_at < ?1 OR last_seen_at < ?2",
                params![created_before.as_millis(), seen_before.as_millis()],
            )?;
            Ok(())
        })
        .await
    }
}

fn rename(connection: &Connection, guest_id: &GuestId, display_name: &str) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE guest SET display_name = ?2, token_sealed = NULL, token_expires_at = NULL WHERE id = ?1",
        params![guest_id.as_str(), display_name],
    )?;
    Ok(())
}

fn insert_guest(connection: &Connection, guest: &GuestRow, key_hash: Option<Vec<u8>>, now: Timestamp) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO guest (id, site_id, key_hash, subject, display_name, email, created_at, is_identified, key_used_at, seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?7)",
        params![
            guest.id.as_str(),
            guest.site_id.as_str(),
            key_hash,
            guest.subject,
            guest.display_name,
            guest.email,
            now.as_millis(),
            guest.is_identified
        ],
    )?;
    Ok(())
}

fn insert_session(connection: &Connection, session: &NewSession, site_id: &SiteId, guest_id: &GuestId) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO session (id_hash, site_id, guest_id, cookie_mode, created_at, last_seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        params![session.hash, site_id.as_str(), guest_id.as_str(), session.mode, session.begun_at.as_millis()],
    )?;
    connection
        .prepare_cached("UPDATE guest SET seen_at = ?2 WHERE id = ?1")?
        .execute(params![guest_id.as_str(), session.begun_at.as_millis()])?;
    Ok(())
}
