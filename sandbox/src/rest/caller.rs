//! Who is calling.

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::answer::ApiError;
use crate::app::App;
use crate::ids::PersonId;
use crate::state::Refusal;

/// The owner of a good access token. Named in a handler's arguments, nobody else gets in.
pub(crate) struct Caller(pub(crate) PersonId);

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let token = parts.headers.get(AUTHORIZATION).and_then(token_in);
        let owner = token.and_then(|token| app.world.read(|organisation| organisation.bearer(token)));
        owner.map(Self).ok_or_else(|| Refusal::Unauthenticated.into())
    }
}

/// The token of `Bearer <token>`.
pub(crate) fn token_in(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
