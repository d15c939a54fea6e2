//! The registration a socket belongs to: found by its name, or made; renewed, and deleted at the end.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    config::ConnectionId,
    feed::credential::Credential,
    webex::{WebexError, wire::mercury::Device},
};

/// What the catalogue calls the services that are needed.
const DEVICES: &str = "wdm";
const CONVERSATIONS: &str = "conversation";

/// Where the services are; the same for everybody of an organisation.
#[derive(Clone, Debug)]
pub(super) struct Services {
    /// Registers devices.
    pub(super) devices: String,
    /// Is told who writes, and who has read what.
    pub(super) conversations: String,
}

/// Where a connection's services are, asked once. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Directory {
    known: Arc<Mutex<Option<Services>>>,
}

impl Directory {
    /// Where the services are.
    pub(super) async fn services(&self, credential: &Credential) -> Result<Services, WebexError> {
        if let Some(known) = &*self.known.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(known.clone());
        }
        let mut links = credential.services().catalog(credential.token().await?).await?.service_links;
        let mut link = |name: &str| links.remove(name).ok_or_else(|| WebexError::Inside(format!("webex's catalogue names no {name}")));
        let services = Services { devices: link(DEVICES)?, conversations: link(CONVERSATIONS)? };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(services.clone());
        Ok(services)
    }

    /// They are not where they were.
    pub(super) fn forget(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The device of this name, which an earlier start may have left, or a new one.
pub(super) async fn find_or_create(credential: &Credential, services: &Services, name: &str) -> Result<Device, WebexError> {
    let webex = credential.services();
    let listed = credential.with_token(|token| webex.devices(token, &services.devices)).await?.devices;
    let is_own = |device: &Device| device.name.as_deref() == Some(name);
    if let Some(known) = listed.iter().find(|device| is_own(device)) {
        return Ok(known.clone());
    }
    create(credential, services, name, &listed).await
}

/// A new device. Where there are too many, the oldest ones of this product make room.
async fn create(credential: &Credential, services: &Services, name: &str, listed: &[Device]) -> Result<Device, WebexError> {
    let webex = credential.services();
    let create = || credential.with_token(|token| webex.create_device(token, &services.devices, name));
    match create().await {
        Err(WebexError::Status { status: 403, message, .. }) if message.contains("excessive device registrations") => {
            for left in listed.iter().filter(|device| is_of_this_product(device)) {
                delete(credential, left).await?;
            }
            create().await
        }
        other => other,
    }
}

/// The device is no longer needed.
pub(super) async fn delete(credential: &Credential, device: &Device) -> Result<(), WebexError> {
    credential.with_token(|token| credential.services().delete_device(token, &device.url)).await
}

/// What a portal calls its device of a connection: two of them may have the same service app.
pub(super) fn name_of(instance: &str, connection: &ConnectionId) -> String {
    format!("{PREFIX}{connection} {instance}")
}

const PREFIX: &str = "guest-portal ";

fn is_of_this_product(device: &Device) -> bool {
    device.name.as_deref().is_some_and(|name| name.starts_with(PREFIX))
}
