//! `[site.identity]`: whether and how a site's back end says who its visitors are.

use std::{collections::BTreeSet, fs};

use base64::{Engine, prelude::BASE64_STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey};
use rustls::pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::reader::Section;
use crate::session::{IdentityConfig, IdentityKey, IdentityMode};

/// HS256 asks for a key as long as its hash.
const MIN_SECRET_BYTES: usize = 32;
const MAX_KEY_ID_CHARS: usize = 64;
/// How a public key of this kind begins (RFC 8410).
const ED25519: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// How a public key of this kind begins (RFC 5480), up to its two coordinates.
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
    0x07, 0x03, 0x42, 0x00,
];

/// Reads the section.
pub(super) fn read(section: &Section<'_, '_>) -> IdentityConfig {
    let mode = section.parsed("mode", "`off`, `optional` or `required`", |text| match text {
        "off" => Some(IdentityMode::Off),
        "optional" => Some(IdentityMode::Optional),
        "required" => Some(IdentityMode::Required),
        _ => None,
    });
    let algorithm = section.parsed("algorithm", "`EdDSA`, `ES256` or `HS256`", |text| match text {
        "EdDSA" => Some(Algorithm::EdDSA),
        "ES256" => Some(Algorithm::ES256),
        "HS256" => Some(Algorithm::HS256),
        _ => None,
    });
    let mode = mode.ok().flatten().unwrap_or_default();
    let sections = section.sections("key");
    section.finish();
    if matches!(algorithm, Ok(None)) && (mode != IdentityMode::Off || !sections.is_empty()) {
        section.report("algorithm", "is missing; write how your back end signs: \"EdDSA\", \"ES256\" or \"HS256\"");
    }
    if mode != IdentityMode::Off && sections.is_empty() {
        section.report("key", "is missing; describe at least one key under `[[site.identity.key]]`");
    }
    let Some(algorithm) = algorithm.ok().flatten() else {
        // Without it nobody can tell what a key's settings should be.
        return IdentityConfig::default();
    };
    let mut known = BTreeSet::new();
    let keys = sections.iter().filter_map(|section| {
        let key = read_key(section, algorithm)?;
        if !known.insert(key.id.clone()) {
            section.report("id", format!("`{}` is used by two keys; give each its own", key.id));
        }
        Some(key)
    });
    IdentityConfig { mode, keys: keys.collect::<Vec<_>>().into() }
}

fn read_key(section: &Section<'_, '_>, algorithm: Algorithm) -> Option<IdentityKey> {
    let id = section.text("id").unwrap_or_default().trim().to_owned();
    if id.is_empty() || id.chars().count() > MAX_KEY_ID_CHARS {
        section.report("id", format!("is missing or too long; it is what the token's `kid` says, in 1 to {MAX_KEY_ID_CHARS} characters"));
    }
    let key = if algorithm == Algorithm::HS256 { read_secret(section) } else { read_public_key(section, algorithm) };
    section.finish();
    let (key, mark) = key?;
    Some(IdentityKey { id, algorithm, key, mark })
}

/// A key, and by what it is told from others.
type Marked = (DecodingKey, Vec<u8>);

fn read_secret(section: &Section<'_, '_>) -> Option<Marked> {
    if section.has("public_key_file") {
        section.pass_over("public_key_file");
        section.report("public_key_file", "does not go with `algorithm = \"HS256\"`; name the file of the secret in `secret_file`");
        return None;
    }
    let secret = section.secret("secret")?;
    let bytes = BASE64_STANDARD.decode(secret.expose_secret()).ok().filter(|bytes| bytes.len() >= MIN_SECRET_BYTES);
    if bytes.is_none() {
        section.report("secret_file", "does not hold at least 32 bytes in base64; `openssl rand -base64 32` makes a secret");
    }
    let bytes = bytes?;
    Some((DecodingKey::from_secret(&bytes), Sha256::digest(&bytes).to_vec()))
}

fn read_public_key(section: &Section<'_, '_>, algorithm: Algorithm) -> Option<Marked> {
    if section.has("secret_file") {
        section.pass_over("secret_file");
        section.report("secret_file", "goes with `algorithm = \"HS256\"` only; name the file of the public key in `public_key_file`");
        return None;
    }
    let Some(path) = section.text("public_key_file") else {
        section.report("public_key_file", "is missing; name the file with the public key in PEM");
        return None;
    };
    let pem = fs::read(&path)
        .map_err(|error| section.report("public_key_file", format!("{path} cannot be read ({error}); put the public key there")))
        .ok()?;
    let found = SubjectPublicKeyInfoDer::from_pem_slice(&pem).ok();
    let found = found.as_ref().map(|der| der.as_ref()).unwrap_or_default();
    // The key follows what says of which kind it is, and has one length only.
    let (key, name) = match algorithm {
        Algorithm::EdDSA => (found.strip_prefix(ED25519).filter(|key| key.len() == 32).map(DecodingKey::from_ed_der), "Ed25519"),
        _ => (found.strip_prefix(P256).filter(|key| key.len() == 65).map(DecodingKey::from_ec_der), "P-256"),
    };
    if key.is_none() {
        let remedy = format!("{path} does not hold a public key of {name} in PEM, which begins with `-----BEGIN PUBLIC KEY-----`");
        section.report("public_key_file", remedy);
    }
    Some((key?, Sha256::digest(found).to_vec()))
}
