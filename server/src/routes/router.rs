//! Every route on one page, then every layer.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    response::IntoResponse,
    routing::{delete, get, patch, post},
};
use shared::path;
use tower_http::{catch_panic::CatchPanicLayer, csrf::CsrfLayer, limit::RequestBodyLimitLayer};

use super::{
    appointment, assets, automation, body::MAX_JSON_BYTES, embed_script, events, files, headers, host, logo, messages, openapi, operations,
    pages, proof, rooms, session, site, typing, visits, webhook,
};
use crate::{app::App, error::AppError, limits, session as guard};

/// Everything the portal answers.
pub fn router(app: App) -> Router {
    let api = Router::new()
        .route(path::SITE, get(site::show_site))
        .route(path::SESSION, post(session::create_session).get(session::show_session).delete(session::delete_session))
        .route(path::IDENTITY, post(session::present_identity))
        .route(path::PROOF, get(proof::show_challenge))
        .route(path::ROOMS, get(rooms::list_rooms))
        .route(path::ROOM_MESSAGE, patch(messages::edit_message).delete(messages::delete_message))
        .route(path::ROOM_MEMBERS, get(messages::list_members))
        .route(path::ROOM_TYPING, post(typing::tell_typing))
        .route(path::ROOM_READ, post(typing::tell_read))
        .route(path::OUTBOX, delete(messages::give_up))
        .route(path::FILE_TICKET, post(files::create_ticket))
        .route(path::VISITS, post(visits::create_visit))
        .route(path::VISIT, get(visits::show_visit).delete(visits::cancel_visit))
        .route(path::VISIT_JOIN, post(visits::join_visit))
        .route(path::VISIT_LEAVE, post(visits::leave_visit))
        .route(path::NOTES, post(visits::create_note))
        .route(path::EVENTS, get(events::stream_events))
        .layer(RequestBodyLimitLayer::new(MAX_JSON_BYTES))
        // A message may carry a file: its body is bounded where it is read.
        .route(path::ROOM_MESSAGES, get(messages::list_messages).post(messages::create_message).layer(DefaultBodyLimit::disable()))
        .layer(from_fn_with_state(app.clone(), limits::count_by_guest))
        .layer(from_fn_with_state(app.clone(), guard::identify))
        .layer(from_fn_with_state(app.clone(), guard::same_origin))
        .layer(csrf(&app))
        .layer(from_fn(headers::for_api));

    // Staff come here from Webex, and guests who were invited from anywhere, without a session; what changes something must
    // still come from the page itself.
    let by_link = Router::new()
        .route(path::CLAIM, post(host::take_claim))
        .route(path::CLAIM_END, post(host::end_claim))
        .route(path::APPOINTMENT_JOIN, post(appointment::join_appointment))
        .route(path::APPOINTMENT_LEAVE, post(appointment::leave_appointment))
        .route(path::APPOINTMENT_CANCEL, post(appointment::cancel_appointment))
        .layer(from_fn_with_state(app.clone(), guard::same_origin))
        .layer(csrf(&app))
        .layer(RequestBodyLimitLayer::new(MAX_JSON_BYTES))
        .route(path::CLAIM, get(host::show_claim))
        .route(path::CLAIM_VERSION, get(host::show_claim_version))
        .route(path::CLAIM_CALENDAR, get(host::show_claim_calendar))
        .route(path::APPOINTMENT, get(appointment::show_appointment))
        .route(path::APPOINTMENT_VERSION, get(appointment::show_appointment_version))
        .route(path::APPOINTMENT_CALENDAR, get(appointment::show_appointment_calendar))
        .layer(from_fn_with_state(app.clone(), limits::count_link))
        // The ticket is what opens it: a link in a frame of another site sends no cookie and no header. It was counted when it was given.
        .route(path::FILE_DOWNLOAD, get(files::download_file));

    // Webex comes here with a signature.
    let hooks = Router::new().route(path::WEBHOOK, post(webhook::take_delivery)).layer(RequestBodyLimitLayer::new(MAX_JSON_BYTES));

    // Programs come here with a key and nothing a browser adds.
    let automation = Router::new()
        .route(path::MEETINGS, post(automation::create_meeting))
        .route(path::BOOKINGS, post(automation::create_visit))
        .route(path::BOOKING, get(automation::show_visit).delete(automation::cancel_visit))
        .layer(RequestBodyLimitLayer::new(MAX_JSON_BYTES));

    let pages = Router::new()
        .route(operations::HEALTH, get(operations::show_health))
        .route(operations::READINESS, get(operations::show_readiness))
        .route("/", get(pages::show_default_page))
        .route(path::SITE_PAGE, get(pages::show_site_page))
        .route(path::EMBED_PAGE, get(pages::show_embed_page))
        .route(path::EMBED_DESTINATION, get(pages::show_embed_destination))
        .route(path::EMBED_SCRIPT, get(embed_script::show_embed_script))
        .route(path::OPENAPI, get(openapi::show_openapi))
        .route(path::SPACE_WIDGET_SCRIPT, get(embed_script::show_space_widget_script))
        .route(path::WORDS, get(assets::show_words))
        .route(path::LOGO, get(logo::show_logo))
        .route("/favicon.ico", get(assets::show_icon))
        .route("/{file}", get(assets::show_asset));

    Router::new()
        .merge(api)
        .merge(by_link)
        .merge(automation)
        .merge(hooks)
        .merge(pages)
        .fallback(async || AppError::NotFound)
        .method_not_allowed_fallback(async || AppError::MethodNotAllowed)
        .layer(CatchPanicLayer::custom(|_| AppError::Internal("a handler panicked".into()).into_response()))
        .layer(from_fn(headers::for_all))
        .layer(from_fn_with_state(app.clone(), limits::note_client))
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
