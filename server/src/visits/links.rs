//! A visit's links: asked for, sealed, opened for the one they are for, and made anew for who comes late.

use secrecy::{ExposeSecret, SecretString};
use shared::{ProblemKind, Timestamp, VisitId, VisitState};
use tracing::Instrument;

use super::{Visits, around::Around, problem, state};
use crate::{
    error::AppError,
    instant_connect::{BrokerError, MeetingLink, MeetingLinks, MeetingRequest},
    secrets::{Keys, SecretsError},
    store::{StoreError, VisitRow},
    telemetry::because_of,
};

/// Clocks differ: a link is good from a minute before it was made, in seconds.
const CLOCK_SKEW_SECS: i64 = 60;
/// A meeting that was agreed on may begin late and last longer, in seconds.
const OVERTIME_SECS: i64 = 30 * 60;
/// New links for somebody who comes late are asked for so often; then they press again.
const TRIES: u32 = 4;

/// Whose links.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Host,
    Guest,
}

impl Visits {
    /// Asks the broker for a visit's links, from the first time or again: the subject leads into the same meeting.
    pub(super) async fn mint(&self, around: &Around<'_>, row: &VisitRow) -> Result<VisitRow, Failure> {
        let now_secs = self.needs().clock.now().as_millis() / 1000;
        let (begins_secs, expires_at_secs) = window(row, now_secs, around);
        let links = &around.policy.links;
        let request = MeetingRequest {
            subject: row.subject.clone(),
            not_before_secs: Some(begins_secs - CLOCK_SKEW_SECS),
            expires_at_secs,
            hosts: links.hosts,
            guests: links.guests,
            vertical: links.vertical,
            host_login: links.host_login,
            long_links: links.long_links,
            devices: links.devices.clone(),
            encryption: links.encryption,
        };
        request.check(now_secs).map_err(Failure::inside)?;
        let token = around.bot.token();
        let span = tracing::error_span!("visit", visit.id = %row.id);
        let minted = because_of(row.id.as_str(), around.connection.instant_connect.mint(&token, &request)).instrument(span).await;
        let minted = minted.map_err(|error| Failure::of_broker(row, &error))?;
        self.with_links(row, &minted, expires_at_secs).map_err(Failure::inside)
    }

    fn with_links(&self, row: &VisitRow, links: &MeetingLinks, expires_at_secs: i64) -> Result<VisitRow, SecretsError> {
        let seal = |side, links: &[MeetingLink]| {
            let texts: Vec<&str> = links.iter().map(|link| link.best().expose_secret()).collect();
            let list: SecretString = serde_json::to_string(&texts).map_err(|_| SecretsError::Unopenable)?.into();
            self.needs().keys.seal(&purpose(row, side), &list)
        };
        Ok(VisitRow {
            host_links_sealed: Some(seal(Side::Host, &links.hosts)?),
            guest_links_sealed: Some(seal(Side::Guest, &links.guests)?),
            expires_at: Some(Timestamp::from_millis(expires_at_secs * 1000)),
            ..row.clone()
        })
    }

    /// The links of one side; none when there are none, or they have ended.
    pub(super) fn open_links(&self, row: &VisitRow, side: Side) -> Result<Vec<SecretString>, SecretsError> {
        let is_live = row.expires_at.is_some_and(|expires_at| self.needs().clock.now() < expires_at);
        if is_live { unsealed(&self.needs().keys, row, side) } else { Ok(Vec::new()) }
    }

    /// Whether whoever opens the meeting now had better get new links.
    pub(super) fn is_renewal_due(&self, row: &VisitRow) -> bool {
        let is_open = matches!(row.state, VisitState::Claimed | VisitState::Joined);
        let life_secs = self.policy_of(row).map_or(0, |policy| policy.link_minutes * 60);
        is_open && state::is_renewal_due(row.has_links(), row.expires_at, life_secs, self.needs().clock.now())
    }

    /// New links for a meeting that goes on, in the background: the guest is told when they are there.
    pub(super) fn renew_soon(&self, id: VisitId) {
        if !self.renewing().insert(id.clone()) {
            return;
        }
        let visits = self.clone();
        self.inner.tasks.spawn(async move {
            for attempt in 0..TRIES {
                match visits.renew(&id).await {
                    Ok(_) => break,
                    Err(failure) => {
                        let pause = failure.retry_after.unwrap_or(super::prepare::FIRST_WAIT * 2_u32.pow(attempt));
                        visits.note_problem_of(&id, Some(failure.problem));
                        tokio::select! {
                            () = visits.needs().stopping.cancelled() => break,
                            () = visits.needs().clock.sleep(pause) => {}
                        }
                    }
                }
            }
            visits.renewing().remove(&id);
        });
    }

    /// New links for a meeting that goes on; the visit as it is then.
    pub(super) async fn renew(&self, id: &VisitId) -> Result<Option<VisitRow>, Failure> {
        let Some(row) = self.needs().store.visit(id).map_err(Failure::inside)? else { return Ok(None) };
        if !self.is_renewal_due(&row) {
            return Ok(Some(row));
        }
        let Some(around) = self.around(&row).map_err(Failure::inside)? else { return Err(Failure::unavailable()) };
        let renewed = self.mint(&around, &row).await?;
        // The visit may have gone on, or ended, while the broker was asked.
        let change = move |before: &VisitRow| {
            matches!(before.state, VisitState::Claimed | VisitState::Joined).then(|| VisitRow {
                host_links_sealed: renewed.host_links_sealed,
                guest_links_sealed: renewed.guest_links_sealed,
                expires_at: renewed.expires_at,
                ..before.clone()
            })
        };
        let changed = self.needs().store.change_visit(id.clone(), change, Vec::new()).await.map_err(Failure::inside)?;
        let Some((row, is_changed)) = changed else { return Ok(None) };
        if is_changed {
            tracing::info!(visit.id = %row.id, "a visit has new links");
            self.problems().remove(&row.id);
            self.changed(&row);
        }
        Ok(Some(row))
    }
}

/// From when until when links are good, in seconds since 1970.
fn window(row: &VisitRow, now_secs: i64, around: &Around<'_>) -> (i64, i64) {
    let life_secs = i64::from(around.policy.link_minutes) * 60;
    match (row.starts_at, row.minutes) {
        (Some(starts_at), minutes) if row.claimed_at.is_none() => {
            let starts_secs = starts_at.as_millis() / 1000;
            let begins_secs = (starts_secs - i64::from(around.policy.remind_minutes) * 60).max(now_secs);
            let lasts_secs = minutes.map_or(life_secs, |minutes| i64::from(minutes) * 60);
            (begins_secs, starts_secs + lasts_secs.max(i64::from(around.policy.ring_secs)) + OVERTIME_SECS)
        }
        _ => (now_secs, now_secs + life_secs),
    }
}

/// The first link of one side; `None` where there are none.
pub(crate) fn first_link(keys: &Keys, row: &VisitRow, side: Side) -> Result<Option<SecretString>, SecretsError> {
    Ok(unsealed(keys, row, side)?.into_iter().next())
}

fn unsealed(keys: &Keys, row: &VisitRow, side: Side) -> Result<Vec<SecretString>, SecretsError> {
    let sealed = match side {
        Side::Host => &row.host_links_sealed,
        Side::Guest => &row.guest_links_sealed,
    };
    let Some(sealed) = sealed else { return Ok(Vec::new()) };
    let text = keys.open(&purpose(row, side), sealed)?;
    let list = serde_json::from_str::<Vec<String>>(text.expose_secret());
    // One that an earlier version sealed is the link itself.
    Ok(list.map(|list| list.into_iter().map(Into::into).collect()).unwrap_or_else(|_| vec![text]))
}

/// Binds sealed links to their visit and their side.
fn purpose(row: &VisitRow, side: Side) -> String {
    let side = match side {
        Side::Host => "host",
        Side::Guest => "guest",
    };
    format!("visit:{}:{side}", row.id)
}

/// Why there are no links yet, as people are told.
pub(super) struct Failure {
    pub(super) problem: shared::Problem,
    pub(super) retry_after: Option<std::time::Duration>,
}

impl Failure {
    pub(super) fn unavailable() -> Self {
        let detail = "Meetings are not available at the moment. Please write instead.";
        Self { problem: problem(ProblemKind::MeetingsUnavailable, detail), retry_after: Some(super::prepare::LONGEST_WAIT) }
    }

    fn passing() -> Self {
        let detail = "Preparing the meeting takes longer than usual. You keep your place; it is tried again by itself.";
        Self { problem: problem(ProblemKind::WebexUnreachable, detail), retry_after: None }
    }

    pub(super) fn inside(error: impl std::fmt::Display) -> Self {
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

    /// For whoever waits for the answer.
    pub(super) fn into_app_error(self) -> AppError {
        match self.problem.kind {
            ProblemKind::MeetingsUnavailable => AppError::MeetingsUnavailable,
            _ => AppError::LinksNotReady,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::inside(error)
    }
}
