//! One list of rooms for everybody, every two seconds: a room whose `lastActivity` moved is listed, and
//! rooms somebody watches are listed again now and then, because edits and deletions move nothing.

use std::{collections::HashMap, time::Duration};

use shared::RoomId;
use tokio_util::sync::CancellationToken;

use super::schedule::{Heard, QUICKEST, next_interval, room_to_relist};
use crate::{
    clock::Clock,
    conversations::{History, HistoryError},
    fanout::Hub,
    store::{Conversation, Store},
    webex::{Doubt, ServiceApp, WebexClient, WebexError, wire},
};

/// A list of rooms is followed to its end only so far; who talks is at its beginning.
const MAX_ROOM_PAGES: usize = 10;

/// Hears the rooms the service app is in.
pub struct PollingFeed {
    /// Where to ask.
    pub webex: WebexClient,
    /// As whom.
    pub service_app: ServiceApp,
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

#[derive(Default)]
struct Seen {
    /// `lastActivity` by Webex's room id, as of the last poll.
    last_activity: HashMap<String, String>,
    last_relist: Option<Duration>,
}

impl PollingFeed {
    /// Polls until the portal stops.
    pub async fn run(self) {
        let mut seen = Seen::default();
        let mut interval = Duration::ZERO;
        loop {
            tokio::select! {
                biased;
                () = self.stopping.cancelled() => return,
                () = self.clock.sleep(interval) => {}
                () = self.somebody_new(interval) => {}
            }
            let polled = tokio::select! {
                biased;
                () = self.stopping.cancelled() => return,
                polled = self.poll(&mut seen) => polled,
            };
            let heard = match &polled {
                Ok(()) => Heard::Yes { is_anybody_watching: !self.hub.watched_rooms().is_empty() },
                Err(error) => {
                    tracing::debug!(%error, "webex was not heard");
                    Heard::No { wait: asked_to_wait(error) }
                }
            };
            interval = next_interval(interval, heard);
        }
    }

    /// A new reader is not kept waiting for the end of a long interval. While others look, the next poll is near anyway.
    async fn somebody_new(&self, interval: Duration) {
        if interval <= QUICKEST {
            return std::future::pending().await;
        }
        self.hub.arrival().await;
    }

    async fn poll(&self, seen: &mut Seen) -> Result<(), HistoryError> {
        let mut result = Ok(());
        for room in self.moved_rooms(seen).await? {
            // A room that fails is not noted, so it is looked at again; it must not keep the others from being heard.
            match self.room_moved(&room).await {
                Ok(()) => self.note(seen, room),
                Err(error) => result = Err(error),
            }
        }
        result.and(self.relist(seen).await)
    }

    async fn room_moved(&self, room: &wire::Room) -> Result<(), HistoryError> {
        match self.store.conversation_by_webex_room(wire::unpadded(&room.id))? {
            Some(conversation) if self.hub.is_watched(&conversation.id) => self.refresh(&conversation).await,
            Some(conversation) => {
                self.history.forget(&conversation.id);
                Ok(())
            }
            None => Ok(()),
        }
    }
    /// The rooms in which something happened since the last poll.
    async fn moved_rooms(&self, seen: &Seen) -> Result<Vec<wire::Room>, WebexError> {
        let mut moved = Vec::new();
        let mut page = self.service_app.with_token(|token| self.webex.rooms_by_activity(token)).await?;
        for _ in 0..MAX_ROOM_PAGES {
            let listed = page.items.len();
            let before = moved.len();
            moved.extend(page.items.into_iter().filter(|room| seen.last_activity.get(&room.id) != room.last_activity.as_ref()));
            // Newest first: a page with a room that did not move is the last with any that did.
            let is_end = moved.len() - before < listed || seen.last_activity.is_empty();
            let Some(next) = page.next.filter(|_| !is_end) else { break };
            page = self.service_app.with_token(|token| self.webex.more_rooms(token, next.clone())).await?;
        }
        Ok(moved)
    }

    fn note(&self, seen: &mut Seen, room: wire::Room) {
        if let Some(last_activity) = room.last_activity {
            seen.last_activity.insert(room.id, last_activity);
        }
    }

    async fn relist(&self, seen: &mut Seen) -> Result<(), HistoryError> {
        let watched = self.hub.watched_rooms();
        let now = self.clock.elapsed();
        let since_listed = watched.iter().filter_map(|room_id| Some((room_id, self.since_listed(room_id, now)?))).collect();
        let Some(room_id) = room_to_relist(now, seen.last_relist, &watched, &since_listed) else { return Ok(()) };
        seen.last_relist = Some(now);
        match self.store.conversation(room_id)? {
            Some(conversation) => self.refresh(&conversation).await,
            None => Ok(()),
        }
    }

    /// How long ago a room was listed; one that never was, because Webex did not answer, comes first. A
    /// conversation without a room in Webex has nothing to list.
    fn since_listed(&self, room_id: &RoomId, now: Duration) -> Option<Duration> {
        self.history.listed_at(room_id).map(|listed_at| now.saturating_sub(listed_at)).or_else(|| {
            let has_room = self.store.conversation(room_id).ok()??.webex_room_id.is_some();
            has_room.then_some(Duration::MAX)
        })
    }

    /// A room that Webex refuses to show must not keep the others from being heard.
    async fn refresh(&self, conversation: &Conversation) -> Result<(), HistoryError> {
        match self.history.refresh(conversation).await {
            Err(HistoryError::Webex(error)) if !error.is_passing() => {
                tracing::warn!(%error, room.id = %conversation.id, "webex does not show a room");
                Ok(())
            }
            other => other,
        }
    }
}

fn asked_to_wait(error: &HistoryError) -> Option<Duration> {
    match error {
        HistoryError::Webex(error) => match error.doubt() {
            Doubt::NotApplied(wait) => wait,
            _ => None,
        },
        HistoryError::Store(_) => None,
    }
}
