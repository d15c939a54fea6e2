//! One list of rooms per credential, every two seconds: a room whose `lastActivity` moved is listed, and
//! rooms somebody watches are listed again now and then, because edits and deletions move nothing.

use std::{collections::HashMap, time::Duration};

use secrecy::SecretString;
use shared::{RoomId, SiteId, Timestamp};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::schedule::{Heard, QUICKEST, next_interval, room_to_relist};
use crate::{
    clock::Clock,
    conversations::{Conversations, History, HistoryError},
    fanout::Hub,
    store::{Conversation, HeardBy, Store},
    webex::{Connection, Doubt, ListPage, WebexClient, WebexError, wire},
};

/// A list of rooms is followed to its end only so far; who talks is at its beginning.
const MAX_ROOM_PAGES: usize = 10;

/// What every way of polling needs. Clones share it.
#[derive(Clone)]
pub struct Poller {
    /// Which room is whose.
    pub store: Store,
    /// What is known.
    pub history: History,
    /// Who looks.
    pub hub: Hub,
    /// When.
    pub clock: Clock,
    /// Until when.
    pub stopping: CancellationToken,
}

/// What one credential has seen.
#[derive(Default)]
pub(super) struct Seen {
    /// `lastActivity` by Webex's room id, as of the last poll.
    last_activity: HashMap<String, String>,
    last_relist: Option<Duration>,
}

impl Seen {
    /// The rooms of a page in which something happened since the last poll, and whether later pages may have more.
    pub(super) fn moved(&self, page: Vec<wire::Room>) -> (Vec<wire::Room>, bool) {
        let listed = page.len();
        let moved: Vec<_> = page.into_iter().filter(|room| self.last_activity.get(&room.id) != room.last_activity.as_ref()).collect();
        // Newest first: a page with a room that did not move is the last with any that did.
        let may_go_on = moved.len() == listed && !self.last_activity.is_empty();
        (moved, may_go_on)
    }

    pub(super) fn note(&mut self, room: wire::Room) {
        if let Some(last_activity) = room.last_activity {
            self.last_activity.insert(room.id, last_activity);
        }
    }
}

/// Hears the rooms a connection's service app is in.
pub struct ServiceFeed {
    /// What it needs.
    pub poller: Poller,
    /// Whose rooms.
    pub connection: Connection,
    /// What the spaces it finds are held against.
    pub conversations: Conversations,
    /// The sites that use the connection.
    pub sites: Vec<SiteId>,
}

impl ServiceFeed {
    /// Polls until the portal stops.
    pub async fn run(self) {
        let mut seen = Seen::default();
        let mut interval = Duration::ZERO;
        let poller = &self.poller;
        let mut arrivals = poller.hub.arrivals();
        loop {
            tokio::select! {
                biased;
                () = poller.stopping.cancelled() => return,
                () = poller.clock.sleep(interval) => {}
                () = somebody_new(&mut arrivals, interval) => {}
            }
            let polled = tokio::select! {
                biased;
                () = poller.stopping.cancelled() => return,
                polled = self.poll(&mut seen) => polled,
            };
            let heard = match &polled {
                Ok(()) => Heard::Yes { is_anybody_watching: !poller.hub.watched_rooms().is_empty() },
                Err(error) => {
                    tracing::debug!(%error, "webex was not heard");
                    Heard::No { wait: asked_to_wait(error) }
                }
            };
            interval = next_interval(interval, heard);
        }
    }

    async fn poll(&self, seen: &mut Seen) -> Result<(), HistoryError> {
        let mut result = Ok(());
        for room in self.moved_rooms(seen).await? {
            // A room that fails is not noted, so it is looked at again; it must not keep the others from being heard.
            match self.room_moved(&room).await {
                Ok(()) => seen.note(room),
                Err(error) => result = Err(error),
            }
        }
        result.and(self.poller.relist(seen, |conversation| self.hears(conversation)).await)
    }

    fn hears(&self, conversation: &Conversation) -> bool {
        conversation.heard_by == HeardBy::Service && self.sites.contains(&conversation.site_id)
    }

    async fn room_moved(&self, room: &wire::Room) -> Result<(), HistoryError> {
        match self.poller.store.conversation_by_webex_room(wire::unpadded(&room.id))? {
            Some(conversation) if self.hears(&conversation) => self.poller.moved(&conversation, room).await,
            Some(_) => Ok(()),
            None => Ok(self.conversations.take_back_room(room).await?),
        }
    }

    /// The rooms in which something happened since the last poll.
    async fn moved_rooms(&self, seen: &Seen) -> Result<Vec<wire::Room>, WebexError> {
        let webex = &self.connection.webex;
        let Some(service_app) = &self.connection.service_app else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        let mut page = service_app.with_token(|token| webex.rooms_by_activity(token)).await?;
        for _ in 0..MAX_ROOM_PAGES {
            let (moved, may_go_on) = seen.moved(page.items);
            all.extend(moved);
            let Some(next) = page.next.filter(|_| may_go_on) else { break };
            page = service_app.with_token(|token| webex.more_rooms(token, next.clone())).await?;
        }
        Ok(all)
    }
}

impl Poller {
    /// Something happened in a room: those who watch are told what; the others find it when they look.
    pub(super) async fn moved(&self, conversation: &Conversation, room: &wire::Room) -> Result<(), HistoryError> {
        let moved_at = room.last_activity.as_deref().and_then(wire::millis).map(Timestamp::from_millis);
        let is_news = moved_at.is_some_and(|moved_at| self.store.news().wants_heard(&conversation.site_id, moved_at));
        if is_news || self.hub.is_watched(&conversation.id) || self.history.in_doubt()?.contains(&conversation.id) {
            return shown(conversation, self.history.refresh(conversation).await);
        }
        self.history.note_moved(&conversation.id);
        Ok(())
    }

    /// Lists one watched room again, if it is time for one of those this credential hears.
    pub(super) async fn relist(&self, seen: &mut Seen, hears: impl Fn(&Conversation) -> bool) -> Result<(), HistoryError> {
        let mut watched = Vec::new();
        let mut room_ids = self.hub.watched_rooms();
        let in_doubt = self.history.in_doubt()?.into_iter();
        room_ids.extend(in_doubt.filter(|room_id| !self.hub.is_watched(room_id)));
        for room_id in room_ids {
            watched.extend(self.store.conversation(&room_id)?.filter(&hears));
        }
        let now = self.clock.elapsed();
        let ids: Vec<RoomId> = watched.iter().map(|conversation| conversation.id.clone()).collect();
        let since_listed =
            watched.iter().filter_map(|conversation| Some((&conversation.id, self.since_listed(conversation, now)?))).collect();
        let Some(room_id) = room_to_relist(now, seen.last_relist, &ids, &since_listed) else { return Ok(()) };
        seen.last_relist = Some(now);
        match watched.iter().find(|conversation| conversation.id == *room_id) {
            Some(conversation) => shown(conversation, self.history.relist(conversation).await),
            None => Ok(()),
        }
    }

    /// How long ago a room was listed; one that never was, because Webex did not answer, comes first. A
    /// conversation without a room in Webex has nothing to list.
    fn since_listed(&self, conversation: &Conversation, now: Duration) -> Option<Duration> {
        let never = || conversation.webex_room_id.is_some().then_some(Duration::MAX);
        self.history.listed_at(&conversation.id).map(|listed_at| now.saturating_sub(listed_at)).or_else(never)
    }
}

/// A room that Webex refuses to show must not keep the others from being heard.
fn shown(conversation: &Conversation, listed: Result<(), HistoryError>) -> Result<(), HistoryError> {
    match listed {
        Err(HistoryError::Webex(error)) if !error.is_passing() => {
            tracing::warn!(%error, room.id = %conversation.id, "webex does not show a room");
            Ok(())
        }
        other => other,
    }
}

/// A new reader is not kept waiting for the end of a long interval. While others look, the next poll is near anyway.
async fn somebody_new(arrivals: &mut watch::Receiver<u64>, interval: Duration) {
    if interval <= QUICKEST || arrivals.changed().await.is_err() {
        std::future::pending().await
    }
}

/// The rooms of a guest, most recently active first.
pub(super) async fn rooms_of_guest(webex: &WebexClient, token: SecretString) -> Result<ListPage<wire::Room>, WebexError> {
    webex.rooms_by_activity(token).await
}

/// What Webex asked for when it refused to answer.
pub(super) fn asked_to_wait(error: &HistoryError) -> Option<Duration> {
    match error {
        HistoryError::Webex(error) => match error.doubt() {
            Doubt::NotApplied(wait) => wait,
            _ => None,
        },
        HistoryError::Store(_) => None,
    }
}
