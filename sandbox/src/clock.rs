//! The one place that asks for the time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// How long a moved clock may go unnoticed.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Tells the time. Tests and the embedded sandbox share one, so that a moved clock moves everybody.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    advance: Option<Arc<dyn Fn(Duration) + Send + Sync>>,
}

impl Clock {
    /// The machine's own time, and whatever it was moved by.
    pub fn system() -> Self {
        let moved = Arc::new(AtomicU64::new(0));
        let read = moved.clone();
        let now = move || SystemTime::now() + Duration::from_millis(read.load(Ordering::Relaxed));
        let advance = move |time: Duration| {
            moved.fetch_add(u64::try_from(time.as_millis()).unwrap_or(0), Ordering::Relaxed);
        };
        Self::new(now).moved_by(advance)
    }

    /// Whatever the function says. It can be moved only by whoever made it.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(now), advance: None }
    }

    /// The sandbox may move it, by this function.
    #[must_use]
    pub fn moved_by(mut self, advance: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        self.advance = Some(Arc::new(advance));
        self
    }

    /// The time it is.
    pub fn now(&self) -> SystemTime {
        (self.now)()
    }

    pub(crate) fn can_be_moved(&self) -> bool {
        self.advance.is_some()
    }

    /// Moves it forward, if it can be moved.
    pub(crate) fn advance(&self, time: Duration) -> bool {
        if let Some(advance) = &self.advance {
            advance(time);
        }
        self.can_be_moved()
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
