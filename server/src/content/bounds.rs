//! How much of a message is shown, whatever it came as: the page draws every part of it.

use shared::{Block, Inline, RichText};

/// More parts than this in one message are cut off.
pub(super) const MAX_NODES: usize = 2000;
/// More text than this in one message is cut off, in bytes.
pub(super) const MAX_TEXT_BYTES: usize = 64 * 1024;

/// The content up to where it becomes too much.
pub(super) fn bounded(content: RichText) -> RichText {
    Budget { nodes: MAX_NODES, bytes: MAX_TEXT_BYTES }.blocks(content)
}

/// Blanks and line breaks at the end of a line of text say nothing.
pub(super) fn trim_ends(inlines: &mut Vec<Inline>) {
    while let Some(last) = inlines.last_mut() {
        match last {
            Inline::Break => {}
            Inline::Text { text } => {
                text.truncate(text.trim_end_matches(' ').len());
                if !text.is_empty() {
                    return;
                }
            }
            _ => return,
        }
        inlines.pop();
    }
}

/// What may still come.
struct Budget {
    nodes: usize,
    bytes: usize,
}

impl Budget {
    fn blocks(&mut self, blocks: Vec<Block>) -> Vec<Block> {
        let mut kept = Vec::new();
        for block in blocks {
            if !self.takes_node() {
                break;
            }
            match block {
                Block::Paragraph { inlines } => {
                    let inlines = self.line(inlines);
                    if !inlines.is_empty() {
                        kept.push(Block::Paragraph { inlines });
                    }
                }
                Block::Heading { level, inlines } => {
                    let inlines = self.line(inlines);
                    if !inlines.is_empty() {
                        kept.push(Block::Heading { level, inlines });
                    }
                }
                Block::Code { text } => kept.push(Block::Code { text: self.text(text).trim_end_matches('\n').to_owned() }),
                Block::Quote { blocks } => kept.push(Block::Quote { blocks: self.blocks(blocks) }),
                Block::List { start, items } => {
                    let mut kept_items = Vec::new();
                    for item in items {
                        if !self.takes_node() {
                            break;
                        }
                        kept_items.push(self.blocks(item));
                    }
                    kept.push(Block::List { start, items: kept_items });
                }
                block @ (Block::Rule | Block::Unknown) => kept.push(block),
            }
        }
        kept
    }

    fn line(&mut self, inlines: Vec<Inline>) -> Vec<Inline> {
        let mut kept = self.inlines(inlines);
        trim_ends(&mut kept);
        kept
    }

    fn inlines(&mut self, inlines: Vec<Inline>) -> Vec<Inline> {
        let mut kept = Vec::new();
        for inline in inlines {
            if !self.takes_node() {
                break;
            }
            match inline {
                Inline::Text { text } => {
                    let text = self.text(text);
                    if !text.is_empty() {
                        kept.push(Inline::Text { text });
                    }
                }
                Inline::Strong { inlines } => kept.push(Inline::Strong { inlines: self.inlines(inlines) }),
                Inline::Emphasis { inlines } => kept.push(Inline::Emphasis { inlines: self.inlines(inlines) }),
                Inline::Deleted { inlines } => kept.push(Inline::Deleted { inlines: self.inlines(inlines) }),
                Inline::Code { text } => kept.push(Inline::Code { text: self.text(text) }),
                // Half an address leads somewhere else.
                Inline::Link { href, inlines } if href.len() <= self.bytes => {
                    self.bytes -= href.len();
                    kept.push(Inline::Link { href, inlines: self.inlines(inlines) });
                }
                Inline::Link { .. } => self.nodes = 0,
                Inline::Mention { text } => {
                    let text = self.text(text).trim_end().to_owned();
                    if !text.is_empty() {
                        kept.push(Inline::Mention { text });
                    }
                }
                inline @ (Inline::Break | Inline::Unknown) => kept.push(inline),
            }
        }
        kept
    }

    fn takes_node(&mut self) -> bool {
        let is_there = self.nodes > 0;
        self.nodes = self.nodes.saturating_sub(1);
        is_there
    }

    fn text(&mut self, mut text: String) -> String {
        text.truncate(text.floor_char_boundary(self.bytes));
        self.bytes -= text.len();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(text: &str) -> Block {
        Block::Paragraph { inlines: vec![Inline::text(text)] }
    }

    #[test]
    fn what_is_not_too_much_stays_as_it_is() {
        let content = vec![
            paragraph("a"),
            Block::List { start: None, items: vec![vec![paragraph("b")], Vec::new()] },
            Block::Quote { blocks: vec![Block::Code { text: "c".into() }, Block::Rule] },
        ];
        assert_eq!(bounded(content.clone()), content);
    }

    #[test]
    fn blanks_and_breaks_at_the_end_of_a_line_say_nothing() {
        let trimmed = |inlines: Vec<Inline>| bounded(vec![Block::Paragraph { inlines }]);
        let ends = vec![Inline::text(" a "), Inline::Break, Inline::text("b  "), Inline::Break, Inline::text("  "), Inline::Break];
        assert_eq!(trimmed(ends), [Block::Paragraph { inlines: vec![Inline::text(" a "), Inline::Break, Inline::text("b")] }]);
        assert_eq!(trimmed(vec![Inline::text(" "), Inline::Break]), []);
        let strong = vec![Inline::Strong { inlines: vec![Inline::text("c ")] }];
        assert_eq!(trimmed(strong.clone()), [Block::Paragraph { inlines: strong }]);
    }

    #[test]
    fn an_address_is_shown_whole_or_not_at_all_and_nothing_after_it() {
        assert_eq!(bounded(vec![paragraph(&"x".repeat(65_536))]), [paragraph(&"x".repeat(65_536))]);
        let link = |bytes: usize, words: &str| Inline::Link { href: "x".repeat(bytes), inlines: vec![Inline::text(words)] };
        let fits = vec![link(30_000, "a"), link(30_000, "b"), Inline::text("y".repeat(10_000))];
        let shown = vec![link(30_000, "a"), link(30_000, "b"), Inline::text("y".repeat(65_536 - 60_002))];
        assert_eq!(bounded(vec![Block::Paragraph { inlines: fits }]), [Block::Paragraph { inlines: shown }]);
        let exceeds = vec![Inline::text("z"), link(65_536, "a"), Inline::text("never")];
        assert_eq!(bounded(vec![Block::Paragraph { inlines: exceeds }, paragraph("never")]), [paragraph("z")]);
    }

    #[test]
    fn parts_and_text_end_where_they_become_too_much() {
        let many = vec![paragraph("x"); MAX_NODES];
        assert_eq!(bounded(many), vec![paragraph("x"); MAX_NODES / 2]);
        let long = "é".repeat(MAX_TEXT_BYTES);
        assert_eq!(bounded(vec![paragraph(&long), paragraph("y")]), [paragraph(&"é".repeat(MAX_TEXT_BYTES / 2))]);
        let href = "x".repeat(MAX_TEXT_BYTES - 1);
        let link = Inline::Link { href: href.clone(), inlines: vec![Inline::text("read this")] };
        let kept = Inline::Link { href, inlines: vec![Inline::text("r")] };
        assert_eq!(bounded(vec![Block::Paragraph { inlines: vec![link] }]), [Block::Paragraph { inlines: vec![kept] }]);
    }
}
