//! Mercury: how Webex tells its own clients at once. A client asks the catalogue where things are, registers a device, opens
//! the device's socket, says who it is, and from then on hears what happens in its rooms; the conversation service behind it
//! takes what the REST API does not know: typing, and how far one has read.
//!
//! None of it is a public API; the shapes are those of Webex's open-source clients, which judge it in `tests/conformance`.

mod activity;
mod base;
mod catalogue;
mod close;
mod connection;
mod conversation;
mod devices;
mod envelope;
mod hub;
mod metrics;
mod rules;
mod socket;
mod tell;
mod wdm;

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post, put};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::TaskTracker;

pub(crate) use close::Close;
pub use hub::SocketView;
pub use rules::MercuryRules;
pub use tell::TypingView;
pub(crate) use tell::{tell, tell_sign};

use crate::app::App;
use crate::cloud::Cloud;
use crate::recent::Recent;
use crate::rest::no_such_method;
use devices::Devices;
use hub::Hub;

/// How long a token that has ended goes unnoticed. Real time: it is a look at the sandbox's clock, which may be moved.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// How long sockets have for their farewell when the sandbox stops.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// Devices and their sockets. Nobody keeps them over a restart: clients register again.
#[derive(Default)]
pub(crate) struct Mercury {
    devices: Devices,
    hub: Hub,
    rules: Mutex<MercuryRules>,
    typing: Recent<TypingView, 100>,
    /// The sockets that are served.
    serving: TaskTracker,
}

impl Mercury {
    pub(crate) fn rules(&self) -> MercuryRules {
        *self.lock()
    }

    /// What makes no sense is refused.
    pub(crate) fn set_rules(&self, rules: MercuryRules) -> Result<(), String> {
        rules.check()?;
        *self.lock() = rules;
        Ok(())
    }

    /// Every socket that has said whose it is.
    pub(crate) fn sockets(&self) -> Vec<SocketView> {
        self.hub.views()
    }

    /// Ends all of them; the answer is how many.
    pub(crate) fn close_all(&self, close: &Close) -> usize {
        self.hub.end_all(close)
    }

    /// What typing the staff was told of lately.
    pub(crate) fn typing_heard(&self) -> Vec<TypingView> {
        self.typing.all()
    }

    /// As after a restart: no devices, no sockets.
    pub(crate) fn clear(&self) {
        *self.lock() = MercuryRules::default();
        self.devices.clear();
        self.typing.clear();
        self.close_all(&Close::GOING_AWAY);
    }

    /// Waits until every socket has said its farewell.
    pub(crate) async fn end(&self) {
        self.serving.close();
        let _ = tokio::time::timeout(STOP_GRACE, self.serving.wait()).await;
    }

    fn lock(&self) -> MutexGuard<'_, MercuryRules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the sockets whose tokens have ended. Where nobody is connected nothing is looked at.
pub(crate) async fn keep(app: App) {
    let (hub, stopping) = (&app.mercury.hub, app.stopping.clone());
    let looking = async {
        loop {
            hub.somebody_joined().await;
            let mut looks = interval(LOOK_AGAIN);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while !hub.is_empty() {
                looks.tick().await;
                let ended = app.worlds.iter().fold(hub.all(), |lines, world| {
                    world.read(|organisation| lines.into_iter().filter(|line| !line.is_good(organisation)).collect())
                });
                ended.iter().for_each(|line| hub.end(line, &Close::UNAUTHORISED));
            }
        }
    };
    let _: Option<Infallible> = stopping.run_until_cancelled(looking).await;
}

/// What the services of Mercury begin with, but for the socket, which is below `/v1`.
const SERVICES: [&str; 4] = ["/u2c/", "/wdm/", "/conversation/", "/metrics/"];

/// Whether a path within a cloud is one of Mercury's services.
pub(crate) fn serves(path: &str) -> bool {
    SERVICES.iter().any(|service| path.starts_with(service))
}

/// Everything a cloud has of it.
pub(crate) fn router(cloud: Cloud) -> Router<App> {
    let path = |rest: &str| format!("{}{rest}", cloud.prefix());
    let conversation = |rest: &str| path(&format!("{}{rest}", base::CONVERSATION));
    let devices = path(&format!("{}/devices", base::WDM));
    Router::new()
        .route(&path("/u2c/api/v1/limited/catalog"), get(catalogue::get_catalogue))
        .route(&path("/u2c/api/v1/catalog"), get(catalogue::get_own_catalogue))
        .route(&path("/v1/region"), get(catalogue::get_region))
        .route(&path("/metrics/api/v1/clientmetrics"), post(metrics::take))
        .route(&devices, get(wdm::list_devices).post(wdm::create_device))
        .route(&format!("{devices}/{{id}}"), put(wdm::refresh_device).delete(wdm::delete_device))
        .route(&path("/v1/apps/wx2/registrations/{id}/messages"), get(socket::connect))
        .route(&conversation("/conversations/{id}"), get(conversation::get_conversation))
        .route(&conversation("/conversations/{id}/status/typing"), post(conversation::set_typing))
        .route(&conversation("/conversations/{id}/activities"), post(conversation::create_activity))
        .route(&conversation("/messages/{id}"), get(conversation::get_message))
        .route(&conversation("/attachment/actions/{id}"), get(conversation::get_action))
        .method_not_allowed_fallback(no_such_method)
}
