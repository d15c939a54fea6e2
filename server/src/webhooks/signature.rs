//! Signs what is delivered, in the form of Standard Webhooks: HMAC-SHA256 over id, time and body.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::secrets::{SecretsError, random};

/// What a secret begins with.
const PREFIX: &str = "whsec_";
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// What a signature of this kind begins with.
const VERSION: &str = "v1,";
/// How far a receiver's clock may be off, in seconds; what is older may be a replay.
const TOLERANCE_SECS: i64 = 5 * 60;

/// What an endpoint's deliveries are signed with.
#[derive(Clone, Debug)]
pub struct SigningSecret(SecretString);

impl PartialEq for SigningSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl SigningSecret {
    /// From its text; `None` if that is not `whsec_` and 24 to 64 bytes in base64.
    pub fn parse(text: &SecretString) -> Option<Self> {
        key(text).filter(|key| SECRET_BYTES.contains(&key.len())).map(|_| Self(text.clone()))
    }

    /// A new one.
    pub(crate) fn make() -> Result<SecretString, SecretsError> {
        Ok(format!("{PREFIX}{}", BASE64_STANDARD.encode(random::<32>()?)).into())
    }

    fn mac(&self, id: &str, timestamp_secs: i64, body: &str) -> Option<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&key(&self.0)?).ok()?;
        mac.update(format!("{id}.{timestamp_secs}.").as_bytes());
        mac.update(body.as_bytes());
        Some(mac)
    }
}

fn key(text: &SecretString) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text.expose_secret().trim().strip_prefix(PREFIX)?).ok()
}

/// The header `webhook-signature`: one signature for each secret, so that a receiver may know either.
pub fn sign<'a>(secrets: impl IntoIterator<Item = &'a SigningSecret>, id: &str, timestamp_secs: i64, body: &str) -> String {
    let macs = secrets.into_iter().filter_map(|secret| secret.mac(id, timestamp_secs, body));
    macs.map(|mac| format!("{VERSION}{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))).collect::<Vec<_>>().join(" ")
}

/// What a receiver does: whether one of the signatures is right, and recent. For tests, which are receivers.
pub fn verify(secret: &SigningSecret, id: &str, timestamp: &str, signatures: &str, body: &str, now_secs: i64) -> bool {
    let Ok(timestamp_secs) = timestamp.parse::<i64>() else { return false };
    if now_secs.abs_diff(timestamp_secs) > TOLERANCE_SECS.unsigned_abs() {
        return false;
    }
    signatures.split(' ').filter_map(|signature| BASE64_STANDARD.decode(signature.strip_prefix(VERSION)?).ok()).any(|signature| {
        // In constant time.
        secret.mac(id, timestamp_secs, body).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of the specification, whose secret is shorter than one may be.
    const SECRET: &str = "whsec_plJ3nmyCDGBKInavdOK15jsl";
    const BODY: &str = r#"{"event_type":"ping","data":{"success":true}}"#;
    const ID: &str = "msg_loFOjxBNrRLzqYUf";
    const AT: i64 = 1_731_705_121;
    const SIGNATURE: &str = "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=";

    fn secret(text: &str) -> SigningSecret {
        SigningSecret(text.to_owned().into())
    }

    fn other() -> SigningSecret {
        secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    }

    #[test]
    fn the_example_of_the_specification_is_signed_as_it_says() {
        assert_eq!(sign([&secret(SECRET)], ID, AT, BODY), SIGNATURE);
        assert!(verify(&secret(SECRET), ID, &AT.to_string(), SIGNATURE, BODY, AT));
    }

    #[test]
    fn while_a_secret_is_replaced_both_are_good() {
        let signatures = sign([&other(), &secret(SECRET)], ID, AT, BODY);
        assert_eq!(signatures.split(' ').count(), 2);
        for known in [other(), secret(SECRET)] {
            assert!(verify(&known, ID, &AT.to_string(), &signatures, BODY, AT));
        }
    }

    #[test]
    fn what_was_changed_is_of_another_or_is_old_is_refused() {
        let (right, at) = (secret(SECRET), AT.to_string());
        assert!(!verify(&right, ID, &at, SIGNATURE, &BODY.replace("true", "false"), AT), "a body that was changed");
        assert!(!verify(&right, "msg_other", &at, SIGNATURE, BODY, AT), "another id");
        assert!(!verify(&other(), ID, &at, SIGNATURE, BODY, AT), "another secret");
        for now in [AT + 300, AT - 300] {
            assert!(verify(&right, ID, &at, SIGNATURE, BODY, now), "five minutes");
        }
        for now in [AT + 301, AT - 301] {
            assert!(!verify(&right, ID, &at, SIGNATURE, BODY, now), "too old, or of the future");
        }
        for missing in ["", " ", "v1,", "v1a,AAAA", &SIGNATURE.replace("v1,", "v2,")] {
            assert!(!verify(&right, ID, &at, missing, BODY, AT), "{missing:?}");
        }
        assert!(!verify(&right, ID, "", SIGNATURE, BODY, AT), "no time");
    }

    #[test]
    fn a_secret_is_long_enough_and_marked_as_one() {
        for bad in ["", "whsec_", "whsec_plJ3nmyCDGBKInavdOK1", "plJ3nmyCDGBKInavdOK15jsl", "whsec_not base64 not base64 not base6"] {
            assert!(SigningSecret::parse(&bad.to_owned().into()).is_none(), "{bad}");
        }
        let (long, too_long) = (BASE64_STANDARD.encode([7; 64]), BASE64_STANDARD.encode([7; 65]));
        assert!(SigningSecret::parse(&format!("whsec_{long}").into()).is_some());
        assert!(SigningSecret::parse(&format!("whsec_{too_long}").into()).is_none());
        let made = SigningSecret::make().unwrap();
        assert!(SigningSecret::parse(&made).is_some());
        assert!(!format!("{:?}", SigningSecret::parse(&made)).contains(&made.expose_secret()[6..]));
    }

    proptest! {
        #[test]
        fn what_is_signed_is_verified_and_nothing_else(
            key in proptest::collection::vec(any::<u8>(), 24..=64), id in "msg_[A-Za-z0-9_-]{1,30}", body in ".{0,200}", other_body in ".{0,200}",
            at in 0..4_000_000_000_i64, late in -TOLERANCE_SECS..=TOLERANCE_SECS,
        ) {
            let secret = secret(&format!("whsec_{}", BASE64_STANDARD.encode(key)));
            let signature = sign([&secret], &id, at, &body);
            prop_assert!(verify(&secret, &id, &at.to_string(), &signature, &body, at + late));
            prop_assert!(!verify(&secret, &id, &(at + 1).to_string(), &signature, &body, at));
            prop_assert_eq!(verify(&secret, &id, &at.to_string(), &signature, &other_body, at), body == other_body);
            prop_assert!(!verify(&other(), &id, &at.to_string(), &signature, &body, at));
        }
    }
}
