//! Takes away, once an hour, what has served its time.

use std::time::Duration;

use shared::Timestamp;

use crate::{app::App, automation, session, store::StoreError};

const EVERY: Duration = Duration::from_secs(60 * 60);
/// How long the portal knows which messages are its guests' own.
const LEDGER_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// How long it is known what webhooks told: what was heard already is not told again.
const WEBHOOK_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// How long it is known who met.
const VISIT_MILLIS: i64 = 90 * 24 * 60 * 60 * 1000;

/// How long those are known who have left, or whose browser kept nothing: staff may still look up who wrote.
const GONE_DAYS: i64 = 30;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Sweeps until the portal stops.
pub(crate) async fn run(app: App) {
    let (store, spool, clock) = (&app.store, &app.spool, &app.clock);
    let forget_days = app.config.server.forget_guests_days;
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
            store.delete_visits_before(now.plus_millis(-VISIT_MILLIS)).await?;
            if forget_days > 0 {
                let before = |days: i64| now.plus_millis(-days.saturating_mul(DAY_MILLIS));
                forget_guests(&app, before(forget_days), before(forget_days.min(GONE_DAYS))).await?;
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = swept.await {
            tracing::warn!(%error, "old rows were not swept");
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = clock.sleep(EVERY) => {}
        }
    }
}

/// Guests who have not come since then, and those who cannot since the other instant.
async fn forget_guests(app: &App, before: Timestamp, gone_before: Timestamp) -> Result<(), StoreError> {
    loop {
        let (count, erased) = app.store.forget_unseen(before, gone_before).await?;
        for file in &erased.spooled {
            app.spool.remove(file).await;
        }
        if count == 0 || app.stopping.is_cancelled() {
            return Ok(());
        }
        tracing::info!(guests = count, "guests who have not come for very long are forgotten");
    }
}
