//! What a connection's webhook is found and believed by. All of it comes from the portal's own keys: nothing need be stored, and
//! every node knows the same.

use ring::hmac;
use shared::Timestamp;

use crate::{
    config::ConnectionId,
    secrets::{Keys, SecretsError, hex},
};

/// What Webex signs with is another one after so long; the one before is believed as long.
const ROTATE_EVERY_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// The secrets of one connection's webhook.
pub(in crate::feed) struct Secrets {
    /// The last part of its address: 128 bits.
    pub(in crate::feed) token: String,
    /// The newest first, by number.
    secrets: Box<dyn Fn(i64) -> Result<String, SecretsError> + Send + Sync>,
}

impl Secrets {
    /// Of a connection.
    pub(in crate::feed) fn new(keys: std::sync::Arc<Keys>, connection: &ConnectionId) -> Result<Self, SecretsError> {
        let mac = keys.subject_mac(&[b"webhook address", connection.as_str().as_bytes()])?;
        let token = hex(mac.first_chunk::<16>().unwrap_or(&[0; 16]));
        let connection = connection.clone();
        let secrets = move |number: i64| {
            let parts: [&[u8]; 3] = [b"webhook secret", connection.as_str().as_bytes(), &number.to_be_bytes()];
            Ok(hex(&keys.subject_mac(&parts)?))
        };
        Ok(Self { token, secrets: Box::new(secrets) })
    }

    /// What is to be signed with now, and its number.
    pub(in crate::feed) fn current(&self, now: Timestamp) -> Result<(i64, String), SecretsError> {
        let number = number_at(now);
        Ok((number, (self.secrets)(number)?))
    }

    /// Whether these bytes were signed with the current secret or the one before. Compares in constant time.
    pub(in crate::feed) fn is_signed(&self, body: &[u8], signature: &[u8], now: Timestamp) -> bool {
        let number = number_at(now);
        [number, number - 1].into_iter().any(|number| {
            let Ok(secret) = (self.secrets)(number) else { return false };
            let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
            hmac::verify(&key, body, signature).is_ok()
        })
    }
}

const fn number_at(now: Timestamp) -> i64 {
    now.as_millis().div_euclid(ROTATE_EVERY_MILLIS)
}

/// What a portal calls a connection's webhook in Webex. `instance` tells it from another portal's.
pub(in crate::feed) fn name_of(connection: &ConnectionId, instance: &str) -> String {
    format!("guest-portal {connection} {instance}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn secrets() -> Secrets {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::load_or_create(&folder.path().join("keys.toml")).unwrap();
        Secrets::new(Arc::new(keys), &ConnectionId::first()).unwrap()
    }

    fn sign(secret: &str, body: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes()), body).as_ref().to_vec()
    }

    #[test]
    fn the_secret_changes_every_month_and_the_one_before_is_believed_for_one_more() {
        let secrets = secrets();
        let month = |number: i64| Timestamp::from_millis(number * ROTATE_EVERY_MILLIS);
        let (number, secret) = secrets.current(month(7)).unwrap();
        assert_eq!(number, 7);
        let signature = sign(&secret, b"body");
        assert!(secrets.is_signed(b"body", &signature, month(7)) && secrets.is_signed(b"body", &signature, month(8)));
        assert!(!secrets.is_signed(b"body", &signature, month(9)) && !secrets.is_signed(b"body", &signature, month(6)));
        assert_ne!(secrets.current(month(8)).unwrap().1, secret);
    }

    #[test]
    fn nothing_but_the_signature_of_these_very_bytes_is_believed() {
        let secrets = secrets();
        let now = Timestamp::from_millis(5);
        let signature = sign(&secrets.current(now).unwrap().1, b"body");
        assert!(secrets.is_signed(b"body", &signature, now));
        assert!(!secrets.is_signed(b"body ", &signature, now));
        assert!(!secrets.is_signed(b"body", &signature[..19], now));
        assert!(!secrets.is_signed(b"body", b"", now));
        assert!(!secrets.is_signed(b"body", &sign("", b"body"), now));
        assert_eq!(secrets.token.len(), 32);
    }
}
