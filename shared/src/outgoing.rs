//! What a guest may send, and how it looks when it leaves: one place for the page, which counts
//! bytes while the guest writes, and the server, which has the last word.

use std::fmt;

/// Webex's limit for the text of one message, in bytes of UTF-8.
pub const MAX_MESSAGE_BYTES: usize = 7439;

/// The longest name of a guest, in characters.
pub const MAX_NAME_CHARS: usize = 64;

/// Why a name or a message cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing is left once white space and invisible characters are taken away.
    Empty,
    /// Longer than allowed; for a name in characters, for a message in bytes.
    TooLong {
        /// How long it is.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(formatter, "is empty"),
            Self::TooLong { length, limit } => write!(formatter, "is {length} long, at most {limit} are allowed"),
        }
    }
}

/// A guest's name as staff will see it: white space as single blanks, no control characters and no
/// characters that turn the direction of what follows.
pub fn guest_name(text: &str) -> Result<String, Refusal> {
    let visible: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect();
    let name = visible.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    match length {
        0 => Err(Refusal::Empty),
        _ if length > MAX_NAME_CHARS => Err(Refusal::TooLong { length, limit: MAX_NAME_CHARS }),
        _ => Ok(name),
    }
}

/// A message as it will be sent: line feeds only, no control characters, nothing blank at either end.
///
/// The limit counts what was typed: where formatting would take more, the server leaves it out.
pub fn message_text(text: &str) -> Result<String, Refusal> {
    let prepared = prepare(text);
    match prepared.len() {
        0 => Err(Refusal::Empty),
        length if length > MAX_MESSAGE_BYTES => Err(Refusal::TooLong { length, limit: MAX_MESSAGE_BYTES }),
        _ => Ok(prepared),
    }
}

/// How many bytes of [`MAX_MESSAGE_BYTES`] the message would take.
pub fn message_bytes(text: &str) -> usize {
    prepare(text).len()
}

fn prepare(text: &str) -> String {
    // The line ends of other systems: `\r\n`, and `\r` alone.
    let mut before = ' ';
    let lines = text.chars().filter_map(|c| match (std::mem::replace(&mut before, c), c) {
        ('\r', '\n') => None,
        (_, '\r') => Some('\n'),
        (_, c) => Some(c),
    });
    let visible: String = lines.filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    visible.trim_start_matches('\n').trim_end().to_owned()
}

/// Control characters and those that change the direction of text or take no room: in a name they
/// only serve to look like somebody else. The joiners that scripts and emoji need stay.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_what_is_seen_and_nothing_else() {
        assert_eq!(guest_name("  Ada \t Lovelace\n"), Ok("Ada Lovelace".into()));
        assert_eq!(guest_name("Ada\u{202e}\u{0}"), Ok("Ada".into()));
        assert_eq!(guest_name("أمل"), Ok("أمل".into()));
        for nothing in ["", "   ", "\u{200b}", "\n\u{feff}"] {
            assert_eq!(guest_name(nothing), Err(Refusal::Empty));
        }
    }

    #[test]
    fn a_name_has_at_most_64_characters_however_many_bytes_they_take() {
        assert!(guest_name(&"ä".repeat(64)).is_ok());
        assert_eq!(guest_name(&"a".repeat(65)), Err(Refusal::TooLong { length: 65, limit: 64 }));
    }

    #[test]
    fn a_message_has_at_most_7439_bytes_as_it_is_sent() {
        assert!(message_text(&"a".repeat(7439)).is_ok());
        assert_eq!(message_text(&"a".repeat(7440)), Err(Refusal::TooLong { length: 7440, limit: 7439 }));
        assert!(message_text(&"ä".repeat(3720)).is_err());
        assert!(message_text(&format!("\n{}\r\n  ", "a".repeat(7439))).is_ok(), "what is not sent does not count");
        assert_eq!(message_bytes("a\r\nb"), 3);
    }

    #[test]
    fn a_message_keeps_its_lines_and_indents() {
        assert_eq!(message_text("\n  if x:\r\n\ty\u{7}\n\n"), Ok("  if x:\n\ty".into()));
        assert_eq!(message_text(" \n\t\n"), Err(Refusal::Empty));
    }
}
