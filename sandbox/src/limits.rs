//! How much is too much: so many requests of one token, and so many messages into one room, within so long.
//!
//! Nothing is limited until somebody says so: Webex publishes no numbers, and a test should not meet a limit by chance.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// So many within so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many; at least 1.
    pub requests: u32,
    /// Within how many seconds; at least 1.
    pub per_secs: u32,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Requests with one access token, whatever they ask for.
    pub per_token: Option<RateLimit>,
    /// Messages that anybody writes or edits in one room.
    pub per_room: Option<RateLimit>,
}

/// What is too much: how many are allowed, and when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    pub(crate) limit: u32,
    pub(crate) retry_after_secs: u64,
}

#[derive(Default)]
pub(crate) struct Limits {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    limits: RateLimits,
    of_tokens: HashMap<String, VecDeque<Moment>>,
    of_rooms: HashMap<String, VecDeque<Moment>>,
}

impl Limits {
    pub(crate) fn get(&self) -> RateLimits {
        self.lock().limits
    }

    /// Counting begins anew.
    pub(crate) fn set(&self, limits: RateLimits) -> Result<(), String> {
        let is_bad = |limit: RateLimit| limit.requests == 0 || limit.per_secs == 0;
        if [limits.per_token, limits.per_room].into_iter().flatten().any(is_bad) {
            return Err("requests and per_secs are at least 1; leave a limit out to have none".to_owned());
        }
        *self.lock() = Held { limits, ..Held::default() };
        Ok(())
    }

    pub(crate) fn count_token(&self, token: &str, now: Moment) -> Result<(), TooMany> {
        let held = &mut *self.lock();
        held.limits.per_token.map_or(Ok(()), |limit| count(limit, held.of_tokens.entry(token.to_owned()).or_default(), now))
    }

    pub(crate) fn count_room(&self, room: &str, now: Moment) -> Result<(), TooMany> {
        let held = &mut *self.lock();
        held.limits.per_room.map_or(Ok(()), |limit| count(limit, held.of_rooms.entry(room.to_owned()).or_default(), now))
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is refused does not count.
fn count(limit: RateLimit, counted: &mut VecDeque<Moment>, now: Moment) -> Result<(), TooMany> {
    let window = i64::from(limit.per_secs) * 1000;
    while counted.front().is_some_and(|oldest| now.ms() - oldest.ms() >= window) {
        counted.pop_front();
    }
    if counted.len() >= limit.requests as usize {
        let left = counted.front().map_or(window, |oldest| window - (now.ms() - oldest.ms()));
        let retry_after_secs = u64::try_from(left.div_euclid(1000) + i64::from(left.rem_euclid(1000) > 0)).unwrap_or(1);
        return Err(TooMany { limit: limit.requests, retry_after_secs: retry_after_secs.max(1) });
    }
    counted.push_back(now);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_as_long_as_told_is_served() {
        let limits = Limits::default();
        limits.set(RateLimits { per_token: None, per_room: Some(RateLimit { requests: 2, per_secs: 10 }) }).unwrap();
        let at = |ms| limits.count_room("room", Moment::from_ms(ms));
        assert_eq!([at(0), at(4500)], [Ok(()), Ok(())]);
        assert_eq!(at(5000), Err(TooMany { limit: 2, retry_after_secs: 5 }));
        assert_eq!(at(5001), Err(TooMany { limit: 2, retry_after_secs: 5 }));
        assert_eq!(at(10_000), Ok(()));
        assert_eq!(at(10_000), Err(TooMany { limit: 2, retry_after_secs: 5 }));
        assert_eq!(limits.count_room("another", Moment::from_ms(0)), Ok(()));
        assert_eq!(limits.count_token("room", Moment::from_ms(0)), Ok(()));
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        assert!(Limits::default().set(RateLimits { per_token: Some(RateLimit { requests: 0, per_secs: 1 }), per_room: None }).is_err());
    }
}
