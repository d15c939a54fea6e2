//! Whose token is used to hear.

use secrecy::SecretString;
use shared::GuestId;

use crate::{
    config::ConnectionId,
    guest_identity::GuestIdentity,
    webex::{Connection, ServiceApp, WebexClient, WebexError},
};

/// Somebody with a token.
#[derive(Clone)]
pub(super) struct Credential {
    connection: Connection,
    whose: Whose,
}

#[derive(Clone)]
enum Whose {
    Service(ServiceApp),
    Guest(Box<(GuestIdentity, GuestId)>),
}

impl Credential {
    /// The service app of a connection.
    pub(super) fn of_service(connection: &Connection, service_app: &ServiceApp) -> Self {
        Self { connection: connection.clone(), whose: Whose::Service(service_app.clone()) }
    }

    /// A guest.
    pub(super) fn of_guest(connection: &Connection, identity: &GuestIdentity, guest_id: &GuestId) -> Self {
        Self { connection: connection.clone(), whose: Whose::Guest(Box::new((identity.clone(), guest_id.clone()))) }
    }

    /// In which organisation.
    pub(super) fn connection_id(&self) -> &ConnectionId {
        &self.connection.id
    }

    /// Where rooms and messages are asked for.
    pub(super) fn webex(&self) -> &WebexClient {
        &self.connection.webex
    }

    /// Where the services are that Webex's own clients use.
    pub(super) fn services(&self) -> &WebexClient {
        &self.connection.services
    }

    /// A token that Webex takes, as far as is known.
    pub(super) async fn token(&self) -> Result<SecretString, WebexError> {
        match &self.whose {
            Whose::Service(service_app) => service_app.token().await,
            Whose::Guest(guest) => Ok(guest.0.vouch(&guest.1).await?.access_token),
        }
    }

    /// Webex refused this token: the next one is another.
    pub(super) async fn refuse(&self, token: &SecretString) {
        match &self.whose {
            Whose::Service(service_app) => service_app.refuse(token).await,
            Whose::Guest(guest) => guest.0.refuse_this(&guest.1, token).await,
        }
    }

    /// Runs a call with the token, once more with a new one if Webex refuses the first.
    pub(super) async fn with_token<T, F>(&self, call: impl Fn(SecretString) -> F) -> Result<T, WebexError>
    where
        F: Future<Output = Result<T, WebexError>>,
    {
        match &self.whose {
            Whose::Service(service_app) => service_app.with_token(call).await,
            Whose::Guest(guest) => guest.0.with_token(&guest.1, call).await,
        }
    }
}
