//! Telling the targets. Each is told once, in no promised order, and nobody waits for them.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use ring::hmac;

use super::log::{DeliveryEntry, DeliveryLog, DeliveryOutcome};
use super::rules::{Failures, WebhookRules};
use crate::app::App;
use crate::faults::FaultEffect;
use crate::ids::WebhookId;
use crate::state::Refusal;

/// The signature over the bytes of the body.
const SIGNATURE: &str = "X-Spark-Signature";

/// One thing to tell one target.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(super) webhook: WebhookId,
    pub(super) target_url: String,
    pub(super) resource: &'static str,
    pub(super) event: &'static str,
    pub(super) secret: Option<String>,
    pub(super) body: Bytes,
}

/// Tells the targets, and remembers how it went.
#[derive(Default)]
pub(crate) struct Postman {
    client: OnceLock<reqwest::Client>,
    log: DeliveryLog,
    failures: Failures,
}

impl Postman {
    pub(crate) fn deliveries(&self) -> Vec<DeliveryEntry> {
        self.log.all()
    }

    pub(crate) fn rules(&self) -> WebhookRules {
        self.failures.rules()
    }

    /// What makes no sense is refused.
    pub(crate) fn set_rules(&self, rules: WebhookRules) -> Result<(), String> {
        rules.check()?;
        self.failures.set(rules);
        Ok(())
    }

    pub(crate) fn clear(&self) {
        self.log.clear();
        self.failures.clear();
    }

    /// Made with the first use: it takes longer than all the rest of a start.
    pub(crate) fn client(&self) -> reqwest::Client {
        let make = || reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap_or_default();
        self.client.get_or_init(make).clone()
    }

    /// When what happens now is told.
    pub(crate) fn due_at(&self, now: SystemTime) -> SystemTime {
        now + self.rules().delay()
    }

    /// Tells one target, as far as no rule and no fault is in the way.
    pub(crate) async fn deliver(app: &App, delivery: Delivery, due_at: SystemTime) {
        app.clock.sleep_until(due_at).await;
        let copies = app.postman.rules().copies();
        if copies == 0 {
            Self::note(app, &delivery, DeliveryOutcome::Lost);
        }
        for _ in 0..copies {
            Self::deliver_once(app, delivery.clone()).await;
        }
    }

    async fn deliver_once(app: &App, delivery: Delivery) {
        let path = format!("/{}/{}", delivery.resource, delivery.event);
        match app.faults.take_for_delivery(&path) {
            None => Self::tell(app, &delivery).await,
            Some(FaultEffect::Slow { ms }) => {
                app.world.wait(Duration::from_millis(ms)).await;
                Self::tell(app, &delivery).await;
            }
            Some(FaultEffect::Twice) => {
                Self::tell(app, &delivery).await;
                Self::tell(app, &delivery).await;
            }
            Some(FaultEffect::Forged) => {
                let secret = Some(format!("not {}", delivery.secret.clone().unwrap_or_default()));
                Self::tell(app, &Delivery { secret, ..delivery }).await;
            }
            Some(_) => Self::note(app, &delivery, DeliveryOutcome::Lost),
        }
    }

    async fn tell(app: &App, delivery: &Delivery) {
        let within = Duration::from_millis(u64::from(app.postman.rules().answer_within_ms));
        let mut request = app.postman.client().post(&delivery.target_url).timeout(within);
        request = request.header(CONTENT_TYPE, "application/json; charset=UTF-8").body(delivery.body.clone());
        if let Some(secret) = &delivery.secret {
            request = request.header(SIGNATURE, signature(secret, &delivery.body));
        }
        let outcome = match request.send().await {
            Ok(answer) => DeliveryOutcome::Answered { status: answer.status().as_u16() },
            Err(error) => DeliveryOutcome::Failed { problem: problem(&error) },
        };
        let is_failure = outcome.is_failure();
        Self::note(app, delivery, outcome);
        if is_failure && app.postman.failures.is_too_many(delivery.webhook, app.world.now()) {
            Self::give_up(app, delivery.webhook);
        }
    }

    fn note(app: &App, delivery: &Delivery, outcome: DeliveryOutcome) {
        app.postman.log.note(DeliveryEntry {
            at: app.world.now().to_string(),
            webhook_id: delivery.webhook.public(),
            target_url: delivery.target_url.clone(),
            resource: delivery.resource.to_owned(),
            event: delivery.event.to_owned(),
            outcome,
        });
    }

    fn give_up(app: &App, webhook: WebhookId) {
        for world in &app.worlds {
            let outcome = world.change(|organisation| {
                organisation.deactivate_webhook(webhook);
                Ok::<_, Refusal>(())
            });
            if let Err(error) = outcome {
                tracing::warn!(%error, "a failing webhook cannot be made inactive");
            }
        }
    }
}

/// Lower-case hex of HMAC-SHA1.
fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    hmac::sign(&key, body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The last cause says most.
fn problem(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if error.is_timeout() { "no answer in time".to_owned() } else { cause.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_hmac_sha1_in_lower_case() {
        // RFC 2202, case 2.
        assert_eq!(signature("Jefe", b"what do ya want for nothing?"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }
}
