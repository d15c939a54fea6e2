//! From a password to a key (PBKDF2), a key around a key (AES Key Wrap), and MACs.
//!
//! PBKDF2 is ring's: its hashing is not generic and stays fast in a build without optimisation.

use std::num::NonZeroU32;

use aes_kw::{KeyInit as _, KwAes128, KwAes192, KwAes256};
use hmac::{Hmac, Mac as _};
use ring::pbkdf2;
use sha2::{Sha256, Sha384, Sha512};

use super::JoseError;
use super::algorithms::{KeyAlgorithm, SignatureAlgorithm};

/// The key for a password. The salt has the algorithm's name before it, so that a key is good for one algorithm only.
pub(super) fn derive(algorithm: KeyAlgorithm, password: &str, salt: &[u8], iterations: u32) -> Result<Vec<u8>, JoseError> {
    let hash = match algorithm {
        KeyAlgorithm::Hs256A128 => pbkdf2::PBKDF2_HMAC_SHA256,
        KeyAlgorithm::Hs384A192 => pbkdf2::PBKDF2_HMAC_SHA384,
        KeyAlgorithm::Hs512A256 => pbkdf2::PBKDF2_HMAC_SHA512,
    };
    let iterations = NonZeroU32::new(iterations).ok_or(JoseError::Unreadable)?;
    let salt = [algorithm.name().as_bytes(), &[0], salt].concat();
    let mut key = vec![0; algorithm.key_bytes()];
    pbkdf2::derive(hash, iterations, &salt, password.as_bytes(), &mut key);
    Ok(key)
}

/// The length of the key tells which AES.
pub(super) fn wrap(key: &[u8], content_key: &[u8]) -> Result<Vec<u8>, JoseError> {
    let mut wrapped = vec![0; content_key.len() + aes_kw::IV_LEN];
    let outcome = match key.len() {
        16 => KwAes128::new_from_slice(key).map(|wrapping| wrapping.wrap_key(content_key, &mut wrapped).map(|_| ())),
        24 => KwAes192::new_from_slice(key).map(|wrapping| wrapping.wrap_key(content_key, &mut wrapped).map(|_| ())),
        _ => KwAes256::new_from_slice(key).map(|wrapping| wrapping.wrap_key(content_key, &mut wrapped).map(|_| ())),
    };
    match outcome {
        Ok(Ok(())) => Ok(wrapped),
        _ => Err(JoseError::Unreadable),
    }
}

pub(super) fn unwrap(key: &[u8], wrapped: &[u8]) -> Result<Vec<u8>, JoseError> {
    let mut content_key = vec![0; wrapped.len().saturating_sub(aes_kw::IV_LEN)];
    let outcome = match key.len() {
        16 => KwAes128::new_from_slice(key).map(|wrapping| wrapping.unwrap_key(wrapped, &mut content_key).map(|_| ())),
        24 => KwAes192::new_from_slice(key).map(|wrapping| wrapping.unwrap_key(wrapped, &mut content_key).map(|_| ())),
        _ => KwAes256::new_from_slice(key).map(|wrapping| wrapping.unwrap_key(wrapped, &mut content_key).map(|_| ())),
    };
    match outcome {
        Ok(Ok(())) => Ok(content_key),
        _ => Err(JoseError::NotOurs),
    }
}

/// The MAC of what the parts say one after the other.
pub(super) fn mac(algorithm: SignatureAlgorithm, key: &[u8], parts: &[&[u8]]) -> Result<Vec<u8>, JoseError> {
    macro_rules! of {
        ($hash:ty) => {{
            let mut mac = Hmac::<$hash>::new_from_slice(key).map_err(|_| JoseError::Unreadable)?;
            parts.iter().for_each(|part| mac.update(part));
            mac.finalize().into_bytes().to_vec()
        }};
    }
    Ok(match algorithm {
        SignatureAlgorithm::Hs256 => of!(Sha256),
        SignatureAlgorithm::Hs384 => of!(Sha384),
        SignatureAlgorithm::Hs512 => of!(Sha512),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[test]
    fn the_steps_of_the_vector_are_right_one_by_one() {
        let salt: Vec<u8> = (1..=8).collect();
        let key = derive(KeyAlgorithm::Hs512A256, "sandbox-jwe-password", &salt, 1000).unwrap();
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "329a483459a415758b5030a3a4320b53c00f505c1a79f3052b7fcbcf4403ed0b");
        let content_key: Vec<u8> = (0x20..=0x3f).collect();
        let wrapped = wrap(&key, &content_key).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(&wrapped), "n6pf2YpMEjP_jvVnddvjEnsfUDfHjixNzQmM5n4hVvox_B44FLPIKw");
        assert_eq!(unwrap(&key, &wrapped).unwrap(), content_key);
        assert_eq!(unwrap(&key, b"short"), Err(JoseError::NotOurs));
    }
}
