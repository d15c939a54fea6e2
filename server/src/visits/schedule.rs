//! Meetings that were agreed on: written down ahead, with links that open shortly before they begin. The guest comes by an
//! invitation, a link of their own that needs no chat and no cookie.

use secrecy::{ExposeSecret, SecretString};
use shared::{GuestId, RoomId, Timestamp, Visit, VisitId, path};

use super::{VisitEvent, Visits, around::zone_of, new_row, texts};
use crate::{
    config::{ConversationKind, SiteConfig, domain_of},
    conversations::{Progress, code_from},
    error::AppError,
    guest_identity::guest_subject,
    secrets::{Keys, random, random_id, random_token, token_hash},
    store::{Conversation, GuestRow, HeardBy, Store, VisitRow},
};

/// Further ahead than this nobody makes an appointment; Webex's links are never made for longer. In milliseconds: 390 days.
const MAX_AHEAD_MILLIS: i64 = 390 * 24 * 60 * 60 * 1000;
/// How long a meeting may be meant to last, in minutes.
const MINUTES: std::ops::RangeInclusive<u32> = 5..=24 * 60;
const MAX_ASKED: usize = 25;

/// A meeting, agreed on.
#[derive(Clone, Debug)]
pub struct NewAppointment {
    /// Who is expected.
    pub guest_name: String,
    /// How they can be reached, for staff.
    pub guest_email: Option<String>,
    /// About what.
    pub topic: Option<String>,
    /// When it begins.
    pub starts_at: Timestamp,
    /// How long it is meant to last, in minutes.
    pub minutes: u32,
    /// Who of staff is asked to take it; empty for whoever the configuration names.
    pub staff: Vec<String>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Appointment {
    /// The visit.
    pub visit_id: VisitId,
    /// The guest's own link; told once.
    pub guest_url: SecretString,
    /// When it begins.
    pub starts_at: Timestamp,
    /// The same by the clock on the site's wall.
    pub when: String,
}

/// What a guest sees who was invited.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The visit as its guest sees it.
    pub visit: Visit,
    /// The visit as stored.
    pub row: VisitRow,
    /// Who is expected.
    pub guest: GuestRow,
    /// Where.
    pub site_name: String,
    /// When it begins, by the clock on the site's wall.
    pub when: String,
    /// From when staff are asked.
    pub opens_at: Timestamp,
}

/// What writing an appointment down takes: the portal has it, and the command line.
pub struct Booking<'a> {
    /// Where it is written.
    pub store: &'a Store,
    /// Makes a guest known.
    pub keys: &'a Keys,
    /// The time.
    pub now: Timestamp,
    /// Where guests find the portal, without a slash at the end.
    pub base_url: &'a str,
}

impl Booking<'_> {
    /// Writes a meeting down. `subject` is what the meeting is known by: written down again under it, it is the same
    /// meeting, and the guest has one link more. The links are made, and staff are told, by the portal.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or the store.
    pub async fn write(&self, site: &SiteConfig, new: NewAppointment, subject: String) -> Result<(Appointment, VisitRow), AppError> {
        let meetings = site.meetings.as_ref().ok_or(AppError::MeetingsUnavailable)?;
        let is_topic = |topic: &String| meetings.topics.iter().any(|known| known.name == *topic);
        let topic = new.topic;
        let ahead_millis = new.starts_at.as_millis().saturating_sub(self.now.as_millis());
        let wrong = |field: &str, remedy: &str| Err(AppError::InvalidField(field.to_owned(), remedy.to_owned()));
        if !topic.as_ref().is_none_or(is_topic) {
            let names: Vec<&str> = meetings.topics.iter().map(|known| known.name.as_str()).collect();
            let remedy = if names.is_empty() {
                "must be left out: the site has no topics".into()
            } else {
                format!("must be one of {}", names.join(", "))
            };
            return wrong("topic", &remedy);
        }
        if !(0..=MAX_AHEAD_MILLIS).contains(&ahead_millis) {
            return wrong("starts_at", "must be in the future, at most 390 days ahead");
        }
        if !MINUTES.contains(&new.minutes) {
            return wrong("minutes", "must be a whole number from 5 to 1440: how long the meeting is meant to last");
        }
        if new.staff.len() > MAX_ASKED || !new.staff.iter().all(|email| email.contains('@') && !email.contains(char::is_whitespace)) {
            return wrong("staff", "must be at most 25 Webex e-mail addresses");
        }
        let known = site.staff_domains();
        if let Some(stranger) = new.staff.iter().find(|email| !known.contains(&domain_of(email))) {
            return wrong("staff", &format!("must be people of the domains that the site's staff have, which {stranger} is not"));
        }
        let row = match self.store.visit_by_subject(&site.id, &subject)? {
            Some(row) => row,
            None => {
                let name = shared::outgoing::guest_name(&new.guest_name).map_err(AppError::InvalidName)?;
                let guest = self.expect_guest(site, name, new.guest_email).await?;
                let room_id = self.place_for(site, &guest).await?;
                let row = VisitRow {
                    starts_at: Some(new.starts_at),
                    minutes: Some(new.minutes),
                    asked: Some(each_once(new.staff)).filter(|asked| !asked.is_empty()),
                    ..new_row(&guest, room_id, topic, subject, self.now)?
                };
                self.store.open_visit(row).await?.0
            }
        };
        let token = random_token()?;
        self.store.invite(row.clone(), token_hash(token.expose_secret())).await?;
        tracing::info!(visit.id = %row.id, site.id = %site.id, "a meeting was agreed on");
        let guest_url = format!("{}{}", self.base_url, path::appointment(token.expose_secret()));
        let when = texts::when(new.starts_at, &zone_of(site, meetings.policy(row.topic.as_deref())));
        Ok((Appointment { visit_id: row.id.clone(), guest_url: guest_url.into(), starts_at: new.starts_at, when }, row))
    }

    /// A guest who has no browser here yet.
    async fn expect_guest(&self, site: &SiteConfig, display_name: String, email: Option<String>) -> Result<GuestRow, AppError> {
        let id = GuestId::new(random_id()?);
        let subject = guest_subject(self.keys, &site.id, &id)?;
        let guest = GuestRow::new(id, site.id.clone(), subject, display_name, email);
        self.store.expect_guest(guest.clone(), self.now).await?;
        Ok(guest)
    }

    /// Where what concerns them is kept: they write nowhere.
    async fn place_for(&self, site: &SiteConfig, guest: &GuestRow) -> Result<RoomId, AppError> {
        let new = Conversation {
            id: RoomId::new(random_id()?),
            site_id: site.id.clone(),
            kind: ConversationKind::None,
            heard_by: HeardBy::Guest,
            progress: Progress::New,
            code: code_from(random()?),
            webex_room_id: None,
            created_at: self.now,
            making_since: None,
        };
        Ok(self.store.conversation_of_guest(guest.id.clone(), new).await?.id)
    }
}

impl Visits {
    /// Writes a meeting down that was agreed on; its links are made and staff are told in the background.
    pub async fn schedule(&self, site: &SiteConfig, new: NewAppointment, subject: String) -> Result<Appointment, AppError> {
        self.offered(site).ok_or(AppError::MeetingsUnavailable)?;
        let needs = self.needs();
        let booking = Booking { store: &needs.store, keys: &needs.keys, now: needs.clock.now(), base_url: &needs.base_url };
        let (appointment, row) = booking.write(site, new, subject).await?;
        self.prepare_soon(row);
        Ok(appointment)
    }

    /// What the one sees who was invited; `None` if the link is of nobody.
    pub fn invitation(&self, token: &str) -> Result<Option<Invitation>, AppError> {
        let Some(row) = self.needs().store.invited(&token_hash(token))? else { return Ok(None) };
        let Some(guest) = self.needs().store.guest(&row.guest_id)? else { return Ok(None) };
        let starts_at = row.counts_from();
        let site = self.needs().config.site(&row.site_id);
        let zone = site.zip(self.policy_of(&row)).map(|(site, policy)| zone_of(site, policy)).unwrap_or(jiff::tz::TimeZone::UTC);
        Ok(Some(Invitation {
            visit: self.view(&row)?,
            guest,
            site_name: site.map(|site| site.name.clone()).unwrap_or_default(),
            when: texts::when(starts_at, &zone),
            opens_at: self.opens_at(&row, starts_at),
            row,
        }))
    }

    /// The one who was invited opens the link, leaves, or cannot come.
    pub async fn by_invited(&self, token: &str, event: VisitEvent) -> Result<Visit, AppError> {
        let invitation = self.invitation(token)?.ok_or(AppError::VisitNotFound)?;
        self.by_guest(&invitation.guest, &invitation.row.id, event).await
    }

    /// Whoever agreed on a visit of a site calls it off; answers it.
    pub async fn call_off(&self, site: &SiteConfig, id: &VisitId) -> Result<Visit, AppError> {
        let row = self.of_site(site, id)?;
        self.happen(&row.id, VisitEvent::Cancelled).await?;
        self.view(&self.of_site(site, id)?)
    }

    /// A visit of a site, by its id.
    pub fn of_site(&self, site: &SiteConfig, id: &VisitId) -> Result<VisitRow, AppError> {
        self.needs().store.visit(id)?.filter(|row| row.site_id == site.id).ok_or(AppError::VisitNotFound)
    }
}

/// Nobody is asked twice for the same.
fn each_once(emails: Vec<String>) -> Vec<String> {
    let mut known = std::collections::BTreeSet::new();
    emails.into_iter().filter(|email| known.insert(email.to_lowercase())).collect()
}
