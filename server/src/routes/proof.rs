//! `GET /api/proof`: what a browser works on before it becomes a guest, where the site asks for it.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::Proof;

use crate::{
    app::App,
    error::AppError,
    session::{CurrentSite, PROOF_BITS, PROOF_LIFE},
};

/// A text that is good once and for a while; nothing where nobody asks for it.
pub(super) async fn show_challenge(State(app): State<App>, CurrentSite(site): CurrentSite) -> Result<Response, AppError> {
    if !site.asks_for_proof {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let text = app.proofs.challenge(&site.id)?;
    let valid_secs = u32::try_from(PROOF_LIFE.as_secs()).unwrap_or(u32::MAX);
    Ok(Json(Proof { text, bits: PROOF_BITS, valid_secs }).into_response())
}
