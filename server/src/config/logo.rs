//! `logo` of `[site.theme]`: a picture in the place of the portal's own.

use std::{fs, path::Path};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::reader::Section;
use crate::secrets::hex;

const MAX_LOGO_BYTES: usize = 64 * 1024;

/// A site's logo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// What it is.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Bytes,
    /// Another one for another picture, so that browsers may keep it for ever.
    pub version: String,
}

/// Reads the file that the setting names.
pub(super) fn read(section: &Section<'_, '_>) -> Option<Logo> {
    let path = section.text("logo")?;
    let media_type = match Path::new(&path).extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("jpg" | "jpeg") => "image/jpeg",
        _ => {
            section.report("logo", format!("`{path}` is no picture; name a file that ends in .svg, .png, .webp or .jpg"));
            return None;
        }
    };
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            section.report("logo", format!("{path} cannot be read ({error}); put the picture there"));
            return None;
        }
    };
    let is_it = match media_type {
        "image/svg+xml" => String::from_utf8_lossy(&bytes).contains("<svg"),
        other => infer::get(&bytes).is_some_and(|found| found.mime_type() == other),
    };
    if !is_it || bytes.len() > MAX_LOGO_BYTES {
        section.report("logo", format!("{path} is not what its ending says, or larger than {MAX_LOGO_BYTES} bytes"));
        return None;
    }
    let version = hex(&Sha256::digest(&bytes)).split_at(16).0.to_owned();
    Some(Logo { media_type, bytes: bytes.into(), version })
}
