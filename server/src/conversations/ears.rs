//! Asks Webex about a room with the token that hears it: the service app's where it is in the room, else
//! that of a guest who is.

use secrecy::SecretString;

use crate::{
    guest_identity::GuestIdentity,
    store::{Conversation, HeardBy, Store},
    webex::{Connection, Connections, Doubt, WebexClient, WebexError},
};

/// So many guests of a room are tried: those who were here last are most likely still in it.
const MAX_TRIED: usize = 3;

#[derive(Clone)]
pub(super) struct Ears {
    connections: Connections,
    identity: GuestIdentity,
    store: Store,
}

impl Ears {
    pub(super) fn new(connections: Connections, identity: GuestIdentity, store: Store) -> Self {
        Self { connections, identity, store }
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
        for guest_id in guests.iter().take(MAX_TRIED) {
            match self.identity.with_token(guest_id, &call).await {
                Err(error) if error.doubt() == Doubt::Refused => refused = error,
                other => return other,
            }
        }
        Err(refused)
    }
}
