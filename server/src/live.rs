//! Secrets that are replaced while the portal runs.

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use secrecy::SecretString;

/// A value that everybody who holds it sees replaced. Clones share it.
pub struct Live<T>(Arc<ArcSwap<T>>);

impl<T> Live<T> {
    /// This one, for now.
    pub fn new(value: T) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(value)))
    }

    /// What it is now.
    pub fn get(&self) -> Arc<T> {
        self.0.load_full()
    }

    /// From now on it is what the other one is.
    pub(crate) fn take(&self, other: &Self) {
        self.0.store(other.get());
    }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> From<T> for Live<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl From<String> for Live<SecretString> {
    fn from(secret: String) -> Self {
        Self::new(secret.into())
    }
}

impl<T: Default> Default for Live<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// As the value itself: secrets show nothing.
impl<T: fmt::Debug> fmt::Debug for Live<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(formatter)
    }
}
