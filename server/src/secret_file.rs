//! Files with secrets: what others on the machine can read is refused, because it may have been read.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use thiserror::Error;

/// Why a file is not used.
#[derive(Debug, Error)]
pub(crate) enum Unfit {
    /// It cannot be read.
    #[error("cannot be read ({0})")]
    Unreadable(#[from] io::Error),
    /// Its mode lets others read it.
    #[error("can be read by others; run `chmod 600 {0}`")]
    OpenToOthers(String),
    /// Somebody else can change it.
    #[error("belongs to user {0}; run this as that user, or run `chown` so that the file belongs to the one the portal runs as")]
    OfAnother(u32),
}

/// What stands in a file with a secret.
pub(crate) fn read(path: &Path) -> Result<String, Unfit> {
    let mut file = File::open(path)?;
    check(path, &file)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// A new file for secrets, its owner's alone.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn check(path: &Path, file: &File) -> Result<(), Unfit> {
    use std::os::unix::fs::MetadataExt;
    // What systemd hands over lies in a folder of the service's own; the files' modes show the folder's rules, not who may read.
    if std::env::var_os("CREDENTIALS_DIRECTORY").is_some_and(|folder| path.starts_with(folder)) {
        return Ok(());
    }
    let metadata = file.metadata()?;
    if metadata.mode() & 0o077 != 0 {
        return Err(Unfit::OpenToOthers(path.display().to_string()));
    }
    let is_own = metadata.uid() == 0 || metadata.uid() == rustix::process::geteuid().as_raw();
    if is_own { Ok(()) } else { Err(Unfit::OfAnother(metadata.uid())) }
}

#[cfg(not(unix))]
fn check(_path: &Path, _file: &File) -> Result<(), Unfit> {
    Ok(())
}
