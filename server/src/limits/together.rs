//! How many of something there may be at once, such as open streams.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts what is there now, for each key apart. Clones share it.
pub(crate) struct Together<K> {
    limit: Option<u32>,
    counts: Arc<Mutex<HashMap<K, u32>>>,
}

/// One that is there; dropping it makes room.
pub(crate) struct Place<K: Eq + Hash> {
    key: K,
    counts: Arc<Mutex<HashMap<K, u32>>>,
}

impl<K: Eq + Hash + Clone> Together<K> {
    /// So many for each key; `None`: any number.
    pub(crate) fn new(limit: Option<u32>) -> Self {
        Self { limit, counts: Arc::default() }
    }

    /// One more, if there is room.
    pub(crate) fn enter(&self, key: K) -> Option<Place<K>> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&key).copied().unwrap_or_default();
        if self.limit.is_some_and(|limit| count >= limit) {
            return None;
        }
        counts.insert(key.clone(), count.saturating_add(1));
        Some(Place { key, counts: self.counts.clone() })
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

impl<K> Clone for Together<K> {
    fn clone(&self) -> Self {
        Self { limit: self.limit, counts: self.counts.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_again_when_one_has_gone() {
        let streams = Together::new(Some(2));
        let (first, second) = (streams.enter("a").unwrap(), streams.enter("a").unwrap());
        assert!(streams.enter("a").is_none());
        assert!(streams.enter("b").is_some());
        drop(first);
        assert!(streams.enter("a").is_some());
        drop(second);
        assert!(streams.counts.lock().unwrap().is_empty(), "who has nothing takes no room");
        let any = Together::new(None);
        let many: Vec<_> = (0..1000).map(|_| any.enter(1).unwrap()).collect();
        assert_eq!(many.len(), 1000);
    }
}
