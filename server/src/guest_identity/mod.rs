//! Vouches for a guest: makes a browser's visitor a person in Webex, with a token of their own.
//!
//! Signing in does not wait for this: it happens as soon as Webex answers, and again before a token ends.

mod subject;

use std::sync::Arc;

use secrecy::SecretString;
use shared::{GuestId, PersonId, PortalEvent};

pub use subject::guest_subject;

use crate::{
    clock::Clock,
    fanout::{Audience, Hub},
    secrets::Keys,
    store::{GuestRow, Store},
    webex::{ServiceApp, WebexClient, WebexError, wire},
};

/// A token that ends sooner than this is renewed before it is used, in milliseconds.
const SPARE_LIFE_MILLIS: i64 = 5 * 60 * 1000;

/// A guest as Webex knows them.
#[derive(Clone)]
pub struct Vouched {
    /// The guest's person.
    pub person_id: PersonId,
    /// The guest's own token.
    pub access_token: SecretString,
}

/// Vouches for guests through the service app's organisation. Clones share it.
#[derive(Clone)]
pub struct GuestIdentity {
    webex: WebexClient,
    service_app: ServiceApp,
    store: Store,
    keys: Arc<Keys>,
    clock: Clock,
    hub: Hub,
}

impl GuestIdentity {
    /// With everything it needs.
    pub fn new(webex: WebexClient, service_app: ServiceApp, store: Store, keys: Arc<Keys>, clock: Clock, hub: Hub) -> Self {
        Self { webex, service_app, store, keys, clock, hub }
    }

    /// The guest's person and a token that lives for a while yet.
    pub async fn vouch(&self, guest_id: &GuestId) -> Result<Vouched, WebexError> {
        let guest = self.store.guest(guest_id).map_err(inside)?.ok_or_else(|| WebexError::Inside("the guest was erased".into()))?;
        if let Some(vouched) = self.stored(&guest) {
            return Ok(vouched);
        }
        let answer = self.service_app.with_token(|token| self.webex.guest_token(token, &guest.subject, &guest.display_name)).await?;
        let person_id = PersonId::new(wire::unpadded(&answer.id));
        let access_token: SecretString = answer.access_token.into();
        let sealed = self.keys.seal(&purpose(guest_id), &access_token).map_err(inside)?;
        let expires_at = self.clock.now().plus_millis(answer.expires_in.saturating_mul(1000));
        self.store.set_guest_token(&guest, person_id.clone(), sealed, expires_at).await.map_err(inside)?;
        if guest.person_id.as_ref() != Some(&person_id) {
            self.hub.publish(Audience::Guest(guest_id.clone()), &PortalEvent::GuestVouched { person_id: person_id.clone() });
        }
        Ok(Vouched { person_id, access_token })
    }

    /// Webex refused the guest's token: the next call fetches another.
    pub async fn refuse(&self, guest_id: &GuestId) {
        if let Err(error) = self.store.forget_guest_token(guest_id.clone()).await {
            tracing::error!(%error, guest.id = %guest_id, "a refused token could not be forgotten");
        }
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
