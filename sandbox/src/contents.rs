//! The bytes of files: each in a file of its own, written and read piece by piece, never whole in memory.
//!
//! Names on the disk are random and mean nothing; what a file is called stands with its message.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

/// The folder. Without a data directory it is a temporary one, made with the first file and gone with the sandbox.
pub(crate) struct Contents {
    folder: PathBuf,
    is_temporary: bool,
}

impl Contents {
    pub(crate) fn new(data_dir: Option<&Path>) -> Self {
        match data_dir {
            Some(data_dir) => Self { folder: data_dir.join("contents"), is_temporary: false },
            None => Self { folder: std::env::temp_dir().join(format!("guest-portal-sandbox-{}", Uuid::new_v4())), is_temporary: true },
        }
    }

    fn path(&self, key: Uuid) -> PathBuf {
        self.folder.join(key.to_string())
    }

    /// Begins a file that is coming in.
    pub(crate) async fn create(&self) -> io::Result<Incoming> {
        tokio::fs::create_dir_all(&self.folder).await?;
        let key = Uuid::new_v4();
        let path = self.path(key);
        let file = File::create_new(&path).await?;
        Ok(Incoming { file, kept: Kept { path, key, is_wanted: false }, size: 0 })
    }

    /// A file that is here already, for tests.
    pub(crate) fn put(&self, bytes: &[u8]) -> io::Result<Kept> {
        std::fs::create_dir_all(&self.folder)?;
        let key = Uuid::new_v4();
        let kept = Kept { path: self.path(key), key, is_wanted: false };
        std::fs::write(&kept.path, bytes)?;
        Ok(kept)
    }

    pub(crate) async fn open(&self, key: Uuid) -> io::Result<File> {
        File::open(self.path(key)).await
    }

    pub(crate) fn read(&self, key: Uuid) -> io::Result<Vec<u8>> {
        std::fs::read(self.path(key))
    }

    /// Removes what no message has: uploads that a former process did not live to see the end of.
    pub(crate) fn keep_only(&self, wanted: &HashSet<Uuid>) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let key = entry.file_name().to_str().and_then(|name| Uuid::try_parse(name).ok());
            if key.is_some_and(|key| !wanted.contains(&key)) {
                remove(&entry.path());
            }
        }
    }

    /// Its message is gone.
    pub(crate) fn remove(&self, key: Uuid) {
        remove(&self.path(key));
    }

    pub(crate) fn clear(&self) {
        let outcome = std::fs::remove_dir_all(&self.folder);
        if let Err(error) = outcome.or_else(nothing_there) {
            tracing::warn!(%error, folder = %self.folder.display(), "the files of the sandbox cannot be removed");
        }
    }
}

impl Drop for Contents {
    fn drop(&mut self) {
        if self.is_temporary {
            self.clear();
        }
    }
}

fn nothing_there(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path).or_else(nothing_there) {
        tracing::warn!(%error, path = %path.display(), "a file of the sandbox cannot be removed");
    }
}

/// A file that is being written.
pub(crate) struct Incoming {
    file: File,
    kept: Kept,
    size: u64,
}

impl Incoming {
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await?;
        self.size += bytes.len() as u64;
        Ok(())
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) async fn finish(mut self) -> io::Result<Kept> {
        self.file.flush().await?;
        Ok(self.kept)
    }
}

/// A written file. It is removed again unless a message wants it.
#[derive(Debug)]
pub(crate) struct Kept {
    path: PathBuf,
    key: Uuid,
    is_wanted: bool,
}

impl Kept {
    pub(crate) fn key(&self) -> Uuid {
        self.key
    }

    /// A message has it now.
    pub(crate) fn keep(mut self) {
        self.is_wanted = true;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if !self.is_wanted {
            remove(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_nobody_wants_is_removed_and_a_temporary_folder_goes_with_its_owner() {
        let contents = Contents::new(None);
        let mut incoming = contents.create().await.unwrap();
        incoming.write(b"half").await.unwrap();
        drop(incoming);
        assert_eq!(std::fs::read_dir(&contents.folder).unwrap().count(), 0);
        let kept = contents.put(b"whole").unwrap();
        let key = kept.key();
        kept.keep();
        assert_eq!(contents.read(key).unwrap(), b"whole");
        let folder = contents.folder.clone();
        drop(contents);
        assert!(!folder.exists());
    }
}
