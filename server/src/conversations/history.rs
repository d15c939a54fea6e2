//! What was said in the rooms somebody looks at. Webex is the archive; this is the cache.
//!
//! Everything that becomes known of a room, by whichever way, comes through here, is compared with
//! what is known, and only the differences are told to the room.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{ClientMessageId, Message, MessageId, MessagePage, PersonId, PortalEvent, RoomId, Timestamp};
use thiserror::Error;

use super::{
    gap::{Change, Known, bring_up_to_date},
    people::People,
};
use crate::{
    clock::Clock,
    content::rich_text,
    fanout::{Audience, Hub},
    outbox::{InFlight, RowState, fingerprint},
    store::{Conversation, OutboxRow, Store, StoreError},
    webex::{ListPage, ServiceApp, WebexClient, WebexError, wire},
};

/// Within this time of a listing, another reader gets the same.
const FRESH: Duration = Duration::from_secs(20);
/// The newest messages kept per room.
const MAX_KEPT: usize = 100;
/// Rooms kept; beyond it those nobody watches go first.
const MAX_ROOMS: usize = 2000;
/// A gap of more than so many pages is left to the reader who scrolls up.
const MAX_GAP_PAGES: usize = 5;
/// How much earlier than its acceptance, by Webex's clock, a message may seem to be: clocks differ.
const CLOCK_SKEW_MILLIS: i64 = 60_000;

/// Why a page of messages cannot be given.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// Webex does not say.
    #[error(transparent)]
    Webex(#[from] WebexError),
    /// The store does not say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Default)]
struct RoomHistory {
    /// Oldest first.
    known: Vec<Known>,
    /// Nothing is older than the oldest known one.
    is_whole: bool,
    /// When Webex was last asked.
    listed_at: Option<Duration>,
}

/// The rooms' recent messages. Clones share it.
#[derive(Clone)]
pub struct History {
    webex: WebexClient,
    service_app: ServiceApp,
    store: Store,
    clock: Clock,
    hub: Hub,
    people: People,
    in_flight: InFlight,
    rooms: Arc<Mutex<HashMap<RoomId, RoomHistory>>>,
}

impl History {
    /// With everything it needs.
    pub fn new(webex: WebexClient, service_app: ServiceApp, store: Store, clock: Clock, hub: Hub, in_flight: InFlight) -> Self {
        let people = People::new(webex.clone(), service_app.clone(), store.clone(), clock.clone());
        Self { webex, service_app, store, clock, hub, people, in_flight, rooms: Arc::default() }
    }

    /// The newest page of a room; what is remembered, marked as stale, when Webex does not answer.
    pub async fn newest(&self, conversation: &Conversation) -> Result<MessagePage, HistoryError> {
        if conversation.webex_room_id.is_none() {
            return Ok(MessagePage::default());
        }
        if !self.is_fresh(&conversation.id) {
            match self.refresh(conversation).await {
                Ok(()) => {}
                Err(HistoryError::Webex(error)) if error.is_passing() => {
                    tracing::debug!(%error, room.id = %conversation.id, "a room is shown from memory");
                    return Ok(MessagePage { is_stale: true, ..self.remembered(&conversation.id) });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(self.remembered(&conversation.id))
    }

    /// The page of messages before one.
    pub async fn before(&self, conversation: &Conversation, before: &MessageId) -> Result<MessagePage, HistoryError> {
        let Some(webex_room_id) = &conversation.webex_room_id else { return Ok(MessagePage::default()) };
        let page = self.list(webex_room_id, Some(before.as_str())).await?;
        let has_more = page.next.is_some();
        let items = self.read(conversation, webex_room_id, page.items).await?;
        let older = items.first().filter(|_| has_more).map(|oldest| oldest.id.clone());
        Ok(MessagePage { items, older, ..MessagePage::default() })
    }

    /// Asks Webex for the newest messages and tells the room what changed.
    pub async fn refresh(&self, conversation: &Conversation) -> Result<(), HistoryError> {
        let Some(webex_room_id) = &conversation.webex_room_id else { return Ok(()) };
        let began = self.clock.elapsed();
        let newest_known = self.rooms().get(&conversation.id).and_then(|room| room.known.last().map(|entry| entry.message.id.clone()));
        let mut listed = Vec::new();
        let mut cursor: Option<String> = None;
        let mut is_whole = false;
        for _ in 0..MAX_GAP_PAGES {
            let page = self.list(webex_room_id, cursor.as_deref()).await?;
            cursor = page.items.last().map(|message| message.id.clone());
            is_whole = page.next.is_none();
            let meets_known =
                newest_known.as_ref().is_none_or(|known| page.items.iter().any(|message| wire::unpadded(&message.id) == known.as_str()));
            listed.extend(page.items);
            if is_whole || meets_known {
                break;
            }
        }
        let listed = self.read(conversation, webex_room_id, listed).await?;
        self.apply(&conversation.id, listed, is_whole, began);
        Ok(())
    }

    /// A message the portal has just posted for a guest.
    pub async fn posted(&self, conversation: &Conversation, message: wire::Message, row: &OutboxRow) -> Result<(), HistoryError> {
        let Some(webex_room_id) = &conversation.webex_room_id else { return Ok(()) };
        let mut read = self.read(conversation, webex_room_id, vec![message]).await?;
        for message in &mut read {
            message.client_message_id = Some(row.client_message_id.clone());
        }
        let mut rooms = self.rooms();
        let now = self.clock.elapsed();
        let room = rooms.entry(conversation.id.clone()).or_default();
        // Neither whole nor a listing: nothing is taken for deleted.
        let changes = bring_up_to_date(&mut room.known, read, false, Duration::ZERO, now);
        self.tell(&conversation.id, changes);
        Ok(())
    }

    /// Something moved in a room nobody looks at: what is remembered of it is old.
    pub fn forget(&self, room_id: &RoomId) {
        self.rooms().remove(room_id);
    }

    /// When the room's newest message was written, if it is remembered.
    pub fn last_activity_at(&self, room_id: &RoomId) -> Option<Timestamp> {
        self.rooms().get(room_id)?.known.last().map(|entry| entry.message.created_at)
    }

    /// When, by the clock's elapsed time, Webex was last asked about a room.
    pub fn listed_at(&self, room_id: &RoomId) -> Option<Duration> {
        self.rooms().get(room_id)?.listed_at
    }

    async fn list(&self, webex_room_id: &str, before: Option<&str>) -> Result<ListPage<wire::Message>, WebexError> {
        self.service_app.with_token(|token| self.webex.messages(token, webex_room_id, before)).await
    }

    /// Webex's messages, newest first, as the portal's, oldest first. A message that cannot be read is
    /// left out, and so is one by a guest whose sending is under way: it comes when that is settled.
    async fn read(
        &self,
        conversation: &Conversation,
        webex_room_id: &str,
        messages: Vec<wire::Message>,
    ) -> Result<Vec<Message>, HistoryError> {
        let authors = self.people.authors(webex_room_id, &messages).await?;
        let mut read = Vec::with_capacity(messages.len());
        for message in messages.into_iter().rev() {
            let id = MessageId::new(wire::unpadded(&message.id));
            let person_id = PersonId::new(wire::unpadded(&message.person_id));
            let (Some(author), Some(created)) = (authors.get(&person_id), wire::millis(&message.created)) else {
                tracing::warn!(message.id = %id, "a message of webex cannot be read and is left out");
                continue;
            };
            let created_at = Timestamp::from_millis(created);
            let is_guests = author.kind == shared::AuthorKind::Guest;
            let mut client_message_id = None;
            if is_guests {
                client_message_id = self.store.client_id_of(&id)?;
                if client_message_id.is_none() {
                    client_message_id = self.adopt(conversation, &id, &person_id, created_at, message.text.as_deref()).await?;
                }
                if client_message_id.is_none() && self.in_flight.contains(&conversation.id, &person_id) {
                    continue;
                }
            }
            read.push(Message {
                id,
                author: author.clone(),
                content: rich_text::from_webex(message.html.as_deref(), message.text.as_deref()),
                created_at,
                edited_at: message.updated.as_deref().and_then(wire::millis).map(Timestamp::from_millis),
                client_message_id,
            });
        }
        Ok(read)
    }

    /// A guest's message the ledger does not know may be the one whose sending ended unclear: then it is that.
    async fn adopt(
        &self,
        conversation: &Conversation,
        id: &MessageId,
        person_id: &PersonId,
        created_at: Timestamp,
        text: Option<&str>,
    ) -> Result<Option<ClientMessageId>, HistoryError> {
        let text = fingerprint(text.unwrap_or_default());
        for row in self.store.unclear_rows(&conversation.id)? {
            let is_by_its_guest = self.store.guest(&row.guest_id)?.is_some_and(|guest| guest.person_id.as_ref() == Some(person_id));
            let is_in_time = created_at >= row.queued_at.plus_millis(-CLOCK_SKEW_MILLIS);
            if is_by_its_guest && is_in_time && fingerprint(&row.body) == text {
                let client_message_id = row.client_message_id.clone();
                let settled = OutboxRow { state: RowState::Sent, upstream_id: Some(id.clone()), ..row };
                self.store.settle(settled.clone(), self.clock.now()).await?;
                tracing::info!(room.id = %conversation.id, message.id = %id, "a message that was not confirmed was found in webex");
                let pending = settled.to_pending();
                self.hub.publish(Audience::Guest(settled.guest_id), &PortalEvent::DeliveryChanged { pending });
                return Ok(Some(client_message_id));
            }
        }
        Ok(None)
    }

    fn apply(&self, room_id: &RoomId, listed: Vec<Message>, is_whole: bool, began: Duration) {
        let mut rooms = self.rooms();
        if rooms.len() >= MAX_ROOMS && !rooms.contains_key(room_id) {
            rooms.retain(|room_id, _| self.hub.is_watched(room_id));
        }
        let now = self.clock.elapsed();
        let room = rooms.entry(room_id.clone()).or_default();
        let is_first = room.listed_at.is_none();
        let changes = bring_up_to_date(&mut room.known, listed, is_whole, began, now);
        room.is_whole = is_whole || (room.is_whole && !is_first);
        if room.known.len() > MAX_KEPT {
            room.known.drain(..room.known.len() - MAX_KEPT);
            room.is_whole = false;
        }
        room.listed_at = Some(now);
        self.tell(room_id, changes);
    }

    /// Called with the rooms locked, so that changes are told in the order they were made.
    fn tell(&self, room_id: &RoomId, changes: Vec<Change>) {
        for change in changes {
            let room_id = room_id.clone();
            let event = match change {
                Change::Posted(message) => PortalEvent::MessagePosted { room_id: room_id.clone(), message },
                Change::Edited(message) => PortalEvent::MessageEdited { room_id: room_id.clone(), message },
                Change::Deleted(message_id) => PortalEvent::MessageDeleted { room_id: room_id.clone(), message_id },
            };
            self.hub.publish(Audience::Room(room_id), &event);
        }
    }

    fn is_fresh(&self, room_id: &RoomId) -> bool {
        let now = self.clock.elapsed();
        self.listed_at(room_id).is_some_and(|listed_at| now.saturating_sub(listed_at) < FRESH)
    }

    fn remembered(&self, room_id: &RoomId) -> MessagePage {
        let rooms = self.rooms();
        let Some(room) = rooms.get(room_id) else { return MessagePage::default() };
        let items: Vec<Message> = room.known.iter().map(|entry| entry.message.clone()).collect();
        let older = items.first().filter(|_| !room.is_whole).map(|oldest| oldest.id.clone());
        MessagePage { items, older, ..MessagePage::default() }
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<RoomId, RoomHistory>> {
        // Nothing in here panics half-way through a change.
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
