//! The file, its two connections, and the thread that commits.

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, ffi::ErrorCode};
use thiserror::Error;
use tokio::sync::oneshot;

use super::{migrate, model::ModelStore};
use crate::webhooks::News;

/// At most so many writes share a transaction; a longer one would make the first of them wait.
const MAX_BATCH: usize = 64;

/// Why the store cannot be opened: each names the remedy.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder cannot be made or written.
    #[error("the data folder {path} cannot be written ({reason}); make it writable for this user or choose another `server.data_dir`")]
    NotWritable {
        /// Which folder.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// Another portal uses the folder.
    #[error("another guest-portal is using the data folder {path}; stop it or choose another `server.data_dir`")]
    Locked {
        /// Which folder.
        path: String,
    },
    /// A newer portal wrote the file.
    #[error(
        "{path} was written by a newer guest-portal (schema {found}, this one knows {known}); start the newer program or restore the backup it made"
    )]
    Newer {
        /// Which file.
        path: String,
        /// Its schema.
        found: i64,
        /// The newest schema this build knows.
        known: i64,
    },
    /// There is no file.
    #[error("{path} is not there; start `guest-portal serve` once with this configuration, or name the right one by --config")]
    Missing {
        /// Which file.
        path: String,
    },
    /// A portal of another version wrote the file.
    #[error(
        "{path} is of another version of guest-portal (schema {found}, this one knows {known}); use the program that runs the portal, or restart the portal with this one"
    )]
    OtherSchema {
        /// Which file.
        path: String,
        /// Its schema.
        found: i64,
        /// The schema this build knows.
        known: i64,
    },
    /// The data is of another Webex.
    #[error("the data folder {path} belongs to {found}, not to {wanted}; choose another `server.data_dir` for this one")]
    OtherWebex {
        /// Which folder.
        path: String,
        /// Whose data it holds.
        found: String,
        /// Whose was asked for.
        wanted: String,
    },
    /// SQLite cannot use the file.
    #[error("{path} cannot be used as the portal's database ({reason}); restore it from the backup or choose another `server.data_dir`")]
    Unusable {
        /// Which file.
        path: String,
        /// What SQLite says.
        reason: String,
    },
}

/// Why a call failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("the database refused: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The store is closed or its thread ended.
    #[error("the database is closed")]
    Closed,
    /// A row says something this build cannot read.
    #[error("a stored row cannot be read: {0}")]
    Unreadable(String),
}

type Job = Box<dyn FnOnce(&Connection) -> Finish + Send>;
/// Called with whether the transaction was committed.
type Finish = Box<dyn FnOnce(bool) + Send>;

/// The open store. Clones share it.
#[derive(Clone)]
pub struct Store {
    arm: Arm,
    /// Who is told of changes, as they are written.
    news: News,
}

#[derive(Clone)]
enum Arm {
    File(Arc<Inner>),
    Model(ModelStore),
}

struct Inner {
    writes: Mutex<Option<mpsc::Sender<Job>>>,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
    reader: Arc<Mutex<Connection>>,
    /// Held as long as the store is open: one portal per folder.
    lock: Mutex<Option<File>>,
}

impl Store {
    /// Opens the store in a folder, making or migrating it as needed. `webex` names the Webex it is for.
    pub fn open(folder: &Path, webex: &str) -> Result<Self, OpenError> {
        let not_writable = |error: std::io::Error| OpenError::NotWritable { path: folder.display().to_string(), reason: error.to_string() };
        create_folder(folder).map_err(not_writable)?;
        let lock = Self::lock(folder)?;

        let path = folder.join("guest-portal.db");
        let unusable = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked { path: folder.display().to_string() },
            _ => OpenError::Unusable { path: path.display().to_string(), reason: error.to_string() },
        };
        keep_to_owner(&path).map_err(not_writable)?;
        let mut writer = Connection::open(&path).map_err(unusable)?;
        configure(&writer).map_err(unusable)?;
        migrate::migrate(&mut writer, &path)?;
        let found: Option<String> = writer.query_row("SELECT name FROM webex", [], |row| row.get(0)).optional().map_err(unusable)?;
        match found {
            None => drop(writer.execute("INSERT INTO webex (name) VALUES (?1)", [webex]).map_err(unusable)?),
            Some(found) if found == webex => {}
            Some(found) => return Err(OpenError::OtherWebex { path: folder.display().to_string(), found, wanted: webex.to_owned() }),
        }
        let reader =
            Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(unusable)?;

        Self::of(writer, reader, Some(lock)).map_err(not_writable)
    }

    fn of(writer: Connection, reader: Connection, lock: Option<File>) -> std::io::Result<Self> {
        let news = News::default();
        let told = news.clone();
        let (writes, jobs) = mpsc::channel();
        let writer = thread::Builder::new().name("store".into()).spawn(move || write_all(writer, &jobs, &told))?;
        let inner = Inner {
            writes: Mutex::new(Some(writes)),
            writer: Mutex::new(Some(writer)),
            reader: Arc::new(Mutex::new(reader)),
            lock: Mutex::new(lock),
        };
        Ok(Self { arm: Arm::File(Arc::new(inner)), news })
    }

    pub(super) fn model(model: ModelStore) -> Self {
        let news = model.news();
        Self { arm: Arm::Model(model), news }
    }

    /// Opens the store of a portal that is running, to look only: every change fails.
    pub fn open_to_read(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join("guest-portal.db");
        let unusable = |error: rusqlite::Error| OpenError::Unusable { path: path.display().to_string(), reason: error.to_string() };
        let reader =
            Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(unusable)?;
        let inner =
            Inner { writes: Mutex::default(), writer: Mutex::default(), reader: Arc::new(Mutex::new(reader)), lock: Mutex::default() };
        Ok(Self { arm: Arm::File(Arc::new(inner)), news: News::default() })
    }

    /// Opens the store of a portal that may be running, to change something beside it: without its lock, so that both
    /// take turns, and without migrating, which is for the portal's start.
    pub fn open_beside(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join("guest-portal.db");
        let shown = || path.display().to_string();
        let unusable = |error: rusqlite::Error| OpenError::Unusable { path: shown(), reason: error.to_string() };
        if !path.exists() {
            return Err(OpenError::Missing { path: shown() });
        }
        let open = |access| Connection::open_with_flags(&path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(unusable);
        let writer = open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        configure(&writer).map_err(unusable)?;
        let (found, known) = (migrate::schema_of(&writer).map_err(unusable)?, migrate::known());
        if found != known {
            return Err(OpenError::OtherSchema { path: shown(), found, known });
        }
        let reader = open(OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        Self::of(writer, reader, None)
            .map_err(|error| OpenError::NotWritable { path: folder.display().to_string(), reason: error.to_string() })
    }

    /// Who is told of changes, as they are written.
    pub(crate) fn news(&self) -> News {
        self.news.clone()
    }

    /// Runs a change and answers when it is on disk. If it fails, nothing of it stays.
    pub(super) async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let inner = match &self.arm {
            Arm::File(inner) => inner,
            Arm::Model(model) => return model.write(change).await,
        };
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = in_savepoint(connection, change);
            Box::new(move |is_committed| {
                let result = if is_committed { result } else { Err(StoreError::Closed) };
                let _ = answer.send(result);
            })
        });
        let sent = match inner.writes.lock() {
            Ok(writes) => writes.as_ref().map(|writes| writes.send(job)),
            Err(_) => None,
        };
        if !matches!(sent, Some(Ok(()))) {
            return Err(StoreError::Closed);
        }
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Reads what is committed. Reads here are look-ups by key, microseconds long, so they run in place.
    pub(super) fn read<T>(&self, look_up: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let inner = match &self.arm {
            Arm::File(inner) => inner,
            Arm::Model(model) => return model.read(look_up),
        };
        let reader = inner.reader.lock().map_err(|_| StoreError::Closed)?;
        look_up(&reader)
    }

    /// Commits what waits and lets go of the file. Later calls answer [`StoreError::Closed`].
    pub async fn close(&self) {
        let Arm::File(inner) = &self.arm else { return };
        let writes = inner.writes.lock().ok().and_then(|mut writes| writes.take());
        drop(writes);
        let writer = inner.writer.lock().ok().and_then(|mut writer| writer.take());
        if let Some(writer) = writer {
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
        // A stream that has not noticed the end yet may still hold this store: the folder is free all the same.
        let lock = inner.lock.lock().ok().and_then(|mut lock| lock.take());
        drop(lock);
    }

    /// The power is cut: only a store on a [`super::ModelDisk`] can tell what that does.
    pub fn crash(&self) {
        if let Arm::Model(model) = &self.arm {
            model.crash();
        }
    }
}

/// For its owner only: what guests have written and is not sent yet lies in it.
fn create_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The same for a database, wherever its folder came from: SQLite gives what lies beside it the same mode.
pub(super) fn keep_to_owner(path: &Path) -> std::io::Result<()> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(0o600);
        options.open(path)?.set_permissions(std::fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    options.open(path).map(drop)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What is wiped, such as a message once it is sent, is not left lying in the file.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "busy_timeout", 2000)
}

pub(super) fn in_savepoint<T>(connection: &Connection, change: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
    connection.execute_batch("SAVEPOINT change")?;
    // A bug in one change must not take the writer, and so everybody's messages, down with it.
    let result = catch_unwind(AssertUnwindSafe(|| change(connection))).unwrap_or(Err(StoreError::Closed));
    match result {
        Ok(value) => {
            connection.execute_batch("RELEASE change")?;
            Ok(value)
        }
        Err(error) => {
            connection.execute_batch("ROLLBACK TO change; RELEASE change")?;
            Err(error)
        }
    }
}

/// Takes what waits, commits it together, and only then tells those who asked.
fn write_all(mut connection: Connection, jobs: &mpsc::Receiver<Job>, news: &News) {
    while let Ok(first) = jobs.recv() {
        let batch = std::iter::once(first).chain(jobs.try_iter().take(MAX_BATCH - 1));
        let mut finishes: Vec<Finish> = Vec::new();
        let committed = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(transaction) => {
                for job in batch {
                    finishes.push(job(&transaction));
                    // A full or failing disk makes SQLite undo the whole transaction by itself.
                    if transaction.is_autocommit() {
                        break;
                    }
                }
                transaction.commit()
            }
            Err(error) => {
                // Dropping the jobs tells their askers that the store is closed.
                drop(batch.collect::<Vec<_>>());
                Err(error)
            }
        };
        if let Err(error) = &committed {
            tracing::error!(%error, "a transaction was not committed");
        }
        for finish in finishes {
            finish(committed.is_ok());
        }
        news.note_committed();
    }
    let _ = connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_data_of_one_webex_is_not_used_for_another() {
        let folder = tempfile::tempdir().unwrap();
        Store::open(folder.path(), "the simulated Webex").unwrap().close().await;
        let refused = Store::open(folder.path(), "https://webexapis.com/v1").map(|_| ()).unwrap_err();
        assert!(matches!(refused, OpenError::OtherWebex { .. }), "{refused}");
        assert!(Store::open(folder.path(), "the simulated Webex").is_ok());
    }

    #[tokio::test]
    async fn a_command_beside_the_portal_changes_what_the_portal_sees() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Store::open_beside(folder.path()), Err(OpenError::Missing { .. })));
        let portal = Store::open(folder.path(), "w").unwrap();
        let beside = Store::open_beside(folder.path()).unwrap();
        let note = |what: &'static str| {
            move |connection: &Connection| {
                connection.execute("INSERT INTO audit (at, what, about) VALUES (1, ?1, '')", [what])?;
                Ok(())
            }
        };
        for _ in 0..20 {
            let (one, other) = tokio::join!(portal.write(note("portal")), beside.write(note("beside")));
            assert!(one.is_ok() && other.is_ok());
        }
        beside.close().await;
        let count = "SELECT count(*) FROM audit";
        let seen: i64 = portal.read(|connection| Ok(connection.query_row(count, [], |row| row.get(0))?)).unwrap();
        assert_eq!(seen, 40);

        portal.close().await;
        Connection::open(folder.path().join("guest-portal.db")).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let refused = Store::open_beside(folder.path()).map(|_| ()).unwrap_err();
        assert!(matches!(refused, OpenError::OtherSchema { found: 99, .. }), "{refused}");
    }

    #[tokio::test]
    async fn a_change_that_fails_or_panics_leaves_nothing_and_harms_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "w").unwrap();
        let insert = |name: &'static str| {
            move |connection: &Connection| {
                connection.execute("INSERT INTO audit (at, what, about) VALUES (1, ?1, '')", [name])?;
                Ok(())
            }
        };
        let failed = store.write(move |connection| {
            insert("fails")(connection)?;
            connection.execute("nonsense", []).map_err(StoreError::from)
        });
        let panicked = store.write::<(), _>(move |connection| {
            insert("panics")(connection)?;
            panic!("a bug")
        });
        let (failed, panicked, good) = tokio::join!(failed, panicked, store.write(insert("good")));
        assert!(failed.is_err() && panicked.is_err() && good.is_ok());
        let kept: Vec<String> = store
            .read(|connection| {
                Ok(connection.prepare("SELECT what FROM audit")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
            })
            .unwrap();
        assert_eq!(kept, ["good"]);
    }
}
