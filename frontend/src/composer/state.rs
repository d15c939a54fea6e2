//! What is being written, in plain data.

use shared::outgoing::{self, MAX_MESSAGE_BYTES, Refusal};

/// From here on the guest sees how much is left.
const NEAR_LIMIT_BYTES: usize = 7_000;

/// How much room a draft has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headroom {
    /// Plenty.
    Plenty,
    /// So many bytes.
    Left(usize),
    /// So many bytes too many.
    Over(usize),
}

/// How much room a draft has left.
pub fn room_left(draft: &str) -> Headroom {
    let bytes = outgoing::message_bytes(draft);
    match MAX_MESSAGE_BYTES.checked_sub(bytes) {
        None => Headroom::Over(bytes.saturating_sub(MAX_MESSAGE_BYTES)),
        Some(left) if bytes >= NEAR_LIMIT_BYTES => Headroom::Left(left),
        Some(_) => Headroom::Plenty,
    }
}

/// Whether the draft can be sent, and as what.
pub fn sendable(draft: &str) -> Result<String, Refusal> {
    outgoing::message_text(draft)
}

/// Whether a key press sends. While an input method composes, Enter picks a word; 229 is how older
/// browsers say so.
pub fn sends(key: &str, has_shift: bool, is_composing: bool, key_code: u32) -> bool {
    key == "Enter" && !has_shift && !is_composing && key_code != 229
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guest_sees_what_is_left_only_near_the_limit() {
        assert_eq!(room_left(&"a".repeat(6_999)), Headroom::Plenty);
        assert_eq!(room_left(&"a".repeat(7_000)), Headroom::Left(439));
        assert_eq!(room_left(&"ä".repeat(3_719)), Headroom::Left(1));
        assert_eq!(room_left(&"a".repeat(7_439)), Headroom::Left(0));
        assert_eq!(room_left(&"a".repeat(7_500)), Headroom::Over(61));
        assert_eq!(room_left(&" ".repeat(9_000)), Headroom::Plenty, "what is not sent does not count");
    }

    #[test]
    fn enter_sends_unless_it_means_something_else() {
        assert!(sends("Enter", false, false, 13));
        assert!(!sends("Enter", true, false, 13));
        assert!(!sends("Enter", false, true, 13));
        assert!(!sends("Enter", false, false, 229));
        assert!(!sends("a", false, false, 65));
    }
}
