//! The service app: the portal's own identity in Webex, and its access token, kept fresh.

use std::sync::{Arc, OnceLock};

use secrecy::{ExposeSecret, SecretString};
use shared::{PersonId, Timestamp};
use tokio::sync::Mutex;

use super::{error::WebexError, send::WebexClient, wire};
use crate::{
    clock::Clock,
    config::{ConnectionId, ServiceAppConfig},
    secrets::{Keys, token_hash},
    store::{Store, StoredCredential},
};

/// Keeps the service app's access token: refreshed at 80 % of its life, stored sealed.
#[derive(Clone)]
pub struct ServiceApp {
    inner: Arc<Inner>,
}

struct Inner {
    /// What its tokens are stored under.
    name: String,
    webex: WebexClient,
    store: Store,
    keys: Arc<Keys>,
    clock: Clock,
    config: ServiceAppConfig,
    /// Locked while refreshing, so that many who need a token cause one refresh.
    current: Mutex<Standing>,
    person_id: OnceLock<PersonId>,
}

/// How things stand with the token.
#[derive(Default)]
struct Standing {
    current: Option<Current>,
    /// Why there is none, and until when nobody asks again.
    failed: Option<(i64, WebexError)>,
}

#[derive(Clone)]
struct Current {
    access_token: SecretString,
    refresh_at: i64,
    expires_at: i64,
}

/// After a failed refresh the next one waits so long; those who come meanwhile get the old token while it lives.
const REFRESH_PAUSE_MILLIS: i64 = 2000;
/// Where Webex refuses the credentials themselves, somebody has to mend them first.
const REFUSED_PAUSE_MILLIS: i64 = 30_000;

impl ServiceApp {
    /// For the configured credentials of a connection.
    pub fn new(
        connection: &ConnectionId,
        webex: WebexClient,
        store: Store,
        keys: Arc<Keys>,
        clock: Clock,
        config: ServiceAppConfig,
    ) -> Self {
        let name = if *connection == ConnectionId::first() { "service_app".into() } else { format!("service_app:{connection}") };
        let inner = Inner { name, webex, store, keys, clock, config, current: Mutex::default(), person_id: OnceLock::new() };
        Self { inner: Arc::new(inner) }
    }

    /// A valid access token.
    pub async fn token(&self) -> Result<SecretString, WebexError> {
        let mut standing = self.inner.current.lock().await;
        let now = self.inner.clock.now().as_millis();
        if let Some(current) = standing.current.as_ref().filter(|current| now < current.refresh_at) {
            return Ok(current.access_token.clone());
        }
        if let Some((_, error)) = standing.failed.as_ref().filter(|(until, _)| now < *until) {
            return Err(error.clone());
        }
        // One that Webex has refused stays known as such, though the store holds it as one that lives.
        let old = standing.current.clone().or_else(|| self.stored());
        let fresh = match old {
            Some(old) if now < old.refresh_at => old,
            old => match (self.refresh().await, old.filter(|old| now < old.expires_at)) {
                (Ok(fresh), _) => fresh,
                // Everybody who needs a token now waited for this one answer, and would ask the same again.
                (Err(error), Some(old)) => Current { refresh_at: self.next_try(&error).min(old.expires_at), ..old },
                (Err(error), None) => {
                    standing.failed = Some((self.next_try(&error), error.clone()));
                    return Err(error);
                }
            },
        };
        let token = fresh.access_token.clone();
        *standing = Standing { current: Some(fresh), failed: None };
        Ok(token)
    }

    /// Webex refused this token: the next call fetches another, unless somebody else already did.
    pub async fn refuse(&self, token: &SecretString) {
        let mut standing = self.inner.current.lock().await;
        if let Some(held) = standing.current.as_mut().filter(|held| held.access_token.expose_secret() == token.expose_secret()) {
            (held.refresh_at, held.expires_at) = (0, 0);
        }
    }

    /// Until when its access token lives, and why the last renewal failed, as far as either is known at this moment.
    pub fn standing(&self) -> (Option<Timestamp>, Option<WebexError>) {
        // Whoever renews it right now holds it, and has the news soon.
        let Ok(standing) = self.inner.current.try_lock() else { return (None, None) };
        let lives_until = standing.current.as_ref().map(|current| Timestamp::from_millis(current.expires_at));
        (lives_until, standing.failed.as_ref().map(|(_, error)| error.clone()))
    }

    /// The credentials may be others now: what was refused is worth another try.
    pub(crate) async fn try_again(&self) {
        self.inner.current.lock().await.failed = None;
    }

    /// The service app's own person: what it posts is a notice of the portal.
    pub async fn person_id(&self) -> Result<PersonId, WebexError> {
        if let Some(person_id) = self.inner.person_id.get() {
            return Ok(person_id.clone());
        }
        let me = self.with_token(|token| self.inner.webex.me(token)).await?;
        let person_id = PersonId::new(wire::unpadded(&me.id));
        Ok(self.inner.person_id.get_or_init(|| person_id).clone())
    }

    /// Runs a call with the token, once more with a new one if Webex refuses the first.
    pub async fn with_token<T, F>(&self, call: impl Fn(SecretString) -> F) -> Result<T, WebexError>
    where
        F: Future<Output = Result<T, WebexError>>,
    {
        let token = self.token().await?;
        match call(token.clone()).await {
            Err(WebexError::Status { status: 401, .. }) => {
                self.refuse(&token).await;
                call(self.token().await?).await
            }
            other => other,
        }
    }

    /// Until when nobody asks again, after a refresh has failed just now.
    fn next_try(&self, error: &WebexError) -> i64 {
        let pause = if error.is_passing() { REFRESH_PAUSE_MILLIS } else { REFUSED_PAUSE_MILLIS };
        self.inner.clock.now().as_millis() + pause
    }

    fn configured_hash(&self) -> Vec<u8> {
        token_hash(self.inner.config.refresh_token.get().expose_secret())
    }

    /// What the store holds, if it descends from the configured refresh token.
    fn stored(&self) -> Option<Current> {
        let credential = self.inner.store.credential(&self.inner.name).ok().flatten()?;
        (credential.configured_hash == self.configured_hash()).then_some(())?;
        let access_token = self.inner.keys.open("credential:access", &credential.access_sealed).ok()?;
        Some(Current::new(access_token, credential.refreshed_at.as_millis(), credential.access_expires_at.as_millis()))
    }

    fn newest_refresh_token(&self) -> SecretString {
        let stored = self
            .inner
            .store
            .credential(&self.inner.name)
            .ok()
            .flatten()
            .filter(|credential| credential.configured_hash == self.configured_hash());
        stored
            .and_then(|credential| self.inner.keys.open("credential:refresh", &credential.refresh_sealed).ok())
            .unwrap_or_else(|| self.inner.config.refresh_token.get().as_ref().clone())
    }

    async fn refresh(&self) -> Result<Current, WebexError> {
        let inner = &self.inner;
        // Of the same instant: the configured token may be replaced while Webex answers.
        let (configured_hash, used) = (self.configured_hash(), self.newest_refresh_token());
        let answer = inner.webex.refresh(&inner.config.client_id, &inner.config.client_secret.get(), &used).await.inspect_err(|error| {
            if !error.is_passing() {
                tracing::error!(%error, "webex refuses the service app's credentials; check client id, client secret and refresh token");
            }
        })?;
        let now = inner.clock.now();
        let access_expires_at = now.plus_millis(answer.expires_in.saturating_mul(1000));
        let access_token: SecretString = answer.access_token.into();
        let refresh_token = answer.refresh_token.map_or(used, SecretString::from);
        let inside = |error: &dyn std::fmt::Display| WebexError::Inside(error.to_string());
        let credential = StoredCredential {
            configured_hash,
            refresh_sealed: inner.keys.seal("credential:refresh", &refresh_token).map_err(|error| inside(&error))?,
            access_sealed: inner.keys.seal("credential:access", &access_token).map_err(|error| inside(&error))?,
            access_expires_at,
            refreshed_at: now,
        };
        inner.store.set_credential(inner.name.clone(), credential).await.map_err(|error| inside(&error))?;
        tracing::info!(lives_secs = answer.expires_in, "the service app's access token was refreshed");
        Ok(Current::new(access_token, now.as_millis(), access_expires_at.as_millis()))
    }
}

impl Current {
    /// To be refreshed at 80 % of the way from one instant to the other.
    fn new(access_token: SecretString, from: i64, expires_at: i64) -> Self {
        let refresh_at = from.saturating_add(expires_at.saturating_sub(from).saturating_mul(4) / 5);
        Self { access_token, refresh_at, expires_at }
    }
}
