//! `GET /api/site`.

use axum::{Json, extract::State};
use shared::SiteProfile;

use crate::{app::App, session::CurrentSite, visits::Offer};

/// What a page needs to draw itself.
pub(super) async fn show_site(State(app): State<App>, CurrentSite(site): CurrentSite) -> Json<SiteProfile> {
    let media_test_url = app.connections.of_site(&site.id).ok().map(|connection| connection.media_test_url.clone());
    let away = Offer::of(&site, app.clock.now()).away;
    Json(site.profile(app.config.is_simulated(), media_test_url, away))
}
