//! Whether a guest's message in Webex is one that the portal sent, and which; and whether it is one too many.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use shared::{ClientMessageId, FileInfo, GuestId, MessageId, PersonId, PortalEvent, RoomId, Timestamp};
use tokio::sync::Notify;

use crate::{
    clock::Clock,
    fanout::{Audience, Hub},
    guest_identity::GuestIdentity,
    outbox::{InFlight, RowState, Spool, content_mark, fingerprint},
    store::{Conversation, OutboxRow, Resent, RowKind, Store, StoreError},
    webex::Connections,
};

/// How much earlier than its sending a message may seem to be: what is known of Webex's clock is not exact.
const CLOCK_SKEW_MILLIS: i64 = 60_000;
/// An earlier try may turn up so long after the message was sent again.
pub(crate) const LATE_COPIES_WITHIN: Duration = Duration::from_secs(600);
/// What a guest wrote by other means is kept apart from what the portal sends for so long.
const FOREIGN_WITHIN_MILLIS: i64 = 3_600_000;

/// Where a guest's message in Webex comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The portal sent it; its browser knows it by this id.
    Ours(ClientMessageId),
    /// It may be the one that is on its way right now: wait until that is settled.
    BeingSent,
    /// An earlier try of a message that was sent again: it is taken back and nobody is shown it.
    LateCopy,
    /// The guest wrote it by other means.
    Elsewhere,
}

/// What a message says, as far as it tells one from another.
pub(super) struct Said<'a> {
    pub(super) person_id: &'a PersonId,
    pub(super) created_at: Timestamp,
    pub(super) text: &'a str,
    pub(super) parent_id: Option<&'a str>,
    pub(super) file: Option<&'a FileInfo>,
}

#[derive(Clone)]
pub(super) struct Attribution {
    store: Store,
    spool: Spool,
    clock: Clock,
    hub: Hub,
    in_flight: InFlight,
    connections: Connections,
    identity: GuestIdentity,
    /// Told when something that was in doubt turned up.
    found: Arc<Notify>,
    taken_back: Arc<Mutex<HashSet<MessageId>>>,
    /// Whoever holds it says whose a message is: two listings of a room at once must not give one sending two
    /// messages, or take for a stranger's what the other has just found to be the guest's.
    judging: Arc<tokio::sync::Mutex<()>>,
}

/// What attributing needs.
pub(super) struct AttributionNeeds {
    pub(super) store: Store,
    pub(super) spool: Spool,
    pub(super) clock: Clock,
    pub(super) hub: Hub,
    pub(super) in_flight: InFlight,
    pub(super) connections: Connections,
    pub(super) identity: GuestIdentity,
    pub(super) found: Arc<Notify>,
}

impl Attribution {
    pub(super) fn new(needs: AttributionNeeds) -> Self {
        let AttributionNeeds { store, spool, clock, hub, in_flight, connections, identity, found } = needs;
        Self { store, spool, clock, hub, in_flight, connections, identity, found, taken_back: Arc::default(), judging: Arc::default() }
    }

    /// How many late copies were taken back since the start.
    pub(super) fn late_copies(&self) -> usize {
        self.taken_back.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Where a message comes from. One that settles a sending of unclear outcome settles it now.
    pub(super) async fn of(&self, conversation: &Conversation, id: &MessageId, said: &Said<'_>) -> Result<Origin, StoreError> {
        // Asked before the ledger: a sending that ends in between is in the ledger by then.
        let is_sending = self.in_flight.contains(&conversation.id, said.person_id);
        if let Some(known) = self.known(id)? {
            return Ok(known);
        }
        if is_sending {
            return Ok(Origin::BeingSent);
        }
        let judging = self.judging.lock().await;
        if let Some(known) = self.known(id)? {
            return Ok(known);
        }
        if let Some(row) = self.unclear_row(conversation, RowKind::Message, said, |row| self.is_by(&row.guest_id, said))? {
            return Ok(Origin::Ours(self.adopt(row, id).await?));
        }
        if let Some(resent) = self.resent(&conversation.id, RowKind::Message, said, |resent| self.is_by(&resent.guest_id, said))? {
            drop(judging);
            self.take_back(conversation, id, Some(&resent.guest_id)).await;
            return Ok(Origin::LateCopy);
        }
        self.note_foreign(conversation, id, said).await?;
        Ok(Origin::Elsewhere)
    }

    /// Where something the portal itself posted comes from: a notice by its id, or one that is on its way right now.
    pub(super) async fn of_portal(&self, conversation: &Conversation, id: &MessageId, said: &Said<'_>) -> Result<Origin, StoreError> {
        let is_sending = self.in_flight.contains(&conversation.id, said.person_id);
        if let Some(known) = self.known(id)? {
            return Ok(known);
        }
        if is_sending {
            return Ok(Origin::BeingSent);
        }
        let judging = self.judging.lock().await;
        if let Some(known) = self.known(id)? {
            return Ok(known);
        }
        if let Some(row) = self.unclear_row(conversation, RowKind::Notice, said, |_| Ok(true))? {
            return Ok(Origin::Ours(self.adopt(row, id).await?));
        }
        if self.resent(&conversation.id, RowKind::Notice, said, |_| Ok(true))?.is_some() {
            drop(judging);
            self.take_back(conversation, id, None).await;
            return Ok(Origin::LateCopy);
        }
        Ok(Origin::Elsewhere)
    }

    /// What the ledger says.
    fn known(&self, id: &MessageId) -> Result<Option<Origin>, StoreError> {
        let known = self.store.client_id_of(id)?;
        Ok(known.map(|known| if known.as_str().is_empty() { Origin::Elsewhere } else { Origin::Ours(known) }))
    }

    /// The oldest sending of unclear outcome that this message may be.
    fn unclear_row(
        &self,
        conversation: &Conversation,
        kind: RowKind,
        said: &Said<'_>,
        is_by_its_author: impl Fn(&OutboxRow) -> Result<bool, StoreError>,
    ) -> Result<Option<OutboxRow>, StoreError> {
        let text = fingerprint(said.text);
        for row in self.store.unclear_rows(&conversation.id, kind)? {
            let began = self.in_webex_time(conversation, row.in_flight_at.unwrap_or(row.queued_at));
            let is_in_time = said.created_at >= began.plus_millis(-CLOCK_SKEW_MILLIS);
            let is_same = fingerprint(&row.body) == text && row.parent_id() == said.parent_id && is_same_file(&row, said.file);
            if is_in_time && is_same && is_by_its_author(&row)? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    fn is_by(&self, guest_id: &GuestId, said: &Said<'_>) -> Result<bool, StoreError> {
        Ok(self.store.guest(guest_id)?.is_some_and(|guest| guest.person_id.as_ref() == Some(said.person_id)))
    }

    async fn adopt(&self, row: OutboxRow, id: &MessageId) -> Result<ClientMessageId, StoreError> {
        let row = OutboxRow { state: RowState::Sent, upstream_id: Some(id.clone()), ..row };
        self.store.settle(row.clone(), self.clock.now()).await?;
        if let Some(file) = &row.file {
            self.spool.remove(file).await;
        }
        tracing::info!(room.id = %row.room_id, message.id = %id, "a message that was not confirmed was found in webex");
        if row.kind.asked_for().is_some() {
            self.hub.publish(Audience::Guest(row.guest_id.clone()), &PortalEvent::DeliveryChanged { pending: row.to_pending() });
        }
        self.found.notify_waiters();
        Ok(row.client_message_id)
    }

    /// A message that was sent again, of which this may be an earlier try.
    fn resent(
        &self,
        room_id: &RoomId,
        kind: RowKind,
        said: &Said<'_>,
        is_by_its_author: impl Fn(&Resent) -> Result<bool, StoreError>,
    ) -> Result<Option<Resent>, StoreError> {
        let within = i64::try_from(LATE_COPIES_WITHIN.as_millis()).unwrap_or(i64::MAX);
        for resent in self.store.resent(room_id, kind, self.clock.now().plus_millis(-within))? {
            let file_size = said.file.and_then(|file| file.size);
            let is_same = content_mark(&resent.client_message_id, said.text, file_size) == resent.content_mark;
            if is_same && is_by_its_author(&resent)? {
                return Ok(Some(resent));
            }
        }
        Ok(None)
    }

    /// Deletes a late copy as whoever wrote it: a guest, or the portal itself. One that cannot be deleted now is tried again with the next listing.
    async fn take_back(&self, conversation: &Conversation, id: &MessageId, guest_id: Option<&GuestId>) {
        let connection = match self.connections.of_site(&conversation.site_id) {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!(%error, "a late copy of a message cannot be taken back");
                return;
            }
        };
        let webex = &connection.webex;
        let delete = |token| webex.delete_message(token, id.as_str());
        let deleted = match (guest_id, &connection.service_app) {
            (Some(guest_id), _) => self.identity.with_token(guest_id, delete).await,
            (None, Some(service_app)) => service_app.with_token(delete).await,
            (None, None) => return,
        };
        match deleted {
            Ok(()) => {
                tracing::warn!(room.id = %conversation.id, message.id = %id, "a message came twice because webex was late; the copy was taken back");
                self.taken_back.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
            }
            Err(error) => tracing::warn!(%error, room.id = %conversation.id, message.id = %id, "a late copy of a message is still there"),
        }
    }

    /// What Webex's clock shows when the portal's shows this.
    pub(super) fn in_webex_time(&self, conversation: &Conversation, at: Timestamp) -> Timestamp {
        self.connections.of_site(&conversation.site_id).map_or(at, |connection| connection.webex.in_webex_time(at))
    }

    /// Only what is recent can be taken for something the portal sends.
    async fn note_foreign(&self, conversation: &Conversation, id: &MessageId, said: &Said<'_>) -> Result<(), StoreError> {
        let now = self.clock.now();
        if said.created_at < self.in_webex_time(conversation, now).plus_millis(-FOREIGN_WITHIN_MILLIS) {
            return Ok(());
        }
        for guest_id in self.store.guests_of(&conversation.id)? {
            if self.store.guest(&guest_id)?.is_some_and(|guest| guest.person_id.as_ref() == Some(said.person_id)) {
                return self.store.note_foreign(guest_id, conversation.id.clone(), id.clone(), now).await;
            }
        }
        Ok(())
    }
}

fn is_same_file(row: &OutboxRow, file: Option<&FileInfo>) -> bool {
    match (&row.file, file) {
        (None, None) => true,
        // One that Webex tells nothing of yet may be another: it is looked at again with the next listing.
        (Some(sent), Some(found)) => found.size == Some(sent.size),
        _ => false,
    }
}
