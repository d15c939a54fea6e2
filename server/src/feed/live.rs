//! Who is heard by which way right now, and whether that way is to be trusted.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{GuestId, RoomId};
use tokio::sync::watch;

use super::way::{Failure, Way, Ways};
use crate::{clock::Clock, config::ConnectionId};

/// With whose token Webex is heard.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ear {
    /// The service app of a connection.
    Service(ConnectionId),
    /// A guest.
    Guest(GuestId),
}

/// The way that is relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) way: Way,
    /// Who writes and who has read what is told, too.
    pub(super) carries_typing: bool,
    /// Why no better one; empty where nothing is wrong.
    pub(super) why: String,
}

struct Heard {
    ways: Ways,
    /// Since when the way is relied on.
    since: Duration,
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

    /// Somebody is heard from now on, by these ways, the best one first. Whoever receives knows which is relied on.
    pub(super) fn begin(&self, ear: &Ear, preferred: &[Way]) -> watch::Receiver<Used> {
        let (used, receiver) = watch::channel(Used { way: Way::Polling, carries_typing: false, why: String::new() });
        let now = self.clock.elapsed();
        let heard = Heard { ways: Ways::new(preferred, now), since: now, used, nudges: watch::Sender::new(0) };
        self.heard().insert(ear.clone(), heard);
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

    /// Whether a live way has told everything since then, as far as it can be trusted.
    pub(super) fn covers(&self, ear: &Ear, since: Duration) -> bool {
        self.heard().get(ear).is_some_and(|heard| heard.used.borrow().way != Way::Polling && heard.since <= since)
    }

    /// Whether it is told who writes and who has read what.
    pub fn carries_typing(&self, ear: &Ear) -> bool {
        self.heard().get(ear).is_some_and(|heard| heard.used.borrow().carries_typing)
    }

    /// Which way is relied on, and why no better one, if something is wrong; `None` for who is not heard.
    pub fn relied_on(&self, ear: &Ear) -> Option<(Way, String)> {
        self.heard().get(ear).map(|heard| {
            let used = heard.used.borrow();
            (used.way, used.why.clone())
        })
    }

    /// A way works, or does not and why, as far as itself can tell.
    pub(super) fn set_up(&self, ear: &Ear, way: Way, is_up: bool, why: &str) {
        let now = self.clock.elapsed();
        if let Some(heard) = self.heard().get_mut(ear) {
            heard.ways.set_up(way, is_up, why, now);
            heard.change_over(now);
        }
    }

    /// A live way told of a room.
    pub(super) fn told(&self, ear: &Ear, way: Way, room_id: &RoomId) {
        let now = self.clock.elapsed();
        if let Some(heard) = self.heard().get_mut(ear) {
            heard.ways.told(way, room_id, now);
        }
    }

    /// A room is heard from now on.
    pub(super) fn begin_room(&self, ear: &Ear, room_id: &RoomId) {
        let now = self.clock.elapsed();
        if let Some(heard) = self.heard().get_mut(ear) {
            heard.ways.begin_room(room_id, now);
        }
    }

    /// The newest message of a room, which is so old, was found by looking.
    pub(super) fn found(&self, ear: &Ear, room_id: &RoomId, age: Duration) {
        let now = self.clock.elapsed();
        if let Some(heard) = self.heard().get_mut(ear) {
            heard.ways.found(room_id, age, now);
        }
    }

    /// Judges the live ways by what they had to bring until now, and changes over where the best one failed. Answers how long it
    /// is until there may be something to judge again.
    pub(super) fn judge(&self, ear: &Ear) -> Option<Duration> {
        let now = self.clock.elapsed();
        let mut all = self.heard();
        let heard = all.get_mut(ear)?;
        for Failure { way, rooms, rest } in heard.ways.judge(now) {
            let (feed, rest_secs) = (way.as_word(), rest.as_secs());
            tracing::warn!(?ear, feed, rooms, rest_secs, "webex did not tell of new messages, which were found by looking");
        }
        heard.change_over(now);
        heard.ways.next_due(now).map(|due| due.saturating_sub(now))
    }

    fn heard(&self) -> MutexGuard<'_, HashMap<Ear, Heard>> {
        // Nothing in here panics half-way through a change.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    /// Relies on the best way there is now.
    fn change_over(&mut self, now: Duration) {
        let best = Used { way: self.ways.current(now), carries_typing: self.ways.is_good(Way::Mercury, now), why: self.ways.why(now) };
        if self.used.borrow().way != best.way {
            self.since = now;
        }
        self.used.send_if_modified(|used| {
            let is_changed = *used != best;
            *used = best;
            is_changed
        });
    }
}
