//! `GET /api/site`.

use axum::{Json, extract::State, http::HeaderMap};
use shared::SiteProfile;

use crate::{
    app::App,
    session::{self, CurrentSite, SignedIn},
    visits::Offer,
};

/// What a page needs to draw itself.
pub(super) async fn show_site(
    State(app): State<App>,
    CurrentSite(site): CurrentSite,
    signed_in: Option<SignedIn>,
    headers: HeaderMap,
) -> Json<SiteProfile> {
    let media_test_url = app.connections.of_site(&site.id).ok().map(|connection| connection.media_test_url.clone());
    let away = Offer::of(&site, app.clock.now()).away;
    // Not every session is one of a cookie.
    let may_be_signed_in = signed_in.is_some() || session::may_be_known(&headers, &site.id);
    Json(SiteProfile { may_be_signed_in, ..site.profile(app.config.is_simulated(), media_test_url, away) })
}
