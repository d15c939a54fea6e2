//! The one place that asks for the time.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How long a moved clock may go unnoticed.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

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

    /// Waits until this clock says so. It may be moved at any time and tells nobody: so it is asked again and again.
    pub(crate) async fn sleep_until(&self, deadline: SystemTime) {
        while let Ok(left) = deadline.duration_since(self.now())
            && !left.is_zero()
        {
            tokio::time::sleep(left.min(LOOK_AGAIN)).await;
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}
