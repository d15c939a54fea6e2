//! How the visit pages behave, for tests of those who link to them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// Everything is off at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VisitPages {
    /// Sends `X-Frame-Options: DENY`, so that no frame shows them.
    pub refuses_frames: bool,
    /// Turns Firefox on Android away, as webex.com does.
    pub refuses_firefox_on_android: bool,
    /// Asks for camera and microphone before the waiting room.
    pub asks_permission: bool,
}

#[derive(Default)]
pub(crate) struct Switches {
    now: Mutex<VisitPages>,
}

impl Switches {
    pub(crate) fn get(&self) -> VisitPages {
        *self.lock()
    }

    pub(crate) fn set(&self, switched: VisitPages) {
        *self.lock() = switched;
    }

    fn lock(&self) -> MutexGuard<'_, VisitPages> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
