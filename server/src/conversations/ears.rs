//! Asks Webex about a room with the token that hears it: the service app's where it is in the room, else
//! that of a guest who is.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use secrecy::SecretString;

use crate::{
    guest_identity::GuestIdentity,
    store::{Conversation, HeardBy, Store},
    webex::{Connection, Connections, Doubt, WebexClient, WebexError},
};

/// So many guests of a room are tried: those who were here last are most likely still in it.
const MAX_TRIED: usize = 3;
/// So many of them take turns: no token has to carry a room of many guests alone.
const TURNS: usize = 8;

#[derive(Clone)]
pub(super) struct Ears {
    connections: Connections,
    identity: GuestIdentity,
    store: Store,
    asked: Arc<AtomicUsize>,
}

impl Ears {
    pub(super) fn new(connections: Connections, identity: GuestIdentity, store: Store) -> Self {
        Self { connections, identity, store, asked: Arc::default() }
    }

    /// The connection a conversation belongs to.
    pub(super) fn connection(&self, conversation: &Conversation) -> Result<&Connection, WebexError> {
        self.connections.of_site(&conversation.site_id)
    }

    /// Runs a call as somebody who is in the room.
    pub(super) async fn ask<T, F>(
        &self,
        conversation: &Conversation,
        call: impl Fn(WebexClient, SecretString) -> F,
    ) -> Result<T, WebexError>
    where
        F: Future<Output = Result<T, WebexError>>,
    {
        let connection = self.connection(conversation)?;
        let call = |token| call(connection.webex.clone(), token);
        if let (HeardBy::Service, Some(service_app)) = (conversation.heard_by, &connection.service_app) {
            return service_app.with_token(&call).await;
        }
        let mut refused = WebexError::Inside("no guest of this room is left".into());
        let guests = self.store.guests_of(&conversation.id).map_err(|error| WebexError::Inside(error.to_string()))?;
        let turn = self.asked.fetch_add(1, Ordering::Relaxed) % guests.len().clamp(1, TURNS);
        let first = guests.get(turn).into_iter();
        let others = guests.iter().enumerate().filter(|(place, _)| *place != turn).map(|(_, guest_id)| guest_id);
        for guest_id in first.chain(others).take(MAX_TRIED) {
            match self.identity.with_token(guest_id, &call).await {
                Err(error) if error.doubt() == Doubt::Refused => refused = error,
                other => return other,
            }
        }
        Err(refused)
    }
}
