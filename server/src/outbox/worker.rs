//! Accepts, and keeps the lanes going: one per guest and room for what the guest says, one for what staff are
//! told of them; each in order, one message under way at a time.
//!
//! A lane's task lives while it has something to send. Whatever ends it, the rows are in the store and
//! the next start goes on with them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{ClientMessageId, GuestId, Pending, RoomId};
use thiserror::Error;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::{
    sender::{Next, Sender},
    spool::Received,
    state::RowState,
};
use crate::{
    store::{Accepted, Lane, NewOutboxRow, OutboxRow, StoreError},
    telemetry::because_of,
};

/// The first wait after a failure; each further one is twice as long, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A send under way when the portal stops may take so long to end: longer than a request's time-out.
const DRAIN: Duration = Duration::from_secs(12);

/// Why a message is not accepted.
#[derive(Debug, Error)]
pub enum AcceptError {
    /// The browser's id was used for another message.
    #[error("the client message id was used for another message")]
    Reused,
    /// So much of this guest's waits already that no more is taken.
    #[error("too much of the guest's waits to be sent")]
    Full,
    /// The store does not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

type LaneKey = (RoomId, GuestId, Lane);

/// Accepts and sends. Clones share it.
#[derive(Clone)]
pub struct Outbox {
    inner: Arc<Inner>,
}

struct Inner {
    sender: Sender,
    tasks: TaskTracker,
    /// Lanes with a task, and whether something came in since it last looked.
    lanes: Mutex<HashMap<LaneKey, bool>>,
}

impl Outbox {
    /// Nothing is sent before [`Outbox::start`] or the first message.
    pub fn new(sender: Sender) -> Self {
        Self { inner: Arc::new(Inner { sender, tasks: TaskTracker::new(), lanes: Mutex::default() }) }
    }

    /// Goes on where the last process stopped.
    pub async fn start(&self) -> Result<(), StoreError> {
        let interrupted = self.inner.sender.store.mark_interrupted(self.inner.sender.clock.now()).await?;
        if interrupted > 0 {
            tracing::warn!(messages = interrupted, "the last process ended while sending; these messages are looked for in webex");
        }
        for lane in self.inner.sender.store.waiting_lanes()? {
            self.wake(lane);
        }
        Ok(())
    }

    /// Lets sends under way end and begins no others.
    pub async fn stop(&self) {
        self.inner.tasks.close();
        tokio::select! {
            () = self.inner.tasks.wait() => {}
            () = self.inner.sender.clock.sleep(DRAIN) => tracing::warn!("some sends were cut off; their messages are looked for after the next start"),
        }
    }

    /// Writes a message down; when this returns it is on disk and will be sent.
    pub async fn accept(&self, new: NewOutboxRow) -> Result<Pending, AcceptError> {
        self.accept_with(new, None).await
    }

    /// The same with a file, which is kept if the message is a new one.
    pub async fn accept_with(&self, new: NewOutboxRow, received: Option<Received>) -> Result<Pending, AcceptError> {
        let outbox = self.clone();
        let new = NewOutboxRow { file: received.as_ref().map(|received| received.file.clone()), ..new };
        // A browser that hangs up ends the request, but not this: what is written down is sent.
        let accepting = self.inner.tasks.spawn(async move {
            let row = match outbox.inner.sender.store.accept(new).await? {
                Accepted::New(row) => {
                    received.into_iter().for_each(Received::keep);
                    outbox.inner.sender.tell(&row);
                    row
                }
                Accepted::Before(row) => row,
                Accepted::Reused => return Err(AcceptError::Reused),
                Accepted::Full => return Err(AcceptError::Full),
            };
            let pending = outbox.inner.sender.to_pending(&row);
            if matches!(row.state, RowState::Accepted | RowState::Unclear) {
                outbox.wake((row.room_id, row.guest_id, row.kind.lane()));
            }
            Ok(pending)
        });
        accepting.await.map_err(|_| AcceptError::Store(StoreError::Closed))?
    }

    /// What became of a request that was accepted before; `None` if this is the first time.
    pub fn accepted_before(
        &self,
        guest_id: &GuestId,
        client_message_id: &ClientMessageId,
        body_hash: &[u8],
    ) -> Result<Option<Pending>, AcceptError> {
        match self.inner.sender.store.accepted_before(guest_id, client_message_id, body_hash)? {
            Some(Accepted::New(row) | Accepted::Before(row)) => Ok(Some(self.inner.sender.to_pending(&row))),
            Some(Accepted::Reused) => Err(AcceptError::Reused),
            Some(Accepted::Full) => Err(AcceptError::Full),
            None => Ok(None),
        }
    }

    /// A guest's messages in a room that are not known to be in Webex, as they see them.
    pub fn pending(&self, room_id: &RoomId, guest_id: &GuestId) -> Result<Vec<Pending>, StoreError> {
        let rows = self.inner.sender.store.unsettled_rows(room_id, guest_id)?;
        Ok(rows.iter().filter(|row| row.kind.asked_for().is_some()).map(|row| self.inner.sender.to_pending(row)).collect())
    }

    /// Rows were written down as part of a larger change: they are to be sent.
    pub fn wake_both(&self, room_id: &RoomId, guest_id: &GuestId) {
        for lane in [Lane::Talk, Lane::Bell] {
            self.wake((room_id.clone(), guest_id.clone(), lane));
        }
    }

    /// Gives up a row that failed, with its file; answers whether there was one.
    pub async fn give_up(&self, guest_id: GuestId, client_message_id: ClientMessageId) -> Result<bool, StoreError> {
        let row = self.inner.sender.store.give_up(guest_id, client_message_id).await?;
        if let Some(OutboxRow { file: Some(file), .. }) = &row {
            self.inner.sender.spool.remove(file).await;
        }
        Ok(row.is_some())
    }

    /// Sees to it that the lane is worked on.
    fn wake(&self, lane: LaneKey) {
        let mut lanes = self.inner.lanes();
        let has_task = lanes.insert(lane.clone(), true).is_some();
        drop(lanes);
        if !has_task {
            let inner = self.inner.clone();
            self.inner.tasks.spawn(async move { inner.work_on(lane).await });
        }
    }
}

impl Inner {
    async fn work_on(&self, lane: LaneKey) {
        let mut back_off = BackOff::default();
        let mut refused_tokens = 0_u32;
        while !self.sender.stopping.is_cancelled() {
            if let Some(has_news) = self.lanes().get_mut(&lane) {
                *has_news = false;
            }
            let row = match self.sender.store.next_row(&lane.0, &lane.1, lane.2) {
                Ok(Some(row)) => row,
                Ok(None) => {
                    let mut lanes = self.lanes();
                    if lanes.get(&lane) == Some(&true) {
                        continue;
                    }
                    lanes.remove(&lane);
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read");
                    self.pause(&lane, back_off.next(fastrand::f64())).await;
                    continue;
                }
            };
            let span = tracing::error_span!("send", message.id = %row.client_message_id, room.id = %row.room_id, kind = row.kind.as_word());
            let id = row.client_message_id.clone();
            match because_of(id.as_str(), self.sender.send(row, &mut refused_tokens)).instrument(span).await {
                Next::GoOn => back_off = BackOff::default(),
                Next::Wait(at_least) => self.sender.wait(at_least).await,
                Next::WaitForNews(at_most) => {
                    tokio::select! {
                        () = self.sender.wait(at_most) => {}
                        () = self.sender.found.notified() => {}
                    }
                }
                Next::BackOff => self.pause(&lane, back_off.next(fastrand::f64())).await,
            }
        }
        self.lanes().remove(&lane);
    }

    /// Waits, but no longer than until Webex answers again.
    async fn pause(&self, lane: &LaneKey, duration: Duration) {
        let site_id = self.sender.store.guest(&lane.1).ok().flatten().map(|guest| guest.site_id);
        let connection = site_id.and_then(|site_id| self.sender.connections.of_site(&site_id).ok());
        let is_back = async {
            let Some(connection) = connection else { return std::future::pending().await };
            let mut reachable = connection.webex.reachable();
            // Only a change counts: a failure that is not about reaching Webex waits its time.
            while reachable.changed().await.is_ok() {
                if *reachable.borrow() {
                    return;
                }
            }
        };
        tokio::select! {
            () = self.sender.clock.sleep(duration) => {}
            () = self.sender.stopping.cancelled() => {}
            () = is_back => {}
        }
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<LaneKey, bool>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a lane waits after failures in a row.
struct BackOff {
    wait: Duration,
}

impl Default for BackOff {
    fn default() -> Self {
        Self { wait: FIRST_WAIT }
    }
}

impl BackOff {
    /// The next wait: between half and all of it, by a chance from 0 to 1, so that lanes do not come back at once.
    fn next(&mut self, chance: f64) -> Duration {
        let wait = self.wait.mul_f64(0.5 + chance / 2.0);
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_as_long_up_to_the_longest_and_shorter_by_chance() {
        let waits = |chance| {
            let mut back_off = BackOff::default();
            std::iter::from_fn(move || Some(back_off.next(chance).as_millis())).take(8).collect::<Vec<_>>()
        };
        assert_eq!(waits(1.0), [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        assert_eq!(waits(0.5), [375, 750, 1500, 3000, 6000, 12_000, 22_500, 22_500]);
        assert_eq!(waits(0.0), [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    }
}
