//! How the portal stands: what it knows of itself, at most some seconds old.

use std::{sync::Mutex, sync::PoisonError, time::Duration};

use serde::Serialize;

use super::troubles::{ConnectionFacts, Facts, Trouble, judge};
use crate::{app::App, config::FeedChoice, feed::Ear, store::Overview};

/// Whoever asks within this time is answered the same: what is proven by writing must not be work for the disk.
const FRESH: Duration = Duration::from_secs(2);
/// A store that takes longer for a change that changes nothing is stuck.
const STORE_PATIENCE: Duration = Duration::from_secs(2);

/// How the portal stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// What is wrong, the worst first.
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) overview: Overview,
    /// Event streams that are open.
    pub(crate) streams: usize,
    /// Conversations whose newest messages are in memory.
    pub(crate) rooms_kept: usize,
    /// How long the oldest of what is to be sent has waited.
    pub(crate) waits: Option<Duration>,
    /// Free in the data folder, in bytes.
    pub(crate) disk_free: Option<u64>,
    pub(crate) connections: Vec<ConnectionStanding>,
}

/// How one connection stands.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ConnectionStanding {
    pub(crate) id: String,
    pub(crate) is_reachable: bool,
    pub(crate) ahead_millis: i64,
    #[serde(skip)]
    pub(crate) has_service_app: bool,
    /// Until when the service app's token lives, in milliseconds of the epoch.
    pub(crate) token_until: Option<i64>,
    /// How it is heard.
    pub(crate) way: Option<&'static str>,
}

impl Standing {
    /// Whether guests are well served here.
    pub(crate) fn is_ready(&self) -> bool {
        !self.troubles.iter().any(|trouble| trouble.stops)
    }
}

/// Finds out how the portal stands, and remembers it for a moment.
#[derive(Default)]
pub struct Watch {
    last: Mutex<Option<(Duration, Standing)>>,
}

impl Watch {
    pub(crate) async fn look(&self, app: &App) -> Standing {
        let now = app.clock.elapsed();
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, standing)) = last.filter(|(at, _)| now.saturating_sub(*at) < FRESH && !app.stopping.is_cancelled()) {
            return standing;
        }
        let standing = found(app).await;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, standing.clone()));
        standing
    }
}

async fn found(app: &App) -> Standing {
    let proven = tokio::select! {
        proven = app.store.prove_writable() => proven.map_err(|error| error.to_string()),
        () = app.clock.sleep(STORE_PATIENCE) => Err(format!("it takes longer than {} seconds", STORE_PATIENCE.as_secs())),
    };
    let overview = app.store.overview();
    let store_fails = proven.err().or_else(|| overview.as_ref().err().map(ToString::to_string));
    let overview = overview.unwrap_or_default();
    let now = app.clock.now();
    let waits = overview.waiting_since.map(|since| u64::try_from(now.as_millis().saturating_sub(since.as_millis())).unwrap_or_default());
    let waits = waits.map(Duration::from_millis);
    let disk_free = free_bytes(&app.config.server.data_dir);
    let looked: Vec<_> = app.connections.all().map(|connection| look_at(app, connection)).collect();
    let unreachable = app.config.sites.iter().filter(|site| !app.connections.is_staff_reachable(&site.id));
    let facts = Facts {
        is_stopping: app.stopping.is_cancelled(),
        store_fails,
        disk_free,
        data_dir: app.config.server.data_dir.display().to_string(),
        waits,
        connections: looked.iter().map(|(facts, _)| facts.clone()).collect(),
        staff_unreachable: unreachable.map(|site| site.id.to_string()).collect(),
    };
    Standing {
        troubles: judge(&facts),
        overview,
        streams: app.hub.listeners(),
        rooms_kept: app.history.rooms_kept(),
        waits,
        disk_free,
        connections: looked.into_iter().map(|(_, standing)| standing).collect(),
    }
}

fn look_at(app: &App, connection: &crate::webex::Connection) -> (ConnectionFacts, ConnectionStanding) {
    let id = connection.id.to_string();
    let (token_until, failure) = connection.service_app.as_ref().map(|service_app| service_app.standing()).unwrap_or_default();
    let relied_on = app.rooms.live.relied_on(&Ear::Service(connection.id.clone()));
    let (is_reachable, ahead_millis) = (*connection.webex.reachable().borrow(), connection.webex.ahead_millis());
    let facts = ConnectionFacts {
        id: id.clone(),
        is_reachable,
        ahead_millis,
        resting: connection.webex.resting(),
        renewal_fails: failure.map(|error| (error.to_string(), error.is_passing())),
        feed_trouble: relied_on
            .clone()
            .filter(|(_, why)| !why.is_empty() && connection.feed != FeedChoice::Polling)
            .map(|(way, why)| (way.as_word(), why)),
    };
    let token_until = token_until.map(shared::Timestamp::as_millis);
    let (has_service_app, way) = (connection.service_app.is_some(), relied_on.map(|(way, _)| way.as_word()));
    (facts, ConnectionStanding { id, is_reachable, ahead_millis, has_service_app, token_until, way })
}

/// What is free for this user where a folder lies, in bytes.
#[cfg(unix)]
pub(crate) fn free_bytes(folder: &std::path::Path) -> Option<u64> {
    rustix::fs::statvfs(folder).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
pub(crate) fn free_bytes(_folder: &std::path::Path) -> Option<u64> {
    None
}
