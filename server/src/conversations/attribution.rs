//! Whether a guest's message in Webex is one that the portal sent, and which.

use shared::{ClientMessageId, FileInfo, MessageId, PersonId, PortalEvent, RoomId, Timestamp};

use crate::{
    clock::Clock,
    fanout::{Audience, Hub},
    outbox::{InFlight, RowState, Spool, fingerprint},
    store::{Conversation, OutboxRow, Store, StoreError},
};

/// How much earlier than its acceptance, by Webex's clock, a message may seem to be: clocks differ.
const CLOCK_SKEW_MILLIS: i64 = 60_000;

/// Where a guest's message in Webex comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The portal sent it; its browser knows it by this id.
    Ours(ClientMessageId),
    /// It may be the one that is on its way right now: wait until that is settled.
    BeingSent,
    /// The guest wrote it by other means.
    Elsewhere,
}

/// What a message says, as far as it tells one from another.
pub(super) struct Said<'a> {
    pub(super) person_id: &'a PersonId,
    pub(super) created_at: Timestamp,
    pub(super) text: &'a str,
    pub(super) file: Option<&'a FileInfo>,
}

#[derive(Clone)]
pub(super) struct Attribution {
    store: Store,
    spool: Spool,
    clock: Clock,
    hub: Hub,
    in_flight: InFlight,
}

impl Attribution {
    pub(super) fn new(store: Store, spool: Spool, clock: Clock, hub: Hub, in_flight: InFlight) -> Self {
        Self { store, spool, clock, hub, in_flight }
    }

    /// Where a message comes from. One that settles a sending of unclear outcome settles it now.
    pub(super) async fn of(&self, conversation: &Conversation, id: &MessageId, said: &Said<'_>) -> Result<Origin, StoreError> {
        // Asked before the ledger: a sending that ends in between is in the ledger by then.
        let is_sending = self.in_flight.contains(&conversation.id, said.person_id);
        if let Some(client_message_id) = self.store.client_id_of(id)? {
            return Ok(Origin::Ours(client_message_id));
        }
        if is_sending {
            return Ok(Origin::BeingSent);
        }
        match self.unclear_row(&conversation.id, said)? {
            Some(row) => Ok(Origin::Ours(self.adopt(row, id).await?)),
            None => Ok(Origin::Elsewhere),
        }
    }

    /// Where something the portal itself posted comes from: a notice by its id, or one that is on its way right now.
    pub(super) fn of_portal(&self, conversation: &Conversation, id: &MessageId, author: &PersonId) -> Result<Origin, StoreError> {
        let is_sending = self.in_flight.contains(&conversation.id, author);
        Ok(match self.store.client_id_of(id)? {
            Some(notice) => Origin::Ours(notice),
            None if is_sending => Origin::BeingSent,
            None => Origin::Elsewhere,
        })
    }

    /// The oldest sending of unclear outcome that this message may be.
    fn unclear_row(&self, room_id: &RoomId, said: &Said<'_>) -> Result<Option<OutboxRow>, StoreError> {
        let text = fingerprint(said.text);
        for row in self.store.unclear_rows(room_id)? {
            let is_by_its_guest = self.store.guest(&row.guest_id)?.is_some_and(|guest| guest.person_id.as_ref() == Some(said.person_id));
            let is_in_time = said.created_at >= row.queued_at.plus_millis(-CLOCK_SKEW_MILLIS);
            if is_by_its_guest && is_in_time && fingerprint(&row.body) == text && is_same_file(&row, said.file) {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    async fn adopt(&self, row: OutboxRow, id: &MessageId) -> Result<ClientMessageId, StoreError> {
        let row = OutboxRow { state: RowState::Sent, upstream_id: Some(id.clone()), ..row };
        self.store.settle(row.clone(), self.clock.now()).await?;
        if let Some(file) = &row.file {
            self.spool.remove(file).await;
        }
        tracing::info!(room.id = %row.room_id, message.id = %id, "a message that was not confirmed was found in webex");
        self.hub.publish(Audience::Guest(row.guest_id.clone()), &PortalEvent::DeliveryChanged { pending: row.to_pending() });
        Ok(row.client_message_id)
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
