//! `GET /api/site`.

use axum::{Json, extract::State};
use shared::SiteProfile;

use crate::{app::App, session::CurrentSite};

/// What a page needs to draw itself.
pub(super) async fn show_site(State(app): State<App>, CurrentSite(site): CurrentSite) -> Json<SiteProfile> {
    Json(site.profile(app.config.is_simulated()))
}
