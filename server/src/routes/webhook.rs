//! `POST /hooks/webex/{token}`: Webex tells that something happened.

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
};

use super::body::{bytes_of, is_of_type};
use crate::{
    app::App,
    error::AppError,
    feed::Refused,
    limits::{ClientAddress, Rule},
};

/// HMAC-SHA1 of the body with the webhook's secret, in hex.
const SIGNATURE: &str = "x-spark-signature";

/// Takes it. What is to be done about it is done afterwards: Webex does not wait for long.
pub(super) async fn take_delivery(
    State(app): State<App>,
    Path(token): Path<String>,
    address: ClientAddress,
    request: Request,
) -> Result<StatusCode, AppError> {
    if !is_of_type(request.headers(), "application/json") {
        return Err(AppError::UnsupportedMediaType);
    }
    match app.feeds.is_door(&token) {
        true => app.limits.count(Rule::DeliveriesPerWebhook, &token)?,
        // Nobody finds one by trying.
        false => app.limits.count(Rule::LinksPerAddress, address)?,
    }
    let signature = request.headers().get(SIGNATURE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = bytes_of(request, &app).await?;
    app.feeds.take_delivery(&token, signature.as_deref(), &body).map_err(|refused| match refused {
        Refused::Unknown => AppError::NotFound,
        Refused::NotSigned => AppError::NotSigned,
        Refused::Unreadable => AppError::InvalidJson("it is not what a webhook tells".into()),
    })?;
    Ok(StatusCode::NO_CONTENT)
}
