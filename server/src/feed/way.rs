//! The ways of hearing from Webex, and which one is used: the best that is up and to be trusted. Pure.

use std::time::Duration;

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
}

impl Ways {
    /// The best one first. None is up yet.
    pub(super) fn new(preferred: &[Way]) -> Self {
        let candidate = |way: &Way| Candidate { way: *way, is_up: false, trusted_from: Duration::ZERO, distrust: FIRST_DISTRUST };
        Self { live: preferred.iter().map(candidate).collect() }
    }

    /// The way to use now.
    pub(super) fn current(&self, now: Duration) -> Way {
        self.live.iter().find(|candidate| candidate.is_up && candidate.trusted_from <= now).map_or(Way::Polling, |found| found.way)
    }

    /// Whether one way is preferred to another.
    pub(super) fn is_better(&self, way: Way, than: Way) -> bool {
        let place = |way| self.live.iter().position(|candidate| candidate.way == way).unwrap_or(self.live.len());
        place(way) < place(than)
    }

    /// When a way that is up will be trusted again.
    pub(super) fn next_change(&self, now: Duration) -> Option<Duration> {
        let waiting = self.live.iter().filter(|candidate| candidate.is_up && candidate.trusted_from > now);
        waiting.map(|candidate| candidate.trusted_from).min()
    }

    /// A way works, or does not, as far as itself can tell.
    pub(super) fn set_up(&mut self, way: Way, is_up: bool) {
        if let Some(candidate) = self.candidate(way) {
            candidate.is_up = is_up;
        }
    }

    /// A way did not bring what it should have; answers for how long it is not trusted.
    pub(super) fn distrust(&mut self, way: Way, now: Duration) -> Duration {
        let Some(candidate) = self.candidate(way) else { return Duration::ZERO };
        if now.saturating_sub(candidate.trusted_from) > LONGEST_DISTRUST {
            // It did well for long.
            candidate.distrust = FIRST_DISTRUST;
        }
        let distrust = candidate.distrust;
        candidate.trusted_from = now + distrust;
        candidate.distrust = (distrust * 2).min(LONGEST_DISTRUST);
        distrust
    }

    fn candidate(&mut self, way: Way) -> Option<&mut Candidate> {
        self.live.iter_mut().find(|candidate| candidate.way == way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn mins(mins: u64) -> Duration {
        Duration::from_secs(mins * 60)
    }

    #[test]
    fn the_best_way_that_is_up_is_used_and_polling_where_none_is() {
        let mut ways = Ways::new(&[Way::Webhook, Way::Mercury]);
        assert_eq!(ways.current(mins(0)), Way::Polling);
        ways.set_up(Way::Mercury, true);
        assert_eq!(ways.current(mins(0)), Way::Mercury);
        ways.set_up(Way::Webhook, true);
        assert_eq!(ways.current(mins(0)), Way::Webhook);
        ways.set_up(Way::Webhook, false);
        assert_eq!(ways.current(mins(0)), Way::Mercury);
        assert_eq!(Ways::new(&[]).current(mins(0)), Way::Polling);
    }

    #[test]
    fn a_way_that_brought_nothing_is_tried_again_later_and_each_time_later() {
        let mut ways = Ways::new(&[Way::Mercury]);
        ways.set_up(Way::Mercury, true);
        let mut now = mins(1);
        for distrust in [mins(5), mins(10), mins(20), mins(40), mins(60), mins(60)] {
            assert_eq!(ways.current(now), Way::Mercury);
            assert_eq!(ways.distrust(Way::Mercury, now), distrust);
            assert_eq!(ways.next_change(now), Some(now + distrust));
            assert_eq!(ways.current(now + distrust - mins(1)), Way::Polling);
            now += distrust;
        }
        assert_eq!(ways.distrust(Way::Mercury, now + mins(61)), mins(5), "it did well for an hour");
        assert_eq!(ways.distrust(Way::Webhook, now), mins(0), "there is none");
    }
}
