//! Whether a live way brings what happens: what is found by looking, and was not brought, it missed. Pure.

use std::{collections::HashMap, time::Duration};

use shared::RoomId;

/// A live way may take so long to bring a message that was found by looking.
const GRACE: Duration = Duration::from_secs(10);
/// What was written so shortly after the last word of a room may have been meant by it: two clocks are compared.
const SKEW: Duration = Duration::from_secs(2);
/// Beyond so many rooms it begins anew.
const MAX_ROOMS: usize = 10_000;

/// What one live way brought, and what it has still to bring. All times are the clock's elapsed time: the time of day may be set.
#[derive(Debug)]
pub(super) struct Probation {
    /// From here on it had to bring everything.
    since: Duration,
    /// When it last told of a room.
    told: HashMap<RoomId, Duration>,
    /// Rooms in which something was found that it had not told of, and when.
    found: Vec<(RoomId, Duration)>,
}

impl Probation {
    /// It has to bring everything from now on.
    pub(super) fn new(now: Duration) -> Self {
        Self { since: now, told: HashMap::new(), found: Vec::new() }
    }

    /// It told of a room.
    pub(super) fn told(&mut self, room_id: &RoomId, now: Duration) {
        self.found.retain(|(found, _)| found != room_id);
        if self.told.len() >= MAX_ROOMS {
            *self = Self { found: std::mem::take(&mut self.found), ..Self::new(now) };
        }
        self.told.insert(room_id.clone(), now);
    }

    /// The newest message of a room, which is so old, was found by looking.
    pub(super) fn found(&mut self, room_id: &RoomId, age: Duration, now: Duration) {
        let told_until = self.told.get(room_id).copied().unwrap_or(self.since).max(self.since);
        let is_new = now.saturating_sub(age) > told_until + SKEW;
        if is_new && !self.found.iter().any(|(found, _)| found == room_id) {
            self.found.push((room_id.clone(), now));
        }
    }

    /// When the next thing that was found will have been missed.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.found.iter().map(|(_, at)| *at + GRACE).min()
    }

    /// In how many rooms it has not told by now of what was found; each counts once.
    pub(super) fn missed(&mut self, now: Duration) -> usize {
        let before = self.found.len();
        self.found.retain(|(_, at)| now.saturating_sub(*at) < GRACE);
        before - self.found.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn what_was_found_and_never_told_of_is_missed_once_and_only_then() {
        let (mut probation, a, b) = (Probation::new(secs(0)), RoomId::new("a"), RoomId::new("b"));
        probation.found(&a, secs(1), secs(6));
        probation.found(&a, secs(3), secs(8));
        probation.found(&b, secs(1), secs(8));
        assert_eq!(probation.next_due(), Some(secs(16)));
        assert_eq!(probation.missed(secs(15)), 0);
        assert_eq!(probation.missed(secs(16)), 1);
        probation.told(&b, secs(17));
        assert_eq!((probation.missed(secs(60)), probation.next_due()), (0, None), "told late, but told");
    }

    #[test]
    fn what_was_told_of_or_is_older_than_the_way_itself_is_not_missed() {
        let (mut probation, a) = (Probation::new(secs(10)), RoomId::new("a"));
        probation.found(&a, secs(2), secs(11));
        assert_eq!(probation.next_due(), None, "it was not there yet");
        probation.told(&a, secs(20));
        probation.found(&a, secs(1), secs(22));
        assert_eq!(probation.next_due(), None, "it was told of");
        probation.found(&a, secs(1), secs(31));
        assert_eq!(probation.missed(secs(41)), 1);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_nobody_is_blamed_for_that() {
        let mut probation = Probation::new(secs(0));
        for number in 0..25_000_u32 {
            probation.told(&RoomId::new(number.to_string()), secs(number.into()));
        }
        assert!(probation.told.len() <= MAX_ROOMS);
        probation.found(&RoomId::new("0"), secs(24_000), secs(25_000));
        assert_eq!(probation.next_due(), None);
    }
}
