//! What happened lately, the oldest first.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The last `CAPACITY` entries; older ones are forgotten.
pub(crate) struct Recent<T, const CAPACITY: usize> {
    entries: Mutex<VecDeque<T>>,
}

impl<T, const CAPACITY: usize> Default for Recent<T, CAPACITY> {
    fn default() -> Self {
        Self { entries: Mutex::default() }
    }
}

impl<T: Clone, const CAPACITY: usize> Recent<T, CAPACITY> {
    pub(crate) fn note(&self, entry: T) {
        let mut entries = self.lock();
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    pub(crate) fn all(&self) -> Vec<T> {
        self.lock().iter().cloned().collect()
    }

    /// The newest of them, still the oldest first.
    pub(crate) fn newest(&self, count: usize) -> Vec<T> {
        let entries = self.lock();
        entries.iter().skip(entries.len().saturating_sub(count)).cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let recent = Recent::<u8, 3>::default();
        (1..=5).for_each(|number| recent.note(number));
        assert_eq!((recent.all(), recent.newest(2), recent.newest(9)), (vec![3, 4, 5], vec![4, 5], vec![3, 4, 5]));
    }
}
