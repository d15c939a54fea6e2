//! Reads a room anew when somebody tells that something happened there. Whoever tells, and however often, it is read one at a
//! time per room, and once more after the last word.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{MessageId, RoomId, Timestamp};
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

/// What was told of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// This message was written.
    Written(MessageId),
    /// Anything else.
    Anything,
}

/// Reads rooms. Clones share what is under way.
#[derive(Clone)]
pub(super) struct RoomReader {
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
    /// Rooms being read, and what was told of them since.
    under_way: Mutex<HashMap<RoomId, Vec<Told>>>,
}

impl RoomReader {
    /// With everything it needs.
    pub(super) fn new(store: Store, history: History, hub: Hub, clock: Clock, stopping: CancellationToken, tasks: TaskTracker) -> Self {
        let (turns, under_way) = (Semaphore::new(AT_ONCE), Mutex::default());
        Self { inner: Arc::new(Inner { store, history, hub, clock, stopping, tasks, turns, under_way }) }
    }

    /// Something happened in a room. Those who watch are told what; the others find it when they look. What is known already,
    /// because somebody else told of it, is not read again.
    pub(super) fn moved(&self, conversation: Conversation, told: Told) -> Result<(), StoreError> {
        if self.inner.is_known(&conversation.id, &told) {
            return Ok(());
        }
        if !self.is_wanted(&conversation, self.inner.clock.now())? {
            self.inner.history.note_moved(&conversation.id);
            return Ok(());
        }
        let mut under_way = self.inner.under_way();
        if let Some(since) = under_way.get_mut(&conversation.id) {
            if !since.contains(&told) {
                since.push(told);
            }
            return Ok(());
        }
        under_way.insert(conversation.id.clone(), Vec::new());
        drop(under_way);
        let inner = self.inner.clone();
        self.inner.tasks.spawn(async move { inner.read(&conversation, vec![told]).await });
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
    /// Reads until nothing was told since.
    async fn read(&self, conversation: &Conversation, mut told: Vec<Told>) {
        let (mut tries, mut wait) = (TRIES, FIRST_WAIT);
        loop {
            let read = tokio::select! {
                biased;
                () = self.stopping.cancelled() => return,
                read = self.refresh(conversation) => read,
            };
            let is_done = match read {
                // Webex may tell of a message before it lists it. But what the portal shows nobody is never known, so this is
                // looked for once more only.
                Ok(()) => tries < TRIES || !told.iter().any(|told| self.is_missing(&conversation.id, told)),
                Err(error) => {
                    tracing::debug!(%error, room.id = %conversation.id, tries, "a room in which something happened could not be read");
                    // Whoever looks meanwhile must not be shown what is remembered.
                    self.history.look_again(&conversation.id);
                    tries == 1
                }
            };
            let Some(since) = self.told_since(&conversation.id, is_done) else { return };
            if is_done {
                (tries, wait, told) = (TRIES, FIRST_WAIT, since);
                continue;
            }
            tries -= 1;
            told.extend(since);
            tokio::select! {
                biased;
                () = self.stopping.cancelled() => return,
                () = self.clock.sleep(wait) => wait *= 2,
            }
        }
    }

    /// What was told of a room since this was asked last. Where `may_end` and there is nothing to read, whoever reads it is done.
    fn told_since(&self, room_id: &RoomId, may_end: bool) -> Option<Vec<Told>> {
        let mut under_way = self.under_way();
        let mut since = under_way.get_mut(room_id).map(std::mem::take).unwrap_or_default();
        since.retain(|told| !self.is_known(room_id, told));
        if may_end && since.is_empty() {
            under_way.remove(room_id);
            return None;
        }
        Some(since)
    }

    fn is_missing(&self, room_id: &RoomId, told: &Told) -> bool {
        matches!(told, Told::Written(_)) && !self.is_known(room_id, told)
    }

    fn is_known(&self, room_id: &RoomId, told: &Told) -> bool {
        matches!(told, Told::Written(message_id) if self.history.knows(room_id, message_id))
    }

    async fn refresh(&self, conversation: &Conversation) -> Result<(), HistoryError> {
        // It is never closed.
        let _turn = self.turns.acquire().await;
        self.history.refresh(conversation).await
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<RoomId, Vec<Told>>> {
        // Nothing in here panics half-way through a change.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
