//! Reads a room anew when somebody tells that something happened there. Whoever tells, and however often, it is read one at a
//! time per room, and once more after the last word.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{RoomId, Timestamp};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::Clock,
    conversations::{History, HistoryError},
    fanout::Hub,
    store::{Conversation, Store, StoreError},
};

/// So many rooms are read at once: Webex counts calls.
const AT_ONCE: usize = 8;
/// A room that cannot be read is tried again so often, after waits twice as long each; then polling finds what there is.
const TRIES: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// Reads rooms. Clones share what is under way.
#[derive(Clone)]
pub struct RoomReader {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    history: History,
    hub: Hub,
    clock: Clock,
    stopping: CancellationToken,
    tasks: TaskTracker,
    turns: Semaphore,
    /// Rooms being read, and whether something was told of them since.
    under_way: Mutex<HashMap<RoomId, bool>>,
}

impl RoomReader {
    /// With everything it needs.
    pub fn new(store: Store, history: History, hub: Hub, clock: Clock, stopping: CancellationToken, tasks: TaskTracker) -> Self {
        let (turns, under_way) = (Semaphore::new(AT_ONCE), Mutex::default());
        Self { inner: Arc::new(Inner { store, history, hub, clock, stopping, tasks, turns, under_way }) }
    }

    /// Something happened in a room. Those who watch are told what; the others find it when they look.
    pub fn moved(&self, conversation: Conversation) -> Result<(), StoreError> {
        if !self.is_wanted(&conversation, self.inner.clock.now())? {
            self.inner.history.note_moved(&conversation.id);
            return Ok(());
        }
        let is_under_way = self.inner.under_way().insert(conversation.id.clone(), true).is_some();
        if !is_under_way {
            let inner = self.inner.clone();
            self.inner.tasks.spawn(async move { inner.read(&conversation).await });
        }
        Ok(())
    }

    /// Whether anybody wants to know at once what happened in a room at this time.
    pub(super) fn is_wanted(&self, conversation: &Conversation, moved_at: Timestamp) -> Result<bool, StoreError> {
        let Inner { store, history, hub, .. } = &*self.inner;
        let is_news = store.news().wants_heard(&conversation.site_id, moved_at);
        Ok(is_news || hub.is_watched(&conversation.id) || history.in_doubt()?.contains(&conversation.id))
    }
}

impl Inner {
    async fn read(&self, conversation: &Conversation) {
        let (mut tries, mut wait) = (TRIES, FIRST_WAIT);
        loop {
            self.under_way().insert(conversation.id.clone(), false);
            let read = tokio::select! {
                biased;
                () = self.stopping.cancelled() => return,
                read = self.refresh(conversation) => read,
            };
            match read {
                Ok(()) => {
                    let mut under_way = self.under_way();
                    if under_way.get(&conversation.id) != Some(&true) {
                        under_way.remove(&conversation.id);
                        return;
                    }
                    (tries, wait) = (TRIES, FIRST_WAIT);
                }
                Err(error) => {
                    tries -= 1;
                    tracing::debug!(%error, room.id = %conversation.id, tries, "a room in which something happened could not be read");
                    // Whoever looks meanwhile must not be shown what is remembered.
                    self.history.look_again(&conversation.id);
                    if tries == 0 {
                        self.under_way().remove(&conversation.id);
                        return;
                    }
                    tokio::select! {
                        biased;
                        () = self.stopping.cancelled() => return,
                        () = self.clock.sleep(wait) => wait *= 2,
                    }
                }
            }
        }
    }

    async fn refresh(&self, conversation: &Conversation) -> Result<(), HistoryError> {
        // It is never closed.
        let _turn = self.turns.acquire().await;
        self.history.refresh(conversation).await
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<RoomId, bool>> {
        // Nothing in here panics half-way through a change.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
