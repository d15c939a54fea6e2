//! What a connection's service app hears: the rooms it is in.

use shared::{PortalEvent, SiteId};
use tokio::sync::watch;

use super::{
    live::{Ear, Used},
    pace::{Due, Pace},
    polling::{Poller, Seen, asked_to_wait},
    schedule::Heard,
    way::Way,
};
use crate::{
    config::{Config, FeedChoice, is_loopback},
    conversations::{Conversations, HistoryError},
    fanout::Audience,
    rooms::Rooms,
    store::{Conversation, FeedState, HeardBy},
    webex::{Connection, WebexError, wire},
};

/// A list of rooms is followed to its end only so far; who talks is at its beginning.
const MAX_ROOM_PAGES: usize = 10;

/// Hears the rooms a connection's service app is in.
pub(super) struct ServiceFeed {
    /// What it needs.
    pub(super) poller: Poller,
    /// Whose rooms.
    pub(super) connection: Connection,
    /// What the spaces it finds are held against.
    pub(super) conversations: Conversations,
    /// What pages draw.
    pub(super) rooms: Rooms,
    /// The sites that use the connection.
    pub(super) sites: Vec<SiteId>,
}

/// The live ways of hearing a connection's service app, the best one first.
pub(super) fn live_ways(connection: &Connection, config: &Config) -> Vec<Way> {
    let is_reachable = |public_url| config.is_simulated() || !is_loopback(public_url);
    let ways: &[Way] = match connection.feed {
        FeedChoice::Auto if config.server.public_url.as_ref().is_some_and(is_reachable) => &[Way::Webhook, Way::Mercury],
        FeedChoice::Auto | FeedChoice::Mercury => &[Way::Mercury],
        FeedChoice::Webhook => &[Way::Webhook],
        FeedChoice::Polling => &[],
    };
    ways.to_vec()
}

impl ServiceFeed {
    /// Hears until the portal stops.
    pub(super) async fn run(self, used: watch::Receiver<Used>) {
        let poller = &self.poller;
        let ear = Ear::Service(self.connection.id.clone());
        let first = used.borrow().clone();
        self.note(&first).await;
        let mut seen = Seen::default();
        let mut pace = Pace::new(poller, ear.clone(), used, Some(poller.hub.arrivals()));
        while let Some(due) = pace.next().await {
            if let Due::ChangedOver { used, is_another_way } = due {
                self.note(&used).await;
                self.changed_over(is_another_way);
                continue;
            }
            let looked = tokio::select! {
                biased;
                () = poller.stopping.cancelled() => return,
                looked = self.look(&ear, &mut seen, &due, pace.is_live()) => looked,
            };
            let heard = match &looked {
                Ok(_) => Heard::Yes { is_anybody_watching: !poller.hub.watched_rooms().is_empty() },
                Err(error) => {
                    tracing::debug!(%error, "webex was not heard");
                    Heard::No { wait: asked_to_wait(error) }
                }
            };
            if matches!(due, Due::Poll) || looked.is_err() {
                pace.polled(heard);
            }
            if pace.is_live() && matches!(looked, Ok(true)) {
                pace.relist_soon();
            }
        }
    }

    /// Answers whether rooms wait to be listed.
    async fn look(&self, ear: &Ear, seen: &mut Seen, due: &Due, is_live: bool) -> Result<bool, HistoryError> {
        let mut result = Ok(());
        if matches!(due, Due::Poll) {
            for room in self.moved_rooms(seen).await? {
                // A room that fails is not noted, so it is looked at again; it must not keep the others from being heard.
                match self.room_moved(ear, &room).await {
                    Ok(()) => seen.note(room),
                    Err(error) => result = Err(error),
                }
            }
        }
        result.and(self.poller.relist(ear, seen, is_live, |conversation| self.hears(conversation)).await)
    }

    fn hears(&self, conversation: &Conversation) -> bool {
        conversation.heard_by == HeardBy::Service && self.sites.contains(&conversation.site_id)
    }

    async fn room_moved(&self, ear: &Ear, room: &wire::Room) -> Result<(), HistoryError> {
        match self.poller.store.conversation_by_webex_room(wire::unpadded(&room.id))? {
            Some(conversation) if self.hears(&conversation) => self.poller.moved(ear, &conversation, room).await,
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

    /// What was edited or deleted between two ways is found by looking, and pages draw what is carried now.
    fn changed_over(&self, is_another_way: bool) {
        for room_id in self.poller.hub.watched_rooms() {
            let Ok(Some(conversation)) = self.poller.store.conversation(&room_id) else { continue };
            if self.hears(&conversation) {
                if is_another_way {
                    self.poller.history.look_again(&room_id);
                }
                let room = self.rooms.show(&conversation);
                self.poller.hub.publish(Audience::Room(room_id), &PortalEvent::RoomChanged { room });
            }
        }
    }

    /// For `guest-portal check`.
    async fn note(&self, Used { way, carries_typing, why }: &Used) {
        let (connection, feed) = (self.connection.id.as_str(), way.as_word());
        tracing::info!(connection, feed, carries_typing, why, "how webex is heard from now on");
        let state = FeedState { way: feed.to_owned(), since: self.poller.clock.now(), why: why.clone() };
        if let Err(error) = self.poller.store.set_feed(connection.to_owned(), state).await {
            tracing::warn!(%error, "the store does not take how webex is heard");
        }
    }
}
