//! Every route on one page, then every layer.

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    response::IntoResponse,
    routing::{get, post},
};
use shared::path;
use tower_http::{catch_panic::CatchPanicLayer, csrf::CsrfLayer, limit::RequestBodyLimitLayer};

use super::{assets, events, headers, messages, pages, rooms, session, site};
use crate::{app::App, error::AppError, session as guard};

/// The largest JSON body that can be valid: a message of 7439 bytes, each written as `\u0000`.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Everything the portal answers.
pub fn router(app: App) -> Router {
    let api = Router::new()
        .route(path::SITE, get(site::show_site))
        .route(path::SESSION, post(session::create_session).get(session::show_session).delete(session::delete_session))
        .route(path::ROOMS, get(rooms::list_rooms))
        .route(path::ROOM_MESSAGES, get(messages::list_messages).post(messages::create_message))
        .route(path::EVENTS, get(events::stream_events))
        .layer(from_fn_with_state(app.clone(), guard::identify))
        .layer(from_fn(guard::same_origin))
        .layer(csrf(&app))
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(from_fn(headers::for_api));

    let pages = Router::new()
        .route("/", get(pages::show_default_page))
        .route(path::SITE_PAGE, get(pages::show_site_page))
        .route(path::EMBED_PAGE, get(pages::show_embed_page))
        .route("/{file}", get(assets::show_asset));

    Router::new()
        .merge(api)
        .merge(pages)
        .fallback(async || AppError::NotFound)
        .method_not_allowed_fallback(async || AppError::MethodNotAllowed)
        .layer(CatchPanicLayer::custom(|_| AppError::Internal("a handler panicked".into()).into_response()))
        .layer(from_fn(headers::for_all))
        .layer(from_fn_with_state(app.clone(), headers::identify_and_log))
        .with_state(app)
}

/// The algorithm of Go 1.25's cross-origin protection, for writes.
fn csrf(app: &App) -> CsrfLayer<impl FnMut(tower_http::csrf::ProtectionError) -> axum::response::Response + Clone + Send + Sync + 'static> {
    let layer = CsrfLayer::new();
    let layer = match &app.config.server.public_url {
        // Behind a proxy `Host` may be another; what the page's origin is, is configured.
        Some(public_url) => layer.add_trusted_origin(public_url.origin().ascii_serialization()).unwrap_or_default(),
        None => layer,
    };
    layer.with_rejection_response(|_| AppError::CrossSite.into_response())
}
