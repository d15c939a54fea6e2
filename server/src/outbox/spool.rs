//! Files guests sent, on disk until Webex has them: a message is accepted only once every byte is here.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use shared::GuestId;
use thiserror::Error;
use tokio::{
    fs::{self, File},
    io::AsyncWriteExt,
};

use super::scanner::{self, ClamdAddress, NotHarmless};
use crate::{
    content::files::{FileRefusal, MAX_PIXELS, SNIFF_BYTES, accepted_type, is_picture, pixels, safe_name},
    secrets::random_id,
    store::SpooledFile,
};

/// One guest may take the room of all divided by this; each may send one file.
const GUESTS_TO_FILL_IT: u64 = 10;
/// What the name of a file that is arriving ends in.
const PART: &str = "part";

/// Why a file is not taken.
#[derive(Debug, Error)]
pub enum SpoolError {
    /// Files of this kind are not taken.
    #[error("files of this kind are not taken")]
    Refused(FileRefusal),
    /// It is harmful.
    #[error("the file is harmful")]
    Infected,
    /// Nobody can tell whether it is harmful.
    #[error("the file could not be scanned")]
    Unscanned,
    /// It is larger than allowed.
    #[error("the file is larger than allowed")]
    TooLarge,
    /// There is no room for more files.
    #[error("the spool is full")]
    Full,
    /// It did not arrive whole.
    #[error("the file did not arrive whole")]
    Incomplete,
    /// The disk does not take it.
    #[error("the spool cannot be written: {0}")]
    Disk(#[from] io::Error),
}

/// A file that is on disk, whole. It is gone again with this value, unless somebody keeps it: whoever hangs up leaves nothing.
pub struct Received {
    /// What it is.
    pub file: SpooledFile,
    /// SHA-256 of its bytes.
    pub hash: Vec<u8>,
    on_disk: OnDisk,
}

impl Received {
    /// A message needs it from now on.
    pub fn keep(mut self) {
        self.on_disk.is_needed = true;
    }
}

/// A file that nobody needs yet.
struct OnDisk {
    path: PathBuf,
    is_needed: bool,
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        if !self.is_needed {
            // It may never have been made.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The folder the files lie in. Clones share it.
#[derive(Clone)]
pub struct Spool {
    folder: PathBuf,
    /// So many bytes it holds at most: while Webex is away, files must not fill the disk that messages need.
    max_bytes: u64,
    /// Who says whether a file is harmful.
    clamd: Option<ClamdAddress>,
    /// How many bytes may still arrive, by who sends them.
    arriving: Arc<Mutex<HashMap<GuestId, u64>>>,
}

/// Who sends a file.
#[derive(Clone, Copy)]
pub struct FileSender<'a> {
    /// The guest.
    pub guest_id: &'a GuestId,
    /// How many bytes of theirs lie here already.
    pub waiting_bytes: u64,
}

/// Room for what arrives; dropping it gives it back.
struct Reserved {
    guest_id: GuestId,
    bytes: u64,
    arriving: Arc<Mutex<HashMap<GuestId, u64>>>,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut arriving = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = arriving.get_mut(&self.guest_id) {
            *bytes = bytes.saturating_sub(self.bytes);
            if *bytes == 0 {
                arriving.remove(&self.guest_id);
            }
        }
    }
}

impl Spool {
    /// Uses the folder `spool` of the data folder, which is made if need be.
    pub fn open(data_dir: &Path, max_bytes: u64, clamd: Option<ClamdAddress>) -> io::Result<Self> {
        let folder = data_dir.join("spool");
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        Ok(Self { folder, max_bytes, clamd, arriving: Arc::default() })
    }

    /// Writes a file down as it arrives; when this returns it is on disk. Nothing stays of one that is refused.
    /// An error of the stream means that it ended early.
    pub async fn receive<E>(
        &self,
        sender: FileSender<'_>,
        name: &str,
        declared_type: &str,
        max_bytes: u64,
        content: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Received, SpoolError> {
        let _reserved = self.reserve(sender, max_bytes).await?;
        let spool_name = random_id().map_err(|error| io::Error::other(error.to_string()))?;
        let part = OnDisk { path: self.folder.join(format!("{spool_name}.{PART}")), is_needed: false };
        let (media_type, size, hash) = self.write(&part.path, name, declared_type, max_bytes, content).await?;
        self.scan(&part.path).await?;
        let on_disk = OnDisk { path: self.folder.join(&spool_name), is_needed: false };
        fs::rename(&part.path, &on_disk.path).await?;
        File::open(&self.folder).await?.sync_all().await?;
        let file = SpooledFile { spool_name, name: safe_name(name), media_type: media_type.to_owned(), size };
        Ok(Received { file, hash, on_disk })
    }

    /// Where somebody can say it, only what is harmless is taken.
    async fn scan(&self, path: &Path) -> Result<(), SpoolError> {
        let Some(clamd) = &self.clamd else { return Ok(()) };
        scanner::scan(clamd, File::open(path).await?).await.map_err(|found| {
            tracing::warn!(%found, "a file that a guest sent was not taken");
            match found {
                NotHarmless::Infected(_) => SpoolError::Infected,
                NotHarmless::Unknown(_) => SpoolError::Unscanned,
            }
        })
    }

    /// Keeps room for a file that arrives: in all, and of what one guest may take.
    async fn reserve(&self, sender: FileSender<'_>, bytes: u64) -> Result<Reserved, SpoolError> {
        let lying = self.used().await?;
        let mut arriving = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        let in_all: u64 = arriving.values().sum();
        let of_guest = arriving.get(sender.guest_id).copied().unwrap_or_default();
        if lying.saturating_add(in_all).saturating_add(bytes) > self.max_bytes {
            tracing::error!(
                lying_bytes = lying,
                arriving_bytes = in_all,
                "the spool is full: of files that webex has not taken, or of those that arrive; guests cannot send more until there is room"
            );
            return Err(SpoolError::Full);
        }
        let share = (self.max_bytes / GUESTS_TO_FILL_IT).max(bytes);
        if sender.waiting_bytes.saturating_add(of_guest).saturating_add(bytes) > share {
            return Err(SpoolError::Full);
        }
        arriving.insert(sender.guest_id.clone(), of_guest.saturating_add(bytes));
        Ok(Reserved { guest_id: sender.guest_id.clone(), bytes, arriving: self.arriving.clone() })
    }

    /// How many bytes lie in it, without those that are arriving.
    async fn used(&self) -> io::Result<u64> {
        let mut entries = fs::read_dir(&self.folder).await?;
        let mut used = 0_u64;
        while let Some(entry) = entries.next_entry().await? {
            if entry.path().extension().is_some_and(|extension| extension == PART) {
                continue;
            }
            // One that was sent in this moment takes no room any more.
            used = used.saturating_add(entry.metadata().await.map_or(0, |metadata| metadata.len()));
        }
        Ok(used)
    }

    async fn write<E>(
        &self,
        path: &Path,
        name: &str,
        declared_type: &str,
        max_bytes: u64,
        content: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<(&'static str, u64, Vec<u8>), SpoolError> {
        let mut content = std::pin::pin!(content);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let mut file = options.open(path).await?;
        let (mut hash, mut size, mut head) = (Sha256::new(), 0_u64, Vec::with_capacity(SNIFF_BYTES));
        while let Some(chunk) = content.next().await {
            let chunk = chunk.map_err(|_| SpoolError::Incomplete)?;
            size = size.saturating_add(chunk.len() as u64);
            if size > max_bytes {
                return Err(SpoolError::TooLarge);
            }
            let missing = SNIFF_BYTES.saturating_sub(head.len());
            head.extend(chunk.iter().take(missing));
            hash.update(&chunk);
            file.write_all(&chunk).await?;
        }
        let media_type = accepted_type(name, declared_type, &head).map_err(SpoolError::Refused)?;
        file.flush().await?;
        if is_picture(media_type) {
            check_pixels(path.to_owned(), media_type).await?;
        }
        file.sync_all().await?;
        Ok((media_type, size, hash.finalize().to_vec()))
    }

    /// Whether a file that is to be sent is there.
    pub async fn has(&self, file: &SpooledFile) -> bool {
        fs::try_exists(self.folder.join(&file.spool_name)).await.unwrap_or(true)
    }

    /// Opens a file to be sent.
    pub async fn open_file(&self, file: &SpooledFile) -> io::Result<File> {
        File::open(self.folder.join(&file.spool_name)).await
    }

    /// Lets go of a file that is sent or given up.
    pub async fn remove(&self, file: &SpooledFile) {
        let removed = fs::remove_file(self.folder.join(&file.spool_name)).await;
        if let Err(error) = removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }) {
            tracing::warn!(%error, "a file could not be removed from the spool");
        }
    }

    /// Lets go of what no message needs any more: of uploads cut off, and of what was sent in the moment of a crash.
    /// Only for the start, when nothing arrives.
    pub async fn keep_only(&self, needed: &[String]) -> io::Result<()> {
        let mut entries = fs::read_dir(&self.folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name();
            if !needed.iter().any(|needed| name == needed.as_str()) {
                fs::remove_file(entry.path()).await?;
            }
        }
        Ok(())
    }
}

/// A picture's header may lie anywhere in it, so that it is looked for once all of it is there.
async fn check_pixels(path: PathBuf, media_type: &'static str) -> Result<(), SpoolError> {
    let claimed = tokio::task::spawn_blocking(move || pixels(media_type, std::fs::File::open(path)?)).await.map_err(io::Error::other)?;
    match claimed {
        Ok(..=MAX_PIXELS) => Ok(()),
        Ok(_) => Err(SpoolError::Refused(FileRefusal::Pixels)),
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => {
            Err(SpoolError::Refused(FileRefusal::Contents))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn sender() -> FileSender<'static> {
        static GUEST: std::sync::LazyLock<GuestId> = std::sync::LazyLock::new(|| GuestId::new("ada"));
        FileSender { guest_id: &GUEST, waiting_bytes: 0 }
    }

    fn chunks(parts: &[&'static str]) -> impl Stream<Item = Result<Bytes, ()>> + use<> {
        stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect::<Vec<_>>())
    }

    #[tokio::test]
    async fn one_guest_takes_a_part_of_the_room_only() {
        let (folder, ada, bob) = (tempfile::tempdir().unwrap(), GuestId::new("ada"), GuestId::new("bob"));
        let spool = Spool::open(folder.path(), 100, None).unwrap();
        let reserve =
            async |guest_id: &GuestId, waiting_bytes: u64, bytes| spool.reserve(FileSender { guest_id, waiting_bytes }, bytes).await;
        let first = reserve(&ada, 0, 6).await.unwrap();
        assert!(matches!(reserve(&ada, 0, 6).await, Err(SpoolError::Full)), "6 of 10 bytes are on their way");
        assert!(matches!(reserve(&bob, 5, 6).await, Err(SpoolError::Full)), "5 of 10 bytes wait");
        let other = reserve(&bob, 0, 90).await.unwrap();
        assert!(matches!(reserve(&GuestId::new("eve"), 0, 5).await, Err(SpoolError::Full)), "96 of 100 bytes are on their way");
        drop((first, other));
        assert!(reserve(&ada, 0, 6).await.is_ok() && spool.arriving.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_arrives_takes_its_room_once() {
        let (folder, ada) = (tempfile::tempdir().unwrap(), GuestId::new("ada"));
        let spool = Spool::open(folder.path(), 100, None).unwrap();
        std::fs::write(folder.path().join("spool/1.part"), [0; 95]).unwrap();
        assert!(spool.reserve(FileSender { guest_id: &ada, waiting_bytes: 0 }, 10).await.is_ok(), "its room was reserved when it began");
        std::fs::write(folder.path().join("spool/2"), [0; 95]).unwrap();
        assert!(matches!(spool.reserve(FileSender { guest_id: &ada, waiting_bytes: 0 }, 10).await, Err(SpoolError::Full)));
    }

    #[tokio::test]
    async fn a_disk_that_does_not_give_a_picture_back_is_not_the_guests_fault() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(check_pixels(folder.path().join("gone"), "image/png").await, Err(SpoolError::Disk(_))));
        std::fs::write(folder.path().join("empty"), []).unwrap();
        let refused = check_pixels(folder.path().join("empty"), "image/png").await;
        assert!(matches!(refused, Err(SpoolError::Refused(FileRefusal::Contents))));
    }

    #[tokio::test]
    async fn a_file_is_whole_on_disk_or_not_there_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 20, None).unwrap();
        let count = || std::fs::read_dir(folder.path().join("spool")).unwrap().count();
        let received = spool.receive(sender(), "notes.txt", "text/plain", 10, chunks(&["hello", "world"])).await.unwrap();
        assert_eq!((received.file.size, received.file.media_type.as_str(), count()), (10, "text/plain", 1));
        received.keep();
        drop(spool.receive(sender(), "notes.txt", "text/plain", 10, chunks(&["nobody keeps me"])).await);
        drop(spool.receive(sender(), "notes.txt", "text/plain", 10, chunks(&["not I"])).await.unwrap());
        assert!(matches!(
            spool.receive(sender(), "notes.txt", "text/plain", 9, chunks(&["hello", "world"])).await,
            Err(SpoolError::TooLarge)
        ));
        let cut_off = chunks(&["hel"]).chain(stream::iter([Err(())]));
        assert!(matches!(spool.receive(sender(), "notes.txt", "", 10, cut_off).await, Err(SpoolError::Incomplete)));
        assert!(matches!(spool.receive(sender(), "x.exe", "", 10, chunks(&["MZ"])).await, Err(SpoolError::Refused(_))));
        assert_eq!(count(), 1);
        assert!(
            matches!(spool.receive(sender(), "notes.txt", "", 20, chunks(&["hello"])).await, Err(SpoolError::Full)),
            "10 of 20 bytes are used"
        );
        spool.keep_only(&[]).await.unwrap();
        assert_eq!(count(), 0);
    }
}
