//! The tree of a message as elements of the page, and as plain words. No HTML is ever parsed here.

use leptos::prelude::*;
use shared::{Block, Inline};

use crate::view;
use crate::words::words;

/// Draws blocks.
pub fn blocks(blocks: &[Block]) -> Vec<AnyView> {
    blocks.iter().map(block).collect()
}

fn block(block: &Block) -> AnyView {
    match block {
        Block::Paragraph { inlines: content } => view! { <p dir="auto">{inlines(content)}</p> }.into_any(),
        // The page has headings of its own: within a message they are only drawn as such.
        Block::Heading { level, inlines: content } => {
            view! { <p dir="auto" class="rich-text__heading" class:rich-text__heading--large={*level <= 2}>{inlines(content)}</p> }
                .into_any()
        }
        Block::Code { text } => view! { <pre class="rich-text__code" dir="ltr" tabindex="0"><code>{text.clone()}</code></pre> }.into_any(),
        Block::Quote { blocks: content } => view! { <blockquote class="rich-text__quote">{blocks(content)}</blockquote> }.into_any(),
        Block::List { start: None, items } => view! { <ul class="rich-text__list">{list_items(items)}</ul> }.into_any(),
        Block::List { start: Some(start), items } => {
            view! { <ol class="rich-text__list" start=start.to_string()>{list_items(items)}</ol> }.into_any()
        }
        Block::Rule => view! { <hr class="rich-text__rule" /> }.into_any(),
        Block::Unknown => ().into_any(),
    }
}

fn list_items(items: &[Vec<Block>]) -> Vec<AnyView> {
    items.iter().map(|item| view! { <li dir="auto">{blocks(item)}</li> }.into_any()).collect()
}

fn inlines(inlines: &[Inline]) -> Vec<AnyView> {
    inlines.iter().map(inline).collect()
}

fn inline(inline: &Inline) -> AnyView {
    match inline {
        Inline::Text { text } => text.clone().into_any(),
        Inline::Break => view! { <br /> }.into_any(),
        Inline::Strong { inlines: content } => view! { <strong>{inlines(content)}</strong> }.into_any(),
        Inline::Emphasis { inlines: content } => view! { <em>{inlines(content)}</em> }.into_any(),
        Inline::Deleted { inlines: content } => view! { <del>{inlines(content)}</del> }.into_any(),
        Inline::Code { text } => view! { <code class="rich-text__word" dir="ltr">{text.clone()}</code> }.into_any(),
        Inline::Link { href, inlines: content } if is_safe(href) => view! {
            <a href=href.clone() target="_blank" rel="noopener noreferrer nofollow">
                {inlines(content)}
                <span class="hidden">{" "}{words().opens_new_tab}</span>
            </a>
        }
        .into_any(),
        Inline::Link { inlines: content, .. } => inlines(content).into_any(),
        Inline::Mention { text } => {
            view! { <span class="rich-text__mention"><span aria-hidden="true">{"@"}</span>{text.clone()}</span> }.into_any()
        }
        Inline::Unknown => ().into_any(),
    }
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
    fn only_addresses_of_the_web_and_of_mail_are_links() {
        for good in ["https://a.example", "HTTP://a.example", "mailto:a@b.example"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in ["javascript:alert(1)", "data:text/html,x", " https://a.example", "", "//a.example", "httpſ://ä"] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
