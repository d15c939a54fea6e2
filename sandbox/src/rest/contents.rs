//! `/contents`: the files of messages.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use tokio_util::io::ReaderStream;

use super::answer::ApiError;
use super::caller::Caller;
use super::file_name;
use super::paging::Params;
use super::segment::Segment;
use crate::app::App;
use crate::ids::ContentId;
use crate::scans::FileScan;
use crate::state::{Refusal, StoredFile};

pub(super) async fn get_content(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
    params: Params,
) -> Result<Response, ApiError> {
    let id = ContentId::parse(&id).ok_or_else(Refusal::no_such_resource)?;
    let file = app.world.read(|organisation| organisation.file(caller, id).cloned())?;
    match app.scans.of(&file.name) {
        FileScan::Clean => {}
        FileScan::Scanning { retry_after_secs } => {
            return Err(ApiError::new(StatusCode::LOCKED, "The file is being scanned for malware.").retry_after(retry_after_secs));
        }
        FileScan::Infected => return Err(ApiError::new(StatusCode::GONE, "The file was found to be infected and was removed.")),
        FileScan::Unscannable if params.get("allow") == Some("unscannable") => {}
        FileScan::Unscannable => return Err(ApiError::new(StatusCode::PRECONDITION_REQUIRED, "The file cannot be scanned for malware.")),
    }
    serve(&app, &file).await
}

/// The bytes, piece by piece, always as something to save.
pub(crate) async fn serve(app: &App, file: &StoredFile) -> Result<Response, ApiError> {
    let bytes = app.contents.open(file.key).await.map_err(|_| Refusal::no_such_resource())?;
    let headers = [
        (CONTENT_DISPOSITION, HeaderValue::from_str(&file_name::attachment(&file.name))),
        (CONTENT_TYPE, HeaderValue::from_str(&file.media_type)),
        (CONTENT_LENGTH, Ok(HeaderValue::from(file.size))),
        (CACHE_CONTROL, Ok(HeaderValue::from_static("no-cache"))),
    ];
    let mut response = Response::new(Body::from_stream(ReaderStream::with_capacity(bytes, 64 * 1024)));
    for (name, value) in headers {
        response.headers_mut().insert(name, value.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    }
    Ok(response)
}
