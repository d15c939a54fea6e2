//! Who is in which room. Staff may take a guest out of a space that the portal goes on to hear: what they write then is not the
//! guest's to read, so it is asked of Webex, as the guest, unless that was seen lately.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{GuestId, RoomId};

use super::state::Progress;
use crate::{
    clock::Clock,
    config::ConversationKind,
    fanout::Hub,
    guest_identity::GuestIdentity,
    store::{Conversation, GuestRow},
    webex::{Connections, WebexError},
};

/// How long what was seen counts; a guest who listens is looked for more often than that.
const FRESH: Duration = Duration::from_secs(90);
/// How long a stream waits for Webex before it begins.
const PATIENCE: Duration = Duration::from_secs(2);
/// With so many, those that do not count any more are forgotten; then again with twice as many as are left.
const MANY_SEEN: usize = 20_000;

/// Knows who is in which room. Clones share it.
#[derive(Clone)]
pub struct Membership {
    connections: Connections,
    identity: GuestIdentity,
    hub: Hub,
    clock: Clock,
    seen: Arc<Mutex<Seen>>,
}

/// Who was seen in which room, and when.
struct Seen {
    at: HashMap<(GuestId, RoomId), Duration>,
    /// With so many they are looked through: seldom enough that it costs nothing.
    look_through_at: usize,
}

impl Membership {
    /// Nobody has been seen yet.
    pub fn new(connections: Connections, identity: GuestIdentity, hub: Hub, clock: Clock) -> Self {
        let seen = Seen { at: HashMap::new(), look_through_at: MANY_SEEN };
        Self { connections, identity, hub, clock, seen: Arc::new(Mutex::new(seen)) }
    }

    /// Webex has just shown that a guest is in a room.
    pub fn note(&self, guest_id: &GuestId, room_id: &RoomId) {
        let now = self.clock.elapsed();
        let mut seen = self.seen();
        if seen.at.len() >= seen.look_through_at {
            seen.at.retain(|_, at| now.saturating_sub(*at) < FRESH);
            seen.look_through_at = MANY_SEEN.max(2 * seen.at.len());
        }
        seen.at.insert((guest_id.clone(), room_id.clone()), now);
    }

    /// Webex has just shown that a guest is in a room no longer.
    pub fn forget(&self, guest_id: &GuestId, room_id: &RoomId) {
        self.seen().at.remove(&(guest_id.clone(), room_id.clone()));
    }

    /// Whether a guest is in the room of one of their conversations, as far as is known: while they listen, it is looked for again
    /// and again.
    pub fn is_sure(&self, guest_id: &GuestId, conversation: &Conversation) -> bool {
        if conversation.webex_room_id.is_none() || !may_have_left(conversation) {
            return true;
        }
        let is_watching = self.hub.is_guest_watching(guest_id);
        // Where the service app does not hear it, the guest's own token does, and finds out at once.
        is_watching && (conversation.kind == ConversationKind::Existing || self.is_fresh(guest_id, &conversation.id))
    }

    /// The same for a stream that begins, which may go on where another one has just ended.
    pub async fn may_hear(&self, guest: &GuestRow, conversation: &Conversation) -> bool {
        let is_space = conversation.kind == ConversationKind::Space;
        if self.is_sure(&guest.id, conversation) || (is_space && self.is_fresh(&guest.id, &conversation.id)) {
            return true;
        }
        if !is_space {
            return false;
        }
        tokio::select! {
            is_member = self.is_member(guest, conversation) => is_member.unwrap_or(false),
            // Nobody waits for long. As while Webex is away, it is the guest's until their rooms were looked at, which is soon.
            () = self.clock.sleep(PATIENCE) => true,
        }
    }

    fn is_fresh(&self, guest_id: &GuestId, room_id: &RoomId) -> bool {
        let seen_at = self.seen().at.get(&(guest_id.clone(), room_id.clone())).copied();
        seen_at.is_some_and(|at| self.clock.elapsed().saturating_sub(at) < FRESH)
    }

    /// The same; Webex is asked where it is not known.
    ///
    /// # Errors
    ///
    /// Webex does not say. The guest's own space is theirs then: nobody writes in it while Webex is away.
    pub async fn is_member(&self, guest: &GuestRow, conversation: &Conversation) -> Result<bool, WebexError> {
        let Some(webex_room_id) = conversation.webex_room_id.as_deref().filter(|_| !self.is_sure(&guest.id, conversation)) else {
            return Ok(true);
        };
        let webex = &self.connections.of_site(&guest.site_id)?.webex;
        match self.identity.with_token(&guest.id, |token| webex.room(token, webex_room_id)).await {
            Ok(_) => {
                self.note(&guest.id, &conversation.id);
                Ok(true)
            }
            Err(error) if error.status() == Some(404) => Ok(false),
            Err(error) if error.is_passing() && conversation.kind == ConversationKind::Space => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Nothing in here panics half-way through a change.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a guest can have been taken out of a conversation's room: nobody leaves a room of two, and in a new space they may not
/// be yet.
pub fn may_have_left(conversation: &Conversation) -> bool {
    match conversation.kind {
        ConversationKind::Existing => true,
        ConversationKind::Space => {
            matches!(conversation.progress, Progress::StaffAdded | Progress::Greeting | Progress::Open | Progress::Closed)
        }
        ConversationKind::Direct | ConversationKind::None => false,
    }
}
