//! From nodes to the tree: what each element means.

use shared::{Block, Inline};

use super::{
    super::bounds::trim_ends,
    nodes::{Element, Node},
    safe_address,
};

/// Deeper nesting is flattened, its words stay: nobody writes it, and the page draws recursively.
const MAX_DEPTH: usize = 16;

pub(super) fn blocks(nodes: &[Node]) -> Vec<Block> {
    let mut out = Vec::new();
    push_blocks(&mut out, nodes, 0);
    out
}

/// `depth` counts the quotations and lists around.
fn push_blocks(out: &mut Vec<Block>, nodes: &[Node], depth: usize) {
    let mut run: Vec<&Node> = Vec::new();
    for node in nodes {
        if is_block(node) {
            push_paragraph(out, &mut run, depth);
            push_block(out, node, depth);
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
    let is_too_deep = depth >= MAX_DEPTH;
    match tag.as_str() {
        "hr" => out.push(Block::Rule),
        "pre" => out.push(Block::Code { text: plain(children).trim_end_matches('\n').to_owned() }),
        "blockquote" if !is_too_deep => {
            let mut quoted = Vec::new();
            push_blocks(&mut quoted, children, depth + 1);
            out.push(Block::Quote { blocks: quoted });
        }
        "ul" | "ol" if !is_too_deep => {
            let start = (tag == "ol").then(|| attribute.as_deref().and_then(|start| start.parse().ok()).unwrap_or(1));
            out.push(Block::List { start, items: children.iter().filter_map(|child| item(child, depth + 1)).collect() });
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

/// What stands in a list without being an item is one; the blanks between items are not.
fn item(child: &Node, depth: usize) -> Option<Vec<Block>> {
    let mut item = Vec::new();
    match child {
        Node::Text(text) if text.trim().is_empty() => return None,
        Node::Element(Element { tag, children, .. }) if tag == "li" => push_blocks(&mut item, children, depth),
        other => push_blocks(&mut item, std::slice::from_ref(other), depth),
    }
    Some(item)
}

/// Where inlines stand.
#[derive(Clone, Copy)]
struct Place {
    /// How many quotations, lists and inlines are around.
    depth: usize,
    /// In a link there is no other.
    is_in_link: bool,
    /// Not in another inline: blanks at the beginning say nothing.
    begins_line: bool,
}

fn inlines<'a>(nodes: impl IntoIterator<Item = &'a Node>, depth: usize) -> Vec<Inline> {
    let mut out = Vec::new();
    push_inlines(&mut out, nodes, Place { depth, is_in_link: false, begins_line: true });
    trim_ends(&mut out);
    out
}

fn push_inlines<'a>(out: &mut Vec<Inline>, nodes: impl IntoIterator<Item = &'a Node>, place: Place) {
    for node in nodes {
        match node {
            Node::Text(text) => push_text(out, text, place.begins_line),
            Node::Element(element) => push_inline(out, element, place),
        }
    }
}

fn push_inline(out: &mut Vec<Inline>, Element { tag, attribute, children }: &Element, place: Place) {
    let within = |is_link: bool| {
        let mut inlines = Vec::new();
        let place = Place { depth: place.depth + 1, is_in_link: place.is_in_link || is_link, begins_line: false };
        push_inlines(&mut inlines, children, place);
        inlines
    };
    let is_too_deep = place.depth >= MAX_DEPTH;
    match tag.as_str() {
        "br" => out.push(Inline::Break),
        "code" => out.push(Inline::Code { text: plain(children) }),
        "spark-mention" => {
            let text = plain(children);
            let name = text.trim_start_matches(|c: char| c == '@' || c.is_whitespace()).trim_end();
            if !name.is_empty() {
                out.push(Inline::Mention { text: name.to_owned() });
            }
        }
        _ if is_too_deep => push_inlines(out, children, place),
        "strong" | "b" => out.push(Inline::Strong { inlines: within(false) }),
        "em" | "i" => out.push(Inline::Emphasis { inlines: within(false) }),
        "del" | "s" => out.push(Inline::Deleted { inlines: within(false) }),
        "a" if !place.is_in_link => match attribute.as_deref().and_then(safe_address) {
            Some(href) => out.push(Inline::Link { href, inlines: within(true) }),
            None => push_inlines(out, children, place),
        },
        _ => push_inlines(out, children, place),
    }
}

/// White space counts as one blank, and as none at the beginning of a line.
fn push_text(out: &mut Vec<Inline>, text: &str, begins_line: bool) {
    let mut collapsed = String::with_capacity(text.len());
    let mut is_after_blank = match out.last() {
        None => begins_line,
        Some(Inline::Break) => true,
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
