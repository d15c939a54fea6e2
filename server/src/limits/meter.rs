//! Counts how often each of many does something, by GCRA, in bounded memory.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use governor::{Quota, RateLimiter, clock::Clock as Time, middleware::NoOpMiddleware, nanos::Nanos, state::keyed::HashMapStateStore};

use super::rate::Rate;
use crate::clock::Clock;

/// Beyond so many at once, those are forgotten who may do everything again.
const MAX_KEYS: usize = 100_000;

type Limiter = RateLimiter<u64, HashMapStateStore<u64>, PortalTime, NoOpMiddleware<Nanos>>;

/// One limit, kept for each key apart.
pub(super) struct Meter {
    quota: Quota,
    time: PortalTime,
    /// Keys are kept as hashes that nobody outside can foresee.
    hasher: RandomState,
    limiter: Mutex<Limiter>,
}

impl Meter {
    /// `None` for a rate that allows nothing at all, which cannot be configured.
    pub(super) fn new(rate: Rate, clock: Clock) -> Option<Self> {
        let quota = Quota::with_period(rate.interval())?.allow_burst(rate.burst());
        let time = PortalTime(clock);
        let limiter = Mutex::new(RateLimiter::hashmap_with_clock(quota, time.clone()));
        Some(Self { quota, time, hasher: RandomState::new(), limiter })
    }

    /// Counts once more.
    ///
    /// # Errors
    ///
    /// How long to wait, if that is more than is allowed; then it does not count.
    pub(super) fn count(&self, key: impl Hash) -> Result<(), Duration> {
        let key = self.hasher.hash_one(key);
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        if limiter.len() >= MAX_KEYS {
            limiter.retain_recent();
            if limiter.len() > MAX_KEYS / 2 {
                // So many at once that each has hardly done anything: whom it concerns comes from everywhere, and is not held up
                // by what each may do. Everybody begins anew, and memory stays what it is.
                *limiter = RateLimiter::hashmap_with_clock(self.quota, self.time.clone());
            }
        }
        limiter.check_key(&key).map_err(|not_until| not_until.wait_time_from(self.time.now()))
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.limiter.lock().unwrap().len()
    }
}

/// The portal's own time, as the library of limits asks for it.
#[derive(Clone)]
struct PortalTime(Clock);

impl Time for PortalTime {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn meter(rate: &str) -> (Meter, Clock) {
        let clock = Clock::system();
        (Meter::new(Rate::parse(rate).unwrap(), clock.clone()).unwrap(), clock)
    }

    #[test]
    fn one_more_than_the_burst_is_refused_until_its_time_has_come() {
        let (meter, clock) = meter("60/min burst 3");
        for _ in 0..3 {
            meter.count("a").unwrap();
        }
        let wait = meter.count("a").unwrap_err();
        assert!((900..=1000).contains(&wait.as_millis()), "{wait:?}");
        meter.count("b").unwrap();
        clock.advance(wait);
        meter.count("a").unwrap();
        meter.count("a").unwrap_err();
        clock.advance(Duration::from_secs(3600));
        for _ in 0..3 {
            meter.count("a").unwrap();
        }
        meter.count("a").unwrap_err();
    }

    #[test]
    fn a_million_keys_take_bounded_room() {
        let (meter, _) = meter("1/h burst 1");
        let mut most = 0;
        for key in 0..1_000_000_u32 {
            let _ = meter.count(key);
            most = most.max(meter.len());
        }
        assert!(most <= MAX_KEYS, "{most}");
    }

    #[test]
    fn whoever_is_held_up_stays_so_while_others_come() {
        let (meter, _) = meter("1/h burst 1");
        meter.count("a").unwrap();
        for key in 0..MAX_KEYS / 2 {
            let _ = meter.count(key);
        }
        meter.count("a").unwrap_err();
    }

    proptest! {
        /// Against the rule in whole numbers: a bucket of `burst`, refilled by one each interval.
        #[test]
        fn it_counts_as_a_bucket_that_is_refilled(steps in proptest::collection::vec(0_u64..2500, 1..60)) {
            let (meter, clock) = meter("60/min burst 4");
            // The clock goes by itself, too: what is decided within so little of a whole step may go either way.
            let (slack, capacity, step) = (50_i64, 4000_i64, 1000_i64);
            let mut filled = capacity;
            let mut last = clock.elapsed();
            for millis in steps {
                clock.advance(Duration::from_millis(millis));
                let passed = clock.elapsed().saturating_sub(last);
                last = clock.elapsed();
                filled = (filled + i64::try_from(passed.as_millis()).unwrap()).min(capacity);
                let allowed = meter.count(0).is_ok();
                if filled > step + slack { prop_assert!(allowed, "{filled}"); }
                if filled < step - slack { prop_assert!(!allowed, "{filled}"); }
                if allowed { filled -= step; }
            }
        }
    }
}
