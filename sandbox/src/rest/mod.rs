//! Webex's REST API under `/v1`: one file per family of endpoints, each translating between HTTP and `state`.

mod access_token;
mod answer;
mod caller;
mod cors;
mod envelope;
mod fields;
mod guests;
mod jwt_login;
mod memberships;
mod messages;
mod paging;
mod people;
mod rooms;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use answer::ApiError;
pub(crate) use envelope::{Dropped, envelope};

use crate::app::App;
use crate::state::Refusal;

/// Every endpoint. Webhooks, contents and attachment actions will join the list.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/v1/people", get(people::list_people))
        .route("/v1/people/me", get(people::get_me))
        .route("/v1/people/{id}", get(people::get_person))
        .route("/v1/rooms", get(rooms::list_rooms).post(rooms::create_room))
        .route("/v1/rooms/{id}", get(rooms::get_room).put(rooms::change_room).delete(rooms::delete_room))
        .route("/v1/memberships", get(memberships::list_memberships).post(memberships::create_membership))
        .route(
            "/v1/memberships/{id}",
            get(memberships::get_membership).put(memberships::change_membership).delete(memberships::delete_membership),
        )
        .route("/v1/messages", get(messages::list_messages).post(messages::create_message))
        .route("/v1/messages/direct", get(messages::list_direct_messages))
        .route("/v1/messages/{id}", get(messages::get_message).put(messages::edit_message).delete(messages::delete_message))
        .route("/v1/guests/token", post(guests::create_token))
        .route("/v1/guests/count", get(guests::count))
        .route("/v1/jwt/login", post(jwt_login::login))
        .route("/v1/access_token", post(access_token::refresh))
}

/// Also what a client gets whose base URL lacks its `/v1`.
pub(crate) async fn no_such_path() -> ApiError {
    Refusal::no_such_resource().into()
}

pub(crate) async fn no_such_method() -> ApiError {
    ApiError::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, "The request method is not supported for the requested resource.")
}
