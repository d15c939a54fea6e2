//! Looking: one list of rooms per credential, every two seconds: a room whose `lastActivity` moved is listed, and
//! rooms somebody watches are listed again now and then, because edits and deletions move nothing.

use std::{collections::HashMap, time::Duration};

use shared::{RoomId, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{
    live::{Ear, LiveFeeds},
    reader::RoomReader,
    schedule::{WANTED, room_to_relist},
};
use crate::{
    clock::Clock,
    conversations::{History, HistoryError},
    fanout::Hub,
    store::{Conversation, Store},
    webex::{Connections, Doubt, wire},
};

/// What every way of polling needs. Clones share it.
#[derive(Clone)]
pub(super) struct Poller {
    /// Which room is whose.
    pub(super) store: Store,
    /// What is known.
    pub(super) history: History,
    /// Whose clock shows what.
    pub(super) connections: Connections,
    /// Who looks.
    pub(super) hub: Hub,
    /// Who is heard in which way.
    pub(super) live: LiveFeeds,
    /// Knows who wants to know.
    pub(super) reader: RoomReader,
    /// When.
    pub(super) clock: Clock,
    /// Until when.
    pub(super) stopping: CancellationToken,
}

/// What one credential has seen.
#[derive(Default)]
pub(super) struct Seen {
    /// `lastActivity` by Webex's room id, as of the last poll.
    last_activity: HashMap<String, String>,
    last_relist: Option<Duration>,
    /// When a room was asked for that Webex refused to show: it must not be asked for before all others again and again.
    refused: HashMap<RoomId, Duration>,
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

impl Poller {
    /// Something happened in a room: those who watch are told what; the others find it when they look.
    pub(super) async fn moved(&self, ear: &Ear, conversation: &Conversation, room: &wire::Room) -> Result<(), HistoryError> {
        let moved_at = room.last_activity.as_deref().and_then(wire::millis).map_or_else(|| self.clock.now(), Timestamp::from_millis);
        if self.reader.is_wanted(conversation, moved_at)? {
            return self.looked(ear, conversation, self.history.refresh(conversation).await).map(drop);
        }
        self.history.note_moved(&conversation.id);
        Ok(())
    }

    /// Lists one watched room again, if it is time for one of those this credential hears. Answers whether others wait for that.
    pub(super) async fn relist(
        &self,
        ear: &Ear,
        seen: &mut Seen,
        is_live: bool,
        hears: impl Fn(&Conversation) -> bool,
    ) -> Result<bool, HistoryError> {
        let mut watched = Vec::new();
        let mut room_ids = self.hub.watched_rooms();
        let in_doubt = self.history.in_doubt()?.into_iter();
        room_ids.extend(in_doubt.filter(|room_id| !self.hub.is_watched(room_id)));
        for room_id in room_ids {
            watched.extend(self.store.conversation(&room_id)?.filter(&hears));
        }
        let now = self.clock.elapsed();
        let ids: Vec<RoomId> = watched.iter().map(|conversation| conversation.id.clone()).collect();
        seen.refused.retain(|room_id, _| ids.contains(room_id));
        let since_refused = |room_id| seen.refused.get(room_id).map_or(WANTED, |at| now.saturating_sub(*at));
        let since_listed: HashMap<&RoomId, Duration> = watched
            .iter()
            .filter_map(|conversation| Some((&conversation.id, self.since_listed(conversation, now)?.min(since_refused(&conversation.id)))))
            .collect();
        let wanted = since_listed.values().filter(|age| **age == WANTED).count();
        let Some(room_id) = room_to_relist(now, seen.last_relist, &ids, &since_listed, is_live) else { return Ok(wanted > 0) };
        seen.last_relist = Some(now);
        if let Some(conversation) = watched.iter().find(|conversation| conversation.id == *room_id) {
            let is_shown = self.looked(ear, conversation, self.history.relist(conversation).await)?;
            if !is_shown {
                seen.refused.insert(conversation.id.clone(), now);
            }
        }
        Ok(wanted > 1)
    }

    /// A room was listed: what is in it, a live way should have told. One that Webex refuses to show must not keep the others from
    /// being heard; answers whether it was shown.
    fn looked(&self, ear: &Ear, conversation: &Conversation, listed: Result<(), HistoryError>) -> Result<bool, HistoryError> {
        match listed {
            Err(HistoryError::Webex(error)) if !error.is_passing() => {
                tracing::warn!(%error, room.id = %conversation.id, "webex does not show a room");
                return Ok(false);
            }
            other => other?,
        }
        if let (Some(written_at), Ok(connection)) =
            (self.history.last_activity_at(&conversation.id), self.connections.of_site(&conversation.site_id))
        {
            self.live.found(ear, &conversation.id, connection.webex.age(written_at));
        }
        Ok(true)
    }

    /// How long ago a room was listed; one that never was, because Webex did not answer, comes first. A
    /// conversation without a room in Webex has nothing to list.
    fn since_listed(&self, conversation: &Conversation, now: Duration) -> Option<Duration> {
        let never = || conversation.webex_room_id.is_some().then_some(WANTED);
        // Several guests may hear the same room: one of them asks.
        let at = self.history.listed_at(&conversation.id).max(self.history.asked_at(&conversation.id));
        at.map(|at| now.saturating_sub(at)).or_else(never)
    }
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
