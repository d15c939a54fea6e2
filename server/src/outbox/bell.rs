//! What staff are told, one to one: sealed while it waits, because it carries a link that opens a meeting.

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::SecretString;

use crate::secrets::{Keys, SecretsError};

const PURPOSE: &str = "to_staff";

/// As it lies in the outbox.
pub(crate) fn seal(keys: &Keys, text: &SecretString) -> Result<String, SecretsError> {
    Ok(BASE64_STANDARD.encode(keys.seal(PURPOSE, text)?))
}

/// As it is sent.
pub(super) fn open(keys: &Keys, body: &str) -> Result<SecretString, SecretsError> {
    let sealed = BASE64_STANDARD.decode(body).map_err(|_| SecretsError::Unopenable)?;
    keys.open(PURPOSE, &sealed)
}
