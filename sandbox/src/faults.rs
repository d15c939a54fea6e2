//! What goes wrong on purpose: the next requests that match get trouble instead of an answer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// Trouble for the next `count` requests that match. Faults are tried in the order they were added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The method, upper case; `*` is any of a client's. `WEBHOOK` is the sandbox's own request to a webhook's target.
    #[serde(default = "any_method")]
    pub method: String,
    /// What the path starts with, e.g. `/v1/messages`, `/api/v2/joseencrypt` or `/gov`; of a webhook `/messages/created`.
    pub path_prefix: String,
    /// How many requests meet it.
    #[serde(default = "once")]
    pub count: u32,
    /// How likely each request that matches meets it, from 0 to 1.
    #[serde(default = "surely", skip_serializing_if = "is_sure")]
    pub probability: f64,
    /// Which requests these are: the same seed hits the same ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// What they meet.
    pub effect: FaultEffect,
}

/// What a request meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
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
    /// The connection ends without an answer, and what was asked is done so much later, by the sandbox's clock.
    DoneLate {
        /// How much later.
        ms: u64,
    },
    /// What was asked is done and the answer begins at once, but its body takes so long, by the sandbox's clock.
    SlowBody {
        /// From its first byte to its last.
        ms: u64,
    },
    /// What was asked is done, and the connection ends in the middle of the body.
    DropMidway,
    /// What was asked is done and the status is good, but the body is empty.
    EmptyBody,
    /// What was asked is done and the status is good, but the body is a page of HTML.
    NotJson,
    /// What was asked is done and the status is good, but the list that is answered has nothing in it.
    EmptyList,
    /// What was asked is done and the status is good, but the JSON ends in the middle.
    Truncated,
    /// What was asked is done, but the broker's answer has no link for a guest.
    EmptyGuests,
    /// A webhook's target is told twice.
    Twice,
    /// A webhook's target is told with a wrong signature.
    Forged,
}

fn any_method() -> String {
    "*".to_owned()
}

fn once() -> u32 {
    1
}

fn surely() -> f64 {
    1.0
}

fn is_sure(probability: &f64) -> bool {
    *probability >= 1.0
}

impl Fault {
    /// The method of the sandbox's own requests.
    const WEBHOOK: &str = "WEBHOOK";

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

    /// Drops the connection of one request and does what it asks later.
    pub fn done_late(method: &str, path_prefix: &str, ms: u64) -> Self {
        Self::new(method, path_prefix, FaultEffect::DoneLate { ms })
    }

    /// Something happens to one request to a webhook's target, e.g. of `/messages/created`.
    pub fn webhook(path_prefix: &str, effect: FaultEffect) -> Self {
        Self::new(Self::WEBHOOK, path_prefix, effect)
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

    /// Each request that matches meets it only so likely; the seed says which.
    #[must_use]
    pub fn with_probability(mut self, probability: f64, seed: u64) -> Self {
        self.probability = probability;
        self.seed = Some(seed);
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
        Self { method: method.to_owned(), path_prefix: path_prefix.to_owned(), count: 1, probability: 1.0, seed: None, effect }
    }

    fn is_of_webhooks(&self) -> bool {
        self.method.eq_ignore_ascii_case(Self::WEBHOOK)
    }

    fn meets_request(&self, method: &str, path: &str) -> bool {
        let is_method = self.method == "*" || self.method.eq_ignore_ascii_case(method);
        is_method && !self.is_of_webhooks() && path.starts_with(&self.path_prefix)
    }

    fn meets_delivery(&self, path: &str) -> bool {
        self.is_of_webhooks() && path.starts_with(&self.path_prefix)
    }

    /// What makes no sense, and what to write instead.
    fn problem(&self) -> Option<String> {
        use FaultEffect::{Answer, DropBefore, Forged, Slow, Twice};
        let is_webhooks = self.is_of_webhooks();
        match self.effect {
            Twice | Forged if !is_webhooks => Some("the kinds twice and forged are for the method WEBHOOK".to_owned()),
            DropBefore | Slow { .. } | Twice | Forged => None,
            _ if is_webhooks => Some("a webhook can be told late (slow), twice, forged or not at all (drop_before)".to_owned()),
            Answer { status, .. } if !(400..600).contains(&status) => Some(format!("{status} is not the status of an error")),
            _ => None,
        }
        .or_else(|| (!(0.0..=1.0).contains(&self.probability)).then(|| "probability goes from 0 to 1".to_owned()))
        .or_else(|| (!self.path_prefix.starts_with('/')).then(|| "path_prefix begins with a slash".to_owned()))
    }
}

/// A fault, and the dice it throws.
struct Waiting {
    fault: Fault,
    dice: Rng,
}

/// The faults still to come.
#[derive(Default)]
pub(crate) struct Faults {
    waiting: Mutex<Vec<Waiting>>,
}

impl Faults {
    /// One that makes no sense is refused.
    pub(crate) fn add(&self, fault: Fault) -> Result<(), String> {
        if let Some(problem) = fault.problem() {
            return Err(problem);
        }
        if fault.count > 0 {
            let dice = fault.seed.map_or_else(Rng::new, Rng::with_seed);
            self.lock().push(Waiting { fault, dice });
        }
        Ok(())
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn all(&self) -> Vec<Fault> {
        self.lock().iter().map(|waiting| waiting.fault.clone()).collect()
    }

    /// What a client's request meets; it is used up.
    pub(crate) fn take(&self, method: &str, path: &str) -> Option<FaultEffect> {
        self.take_first(|fault| fault.meets_request(method, path))
    }

    /// What a request to a webhook's target meets; it is used up.
    pub(crate) fn take_for_delivery(&self, path: &str) -> Option<FaultEffect> {
        self.take_first(|fault| fault.meets_delivery(path))
    }

    fn take_first(&self, is_met: impl Fn(&Fault) -> bool) -> Option<FaultEffect> {
        let mut waiting = self.lock();
        let is_hit = |Waiting { fault, dice }: &mut Waiting| is_met(fault) && dice.f64() < fault.probability;
        let index = waiting.iter_mut().position(is_hit)?;
        let fault = &mut waiting.get_mut(index)?.fault;
        let effect = fault.effect.clone();
        fault.count -= 1;
        if fault.count == 0 {
            waiting.remove(index);
        }
        Some(effect)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_meets_as_many_requests_as_it_says() {
        let faults = Faults::default();
        faults.add(Fault::drop_before("POST", "/v1/messages").times(2)).unwrap();
        assert_eq!(faults.take("GET", "/v1/messages"), None);
        assert_eq!(faults.take("POST", "/v1/rooms"), None);
        assert_eq!(faults.take("POST", "/v1/messages"), Some(FaultEffect::DropBefore));
        assert_eq!(faults.take("POST", "/v1/messages"), Some(FaultEffect::DropBefore));
        assert_eq!(faults.take("POST", "/v1/messages"), None);
    }

    #[test]
    fn the_same_seed_hits_the_same_requests() {
        let hits = |seed| {
            let faults = Faults::default();
            faults.add(Fault::drop_before("*", "/v1").times(1000).with_probability(0.3, seed)).unwrap();
            (0..100).map(|_| faults.take("GET", "/v1/rooms").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(hits(7), hits(7));
        assert_ne!(hits(7), hits(8));
        let count = hits(7).into_iter().filter(|is_hit| *is_hit).count();
        assert!((15..45).contains(&count), "{count}");
    }

    #[test]
    fn a_fault_that_makes_no_sense_is_refused() {
        let faults = Faults::default();
        for wrong in [
            Fault::answer("GET", "/v1", 200),
            Fault::answer("GET", "v1", 500),
            Fault::drop_before("GET", "/v1").with_probability(1.5, 1),
            Fault::webhook("/messages", FaultEffect::Truncated),
            Fault::new("GET", "/v1", FaultEffect::Twice),
        ] {
            assert!(faults.add(wrong.clone()).is_err(), "{wrong:?}");
        }
        assert_eq!(faults.all(), []);
    }

    #[test]
    fn a_webhooks_fault_meets_webhooks_only() {
        let faults = Faults::default();
        faults.add(Fault::webhook("/messages/created", FaultEffect::Twice)).unwrap();
        faults.add(Fault::drop_before("*", "/")).unwrap();
        assert_eq!(faults.take_for_delivery("/messages/deleted"), None);
        assert_eq!(faults.take_for_delivery("/messages/created"), Some(FaultEffect::Twice));
        assert_eq!(faults.take("POST", "/messages/created"), Some(FaultEffect::DropBefore));
    }

    #[test]
    fn a_fault_is_read_from_json() {
        let json = r#"{"method":"POST","path_prefix":"/v1","effect":{"kind":"answer","status":429,"retry_after_secs":3}}"#;
        assert_eq!(serde_json::from_str::<Fault>(json).unwrap(), Fault::answer("POST", "/v1", 429).retry_after(3));
    }
}
