//! The ways of hearing from Webex, and which one is used: the best that is up and to be trusted. Pure.

use std::time::Duration;

use shared::{RoomId, Timestamp};

use super::probation::Probation;

/// A way that brought nothing is not trusted for so long; each further time twice as long, up to the longest.
const FIRST_DISTRUST: Duration = Duration::from_secs(5 * 60);
const LONGEST_DISTRUST: Duration = Duration::from_secs(60 * 60);

/// A way of hearing what happens in Webex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// Webex tells the portal at its own address.
    Webhook,
    /// Webex tells over a socket that the portal opened.
    Mercury,
    /// The portal asks, again and again. Always works.
    Polling,
}

impl Way {
    /// The word for people and for the store.
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Mercury => "mercury",
            Self::Polling => "polling",
        }
    }
}

/// Which ways there are for one credential, and how each of them does.
#[derive(Debug)]
pub(super) struct Ways {
    /// The best one first; polling is not among them.
    live: Vec<Candidate>,
}

#[derive(Debug)]
struct Candidate {
    way: Way,
    is_up: bool,
    /// Not trusted before.
    trusted_from: Duration,
    distrust: Duration,
    probation: Probation,
}

/// An instant by both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant {
    /// The time of day.
    pub(super) at: Timestamp,
    /// The clock's elapsed time.
    pub(super) elapsed: Duration,
}

/// A way that did not bring what it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// Which.
    pub(super) way: Way,
    /// In how many rooms.
    pub(super) rooms: usize,
    /// For how long it is not trusted.
    pub(super) rest: Duration,
}

impl Ways {
    /// The best one first. None is up yet.
    pub(super) fn new(preferred: &[Way], now: Instant) -> Self {
        let candidate = |way: &Way| Candidate {
            way: *way,
            is_up: false,
            trusted_from: Duration::ZERO,
            distrust: FIRST_DISTRUST,
            probation: Probation::new(now.at),
        };
        Self { live: preferred.iter().map(candidate).collect() }
    }

    /// The way to rely on now.
    pub(super) fn current(&self, now: Duration) -> Way {
        self.live.iter().find(|candidate| candidate.is_good(now)).map_or(Way::Polling, |found| found.way)
    }

    /// Whether a way works and is trusted, be it the best one or not.
    pub(super) fn is_good(&self, way: Way, now: Duration) -> bool {
        self.live.iter().any(|candidate| candidate.way == way && candidate.is_good(now))
    }

    /// Whether one way is preferred to another.
    pub(super) fn is_better(&self, way: Way, than: Way) -> bool {
        let place = |way| self.live.iter().position(|candidate| candidate.way == way).unwrap_or(self.live.len());
        place(way) < place(than)
    }

    /// A way works, or does not, as far as itself can tell.
    pub(super) fn set_up(&mut self, way: Way, is_up: bool, now: Instant) {
        if let Some(candidate) = self.live.iter_mut().find(|candidate| candidate.way == way && candidate.is_up != is_up) {
            candidate.is_up = is_up;
            candidate.probation = Probation::new(now.at);
        }
    }

    /// A way told of a room.
    pub(super) fn told(&mut self, way: Way, room_id: &RoomId, now: Instant) {
        if let Some(candidate) = self.live.iter_mut().find(|candidate| candidate.way == way) {
            candidate.probation.told(room_id, now.at);
        }
    }

    /// The newest message of a room was found by looking: each way should have told of it.
    pub(super) fn found(&mut self, room_id: &RoomId, written_at: Timestamp, now: Duration) {
        for candidate in self.live.iter_mut().filter(|candidate| candidate.is_good(now)) {
            candidate.probation.found(room_id, written_at, now);
        }
    }

    /// Judges each way by what it had to bring until now.
    pub(super) fn judge(&mut self, now: Instant) -> Vec<Failure> {
        self.live.iter_mut().filter_map(|candidate| candidate.judge(now)).collect()
    }

    /// When there may be something to judge again, or a way is trusted again.
    pub(super) fn next_due(&self, now: Duration) -> Option<Duration> {
        let trusted_again = self.live.iter().filter(|candidate| candidate.is_up && candidate.trusted_from > now);
        let to_judge = self.live.iter().filter_map(|candidate| candidate.probation.next_due());
        to_judge.chain(trusted_again.map(|candidate| candidate.trusted_from)).min()
    }
}

impl Candidate {
    fn is_good(&self, now: Duration) -> bool {
        self.is_up && self.trusted_from <= now
    }

    fn judge(&mut self, now: Instant) -> Option<Failure> {
        let rooms = self.probation.missed(now.elapsed);
        if rooms == 0 {
            return None;
        }
        if now.elapsed.saturating_sub(self.trusted_from) > LONGEST_DISTRUST {
            // It did well for long.
            self.distrust = FIRST_DISTRUST;
        }
        let rest = self.distrust;
        self.distrust = (rest * 2).min(LONGEST_DISTRUST);
        self.trusted_from = now.elapsed + rest;
        self.probation = Probation::new(now.at.plus_millis(i64::try_from(rest.as_millis()).unwrap_or(i64::MAX)));
        Some(Failure { way: self.way, rooms, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn mins(mins: u64) -> Duration {
        Duration::from_secs(mins * 60)
    }

    fn at(minutes: u64) -> Instant {
        Instant { at: Timestamp::from_millis(i64::try_from(mins(minutes).as_millis()).unwrap()), elapsed: mins(minutes) }
    }

    #[test]
    fn the_best_way_that_is_up_is_relied_on_and_polling_where_none_is() {
        let mut ways = Ways::new(&[Way::Webhook, Way::Mercury], at(0));
        assert_eq!(ways.current(mins(0)), Way::Polling);
        ways.set_up(Way::Mercury, true, at(0));
        assert_eq!(ways.current(mins(0)), Way::Mercury);
        ways.set_up(Way::Webhook, true, at(0));
        assert_eq!(ways.current(mins(0)), Way::Webhook);
        assert!(ways.is_good(Way::Mercury, mins(0)), "for what only it carries");
        ways.set_up(Way::Webhook, false, at(0));
        assert_eq!(ways.current(mins(0)), Way::Mercury);
        assert_eq!(Ways::new(&[], at(0)).current(mins(0)), Way::Polling);
    }

    #[test]
    fn a_way_that_brought_nothing_is_tried_again_later_and_each_time_later() {
        let mut ways = Ways::new(&[Way::Mercury], at(0));
        let room = RoomId::new("a");
        ways.set_up(Way::Mercury, true, at(0));
        let mut now = 1;
        for rest in [5, 10, 20, 40, 60, 60] {
            assert_eq!(ways.current(mins(now)), Way::Mercury);
            ways.found(&room, at(now).at.plus_millis(5000), mins(now));
            assert_eq!(ways.judge(at(now)), []);
            now += 1;
            assert_eq!(ways.judge(at(now)), [Failure { way: Way::Mercury, rooms: 1, rest: mins(rest) }]);
            assert_eq!(ways.next_due(mins(now)), Some(mins(now + rest)));
            ways.found(&room, at(now).at.plus_millis(5000), mins(now));
            assert_eq!((ways.current(mins(now + rest - 1)), ways.judge(at(now + rest - 1))), (Way::Polling, vec![]));
            now += rest;
        }
        now += 61;
        ways.found(&room, at(now).at, mins(now));
        assert_eq!(ways.judge(at(now + 1))[0].rest, mins(5), "it did well for an hour");
    }

    #[test]
    fn each_way_is_judged_by_what_itself_told() {
        let mut ways = Ways::new(&[Way::Webhook, Way::Mercury], at(0));
        for way in [Way::Webhook, Way::Mercury] {
            ways.set_up(way, true, at(0));
        }
        let room = RoomId::new("a");
        ways.found(&room, at(1).at, mins(1));
        ways.told(Way::Mercury, &room, at(1));
        assert_eq!(ways.judge(at(2)).iter().map(|failure| failure.way).collect::<Vec<_>>(), [Way::Webhook]);
        assert_eq!(ways.current(mins(2)), Way::Mercury);
    }
}
