//! Vouches for a guest: makes a browser's visitor a person in Webex, with a token of their own.
//!
//! Signing in does not wait for this: it happens as soon as Webex answers, and again before a token ends.

mod issuer_jwt;
mod subject;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use secrecy::{ExposeSecret, SecretString};
use shared::{GuestId, PersonId, PortalEvent};

pub use issuer_jwt::{GuestIssuer, IssuerProblem, SignedGuest};
pub use subject::{guest_subject, user_subject};

use crate::{
    clock::Clock,
    fanout::{Audience, Hub},
    secrets::Keys,
    store::{GuestRow, Store},
    webex::{Connection, Connections, WebexClient, WebexError, wire},
};

/// A token that ends sooner than this is renewed before it is used, in milliseconds.
const SPARE_LIFE_MILLIS: i64 = 5 * 60 * 1000;
/// A guest's JWT is used at once; it is good this long, in seconds, because clocks differ.
pub const JWT_LIFE_SECS: i64 = 15 * 60;

/// A guest as Webex knows them.
#[derive(Clone)]
pub struct Vouched {
    /// The guest's person.
    pub person_id: PersonId,
    /// The guest's own token.
    pub access_token: SecretString,
}

/// Vouches for guests through their site's connection. Clones share it.
#[derive(Clone)]
pub struct GuestIdentity {
    connections: Connections,
    store: Store,
    keys: Arc<Keys>,
    clock: Clock,
    hub: Hub,
    /// Guests who are being vouched for: whoever else needs that waits for it.
    under_way: Arc<Mutex<HashMap<GuestId, Weak<tokio::sync::Mutex<()>>>>>,
}

/// What vouching gave.
struct Fresh {
    person_id: PersonId,
    access_token: SecretString,
    expires_in_secs: i64,
}

impl GuestIdentity {
    /// With everything it needs.
    pub fn new(connections: Connections, store: Store, keys: Arc<Keys>, clock: Clock, hub: Hub) -> Self {
        Self { connections, store, keys, clock, hub, under_way: Arc::default() }
    }

    /// The guest's person and a token that lives for a while yet.
    pub async fn vouch(&self, guest_id: &GuestId) -> Result<Vouched, WebexError> {
        if let Some(vouched) = self.stored(&self.load(guest_id)?) {
            return Ok(vouched);
        }
        let turn = self.turn_of(guest_id);
        let _turn = turn.lock().await;
        let guest = self.load(guest_id)?;
        if let Some(vouched) = self.stored(&guest) {
            return Ok(vouched);
        }
        let fresh = self.ask(self.connections.of_site(&guest.site_id)?, &guest).await?;
        let sealed = self.keys.seal(&purpose(guest_id), &fresh.access_token).map_err(inside)?;
        let expires_at = self.clock.now().plus_millis(fresh.expires_in_secs.saturating_mul(1000));
        self.store.set_guest_token(&guest, fresh.person_id.clone(), sealed, expires_at).await.map_err(inside)?;
        if guest.person_id.as_ref() != Some(&fresh.person_id) {
            let event = PortalEvent::GuestVouched { person_id: fresh.person_id.clone() };
            self.hub.publish(Audience::Guest(guest_id.clone()), &event);
        }
        Ok(Vouched { person_id: fresh.person_id, access_token: fresh.access_token })
    }

    /// Webex refused the guest's token: the next call fetches another.
    pub async fn refuse(&self, guest_id: &GuestId) {
        if let Err(error) = self.store.forget_guest_token(guest_id.clone()).await {
            tracing::error!(%error, guest.id = %guest_id, "a refused token could not be forgotten");
        }
    }

    /// Webex refused this token; another one that was fetched meanwhile stays.
    pub async fn refuse_this(&self, guest_id: &GuestId, token: &SecretString) {
        let stored = self.load(guest_id).ok().and_then(|guest| self.stored(&guest));
        if stored.is_some_and(|stored| stored.access_token.expose_secret() == token.expose_secret()) {
            self.refuse(guest_id).await;
        }
    }

    /// Runs a call with the guest's own token, once more with a new one if Webex refuses the first.
    pub async fn with_token<T, F>(&self, guest_id: &GuestId, call: impl Fn(SecretString) -> F) -> Result<T, WebexError>
    where
        F: Future<Output = Result<T, WebexError>>,
    {
        let vouched = self.vouch(guest_id).await?;
        match call(vouched.access_token).await {
            Err(WebexError::Status { status: 401, .. }) => {
                self.refuse(guest_id).await;
                call(self.vouch(guest_id).await?.access_token).await
            }
            other => other,
        }
    }

    async fn ask(&self, connection: &Connection, guest: &GuestRow) -> Result<Fresh, WebexError> {
        let webex = &connection.webex;
        if let Some(issuer) = &connection.guest_issuer {
            return self.log_in(webex, issuer, guest).await;
        }
        let service_app = connection
            .service_app
            .as_ref()
            .ok_or_else(|| WebexError::Inside("nobody vouches for guests in this site's connection".into()))?;
        let answer = service_app.with_token(|token| webex.guest_token(token, &guest.subject, &guest.display_name)).await?;
        Ok(Fresh {
            person_id: PersonId::new(wire::unpadded(&answer.id)),
            access_token: answer.access_token.into(),
            expires_in_secs: answer.expires_in,
        })
    }

    /// The original way: a JWT that the issuer's secret signs is exchanged for a token.
    async fn log_in(&self, webex: &WebexClient, issuer: &GuestIssuer, guest: &GuestRow) -> Result<Fresh, WebexError> {
        let expires_at_secs = self.clock.now().as_millis() / 1000 + JWT_LIFE_SECS;
        let signed = issuer.sign(&guest.subject, &guest.display_name, expires_at_secs).map_err(inside)?;
        let login = webex.jwt_login(&signed.jwt).await?;
        let access_token: SecretString = login.token.into();
        let person_id = match &guest.person_id {
            Some(person_id) => person_id.clone(),
            None => PersonId::new(wire::unpadded(&webex.me(access_token.clone()).await?.id)),
        };
        Ok(Fresh { person_id, access_token, expires_in_secs: login.expires_in })
    }

    fn load(&self, guest_id: &GuestId) -> Result<GuestRow, WebexError> {
        self.store.guest(guest_id).map_err(inside)?.ok_or_else(|| WebexError::Inside("the guest was erased".into()))
    }

    fn turn_of(&self, guest_id: &GuestId) -> Arc<tokio::sync::Mutex<()>> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = under_way.get(guest_id).and_then(Weak::upgrade) {
            return turn;
        }
        under_way.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        under_way.insert(guest_id.clone(), Arc::downgrade(&turn));
        turn
    }

    fn stored(&self, guest: &GuestRow) -> Option<Vouched> {
        let expires_at = guest.token_expires_at?;
        let is_fresh = self.clock.now().plus_millis(SPARE_LIFE_MILLIS) < expires_at;
        let sealed = guest.token_sealed.as_ref().filter(|_| is_fresh)?;
        let access_token = self.keys.open(&purpose(&guest.id), sealed).ok()?;
        Some(Vouched { person_id: guest.person_id.clone()?, access_token })
    }
}

fn purpose(guest_id: &GuestId) -> String {
    format!("guest:{guest_id}")
}

fn inside(error: impl std::fmt::Display) -> WebexError {
    WebexError::Inside(error.to_string())
}
