//! Gets a meeting's links and tells staff: the way from requested to ringing.

use std::time::Duration;

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use shared::{ClientMessageId, ProblemKind, VisitId, VisitState};

use super::{VisitEvent, Visits, problem, seal, state, texts};
use crate::{
    config::{MeetingsConfig, SiteConfig},
    instant_connect::{BrokerError, Encryption, HostLogin, MeetingLinks, MeetingRequest},
    outbox::bell,
    routes::body_hash,
    secrets::{SecretsError, random_token, token_hash},
    store::{GuestRow, HeardBy, NewClaim, NewOutboxRow, RowKind, StoreError, VisitRow},
    webex::Bot,
};

/// Clocks differ: a link is good from a minute before it was made, in seconds.
const CLOCK_SKEW_SECS: i64 = 60;
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Visits {
    /// Asks the broker until it gives links, the guest no longer wants them, or the time is over.
    pub(super) async fn prepare(&self, row: VisitRow) {
        let mut wait = FIRST_WAIT;
        while self.is_wanted(&row).await {
            let tried = tokio::select! {
                // The broker takes seconds, and asking it again after the next start leads into the same meeting.
                () = self.needs().stopping.cancelled() => break,
                tried = self.try_to_ring(&row) => tried,
            };
            match tried {
                Ok(()) => break,
                Err(failure) => {
                    self.note_problem(&row, Some(failure.problem));
                    let pause = failure.retry_after.unwrap_or(wait);
                    wait = (wait * 2).min(LONGEST_WAIT);
                    tokio::select! {
                        () = self.needs().stopping.cancelled() => break,
                        () = self.needs().clock.sleep(pause) => {}
                    }
                }
            }
        }
        self.preparing().remove(&row.id);
        self.inner.work.notify_one();
    }

    /// Whether the guest still waits for the links. Whoever waited too long has missed the meeting.
    async fn is_wanted(&self, row: &VisitRow) -> bool {
        let is_requested =
            self.needs().store.visit(&row.id).is_ok_and(|found| found.is_some_and(|found| found.state == VisitState::Requested));
        if is_requested && self.is_too_late(row) {
            if let Err(error) = self.happen(&row.id, VisitEvent::RingOver).await {
                tracing::error!(%error, "a visit that was missed cannot be written down");
            }
            return false;
        }
        is_requested
    }

    fn is_too_late(&self, row: &VisitRow) -> bool {
        let ring_secs = self.meetings_of(row).map_or(0, |meetings| meetings.ring_secs);
        let deadline = state::next_deadline(VisitState::Requested, row.requested_at, None, ring_secs);
        deadline.is_some_and(|(due_at, _)| due_at <= self.needs().clock.now())
    }

    async fn try_to_ring(&self, row: &VisitRow) -> Result<(), Failure> {
        let needs = self.needs();
        let around = self.around(row).map_err(Failure::inside)?;
        let Some(Around { site, guest, meetings, bot }) = around else {
            tracing::error!(visit.id = %row.id, "meetings are no longer configured for this site");
            return Err(Failure::unavailable());
        };
        let connection = needs.connections.of_site(&site.id).map_err(Failure::inside)?;
        let now_secs = needs.clock.now().as_millis() / 1000;
        let expires_at_secs = now_secs + i64::from(meetings.link_minutes) * 60;
        let request = MeetingRequest {
            subject: row.subject.clone(),
            not_before_secs: Some(now_secs - CLOCK_SKEW_SECS),
            expires_at_secs,
            hosts: 1,
            guests: 1,
            vertical: meetings.vertical,
            host_login: HostLogin::None,
            long_links: false,
            devices: Vec::new(),
            encryption: Encryption::default(),
        };
        let links = connection.instant_connect.mint(bot.token(), &request).await.map_err(|error| Failure::of_broker(row, &error))?;
        let names = join_all(site.staff.iter().map(|email| bot.name_of(email))).await;
        let names: Vec<Option<String>> = names.into_iter().map(|name| name.ok().flatten()).collect();
        let ringing = self.ringing(row, &links, expires_at_secs).map_err(Failure::inside)?;
        let (claims, messages) = self.bells(&ringing, site, &guest, &names).map_err(Failure::inside)?;
        let is_wanted = needs.store.ring(ringing.clone(), claims, messages).await.map_err(Failure::inside)?;
        if is_wanted {
            tracing::info!(visit.id = %row.id, "the links of a visit are there and staff are told");
            self.problems().remove(&row.id);
            needs.outbox.wake_both(&row.room_id, &row.guest_id);
            self.changed(&ringing);
        }
        Ok(())
    }

    fn ringing(&self, row: &VisitRow, links: &MeetingLinks, expires_at_secs: i64) -> Result<VisitRow, SecretsError> {
        let keys = &self.needs().keys;
        let first = |links: &[crate::instant_connect::MeetingLink]| links.first().map(|link| link.best().clone());
        let sealed = |role, link: Option<SecretString>| link.map(|link| seal(keys, row, role, &link)).transpose();
        Ok(VisitRow {
            state: VisitState::Ringing,
            state_at: self.needs().clock.now().max(row.state_at),
            host_link_sealed: sealed("host", first(&links.hosts))?,
            guest_link_sealed: sealed("guest", first(&links.guests))?,
            expires_at: Some(shared::Timestamp::from_millis(expires_at_secs * 1000)),
            ..row.clone()
        })
    }

    /// A claim and a message for each member of staff, and the notice in the guest's space.
    fn bells(
        &self,
        row: &VisitRow,
        site: &SiteConfig,
        guest: &GuestRow,
        names: &[Option<String>],
    ) -> Result<(Vec<NewClaim>, Vec<NewOutboxRow>), SecretsError> {
        let needs = self.needs();
        let (mut claims, mut messages) = (Vec::new(), Vec::new());
        for (number, email) in site.staff.iter().enumerate() {
            let token = random_token()?;
            let link = format!("{}{}", needs.base_url, shared::path::claim(token.expose_secret()));
            let text = texts::ring(&guest.display_name, &site.name, row.topic.as_deref(), &link);
            let staff_name = names.get(number).cloned().flatten();
            claims.push(NewClaim { token_hash: token_hash(token.expose_secret()), staff_email: email.clone(), staff_name });
            messages.push(self.to_staff(row, &format!("{}{number}", texts::bells_of(&row.id)), email, &text)?);
        }
        messages.extend(self.notice(row, &texts::asks_id(&row.id), texts::asks(&guest.display_name)));
        Ok((claims, messages))
    }

    fn to_staff(&self, row: &VisitRow, id: &str, email: &str, text: &str) -> Result<NewOutboxRow, SecretsError> {
        let body = bell::seal(&self.needs().keys, &text.to_owned().into())?;
        Ok(self.outbox_row(row, id, RowKind::ToStaff, body, Some(email.to_owned())))
    }

    /// A notice in the guest's space; `None` where the portal is in none.
    fn notice(&self, row: &VisitRow, id: &str, text: String) -> Option<NewOutboxRow> {
        let conversation = self.needs().store.conversation(&row.room_id).ok().flatten()?;
        let is_in_it = conversation.heard_by == HeardBy::Service && conversation.kind == crate::config::ConversationKind::Space;
        is_in_it.then(|| self.outbox_row(row, id, RowKind::Notice, text, None))
    }

    fn outbox_row(&self, row: &VisitRow, id: &str, kind: RowKind, body: String, target: Option<String>) -> NewOutboxRow {
        NewOutboxRow {
            site_id: row.site_id.clone(),
            guest_id: row.guest_id.clone(),
            room_id: row.room_id.clone(),
            client_message_id: ClientMessageId::new(id),
            kind,
            body_hash: body_hash(&row.room_id, &[body.as_bytes()]),
            body,
            target,
            file: None,
            queued_at: self.needs().clock.now(),
        }
    }

    /// What staff read when nobody took a visit: in the guest's space, or one to one where there is none.
    pub(super) fn missed_messages(&self, id: &VisitId) -> Result<Vec<NewOutboxRow>, StoreError> {
        let Some(row) = &self.needs().store.visit(id)? else { return Ok(Vec::new()) };
        let Some(Around { site, guest, .. }) = self.around(row)? else { return Ok(Vec::new()) };
        Ok(match self.notice(row, &texts::missed_id(&row.id), texts::missed(&guest.display_name)) {
            Some(notice) => vec![notice],
            None => {
                let text = texts::missed_alone(&guest.display_name, &site.name, row.topic.as_deref());
                let mut asked = self.needs().store.asked_staff(&row.id)?;
                if asked.is_empty() {
                    // The broker gave no links in time, so nobody was asked yet.
                    asked.clone_from(&site.staff);
                }
                let rows = asked
                    .iter()
                    .enumerate()
                    .map(|(number, email)| self.to_staff(row, &format!("missed-{}-{number}", row.id), email, &text));
                // Only sealing can fail, and what cannot be told must not keep the visit from ending.
                rows.filter_map(Result::ok).collect()
            }
        })
    }

    /// Whether any message to staff went out, or every one was refused for good; `None` while that is not known.
    pub(super) fn is_anybody_reached(&self, row: &VisitRow) -> Result<Option<bool>, StoreError> {
        if row.state != VisitState::Ringing {
            return Ok(None);
        }
        let bells = self.needs().store.bells(&row.guest_id, &texts::bells_of(&row.id))?;
        let is_known = bells.sent > 0 || (bells.all > 0 && bells.refused == bells.all);
        Ok(is_known.then_some(bells.sent > 0))
    }

    /// Nobody can be told: the guest need not wait for nothing, and is offered no further meeting.
    pub(super) async fn nobody_reached(&self, row: &VisitRow) -> Result<(), StoreError> {
        tracing::error!(site.id = %row.site_id, "the bot can write to nobody of this site's `staff`, so that meetings are not offered; run `guest-portal check`");
        self.note_staff_reachable(&row.site_id, false)?;
        self.problems().insert(
            row.id.clone(),
            problem(ProblemKind::MeetingsUnavailable, "Nobody can be reached for a meeting at the moment. Please write instead."),
        );
        self.happen(&row.id, VisitEvent::RingOver).await.map(|_| ())
    }

    fn around(&self, row: &VisitRow) -> Result<Option<Around<'_>>, StoreError> {
        let needs = self.needs();
        let Some(guest) = needs.store.guest(&row.guest_id)? else { return Ok(None) };
        let Some(site) = needs.config.site(&row.site_id) else { return Ok(None) };
        let Ok(connection) = needs.connections.of_site(&site.id) else { return Ok(None) };
        let (Some(meetings), Some(bot)) = (site.meetings.as_ref(), connection.bot.as_ref()) else { return Ok(None) };
        Ok(Some(Around { site, guest, meetings, bot }))
    }
}

struct Around<'a> {
    site: &'a SiteConfig,
    guest: GuestRow,
    meetings: &'a MeetingsConfig,
    bot: &'a Bot,
}

/// Why staff could not be told yet, as the guest is told.
struct Failure {
    problem: shared::Problem,
    retry_after: Option<Duration>,
}

impl Failure {
    fn unavailable() -> Self {
        let detail = "Meetings are not available at the moment. Please write instead.";
        Self { problem: problem(ProblemKind::MeetingsUnavailable, detail), retry_after: Some(LONGEST_WAIT) }
    }

    fn passing() -> Self {
        let detail = "Preparing the meeting takes longer than usual. You keep your place; it is tried again by itself.";
        Self { problem: problem(ProblemKind::WebexUnreachable, detail), retry_after: None }
    }

    fn inside(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "a visit cannot be prepared");
        Self::passing()
    }

    fn of_broker(row: &VisitRow, error: &BrokerError) -> Self {
        if error.is_passing() {
            tracing::warn!(%error, visit.id = %row.id, "the links of a meeting were not made; it is tried again");
            return Self { retry_after: error.retry_after(), ..Self::passing() };
        }
        if error.is_not_activated() {
            tracing::error!(%error, "instant connect refuses this organisation; an administrator must activate it: see `guest-portal check`");
        } else {
            tracing::error!(%error, "instant connect refuses the bot; see `guest-portal check`");
        }
        Self::unavailable()
    }
}
