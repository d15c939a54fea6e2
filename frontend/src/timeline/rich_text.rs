//! The tree of a message as elements of the page, and as plain words. No HTML is ever parsed here.

use shared::{Block, Inline};

use crate::ui::element::{Drawn, element};
use crate::ui::link::link;

/// Draws blocks into an element.
pub fn draw(into: Drawn, blocks: &[Block]) -> Drawn {
    draw_blocks(into, blocks, true)
}

/// A quotation and a list are written in one direction, with their marks: that of their first words. What stands in them has
/// none of its own, which would hide those words from the browser.
fn draw_blocks(into: Drawn, blocks: &[Block], is_outermost: bool) -> Drawn {
    blocks.iter().fold(into, |into, block| into.maybe(draw_block(block, is_outermost)))
}

fn draw_block(block: &Block, is_outermost: bool) -> Option<Drawn> {
    let text_block = |tag, class| {
        let drawn = element(tag, class);
        if is_outermost { drawn.with("dir", "auto") } else { drawn }
    };
    Some(match block {
        Block::Paragraph { inlines } => draw_inlines(text_block("p", ""), inlines),
        // The page has headings of its own: within a message they are only drawn as such.
        Block::Heading { level, inlines } => {
            draw_inlines(text_block("p", "rich-text__heading").class_if("rich-text__heading--large", *level <= 2), inlines)
        }
        Block::Code { text } => {
            element("pre", "rich-text__code").with("dir", "ltr").with("tabindex", "0").child(element("code", "").text(text))
        }
        Block::Quote { blocks } => draw_blocks(text_block("blockquote", "rich-text__quote"), blocks, false),
        Block::List { start, items } => {
            let list = match start {
                Some(start) => text_block("ol", "rich-text__list").with("start", &start.to_string()),
                None => text_block("ul", "rich-text__list"),
            };
            list.children(items.iter().map(|item| draw_blocks(element("li", ""), item, false)))
        }
        Block::Rule => element("hr", "rich-text__rule"),
        Block::Unknown => return None,
    })
}

fn draw_inlines(into: Drawn, inlines: &[Inline]) -> Drawn {
    inlines.iter().fold(into, draw_inline)
}

fn draw_inline(into: Drawn, inline: &Inline) -> Drawn {
    let child = match inline {
        Inline::Text { text } => return into.text(text),
        Inline::Break => element("br", ""),
        Inline::Strong { inlines } => draw_inlines(element("strong", ""), inlines),
        Inline::Emphasis { inlines } => draw_inlines(element("em", ""), inlines),
        Inline::Deleted { inlines } => draw_inlines(element("del", ""), inlines),
        Inline::Code { text } => element("code", "rich-text__word").with("dir", "ltr").text(text),
        Inline::Link { href, inlines } if is_safe(href) => link(href, |link| draw_inlines(link, inlines)),
        Inline::Link { inlines, .. } => return draw_inlines(into, inlines),
        Inline::Mention { text } => {
            let at_sign = element("span", "").with("aria-hidden", "true").text("@");
            element("span", "rich-text__mention").child(at_sign).text(text)
        }
        Inline::Unknown => return into,
    };
    into.child(child)
}

/// The server checks this too; an address of another kind is never followed from here.
fn is_safe(href: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| href.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// What a message says, in plain words on one line.
pub fn plain(blocks: &[Block]) -> String {
    let mut text = String::new();
    blocks.iter().for_each(|block| add_block(&mut text, block));
    text.trim_end().to_owned()
}

fn add_block(text: &mut String, block: &Block) {
    match block {
        Block::Paragraph { inlines } | Block::Heading { inlines, .. } => inlines.iter().for_each(|inline| add_inline(text, inline)),
        Block::Code { text: code } => text.push_str(code),
        Block::Quote { blocks } => blocks.iter().for_each(|block| add_block(text, block)),
        Block::List { items, .. } => items.iter().flatten().for_each(|block| add_block(text, block)),
        Block::Rule | Block::Unknown => {}
    }
    if !text.ends_with(' ') {
        text.push(' ');
    }
}

fn add_inline(text: &mut String, inline: &Inline) {
    match inline {
        Inline::Text { text: words } | Inline::Code { text: words } | Inline::Mention { text: words } => text.push_str(words),
        Inline::Break => text.push(' '),
        Inline::Strong { inlines } | Inline::Emphasis { inlines } | Inline::Deleted { inlines } | Inline::Link { inlines, .. } => {
            inlines.iter().for_each(|inline| add_inline(text, inline));
        }
        Inline::Unknown => {}
    }
}

/// What a message says, as somebody would type it: for the box it is edited in.
pub fn editable(blocks: &[Block]) -> String {
    let mut text = String::new();
    blocks.iter().for_each(|block| add_paragraph(&mut text, block));
    text
}

fn add_paragraph(text: &mut String, block: &Block) {
    match block {
        Block::Paragraph { inlines } | Block::Heading { inlines, .. } => {
            part(text);
            inlines.iter().for_each(|inline| add_typed(text, inline));
        }
        Block::Code { text: code } => {
            part(text);
            text.push_str("```\n");
            text.push_str(code.trim_end_matches('\n'));
            text.push_str("\n```");
        }
        Block::Quote { blocks } => {
            part(text);
            add_lines(text, "> ", blocks);
        }
        Block::List { start, items } => {
            part(text);
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push('\n');
                }
                let mark = start.map_or("- ".to_owned(), |start| start.saturating_add(place as u32).to_string() + ". ");
                add_lines(text, &mark, item);
            }
        }
        Block::Rule => {
            part(text);
            text.push_str("---");
        }
        Block::Unknown => {}
    }
}

/// An empty line before what follows.
fn part(text: &mut String) {
    if !text.is_empty() {
        text.push_str("\n\n");
    }
}

/// Blocks with a mark before their first line, and before the others too where it is one of a quote.
fn add_lines(text: &mut String, mark: &str, blocks: &[Block]) {
    let inner = editable(blocks);
    for (place, line) in inner.split('\n').enumerate() {
        if place > 0 {
            text.push('\n');
        }
        text.push_str(if place == 0 || mark == "> " { mark } else { "  " });
        text.push_str(line);
    }
}

fn add_typed(text: &mut String, inline: &Inline) {
    match inline {
        Inline::Break => text.push('\n'),
        Inline::Strong { inlines } => add_marked(text, "**", inlines),
        Inline::Emphasis { inlines } => add_marked(text, "*", inlines),
        Inline::Deleted { inlines } => add_marked(text, "", inlines),
        Inline::Code { text: code } => text.extend(["`", code, "`"]),
        Inline::Mention { text: name } => text.extend(["@", name]),
        Inline::Link { href, inlines } => {
            let begin = text.len();
            inlines.iter().for_each(|inline| add_typed(text, inline));
            // The address would be lost where it is not what is read.
            if text.get(begin..).is_some_and(|words| words != href) {
                text.push_str(" (");
                text.push_str(href);
                text.push(')');
            }
        }
        Inline::Text { .. } | Inline::Unknown => add_inline(text, inline),
    }
}

fn add_marked(text: &mut String, mark: &str, inlines: &[Inline]) {
    text.push_str(mark);
    inlines.iter().for_each(|inline| add_typed(text, inline));
    text.push_str(mark);
}

#[cfg(test)]
mod tests {
    use shared::rich_text::from_plain_text;

    use super::*;

    #[test]
    fn plain_words_are_what_is_read_aloud() {
        let mut content = from_plain_text("see https://a.example\nnow\n\nthen");
        content.push(Block::List { start: None, items: vec![from_plain_text("one"), from_plain_text("two")] });
        content.push(Block::Unknown);
        assert_eq!(plain(&content), "see https://a.example now then one two");
        assert_eq!(plain(&[]), "");
    }

    #[test]
    fn what_was_typed_comes_back_to_the_box() {
        for typed in ["one", "one\ntwo\n\nthree", "see https://a.example now", "  indented\n\n- dash"] {
            assert_eq!(editable(&from_plain_text(typed)), typed);
        }
        assert_eq!(editable(&[]), "");
    }

    #[test]
    fn lists_code_and_quotes_become_readable_text() {
        let list = |start| Block::List { start, items: vec![from_plain_text("one\nmore"), from_plain_text("two")] };
        let link = Inline::Link { href: "https://a.example".into(), inlines: vec![Inline::text("here")] };
        let content = vec![
            Block::Heading { level: 1, inlines: vec![Inline::Strong { inlines: vec![Inline::text("Head")] }] },
            list(None),
            list(Some(7)),
            Block::Code { text: "x = 1\n".into() },
            Block::Quote { blocks: from_plain_text("a\n\nb") },
            Block::Rule,
            Block::Paragraph { inlines: vec![link, Inline::text(" "), Inline::Mention { text: "Ben".into() }] },
        ];
        let expected = "**Head**\n\n- one\n  more\n- two\n\n7. one\n  more\n8. two\n\n```\nx = 1\n```\n\n> a\n> \n> b\n\n---\n\nhere (https://a.example) @Ben";
        assert_eq!(editable(&content), expected);
    }

    #[test]
    fn only_addresses_of_the_web_and_of_mail_are_links() {
        for good in ["https://a.example", "HTTP://a.example", "mailto:a@b.example"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in ["javascript:alert(1)", "data:text/html,x", " https://a.example", "", "//a.example", "httpſ://ä"] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
