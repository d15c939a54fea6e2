//! What is being written, in plain data.

use shared::outgoing::{self, MAX_MESSAGE_BYTES, Refusal};
use shared::{MessageId, PendingFile};

/// From here on the guest sees how much is left.
const NEAR_LIMIT_BYTES: usize = 7_000;

/// What lies beside the text box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    /// The file that goes with the next message.
    pub file: Option<PendingFile>,
    /// The message that is being edited, and what it says.
    pub editing: Option<(MessageId, String)>,
}

impl Desk {
    /// Chooses a file, if it is not too large; then, how large it is. With an edit goes none: it waits for the next message.
    pub fn choose(&mut self, file: PendingFile, max_bytes: u64) -> Result<(), u64> {
        // A portal that names no limit has the last word.
        if max_bytes > 0 && file.size > max_bytes {
            return Err(file.size);
        }
        self.file = Some(file);
        Ok(())
    }

    /// Edits a message. A file that was chosen waits for the next one.
    pub fn edit(&mut self, id: MessageId, text: String) {
        self.editing = Some((id, text));
    }

    /// What pressing *Send* does with this text, if anything; what was on the desk is off it then.
    pub fn submit(&mut self, draft: &str) -> Option<Order> {
        let text = sendable(draft);
        match (&self.editing, &self.file, text) {
            (Some((_, before)), _, Ok(text)) if *before == text => {
                self.editing = None;
                Some(Order::Nothing)
            }
            (Some((id, _)), _, Ok(text)) => {
                let order = Order::Edit(id.clone(), text);
                self.editing = None;
                Some(order)
            }
            (None, Some(_), Ok(text)) => Some(Order::Send(text, self.file.take())),
            // A file may go alone.
            (None, Some(_), Err(Refusal::Empty)) => Some(Order::Send(String::new(), self.file.take())),
            (None, None, Ok(text)) => Some(Order::Send(text, None)),
            (_, _, Err(_)) => None,
        }
    }

    /// Whether pressing *Send* does something.
    pub fn can_submit(&self, draft: &str) -> bool {
        self.clone().submit(draft).is_some()
    }
}

/// What pressing *Send* does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Sends a message.
    Send(String, Option<PendingFile>),
    /// Makes a message say something else.
    Edit(MessageId, String),
    /// Nothing: the edited message says this already.
    Nothing,
}

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

    fn file(size: u64) -> PendingFile {
        PendingFile { name: "a.pdf".into(), media_type: "application/pdf".into(), size }
    }

    #[test]
    fn a_file_goes_with_words_or_alone_and_once() {
        let mut desk = Desk::default();
        assert_eq!(desk.submit(" "), None);
        assert_eq!(desk.choose(file(7), 6), Err(7));
        assert_eq!(desk.file, None, "what is too large never lies there");
        assert_eq!(desk.choose(file(7), 7), Ok(()));
        assert!(desk.can_submit(""));
        assert_eq!(desk.submit("hi"), Some(Order::Send("hi".into(), Some(file(7)))));
        assert_eq!(desk.submit("hi"), Some(Order::Send("hi".into(), None)));
        assert_eq!(desk.choose(file(u64::MAX), 0), Ok(()), "no limit is known");
        assert_eq!(desk.submit(&"a".repeat(8_000)), None);
        assert_eq!(desk.submit(""), Some(Order::Send(String::new(), Some(file(u64::MAX)))));
    }

    #[test]
    fn an_edit_changes_its_message_and_leaves_the_chosen_file_for_later() {
        let mut desk = Desk::default();
        assert_eq!(desk.choose(file(7), 0), Ok(()));
        desk.edit(MessageId::new("m"), "before".into());
        assert_eq!(desk.submit(" "), None, "nothing is no message");
        assert_eq!(desk.submit("after"), Some(Order::Edit(MessageId::new("m"), "after".into())));
        desk.edit(MessageId::new("m"), "same".into());
        assert_eq!(desk.submit("same "), Some(Order::Nothing));
        assert_eq!(desk, Desk { file: Some(file(7)), editing: None });
    }

    #[test]
    fn a_file_that_comes_while_a_message_is_edited_leaves_the_edit_alone() {
        let mut desk = Desk::default();
        desk.edit(MessageId::new("m"), "before".into());
        assert_eq!(desk.choose(file(7), 0), Ok(()));
        assert_eq!(desk.submit("after"), Some(Order::Edit(MessageId::new("m"), "after".into())));
        assert_eq!(desk.submit(""), Some(Order::Send(String::new(), Some(file(7)))));
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
