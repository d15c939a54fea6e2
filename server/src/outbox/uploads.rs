//! Who is sending files right now: each guest a few at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shared::GuestId;

/// A page sends one after the other; a few tabs may do so at once.
const MAX_AT_ONCE: usize = 5;

/// The uploads under way. Clones share it.
#[derive(Clone, Default)]
pub struct Uploads {
    under_way: Arc<Mutex<HashMap<GuestId, usize>>>,
}

/// Says that an upload is under way for as long as it lives.
pub struct UploadUnderWay {
    uploads: Uploads,
    guest_id: GuestId,
}

impl Uploads {
    /// An upload of this guest begins; `None` if there are enough already.
    pub fn begin(&self, guest_id: &GuestId) -> Option<UploadUnderWay> {
        let mut under_way = self.under_way();
        let count = under_way.entry(guest_id.clone()).or_default();
        if *count >= MAX_AT_ONCE {
            return None;
        }
        *count += 1;
        Some(UploadUnderWay { uploads: self.clone(), guest_id: guest_id.clone() })
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<GuestId, usize>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UploadUnderWay {
    fn drop(&mut self) {
        let mut under_way = self.uploads.under_way();
        if let Some(count) = under_way.get_mut(&self.guest_id) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.guest_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_sends_a_few_files_at_once_and_another_guest_as_many_more() {
        let uploads = Uploads::default();
        let (ada, bob) = (GuestId::new("ada"), GuestId::new("bob"));
        let mut under_way: Vec<_> = (0..MAX_AT_ONCE).map(|_| uploads.begin(&ada)).collect();
        assert!(under_way.iter().all(Option::is_some) && uploads.begin(&ada).is_none());
        assert!(uploads.begin(&bob).is_some());
        under_way.pop();
        assert!(uploads.begin(&ada).is_some());
    }
}
