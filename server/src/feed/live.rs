//! Who is heard by which way right now, and whether that way is to be trusted.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{GuestId, RoomId, Timestamp};
use tokio::sync::watch;

use super::{
    probation::Probation,
    way::{Way, Ways},
};
use crate::{clock::Clock, config::ConnectionId};

/// With whose token Webex is heard.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ear {
    /// The service app of a connection.
    Service(ConnectionId),
    /// A guest.
    Guest(GuestId),
}

/// The way that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) way: Way,
    /// Why it was changed to; empty where nothing is wrong.
    pub(super) why: String,
}

struct Heard {
    ways: Ways,
    probation: Probation,
    used: watch::Sender<Used>,
    /// Counts what was told of rooms that are not known.
    nudges: watch::Sender<u64>,
}

/// How everybody is heard. Clones share it.
#[derive(Clone)]
pub struct LiveFeeds {
    clock: Clock,
    heard: Arc<Mutex<HashMap<Ear, Heard>>>,
}

impl LiveFeeds {
    /// Nobody is heard yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, heard: Arc::default() }
    }

    /// Somebody is heard from now on, by these ways, the best one first. Whoever receives knows which is used.
    pub(super) fn begin(&self, ear: &Ear, preferred: &[Way]) -> watch::Receiver<Used> {
        let (used, receiver) = watch::channel(Used { way: Way::Polling, why: String::new() });
        self.heard().insert(
            ear.clone(),
            Heard { ways: Ways::new(preferred), probation: Probation::new(self.clock.now()), used, nudges: watch::Sender::new(0) },
        );
        receiver
    }

    /// Changes whenever something was told of a room that is not known.
    pub(super) fn nudges(&self, ear: &Ear) -> Option<watch::Receiver<u64>> {
        self.heard().get(ear).map(|heard| heard.nudges.subscribe())
    }

    /// Something was told of a room that is not known.
    pub(super) fn nudge(&self, ear: &Ear) {
        if let Some(heard) = self.heard().get(ear) {
            heard.nudges.send_modify(|count| *count += 1);
        }
    }

    /// Somebody is no longer heard.
    pub(super) fn end(&self, ear: &Ear) {
        self.heard().remove(ear);
    }

    /// The way that is used.
    pub fn current(&self, ear: &Ear) -> Way {
        self.heard().get(ear).map_or(Way::Polling, |heard| heard.used.borrow().way)
    }

    /// A way works, or does not and why, as far as itself can tell.
    pub(super) fn set_up(&self, ear: &Ear, way: Way, is_up: bool, why: &str) {
        if let Some(heard) = self.heard().get_mut(ear) {
            heard.ways.set_up(way, is_up);
            heard.change_over(&self.clock, why);
        }
    }

    /// A live way told of a room.
    pub(super) fn told(&self, ear: &Ear, room_id: &RoomId) {
        let now = self.clock.now();
        if let Some(heard) = self.heard().get_mut(ear) {
            heard.probation.told(room_id, now);
        }
    }

    /// The newest message of a room, written then by the portal's own clock, was found by looking.
    pub(super) fn found(&self, ear: &Ear, room_id: &RoomId, written_at: Timestamp) {
        let now = self.clock.elapsed();
        if let Some(heard) = self.heard().get_mut(ear)
            && heard.used.borrow().way != Way::Polling
        {
            heard.probation.found(room_id, written_at, now);
        }
    }

    /// Judges the way that is used by what it had to bring until now, and changes over where it failed. Answers how long it is
    /// until there may be something to judge again.
    pub(super) fn judge(&self, ear: &Ear) -> Option<Duration> {
        let now = self.clock.elapsed();
        let mut all = self.heard();
        let heard = all.get_mut(ear)?;
        let missed = heard.probation.missed(now);
        let way = heard.used.borrow().way;
        if missed > 0 {
            let rest = heard.ways.distrust(way, now);
            let (feed, rest_secs) = (way.as_word(), rest.as_secs());
            tracing::warn!(?ear, feed, rooms = missed, rest_secs, "webex did not tell of new messages, which were found by looking");
        }
        heard.change_over(&self.clock, &format!("{} did not tell of new messages in {missed} space(s)", way.as_word()));
        let due = heard.probation.next_due().into_iter().chain(heard.ways.next_change(now)).min();
        due.map(|due| due.saturating_sub(now))
    }

    fn heard(&self) -> MutexGuard<'_, HashMap<Ear, Heard>> {
        // Nothing in here panics half-way through a change.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    /// Uses the best way there is now.
    fn change_over(&mut self, clock: &Clock, why: &str) {
        let way = self.ways.current(clock.elapsed());
        let is_better = self.ways.is_better(way, self.used.borrow().way);
        let is_changed = self.used.send_if_modified(|used| {
            let is_changed = used.way != way;
            if is_changed {
                *used = Used { way, why: if is_better { String::new() } else { why.to_owned() } };
            }
            is_changed
        });
        if is_changed {
            self.probation = Probation::new(clock.now());
        }
    }
}
