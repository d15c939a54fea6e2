//! The one place that asks for the time.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// Tells the time. Tests and the embedded sandbox share one, so that a moved clock moves everybody.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl Clock {
    /// The machine's own time.
    pub fn system() -> Self {
        Self::new(SystemTime::now)
    }

    /// Whatever the function says.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(now) }
    }

    /// The time it is.
    pub fn now(&self) -> SystemTime {
        (self.now)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}
