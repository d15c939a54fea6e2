//! What goes wrong on purpose: the next requests that match get trouble instead of an answer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// Trouble for the next `count` requests that match. Faults are tried in the order they were added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The method, upper case; `*` is any.
    #[serde(default = "any_method")]
    pub method: String,
    /// What the path starts with, e.g. `/v1/messages`, `/api/v2/joseencrypt` or `/gov`.
    pub path_prefix: String,
    /// How many requests meet it.
    #[serde(default = "once")]
    pub count: u32,
    /// What they meet.
    pub effect: FaultEffect,
}

/// What a request meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultEffect {
    /// An error answer in Webex's form; nothing is done.
    Answer {
        /// The status, e.g. 429 or 503.
        status: u16,
        /// The header `Retry-After`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_secs: Option<u64>,
    },
    /// The connection ends without an answer and nothing is done.
    DropBefore,
    /// What was asked is done, then the connection ends without an answer.
    DropAfter,
    /// Everything goes well, but later, by the sandbox's clock: one that is moved ends the wait.
    Slow {
        /// How much later.
        ms: u64,
    },
    /// What was asked is done and the status is good, but the body is empty.
    EmptyBody,
    /// What was asked is done and the status is good, but the body is a page of HTML.
    NotJson,
    /// What was asked is done and the status is good, but the JSON ends in the middle.
    Truncated,
    /// What was asked is done, but the broker's answer has no link for a guest.
    EmptyGuests,
}

fn any_method() -> String {
    "*".to_owned()
}

fn once() -> u32 {
    1
}

impl Fault {
    /// Answers one request with the status.
    pub fn answer(method: &str, path_prefix: &str, status: u16) -> Self {
        Self::new(method, path_prefix, FaultEffect::Answer { status, retry_after_secs: None })
    }

    /// Drops the connection of one request before anything is done.
    pub fn drop_before(method: &str, path_prefix: &str) -> Self {
        Self::new(method, path_prefix, FaultEffect::DropBefore)
    }

    /// Drops the connection of one request after everything is done.
    pub fn drop_after(method: &str, path_prefix: &str) -> Self {
        Self::new(method, path_prefix, FaultEffect::DropAfter)
    }

    /// Answers one request later, by the sandbox's clock.
    pub fn slow(method: &str, path_prefix: &str, ms: u64) -> Self {
        Self::new(method, path_prefix, FaultEffect::Slow { ms })
    }

    /// Does what one request asks and answers with an empty body.
    pub fn empty_body(method: &str, path_prefix: &str) -> Self {
        Self::new(method, path_prefix, FaultEffect::EmptyBody)
    }

    /// Does what one request asks and answers with HTML.
    pub fn not_json(method: &str, path_prefix: &str) -> Self {
        Self::new(method, path_prefix, FaultEffect::NotJson)
    }

    /// Does what one request asks and answers with half of the JSON.
    pub fn truncated(method: &str, path_prefix: &str) -> Self {
        Self::new(method, path_prefix, FaultEffect::Truncated)
    }

    /// Mints for the hosts only, whatever one request asks.
    pub fn empty_guests(path_prefix: &str) -> Self {
        Self::new("POST", path_prefix, FaultEffect::EmptyGuests)
    }

    /// For so many requests.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    /// With the header `Retry-After`, where there is an answer.
    #[must_use]
    pub fn retry_after(mut self, secs: u64) -> Self {
        if let FaultEffect::Answer { retry_after_secs, .. } = &mut self.effect {
            *retry_after_secs = Some(secs);
        }
        self
    }

    fn new(method: &str, path_prefix: &str, effect: FaultEffect) -> Self {
        Self { method: method.to_owned(), path_prefix: path_prefix.to_owned(), count: 1, effect }
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method.eq_ignore_ascii_case(method)) && path.starts_with(&self.path_prefix)
    }
}

/// The faults still to come.
#[derive(Default)]
pub(crate) struct Faults {
    waiting: Mutex<Vec<Fault>>,
}

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        if fault.count > 0 {
            self.lock().push(fault);
        }
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn all(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// What this request meets; it is used up.
    pub(crate) fn take(&self, method: &str, path: &str) -> Option<FaultEffect> {
        let mut waiting = self.lock();
        let index = waiting.iter().position(|fault| fault.matches(method, path))?;
        let fault = waiting.get_mut(index)?;
        let effect = fault.effect.clone();
        fault.count -= 1;
        if fault.count == 0 {
            waiting.remove(index);
        }
        Some(effect)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_meets_as_many_requests_as_it_says() {
        let faults = Faults::default();
        faults.add(Fault::drop_before("POST", "/v1/messages").times(2));
        assert_eq!(faults.take("GET", "/v1/messages"), None);
        assert_eq!(faults.take("POST", "/v1/rooms"), None);
        assert_eq!(faults.take("POST", "/v1/messages"), Some(FaultEffect::DropBefore));
        assert_eq!(faults.take("POST", "/v1/messages"), Some(FaultEffect::DropBefore));
        assert_eq!(faults.take("POST", "/v1/messages"), None);
    }

    #[test]
    fn a_fault_is_read_from_json() {
        let json = r#"{"method":"POST","path_prefix":"/v1","effect":{"kind":"answer","status":429,"retry_after_secs":3}}"#;
        assert_eq!(serde_json::from_str::<Fault>(json).unwrap(), Fault::answer("POST", "/v1", 429).retry_after(3));
    }
}
