//! What must hold of a message's tree, judged by its JSON: what crosses to the page, and nothing the reader of markup knows.

use serde_json::{Map, Value};

/// No part is deeper than this.
pub const MAX_DEPTH: usize = 32;
/// There are no more parts than this.
pub const MAX_NODES: usize = 2000;
/// All text together is no longer than this, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// A kind of part, the texts in it, and the lists of parts in it.
type Kind = (&'static str, &'static [&'static str], &'static [&'static str]);

const BLOCKS: [Kind; 6] = [
    ("paragraph", &[], &["inlines"]),
    ("heading", &[], &["inlines"]),
    ("code", &["text"], &[]),
    ("quote", &[], &["blocks"]),
    ("list", &[], &["items"]),
    ("rule", &[], &[]),
];
const INLINES: [Kind; 8] = [
    ("text", &["text"], &[]),
    ("break", &[], &[]),
    ("strong", &[], &["inlines"]),
    ("emphasis", &[], &["inlines"]),
    ("deleted", &[], &["inlines"]),
    ("code", &["text"], &[]),
    ("link", &["href"], &["inlines"]),
    ("mention", &["text"], &[]),
];

/// What is wrong with a message's content, given as JSON; nothing if all is as it must be.
pub fn broken(content: &Value) -> Option<String> {
    let mut judge = Judge { nodes: 0, text_bytes: 0 };
    judge.parts(content, 1, false).err()
}

struct Judge {
    nodes: usize,
    text_bytes: usize,
}

impl Judge {
    fn parts(&mut self, parts: &Value, depth: usize, is_in_link: bool) -> Result<(), String> {
        let parts = parts.as_array().ok_or_else(|| format!("no list of parts: {parts}"))?;
        parts.iter().try_for_each(|part| self.part(part, depth, is_in_link))
    }

    fn part(&mut self, part: &Value, depth: usize, is_in_link: bool) -> Result<(), String> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(format!("more than {MAX_NODES} parts"));
        }
        if depth > MAX_DEPTH {
            return Err(format!("deeper than {MAX_DEPTH}"));
        }
        let part = part.as_object().ok_or_else(|| format!("no part: {part}"))?;
        let kind = |field: &str| part.get(field).and_then(Value::as_str);
        let (tag, (kind, texts, lists)) = match (kind("block"), kind("inline")) {
            (Some(kind), None) => ("block", known(&BLOCKS, kind)?),
            (None, Some(kind)) => ("inline", known(&INLINES, kind)?),
            _ => return Err(format!("of no kind: {part:?}")),
        };
        let is_extra = |name: &str| (kind == "list" && name == "start") || (kind == "heading" && name == "level");
        let is_known = |name: &str| name == tag || texts.contains(&name) || lists.contains(&name) || is_extra(name);
        if let Some(strange) = part.keys().find(|name| !is_known(name)) {
            return Err(format!("a {kind} has a {strange}"));
        }
        if kind == "heading" && !part["level"].as_u64().is_some_and(|level| (1..=6).contains(&level)) {
            return Err(format!("a heading of level {}", part["level"]));
        }
        if kind == "link" && is_in_link {
            return Err("a link in a link".into());
        }
        for name in texts {
            self.text(kind, name, part)?;
        }
        for name in lists {
            let within = part.get(*name).unwrap_or(&Value::Null);
            if *name == "items" {
                let items = within.as_array().ok_or("a list without items")?;
                self.nodes += items.len();
                items.iter().try_for_each(|item| self.parts(item, depth + 1, is_in_link))?;
            } else {
                self.parts(within, depth + 1, is_in_link || kind == "link")?;
            }
        }
        Ok(())
    }

    fn text(&mut self, kind: &str, name: &str, part: &Map<String, Value>) -> Result<(), String> {
        let text = part.get(name).and_then(Value::as_str).ok_or_else(|| format!("a {kind} without {name}"))?;
        self.text_bytes += text.len();
        if self.text_bytes > MAX_TEXT_BYTES {
            return Err(format!("more than {MAX_TEXT_BYTES} bytes of text"));
        }
        if let Some(c) = text.chars().find(|c| is_unseen(*c)) {
            return Err(format!("U+{:04X} in a {kind}'s {name}", u32::from(c)));
        }
        if name == "href" && !is_web_or_mail(text) {
            return Err(format!("an address of another kind: {text:?}"));
        }
        Ok(())
    }
}

fn known(kinds: &[Kind], kind: &str) -> Result<Kind, String> {
    kinds.iter().copied().find(|(known, ..)| *known == kind).ok_or_else(|| format!("an unknown kind: {kind}"))
}

/// Controls but tab and line break, and what turns the direction of writing over others' words.
fn is_unseen(c: char) -> bool {
    let number = u32::from(c);
    (number < 0x20 && c != '\t' && c != '\n')
        || (0x7f..=0x9f).contains(&number)
        || (0x202a..=0x202e).contains(&number)
        || (0x2066..=0x206f).contains(&number)
}

/// As browsers read it: blanks and controls before a scheme and line breaks within are passed over there, so there must be none.
fn is_web_or_mail(address: &str) -> bool {
    let has_scheme = ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme));
    has_scheme && !address.chars().any(|c| c.is_whitespace() || c.is_control())
}
