//! A site's back end that says who its visitors are.

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use jsonwebtoken::{Algorithm, EncodingKey};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKeyData};
use serde_json::{Value, json};
use server::clock::Clock;
use tempfile::TempDir;

use crate::portal::TestPortal;

/// What the tests' keys are called.
pub const KEY_ID: &str = "2026-11";
const SECRET: &[u8; 32] = b"an identity secret of 32 letters";
const SECRET_BASE64: &str = "YW4gaWRlbnRpdHkgc2VjcmV0IG9mIDMyIGxldHRlcnM=";

/// Signs as a back end does, and holds the files that the portal is configured with.
pub struct BackEnd {
    /// How it signs.
    pub algorithm: Algorithm,
    key: EncodingKey,
    /// The public key as text.
    pub public_pem: String,
    folder: TempDir,
}

impl BackEnd {
    /// One with a new key of this kind.
    pub fn new(algorithm: Algorithm) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let pair = |kind| KeyPair::generate_for(kind).expect("a key");
        let (key, public_pem) = match algorithm {
            Algorithm::EdDSA => {
                let pair = pair(&PKCS_ED25519);
                (EncodingKey::from_ed_der(&pair.serialize_der()), pem(&pair.subject_public_key_info()))
            }
            Algorithm::ES256 => {
                let pair = pair(&PKCS_ECDSA_P256_SHA256);
                (EncodingKey::from_ec_der(&pair.serialize_der()), pem(&pair.subject_public_key_info()))
            }
            _ => (EncodingKey::from_secret(SECRET), String::new()),
        };
        let back_end = Self { algorithm, key, public_pem, folder };
        write(back_end.folder.path(), "identity.pem", &back_end.public_pem);
        write(back_end.folder.path(), "identity-secret", SECRET_BASE64);
        back_end
    }

    /// What goes below a `[[site]]` so that it takes this back end's word.
    pub fn settings(&self, mode: &str) -> String {
        format!("[site.identity]\nmode = \"{mode}\"\nalgorithm = \"{:?}\"\n{}", self.algorithm, self.key_settings(KEY_ID))
    }

    /// One `[[site.identity.key]]`.
    pub fn key_settings(&self, id: &str) -> String {
        let (key, file) = match self.algorithm {
            Algorithm::HS256 => ("secret_file", "identity-secret"),
            _ => ("public_key_file", "identity.pem"),
        };
        format!("[[site.identity.key]]\nid = \"{id}\"\n{key} = \"{}\"\n", self.folder.path().join(file).display())
    }

    /// The file with its public key.
    pub fn public_key_file(&self) -> String {
        self.folder.path().join("identity.pem").display().to_string()
    }

    /// The header of its tokens.
    pub fn header(&self) -> Value {
        json!({ "alg": format!("{:?}", self.algorithm), "typ": "gp-id+jwt", "kid": KEY_ID })
    }

    /// The claims of a token for this user of the first site, made now.
    pub fn claims(&self, portal: &TestPortal, user_id: &str, name: &str) -> Value {
        Self::claims_at(&portal.clock, &portal.app().audience, user_id, name)
    }

    /// The same for a portal of this address, by this clock.
    pub fn claims_at(clock: &Clock, audience: &str, user_id: &str, name: &str) -> Value {
        let now = clock.now().as_millis() / 1000;
        json!({
            "iss": "demo", "aud": audience, "sub": user_id, "name": name, "iat": now, "exp": now + 60,
            "jti": format!("{:032x}", u128::from(fastrand::u64(..)) << 64 | u128::from(fastrand::u64(..))),
        })
    }

    /// A token for this user of the first site.
    pub fn token(&self, portal: &TestPortal, user_id: &str, name: &str) -> String {
        self.sign(&self.header(), &self.claims(portal, user_id, name))
    }

    /// Any header and claims, signed by its key.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).expect("a signature");
        format!("{message}.{signature}")
    }

    /// The same with the secret of `HS256` being this text: what somebody signs who only has the public key.
    pub fn sign_by_public_key(&self, header: &Value, claims: &Value) -> String {
        let key = EncodingKey::from_secret(self.public_pem.as_bytes());
        let forger = Self { algorithm: Algorithm::HS256, key, public_pem: String::new(), folder: tempfile::tempdir().expect("a folder") };
        forger.sign(header, claims)
    }
}

fn pem(der: &[u8]) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base64")).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

/// Text or bytes as parts of a token are.
pub fn base64url(bytes: &[u8]) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// How far two clocks may be apart.
pub const SKEW: Duration = Duration::from_secs(30);

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("its permissions");
}
