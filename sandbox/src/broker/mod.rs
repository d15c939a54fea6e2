//! Instant Connect's broker: one call that makes links into a meeting, and nothing else.
//!
//! What a link is stands in `links.rs`; what opens at its end is `visit_pages`.

mod jose;
mod lenient;
mod links;
mod log;
mod mint;
mod page;
mod request;
mod switches;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

pub use log::{BrokerEntry, DecodedCipher};
pub use switches::{Activation, InstantConnect};

pub(crate) use links::{claimed_link, long_url, short_url};
pub(crate) use log::BrokerLog;
pub(crate) use switches::Switches;

use crate::app::App;
use crate::cloud::Cloud;
use crate::loopback;
use crate::rest;

/// The calls of a cloud.
pub(crate) fn router(cloud: Cloud) -> Router<App> {
    let path = |version| format!("{}/api/{version}/joseencrypt", cloud.prefix());
    Router::new()
        .route(&path("v1"), post(mint::mint_v1))
        .route(&path("v2"), post(mint::mint_v2))
        .method_not_allowed_fallback(rest::no_such_method)
}

/// The page that shows what was asked, and what was odd about it.
pub(crate) fn log_page() -> Router<App> {
    Router::new()
        .route("/desk/broker", get(page::show))
        .route("/desk/broker.css", get(page::css))
        .route_layer(middleware::from_fn(loopback::guard))
}
