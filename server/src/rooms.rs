//! Conversations as their guests' pages see them, with what can be done in them.

use std::sync::Arc;

use shared::{Abilities, Room};

use crate::{
    clock::Clock,
    config::{Config, ConversationKind},
    conversations::{History, Progress},
    feed::{Ear, LiveFeeds},
    store::{Conversation, HeardBy, Store},
    visits::{Offer, takes_notes},
    webex::Connections,
};

/// Shows rooms. Clones share what they know.
#[derive(Clone)]
pub struct Rooms {
    /// What is set.
    pub config: Arc<Config>,
    /// Whether somebody can be told of meetings.
    pub connections: Connections,
    /// What was said, and when.
    pub history: History,
    /// What is heard besides messages.
    pub live: LiveFeeds,
    /// Who is in a room.
    pub store: Store,
    /// Whether somebody is there at this hour.
    pub clock: Clock,
}

impl Rooms {
    /// A room as a guest's page draws it.
    pub fn show(&self, conversation: &Conversation) -> Room {
        let site = self.config.site(&conversation.site_id);
        let own_name = || site.map(|site| site.name.clone()).unwrap_or_default();
        let title = match conversation.kind {
            // What the guest writes to is the site; how the portal calls its space in Webex is for staff.
            ConversationKind::Space | ConversationKind::None => own_name(),
            ConversationKind::Direct | ConversationKind::Existing => self.history.titles.of(&conversation.id).unwrap_or_else(own_name),
        };
        let can_write = conversation.kind != ConversationKind::None;
        let offer = site.map(|site| Offer::of(site, self.clock.now())).unwrap_or_default();
        let is_staff_reachable = self.connections.is_staff_reachable(&conversation.site_id);
        let is_live = can_write && self.carries_typing(conversation);
        Room {
            id: conversation.id.clone(),
            title,
            last_activity_at: self.history.last_activity_at(&conversation.id),
            is_closed: conversation.progress == Progress::Closed,
            away: offer.away,
            topics: offer.topics,
            can: Abilities {
                write: can_write,
                files: can_write && site.is_some_and(|site| site.max_file_bytes > 0),
                meet: offer.can_meet && is_staff_reachable,
                leave_note: site.is_some_and(takes_notes) && is_staff_reachable,
                edit: can_write,
                typing: is_live,
                receipts: is_live,
                ..Abilities::default()
            },
        }
    }

    /// Who writes, and who has read what, is told over Mercury only.
    pub fn carries_typing(&self, conversation: &Conversation) -> bool {
        match (conversation.heard_by, self.connections.of_site(&conversation.site_id)) {
            (HeardBy::Service, Ok(connection)) => self.live.carries_typing(&Ear::Service(connection.id.clone())),
            (HeardBy::Guest, Ok(_)) => {
                let guests = self.store.guests_of(&conversation.id).unwrap_or_default();
                guests.into_iter().any(|guest_id| self.live.carries_typing(&Ear::Guest(guest_id)))
            }
            (_, Err(_)) => false,
        }
    }
}
