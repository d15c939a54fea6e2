//! The desk: a page where one plays the staff, and the few calls it makes.
//!
//! Plain files without a framework; the script builds the page from text nodes only.

mod api;
mod begin;
mod cards;
mod entries;
mod files;
mod page;
mod reading;
mod typing;
mod words;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post, put};

use crate::app::App;
use crate::loopback;

/// The page and its calls.
pub(crate) fn router() -> Router<App> {
    let files = page::FILES.iter().fold(Router::new(), |router, file| router.route(file.path, get(move || page::serve(file))));
    files
        .route("/desk/api/desk", get(api::get_desk))
        .route("/desk/api/people", get(begin::list_people))
        .route("/desk/api/direct", post(begin::write_to))
        .route("/desk/api/rooms", get(api::list_rooms).post(begin::create_room))
        .route("/desk/api/rooms/{id}/read", put(reading::mark_read))
        .route("/desk/api/rooms/{id}/typing", put(typing::set_typing))
        .route("/desk/api/rooms/{id}/members", post(begin::add_member))
        .route("/desk/api/rooms/{id}/messages", get(api::list_messages).post(api::create_message))
        .route("/desk/api/messages/{id}", put(api::edit_message).delete(api::delete_message))
        .route("/desk/api/messages/{id}/actions", post(cards::submit))
        .route("/desk/api/rooms/{id}/files", post(files::create_file))
        .route("/desk/api/contents/{id}", get(files::get_file))
        .route("/desk/api/events", get(api::events))
        .route_layer(middleware::from_fn(loopback::guard))
}
