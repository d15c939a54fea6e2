//! Webex's HTML to a tree of known parts. The judge is the one of hostile markup: by JSON, and by reading it again.

use std::time::Duration;

use crate::hostile::{judge, vectors};

pub(super) fn target(bytes: &[u8]) {
    let judged = judge(&String::from_utf8_lossy(bytes));
    assert_eq!(judged.broken, None);
    assert!(judged.took < Duration::from_secs(1), "{:?}", judged.took);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    vectors("http://canary.example/").into_iter().map(|vector| vector.html.into_bytes()).collect()
}
