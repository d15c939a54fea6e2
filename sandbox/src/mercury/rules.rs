//! The trouble Mercury makes on demand.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chance::{check_percent, copies};

/// No trouble at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MercuryRules {
    /// New devices and new sockets are refused with 503; those that are there stay.
    pub is_refused: bool,
    /// Sockets stay open and are kept alive, and nothing that happens is told.
    pub is_silent: bool,
    /// Of a hundred things to tell, so many are told to nobody: each socket misses others.
    pub loses_percent: u8,
    /// And so many are told twice.
    pub duplicates_percent: u8,
    /// How many milliseconds later everything is told, by the sandbox's clock. The order stays.
    pub delay_ms: u32,
}

impl MercuryRules {
    pub(super) fn check(&self) -> Result<(), String> {
        check_percent("loses_percent", self.loses_percent)?;
        check_percent("duplicates_percent", self.duplicates_percent)
    }

    pub(super) fn delay(&self) -> Duration {
        Duration::from_millis(u64::from(self.delay_ms))
    }

    /// How often this one thing is told on this one socket.
    pub(super) fn copies(&self) -> usize {
        copies(self.loses_percent, self.duplicates_percent)
    }
}
