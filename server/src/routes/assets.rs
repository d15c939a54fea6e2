//! The built frontend, embedded by the build script and compressed beforehand.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{app::App, error::AppError};

/// One file of the frontend. `brotli` and `gzip` are empty where compressing does not pay.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Whether the program was built with its page.
pub fn has_frontend() -> bool {
    index_html().is_some()
}

/// The page's template.
pub(super) fn index_html() -> Option<&'static str> {
    text("index.html")
}

/// A file that is text.
pub(super) fn text(name: &str) -> Option<&'static str> {
    let asset = ASSETS.iter().find(|asset| asset.name == name)?;
    std::str::from_utf8(asset.plain).ok()
}

/// `/{file}`: names carry a hash of the content, so they never change.
pub(super) async fn show_asset(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    let is_template = matches!(&*file, "index.html" | "embed.js");
    let asset = ASSETS.iter().find(|asset| asset.name == file && !is_template).ok_or(AppError::NotFound)?;
    let accepts = |coding| accepts(&headers, coding);
    let (body, coding) = match asset {
        Asset { brotli: [_, ..], .. } if accepts("br") => (asset.brotli, Some("br")),
        Asset { gzip: [_, ..], .. } if accepts("gzip") => (asset.gzip, Some("gzip")),
        _ => (asset.plain, None),
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    Ok(response)
}

/// The words of a language, perhaps as a site says them.
pub(super) async fn show_words(State(app): State<App>, Path(file): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    let Some(own) = app.config.sites.iter().flat_map(|site| &site.words).find(|words| words.file == file) else {
        return show_asset(Path(file), headers).await;
    };
    let constants = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    let constants = constants.map(|(name, value)| (name, HeaderValue::from_static(value)));
    if accepts(&headers, "br") {
        let coding = [(header::CONTENT_ENCODING, HeaderValue::from_static("br"))];
        return Ok((constants, coding, own.packed(|text| compressed(text, 9))?).into_response());
    }
    Ok((constants, own.text.to_string()).into_response())
}

/// Whether a browser takes this coding.
pub(super) fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|item| {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        name.trim() == coding && !matches!(parameters.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

/// What goes out anew with each answer, or changes with the configuration. Nothing in it is secret, so that its length may tell
/// what it says.
pub(super) fn compressed(text: &str, quality: i32) -> Result<Vec<u8>, AppError> {
    let mut body = Vec::new();
    let settings = brotli::enc::BrotliEncoderParams { quality, ..Default::default() };
    brotli::BrotliCompress(&mut text.as_bytes(), &mut body, &settings).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(body)
}

/// `/favicon.ico`: browsers ask for it where a page names no icon.
pub(super) async fn show_icon(headers: HeaderMap) -> Result<Response, AppError> {
    let icon = ASSETS.iter().find(|asset| asset.name.starts_with("icon-")).ok_or(AppError::NotFound)?;
    let mut response = show_asset(Path(icon.name.to_owned()), headers).await?;
    // Unlike the others, this address stays while what it shows may change.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    Ok(response)
}
