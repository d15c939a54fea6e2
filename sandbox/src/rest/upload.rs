//! Bodies with a file: `multipart/form-data`, its one file streamed to the disk.

use std::pin::pin;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::CONTENT_DISPOSITION;
use futures_util::{Stream, StreamExt};
use multer::{Field, Multipart};
use serde_json::{Map, Value};

use super::answer::ApiError;
use super::file_name;
use crate::contents::{Contents, Kept};
use crate::state::{Refusal, StoredFile};

/// More than this is refused.
const MAX_FILE_BYTES: u64 = 100 * 1024 * 1024;
/// How much more is read and thrown away, so that the sender gets to hear the refusal.
const MAX_IGNORED_BYTES: u64 = 64 * 1024 * 1024;
/// What a part without a file may be long. Webex's own limits of words are much smaller.
const MAX_TEXT_BYTES: usize = 256 * 1024;
/// Some clients name no file.
const NAMELESS: &str = "file";

/// A file that came in; it goes again unless a message takes it.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) file: StoredFile,
    pub(crate) kept: Kept,
}

/// The words and the file of a form.
pub(super) async fn read(body: Body, boundary: &str, contents: &Contents) -> Result<(Map<String, Value>, Option<Upload>), ApiError> {
    let mut form = Multipart::new(body.into_data_stream(), boundary);
    let mut values = Map::new();
    let mut upload = None;
    while let Some(mut field) = form.next_field().await.map_err(|_| ApiError::malformed())? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "files" {
            let incoming = store(&mut field, contents).await?;
            if upload.replace(incoming).is_some() {
                return Err(Refusal::invalid("Only one file is allowed per message.").into());
            }
        } else {
            values.insert(name, Value::String(words(&mut field).await?));
        }
    }
    Ok((values, upload))
}

async fn words(field: &mut Field<'_>) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| ApiError::malformed())? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_TEXT_BYTES {
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."));
        }
    }
    String::from_utf8(bytes).map_err(|_| ApiError::malformed())
}

async fn store(field: &mut Field<'_>, contents: &Contents) -> Result<Upload, ApiError> {
    let disposition = field.headers().get(CONTENT_DISPOSITION).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let name = disposition.as_deref().and_then(file_name::of_disposition).unwrap_or_else(|| NAMELESS.to_owned());
    let media_type = field.content_type().map_or_else(|| "application/octet-stream".to_owned(), ToString::to_string);
    let mut incoming = contents.create().await.map_err(not_stored)?;
    let mut ignored = 0;
    while let Some(chunk) = field.chunk().await.map_err(|_| ApiError::malformed())? {
        if incoming.size() + chunk.len() as u64 <= MAX_FILE_BYTES && ignored == 0 {
            incoming.write(&chunk).await.map_err(not_stored)?;
        } else {
            ignored += chunk.len() as u64;
            if ignored > MAX_IGNORED_BYTES {
                break;
            }
        }
    }
    if ignored > 0 {
        return Err(too_large());
    }
    let size = incoming.size();
    let kept = incoming.finish().await.map_err(not_stored)?;
    Ok(Upload { file: StoredFile { name, media_type, size, key: kept.key() }, kept })
}

/// The body of a request is the file, as the desk sends it.
pub(crate) async fn whole_body(body: Body, name: &str, media_type: &str, contents: &Contents) -> Result<Upload, ApiError> {
    keep(body.into_data_stream().map(|chunk| chunk.map_err(|_| ApiError::malformed())), name, media_type, contents).await
}

/// Bytes from anywhere.
pub(super) async fn keep(
    chunks: impl Stream<Item = Result<Bytes, ApiError>>,
    name: &str,
    media_type: &str,
    contents: &Contents,
) -> Result<Upload, ApiError> {
    let mut incoming = contents.create().await.map_err(not_stored)?;
    let mut chunks = pin!(chunks);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if incoming.size() + chunk.len() as u64 > MAX_FILE_BYTES {
            return Err(too_large());
        }
        incoming.write(&chunk).await.map_err(not_stored)?;
    }
    let size = incoming.size();
    let kept = incoming.finish().await.map_err(not_stored)?;
    let file = StoredFile { name: file_name::without_path(name), media_type: media_type.to_owned(), size, key: kept.key() };
    Ok(Upload { file, kept })
}

fn too_large() -> ApiError {
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "The file is larger than the limit of 100 MB.")
}

fn not_stored(error: std::io::Error) -> ApiError {
    Refusal::Storage(error.to_string()).into()
}
