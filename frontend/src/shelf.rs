//! Where the page keeps what it knows: plain data beside the one thing that says "it has changed".
//!
//! A signal of Leptos does the same and more, and is drawn into the program anew for each type it
//! holds: thirty kilobytes for the eight types of the portal. Signals hold what components pass
//! around (flags, numbers, words); shelves hold the state of the features.

use std::sync::{PoisonError, RwLock};

use leptos::prelude::*;

/// A value that components follow. It lives as long as the page.
pub struct Shelf<T: 'static> {
    value: &'static RwLock<T>,
    changed: Trigger,
}

impl<T> Clone for Shelf<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shelf<T> {}

impl<T> Shelf<T> {
    /// A shelf with this on it.
    pub fn new(value: T) -> Self {
        Self { value: Box::leak(Box::new(RwLock::new(value))), changed: Trigger::new() }
    }

    /// Reads; what reads within a view or an effect runs again after each change.
    pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        self.changed.track();
        self.with_untracked(read)
    }

    /// Reads once.
    pub fn with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.value.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the value, then tells who follows it. Within `change` this shelf cannot be read.
    pub fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.value.write().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify();
        result
    }

    /// Puts another value in its place.
    pub fn set(&self, value: T) {
        self.update(|old| *old = value);
    }
}
