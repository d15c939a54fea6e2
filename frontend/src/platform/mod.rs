//! The browser behind small functions: none of them fails, panics or throws.

pub mod backoff;
pub mod both;
pub mod clock;
pub mod host;
pub mod intl;
pub mod random;
pub mod sleep;
pub mod sound;
pub mod storage;
pub mod task;
pub mod window;
