//! What an administrator or a test has switched.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Whether the organisations may use Instant Connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Everything is set up.
    #[default]
    Active,
    /// No administrator pressed the button: 403.
    NotActivated,
    /// There is no site for meetings of guests with guests: 403.
    NoGuestToGuestSite,
}

/// How the broker behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InstantConnect {
    /// Whether the organisations may use it.
    pub activation: Activation,
    /// Whether fields nobody knows are refused in place of ignored.
    pub is_strict: bool,
    /// How many milliseconds an answer takes, by the sandbox's clock; left out, as long as at first.
    pub latency_ms: Option<u64>,
}

#[derive(Default)]
pub(crate) struct Switches {
    now: Mutex<InstantConnect>,
    first_latency: Duration,
}

impl Switches {
    /// An answer takes this long until somebody says otherwise.
    pub(crate) fn new(first_latency: Duration) -> Self {
        Self { first_latency, ..Self::default() }
    }

    pub(super) fn latency(&self) -> Duration {
        self.lock().latency_ms.map_or(self.first_latency, Duration::from_millis)
    }

    pub(crate) fn get(&self) -> InstantConnect {
        *self.lock()
    }

    pub(crate) fn set(&self, switched: InstantConnect) {
        *self.lock() = switched;
    }

    pub(crate) fn activate(&self, activation: Activation) {
        self.lock().activation = activation;
    }

    fn lock(&self) -> MutexGuard<'_, InstantConnect> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
