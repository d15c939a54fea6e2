//! Webex's HTML as a tree of known parts.
//!
//! Two walls: ammonia, with an allow-list built from nothing, takes away every tag and attribute that
//! is not named here; then what is left is read into [`shared::rich_text`], which can hold nothing
//! else. No HTML leaves the server.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use html5ever::{
    buffer_queue::BufferQueue,
    tendril::StrTendril,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts},
};
use shared::{Block, Inline, RichText, rich_text::from_plain_text};
use url::Url;

/// Deeper nesting is flattened: nobody writes it, and the page draws recursively.
const MAX_DEPTH: usize = 16;
/// More parts than this in one message are cut off.
const MAX_NODES: usize = 2000;
/// More text than this in one message is cut off, in bytes.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// A message's content from what Webex gives: `html` if there is one, else `text`.
pub fn from_webex(html: Option<&str>, text: Option<&str>) -> RichText {
    let from_html = html.map(from_html).filter(|blocks| !blocks.is_empty());
    from_html.unwrap_or_else(|| from_plain_text(text.map(cut).unwrap_or_default()))
}

fn from_html(html: &str) -> RichText {
    let clean = SANITISER.clean(cut(html)).to_string();
    let sink = TreeSink::default();
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(clean));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    blocks(&tokenizer.sink.into_nodes())
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

static SANITISER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(HashSet::from([
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
        ]))
        .clean_content_tags(HashSet::from([
            "script", "style", "template", "noscript", "iframe", "svg", "math", "title", "textarea", "select",
        ]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(None)
        .strip_comments(true);
    builder
});

enum Node {
    Element(Element),
    Text(String),
}

/// A tag with the one attribute it may have.
struct Element {
    tag: String,
    attribute: Option<String>,
    children: Vec<Node>,
}

/// Reads the sanitiser's well-formed output into a tree.
#[derive(Default)]
struct TreeSink {
    open: RefCell<Vec<Element>>,
    done: RefCell<Vec<Node>>,
    count: RefCell<usize>,
}

impl TreeSink {
    fn into_nodes(self) -> Vec<Node> {
        while !self.open.borrow().is_empty() {
            self.close();
        }
        self.done.into_inner()
    }

    fn add(&self, node: Node) {
        let mut count = self.count.borrow_mut();
        *count += 1;
        if *count > MAX_NODES {
            return;
        }
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
                if matches!(name.as_str(), "br" | "hr") {
                    self.add(Node::Element(Element { tag: name, attribute: None, children: Vec::new() }));
                } else {
                    self.open.borrow_mut().push(Element { tag: name, attribute, children: Vec::new() });
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
            Token::CharacterTokens(text) => self.add(Node::Text(text.to_string())),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn blocks(nodes: &[Node]) -> Vec<Block> {
    let mut out = Vec::new();
    push_blocks(&mut out, nodes, 0);
    out
}

fn push_blocks(out: &mut Vec<Block>, nodes: &[Node], depth: usize) {
    let mut run: Vec<&Node> = Vec::new();
    for node in nodes {
        if is_block(node) && depth < MAX_DEPTH {
            push_paragraph(out, &mut run, depth);
            push_block(out, node, depth + 1);
        } else {
            run.push(node);
        }
    }
    push_paragraph(out, &mut run, depth);
}

fn push_paragraph(out: &mut Vec<Block>, run: &mut Vec<&Node>, depth: usize) {
    let inlines = inlines(run.drain(..), depth);
    if !inlines.is_empty() {
        out.push(Block::Paragraph { inlines });
    }
}

fn push_block(out: &mut Vec<Block>, node: &Node, depth: usize) {
    let Node::Element(Element { tag, attribute, children }) = node else { return };
    match tag.as_str() {
        "hr" => out.push(Block::Rule),
        "pre" => out.push(Block::Code { text: plain(children).trim_end_matches('\n').to_owned() }),
        "blockquote" => {
            let mut quoted = Vec::new();
            push_blocks(&mut quoted, children, depth);
            out.push(Block::Quote { blocks: quoted });
        }
        "ul" | "ol" => {
            let start = (tag == "ol").then(|| attribute.as_deref().and_then(|start| start.parse().ok()).unwrap_or(1));
            let items = children.iter().filter_map(|child| match child {
                Node::Element(Element { children, .. }) => {
                    let mut item = Vec::new();
                    push_blocks(&mut item, children, depth);
                    Some(item)
                }
                Node::Text(_) => None,
            });
            out.push(Block::List { start, items: items.collect() });
        }
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
            let level = tag.as_bytes().get(1).map_or(6, |digit| digit.saturating_sub(b'0'));
            let inlines = inlines(children, depth);
            if !inlines.is_empty() {
                out.push(Block::Heading { level, inlines });
            }
        }
        // `p` and `div`; a stray `li` is read as its content.
        _ => push_blocks(out, children, depth),
    }
}

fn inlines<'a>(nodes: impl IntoIterator<Item = &'a Node>, depth: usize) -> Vec<Inline> {
    let mut out = Vec::new();
    push_inlines(&mut out, nodes, depth);
    trim_ends(&mut out);
    out
}

fn push_inlines<'a>(out: &mut Vec<Inline>, nodes: impl IntoIterator<Item = &'a Node>, depth: usize) {
    for node in nodes {
        match node {
            Node::Text(text) => push_text(out, text),
            Node::Element(element) => push_inline(out, element, depth + 1),
        }
    }
}

fn push_inline(out: &mut Vec<Inline>, Element { tag, attribute, children }: &Element, depth: usize) {
    if depth > MAX_DEPTH {
        return push_text(out, &plain(children));
    }
    let within = || {
        let mut inlines = Vec::new();
        push_inlines(&mut inlines, children, depth);
        inlines
    };
    match tag.as_str() {
        "br" => out.push(Inline::Break),
        "strong" | "b" => out.push(Inline::Strong { inlines: within() }),
        "em" | "i" => out.push(Inline::Emphasis { inlines: within() }),
        "del" | "s" => out.push(Inline::Deleted { inlines: within() }),
        "code" => out.push(Inline::Code { text: plain(children) }),
        "spark-mention" => out.push(Inline::Mention { text: plain(children).trim().trim_start_matches('@').to_owned() }),
        "a" => match attribute.as_deref().and_then(safe_address) {
            Some(href) => out.push(Inline::Link { href, inlines: within() }),
            None => push_inlines(out, children, depth),
        },
        _ => push_inlines(out, children, depth),
    }
}

/// White space counts as one blank, and as none at the beginning of a line.
fn push_text(out: &mut Vec<Inline>, text: &str) {
    let mut collapsed = String::with_capacity(text.len());
    let mut is_after_blank = match out.last() {
        None | Some(Inline::Break) => true,
        Some(Inline::Text { text }) => text.ends_with(' '),
        _ => false,
    };
    for c in text.chars() {
        let is_blank = matches!(c, ' ' | '\n' | '\t' | '\r');
        match (is_blank, is_after_blank) {
            (true, true) => {}
            (true, false) => collapsed.push(' '),
            (false, _) => collapsed.push(c),
        }
        is_after_blank = is_blank;
    }
    match out.last_mut() {
        _ if collapsed.is_empty() => {}
        Some(Inline::Text { text }) => text.push_str(&collapsed),
        _ => out.push(Inline::text(collapsed)),
    }
}

fn trim_ends(inlines: &mut Vec<Inline>) {
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

fn plain(nodes: &[Node]) -> String {
    nodes
        .iter()
        .map(|node| match node {
            Node::Text(text) => text.clone(),
            Node::Element(Element { tag, .. }) if tag == "br" => "\n".into(),
            Node::Element(Element { children, .. }) => plain(children),
        })
        .collect()
}

fn is_block(node: &Node) -> bool {
    const BLOCKS: [&str; 14] = ["p", "div", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr"];
    match node {
        Node::Element(Element { tag, children, .. }) => BLOCKS.contains(&tag.as_str()) || children.iter().any(is_block),
        Node::Text(_) => false,
    }
}

pub(super) fn safe_address(href: &str) -> Option<String> {
    let url = Url::parse(href.trim()).ok()?;
    matches!(url.scheme(), "http" | "https" | "mailto").then(|| url.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn paragraph(inlines: Vec<Inline>) -> Block {
        Block::Paragraph { inlines }
    }

    #[test]
    fn formatting_of_webex_is_kept() {
        let html = "<p>Hello <strong>Ada</strong>,<br/>see <a href=\"https://a.example/x?a=1&amp;b=2\" rel=\"nofollow\">this</a> <code>x &lt; y</code></p>\
                    <ol start=\"3\"><li>one</li><li><p>two</p></li></ol><blockquote>said</blockquote><pre><code>a\n  b\n</code></pre><hr><h2>End</h2>";
        let tree = from_html(html);
        assert_eq!(
            tree[0],
            paragraph(vec![
                Inline::text("Hello "),
                Inline::Strong { inlines: vec![Inline::text("Ada")] },
                Inline::text(","),
                Inline::Break,
                Inline::text("see "),
                Inline::Link { href: "https://a.example/x?a=1&b=2".into(), inlines: vec![Inline::text("this")] },
                Inline::text(" "),
                Inline::Code { text: "x < y".into() },
            ])
        );
        let said = |text: &str| vec![paragraph(vec![Inline::text(text)])];
        assert_eq!(
            tree[1..],
            [
                Block::List { start: Some(3), items: vec![said("one"), said("two")] },
                Block::Quote { blocks: said("said") },
                Block::Code { text: "a\n  b".into() },
                Block::Rule,
                Block::Heading { level: 2, inlines: vec![Inline::text("End")] },
            ]
        );
    }

    #[test]
    fn a_mention_is_a_name_and_nothing_more() {
        let html = r#"<p><spark-mention data-object-type="person" data-object-id="X">@Ann Lee</spark-mention> hi</p>"#;
        assert_eq!(from_html(html), [paragraph(vec![Inline::Mention { text: "Ann Lee".into() }, Inline::text(" hi")])]);
    }

    #[test]
    fn hostile_html_leaves_its_text_at_most() {
        let tests = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg><script>alert(1)</script></svg>",
            "<style>*{}</style>",
            "<math><mtext></p><style><img src onerror=alert(1)></style>",
            "<template><p>hidden</p></template>",
        ];
        for html in tests {
            let drawn = format!("{:?}", from_html(html));
            for word in ["alert", "onerror", "hidden", "{}"] {
                assert!(!drawn.contains(word), "{html} gave {drawn}");
            }
        }
        for href in [
            "javascript:alert(1)",
            " JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "/relative",
            "//host",
            "java\nscript:alert(1)",
        ] {
            let html = format!("<p><a href=\"{href}\" onclick=\"x()\">text</a></p>");
            assert_eq!(from_html(&html), [paragraph(vec![Inline::text("text")])], "{href}");
        }
    }

    #[test]
    fn without_html_the_text_is_shown_and_with_nothing_nothing() {
        assert_eq!(from_webex(None, Some("a <b> c")), [paragraph(vec![Inline::text("a <b> c")])]);
        assert_eq!(from_webex(Some("<script>x</script>"), Some("fallback")), [paragraph(vec![Inline::text("fallback")])]);
        assert_eq!(from_webex(None, None), []);
    }

    #[test]
    fn depth_and_number_of_parts_are_bounded() {
        let deep = format!("{}x{}", "<blockquote>".repeat(5000), "</blockquote>".repeat(5000));
        assert!(depth(&from_html(&deep)) <= MAX_DEPTH + 1);
        assert!(from_html(&"<hr>".repeat(20_000)).len() <= MAX_NODES);
        let deep = format!("{}x{}", "<b>".repeat(5000), "</b>".repeat(5000));
        assert!(format!("{:?}", from_html(&deep)).matches("Strong").count() <= MAX_DEPTH);
    }

    fn depth(blocks: &[Block]) -> usize {
        blocks.iter().map(|block| if let Block::Quote { blocks } = block { 1 + depth(blocks) } else { 1 }).max().unwrap_or(0)
    }

    fn hrefs(blocks: &[Block], out: &mut Vec<String>) {
        fn within(inlines: &[Inline], out: &mut Vec<String>) {
            for inline in inlines {
                match inline {
                    Inline::Link { href, inlines } => {
                        out.push(href.clone());
                        within(inlines, out);
                    }
                    Inline::Strong { inlines } | Inline::Emphasis { inlines } | Inline::Deleted { inlines } => within(inlines, out),
                    _ => {}
                }
            }
        }
        for block in blocks {
            match block {
                Block::Paragraph { inlines } | Block::Heading { inlines, .. } => within(inlines, out),
                Block::Quote { blocks } => hrefs(blocks, out),
                Block::List { items, .. } => items.iter().for_each(|item| hrefs(item, out)),
                _ => {}
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_no_address_but_web_and_mail_gets_through(
            parts in prop::collection::vec(prop::sample::select(vec![
                "<a href=\"", "javascript:alert(1)", "https://a.example", "\">", "</a>", "<p>", "</p>", "<b", ">", "<svg>", "<a href='data:x'>", "&#106;", "\u{0}", "<!--", "-->", "<li>", "text",
            ]), 0..40)
        ) {
            let mut found = Vec::new();
            hrefs(&from_html(&parts.concat()), &mut found);
            for href in found {
                prop_assert!(["http:", "https:", "mailto:"].iter().any(|scheme| href.starts_with(scheme)), "{href}");
            }
        }
    }
}
