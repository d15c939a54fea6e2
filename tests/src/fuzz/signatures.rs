//! Signatures of what other programs are told. The judge: what is signed is believed, a changed byte is not, and nothing made up is.

use secrecy::SecretString;
use server::webhooks::{SigningSecret, sign, verify};

use crate::receiver::SECRET;

const NOW_SECS: i64 = 1_800_000_000;

pub(super) fn target(bytes: &[u8]) {
    let (first, second) = super::parted(bytes);
    let (first, body) = (String::from_utf8_lossy(first), String::from_utf8_lossy(second));
    let secret = SigningSecret::parse(&SecretString::from(SECRET)).expect("a secret");
    let signatures = sign([&secret], "evt_1", NOW_SECS, &body);
    let now = NOW_SECS.to_string();
    assert!(verify(&secret, "evt_1", &now, &signatures, &body, NOW_SECS));
    assert!(verify(&secret, "evt_1", &now, &format!("{first} {signatures}"), &body, NOW_SECS));
    // Of other bytes, under another id, at another time, in another form.
    assert!(!verify(&secret, "evt_1", &now, &signatures, &format!("{body} "), NOW_SECS));
    assert!(!verify(&secret, "evt_2", &now, &signatures, &body, NOW_SECS));
    assert!(first.parse() == Ok(NOW_SECS) || !verify(&secret, "evt_1", &first, &signatures, &body, NOW_SECS));
    assert!(!verify(&secret, "evt_1", &now, &signatures, &body, NOW_SECS + 301));
    assert!(first.contains(&signatures) || !verify(&secret, "evt_1", &now, &first, &body, NOW_SECS));
    // Text that is no secret is none.
    if let Some(other) = SigningSecret::parse(&SecretString::from(first.as_ref())) {
        assert!(first.trim().starts_with("whsec_"));
        assert!(first.trim() == SECRET || !verify(&other, "evt_1", &now, &signatures, &body, NOW_SECS));
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        "1800000000\0{\"type\":\"x\"}",
        "v1,AAAA\0{}",
        "-9223372036854775808\0",
        "v1a,x v1,y\0body",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\0x",
    ])
}
