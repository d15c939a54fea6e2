//! When a webhook is given up, and the trouble on the way to its target.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chance::{check_percent, copies};
use crate::ids::WebhookId;
use crate::moment::Moment;

/// A webhook whose target fails so often within so long becomes inactive. The numbers are an assumption: Webex tells none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookRules {
    /// How many failures are too many; 0 never gives up.
    pub failures: u32,
    /// Within how many seconds.
    pub per_secs: u32,
    /// How many milliseconds a target has to answer.
    pub answer_within_ms: u32,
    /// Of a hundred deliveries so many get lost.
    pub loses_percent: u8,
    /// And so many are made twice.
    pub duplicates_percent: u8,
    /// How many milliseconds later each is made, by the sandbox's clock.
    pub delay_ms: u32,
}

impl Default for WebhookRules {
    fn default() -> Self {
        Self { failures: 100, per_secs: 300, answer_within_ms: 10_000, loses_percent: 0, duplicates_percent: 0, delay_ms: 0 }
    }
}

impl WebhookRules {
    pub(super) fn check(&self) -> Result<(), String> {
        check_percent("loses_percent", self.loses_percent)?;
        check_percent("duplicates_percent", self.duplicates_percent)
    }

    pub(super) fn delay(&self) -> Duration {
        Duration::from_millis(u64::from(self.delay_ms))
    }

    /// How often this one delivery is made.
    pub(super) fn copies(&self) -> usize {
        copies(self.loses_percent, self.duplicates_percent)
    }
}

/// The rules, and who failed when.
#[derive(Default)]
pub(super) struct Failures {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    rules: WebhookRules,
    failures: HashMap<WebhookId, VecDeque<Moment>>,
}

impl Failures {
    pub(super) fn rules(&self) -> WebhookRules {
        self.lock().rules
    }

    pub(super) fn set(&self, rules: WebhookRules) {
        self.lock().rules = rules;
    }

    pub(super) fn clear(&self) {
        *self.lock() = Held::default();
    }

    /// Whether this failure is one too many. Counting begins anew then.
    pub(super) fn is_too_many(&self, webhook: WebhookId, now: Moment) -> bool {
        let mut held = self.lock();
        let WebhookRules { failures: limit, per_secs, .. } = held.rules;
        let failures = held.failures.entry(webhook).or_default();
        failures.push_back(now);
        while failures.front().is_some_and(|oldest| oldest.plus_secs(i64::from(per_secs)) <= now) {
            failures.pop_front();
        }
        let is_too_many = limit > 0 && failures.len() >= limit as usize;
        if is_too_many {
            failures.clear();
        }
        is_too_many
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_within_the_time_count() {
        let failures = Failures::default();
        failures.set(WebhookRules { failures: 3, per_secs: 10, ..WebhookRules::default() });
        let webhook = WebhookId::new(uuid::Uuid::nil());
        let at = |secs: i64| failures.is_too_many(webhook, Moment::from_ms(secs * 1000));
        assert_eq!([at(0), at(5), at(10), at(12), at(13)], [false, false, false, true, false]);
    }
}
