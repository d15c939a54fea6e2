//! Takes away, once an hour, what has served its time.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{automation, clock::Clock, outbox::Spool, session, store::Store};

const EVERY: Duration = Duration::from_secs(60 * 60);
/// How long the portal knows which messages are its guests' own.
const LEDGER_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// How long it is known what webhooks told: what was heard already is not told again.
const WEBHOOK_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// How long it is known who met.
const VISIT_MILLIS: i64 = 90 * 24 * 60 * 60 * 1000;

/// Sweeps until the portal stops.
pub(crate) async fn run(store: Store, spool: Spool, clock: Clock, stopping: CancellationToken) {
    loop {
        let now = clock.now();
        let (created_before, seen_before) = session::over_before(now);
        let swept = async {
            store.delete_sessions_before(created_before, seen_before).await?;
            store.delete_identities_before(now).await?;
            for file in store.delete_settled_before(now.plus_millis(-LEDGER_MILLIS)).await? {
                spool.remove(&file).await;
            }
            store.delete_webhooks_before(now.plus_millis(-WEBHOOK_MILLIS)).await?;
            store.delete_requests_before(now.plus_millis(-automation::KEPT_MILLIS)).await?;
            store.delete_visits_before(now.plus_millis(-VISIT_MILLIS)).await
        };
        if let Err(error) = swept.await {
            tracing::warn!(%error, "old rows were not swept");
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = clock.sleep(EVERY) => {}
        }
    }
}
