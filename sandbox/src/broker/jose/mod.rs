//! Ciphers: claims, signed (JWS), and the signed text encrypted under a password (JWE), as the broker's are.
//!
//! A client never needs any of this: to it a cipher is opaque. The visit pages open what is made here.

mod algorithms;
mod content;
mod keys;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;

pub(crate) use algorithms::{ContentAlgorithm, KeyAlgorithm, Recipe, SignatureAlgorithm};

/// What makes and opens ciphers.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    pub(crate) jwe_password: String,
    pub(crate) jws_secret: String,
}

/// What is random in one cipher.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    pub(crate) salt: Vec<u8>,
    pub(crate) iterations: u32,
    pub(crate) content_key: Vec<u8>,
    pub(crate) iv: Vec<u8>,
}

impl Chance {
    /// Takes the salt and the count as they are and finds the rest.
    pub(crate) fn with(salt: Vec<u8>, iterations: u32, content: ContentAlgorithm) -> Result<Self, JoseError> {
        Ok(Self { salt, iterations, content_key: random_bytes(content.key_bytes())?, iv: random_bytes(content.iv_bytes())? })
    }
}

pub(crate) fn random_bytes(count: usize) -> Result<Vec<u8>, JoseError> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).map_err(|_| JoseError::NoChance)?;
    Ok(bytes)
}

/// Why a cipher cannot be made or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JoseError {
    #[error("the system has no random bytes")]
    NoChance,
    #[error("not five parts of base64url with a header")]
    Unreadable,
    #[error("an algorithm nobody asks for")]
    UnknownAlgorithm,
    #[error("encrypted with another password, or changed on its way")]
    NotOurs,
    #[error("the signature within is wrong")]
    BadSignature,
}

/// The seven members of a real header, in the order real ones have.
#[derive(Serialize)]
struct OuterHeader<'a> {
    p2s: String,
    p2c: u32,
    aud: &'a str,
    iss: &'a str,
    cty: &'a str,
    enc: &'a str,
    alg: &'a str,
}

#[derive(Serialize)]
struct InnerHeader<'a> {
    typ: &'a str,
    alg: &'a str,
}

/// Claims in a cipher. Takes as long as the count of iterations says: not for a thread that others wait for.
pub(crate) fn seal(
    recipe: Recipe,
    chance: &Chance,
    audience: &str,
    issuer: &str,
    claims: &impl Serialize,
    secrets: &Secrets,
) -> Result<String, JoseError> {
    let signed = sign(recipe.signature, claims, &secrets.jws_secret)?;
    let header = OuterHeader {
        p2s: encode(&chance.salt),
        p2c: chance.iterations,
        aud: audience,
        iss: issuer,
        cty: "JWT",
        enc: recipe.content.name(),
        alg: recipe.key.name(),
    };
    let header = encode(to_json(&header)?);
    let key = keys::derive(recipe.key, &secrets.jwe_password, &chance.salt, chance.iterations)?;
    let wrapped = keys::wrap(&key, &chance.content_key)?;
    let sealed = content::encrypt(recipe.content, &chance.content_key, &chance.iv, header.as_bytes(), signed.as_bytes())?;
    Ok([header, encode(wrapped), encode(&chance.iv), encode(sealed.bytes), encode(sealed.tag)].join("."))
}

/// What was in a cipher.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Opened {
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

/// The way back. As slow as `seal`.
pub(crate) fn open(cipher: &str, secrets: &Secrets) -> Result<Opened, JoseError> {
    let parts: Vec<&str> = cipher.split('.').collect();
    let [header_text, wrapped, iv, bytes, tag] = parts.as_slice() else { return Err(JoseError::Unreadable) };
    let header: Value = from_json(header_text)?;
    let word = |name: &str| header.get(name).and_then(Value::as_str).ok_or(JoseError::Unreadable);
    let key_algorithm = KeyAlgorithm::named(word("alg")?).ok_or(JoseError::UnknownAlgorithm)?;
    let content_algorithm = ContentAlgorithm::named(word("enc")?).ok_or(JoseError::UnknownAlgorithm)?;
    let salt = decode(word("p2s")?)?;
    let count = header.get("p2c").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
    // A huge count would keep us busy for whoever wrote it.
    let count = count.filter(|count| *count <= 1_000_000).ok_or(JoseError::Unreadable)?;
    let key = keys::derive(key_algorithm, &secrets.jwe_password, &salt, count)?;
    let content_key = keys::unwrap(&key, &decode(wrapped)?)?;
    let sealed = content::Sealed { bytes: decode(bytes)?, tag: decode(tag)? };
    let signed = content::decrypt(content_algorithm, &content_key, &decode(iv)?, header_text.as_bytes(), &sealed)?;
    let signed = String::from_utf8(signed).map_err(|_| JoseError::Unreadable)?;
    Ok(Opened { header, claims: verify(&signed, &secrets.jws_secret)? })
}

/// What anybody can read of a cipher.
pub(crate) fn header(cipher: &str) -> Result<Value, JoseError> {
    from_json(cipher.split('.').next().unwrap_or_default())
}

fn sign(algorithm: SignatureAlgorithm, claims: &impl Serialize, secret: &str) -> Result<String, JoseError> {
    let header = InnerHeader { typ: "JWT", alg: algorithm.name() };
    let signed = format!("{}.{}", encode(to_json(&header)?), encode(to_json(claims)?));
    let signature = keys::mac(algorithm, secret.as_bytes(), &[signed.as_bytes()])?;
    Ok(format!("{signed}.{}", encode(signature)))
}

fn verify(jws: &str, secret: &str) -> Result<Value, JoseError> {
    let (signed, signature) = jws.rsplit_once('.').ok_or(JoseError::Unreadable)?;
    let (header, payload) = signed.split_once('.').ok_or(JoseError::Unreadable)?;
    let header: Value = from_json(header)?;
    let name = header.get("alg").and_then(Value::as_str).ok_or(JoseError::Unreadable)?;
    let algorithm = SignatureAlgorithm::named(name).ok_or(JoseError::UnknownAlgorithm)?;
    let expected = keys::mac(algorithm, secret.as_bytes(), &[signed.as_bytes()])?;
    if expected != decode(signature)? {
        return Err(JoseError::BadSignature);
    }
    from_json(payload)
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &str) -> Result<Vec<u8>, JoseError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JoseError::Unreadable)
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>, JoseError> {
    serde_json::to_vec(value).map_err(|_| JoseError::Unreadable)
}

fn from_json(text: &str) -> Result<Value, JoseError> {
    serde_json::from_slice(&decode(text)?).map_err(|_| JoseError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const AUDIENCE: &str = "a4d886b0-979f-4e2c-a958-3e8c14605e51";
    const ISSUER: &str = "11111111-2222-4333-8444-555555555555";
    /// Opened by four libraries in three languages, all of them strangers to this code.
    const VECTOR: &str = include_str!("vector.txt");

    fn secrets() -> Secrets {
        Secrets {
            jwe_password: "sandbox-jwe-password".to_owned(),
            jws_secret: "sandbox-jws-secret-0123456789abcdef0123456789abcdef0123456789abcd".to_owned(),
        }
    }

    /// In the order of the vector, which a map would not keep.
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Claims {
        sub: &'static str,
        aud: &'static str,
        iss: &'static str,
        iat: i64,
        nbf: i64,
        exp: i64,
        is_host: bool,
    }

    const CLAIMS: Claims = Claims {
        sub: "Subject goes here.",
        aud: AUDIENCE,
        iss: ISSUER,
        iat: 1_700_000_000,
        nbf: 1_700_000_000,
        exp: 1_700_000_900,
        is_host: true,
    };

    fn chance() -> Chance {
        Chance { salt: (1..=8).collect(), iterations: 1000, content_key: (0x20..=0x3f).collect(), iv: (0x10..=0x1b).collect() }
    }

    #[test]
    fn the_vector_comes_out_to_the_letter() {
        assert_eq!(seal(Recipe::default(), &chance(), AUDIENCE, ISSUER, &CLAIMS, &secrets()).unwrap(), VECTOR.trim());
    }

    #[test]
    fn the_vector_opens() {
        let opened = open(VECTOR.trim(), &secrets()).unwrap();
        let expected = json!({
            "sub": "Subject goes here.", "aud": AUDIENCE, "iss": ISSUER, "iat": 1_700_000_000, "nbf": 1_700_000_000, "exp": 1_700_000_900,
            "isHost": true
        });
        assert_eq!(opened.claims, expected);
        let header = json!({
            "p2s": "AQIDBAUGBwg", "p2c": 1000, "aud": AUDIENCE, "iss": ISSUER, "cty": "JWT", "enc": "A256GCM", "alg": "PBES2-HS512+A256KW"
        });
        assert_eq!(opened.header, header);
    }

    #[test]
    fn every_combination_of_algorithms_goes_and_comes_back() {
        let claims = json!({ "sub": "a", "isHost": false });
        for &key in KeyAlgorithm::ALL {
            for &content in ContentAlgorithm::ALL {
                for &signature in SignatureAlgorithm::ALL {
                    let chance = Chance::with(random_bytes(8).unwrap(), 1000, content).unwrap();
                    let recipe = Recipe { key, content, signature };
                    let cipher = seal(recipe, &chance, AUDIENCE, ISSUER, &claims, &secrets()).unwrap();
                    assert!(cipher.starts_with("eyJwMnMiOi"));
                    let opened = open(&cipher, &secrets()).unwrap();
                    assert_eq!(opened.claims, claims, "{recipe:?}");
                    assert_eq!((&opened.header["alg"], &opened.header["enc"]), (&json!(key.name()), &json!(content.name())));
                }
            }
        }
    }

    #[test]
    fn a_changed_cipher_and_another_password_do_not_open() {
        for content in [ContentAlgorithm::A256Gcm, ContentAlgorithm::A256CbcHs512] {
            let chance = Chance::with(vec![7; 8], 1000, content).unwrap();
            let recipe = Recipe { content, ..Recipe::default() };
            let cipher = seal(recipe, &chance, AUDIENCE, ISSUER, &CLAIMS, &secrets()).unwrap();
            for (part, text) in cipher.split('.').enumerate().skip(1) {
                let first = if text.starts_with('A') { 'B' } else { 'A' };
                let mut parts: Vec<String> = cipher.split('.').map(str::to_owned).collect();
                parts[part] = format!("{first}{}", &text[1..]);
                assert_eq!(open(&parts.join("."), &secrets()), Err(JoseError::NotOurs), "{part}");
            }
            let others = Secrets { jwe_password: "another".to_owned(), ..secrets() };
            assert_eq!(open(&cipher, &others), Err(JoseError::NotOurs));
            let others = Secrets { jws_secret: "another".to_owned(), ..secrets() };
            assert_eq!(open(&cipher, &others), Err(JoseError::BadSignature));
        }
        assert_eq!(open("a.b.c", &secrets()), Err(JoseError::Unreadable));
    }
}
