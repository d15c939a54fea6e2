//! What an answer of a receiver means, and when it is tried again. Pure.

use std::time::Duration;

/// How long to wait after the first failure in a row, the second, and so on; after the last one, as long each time.
const STEPS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(60 * 60),
];
/// Whatever a receiver asks for, it is tried again after this.
const LONGEST_ASKED: Duration = Duration::from_secs(60 * 60);
/// By so much a wait is made longer, at most, so that many senders do not come back at once.
const JITTER: f64 = 0.2;

/// What a receiver's status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has the event.
    Delivered,
    /// It takes nothing at the moment: everything for it waits.
    Down,
    /// It works, and does not take this one event: the others go on.
    Refused,
    /// It wants nothing ever again.
    Gone,
}

impl Verdict {
    /// The word for those who count.
    pub(crate) fn as_word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Down => "down",
            Self::Refused => "refused",
            Self::Gone => "gone",
        }
    }
}

/// What a status means.
pub fn verdict(status: u16) -> Verdict {
    match status {
        200..=299 => Verdict::Delivered,
        410 => Verdict::Gone,
        408 | 425 | 429 => Verdict::Down,
        400..=499 => Verdict::Refused,
        // Redirects are not followed: they would lead signed events elsewhere.
        _ => Verdict::Down,
    }
}

/// How long to wait after so many failures in a row, at least 1. `chance` is between 0 and 1; `asked` is what the receiver
/// asked for.
pub(super) fn pause(failures: u32, chance: f64, asked: Option<Duration>) -> Duration {
    let place = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX).min(STEPS.len() - 1);
    let step = STEPS.get(place).copied().unwrap_or(LONGEST_ASKED);
    let step = step.mul_f64(1.0 + JITTER * chance.clamp(0.0, 1.0));
    match asked {
        // Not sooner than after any failure: some ask for nothing.
        Some(asked) => asked.min(LONGEST_ASKED).max(STEPS[0]),
        None => step,
    }
}

/// What the header `retry-after` asks for: seconds, or a date.
pub(super) fn asked_for(header: &str, now_secs: i64) -> Option<Duration> {
    let secs = match header.trim().parse::<i64>() {
        Ok(secs) => secs,
        Err(_) => jiff::fmt::rfc2822::parse(header.trim()).ok()?.timestamp().as_second().saturating_sub(now_secs),
    };
    u64::try_from(secs).ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_status_has_its_meaning() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(verdict(status), Verdict::Delivered, "{status}");
        }
        for status in [100, 301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504, 599, 999] {
            assert_eq!(verdict(status), Verdict::Down, "{status}");
        }
        for status in [400, 401, 403, 404, 405, 409, 413, 415, 422, 451] {
            assert_eq!(verdict(status), Verdict::Refused, "{status}");
        }
        assert_eq!(verdict(410), Verdict::Gone);
    }

    #[test]
    fn waits_grow_to_an_hour_and_stay_there() {
        let waits: Vec<u64> = (1..=9).map(|failures| pause(failures, 0.0, None).as_secs()).collect();
        assert_eq!(waits, [5, 30, 120, 300, 900, 1800, 3600, 3600, 3600]);
        assert_eq!(pause(0, 0.0, None).as_secs(), 5);
        assert_eq!(pause(u32::MAX, 1.0, None).as_secs(), 4320);
    }

    #[test]
    fn a_receiver_may_ask_for_up_to_an_hour() {
        let secs = |secs| Some(Duration::from_secs(secs));
        assert_eq!(pause(1, 0.5, secs(70)).as_secs(), 70);
        assert_eq!(pause(7, 0.5, secs(70)).as_secs(), 70);
        assert_eq!(pause(1, 0.5, secs(86_400)).as_secs(), 3600);
        assert_eq!(pause(1, 0.5, secs(0)).as_secs(), 5);
    }

    #[test]
    fn what_is_asked_for_is_read_in_seconds_or_as_a_date() {
        assert_eq!(asked_for("120", 0), Some(Duration::from_secs(120)));
        assert_eq!(asked_for("Wed, 21 Oct 2015 07:28:00 GMT", 1_445_412_470), Some(Duration::from_secs(10)));
        for nothing in ["", "soon", "-1", "Wed, 21 Oct 2015 07:28:00 GMT"] {
            assert_eq!(asked_for(nothing, 1_445_412_481), None, "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn a_wait_is_never_shorter_than_its_step_nor_much_longer(failures in 0..100_u32, chance in -1.0..2.0_f64, asked in proptest::option::of(0..100_000_u64)) {
            let (wait, least) = (pause(failures, chance, None), pause(failures, 0.0, None));
            prop_assert!(wait >= least && wait <= least.mul_f64(1.2 + f64::EPSILON));
            prop_assert!(pause(failures + 1, 0.0, None) >= least);
            let told = pause(failures, chance, asked.map(Duration::from_secs));
            prop_assert!(told >= STEPS[0] && told <= LONGEST_ASKED.mul_f64(1.2));
        }
    }
}
