//! Randomness, and the keys in `keys.toml`.
//!
//! The file is made at the first start, is readable by its owner only, and belongs into the backup:
//! without `seal` the stored access tokens cannot be opened (they are fetched anew), without
//! `subject` returning guests are strangers to Webex and their histories are lost.

use std::{fs, io::Write, path::Path};

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{live::Live, secret_file};

const NONCE_BYTES: usize = 12;

/// Randomness or the keys' file failed.
#[derive(Debug, Error)]
pub enum SecretsError {
    /// The operating system gave no randomness.
    #[error("the operating system gives no random numbers: {0}")]
    NoRandomness(getrandom::Error),
    /// The file cannot be read or written.
    #[error("cannot use {path}: {reason}")]
    File {
        /// Which file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// Something sealed does not open with any of the keys.
    #[error("a stored secret does not open with the keys in keys.toml")]
    Unopenable,
}

/// So many random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SecretsError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(SecretsError::NoRandomness)?;
    Ok(bytes)
}

/// 256 random bits as 43 characters of URL-safe base64: a bearer secret.
pub(crate) fn random_token() -> Result<SecretString, SecretsError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?).into())
}

/// 128 random bits as 22 characters of URL-safe base64: an id, not a secret.
pub(crate) fn random_id() -> Result<String, SecretsError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random::<16>()?))
}

/// What is kept of a bearer secret: its SHA-256.
pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Serialize, Deserialize)]
struct KeyFile {
    /// Newest first: the first seals, all open.
    seal: Vec<String>,
    /// Never rotated.
    subject: String,
}

/// The portal's own keys.
pub struct Keys {
    seal: Live<Vec<Aes256Gcm>>,
    subject: Vec<u8>,
}

impl Keys {
    /// Reads `keys.toml`, or makes it if there is none.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretsError> {
        if !path.exists() {
            let file = KeyFile { seal: vec![BASE64_STANDARD.encode(random::<32>()?)], subject: BASE64_STANDARD.encode(random::<32>()?) };
            write(path, &file)?;
        }
        Self::load(path)
    }

    fn load(path: &Path) -> Result<Self, SecretsError> {
        let file_error = |reason: String| SecretsError::File { path: path.display().to_string(), reason };
        let text = secret_file::read(path).map_err(|unfit| file_error(unfit.to_string()))?;
        let file: KeyFile =
            toml::from_str(&text).map_err(|_| file_error("it is not the file the portal wrote; restore it from the backup".into()))?;
        let decode = |key: &String| {
            BASE64_STANDARD
                .decode(key)
                .ok()
                .filter(|bytes| bytes.len() == 32)
                .ok_or_else(|| file_error("a key in it is not 32 bytes of base64; restore it from the backup".into()))
        };
        let seal = file
            .seal
            .iter()
            .map(|key| {
                let bytes = decode(key)?;
                Aes256Gcm::new_from_slice(&bytes).map_err(|error| file_error(error.to_string()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if seal.is_empty() {
            return Err(file_error("`seal` has no key; restore it from the backup".into()));
        }
        Ok(Self { seal: seal.into(), subject: decode(&file.subject)? })
    }

    /// Reads `keys.toml` again: its newest key seals from now on.
    ///
    /// # Errors
    ///
    /// What is wrong with the file; then everything stays as it is.
    pub fn read_again(&self, path: &Path) -> Result<(), SecretsError> {
        let newer = Self::load(path)?;
        if newer.subject != self.subject {
            let reason = "`subject` is another one: with it all guests would be strangers; restore it from the backup".into();
            return Err(SecretsError::File { path: path.display().to_string(), reason });
        }
        self.seal.take(&newer.seal);
        Ok(())
    }

    /// Puts a new key that seals before the others, which go on to open.
    pub fn rotate(path: &Path) -> Result<(), SecretsError> {
        let file_error = |reason: String| SecretsError::File { path: path.display().to_string(), reason };
        let _ = Self::load(path)?;
        let text = secret_file::read(path).map_err(|unfit| file_error(unfit.to_string()))?;
        let mut file: KeyFile = toml::from_str(&text).map_err(|error| file_error(error.message().to_owned()))?;
        file.seal.insert(0, BASE64_STANDARD.encode(random::<32>()?));
        write(path, &file).map(drop)
    }

    /// Seals a secret for the store. `purpose` binds it to its place: a sealed value copied elsewhere does not open.
    pub fn seal(&self, purpose: &str, secret: &SecretString) -> Result<Vec<u8>, SecretsError> {
        let nonce = random::<NONCE_BYTES>()?;
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: purpose.as_bytes() };
        let keys = self.seal.get();
        let cipher = keys.first().ok_or(SecretsError::Unopenable)?;
        let sealed = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| SecretsError::Unopenable)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Keys::seal`] sealed, with whichever key did it.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<SecretString, SecretsError> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(SecretsError::Unopenable)?;
        let payload = || Payload { msg: body, aad: purpose.as_bytes() };
        let opened = self.seal.get().iter().find_map(|cipher| cipher.decrypt(&Nonce::from(*nonce), payload()).ok());
        let text = opened.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(SecretsError::Unopenable)?;
        Ok(text.into())
    }

    /// HMAC-SHA256 under the subject key.
    pub fn subject_mac(&self, parts: &[&[u8]]) -> Result<[u8; 32], SecretsError> {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.subject).map_err(|_| SecretsError::Unopenable)?;
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                mac.update(&[0]);
            }
            mac.update(part);
        }
        Ok(mac.finalize().into_bytes().into())
    }
}

fn write(path: &Path, file: &KeyFile) -> Result<(), SecretsError> {
    let body = toml::to_string(file).map_err(|error| SecretsError::File { path: path.display().to_string(), reason: error.to_string() })?;
    let text = format!("# Made by the portal at its first start. Keep it secret and in the backup.\n{body}");
    let write = || -> std::io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // Under its name it is there as a whole or not at all.
        let aside = path.with_extension("toml.new");
        let _ = fs::remove_file(&aside);
        let mut file = options.open(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
    };
    write().map_err(|error| SecretsError::File { path: path.display().to_string(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_after_a_restart_and_only_for_its_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.toml");
        let sealed = Keys::load_or_create(&path).unwrap().seal("guest:1", &"token".to_owned().into()).unwrap();
        let keys = Keys::load_or_create(&path).unwrap();
        assert_eq!(keys.open("guest:1", &sealed).unwrap().expose_secret(), "token");
        assert!(keys.open("guest:2", &sealed).is_err());
        assert!(keys.open("guest:1", &sealed[..10]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn the_file_of_keys_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.toml");
        Keys::load_or_create(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    /// Only root can give a file away; anybody else finds it as it was.
    #[cfg(unix)]
    #[test]
    fn a_rotation_by_another_user_than_the_portals_changes_nothing_and_says_whose_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.toml");
        Keys::load_or_create(&path).unwrap();
        let before = fs::read_to_string(&path).unwrap();
        if std::os::unix::fs::chown(&path, Some(12_345), None).is_ok() {
            let refusal = Keys::rotate(&path).unwrap_err().to_string();
            assert!(refusal.contains("user 12345"), "{refusal}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), before);
    }

    #[test]
    fn after_a_rotation_the_new_key_seals_and_the_old_one_opens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.toml");
        let keys = Keys::load_or_create(&path).unwrap();
        let old = keys.seal("guest:1", &"token".to_owned().into()).unwrap();
        Keys::rotate(&path).unwrap();
        keys.read_again(&path).unwrap();
        let new = keys.seal("guest:1", &"token".to_owned().into()).unwrap();
        for sealed in [&old, &new] {
            assert_eq!(keys.open("guest:1", sealed).unwrap().expose_secret(), "token");
        }
        // Once nothing old is left, the old key may go.
        let mut file: KeyFile = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(file.seal.len(), 2);
        file.seal.truncate(1);
        write(&path, &file).unwrap();
        keys.read_again(&path).unwrap();
        assert!(keys.open("guest:1", &old).is_err() && keys.open("guest:1", &new).is_ok());

        file.subject = BASE64_STANDARD.encode([7; 32]);
        write(&path, &file).unwrap();
        let refused = keys.read_again(&path).unwrap_err().to_string();
        assert!(refused.contains("`subject`"), "{refused}");
        assert!(keys.open("guest:1", &new).is_ok(), "everything stays as it was");
    }

    #[test]
    fn a_damaged_file_of_keys_is_named_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.toml");
        std::fs::write(&path, "seal = []").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            let error = Keys::load_or_create(&path).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let error = Keys::load_or_create(&path).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("keys.toml") && error.contains("backup"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "seal = []");
    }
}
