//! What screen readers are told: each sentence by itself, even where it is the same as the last one.

use super::element::{Drawn, element};
use crate::platform::window;

const ID: &str = "announcer";
/// A sentence that is taken away is not taken back: it has been said, or waits to be.
const STAYS_MILLIS: u32 = 10_000;

/// Where sentences are put, out of sight.
pub fn announcer() -> Drawn {
    element("div", "hidden").with("id", ID).with("aria-live", "polite")
}

/// Has a sentence said as soon as nothing else is being said.
pub fn announce(sentence: &str) {
    let Some((place, line)) = window::element(ID).zip(element("p", "").text(sentence).done()) else { return };
    if place.append_child(&line).is_ok() {
        window::after(STAYS_MILLIS, move || line.remove());
    }
}
