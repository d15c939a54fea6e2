//! What a request can reach, and every route.

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::response::Redirect;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use crate::credentials::Credentials;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::state::World;
use crate::{control, desk, rest};

/// The parts of a running sandbox. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) world: Arc<World>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) credentials: Arc<Credentials>,
    pub(crate) portal_url: Option<Arc<str>>,
    /// Ends the streams of the desk.
    pub(crate) stopping: CancellationToken,
}

/// The REST surface, the desk, the switches. Mercury, the broker and the visit pages will be merged in here.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/desk") }))
        .merge(rest::router())
        .merge(control::router())
        .merge(desk::router())
        .fallback(rest::no_such_path)
        .method_not_allowed_fallback(rest::no_such_method)
        .layer(middleware::from_fn_with_state(app.clone(), rest::envelope))
        .with_state(app)
}
