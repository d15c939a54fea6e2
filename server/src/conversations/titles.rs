//! What Webex calls the rooms that the portal did not make.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use shared::RoomId;

/// Names of rooms. Clones share them.
#[derive(Clone, Default)]
pub struct Titles {
    known: Arc<Mutex<HashMap<RoomId, String>>>,
}

impl Titles {
    /// What a room is called.
    pub fn of(&self, room_id: &RoomId) -> Option<String> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(room_id).cloned()
    }

    /// Webex calls a room so; answers whether that is news.
    pub fn note(&self, room_id: &RoomId, title: &str) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(room_id.clone(), title.to_owned()).is_none_or(|before| before != title)
    }
}
