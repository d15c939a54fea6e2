//! The sanitiser's output as nodes: elements with the one attribute they may have, and words.

use std::cell::RefCell;

use html5ever::{
    buffer_queue::BufferQueue,
    tendril::StrTendril,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts},
};

use super::super::visible::visible;

/// A part of the HTML.
pub(super) enum Node {
    Element(Element),
    Text(String),
}

/// A tag with the one attribute it may have.
pub(super) struct Element {
    pub(super) tag: String,
    pub(super) attribute: Option<String>,
    pub(super) children: Vec<Node>,
}

/// Reads the sanitiser's well-formed output into a tree.
pub(super) fn read(clean: &str) -> Vec<Node> {
    let tokenizer = Tokenizer::new(TreeSink::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(clean));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.into_nodes()
}

#[derive(Default)]
struct TreeSink {
    open: RefCell<Vec<Element>>,
    done: RefCell<Vec<Node>>,
}

impl TreeSink {
    fn into_nodes(self) -> Vec<Node> {
        while !self.open.borrow().is_empty() {
            self.close();
        }
        self.done.into_inner()
    }

    fn add(&self, node: Node) {
        match self.open.borrow_mut().last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.done.borrow_mut().push(node),
        }
    }

    fn close(&self) {
        let closed = self.open.borrow_mut().pop();
        if let Some(element) = closed {
            self.add(Node::Element(element));
        }
    }

    fn tag(&self, tag: &Tag) {
        let name = tag.name.to_string();
        match tag.kind {
            TagKind::StartTag => {
                let attribute = tag.attrs.first().map(|attribute| attribute.value.to_string());
                let element = Element { tag: name, attribute, children: Vec::new() };
                if matches!(element.tag.as_str(), "br" | "hr") {
                    self.add(Node::Element(element));
                } else {
                    self.open.borrow_mut().push(element);
                }
            }
            TagKind::EndTag => {
                // Whatever was left open within it ends with it; an end of nothing is nothing.
                let depth = self.open.borrow().iter().rposition(|open| open.tag == name);
                while depth.is_some_and(|depth| self.open.borrow().len() > depth) {
                    self.close();
                }
            }
        }
    }
}

impl TokenSink for TreeSink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => self.tag(&tag),
            Token::CharacterTokens(text) => self.add(Node::Text(visible(&text).into_owned())),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}
