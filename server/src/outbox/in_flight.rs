//! Whose message is on its way right now, and where to: what Webex shows of it meanwhile is held back
//! until it is settled, so that the page never sees a message and its echo side by side.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shared::{PersonId, RoomId};

/// The sends under way. Clones share it.
#[derive(Clone, Default)]
pub struct InFlight {
    sends: Arc<Mutex<HashMap<(RoomId, PersonId), usize>>>,
}

/// Says that a send is under way for as long as it lives.
pub struct UnderWay {
    in_flight: InFlight,
    key: (RoomId, PersonId),
}

impl InFlight {
    /// A send begins.
    pub fn begin(&self, room_id: &RoomId, person_id: &PersonId) -> UnderWay {
        let key = (room_id.clone(), person_id.clone());
        *self.sends().entry(key.clone()).or_default() += 1;
        UnderWay { in_flight: self.clone(), key }
    }

    /// Whether a send by this person into this room is under way.
    pub fn contains(&self, room_id: &RoomId, person_id: &PersonId) -> bool {
        self.sends().contains_key(&(room_id.clone(), person_id.clone()))
    }

    fn sends(&self) -> MutexGuard<'_, HashMap<(RoomId, PersonId), usize>> {
        self.sends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut sends = self.in_flight.sends();
        if let Some(count) = sends.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                sends.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_send_is_under_way_until_the_last_of_it_ends() {
        let in_flight = InFlight::default();
        let (room_id, person_id) = (RoomId::new("r"), PersonId::new("p"));
        let first = in_flight.begin(&room_id, &person_id);
        let second = in_flight.begin(&room_id, &person_id);
        drop(first);
        assert!(in_flight.contains(&room_id, &person_id));
        drop(second);
        assert!(!in_flight.contains(&room_id, &person_id));
    }
}
