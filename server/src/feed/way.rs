//! The ways of hearing from Webex, and which one is used: the best that is up and to be trusted. Pure.

use std::time::Duration;

use shared::RoomId;

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
    /// What was wrong with it last.
    trouble: String,
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
    pub(super) fn new(preferred: &[Way], now: Duration) -> Self {
        let candidate = |way: &Way| Candidate {
            way: *way,
            is_up: false,
            trusted_from: Duration::ZERO,
            distrust: FIRST_DISTRUST,
            probation: Probation::new(now),
            trouble: String::new(),
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

    /// Why no better way is relied on; empty where nothing is wrong.
    pub(super) fn why(&self, now: Duration) -> String {
        let better = self.live.iter().take_while(|candidate| !candidate.is_good(now));
        better.map(|candidate| candidate.trouble.as_str()).filter(|trouble| !trouble.is_empty()).collect::<Vec<_>>().join(", and ")
    }

    /// A way works, or does not and why, as far as itself can tell.
    pub(super) fn set_up(&mut self, way: Way, is_up: bool, why: &str, now: Duration) {
        let Some(candidate) = self.live.iter_mut().find(|candidate| candidate.way == way) else { return };
        if !is_up {
            candidate.trouble = why.to_owned();
        }
        if candidate.is_up != is_up {
            candidate.is_up = is_up;
            candidate.probation = Probation::new(candidate.trusted_from.max(now));
        }
    }

    /// A way told of a room.
    pub(super) fn told(&mut self, way: Way, room_id: &RoomId, now: Duration) {
        if let Some(candidate) = self.live.iter_mut().find(|candidate| candidate.way == way) {
            candidate.probation.told(room_id, now);
        }
    }

    /// A room is heard from now on: nobody can have told of what was said there before.
    pub(super) fn begin_room(&mut self, room_id: &RoomId, now: Duration) {
        self.live.iter_mut().for_each(|candidate| candidate.probation.told(room_id, now));
    }

    /// The newest message of a room, which is so old, was found by looking: each way should have told of it.
    pub(super) fn found(&mut self, room_id: &RoomId, age: Duration, now: Duration) {
        for candidate in self.live.iter_mut().filter(|candidate| candidate.is_good(now)) {
            candidate.probation.found(room_id, age, now);
        }
    }

    /// Judges each way by what it had to bring until now.
    pub(super) fn judge(&mut self, now: Duration) -> Vec<Failure> {
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

    fn judge(&mut self, now: Duration) -> Option<Failure> {
        let rooms = self.probation.missed(now);
        if rooms == 0 {
            return None;
        }
        if now.saturating_sub(self.trusted_from) > LONGEST_DISTRUST {
            // It did well for long.
            self.distrust = FIRST_DISTRUST;
        }
        let rest = self.distrust;
        self.distrust = (rest * 2).min(LONGEST_DISTRUST);
        self.trusted_from = now + rest;
        self.probation = Probation::new(self.trusted_from);
        self.trouble = format!("{} did not tell of new messages in {rooms} space(s)", self.way.as_word());
        Some(Failure { way: self.way, rooms, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Later than what two clocks may differ by.
    const SOON: Duration = Duration::from_secs(5);

    const fn mins(mins: u64) -> Duration {
        Duration::from_secs(mins * 60)
    }

    #[test]
    fn the_best_way_that_is_up_is_relied_on_and_polling_where_none_is() {
        let mut ways = Ways::new(&[Way::Webhook, Way::Mercury], mins(0));
        assert_eq!(ways.current(mins(0)), Way::Polling);
        ways.set_up(Way::Mercury, true, "", mins(0));
        assert_eq!(ways.current(mins(0)), Way::Mercury);
        ways.set_up(Way::Webhook, true, "", mins(0));
        assert_eq!(ways.current(mins(0)), Way::Webhook);
        assert!(ways.is_good(Way::Mercury, mins(0)), "for what only it carries");
        assert_eq!(ways.why(mins(0)), "");
        ways.set_up(Way::Webhook, false, "refused", mins(0));
        assert_eq!((ways.current(mins(0)), ways.why(mins(0))), (Way::Mercury, "refused".to_owned()));
        ways.set_up(Way::Mercury, false, "closed", mins(0));
        assert_eq!((ways.current(mins(0)), ways.why(mins(0))), (Way::Polling, "refused, and closed".to_owned()));
        assert_eq!(Ways::new(&[], mins(0)).current(mins(0)), Way::Polling);
    }

    #[test]
    fn a_way_that_brought_nothing_is_tried_again_later_and_each_time_later() {
        let mut ways = Ways::new(&[Way::Mercury], mins(0));
        let room = RoomId::new("a");
        ways.set_up(Way::Mercury, true, "", mins(0));
        let mut now = 1;
        for rest in [5, 10, 20, 40, 60, 60] {
            assert_eq!(ways.current(mins(now)), Way::Mercury);
            ways.found(&room, Duration::ZERO, mins(now) + SOON);
            assert_eq!(ways.judge(mins(now)), []);
            now += 1;
            assert_eq!(ways.judge(mins(now)), [Failure { way: Way::Mercury, rooms: 1, rest: mins(rest) }]);
            assert_eq!(ways.next_due(mins(now)), Some(mins(now + rest)));
            ways.found(&room, Duration::ZERO, mins(now) + SOON);
            assert_eq!((ways.current(mins(now + rest - 1)), ways.judge(mins(now + rest - 1))), (Way::Polling, vec![]));
            now += rest;
        }
        now += 61;
        ways.found(&room, Duration::ZERO, mins(now));
        assert_eq!(ways.judge(mins(now + 1))[0].rest, mins(5), "it did well for an hour");
    }

    #[test]
    fn each_way_is_judged_by_what_itself_told() {
        let mut ways = Ways::new(&[Way::Webhook, Way::Mercury], mins(0));
        for way in [Way::Webhook, Way::Mercury] {
            ways.set_up(way, true, "", mins(0));
        }
        let room = RoomId::new("a");
        ways.found(&room, Duration::ZERO, mins(1));
        ways.told(Way::Mercury, &room, mins(1));
        assert_eq!(ways.judge(mins(2)).iter().map(|failure| failure.way).collect::<Vec<_>>(), [Way::Webhook]);
        assert_eq!(ways.current(mins(2)), Way::Mercury);
    }
}
