//! `/access_token`: the service app renews its token.

use axum::extract::State;
use serde::Serialize;

use super::answer::{Answer, ApiError};
use super::fields::Fields;
use crate::app::App;
use crate::state::{REFRESH_SECS, Refusal, SERVICE_APP_ACCESS_SECS, ServiceAppTokens};

#[derive(Serialize)]
pub(super) struct Tokens {
    access_token: String,
    expires_in: i64,
    refresh_token: String,
    refresh_token_expires_in: i64,
    token_type: &'static str,
}

impl Tokens {
    pub(super) fn new(tokens: ServiceAppTokens) -> Self {
        Self {
            access_token: tokens.access_token,
            expires_in: SERVICE_APP_ACCESS_SECS,
            refresh_token: tokens.refresh_token,
            refresh_token_expires_in: REFRESH_SECS,
            token_type: "Bearer",
        }
    }
}

pub(super) async fn refresh(State(app): State<App>, fields: Fields) -> Result<Answer<Tokens>, ApiError> {
    if fields.text("grant_type")? != Some("refresh_token") {
        return Err(Refusal::invalid("The grant_type must be refresh_token.").into());
    }
    let value = |name: &'static str| fields.text(name).map(Option::unwrap_or_default);
    let (client_id, client_secret, refresh_token) = (value("client_id")?, value("client_secret")?, value("refresh_token")?);
    let tokens = app.world.change(|organisation| organisation.refresh(client_id, client_secret, refresh_token))?;
    Ok(Answer::new(Tokens::new(tokens)))
}
