//! The content of a JWE: AES-GCM, or AES-CBC with an HMAC over everything.

use aes::{Aes128, Aes192, Aes256};
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Nonce, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm, AesGcm};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};

use super::JoseError;
use super::algorithms::{ContentAlgorithm, SignatureAlgorithm};
use super::keys::mac;

type Aes192Gcm = AesGcm<Aes192, U12>;
const GCM_TAG_BYTES: usize = 16;

/// What nobody can read, and the proof that nobody changed it.
pub(super) struct Sealed {
    pub(super) bytes: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

pub(super) fn encrypt(algorithm: ContentAlgorithm, key: &[u8], iv: &[u8], additional: &[u8], plain: &[u8]) -> Result<Sealed, JoseError> {
    match algorithm {
        ContentAlgorithm::A128Gcm => encrypt_gcm::<Aes128Gcm>(key, iv, additional, plain),
        ContentAlgorithm::A192Gcm => encrypt_gcm::<Aes192Gcm>(key, iv, additional, plain),
        ContentAlgorithm::A256Gcm => encrypt_gcm::<Aes256Gcm>(key, iv, additional, plain),
        ContentAlgorithm::A128CbcHs256 => encrypt_cbc::<cbc::Encryptor<Aes128>>(SignatureAlgorithm::Hs256, key, iv, additional, plain),
        ContentAlgorithm::A192CbcHs384 => encrypt_cbc::<cbc::Encryptor<Aes192>>(SignatureAlgorithm::Hs384, key, iv, additional, plain),
        ContentAlgorithm::A256CbcHs512 => encrypt_cbc::<cbc::Encryptor<Aes256>>(SignatureAlgorithm::Hs512, key, iv, additional, plain),
    }
}

pub(super) fn decrypt(
    algorithm: ContentAlgorithm,
    key: &[u8],
    iv: &[u8],
    additional: &[u8],
    sealed: &Sealed,
) -> Result<Vec<u8>, JoseError> {
    match algorithm {
        ContentAlgorithm::A128Gcm => decrypt_gcm::<Aes128Gcm>(key, iv, additional, sealed),
        ContentAlgorithm::A192Gcm => decrypt_gcm::<Aes192Gcm>(key, iv, additional, sealed),
        ContentAlgorithm::A256Gcm => decrypt_gcm::<Aes256Gcm>(key, iv, additional, sealed),
        ContentAlgorithm::A128CbcHs256 => decrypt_cbc::<cbc::Decryptor<Aes128>>(SignatureAlgorithm::Hs256, key, iv, additional, sealed),
        ContentAlgorithm::A192CbcHs384 => decrypt_cbc::<cbc::Decryptor<Aes192>>(SignatureAlgorithm::Hs384, key, iv, additional, sealed),
        ContentAlgorithm::A256CbcHs512 => decrypt_cbc::<cbc::Decryptor<Aes256>>(SignatureAlgorithm::Hs512, key, iv, additional, sealed),
    }
}

fn encrypt_gcm<C: Aead + KeyInit>(key: &[u8], iv: &[u8], additional: &[u8], plain: &[u8]) -> Result<Sealed, JoseError> {
    let cipher = C::new_from_slice(key).map_err(|_| JoseError::Unreadable)?;
    let nonce: &Nonce<C> = iv.try_into().map_err(|_| JoseError::Unreadable)?;
    let mut bytes = cipher.encrypt(nonce, Payload { msg: plain, aad: additional }).map_err(|_| JoseError::Unreadable)?;
    let tag = bytes.split_off(bytes.len().saturating_sub(GCM_TAG_BYTES));
    Ok(Sealed { bytes, tag })
}

fn decrypt_gcm<C: Aead + KeyInit>(key: &[u8], iv: &[u8], additional: &[u8], sealed: &Sealed) -> Result<Vec<u8>, JoseError> {
    let cipher = C::new_from_slice(key).map_err(|_| JoseError::NotOurs)?;
    let nonce: &Nonce<C> = iv.try_into().map_err(|_| JoseError::NotOurs)?;
    let both = [sealed.bytes.as_slice(), &sealed.tag].concat();
    cipher.decrypt(nonce, Payload { msg: &both, aad: additional }).map_err(|_| JoseError::NotOurs)
}

/// The first half of the key signs, the second encrypts; the tag is half of the MAC.
fn encrypt_cbc<C: BlockModeEncrypt + KeyIvInit>(
    hash: SignatureAlgorithm,
    key: &[u8],
    iv: &[u8],
    additional: &[u8],
    plain: &[u8],
) -> Result<Sealed, JoseError> {
    let (mac_key, content_key) = key.split_at(key.len() / 2);
    let encryptor = C::new_from_slices(content_key, iv).map_err(|_| JoseError::Unreadable)?;
    let bytes = encryptor.encrypt_padded_vec::<Pkcs7>(plain);
    let tag = cbc_tag(hash, mac_key, iv, additional, &bytes)?;
    Ok(Sealed { bytes, tag })
}

fn decrypt_cbc<C: BlockModeDecrypt + KeyIvInit>(
    hash: SignatureAlgorithm,
    key: &[u8],
    iv: &[u8],
    additional: &[u8],
    sealed: &Sealed,
) -> Result<Vec<u8>, JoseError> {
    let (mac_key, content_key) = key.split_at(key.len() / 2);
    if cbc_tag(hash, mac_key, iv, additional, &sealed.bytes)? != sealed.tag {
        return Err(JoseError::NotOurs);
    }
    let decryptor = C::new_from_slices(content_key, iv).map_err(|_| JoseError::NotOurs)?;
    decryptor.decrypt_padded_vec::<Pkcs7>(&sealed.bytes).map_err(|_| JoseError::NotOurs)
}

fn cbc_tag(hash: SignatureAlgorithm, mac_key: &[u8], iv: &[u8], additional: &[u8], bytes: &[u8]) -> Result<Vec<u8>, JoseError> {
    let additional_bits = (additional.len() as u64 * 8).to_be_bytes();
    let mut tag = mac(hash, mac_key, &[additional, iv, bytes, &additional_bits])?;
    tag.truncate(tag.len() / 2);
    Ok(tag)
}
