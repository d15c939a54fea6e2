//! The only place that asks for the time.
//!
//! Tests move the clock forward instead of waiting: [`Clock::advance`] makes every sleeper whose time
//! has come wake up at once. Time also passes by itself, so that nothing stands still by mistake.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use shared::Timestamp;
use tokio::{sync::watch, time::Instant};

/// Tells the time and waits. Clones share one time.
#[derive(Clone, Debug)]
pub struct Clock {
    started: Instant,
    /// The time of day when it was made, where that is not the machine's.
    began_at: Option<SystemTime>,
    advanced: watch::Sender<Duration>,
    /// By how much somebody has set the time of day, in milliseconds.
    set_by_millis: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's own time.
    pub fn system() -> Self {
        Self { started: Instant::now(), began_at: None, advanced: watch::Sender::new(Duration::ZERO), set_by_millis: Arc::default() }
    }

    /// A time that begins at this one and goes by as the runtime says: a runtime whose time stands still until
    /// everybody waits makes hours pass in a moment.
    pub fn simulated(began_at: SystemTime) -> Self {
        Self { began_at: Some(began_at), ..Self::system() }
    }

    /// The time of day; may jump when the machine's clock is set.
    pub fn now(&self) -> Timestamp {
        let since_epoch = self.system_time().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    /// The time of day in the standard library's form.
    pub fn system_time(&self) -> SystemTime {
        let passed = self.began_at.map_or_else(SystemTime::now, |began_at| began_at + self.started.elapsed()) + *self.advanced.borrow();
        let set_by_millis = self.set_by_millis.load(Ordering::Relaxed);
        let set_by = Duration::from_millis(set_by_millis.unsigned_abs());
        let set = if set_by_millis < 0 { passed.checked_sub(set_by) } else { passed.checked_add(set_by) };
        set.unwrap_or(passed)
    }

    /// Time since the clock was made; never goes back. For measuring and for deadlines.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed() + *self.advanced.borrow()
    }

    /// Waits so long.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.elapsed().saturating_add(duration)).await;
    }

    /// Waits until [`Clock::elapsed`] has reached the deadline.
    pub async fn sleep_until(&self, deadline: Duration) {
        let mut advanced = self.advanced.subscribe();
        loop {
            let Some(rest) = deadline.checked_sub(self.elapsed()).filter(|rest| !rest.is_zero()) else { return };
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                _ = advanced.changed() => {}
            }
        }
    }

    /// Somebody sets the time of day, forward or back; how long things last does not change.
    pub fn set_time_of_day(&self, by_millis: i64) {
        self.set_by_millis.fetch_add(by_millis, Ordering::Relaxed);
    }

    /// Moves the time forward for everybody who shares this clock.
    pub fn advance(&self, duration: Duration) {
        self.advanced.send_modify(|advanced| *advanced += duration);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_is_moved_past_its_time() {
        let clock = Clock::system();
        let (before, deadline) = (clock.now(), clock.elapsed() + Duration::from_secs(3600));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(deadline).await }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(3601));
        sleeper.await.unwrap();
        assert!(clock.now() >= before.plus_millis(3_600_000));
    }
}
