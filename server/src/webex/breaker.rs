//! Whether Webex is worth asking for something, by how that went lately. The machine, with no clock and no network.
//!
//! ```text
//! closed --(half of at least 20 calls in 10 s failed)--> open --(5 s, 10 s, ... 60 s)--> half open
//!    ^                                                     ^------- the one call failed ----'  |
//!    '------------------------------ the one call did not ------------------------------------'
//! ```

use std::time::Duration;

/// How far back calls count.
const WINDOW_SECS: u64 = 10;
/// Fewer calls than these say nothing.
const MIN_CALLS: u32 = 20;
const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(60);
/// A call that finds out whether it is any better, and was given up by whoever made it, keeps others waiting no longer.
const PROBE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, Default)]
struct Second {
    number: u64,
    calls: u32,
    failures: u32,
}

/// Counts how calls of one kind end, and lets them be for a while when too many fail.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    lately: [Second; WINDOW_SECS as usize],
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    until: Duration,
    rest: Duration,
    /// Since when one call is finding out.
    probing_since: Option<Duration>,
}

/// What an end of a call changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nobody asks for so long.
    Opened(Duration),
    /// Everybody may ask again.
    Closed,
}

impl Breaker {
    /// Whether a call may be made now, by the clock's elapsed time.
    pub(super) fn may_ask(&mut self, now: Duration) -> bool {
        let Some(open) = &mut self.open else { return true };
        let is_probing = open.probing_since.is_some_and(|since| now.saturating_sub(since) < PROBE);
        let may_probe = now >= open.until && !is_probing;
        if may_probe {
            open.probing_since = Some(now);
        }
        may_probe
    }

    /// Whether calls are let be.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// A call that was let through has ended. One that began earlier than the rest says nothing about what came after.
    pub(super) fn ended(&mut self, now: Duration, has_failed: bool) -> Option<Change> {
        if let Some(open) = self.open {
            open.probing_since?;
            if !has_failed {
                *self = Self::default();
                return Some(Change::Closed);
            }
            return Some(self.rest(now, (open.rest * 2).min(LONGEST_REST)));
        }
        let number = now.as_secs();
        let second = &mut self.lately[(number % WINDOW_SECS) as usize];
        if second.number != number {
            *second = Second { number, ..Second::default() };
        }
        second.calls += 1;
        second.failures += u32::from(has_failed);
        let recent = self.lately.iter().filter(|second| number - second.number < WINDOW_SECS);
        let (calls, failures) = recent.fold((0, 0), |(calls, failures), second| (calls + second.calls, failures + second.failures));
        (has_failed && calls >= MIN_CALLS && failures * 2 >= calls).then(|| self.rest(now, FIRST_REST))
    }

    fn rest(&mut self, now: Duration, rest: Duration) -> Change {
        self.lately = Default::default();
        self.open = Some(Open { until: now + rest, rest, probing_since: None });
        Change::Opened(rest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        let changes: Vec<_> = (0..MIN_CALLS).filter_map(|_| breaker.ended(secs(100), true)).collect();
        assert_eq!(changes, [Change::Opened(FIRST_REST)]);
        breaker
    }

    #[test]
    fn a_few_failures_or_few_among_many_change_nothing() {
        let mut breaker = Breaker::default();
        for number in 0..1000 {
            assert_eq!(breaker.ended(secs(100 + number / 50), number % 5 < 2), None);
        }
        let mut quiet = Breaker::default();
        for number in 0..100 {
            assert_eq!(quiet.ended(secs(100 + number), true), None, "one a second is too few to tell");
        }
    }

    #[test]
    fn one_call_finds_out_and_the_others_wait() {
        let mut breaker = opened();
        assert!(!breaker.may_ask(secs(104)));
        assert!(breaker.may_ask(secs(105)));
        assert!(!breaker.may_ask(secs(106)), "one is asking");
        assert_eq!(breaker.ended(secs(107), true), Some(Change::Opened(secs(10))));
        assert!(!breaker.may_ask(secs(116)));
        assert!(breaker.may_ask(secs(117)));
        assert_eq!(breaker.ended(secs(118), false), Some(Change::Closed));
        assert!(breaker.may_ask(secs(118)));
    }

    #[test]
    fn one_that_finds_out_and_is_given_up_is_not_waited_for_for_ever() {
        let mut breaker = opened();
        assert!(breaker.may_ask(secs(105)));
        assert!(breaker.may_ask(secs(105) + PROBE));
    }

    #[test]
    fn what_began_before_the_rest_says_nothing() {
        let mut breaker = opened();
        assert_eq!(breaker.ended(secs(102), false), None);
        assert!(!breaker.may_ask(secs(103)));
    }

    proptest! {
        /// Against what the words say, told from the whole history of calls.
        #[test]
        fn it_opens_exactly_when_half_of_enough_calls_failed(calls in prop::collection::vec((0_u64..700, any::<bool>()), 1..120)) {
            let mut breaker = Breaker::default();
            let (mut now, mut history) = (secs(1000), Vec::new());
            for (pause, has_failed) in calls {
                now += Duration::from_millis(pause);
                history.push((now.as_secs(), has_failed));
                let recent: Vec<_> = history.iter().filter(|(at, _)| now.as_secs() - at < WINDOW_SECS).collect();
                let failed = recent.iter().filter(|(_, has_failed)| *has_failed).count();
                let is_to_open = has_failed && recent.len() >= MIN_CALLS as usize && failed * 2 >= recent.len();
                let change = breaker.ended(now, has_failed);
                prop_assert_eq!(change == Some(Change::Opened(FIRST_REST)), is_to_open);
                if is_to_open {
                    break;
                }
            }
        }

        /// Whatever comes, it is never closed to everybody for longer than the longest rest and a probe.
        #[test]
        fn somebody_is_let_through_in_time(steps in prop::collection::vec((0_u64..5000, any::<bool>(), any::<bool>()), 1..400)) {
            let (mut breaker, mut now, mut last_let_through) = (Breaker::default(), secs(1000), secs(1000));
            for (pause, has_failed, is_given_up) in steps {
                now += Duration::from_millis(pause);
                if breaker.may_ask(now) {
                    last_let_through = now;
                    if !is_given_up {
                        breaker.ended(now, has_failed);
                    }
                }
                prop_assert!(now - last_let_through <= LONGEST_REST + PROBE);
            }
        }
    }
}
