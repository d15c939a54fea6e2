//! `/guests`: the current way of vouching for guests.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;

use super::answer::{Answer, ApiError};
use super::caller::Caller;
use super::fields::Fields;
use crate::app::App;
use crate::state::{Refusal, SERVICE_APP_GUEST_SECS};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GuestToken {
    id: String,
    subject: String,
    display_name: String,
    email: String,
    access_token: String,
    expires_in: i64,
}

pub(super) async fn create_token(State(app): State<App>, Caller(caller): Caller, fields: Fields) -> Result<Answer<GuestToken>, ApiError> {
    app.world.read(|organisation| organisation.require_service_app(caller))?;
    let required = |name: &'static str| -> Result<String, ApiError> {
        let value = fields.owned(name)?.filter(|value| !value.trim().is_empty());
        value.ok_or_else(|| Refusal::invalid(format!("{name} cannot be empty")).into())
    };
    let (subject, display_name) = (required("subject")?, required("displayName")?);
    let vouched = app.world.change(|organisation| organisation.vouch_by_service_app(caller, &subject, &display_name))?;
    Ok(Answer::new(GuestToken {
        id: vouched.person.id.public(),
        subject,
        display_name,
        email: vouched.person.email,
        access_token: vouched.access_token,
        expires_in: SERVICE_APP_GUEST_SECS,
    }))
}

/// A bare number, and not JSON.
pub(super) async fn count(State(app): State<App>, Caller(caller): Caller) -> Result<impl IntoResponse, ApiError> {
    let count = app.world.read(|organisation| {
        organisation.require_service_app(caller)?;
        Ok::<_, Refusal>(organisation.guests_of_the_service_app())
    })?;
    Ok(count.to_string())
}
