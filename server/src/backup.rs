//! Everything the portal remembers, written down in a folder and put back from it.
//!
//! The database is copied by SQLite while the portal goes on; the keys are a file; files guests sent lie in the spool until Webex has
//! them, and only those that the copied database knows of are taken along. A list with the hash of each file is written last: a
//! folder without it is no backup.

use std::{
    fmt, fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::Timestamp;
use thiserror::Error;

use crate::{
    secret_file,
    secrets::hex,
    store::{OpenError, Store},
    webhooks::rfc3339,
};

const DATABASE: &str = "guest-portal.db";
const KEYS: &str = "keys.toml";
const SPOOL: &str = "spool";
const LIST: &str = "backup.json";
/// What is put aside lies in a folder whose name begins so.
pub(crate) const ASIDE: &str = "before-";

/// Why a backup was not made, or not put back.
#[derive(Debug, Error)]
pub(crate) enum BackupError {
    /// What was named cannot be used for it.
    #[error("{0}")]
    Unfit(String),
    /// The data folder.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The disk.
    #[error("cannot use {path} ({reason})")]
    Disk {
        /// Which file.
        path: String,
        /// What the system says.
        reason: String,
    },
}

/// What is in a backup.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    made_at: String,
    /// Which program made it.
    version: String,
    schema: i64,
    /// Each file's path within the folder, and the SHA-256 of what is in it.
    files: Vec<(String, String)>,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Made {
    files: usize,
    bytes: u64,
}

impl fmt::Display for Made {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} files, {:.1} MB.", self.files, self.bytes as f64 / 1e6)
    }
}

/// What was put back.
#[derive(Debug)]
pub(crate) struct Restored {
    /// When the backup was made.
    pub(crate) made_at: String,
    /// Where what was there before lies now.
    pub(crate) aside: Option<PathBuf>,
}

/// Writes a backup of a data folder into a new folder.
pub(crate) async fn make(data: &Path, into: &Path, now: Timestamp) -> Result<Made, BackupError> {
    let store = Store::open_beside(data)?;
    create_new(into)?;
    let copied = store.copy_to(into.join(DATABASE));
    store.close().await;
    let (schema, spooled) = copied.map_err(|error| disk(&into.join(DATABASE), &io::Error::other(error.to_string())))?;
    copy(&data.join(KEYS), &into.join(KEYS))?;
    let mut names = vec![DATABASE.to_owned(), KEYS.to_owned()];
    fs::create_dir(into.join(SPOOL)).map_err(|error| disk(&into.join(SPOOL), &error))?;
    for name in spooled {
        let from = data.join(SPOOL).join(&name);
        // One that Webex has got meanwhile is gone, and its message is found there after the next start.
        if from.exists() {
            copy(&from, &into.join(SPOOL).join(&name))?;
            names.push(format!("{SPOOL}/{name}"));
        }
    }
    let mut bytes = 0;
    let mut files = Vec::new();
    for name in names {
        let (hash, size) = hash_of(&into.join(&name))?;
        bytes += size;
        files.push((name, hash));
    }
    let made = Made { files: files.len(), bytes };
    let list = List { made_at: rfc3339(now), version: env!("CARGO_PKG_VERSION").to_owned(), schema, files };
    let text = serde_json::to_string_pretty(&list).map_err(|error| BackupError::Unfit(error.to_string()))?;
    fs::write(into.join(LIST), text).map_err(|error| disk(&into.join(LIST), &error))?;
    fs::File::open(into).and_then(|folder| folder.sync_all()).map_err(|error| disk(into, &error))?;
    Ok(made)
}

/// Puts a backup back as a data folder. Everything is looked at first, so that nothing is changed for one that is damaged.
pub(crate) async fn restore(from: &Path, data: &Path, replace: bool, now: Timestamp) -> Result<Restored, BackupError> {
    let list = examined(from)?;
    refuse_within(from, data)?;
    fs::create_dir_all(data).map_err(|error| disk(data, &error))?;
    // Nobody may be using it, until all is there.
    let _lock = Store::lock(data)?;
    let there = contents(data)?;
    let mut aside = None;
    if !there.is_empty() {
        if !replace {
            let text = format!(
                "{} is not empty; --replace puts what is there aside first, or name an empty folder in `server.data_dir`",
                data.display()
            );
            return Err(BackupError::Unfit(text));
        }
        // Within it: the folder itself may be all that this user may write to.
        let folder = data.join(format!("{ASIDE}{}", now.as_millis()));
        create_new(&folder)?;
        for path in there {
            let name = path.file_name().unwrap_or_default();
            fs::rename(&path, folder.join(name)).map_err(|error| disk(&path, &error))?;
        }
        aside = Some(folder);
    }
    let put_back = || -> Result<(), BackupError> {
        fs::create_dir_all(data.join(SPOOL)).map_err(|error| disk(data, &error))?;
        for (name, _) in &list.files {
            copy(&from.join(name), &data.join(name))?;
        }
        Ok(Store::note_restored(data, &list.made_at, now)?)
    };
    put_back().map_err(|error| match &aside {
        Some(aside) => BackupError::Unfit(format!("{error}; what was there before lies in {}", aside.display())),
        None => error,
    })?;
    Ok(Restored { made_at: list.made_at, aside })
}

/// A backup within the data folder would be put aside with it, and is lost with it.
fn refuse_within(backup: &Path, data: &Path) -> Result<(), BackupError> {
    let whole = |path: &Path| path.ancestors().find_map(|part| Some(part.canonicalize().ok()?.join(path.strip_prefix(part).ok()?)));
    if let (Some(backup), Some(data)) = (whole(backup), whole(data))
        && backup.starts_with(&data)
    {
        return Err(BackupError::Unfit(format!(
            "{} lies within the data folder, and is lost with it; name another folder",
            backup.display()
        )));
    }
    Ok(())
}

/// What a portal has in its folder, without what was put aside before.
fn contents(data: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let entries = fs::read_dir(data).and_then(Iterator::collect::<std::io::Result<Vec<_>>>).map_err(|error| disk(data, &error))?;
    let is_kept = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        // A disk of its own has a folder of the system's.
        name != Store::LOCK && name != "lost+found" && !name.to_string_lossy().starts_with(ASIDE)
    };
    Ok(entries.into_iter().filter(is_kept).map(|entry| entry.path()).collect())
}

/// The list of a backup that is whole.
fn examined(from: &Path) -> Result<List, BackupError> {
    let path = from.join(LIST);
    let text = fs::read_to_string(&path)
        .map_err(|error| BackupError::Unfit(format!("{} is no backup: {} cannot be read ({error})", from.display(), path.display())))?;
    let list: List = serde_json::from_str(&text)
        .map_err(|error| BackupError::Unfit(format!("{} is damaged ({error}); take another backup", path.display())))?;
    let known = Store::known_schema();
    if list.schema > known {
        let text = format!(
            "{} was made by a newer guest-portal ({}, schema {}; this one knows {known}): restore it with that one",
            from.display(),
            list.version,
            list.schema
        );
        return Err(BackupError::Unfit(text));
    }
    for (name, hash) in &list.files {
        let is_plain = name.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains('\\'));
        if !is_plain || name.starts_with('/') {
            return Err(BackupError::Unfit(format!("{} names {name:?}, which is no file of a backup", path.display())));
        }
        if hash_of(&from.join(name))?.0 != *hash {
            return Err(BackupError::Unfit(format!("{} is not as it was written; take another backup", from.join(name).display())));
        }
    }
    for needed in [DATABASE, KEYS] {
        if !list.files.iter().any(|(name, _)| name == needed) {
            return Err(BackupError::Unfit(format!("{} lacks {needed}; take another backup", from.display())));
        }
    }
    Ok(list)
}

/// Only its owner may look into it, as into the data folder.
fn create_new(folder: &Path) -> Result<(), BackupError> {
    if folder.exists() {
        return Err(BackupError::Unfit(format!("{} is there already; name a new folder", folder.display())));
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| disk(folder, &error))
}

/// Copies a file so that only its owner can read it, and it is on disk.
fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut source = fs::File::open(from).map_err(|error| disk(from, &error))?;
    let mut target = secret_file::create(to).map_err(|error| disk(to, &error))?;
    io::copy(&mut source, &mut target).and_then(|_| target.sync_all()).map_err(|error| disk(to, &error))
}

fn hash_of(path: &Path) -> Result<(String, u64), BackupError> {
    let mut file = fs::File::open(path).map_err(|error| disk(path, &error))?;
    let mut hash = Sha256::new();
    let (mut size, mut piece) = (0, vec![0; 64 * 1024]);
    loop {
        match file.read(&mut piece).map_err(|error| disk(path, &error))? {
            0 => return Ok((hex(&hash.finalize()), size)),
            count => {
                hash.update(piece.get(..count).unwrap_or_default());
                size += count as u64;
            }
        }
    }
}

fn disk(path: &Path, error: &io::Error) -> BackupError {
    BackupError::Disk { path: path.display().to_string(), reason: error.to_string() }
}
