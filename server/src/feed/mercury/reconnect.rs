//! What to do after a socket has ended. Pure.

use std::time::Duration;

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(32);
/// Whoever may not listen now may later.
const WHILE_FORBIDDEN: Duration = Duration::from_secs(10 * 60);

/// How a socket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Webex closed it with a code, or told that it is about to.
    Closed(u16),
    /// The line broke, nobody answered, or what is needed could not be asked for.
    Broken,
    /// The token was refused.
    Unauthorized,
    /// The device is not known any more.
    DeviceGone,
    /// Webex does not let this one listen.
    Forbidden,
}

/// What the next try begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retry {
    /// After so long, a little less at random.
    pub(super) wait: Duration,
    /// With another token.
    pub(super) needs_token: bool,
    /// With another device.
    pub(super) needs_device: bool,
}

/// Waits longer after each failure, and starts anew after a success.
#[derive(Debug)]
pub(super) struct BackOff {
    wait: Duration,
    /// Another token was asked for last, too.
    was_unauthorized: bool,
}

impl Default for BackOff {
    fn default() -> Self {
        Self { wait: FIRST_WAIT, was_unauthorized: false }
    }
}

impl BackOff {
    /// The socket has listened for a while.
    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// What to do after this end. Close codes mean what Webex's own client takes them for.
    pub(super) fn after(&mut self, ended: Ended) -> Retry {
        let wait = self.wait;
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        let again = Retry { wait, needs_token: false, needs_device: false };
        // 4401: unauthorised; 1008: the authorisation was refused.
        let is_unauthorized = matches!(ended, Ended::Unauthorized | Ended::Closed(4401 | 1008));
        let was_unauthorized = std::mem::replace(&mut self.was_unauthorized, is_unauthorized);
        match ended {
            // A new token was of no use, and a next one would not be.
            _ if is_unauthorized && was_unauthorized => Retry { wait: WHILE_FORBIDDEN, ..again },
            _ if is_unauthorized => Retry { needs_token: true, ..again },
            // 4400: bad request; 1003: rejected.
            Ended::DeviceGone | Ended::Closed(4400 | 1003) => Retry { needs_device: true, ..again },
            Ended::Forbidden | Ended::Closed(4403) => Retry { wait: WHILE_FORBIDDEN, ..again },
            // 4000: somebody else uses this device; taking it back at once would go on for ever.
            Ended::Closed(4000) => Retry { wait: LONGEST_WAIT, needs_device: true, ..again },
            // 4001: replaced during a shutdown.
            Ended::Closed(_) | Ended::Broken | Ended::Unauthorized => again,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_waits_twice_as_long_until_something_works() {
        let mut back_off = BackOff::default();
        let waits: Vec<u64> = (0..7).map(|_| back_off.after(Ended::Broken).wait.as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 32]);
        back_off.succeeded();
        assert_eq!(back_off.after(Ended::Closed(1001)).wait.as_secs(), 1);
    }

    #[test]
    fn a_close_code_says_what_is_needed_next() {
        let needs = |code| {
            let Retry { needs_token, needs_device, .. } = BackOff::default().after(Ended::Closed(code));
            (needs_token, needs_device)
        };
        for code in [4401, 1008] {
            assert_eq!(needs(code), (true, false), "{code}");
        }
        for code in [4400, 1003, 4000] {
            assert_eq!(needs(code), (false, true), "{code}");
        }
        for code in [1000, 1001, 1005, 1006, 1011, 3050, 4001, 4999] {
            assert_eq!(needs(code), (false, false), "{code}");
        }
        let mut back_off = BackOff::default();
        assert!(back_off.after(Ended::Closed(4401)).needs_token);
        assert_eq!(back_off.after(Ended::Unauthorized), Retry { wait: WHILE_FORBIDDEN, needs_token: false, needs_device: false });
        assert_eq!(BackOff::default().after(Ended::Closed(4403)).wait, WHILE_FORBIDDEN);
        assert_eq!(BackOff::default().after(Ended::Closed(4000)).wait, LONGEST_WAIT);
    }
}
