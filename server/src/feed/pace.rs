//! When one credential's rooms are looked at: by the clock, when somebody comes to look, and when another way is used.

use std::time::Duration;

use tokio::sync::watch;

use super::{
    live::{Ear, Used},
    polling::Poller,
    schedule::{CHECK, Heard, QUICKEST, next_interval},
    way::Way,
};

/// What there is to do.
pub(super) enum Due {
    /// Ask which rooms moved.
    Poll,
    /// List a room again, if there is one to be listed.
    Relist,
    /// Something about the ways is different from now on.
    ChangedOver {
        /// What is relied on.
        used: Used,
        /// It is not the way it was.
        is_another_way: bool,
    },
}

/// Keeps one credential's time.
pub(super) struct Pace<'a> {
    poller: &'a Poller,
    ear: Ear,
    used: watch::Receiver<Used>,
    /// The way that was relied on last.
    way: Way,
    /// Where a new reader is not kept waiting for the end of a long interval.
    arrivals: Option<watch::Receiver<u64>>,
    interval: Duration,
    last_poll: Duration,
    next_poll: Duration,
    next_relist: Option<Duration>,
}

impl<'a> Pace<'a> {
    /// The first poll is due at once.
    pub(super) fn new(poller: &'a Poller, ear: Ear, used: watch::Receiver<Used>, arrivals: Option<watch::Receiver<u64>>) -> Self {
        let way = used.borrow().way;
        Self {
            poller,
            ear,
            used,
            way,
            arrivals,
            interval: Duration::ZERO,
            last_poll: Duration::ZERO,
            next_poll: Duration::ZERO,
            next_relist: None,
        }
    }

    /// Waits for the next thing to do; `None` when the portal stops.
    pub(super) async fn next(&mut self) -> Option<Due> {
        loop {
            let clock = &self.poller.clock;
            let to_judge = self.poller.live.judge(&self.ear).map(|wait| clock.elapsed() + wait);
            let wake_at = [Some(self.next_poll), self.next_relist, to_judge].into_iter().flatten().min().unwrap_or(self.next_poll);
            tokio::select! {
                biased;
                () = self.poller.stopping.cancelled() => return None,
                Ok(()) = self.used.changed() => {
                    let used = self.used.borrow_and_update().clone();
                    let is_another_way = std::mem::replace(&mut self.way, used.way) != used.way;
                    if is_another_way {
                        self.next_poll = Duration::ZERO;
                    }
                    return Some(Due::ChangedOver { used, is_another_way });
                }
                () = clock.sleep_until(wake_at) => {}
                () = somebody_new(&mut self.arrivals, self.interval) => self.somebody_came(),
            }
            let now = clock.elapsed();
            if self.next_poll <= now {
                return Some(Due::Poll);
            }
            if self.next_relist.is_some_and(|next_relist| next_relist <= now) {
                self.next_relist = None;
                return Some(Due::Relist);
            }
        }
    }

    /// What a live way told need not be asked for; from now on it is looked at oftener whether it told everything.
    fn somebody_came(&mut self) {
        // A guest is called to rooms that nobody knows yet; who comes to those of the service app, to known ones.
        let is_call = matches!(self.ear, Ear::Guest(_));
        let soon = if self.is_live() && !is_call { CHECK } else { QUICKEST };
        self.next_poll = self.next_poll.min(self.last_poll + soon);
        if self.is_live() {
            self.relist_soon();
        }
    }

    /// Whether Webex tells by itself what happens.
    pub(super) fn is_live(&self) -> bool {
        self.way != Way::Polling
    }

    /// It was asked which rooms moved.
    pub(super) fn polled(&mut self, heard: Heard) {
        self.rest(next_interval(self.interval, heard, self.is_live()));
    }

    /// It is to be asked after so long, whatever came of it.
    pub(super) fn rest(&mut self, interval: Duration) {
        self.interval = interval;
        self.last_poll = self.poller.clock.elapsed();
        self.next_poll = self.last_poll + interval;
    }

    /// Rooms wait to be listed.
    pub(super) fn relist_soon(&mut self) {
        self.next_relist.get_or_insert(self.poller.clock.elapsed() + QUICKEST);
    }
}

/// While others look, the next poll is near anyway.
async fn somebody_new(arrivals: &mut Option<watch::Receiver<u64>>, interval: Duration) {
    if let Some(arrivals) = arrivals
        && interval > QUICKEST
        && arrivals.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}
