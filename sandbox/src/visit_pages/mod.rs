//! What opens at the end of a link: a waiting room, a meeting that is none, and the pages around them.
//!
//! Nothing is sent but who is there and whether a host has started: enough to see both sides meet. The pages are small
//! files without a framework; their script draws with text nodes only.

mod entrance;
mod live;
mod media_test;
mod page;
mod switches;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

pub use switches::VisitPages;

pub(crate) use switches::Switches;

use crate::app::App;
use crate::cloud::Cloud;
use crate::loopback;

/// The pages of a cloud and the calls they make.
pub(crate) fn router(cloud: Cloud) -> Router<App> {
    let path = |rest: &str| format!("{}/{rest}", cloud.prefix());
    Router::new()
        .route(&path("visit/{short}"), get(entrance::short_link))
        .route(&path("gen/v1/login"), get(entrance::gen_login))
        .route(&path("gen/v1/talk"), get(entrance::gen_talk))
        .route(&path("hc/v1/login"), get(entrance::hc_login))
        .route(&path("hc/v1/talk"), get(entrance::hc_talk))
        .route(&path("mediatest"), get(media_test::show))
        .route(&path("meet/{link}/events"), get(live::events))
        .route(&path("meet/{link}/login"), post(live::log_in))
        .route(&path("meet/{link}/start"), post(live::start))
        .route(&path("meet/{link}/leave"), post(live::leave))
        .route(&path("meet/{link}/rejoin"), post(live::rejoin))
        .route(&path("meet/{link}/end"), post(live::end))
        .route(&path("meet/{link}/chat"), post(live::chat))
        .route_layer(middleware::from_fn(loopback::guard))
}

/// What the pages of both clouds load.
pub(crate) fn files() -> Router<App> {
    Router::new()
        .route("/meet/visit.css", get(page::css))
        .route("/meet/visit.js", get(page::js))
        .route("/meet/chat.js", get(page::chat_js))
        .route("/meet/mediatest.js", get(media_test::js))
        .route_layer(middleware::from_fn(loopback::guard))
}
