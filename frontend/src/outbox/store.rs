//! Where the browser keeps a guest's things: under one prefix per site and guest, one key per
//! message, so that two tabs never overwrite each other's.

use shared::{ClientMessageId, GuestId, MessageId, RoomId, SiteId, Timestamp};

use super::Item;
use crate::api::decode::decode;
use crate::platform::storage;

/// How many given-up messages are remembered; the portal forgets them after a while too.
const MOST_DISCARDED: usize = 200;

/// The drawer of one guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawer {
    prefix: String,
}

impl Drawer {
    /// The drawer of this guest at this site.
    pub fn new(site_id: &SiteId, guest_id: &GuestId) -> Self {
        Self { prefix: format!("gp:{site_id}:{guest_id}:") }
    }

    /// Forgets what other guests left behind at this site: none of them can come back to this browser.
    pub fn forget_others(&self, site_id: &SiteId) {
        storage::keys(&format!("gp:{site_id}:")).iter().filter(|key| !key.starts_with(&self.prefix)).for_each(|key| storage::remove(key));
    }

    /// What was written and is not known to be sent.
    pub fn outbox(&self) -> Vec<Item> {
        let read = |key: &String| decode(&storage::get(key)?);
        storage::keys(&self.key("outbox:", "")).iter().filter_map(read).collect()
    }

    /// Keeps a message. `false` if only until the page is closed.
    pub fn keep(&self, item: &Item) -> bool {
        storage::set(&self.key("outbox:", item.client_message_id.as_str()), &item.to_json())
    }

    /// Keeps a message no longer.
    pub fn drop_item(&self, id: &ClientMessageId) {
        storage::remove(&self.key("outbox:", id.as_str()));
    }

    /// The failed messages the guest has given up; the portal still names them.
    pub fn discarded(&self) -> Vec<ClientMessageId> {
        let ids = storage::get(&self.key("discarded", "")).unwrap_or_default();
        ids.split(' ').filter(|id| !id.is_empty()).map(ClientMessageId::new).collect()
    }

    /// Remembers that a failed message was given up.
    pub fn discard(&self, id: &ClientMessageId) {
        let mut ids = self.discarded();
        ids.push(id.clone());
        let newest = ids.iter().rev().take(MOST_DISCARDED).rev().map(ClientMessageId::as_str).collect::<Vec<_>>();
        storage::set(&self.key("discarded", ""), &newest.join(" "));
    }

    /// What was being written in a room, or in one of its threads.
    pub fn draft(&self, room_id: &RoomId, thread: Option<&MessageId>) -> String {
        storage::get(&self.draft_key(room_id, thread)).unwrap_or_default()
    }

    /// Keeps what is being written there.
    pub fn set_draft(&self, room_id: &RoomId, thread: Option<&MessageId>, text: &str) {
        let key = self.draft_key(room_id, thread);
        if text.is_empty() {
            storage::remove(&key);
        } else {
            storage::set(&key, text);
        }
    }

    /// When the latest message was said that the guest has seen in a room.
    pub fn seen(&self, room_id: &RoomId) -> Option<Timestamp> {
        storage::get(&self.key("seen:", room_id.as_str())).and_then(|millis| millis.parse().ok()).map(Timestamp::from_millis)
    }

    /// Remembers it.
    pub fn set_seen(&self, room_id: &RoomId, at: Timestamp) {
        storage::set(&self.key("seen:", room_id.as_str()), &at.as_millis().to_string());
    }

    /// Forgets everything: the guest has left for good.
    pub fn empty(&self) {
        for key in storage::keys(&self.prefix) {
            storage::remove(&key);
        }
    }

    fn draft_key(&self, room_id: &RoomId, thread: Option<&MessageId>) -> String {
        let thread = thread.map(|root| "/".to_owned() + root.as_str()).unwrap_or_default();
        self.key("draft:", room_id.as_str()) + &thread
    }

    fn key(&self, kind: &str, name: &str) -> String {
        format!("{}{kind}{name}", self.prefix)
    }
}
