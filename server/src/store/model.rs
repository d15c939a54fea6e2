//! A disk that is only thought of: what is synced survives a crash, what is not is gone. For simulations, where
//! nothing may depend on threads, files, or how long a real disk takes.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rusqlite::Connection;
use tokio::sync::MutexGuard;

use super::{
    OpenError, StoreError, migrate,
    sqlite::{Store, in_savepoint},
};
use crate::{clock::Clock, webhooks::News};

/// How long the next step of the disk takes.
type Pause = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The disk. Clones share it; it outlives the portals that use it.
#[derive(Clone)]
pub struct ModelDisk {
    synced: Arc<Mutex<Connection>>,
    /// One change after the other, in the order they were asked for.
    turn: Arc<tokio::sync::Mutex<()>>,
    clock: Clock,
    pause: Pause,
}

/// One portal's use of the disk, until that portal is gone.
#[derive(Clone)]
pub(super) struct ModelStore {
    disk: ModelDisk,
    is_gone: Arc<AtomicBool>,
    news: News,
}

impl ModelDisk {
    /// An empty one. Each step of it takes as long as `pause` says.
    pub fn new(clock: Clock, pause: impl Fn() -> Duration + Send + Sync + 'static) -> Result<Self, OpenError> {
        let nowhere = Path::new(":memory:");
        let unusable = |error: rusqlite::Error| OpenError::Unusable { path: nowhere.display().to_string(), reason: error.to_string() };
        let mut connection = Connection::open_in_memory().map_err(unusable)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(unusable)?;
        migrate::migrate(&mut connection, nowhere)?;
        Ok(Self { synced: Arc::new(Mutex::new(connection)), turn: Arc::default(), clock, pause: Arc::new(pause) })
    }

    /// The store of a portal that starts on what is synced.
    pub fn open(&self) -> Store {
        Store::model(ModelStore { disk: self.clone(), is_gone: Arc::default(), news: News::default() })
    }
}

impl ModelStore {
    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self.disk.turn.lock().await;
        let turn = self.pass(turn).await;
        let result = {
            let synced = self.disk.synced.lock().map_err(|_| StoreError::Closed)?;
            in_savepoint(&synced, change)
        };
        self.news.note_committed();
        // It is on the disk, and its asker may never hear so.
        drop(self.pass(turn).await);
        result
    }

    pub(super) fn news(&self) -> News {
        self.news.clone()
    }

    pub(super) fn read<T>(&self, look_up: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let synced = self.disk.synced.lock().map_err(|_| StoreError::Closed)?;
        look_up(&synced)
    }

    /// The power is cut: what is not synced yet is gone, and nobody who waits for it goes on.
    pub(super) fn crash(&self) {
        self.is_gone.store(true, Ordering::Relaxed);
    }

    async fn pass<'a>(&self, turn: MutexGuard<'a, ()>) -> MutexGuard<'a, ()> {
        self.disk.clock.sleep((self.disk.pause)()).await;
        if self.is_gone.load(Ordering::Relaxed) {
            drop(turn);
            return std::future::pending().await;
        }
        turn
    }
}
