//! Webex's real-time channel, as its own clients use it: a device, a socket, and what happens in one's rooms. It tells that
//! something happened; what was said is read over REST, where it comes decrypted.

mod device;
mod reconnect;
mod socket;

use std::{collections::HashMap, sync::Arc, time::Duration};

use secrecy::SecretString;
use shared::{GuestId, MessageId};
use tokio::{sync::Semaphore, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    credential::Credential,
    live::{Ear, LiveFeeds},
    telling::Telling,
    way::Way,
};
use crate::{
    clock::Clock,
    config::ConnectionId,
    guest_identity::GuestIdentity,
    store::Conversation,
    webex::{
        Connection, ServiceApp, WebexError,
        wire::mercury::{Device, uuid_in},
    },
};
use device::Directory;
use reconnect::{BackOff, Ended, Retry};
use socket::{Socket, ended_by};

/// A portal listens for so many guests at once; further ones are heard by polling.
const MAX_GUESTS: usize = 500;
/// Webex forgets a device that nobody says is needed.
const RENEW_EVERY: Duration = Duration::from_secs(12 * 60 * 60);
/// A socket that was open for so long was no trouble: the next one is opened soon.
const GOOD_AFTER: Duration = Duration::from_secs(30);
/// A device that cannot be deleted in so long is left; the next start finds it by its name.
const GOODBYE: Duration = Duration::from_secs(2);

/// Opens sockets. Clones share what they know.
#[derive(Clone)]
pub(in crate::feed) struct Mercury {
    telling: Telling,
    live: LiveFeeds,
    clock: Clock,
    identity: GuestIdentity,
    stopping: CancellationToken,
    directories: Arc<HashMap<ConnectionId, Directory>>,
    guests: Arc<Semaphore>,
    instance: Arc<str>,
}

/// A socket that is kept open.
pub(super) struct OpenSocket {
    closing: CancellationToken,
    task: JoinHandle<()>,
}

impl OpenSocket {
    /// Closes it and lets go of its device.
    pub(super) async fn close(self) {
        self.closing.cancel();
        let _ = self.task.await;
    }
}

impl Mercury {
    /// `instance` tells this portal's devices from another's.
    pub(in crate::feed) fn new(
        telling: Telling,
        identity: GuestIdentity,
        stopping: CancellationToken,
        connections: impl Iterator<Item = ConnectionId>,
        instance: &str,
    ) -> Self {
        let (live, clock) = (telling.live.clone(), telling.clock.clone());
        let directories = Arc::new(connections.map(|id| (id, Directory::default())).collect());
        let guests = Arc::new(Semaphore::new(MAX_GUESTS));
        Self { telling, live, clock, identity, stopping, directories, guests, instance: instance.into() }
    }

    /// Listens as a connection's service app until the portal stops.
    pub(super) async fn listen_as_service(self, connection: Connection, service_app: ServiceApp) {
        let credential = Credential::of_service(&connection, &service_app);
        let stopping = self.stopping.clone();
        self.keep_open(Ear::Service(connection.id.clone()), credential, connection.id, stopping).await;
    }

    /// Listens as a guest, if there are not too many already.
    pub(super) fn listen_as_guest(&self, connection: &Connection, guest_id: &GuestId) -> Option<OpenSocket> {
        let place = self.guests.clone().try_acquire_owned().ok()?;
        let closing = self.stopping.child_token();
        let credential = Credential::of_guest(connection, &self.identity, guest_id);
        let (mercury, ear, connection_id, until) = (self.clone(), Ear::Guest(guest_id.clone()), connection.id.clone(), closing.clone());
        let task = self.telling.tasks.spawn(async move {
            mercury.keep_open(ear, credential, connection_id, until).await;
            drop(place);
        });
        Some(OpenSocket { closing, task })
    }

    /// A guest writes, or has stopped: the others in the room are told.
    pub(in crate::feed) async fn tell_typing(
        &self,
        connection: &Connection,
        guest_id: &GuestId,
        room: &Conversation,
        is_typing: bool,
    ) -> Result<(), WebexError> {
        let (credential, conversations, room) = self.conversing(connection, guest_id, room).await?;
        // A token that is refused here may be good for what matters more.
        credential.services().tell_typing(credential.token().await?, &conversations, &room, is_typing).await
    }

    /// A guest has read a room up to a message: the others in it are told.
    pub(in crate::feed) async fn tell_read(
        &self,
        connection: &Connection,
        guest_id: &GuestId,
        room: &Conversation,
        upto: &MessageId,
    ) -> Result<(), WebexError> {
        let (credential, conversations, room) = self.conversing(connection, guest_id, room).await?;
        let (_, message) = uuid_in(upto.as_str()).ok_or_else(|| WebexError::Inside("that is no message of webex".into()))?;
        credential.services().acknowledge(credential.token().await?, &conversations, &room, &message).await
    }

    async fn conversing(
        &self,
        connection: &Connection,
        guest_id: &GuestId,
        room: &Conversation,
    ) -> Result<(Credential, String, String), WebexError> {
        let credential = Credential::of_guest(connection, &self.identity, guest_id);
        let services = self.directory(&connection.id).services(&credential).await?;
        let room = room.webex_room_id.as_deref().and_then(uuid_in);
        let (_, room) = room.ok_or_else(|| WebexError::Inside("the conversation has no room".into()))?;
        Ok((credential, services.conversations, room))
    }

    fn directory(&self, connection_id: &ConnectionId) -> Directory {
        self.directories.get(connection_id).cloned().unwrap_or_default()
    }

    /// Keeps a socket open until it is told to close.
    async fn keep_open(self, ear: Ear, credential: Credential, connection_id: ConnectionId, closing: CancellationToken) {
        let directory = self.directory(&connection_id);
        let mut device: Option<Device> = None;
        let mut back_off = BackOff::default();
        loop {
            let mut token = None;
            let began = self.clock.elapsed();
            let ended = tokio::select! {
                biased;
                () = closing.cancelled() => break,
                ended = self.listen(&ear, &credential, &directory, &mut device, &mut token) => ended,
            };
            if self.clock.elapsed().saturating_sub(began) >= GOOD_AFTER {
                back_off.succeeded();
            }
            self.live.set_up(&ear, Way::Mercury, false, &format!("mercury's socket ended ({ended:?})"));
            let Retry { wait, needs_token, needs_device } = back_off.after(ended);
            tracing::debug!(?ear, ?ended, wait_ms = wait.as_millis(), "a socket ended and is opened again");
            if let Some(token) = token.filter(|_| needs_token) {
                credential.refuse(&token).await;
            }
            if needs_device {
                // Somebody else may use it: it is theirs then.
                device = None;
            }
            directory.forget();
            let wait = wait.mul_f64(0.75 + fastrand::f64() / 4.0);
            tokio::select! {
                biased;
                () = closing.cancelled() => break,
                () = self.clock.sleep(wait) => {}
            }
        }
        self.live.set_up(&ear, Way::Mercury, false, "");
        self.let_go(&credential, device).await;
    }

    async fn let_go(&self, credential: &Credential, device: Option<Device>) {
        let Some(device) = device else { return };
        if !matches!(tokio::time::timeout(GOODBYE, device::delete(credential, &device)).await, Ok(Ok(()))) {
            tracing::debug!("a device could not be deleted; it is found again by its name");
        }
    }

    /// Opens the socket and listens until it ends.
    async fn listen(
        &self,
        ear: &Ear,
        credential: &Credential,
        directory: &Directory,
        device: &mut Option<Device>,
        used: &mut Option<SecretString>,
    ) -> Ended {
        let failed = |what: &str, error: &WebexError| {
            tracing::debug!(%error, ?ear, "webex does not let a socket be opened: {what}");
            ended_by(error)
        };
        let device_name = device::name_of(&self.instance, credential.connection_id());
        let services = match directory.services(credential).await {
            Ok(services) => services,
            Err(error) => return failed("the catalogue", &error),
        };
        let device = match device {
            Some(device) => device,
            None => match device::find_or_create(credential, &services, &device_name).await {
                Ok(found) => device.insert(found),
                Err(error) => return failed("the device", &error),
            },
        };
        let token = match credential.token().await {
            Ok(token) => used.insert(token),
            Err(error) => return failed("the token", &error),
        };
        let mut socket = match Socket::open(credential, device, token).await {
            Ok(socket) => socket,
            Err(ended) => return ended,
        };
        self.live.set_up(ear, Way::Mercury, true, "");
        let renewing = async {
            loop {
                self.clock.sleep(RENEW_EVERY).await;
                let renewed = credential.with_token(|token| credential.services().renew_device(token, &device.url, &device_name)).await;
                if let Err(error) = renewed {
                    return failed("the device's renewal", &error);
                }
            }
        };
        let ended = tokio::select! {
            ended = socket.listen(|room, what| self.telling.happened(ear, credential, &room, what)) => ended,
            ended = renewing => ended,
        };
        socket.close().await;
        ended
    }
}
