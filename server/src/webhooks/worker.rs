//! Delivers the events of one endpoint, in the order of writing, until the portal stops.

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use shared::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    news::{Endpoint, open},
    post::{Answer, Poster},
    schedule::{Verdict, pause, verdict},
};
use crate::{
    clock::Clock,
    metrics,
    secrets::Keys,
    store::{Delivery, NextWebhook, Store, StoreError, WebhookRow},
};

/// Another process may have made an event wait again, and the time of day can be set.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// What is not delivered by then is given up.
const GIVE_UP_MILLIS: i64 = 3 * 24 * 60 * 60 * 1000;
/// How long an event under way may hold up the portal's stop.
const GRACE: Duration = Duration::from_secs(3);

/// One endpoint's deliveries.
pub(crate) struct Worker {
    pub(super) endpoint: Endpoint,
    pub(super) store: Store,
    pub(super) keys: Arc<Keys>,
    pub(super) clock: Clock,
    pub(super) poster: Poster,
    pub(super) committed: watch::Receiver<u64>,
    pub(super) stopping: CancellationToken,
}

/// What is known of the receiver.
#[derive(Default)]
struct Receiver {
    /// So many deliveries in a row it did not take, and no other either.
    failures: u32,
    /// It is left alone until then, by the clock's elapsed time.
    paused_until: Duration,
}

/// How the endpoint goes on.
enum Next {
    /// With the next event.
    GoOn,
    /// Not before this has passed, or something new is there.
    Wait(Duration),
    /// Not at all until the next start.
    Off,
}

impl Worker {
    /// Delivers until the portal stops.
    pub(crate) async fn run(mut self) {
        let mut receiver = Receiver::default();
        while !self.stopping.is_cancelled() {
            self.committed.borrow_and_update();
            let wait = match self.step(&mut receiver).await {
                Ok(Next::GoOn) => continue,
                Ok(Next::Wait(wait)) => wait,
                Ok(Next::Off) => return,
                Err(error) => {
                    tracing::error!(%error, "events for a webhook cannot be looked at; it is tried again");
                    LOOK_EVERY
                }
            };
            tokio::select! {
                biased;
                () = self.stopping.cancelled() => return,
                Ok(()) = self.committed.changed() => {}
                () = self.clock.sleep(wait.min(LOOK_EVERY)) => {}
            }
        }
    }

    async fn step(&self, receiver: &mut Receiver) -> Result<Next, StoreError> {
        let now = self.clock.now();
        self.give_up_what_is_old(receiver, now).await?;
        if let Some(rest) = receiver.paused_until.checked_sub(self.clock.elapsed()).filter(|rest| !rest.is_zero()) {
            return Ok(Next::Wait(rest));
        }
        match self.store.next_webhook(&self.endpoint.site_id, self.name(), now)? {
            NextWebhook::Due(row) => self.deliver(row, receiver).await,
            NextWebhook::At(at) => Ok(Next::Wait(Duration::from_millis(u64::try_from(at.as_millis() - now.as_millis()).unwrap_or(0)))),
            NextWebhook::Nothing => Ok(Next::Wait(LOOK_EVERY)),
        }
    }

    async fn deliver(&self, row: WebhookRow, receiver: &mut Receiver) -> Result<Next, StoreError> {
        let answer = match open(&self.keys, &row.id, &row.body_sealed) {
            Ok(body) => tokio::select! {
                biased;
                answer = self.poster.post(&self.endpoint.config, &row.id, body.expose_secret(), self.clock.now()) => answer,
                // It is sent again with the same id after the next start.
                () = self.grace_over() => return Ok(Next::Off),
            },
            Err(error) => {
                tracing::error!(%error, webhook.id = row.id, "an event cannot be opened: keys.toml is not the one it was sealed with");
                let until = self.clock.now().plus_millis(GIVE_UP_MILLIS);
                self.store.settle_webhook(row.seq, Delivery::Refused(until), "it cannot be opened".into(), self.clock.now()).await?;
                return Ok(Next::GoOn);
            }
        };
        let (verdict, asked) = match &answer {
            Answer::Status(status, asked) => (verdict(*status), *asked),
            Answer::Nothing(_) => (Verdict::Down, None),
        };
        metrics::delivered(verdict.as_word());
        let now = self.clock.now();
        let (delivery, next) = match verdict {
            Verdict::Delivered => {
                *receiver = Receiver::default();
                tracing::debug!(webhook.id = row.id, webhook.kind = row.kind, "an event was delivered");
                (Delivery::Delivered, Next::GoOn)
            }
            Verdict::Down => {
                receiver.failures = receiver.failures.saturating_add(1);
                let wait = pause(receiver.failures, fastrand::f64(), asked);
                receiver.paused_until = self.clock.elapsed() + wait;
                tracing::warn!(site.id = %self.endpoint.site_id, webhook.name = self.name(), %answer, wait_secs = wait.as_secs(), "a webhook's receiver takes nothing at the moment; its events wait");
                (Delivery::Waits, Next::Wait(wait))
            }
            Verdict::Refused => {
                *receiver = Receiver::default();
                let wait = pause(row.refusals.saturating_add(1), fastrand::f64(), asked);
                tracing::warn!(site.id = %self.endpoint.site_id, webhook.name = self.name(), webhook.id = row.id, webhook.kind = row.kind, %answer, wait_secs = wait.as_secs(), "a webhook's receiver refused an event, which waits; the others go on");
                (Delivery::Refused(now.plus_millis(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))), Next::GoOn)
            }
            Verdict::Gone => {
                tracing::error!(site.id = %self.endpoint.site_id, webhook.name = self.name(), "a webhook's receiver answered 410 Gone and is sent nothing more until the next start; take the webhook out of the configuration, or correct its `url`");
                (Delivery::Waits, Next::Off)
            }
        };
        self.store.settle_webhook(row.seq, delivery, answer.to_string(), now).await?;
        Ok(next)
    }

    async fn give_up_what_is_old(&self, receiver: &Receiver, now: Timestamp) -> Result<(), StoreError> {
        // What has only waited for its turn, or for the portal to run, is tried first.
        let only_refused = receiver.failures == 0;
        let before = now.plus_millis(-GIVE_UP_MILLIS);
        for (id, kind) in self.store.give_up_webhooks(&self.endpoint.site_id, self.name(), before, only_refused, now).await? {
            tracing::error!(site.id = %self.endpoint.site_id, webhook.name = self.name(), webhook.id = id, webhook.kind = kind, "an event could not be delivered for three days and is given up; `guest-portal webhook resend` sends it again");
        }
        Ok(())
    }

    async fn grace_over(&self) {
        self.stopping.cancelled().await;
        self.clock.sleep(GRACE).await;
    }

    fn name(&self) -> &str {
        &self.endpoint.config.name
    }
}
