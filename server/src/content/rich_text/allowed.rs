//! The first wall: the HTML's tags and words, one by one, and only those that are named here.
//!
//! What comes out holds few tags, none deeply nested, and no attribute but an address and a number. Whoever builds a tree of it has
//! little to do: a parser that follows the standard opens formatting anew in each paragraph, and of some attributes and
//! paragraphs in a message of 64 KiB it makes millions of elements.

use std::cell::RefCell;

use html5ever::{
    Attribute,
    buffer_queue::BufferQueue,
    tendril::StrTendril,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind},
};

use super::super::bounds::MAX_NODES;

/// The tags that may be there.
pub(super) const TAGS: [&str; 25] = [
    "p",
    "div",
    "br",
    "strong",
    "b",
    "em",
    "i",
    "u",
    "del",
    "s",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "a",
    "spark-mention",
];
/// Each with the one attribute it may have.
pub(super) const ATTRIBUTES: [(&str, &str); 2] = [("a", "href"), ("ol", "start")];
/// What is in these is not for reading.
pub(super) const LEFT_OUT_WHOLE: [&str; 10] =
    ["script", "style", "template", "noscript", "iframe", "svg", "math", "title", "textarea", "select"];
/// They have no end.
const VOID: [&str; 2] = ["br", "hr"];
/// Where one of these begins, a paragraph ends.
const ENDS_PARAGRAPH: [&str; 14] = ["p", "div", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr"];
/// Tags within so many others are left out; what is in them stays.
const MAX_OPEN: usize = 64;

/// The HTML with nothing in it but what may be there.
pub(super) fn only_allowed(html: &str) -> String {
    let tokenizer = Tokenizer::new(Wall::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner().kept
}

#[derive(Default)]
struct Wall(RefCell<Passage>);

#[derive(Default)]
struct Passage {
    kept: String,
    tags: usize,
    open: Vec<Open>,
    /// Within one of those that are left out whole: its name, and how many of that name are open.
    left_out: Option<(String, usize)>,
}

/// A tag that has begun.
struct Open {
    name: String,
    is_kept: bool,
}

impl TokenSink for Wall {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut passage = self.0.borrow_mut();
        match token {
            Token::TagToken(Tag { kind: TagKind::StartTag, name, attrs, self_closing, .. }) => {
                passage.begin(&name, &attrs, self_closing);
                return what_follows(&name);
            }
            Token::TagToken(Tag { kind: TagKind::EndTag, name, .. }) => passage.end(&name),
            Token::CharacterTokens(text) if passage.left_out.is_none() => push_escaped(&mut passage.kept, &text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// In these, browsers see no tags.
fn what_follows(name: &str) -> TokenSinkResult<()> {
    match name {
        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(RawKind::Rawtext),
        "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
        "plaintext" => TokenSinkResult::Plaintext,
        _ => TokenSinkResult::Continue,
    }
}

impl Passage {
    fn begin(&mut self, name: &str, attributes: &[Attribute], is_self_closing: bool) {
        if let Some((left_out, depth)) = &mut self.left_out {
            if left_out == name {
                *depth += 1;
            }
            return;
        }
        if LEFT_OUT_WHOLE.contains(&name) {
            // Only where drawings and formulas begin, a stroke at the end means that there is nothing in them.
            let is_empty = is_self_closing && matches!(name, "svg" | "math");
            self.left_out = (!is_empty).then(|| (name.to_owned(), 1));
            return;
        }
        if !TAGS.contains(&name) {
            return;
        }
        if ENDS_PARAGRAPH.contains(&name) {
            self.end_what_ends_by_itself(name);
        }
        let is_kept = self.tags < MAX_NODES && self.open.len() < MAX_OPEN;
        if is_kept {
            self.tags += 1;
            self.kept.push('<');
            self.kept.push_str(name);
            let allowed = ATTRIBUTES.iter().find(|(tag, _)| *tag == name).map(|(_, attribute)| *attribute);
            if let Some(attribute) = attributes.iter().find(|attribute| Some(&*attribute.name.local) == allowed) {
                self.kept.push(' ');
                self.kept.push_str(&attribute.name.local);
                self.kept.push_str("=\"");
                push_escaped(&mut self.kept, &attribute.value);
                self.kept.push('"');
            }
            self.kept.push('>');
        }
        if !VOID.contains(&name) {
            self.open.push(Open { name: name.to_owned(), is_kept });
        }
    }

    /// People and programs leave out the ends of paragraphs and items.
    fn end_what_ends_by_itself(&mut self, name: &str) {
        while self.open.last().is_some_and(|open| open.name == "p" || (name == "li" && open.name == "li")) {
            self.open.pop();
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((left_out, depth)) = &mut self.left_out {
            if left_out == name {
                *depth -= 1;
            }
            self.left_out.take_if(|(_, depth)| *depth == 0);
            return;
        }
        // An end of nothing is nothing.
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else { return };
        if self.open.remove(at).is_kept {
            self.kept.push_str("</");
            self.kept.push_str(name);
            self.kept.push('>');
        }
    }
}

fn push_escaped(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}
