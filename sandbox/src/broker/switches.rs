//! What an administrator or a test has switched.

use std::sync::{Mutex, MutexGuard, PoisonError};

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
#[serde(default)]
pub struct InstantConnect {
    /// Whether the organisations may use it.
    pub activation: Activation,
    /// Whether fields nobody knows are refused in place of ignored.
    pub is_strict: bool,
}

#[derive(Default)]
pub(crate) struct Switches {
    now: Mutex<InstantConnect>,
}

impl Switches {
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
