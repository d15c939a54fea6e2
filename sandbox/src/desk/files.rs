//! Files at the desk: sent as the body of a request, fetched as something to save.

use axum::body::Body;
use axum::extract::{Json, Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::api::{As, staff_world};
use super::entries::{Entry, entry};
use super::words::written;
use crate::app::App;
use crate::ids::{ContentId, RoomId};
use crate::rest::{ApiError, serve_file, whole_body};
use crate::state::{Destination, NewMessage, Refusal};

#[derive(Deserialize)]
pub(super) struct NewFile {
    #[serde(rename = "as")]
    staff: String,
    name: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    parent_id: Option<String>,
}

pub(super) async fn create_file(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(new): Query<NewFile>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Entry>, ApiError> {
    let (world, author) = staff_world(&app, &new.staff)?;
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("application/octet-stream");
    let upload = whole_body(body, &new.name, media_type, &app.contents).await?;
    world.change(|organisation| {
        let written = written(organisation, RoomId::parse(&id), &new.text);
        let files = vec![upload.file.clone()];
        let message =
            organisation.post(author, NewMessage { destination: Destination::Room(id), parent: new.parent_id, written, files })?;
        upload.kept.keep();
        Ok(Json(entry(organisation, &message, author)))
    })
}

pub(super) async fn get_file(State(app): State<App>, Path(id): Path<String>, Query(who): Query<As>) -> Result<Response, ApiError> {
    let (world, viewer) = staff_world(&app, &who.staff)?;
    let id = ContentId::parse(&id).ok_or_else(Refusal::no_such_resource)?;
    let file = world.read(|organisation| organisation.file(viewer, id).cloned())?;
    let response = serve_file(&app, &file).await?;
    Ok(([(CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"), (X_CONTENT_TYPE_OPTIONS, "nosniff")], response).into_response())
}
