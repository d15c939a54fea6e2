//! A tree written as the HTML that means it, for reading it again.

use shared::{Block, Inline};

/// The HTML of a message's content.
pub fn as_html(blocks: &[Block]) -> String {
    let mut html = String::new();
    blocks.iter().for_each(|block| write_block(&mut html, block));
    html
}

fn write_block(html: &mut String, block: &Block) {
    match block {
        Block::Paragraph { inlines } => element(html, "p", |html| write_inlines(html, inlines)),
        Block::Heading { level, inlines } => element(html, &format!("h{level}"), |html| write_inlines(html, inlines)),
        Block::Code { text } => {
            // The first line break of such an element is not its text.
            element(html, "pre", |html| html.push_str(&format!("\n{}", escaped(text))));
        }
        Block::Quote { blocks } => element(html, "blockquote", |html| html.push_str(&as_html(blocks))),
        Block::List { start, items } => {
            let begin = start.map_or("ul".to_owned(), |start| format!("ol start=\"{start}\""));
            element(html, &begin, |html| items.iter().for_each(|item| element(html, "li", |html| html.push_str(&as_html(item)))));
        }
        Block::Rule => html.push_str("<hr>"),
        Block::Unknown => panic!("an unknown block"),
    }
}

fn write_inlines(html: &mut String, inlines: &[Inline]) {
    for inline in inlines {
        match inline {
            Inline::Text { text } => html.push_str(&escaped(text)),
            Inline::Break => html.push_str("<br>"),
            Inline::Strong { inlines } => element(html, "strong", |html| write_inlines(html, inlines)),
            Inline::Emphasis { inlines } => element(html, "em", |html| write_inlines(html, inlines)),
            Inline::Deleted { inlines } => element(html, "del", |html| write_inlines(html, inlines)),
            Inline::Code { text } => element(html, "code", |html| html.push_str(&escaped(text))),
            Inline::Link { href, inlines } => element(html, &format!("a href=\"{}\"", escaped(href)), |html| write_inlines(html, inlines)),
            Inline::Mention { text } => element(html, "spark-mention", |html| html.push_str(&escaped(text))),
            Inline::Unknown => panic!("an unknown inline"),
        }
    }
}

fn element(html: &mut String, begin: &str, within: impl FnOnce(&mut String)) {
    html.push_str(&format!("<{begin}>"));
    within(html);
    html.push_str(&format!("</{}>", begin.split(' ').next().unwrap_or_default()));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
