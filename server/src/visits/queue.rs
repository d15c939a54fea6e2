//! Who waits before whom, and how long that usually takes: kept in memory, made anew from the store at each start.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use shared::{SiteId, Timestamp, VisitId, VisitState};

use super::state;
use crate::store::{VisitRow, Wait};

/// Waits of this long ago still tell something, in milliseconds.
pub(super) const LATELY_MILLIS: i64 = 60 * 60 * 1000;
/// So many of the latest waits say as much as all of them.
const MOST_WAITS: usize = 200;

/// Guests of one site who ask for the same stand in one queue.
type Key = (SiteId, Option<String>);

/// Every queue.
#[derive(Default)]
pub(super) struct Queues {
    queues: HashMap<Key, Queue>,
    /// Those whose guests have other places than they were last told.
    moved: HashSet<Key>,
}

#[derive(Default)]
struct Queue {
    waiting: BTreeSet<(Timestamp, VisitId)>,
    /// When somebody took a visit, and how long its guest had waited, in seconds; the latest last.
    waits: VecDeque<(Timestamp, u32)>,
}

/// What a guest who waits is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) place: Option<u32>,
    pub(super) typical_secs: Option<u32>,
}

impl Queues {
    /// From what the store knows.
    pub(super) fn new(open: &[VisitRow], waits: Vec<Wait>) -> Self {
        let mut queues = Self::default();
        for wait in waits {
            let queue = queues.queues.entry((wait.site_id, wait.topic)).or_default();
            queue.waits.push_back((wait.claimed_at, wait.secs));
        }
        open.iter().for_each(|row| queues.stand(row));
        queues.moved.clear();
        queues
    }

    /// A visit is as it is now: in its queue, or out of it.
    pub(super) fn note(&mut self, row: &VisitRow, is_just_claimed: bool) {
        self.stand(row);
        if let (true, Some(claimed_at)) = (is_just_claimed, row.claimed_at) {
            let waited_millis = claimed_at.as_millis() - row.counts_from().as_millis();
            let queue = self.queues.entry(key(row)).or_default();
            queue.waits.push_back((claimed_at, u32::try_from(waited_millis.max(0) / 1000).unwrap_or(u32::MAX)));
            if queue.waits.len() > MOST_WAITS {
                queue.waits.pop_front();
            }
        }
    }

    fn stand(&mut self, row: &VisitRow) {
        let key = key(row);
        let queue = self.queues.entry(key.clone()).or_default();
        let place = (row.counts_from(), row.id.clone());
        // Whoever asked stands in it from then on: somebody whose links come late goes before those who asked later.
        let is_waiting = row.state == VisitState::Ringing || (row.state == VisitState::Requested && row.starts_at.is_none());
        let has_moved = if is_waiting {
            queue.waiting.insert(place.clone()) && queue.waiting.last() != Some(&place)
        } else {
            queue.waiting.remove(&place)
        };
        if has_moved {
            self.moved.insert(key);
        }
    }

    /// What a visit's guest is told.
    pub(super) fn waiting(&self, row: &VisitRow, now: Timestamp) -> Waiting {
        let Some(queue) = self.queues.get(&key(row)).filter(|_| row.state == VisitState::Ringing) else { return Waiting::default() };
        let before = queue.waiting.range(..(row.counts_from(), row.id.clone())).count();
        let since = now.plus_millis(-LATELY_MILLIS);
        let waits: Vec<u32> = queue.waits.iter().filter(|(claimed_at, _)| *claimed_at >= since).map(|(_, secs)| *secs).collect();
        Waiting { place: Some(u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)), typical_secs: state::typical_wait(&waits) }
    }

    /// Those who wait in a queue that has moved since the last call.
    pub(super) fn take_moved(&mut self) -> Vec<VisitId> {
        let moved = std::mem::take(&mut self.moved);
        moved.iter().filter_map(|key| self.queues.get(key)).flat_map(|queue| queue.waiting.iter().map(|(_, id)| id.clone())).collect()
    }
}

fn key(row: &VisitRow) -> Key {
    (row.site_id.clone(), row.topic.clone())
}
