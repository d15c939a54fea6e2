//! `/wdm/api/v1/devices`.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::base::{Base, CONVERSATION};
use super::close::Close;
use super::devices::{ABOUT, Device, no_such_device};
use crate::app::App;
use crate::rest::{Answer, ApiError, Caller, Segment};
use crate::state::Refusal;

/// A device as its owner sees it.
fn shown(device: &Device, base: &Base) -> Value {
    let mut shown = json!({
        "url": base.device(device.id),
        "webSocketUrl": base.socket(device.id),
        "userId": device.owner.uuid().to_string(),
        "modificationTime": device.modified,
        "services": { "conversationServiceUrl": base.url(CONVERSATION), "encryptionServiceUrl": base.url("/encryption/api/v1") },
        "features": { "developer": [], "entitlement": [], "user": [] },
    });
    for (name, said) in ABOUT.iter().zip(&device.about) {
        shown[name] = json!(said);
    }
    shown
}

#[derive(Serialize)]
pub(super) struct DeviceList {
    devices: Vec<Value>,
}

/// Nothing of the kind is a 404.
pub(super) async fn list_devices(State(app): State<App>, Caller(caller): Caller, base: Base) -> Result<Answer<DeviceList>, ApiError> {
    let devices: Vec<Value> = app.mercury.devices.of(caller).iter().map(|device| shown(device, &base)).collect();
    if devices.is_empty() { Err(no_such_device().into()) } else { Ok(Answer::new(DeviceList { devices })) }
}

pub(super) async fn create_device(
    State(app): State<App>,
    Caller(caller): Caller,
    base: Base,
    body: Bytes,
) -> Result<Answer<Value>, ApiError> {
    refuse_if_told(&app)?;
    let device = app.mercury.devices.register(caller, &object(&body)?, app.world.now())?;
    Ok(Answer::new(shown(&device, &base)))
}

pub(super) async fn refresh_device(
    State(app): State<App>,
    Caller(caller): Caller,
    Segment(id): Segment,
    base: Base,
    body: Bytes,
) -> Result<Answer<Value>, ApiError> {
    refuse_if_told(&app)?;
    let device = app.mercury.devices.refresh(caller, device_id(&id)?, &object(&body)?, app.world.now())?;
    Ok(Answer::new(shown(&device, &base)))
}

/// Its socket ends, too.
pub(super) async fn delete_device(State(app): State<App>, Caller(caller): Caller, Segment(id): Segment) -> Result<StatusCode, ApiError> {
    let id = device_id(&id)?;
    app.mercury.devices.remove(caller, id)?;
    app.mercury.hub.end_device(caller, id, &Close::DEVICE_DELETED);
    Ok(StatusCode::NO_CONTENT)
}

/// The trouble that is switched on.
pub(super) fn refuse_if_told(app: &App) -> Result<(), ApiError> {
    if app.mercury.rules().is_refused {
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"));
    }
    Ok(())
}

pub(super) fn device_id(text: &str) -> Result<Uuid, Refusal> {
    Uuid::try_parse(text).map_err(|_| no_such_device())
}

/// A body in JSON, whatever it calls itself.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_slice(body).map_err(|_| ApiError::malformed())
}
