//! Webex's REST API under `/v1` (and, for the government's cloud, under `/gov/v1`): one file per family of endpoints, each translating between HTTP and `state`.

mod access_token;
mod answer;
mod applications;
mod attachment_actions;
mod caller;
mod contents;
mod cors;
mod envelope;
mod fields;
mod file_by_url;
mod file_name;
mod guests;
mod jwt_login;
mod memberships;
mod messages;
mod organizations;
mod paging;
mod people;
mod rooms;
mod segment;
mod upload;
mod webhooks;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use answer::{Answer, ApiError};
pub(crate) use caller::{Caller, token_in};
pub(crate) use contents::serve as serve_file;
pub(crate) use envelope::{Dropped, envelope};
pub(crate) use segment::Segment;
pub(crate) use upload::whole_body;

use crate::app::App;
use crate::cloud::Cloud;
use crate::state::Refusal;

/// Every endpoint of a cloud. Only the commercial one knows ways of vouching for guests.
pub(crate) fn router(cloud: Cloud) -> Router<App> {
    let path = |rest: &str| format!("{}/v1/{rest}", cloud.prefix());
    let router = Router::new()
        .route(&path("people"), get(people::list_people))
        .route(&path("people/me"), get(people::get_me))
        .route(&path("people/{id}"), get(people::get_person))
        .route(&path("rooms"), get(rooms::list_rooms).post(rooms::create_room))
        .route(&path("rooms/{id}"), get(rooms::get_room).put(rooms::change_room).delete(rooms::delete_room))
        .route(&path("memberships"), get(memberships::list_memberships).post(memberships::create_membership))
        .route(
            &path("memberships/{id}"),
            get(memberships::get_membership).put(memberships::change_membership).delete(memberships::delete_membership),
        )
        .route(&path("messages"), get(messages::list_messages).post(messages::create_message))
        .route(&path("messages/direct"), get(messages::list_direct_messages))
        .route(&path("messages/{id}"), get(messages::get_message).put(messages::edit_message).delete(messages::delete_message))
        .route(&path("contents/{id}"), get(contents::get_content))
        .route(&path("attachment/actions"), post(attachment_actions::create_action))
        .route(&path("attachment/actions/{id}"), get(attachment_actions::get_action))
        .route(&path("organizations"), get(organizations::list_organizations))
        .route(&path("webhooks"), get(webhooks::list_webhooks).post(webhooks::create_webhook))
        .route(&path("webhooks/{id}"), get(webhooks::get_webhook).put(webhooks::change_webhook).delete(webhooks::delete_webhook));
    match cloud {
        Cloud::Commercial => router
            .route(&path("guests/token"), post(guests::create_token))
            .route(&path("guests/count"), get(guests::count))
            .route(&path("jwt/login"), post(jwt_login::login))
            .route(&path("access_token"), post(access_token::refresh))
            .route(&path("applications/{id}/token"), post(applications::create_token)),
        Cloud::Government => router,
    }
    .method_not_allowed_fallback(no_such_method)
}

/// Also what a client gets whose base URL lacks its `/v1`.
pub(crate) async fn no_such_path() -> ApiError {
    Refusal::no_such_resource().into()
}

pub(crate) async fn no_such_method() -> ApiError {
    ApiError::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, "The request method is not supported for the requested resource.")
}
