//! What a request can reach, and every route.

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::response::Redirect;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use crate::auto_responder::{AutoResponder, Switch};
use crate::broker::{BrokerLog, InstantConnect, Switches};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::contents::Contents;
use crate::credentials::Credentials;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::limits::{Limits, RateLimits};
use crate::mercury::Mercury;
use crate::scans::Scans;
use crate::state::{StoreError, World};
use crate::webhooks::Postman;
use crate::{broker, control, desk, mercury, rest, visit_pages};

/// The parts of a running sandbox, as one of its clouds sees them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    /// Whose paths are served.
    pub(crate) cloud: Cloud,
    /// What is so in that cloud.
    pub(crate) world: Arc<World>,
    /// What is so in both, the commercial one first.
    pub(crate) worlds: [Arc<World>; 2],
    /// What both go by.
    pub(crate) clock: Clock,
    pub(crate) faults: Arc<Faults>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) postman: Arc<Postman>,
    pub(crate) auto_responder: Arc<Switch>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) contents: Arc<Contents>,
    pub(crate) scans: Arc<Scans>,
    pub(crate) instant_connect: Arc<Switches>,
    pub(crate) broker_log: Arc<BrokerLog>,
    pub(crate) visit_pages: Arc<visit_pages::Switches>,
    pub(crate) mercury: Arc<Mercury>,
    pub(crate) credentials: Arc<Credentials>,
    pub(crate) portal_url: Option<Arc<str>>,
    /// Ends the streams of the desk and of the visit pages, and Mercury's sockets.
    pub(crate) stopping: CancellationToken,
}

impl App {
    /// The same, seen from a cloud.
    pub(crate) fn seen_from(&self, cloud: Cloud) -> Self {
        Self { cloud, world: self.world_of(cloud).clone(), ..self.clone() }
    }

    pub(crate) fn world_of(&self, cloud: Cloud) -> &Arc<World> {
        let [commercial, government] = &self.worlds;
        match cloud {
            Cloud::Commercial => commercial,
            Cloud::Government => government,
        }
    }

    /// The REST base of a cloud.
    pub(crate) fn api_base(&self, cloud: Cloud) -> &str {
        match cloud {
            Cloud::Commercial => &self.credentials.api_base,
            Cloud::Government => &self.credentials.government.api_base,
        }
    }

    /// Work that nobody waits for; it ends with the sandbox.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping.clone();
        tokio::spawn(async move { stopping.run_until_cancelled(work).await });
    }

    /// Back to the first day.
    pub(crate) fn reset(&self) -> Result<(), StoreError> {
        self.faults.clear();
        // Neither is refused: they are what a sandbox begins with.
        let _ = self.limits.set(RateLimits::default());
        let _ = self.auto_responder.set(AutoResponder::default());
        self.scans.clear();
        self.instant_connect.set(InstantConnect::default());
        self.visit_pages.set(visit_pages::VisitPages::default());
        self.mercury.clear();
        for world in &self.worlds {
            world.reset()?;
        }
        self.contents.clear();
        self.journal.clear();
        self.postman.clear();
        self.broker_log.clear();
        Ok(())
    }
}

fn of_cloud(cloud: Cloud) -> Router<App> {
    rest::router(cloud).merge(mercury::router(cloud)).merge(broker::router(cloud)).merge(visit_pages::router(cloud))
}

/// The REST surface, Mercury and the broker of each cloud, the desk, the switches.
pub(crate) fn router(app: App) -> Router {
    let government = app.seen_from(Cloud::Government);
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/desk") }))
        .merge(of_cloud(Cloud::Commercial))
        .merge(of_cloud(Cloud::Government).with_state(government))
        .merge(visit_pages::files())
        .merge(control::router())
        .merge(desk::router())
        .merge(broker::log_page())
        .fallback(rest::no_such_path)
        .method_not_allowed_fallback(rest::no_such_method)
        .layer(middleware::from_fn_with_state(app.clone(), rest::envelope))
        .with_state(app)
}
