//! What was said in the rooms somebody looks at. Webex is the archive; this is the cache.
//!
//! Everything that becomes known of a room, by whichever way, comes through here, is compared with
//! what is known, and only the differences are told to the room.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use shared::{Author, AuthorKind, Message, MessageId, MessagePage, PersonId, PortalEvent, RoomId, Timestamp};
use thiserror::Error;
use tokio::sync::Notify;

use super::{
    attribution::{Attribution, AttributionNeeds, LATE_COPIES_WITHIN, Origin, Said},
    ears::Ears,
    files::Files,
    gap::{Change, bring_up_to_date, insert, remove, replace},
    people::People,
    room_history::RoomHistory,
    titles::Titles,
};
use crate::{
    clock::Clock,
    content,
    fanout::{Audience, Hub},
    guest_identity::GuestIdentity,
    outbox::{InFlight, Spool},
    store::{Conversation, OutboxRow, Store, StoreError},
    visits::is_notice_for_staff,
    webex::{Connections, ListPage, WebexError, wire},
};

/// Within this time of a listing, another reader gets the same.
const FRESH: Duration = Duration::from_secs(20);
/// The newest messages kept per room.
const MAX_KEPT: usize = 100;
/// Rooms kept. Those nobody watches go beyond it, and once they were quiet for so long: guests come and go, and memory stays.
const MAX_ROOMS: usize = 2000;
const QUIET: Duration = Duration::from_secs(5 * 60);
/// The feed may take so long to bring a message.
const FEED_TAKES_MILLIS: i64 = 10_000;
/// A gap of more than so many pages is left to the reader who scrolls up.
const MAX_GAP_PAGES: usize = 5;

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

/// What Webex says is in a room.
struct Listing {
    /// Oldest first.
    messages: Vec<Message>,
    /// Nothing is older than the oldest of them.
    is_whole: bool,
    /// There may be messages between the newest that was known and the oldest of these.
    has_gap: bool,
    /// When Webex was asked, by the clock's elapsed time.
    began: Duration,
}

/// What a history needs.
pub struct HistoryNeeds {
    /// Asks Webex.
    pub connections: Connections,
    /// Asks as a guest.
    pub identity: GuestIdentity,
    /// Knows which messages are the portal's.
    pub store: Store,
    /// Where files wait that may turn up in Webex.
    pub spool: Spool,
    /// Tells the time.
    pub clock: Clock,
    /// Tells guests.
    pub hub: Hub,
    /// Which messages are on their way.
    pub in_flight: InFlight,
    /// Told when something that was in doubt turned up.
    pub found: Arc<Notify>,
}

/// The rooms' recent messages. Clones share it.
#[derive(Clone)]
pub struct History {
    pub(super) ears: Ears,
    clock: Clock,
    hub: Hub,
    people: People,
    files: Files,
    attribution: Attribution,
    store: Store,
    missed_by_feed: Arc<AtomicUsize>,
    rooms: Arc<Mutex<HashMap<RoomId, RoomHistory>>>,
    /// What Webex calls the rooms that the portal did not make.
    pub titles: Titles,
}

impl History {
    /// With everything it needs.
    pub fn new(needs: HistoryNeeds) -> Self {
        let HistoryNeeds { connections, identity, store, spool, clock, hub, in_flight, found } = needs;
        let ears = Ears::new(connections.clone(), identity.clone(), store.clone());
        let people = People::new(ears.clone(), store.clone(), clock.clone());
        let files = Files::new(ears.clone());
        let attribution = Attribution::new(AttributionNeeds {
            store: store.clone(),
            spool,
            clock: clock.clone(),
            hub: hub.clone(),
            in_flight,
            connections,
            identity,
            found,
        });
        Self {
            ears,
            clock,
            hub,
            people,
            files,
            attribution,
            store,
            missed_by_feed: Arc::default(),
            rooms: Arc::default(),
            titles: Titles::default(),
        }
    }

    /// The newest page of a room; what is remembered, marked as stale, when Webex does not answer.
    pub async fn newest(&self, conversation: &Conversation) -> Result<MessagePage, HistoryError> {
        if conversation.webex_room_id.is_none() {
            self.room(&conversation.id, |_| ());
            return Ok(MessagePage::default());
        }
        if !self.is_fresh(&conversation.id) {
            match self.refresh(conversation).await {
                Ok(()) => {}
                Err(HistoryError::Webex(error)) if error.is_passing() => {
                    tracing::debug!(%error, room.id = %conversation.id, "a room is shown from memory");
                    self.room(&conversation.id, |_| ());
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
        let page = self.list(conversation, webex_room_id, Some(before.as_str())).await?;
        let has_more = page.next.is_some();
        let items = self.read(conversation, webex_room_id, page.items).await?;
        let older = items.first().filter(|_| has_more).map(|oldest| oldest.id.clone());
        Ok(MessagePage { items, older, ..MessagePage::default() })
    }

    /// Asks Webex for the newest messages and tells the room what changed.
    pub async fn refresh(&self, conversation: &Conversation) -> Result<(), HistoryError> {
        self.refresh_back_to(conversation, None).await.map(drop)
    }

    /// The same where nothing is known to have happened: what turns up all the same, the feed should have brought.
    pub async fn relist(&self, conversation: &Conversation) -> Result<(), HistoryError> {
        let now = self.clock.elapsed();
        self.room(&conversation.id, |room| room.asked_at = Some(now));
        let missed = self.refresh_back_to(conversation, None).await?;
        if missed > 0 {
            self.missed_by_feed.fetch_add(missed, Ordering::Relaxed);
            tracing::warn!(room.id = %conversation.id, missed, "webex did not tell of new messages; they were found by looking, and come late");
        }
        Ok(())
    }

    /// How many messages were found by looking although Webex should have told of them, since the start.
    pub fn missed_by_feed(&self) -> usize {
        self.missed_by_feed.load(Ordering::Relaxed)
    }

    /// The same, with everything that was written since, by Webex's clock: what is in doubt is settled by what is found.
    pub async fn look_back(&self, conversation: &Conversation, since: Timestamp) -> Result<(), HistoryError> {
        self.refresh_back_to(conversation, Some(since)).await.map(drop)
    }

    /// The rooms in which a late copy of a message may still turn up, looked at or not.
    pub fn in_doubt(&self) -> Result<Vec<RoomId>, StoreError> {
        let within = i64::try_from(LATE_COPIES_WITHIN.as_millis()).unwrap_or(i64::MAX);
        self.store.rooms_with_resent(self.clock.now().plus_millis(-within))
    }

    /// How many late copies of messages were taken back since the start.
    pub fn late_copies(&self) -> usize {
        self.attribution.late_copies()
    }

    /// Answers how many messages came as a surprise: nothing was known to have happened, and they are not new.
    async fn refresh_back_to(&self, conversation: &Conversation, since: Option<Timestamp>) -> Result<usize, HistoryError> {
        let Some(webex_room_id) = &conversation.webex_room_id else { return Ok(0) };
        let began = self.clock.elapsed();
        let newest_known = self.last_activity_at(&conversation.id);
        let mut listed = Vec::new();
        let mut cursor: Option<String> = None;
        let (mut is_whole, mut has_gap) = (false, false);
        for _ in 0..MAX_GAP_PAGES {
            let page = self.list(conversation, webex_room_id, cursor.as_deref()).await?;
            cursor = page.items.last().map(|message| message.id.clone());
            is_whole = page.next.is_none();
            let oldest = page.items.last().and_then(|message| wire::millis(&message.created)).map(Timestamp::from_millis);
            let reaches_back = |to: Timestamp| oldest.is_none_or(|oldest| oldest < to);
            has_gap = !is_whole && !newest_known.is_some_and(reaches_back);
            listed.extend(page.items);
            if is_whole || (newest_known.is_none_or(reaches_back) && since.is_none_or(reaches_back)) {
                break;
            }
        }
        let listed = self.read(conversation, webex_room_id, listed).await?;
        self.store.tell_heard(&conversation.site_id, &conversation.id, &listed).await?;
        let listing = Listing { messages: listed, is_whole, has_gap, began };
        let expected_by = self.attribution.in_webex_time(conversation, self.clock.now().plus_millis(-FEED_TAKES_MILLIS));
        Ok(self.apply(&conversation.id, listing, expected_by))
    }

    /// A message the portal has just posted for a guest. Answers whether the room was told now; if it was
    /// known already, it was told before.
    pub async fn posted(&self, conversation: &Conversation, message: wire::Message, row: &OutboxRow) -> Result<bool, HistoryError> {
        let Some(webex_room_id) = &conversation.webex_room_id else { return Ok(false) };
        let read = self.read(conversation, webex_room_id, vec![message]).await?;
        let now = self.clock.elapsed();
        let mut is_told = false;
        self.room(&conversation.id, |room| {
            for message in read {
                let message = Message { client_message_id: Some(row.client_message_id.clone()), ..message };
                if let Some(change) = insert(&mut room.known, message, now) {
                    self.tell(&conversation.id, change);
                    is_told = true;
                }
            }
        });
        Ok(is_told)
    }

    /// A guest's message says something else now.
    pub async fn edited(&self, conversation: &Conversation, message: wire::Message) -> Result<(), HistoryError> {
        let Some(webex_room_id) = &conversation.webex_room_id else { return Ok(()) };
        let read = self.read(conversation, webex_room_id, vec![message]).await?;
        self.room(&conversation.id, |room| {
            for message in read {
                if let Some(change) = replace(&mut room.known, message) {
                    self.tell(&conversation.id, change);
                }
            }
        });
        Ok(())
    }

    /// One message of a room, from what is remembered or from Webex; `None` if there is none in this room.
    pub async fn find(&self, conversation: &Conversation, id: &MessageId) -> Result<Option<Message>, HistoryError> {
        let remembered = |room: &RoomHistory| room.known.iter().find(|entry| entry.message.id == *id).map(|entry| entry.message.clone());
        if let Some(message) = self.rooms().get(&conversation.id).and_then(remembered) {
            return Ok(Some(message));
        }
        let Some(webex_room_id) = &conversation.webex_room_id else { return Ok(None) };
        let found = self.ears.ask(conversation, |webex, token| async move { webex.message(token, id.as_str()).await }).await;
        let message = match found {
            Ok(message) if wire::unpadded(&message.room_id) == webex_room_id => message,
            Ok(_) | Err(WebexError::Status { status: 404, .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(self.read(conversation, webex_room_id, vec![message]).await?.into_iter().next())
    }

    /// A guest took a message back.
    pub fn deleted(&self, room_id: &RoomId, message_id: &MessageId) {
        self.room(room_id, |room| {
            if let Some(change) = remove(&mut room.known, message_id) {
                self.tell(room_id, change);
            }
        });
    }

    /// Who is in a room: staff first, the portal's own helpers left out.
    pub async fn members(&self, conversation: &Conversation) -> Result<Vec<Author>, HistoryError> {
        let Some(webex_room_id) = &conversation.webex_room_id else { return Ok(Vec::new()) };
        Ok(self.people.members(conversation, webex_room_id).await?)
    }

    /// Somebody other than guests has read a room up to a message: pages that are opened later show it, too.
    pub fn note_read(&self, room_id: &RoomId, message_id: &MessageId) {
        if let Some(room) = self.rooms().get_mut(room_id) {
            room.read(message_id);
        }
    }

    /// Somebody of any room, if they are known already.
    pub fn person(&self, person_id: &PersonId) -> Option<Author> {
        self.people.known(person_id)
    }

    /// Something may have been held back or missed in a room: the feed lists it soon and tells what it finds.
    pub fn look_again(&self, room_id: &RoomId) {
        let now = self.clock.elapsed();
        self.room(room_id, |room| room.is_wanted_since = Some(now));
    }

    /// Something moved in a room nobody looks at: whoever looks next makes Webex be asked.
    pub fn note_moved(&self, room_id: &RoomId) {
        if let Some(room) = self.rooms().get_mut(room_id) {
            let now = Some(self.clock.elapsed());
            (room.is_wanted_since, room.moved_at) = (now, now);
        }
    }

    /// Whether something surely happened in a room since it was listed.
    pub fn has_moved(&self, room_id: &RoomId) -> bool {
        self.rooms().get(room_id).is_some_and(RoomHistory::has_moved)
    }

    /// Whether a page that has heard everything up to the hub's event of this number, and hears what was told since,
    /// has every change in the room.
    pub fn is_told_since(&self, room_id: &RoomId, seq: u64) -> bool {
        self.rooms().get(room_id).is_some_and(|room| room.told_since <= seq)
    }

    /// When the room's newest message was written, if it is remembered.
    pub fn last_activity_at(&self, room_id: &RoomId) -> Option<Timestamp> {
        self.rooms().get(room_id)?.known.last().map(|entry| entry.message.created_at)
    }

    /// When Webex was last asked to list a room again, if it has not answered yet or not properly.
    pub fn asked_at(&self, room_id: &RoomId) -> Option<Duration> {
        let rooms = self.rooms();
        let room = rooms.get(room_id)?;
        room.asked_at.filter(|asked_at| room.is_wanted_since.is_none_or(|since| *asked_at >= since))
    }

    /// When, by the clock's elapsed time, Webex was last asked about a room.
    pub fn listed_at(&self, room_id: &RoomId) -> Option<Duration> {
        self.rooms().get(room_id)?.listed_at()
    }

    async fn list(
        &self,
        conversation: &Conversation,
        webex_room_id: &str,
        before: Option<&str>,
    ) -> Result<ListPage<wire::Message>, WebexError> {
        self.ears.ask(conversation, |webex, token| async move { webex.messages(token, webex_room_id, before).await }).await
    }

    /// Webex's messages, newest first, as the portal's, oldest first. A message that cannot be read is left out.
    pub(super) async fn read(
        &self,
        conversation: &Conversation,
        webex_room_id: &str,
        messages: Vec<wire::Message>,
    ) -> Result<Vec<Message>, HistoryError> {
        let authors = self.people.authors(conversation, webex_room_id, &messages).await?;
        let mut read = Vec::with_capacity(messages.len());
        for message in messages.into_iter().rev() {
            let id = MessageId::new(wire::unpadded(&message.id));
            let author = authors.get(&PersonId::new(wire::unpadded(&message.person_id)));
            let (Some(author), Some(created)) = (author, wire::millis(&message.created)) else {
                tracing::warn!(message.id = %id, "a message of webex cannot be read and is left out");
                continue;
            };
            let created_at = Timestamp::from_millis(created);
            let text = message.text.as_deref().unwrap_or_default();
            let parent_id = message.parent_id.as_deref().map(wire::unpadded);
            if author.kind == AuthorKind::Portal {
                let said = Said { person_id: &author.person_id, created_at, text, parent_id: None, file: None };
                match self.attribution.of_portal(conversation, &id, &said).await? {
                    // The guest's own page tells them better.
                    Origin::Ours(notice) if is_notice_for_staff(&notice) => continue,
                    Origin::BeingSent if !self.knows(&conversation.id, &id) => continue,
                    Origin::LateCopy => continue,
                    Origin::Ours(_) | Origin::BeingSent | Origin::Elsewhere => {}
                }
            }
            let (files, mut client_message_id) = (self.files.of(conversation, &message).await?, None);
            if author.kind == AuthorKind::Guest {
                let said = Said { person_id: &author.person_id, created_at, text, parent_id, file: files.first() };
                match self.attribution.of(conversation, &id, &said).await? {
                    Origin::Ours(id) => client_message_id = Some(id),
                    Origin::BeingSent if !self.knows(&conversation.id, &id) => continue,
                    Origin::LateCopy => continue,
                    Origin::BeingSent | Origin::Elsewhere => {}
                }
            }
            read.push(Message {
                id,
                author: author.clone(),
                content: content::of_message(&message),
                files,
                parent_id: parent_id.map(MessageId::new),
                created_at,
                edited_at: message.updated.as_deref().and_then(wire::millis).map(Timestamp::from_millis),
                client_message_id,
            });
        }
        Ok(read)
    }

    fn apply(&self, room_id: &RoomId, listing: Listing, expected_by: Timestamp) -> usize {
        let now = self.clock.elapsed();
        let mut surprises = 0;
        self.room_or_new(room_id, |room, is_new| {
            if room.listed_at.is_some_and(|listed_at| listed_at > listing.began) {
                // A later one was quicker: what has been deleted since would come back.
                return;
            }
            // The first listing is what its reader gets as a page; nobody was given one before.
            let is_told = !is_new && !listing.has_gap;
            let is_up_to_date = room.listed_at().is_some();
            if !is_new && listing.has_gap {
                // More was written than is listed: everybody takes the page again.
                room.begin_anew(listing.began);
                let audience = Audience::Room(room_id.clone());
                self.hub.dismiss(&audience);
                room.told_since = self.hub.mark(audience);
            }
            let listed = room.not_forgotten(listing.messages);
            let changes = bring_up_to_date(&mut room.known, listed, listing.is_whole, listing.began, now);
            room.is_whole |= listing.is_whole;
            room.keep_newest(MAX_KEPT);
            room.listed_at = room.listed_at.max(Some(listing.began));
            let is_late = |change: &&Change| matches!(change, Change::Posted(message) if message.created_at < expected_by);
            surprises = if is_up_to_date { changes.iter().filter(is_late).count() } else { 0 };
            changes.into_iter().filter(|_| is_told).for_each(|change| self.tell(room_id, change));
        });
        surprises
    }

    /// Called with the rooms locked, so that changes are told in the order they were made.
    fn tell(&self, room_id: &RoomId, change: Change) {
        let room_id = room_id.clone();
        let event = match change {
            Change::Posted(message) => PortalEvent::MessagePosted { room_id: room_id.clone(), message },
            Change::Edited(message) => PortalEvent::MessageEdited { room_id: room_id.clone(), message },
            Change::Deleted(message_id) => PortalEvent::MessageDeleted { room_id: room_id.clone(), message_id },
        };
        self.hub.publish(Audience::Room(room_id), &event);
    }

    fn is_fresh(&self, room_id: &RoomId) -> bool {
        let now = self.clock.elapsed();
        self.listed_at(room_id).is_some_and(|listed_at| now.saturating_sub(listed_at) < FRESH)
    }

    /// Whether a message of a room is known.
    pub fn knows(&self, room_id: &RoomId, id: &MessageId) -> bool {
        self.rooms().get(room_id).is_some_and(|room| room.known.iter().any(|entry| entry.message.id == *id))
    }

    fn remembered(&self, room_id: &RoomId) -> MessagePage {
        let rooms = self.rooms();
        let Some(room) = rooms.get(room_id) else { return MessagePage::default() };
        let items: Vec<Message> = room.known.iter().map(|entry| entry.message.clone()).collect();
        let older = items.first().filter(|_| !room.is_whole).map(|oldest| oldest.id.clone());
        MessagePage { items, older, read_until: room.read_until.clone(), ..MessagePage::default() }
    }

    /// How many rooms are in memory.
    pub fn rooms_kept(&self) -> usize {
        self.rooms().len()
    }

    /// Changes what is known of a room, which is made room for if it is new.
    fn room(&self, room_id: &RoomId, change: impl FnOnce(&mut RoomHistory)) {
        self.room_or_new(room_id, |room, _| change(room));
    }

    fn room_or_new(&self, room_id: &RoomId, change: impl FnOnce(&mut RoomHistory, bool)) {
        let (mut rooms, now) = (self.rooms(), self.clock.elapsed());
        let is_new = !rooms.contains_key(room_id);
        if is_new {
            let (is_full, quiet_since) = (rooms.len() >= MAX_ROOMS, now.saturating_sub(QUIET));
            rooms.retain(|room_id, room| (!is_full && room.is_used_since(quiet_since)) || self.hub.is_watched(room_id));
        }
        let begin = || RoomHistory::beginning(self.hub.mark(Audience::Room(room_id.clone())), now);
        change(rooms.entry(room_id.clone()).or_insert_with(begin), is_new);
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<RoomId, RoomHistory>> {
        // Nothing in here panics half-way through a change.
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
