//! A site's back end that says who its visitors are.

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKeyData};
use serde_json::{Value, json};
use server::clock::Clock;
use tempfile::TempDir;

use crate::portal::TestPortal;

/// What the tests' keys are called.
pub const KEY_ID: &str = "2026-11";

/// Signs as a back end does, and holds the files that the portal is configured with.
pub struct BackEnd {
    /// How it signs.
    pub algorithm: Algorithm,
    key: EncodingKey,
    /// The public key as text; empty where there is a secret.
    pub public_pem: String,
    /// The secret of HS256; empty where there is a public key.
    pub secret: Vec<u8>,
    folder: TempDir,
}

impl BackEnd {
    /// One with a new key of this kind.
    pub fn new(algorithm: Algorithm) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let pair = |kind| KeyPair::generate_for(kind).expect("a key");
        let secret: Vec<u8> =
            std::iter::repeat_with(|| fastrand::u8(..)).take(if algorithm == Algorithm::HS256 { 32 } else { 0 }).collect();
        let (key, public_pem) = match algorithm {
            Algorithm::EdDSA => {
                let pair = pair(&PKCS_ED25519);
                (EncodingKey::from_ed_der(&pair.serialize_der()), pem(&pair.subject_public_key_info()))
            }
            Algorithm::ES256 => {
                let pair = pair(&PKCS_ECDSA_P256_SHA256);
                (EncodingKey::from_ec_der(&pair.serialize_der()), pem(&pair.subject_public_key_info()))
            }
            _ => (EncodingKey::from_secret(&secret), String::new()),
        };
        write(folder.path(), "identity.pem", &public_pem);
        write(folder.path(), "identity-secret", &BASE64_STANDARD.encode(&secret));
        Self { algorithm, key, public_pem, secret, folder }
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
        self.sign_bytes(&header.to_string(), claims.to_string().as_bytes())
    }

    /// Whatever stands in the place of header and claims, signed by its key.
    pub fn sign_bytes(&self, header: &str, claims: &[u8]) -> String {
        self.sign_message(&format!("{}.{}", base64url(header.as_bytes()), base64url(claims)))
    }

    /// What stands before a token's last dot, and behind it this key's signature.
    pub fn sign_message(&self, message: &str) -> String {
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).expect("a signature");
        format!("{message}.{signature}")
    }

    /// The same with the secret of `HS256` being this text: what somebody signs who only has the public key.
    pub fn sign_by_public_key(&self, header: &Value, claims: &Value) -> String {
        let secret = self.public_pem.clone().into_bytes();
        let (key, folder) = (EncodingKey::from_secret(&secret), tempfile::tempdir().expect("a folder"));
        Self { algorithm: Algorithm::HS256, key, public_pem: String::new(), secret, folder }.sign(header, claims)
    }
}

fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base64")).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

/// Text or bytes as parts of a token are.
pub fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// How far two clocks may be apart.
pub const SKEW: Duration = Duration::from_secs(30);

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("its permissions");
}
