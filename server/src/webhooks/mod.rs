//! Outgoing webhooks, in the form of Standard Webhooks: other programs hear what happens here.
//!
//! The store writes an event down in the transaction that changes what it tells of ([`news`] makes its rows); one
//! [`worker`] for each endpoint delivers them in order, signed ([`signature`]), as often as it takes ([`schedule`]). Each
//! comes at least once, and once by its id.

mod event;
mod news;
mod post;
mod schedule;
mod signature;
mod worker;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use event::EventKind;
pub(crate) use event::{PingData, body, rfc3339};
pub use news::{GuestFacts, NewWebhookRow, News, SentMessage};
pub(crate) use post::{Answer, Poster, TIMEOUT};
pub use schedule::{Verdict, verdict};
pub use signature::{SigningSecret, sign, verify};

use crate::{clock::Clock, config::Config, error::AppError, secrets::Keys, store::Store};
use news::Endpoint;
use worker::Worker;

/// Begins to tell the configured endpoints; answers those who deliver, to be run. What waited at the last stop goes on.
pub(crate) async fn begin(
    config: &Config,
    store: &Store,
    keys: &Arc<Keys>,
    clock: &Clock,
    stopping: &CancellationToken,
) -> Result<Vec<Worker>, AppError> {
    let configured = config.sites.iter().flat_map(|site| site.webhooks.iter().map(|webhook| (site.id.clone(), webhook.clone())));
    let configured: Vec<_> = configured.collect();
    let names = configured.iter().map(|(site_id, webhook)| (site_id.clone(), webhook.name.clone())).collect();
    let (since, dropped) = store.begin_webhooks(names, clock.now()).await?;
    if dropped > 0 {
        tracing::warn!(dropped, "events waited for webhooks that are no longer configured, and are dropped");
    }
    if configured.is_empty() {
        return Ok(Vec::new());
    }
    let endpoints: Vec<Endpoint> = configured
        .into_iter()
        .zip(since)
        .map(|((site_id, webhook), since)| Endpoint { site_id, config: Arc::new(webhook), since })
        .collect();
    let news = store.news();
    news.begin(clock.clone(), keys.clone(), &endpoints);
    let poster = Poster::new(TIMEOUT).map_err(|error| AppError::Internal(format!("webhooks cannot be sent: {error}")))?;
    let worker = |endpoint| Worker {
        endpoint,
        store: store.clone(),
        keys: keys.clone(),
        clock: clock.clone(),
        poster: poster.clone(),
        committed: news.committed_rows(),
        stopping: stopping.clone(),
    };
    Ok(endpoints.into_iter().map(worker).collect())
}
