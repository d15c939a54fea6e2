//! What a message says, as a tree of known parts.
//!
//! The server turns Webex's HTML into this tree and the page turns the tree into elements: no HTML
//! of others ever reaches a document. Depth and size are bounded where the tree is made.

use serde::{Deserialize, Serialize};

use crate::letters::is_letter_or_digit;

/// The blocks of a message, top to bottom.
pub type RichText = Vec<Block>;

/// One block of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "block", rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Paragraph {
        /// What it says.
        inlines: Vec<Inline>,
    },
    /// A heading, level 1 to 6.
    Heading {
        /// 1 is the largest.
        level: u8,
        /// What it says.
        inlines: Vec<Inline>,
    },
    /// Preformatted text; white space counts.
    Code {
        /// The text as written.
        text: String,
    },
    /// Somebody else's words.
    Quote {
        /// The quoted blocks.
        blocks: Vec<Block>,
    },
    /// A list.
    List {
        /// The first number of a numbered list; absent for bullets.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<u32>,
        /// The items, each a run of blocks.
        items: Vec<Vec<Block>>,
    },
    /// A line across.
    Rule,
    /// Something a newer server knows; drawn as nothing.
    #[serde(other)]
    Unknown,
}

/// A run of text inside a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "inline", rename_all = "snake_case")]
pub enum Inline {
    /// Plain text.
    Text {
        /// The characters.
        text: String,
    },
    /// A line break.
    Break,
    /// Strong emphasis.
    Strong {
        /// What is emphasised.
        inlines: Vec<Inline>,
    },
    /// Emphasis.
    Emphasis {
        /// What is emphasised.
        inlines: Vec<Inline>,
    },
    /// Struck through.
    Deleted {
        /// What is struck through.
        inlines: Vec<Inline>,
    },
    /// Code inside a line.
    Code {
        /// The text as written.
        text: String,
    },
    /// A link; `href` is http, https or mailto, checked where the tree was made.
    Link {
        /// Where it leads.
        href: String,
        /// What it says.
        inlines: Vec<Inline>,
    },
    /// Somebody mentioned by name.
    Mention {
        /// The name shown, without an `@`.
        text: String,
    },
    /// Something a newer server knows; drawn as nothing.
    #[serde(other)]
    Unknown,
}

impl Inline {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }
}

/// Plain text as rich text: an empty line parts paragraphs, a single line break stays one, and
/// `http`/`https` addresses become links.
pub fn from_plain_text(text: &str) -> RichText {
    let mut blocks = Vec::new();
    let mut inlines = Vec::new();
    let mut has_words = false;
    for line in text.split('\n').map(|line| line.trim_end_matches('\r')).chain([""]) {
        if !line.is_empty() {
            if !inlines.is_empty() {
                inlines.push(Inline::Break);
            }
            has_words |= !line.trim().is_empty();
            push_line(&mut inlines, line);
        } else {
            let inlines = std::mem::take(&mut inlines);
            if std::mem::take(&mut has_words) {
                blocks.push(Block::Paragraph { inlines });
            }
        }
    }
    blocks
}

/// Appends a line, its web addresses as links.
fn push_line(inlines: &mut Vec<Inline>, line: &str) {
    let mut rest = line;
    while let Some(start) = find_address(rest) {
        let (before, from_address) = (rest.get(..start).unwrap_or_default(), rest.get(start..).unwrap_or_default());
        let end = from_address.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(from_address.len());
        let address = from_address.get(..end).unwrap_or_default().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']);
        if !before.is_empty() {
            inlines.push(Inline::text(before));
        }
        inlines.push(Inline::Link { href: address.to_owned(), inlines: vec![Inline::text(address)] });
        rest = from_address.get(address.len()..).unwrap_or_default();
    }
    if !rest.is_empty() {
        inlines.push(Inline::text(rest));
    }
}

/// Where the next web address of more than its scheme begins, at the start of a word.
fn find_address(text: &str) -> Option<usize> {
    let mut before = ' ';
    text.char_indices().map(|(at, c)| (at, std::mem::replace(&mut before, c))).find_map(|(at, before)| {
        let from_here = text.get(at..)?;
        let host = from_here.strip_prefix("https://").or_else(|| from_here.strip_prefix("http://"))?;
        let is_address = !is_letter_or_digit(before) && host.chars().next().is_some_and(is_letter_or_digit);
        is_address.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(inlines: Vec<Inline>) -> Block {
        Block::Paragraph { inlines }
    }

    #[test]
    fn empty_lines_part_paragraphs_and_single_breaks_stay() {
        assert_eq!(
            from_plain_text("one\ntwo\r\n\r\n\n three"),
            vec![paragraph(vec![Inline::text("one"), Inline::Break, Inline::text("two")]), paragraph(vec![Inline::text(" three")]),]
        );
        assert_eq!(from_plain_text(" \n\n "), vec![]);
    }

    #[test]
    fn web_addresses_become_links_and_nothing_else_does() {
        let link = |address: &str| Inline::Link { href: address.into(), inlines: vec![Inline::text(address)] };
        assert_eq!(
            from_plain_text("see https://a.example/x?y=1. or (http://b.example) now"),
            vec![paragraph(vec![
                Inline::text("see "),
                link("https://a.example/x?y=1"),
                Inline::text(". or ("),
                link("http://b.example"),
                Inline::text(") now"),
            ])]
        );
        for plain in ["javascript:alert(1)", "xhttps://a.example", "https://", "https:// a", "http://\"x"] {
            assert_eq!(from_plain_text(plain), vec![paragraph(vec![Inline::text(plain)])], "{plain}");
        }
    }

    #[test]
    fn a_part_this_build_does_not_know_is_kept_as_unknown() {
        let block: Block = serde_json::from_str(r#"{"block":"hologram","depth":3}"#).unwrap();
        assert_eq!(block, Block::Unknown);
        let inline: Inline = serde_json::from_str(r#"{"inline":"smell"}"#).unwrap();
        assert_eq!(inline, Inline::Unknown);
    }
}
