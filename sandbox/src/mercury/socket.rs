//! The socket of a device, up to where it is open.

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::response::Response;

use super::base::Base;
use super::connection::Connection;
use super::devices::no_such_device;
use super::wdm::{device_id, refuse_if_told};
use crate::app::App;
use crate::rest::{ApiError, Segment, token_in};
use crate::state::Refusal;

/// A thousand sockets are nothing special, so each is light: what comes in is a token at most, and whatever goes out goes
/// at once.
const READ_BYTES: usize = 2 * 1024;
const MAX_HEARD_BYTES: usize = 64 * 1024;
const MAX_UNSENT_BYTES: usize = 256 * 1024;

/// With a token in the header the client is known at once; otherwise it says who it is on the socket.
pub(super) async fn connect(
    State(app): State<App>,
    Segment(id): Segment,
    RawQuery(query): RawQuery,
    base: Base,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade = upgrade.map_err(|_| ApiError::malformed())?;
    refuse_if_told(&app)?;
    let device = app.mercury.devices.get(device_id(&id)?).ok_or_else(no_such_device)?;
    let token = headers.get(AUTHORIZATION).map(|value| token_in(value).unwrap_or_default().to_owned());
    if let Some(token) = &token {
        match app.world.read(|organisation| organisation.bearer(token)) {
            Some(caller) if caller == device.owner => {}
            Some(_) => return Err(Refusal::forbidden("The device is somebody else's.").into()),
            None => return Err(Refusal::Unauthenticated.into()),
        }
    }
    let is_text = query.is_some_and(|query| query.split('&').any(|pair| pair == "outboundWireFormat=text"));
    let upgrade = upgrade
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_UNSENT_BYTES)
        .max_message_size(MAX_HEARD_BYTES)
        .max_frame_size(MAX_HEARD_BYTES);
    let served = app.mercury.serving.token();
    Ok(upgrade.on_upgrade(move |socket| async move {
        Connection::new(app, device, base, is_text, socket).run(token).await;
        drop(served);
    }))
}
