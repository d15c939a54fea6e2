//! The browser behind small functions: none of them fails, panics or throws.

pub mod backoff;
pub mod clock;
pub mod random;
pub mod sleep;
pub mod storage;
pub mod window;
