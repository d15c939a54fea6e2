//! Gets a meeting's links and tells staff: the way from requested to ringing, and who else is asked when nobody comes.

use std::time::Duration;

use shared::{ProblemKind, Timestamp, VisitState};

use super::{
    VisitEvent, Visits,
    bells::{Bells, Reason},
    links::Failure,
    problem,
    state::{self, Facts, Patience},
    texts,
};
use crate::store::{StoreError, VisitRow};

pub(super) const FIRST_WAIT: Duration = Duration::from_millis(500);
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Visits {
    /// Sees to a visit that was asked for, once.
    pub(super) fn prepare_soon(&self, row: VisitRow) {
        if self.preparing().insert(row.id.clone()) {
            let visits = self.clone();
            self.inner.tasks.spawn(async move { visits.prepare(row).await });
        }
    }

    /// Asks the broker until it gives links, the guest no longer wants them, or the time is over.
    async fn prepare(&self, row: VisitRow) {
        let mut wait = FIRST_WAIT;
        while self.is_wanted(&row).await {
            let tried = tokio::select! {
                // The broker takes seconds, and asking it again after the next start leads into the same meeting.
                () = self.needs().stopping.cancelled() => break,
                tried = self.try_to_prepare(&row) => tried,
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
        let due = state::next_deadline(&self.facts(row), &self.patience(row));
        if is_requested && due.is_some_and(|(due_at, _)| due_at <= self.needs().clock.now()) {
            if let Err(error) = self.happen(&row.id, VisitEvent::RingOver).await {
                tracing::error!(%error, "a visit that was missed cannot be written down");
            }
            return false;
        }
        is_requested
    }

    async fn try_to_prepare(&self, row: &VisitRow) -> Result<(), Failure> {
        let Some(around) = self.around(row)? else {
            tracing::error!(visit.id = %row.id, "meetings are no longer configured for this site");
            return Err(Failure::unavailable());
        };
        let with_links = {
            // Kind to the broker, and to whoever waits: the first ones are not slowed down by all the others.
            let _turn = self.inner.turns.acquire().await.map_err(Failure::inside)?;
            self.mint(&around, row).await?
        };
        let is_later = row.starts_at.is_some_and(|starts_at| self.needs().clock.now() < self.opens_at(row, starts_at));
        let (event, reason) = if is_later { (VisitEvent::Booked, Reason::Booked) } else { (VisitEvent::LinksReady, Reason::Asks) };
        let bells = self.bells(&around, &with_links, &around.asked(row), reason).await.map_err(Failure::inside)?;
        if self.go_on(with_links, event, bells).await? {
            tracing::info!(visit.id = %row.id, "the links of a visit are there and staff are told");
            self.problems().remove(&row.id);
        }
        Ok(())
    }

    /// It is nearly time for a meeting that was agreed on: staff are asked to take it.
    pub(super) async fn open(&self, row: VisitRow) -> Result<(), Failure> {
        let ring_ends_at = row.counts_from().plus_millis(i64::from(self.patience(&row).ring_secs) * 1000);
        if ring_ends_at <= self.needs().clock.now() {
            // The portal was away all the time: nobody need be asked any more.
            self.happen(&row.id, VisitEvent::RingOver).await?;
            return Ok(());
        }
        let Some(around) = self.around(&row)? else { return Err(Failure::unavailable()) };
        let bells = self.bells(&around, &row, &around.asked(&row), Reason::Begins).await.map_err(Failure::inside)?;
        self.go_on(row, VisitEvent::Opened, bells).await?;
        Ok(())
    }

    /// Nobody came so far: others are asked as well.
    pub(super) async fn escalate(&self, row: VisitRow) -> Result<(), Failure> {
        let Some(around) = self.around(&row)? else { return Err(Failure::unavailable()) };
        let asked_later = around.asked_later(&row);
        let bells = self.bells(&around, &row, &asked_later, Reason::StillAsks).await.map_err(Failure::inside)?;
        let escalated = VisitRow { escalated_at: Some(self.needs().clock.now()), ..row };
        let is_wanted = |before: &VisitRow| before.state == VisitState::Ringing && before.escalated_at.is_none();
        if self.needs().store.ring(escalated.clone(), is_wanted, bells.claims, bells.messages).await? {
            tracing::info!(visit.id = %escalated.id, "nobody took a visit yet; others are asked as well");
            self.needs().outbox.wake_both(&escalated.room_id, &escalated.guest_id);
            self.inner.work.notify_one();
        }
        Ok(())
    }

    /// A visit takes its next step together with what staff are told of it; answers whether it still wanted to.
    async fn go_on(&self, row: VisitRow, event: VisitEvent, bells: Bells) -> Result<bool, StoreError> {
        let Ok(state) = state::after(row.state, event) else { return Ok(false) };
        let from = row.state;
        let next = VisitRow { state, state_at: self.needs().clock.now().max(row.state_at), ..row };
        let is_wanted = self.needs().store.ring(next.clone(), move |before| before.state == from, bells.claims, bells.messages).await?;
        if is_wanted {
            self.needs().outbox.wake_both(&next.room_id, &next.guest_id);
            self.changed(&next);
        }
        Ok(is_wanted)
    }

    /// Whether any message to staff went out, or every one was refused for good; `None` while that is not known.
    pub(super) fn is_anybody_reached(&self, row: &VisitRow) -> Result<Option<bool>, StoreError> {
        if row.state != VisitState::Ringing || self.reached().contains(&row.id) {
            return Ok(None);
        }
        let bells = self.needs().store.bells(&row.guest_id, &texts::bells_of(&row.id))?;
        if bells.sent > 0 {
            self.reached().insert(row.id.clone());
        }
        let is_known = bells.sent > 0 || (bells.all > 0 && bells.refused == bells.all);
        Ok(is_known.then_some(bells.sent > 0))
    }

    /// Nobody can be told: others are asked at once; where there are none, the guest need not wait for nothing, and is
    /// offered no further meeting.
    pub(super) async fn nobody_reached(&self, row: &VisitRow) -> Result<(), StoreError> {
        if self.facts(row).can_escalate {
            return self.escalate(row.clone()).await.or(Ok(()));
        }
        tracing::error!(site.id = %row.site_id, "the bot can write to nobody of this site's `staff`, so that meetings are not offered; run `guest-portal check`");
        self.note_staff_reachable(&row.site_id, false)?;
        self.problems().insert(
            row.id.clone(),
            problem(ProblemKind::MeetingsUnavailable, "Nobody can be reached for a meeting at the moment. Please write instead."),
        );
        self.happen(&row.id, VisitEvent::RingOver).await.map(|_| ())
    }

    /// What the time does to a visit depends on this.
    pub(super) fn facts(&self, row: &VisitRow) -> Facts {
        let is_unheard = row.escalated_at.is_none() && row.state == VisitState::Ringing;
        let around = if is_unheard { self.around(row).ok().flatten() } else { None };
        Facts {
            state: row.state,
            counts_from: row.counts_from(),
            starts_at: row.starts_at,
            expires_at: row.expires_at,
            has_links: row.has_links(),
            can_escalate: around.is_some_and(|around| !around.asked_later(row).is_empty()),
        }
    }

    /// How long things may take. A visit whose site offers no meetings any more is over at once.
    pub(super) fn patience(&self, row: &VisitRow) -> Patience {
        let policy = self.policy_of(row);
        Patience {
            ring_secs: policy.map_or(0, |policy| policy.ring_secs),
            escalate_secs: policy.map_or(0, |policy| policy.escalate_secs),
            remind_secs: policy.map_or(0, |policy| policy.remind_minutes * 60),
            late_secs: policy.map_or(0, |policy| policy.link_minutes * 60),
        }
    }

    /// When staff are asked to take a meeting that was agreed on.
    pub(super) fn opens_at(&self, row: &VisitRow, starts_at: Timestamp) -> Timestamp {
        starts_at.plus_millis(-i64::from(self.patience(row).remind_secs) * 1000)
    }
}
