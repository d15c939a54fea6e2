//! `/logo/{site}`: a site's own picture.

use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use shared::SiteId;

use crate::{app::App, config::Logo, error::AppError};

/// The page names it with its version, so that it never changes. Opened by itself, a picture runs nothing.
pub(super) async fn show_logo(State(app): State<App>, Path(site_id): Path<String>) -> Result<Response, AppError> {
    let site = Some(site_id).filter(|id| SiteId::is_well_formed(id)).and_then(|id| app.config.site(&SiteId::new(id)));
    site.and_then(|site| site.logo.clone()).map(respond).ok_or(AppError::NotFound)
}

/// The picture.
pub(super) fn respond(logo: Logo) -> Response {
    let constants = [
        (header::CONTENT_TYPE, logo.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
        ),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    (constants.map(|(name, value)| (name, HeaderValue::from_static(value))), logo.bytes).into_response()
}
