//! What is said outside working hours.

use shared::Away;

use crate::platform::clock;
use crate::words::words;

/// What the owner says, and until when nobody is there.
pub fn sentence(away: &Away) -> String {
    let text = away.text.as_deref().unwrap_or(words().away());
    words().sentences(text, &until(away))
}

/// Until when nobody is there; empty where that is not known.
pub fn until(away: &Away) -> String {
    away.until.map(|until| words().away_until(&clock::coming_text(until))).unwrap_or_default()
}
