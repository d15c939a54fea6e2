//! Who is told what has changed: guests of their visits, and whoever looks at a room of what its site offers.

use std::time::Duration;

use shared::{PortalEvent, Problem, SiteId, Timestamp, VisitId, VisitState};

use super::{LOOK_EVERY, PAUSE, UNREACHABLE, Visits, millis_between, offer::Offer, queue, queue::Queues};
use crate::{
    fanout::Audience,
    store::{StoreError, VisitRow},
};

impl Visits {
    /// A visit has changed: whoever that concerns is told.
    pub(super) fn changed(&self, row: &VisitRow) {
        if row.state.is_over() {
            self.reached().remove(&row.id);
            if row.state != VisitState::Missed {
                self.problems().remove(&row.id);
            }
        }
        let is_just_claimed = row.state == VisitState::Claimed && row.claimed_at == Some(row.state_at);
        self.queues().note(row, is_just_claimed);
        self.tell(row);
        self.inner.work.notify_one();
    }

    pub(super) fn tell(&self, row: &VisitRow) {
        match self.view(row) {
            Ok(visit) => self.needs().hub.publish(Audience::Guest(row.guest_id.clone()), &PortalEvent::VisitChanged { visit }),
            Err(error) => tracing::error!(%error, "a guest could not be told of their visit"),
        }
    }

    /// When one is no longer in the queue, those behind move up.
    pub(super) fn tell_those_who_moved_up(&self) -> Result<(), StoreError> {
        let moved = self.queues().take_moved();
        for id in moved {
            if let Some(row) = self.needs().store.visit(&id)? {
                self.tell(&row);
            }
        }
        Ok(())
    }

    pub(super) fn know_queues(&self) -> Result<(), StoreError> {
        let store = &self.needs().store;
        let since = self.needs().clock.now().plus_millis(-queue::LATELY_MILLIS);
        let mut queues = self.queues();
        *queues = Queues::new(&store.open_visits()?, store.waits_since(since)?);
        Ok(())
    }

    /// What sites offer changes by the clock: whoever looks at one of their rooms is told. Answers how long nothing will
    /// change.
    pub(super) fn tell_offers(&self, now: Timestamp) -> Result<Duration, StoreError> {
        let mut wait = LOOK_EVERY;
        for site in &self.needs().config.sites {
            let offer = Offer::of(site, now);
            if let Some(changes_at) = offer.changes_at {
                wait = wait.min(millis_between(now, changes_at).max(PAUSE));
            }
            let before = self.offers().insert(site.id.clone(), offer.clone());
            let is_news =
                before.is_some_and(|before| (before.away, before.topics, before.can_meet) != (offer.away, offer.topics, offer.can_meet));
            if is_news {
                self.tell_rooms_of(&site.id)?;
            }
        }
        Ok(wait)
    }

    pub(super) fn tell_rooms_of(&self, site_id: &SiteId) -> Result<(), StoreError> {
        let needs = self.needs();
        // Noted first: whoever begins to listen from here on is told, or finds it noted.
        self.offers_told_at().insert(site_id.clone(), needs.hub.seq());
        for room_id in needs.hub.watched_rooms() {
            if let Some(conversation) = needs.store.conversation(&room_id)?.filter(|conversation| conversation.site_id == *site_id) {
                let room = needs.rooms.show(&conversation);
                needs.hub.publish(Audience::Room(room_id), &PortalEvent::RoomChanged { room });
            }
        }
        Ok(())
    }

    /// Whether what a site offers has changed since the event of this number: who did not listen then was not told.
    pub fn is_offer_news_since(&self, site_id: &SiteId, seq: u64) -> bool {
        self.offers_told_at().get(site_id).is_some_and(|told_at| *told_at >= seq)
    }

    pub(super) fn note_problem_of(&self, id: &VisitId, problem: Option<Problem>) {
        if let Ok(Some(row)) = self.needs().store.visit(id) {
            self.note_problem(&row, problem);
        }
    }

    pub(super) fn note_problem(&self, row: &VisitRow, problem: Option<Problem>) {
        let before = match problem.clone() {
            Some(problem) => self.problems().insert(row.id.clone(), problem),
            None => self.problems().remove(&row.id),
        };
        if before != problem {
            self.tell(row);
        }
    }

    /// Meetings can be offered on a site, or not: whoever looks at one of its rooms is told if that is news.
    pub(super) fn note_staff_reachable(&self, site_id: &SiteId, is_reachable: bool) -> Result<(), StoreError> {
        let needs = self.needs();
        if needs.connections.is_staff_reachable(site_id) == is_reachable {
            return Ok(());
        }
        needs.connections.note_staff_reachable(site_id, is_reachable);
        if is_reachable {
            self.unreachable_since().remove(site_id);
        } else {
            self.unreachable_since().insert(site_id.clone(), needs.clock.elapsed());
        }
        self.tell_rooms_of(site_id)
    }

    /// The bot may have been let in meanwhile.
    pub(super) fn offer_again(&self) -> Result<(), StoreError> {
        let now = self.needs().clock.elapsed();
        let is_long_ago = |since: &Duration| now.saturating_sub(*since) >= UNREACHABLE;
        let due: Vec<SiteId> = self.unreachable_since().iter().filter(|(_, since)| is_long_ago(since)).map(|(id, _)| id.clone()).collect();
        due.iter().try_for_each(|site_id| self.note_staff_reachable(site_id, true))
    }
}
