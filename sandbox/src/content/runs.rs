//! A message as pieces a script can make elements of, so that no HTML reaches a document.

use serde::Serialize;

use super::html::unescape;
use super::markdown::next_link;

/// Text, or an element with a known name and more of them inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Run {
    Text(String),
    Element(Element),
}

/// One element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Element {
    tag: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    href: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<Run>,
}

/// What a script may make. Others are left out, and what they hold stays.
const TAGS: [&str; 21] = [
    "p",
    "br",
    "strong",
    "em",
    "u",
    "del",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "a",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "spark-mention",
];
/// Between whose children white space means nothing.
const HOLDERS: [&str; 4] = ["", "ul", "ol", "blockquote"];

/// Words without formatting; their addresses become links.
pub(crate) fn of_text(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    push_text(&mut runs, text);
    runs
}

/// HTML as `sanitise` (and the mentions after it) wrote it: every element is closed, every special character escaped.
pub(crate) fn of_html(html: &str) -> Vec<Run> {
    let mut open = vec![Element { tag: "", href: None, runs: Vec::new() }];
    let mut rest = html;
    while !rest.is_empty() {
        let Some(start) = rest.find('<') else {
            put_words(&mut open, rest);
            break;
        };
        let (words, from_tag) = rest.split_at(start);
        put_words(&mut open, words);
        let Some((tag, after)) = from_tag.trim_start_matches('<').split_once('>') else { break };
        rest = after;
        match tag.strip_prefix('/') {
            Some(name) => close(&mut open, name.trim()),
            None => begin(&mut open, tag),
        }
    }
    while open.len() > 1 {
        close_last(&mut open);
    }
    open.pop().map(|root| root.runs).unwrap_or_default()
}

fn put_words(open: &mut [Element], words: &str) {
    let Some(holder) = open.last_mut() else { return };
    if words.is_empty() || (HOLDERS.contains(&holder.tag) && words.trim().is_empty()) {
        return;
    }
    holder.runs.push(Run::Text(unescape(words)));
}

fn begin(open: &mut Vec<Element>, tag: &str) {
    let name = tag.split([' ', '/']).next().unwrap_or_default();
    let name = match name {
        "b" => "strong",
        "i" => "em",
        other => other,
    };
    let Some(tag_name) = TAGS.iter().copied().find(|known| *known == name) else { return };
    let href = (tag_name == "a").then(|| web_address(tag)).flatten();
    let element = Element { tag: tag_name, href, runs: Vec::new() };
    if matches!(tag_name, "br" | "hr") {
        if let Some(holder) = open.last_mut() {
            holder.runs.push(Run::Element(element));
        }
    } else {
        open.push(element);
    }
}

/// Nothing but the web is a link.
fn web_address(tag: &str) -> Option<String> {
    let value = tag.split("href=\"").nth(1)?.split('"').next()?;
    Some(unescape(value)).filter(|href| href.starts_with("https://") || href.starts_with("http://"))
}

fn close(open: &mut Vec<Element>, name: &str) {
    let name = match name {
        "b" => "strong",
        "i" => "em",
        other => other,
    };
    if open.iter().skip(1).any(|element| element.tag == name) {
        while open.last().is_some_and(|element| element.tag != name) {
            close_last(open);
        }
        close_last(open);
    }
}

fn close_last(open: &mut Vec<Element>) {
    if open.len() > 1
        && let Some(element) = open.pop()
        && let Some(holder) = open.last_mut()
    {
        holder.runs.push(Run::Element(element));
    }
}

fn push_text(runs: &mut Vec<Run>, text: &str) {
    let mut rest = text;
    while let Some(start) = next_link(rest) {
        let (before, from_link) = rest.split_at(start);
        let end = from_link.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(from_link.len());
        let link = from_link.get(..end).unwrap_or_default().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']);
        if !before.is_empty() {
            runs.push(Run::Text(before.to_owned()));
        }
        runs.push(Run::Element(Element { tag: "a", href: Some(link.to_owned()), runs: vec![Run::Text(link.to_owned())] }));
        rest = from_link.get(link.len()..).unwrap_or_default();
    }
    if !rest.is_empty() {
        runs.push(Run::Text(rest.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn html(html: &str) -> serde_json::Value {
        serde_json::to_value(of_html(html)).unwrap()
    }

    #[test]
    fn addresses_in_text_are_links() {
        let runs = serde_json::to_value(of_text("Open https://a.example/host/x?a=1&b=2, please")).unwrap();
        let address = "https://a.example/host/x?a=1&b=2";
        assert_eq!(runs, json!(["Open ", { "tag": "a", "href": address, "runs": [address] }, ", please"]));
    }

    #[test]
    fn formatting_becomes_elements() {
        let runs = html("<p>a <b>b &lt;</b><br>c</p>\n<ul>\n<li>one</li>\n</ul>\n<pre><code>x\n y\n</code></pre>");
        let expected = json!([
            { "tag": "p", "runs": ["a ", { "tag": "strong", "runs": ["b <"] }, { "tag": "br" }, "c"] },
            { "tag": "ul", "runs": [{ "tag": "li", "runs": ["one"] }] },
            { "tag": "pre", "runs": [{ "tag": "code", "runs": ["x\n y\n"] }] }
        ]);
        assert_eq!(runs, expected);
    }

    #[test]
    fn only_addresses_of_the_web_are_links() {
        let link = html(r#"<p><a href="https://a.example/?a=1&amp;b=2" rel="nofollow">t</a></p>"#);
        assert_eq!(link, json!([{ "tag": "p", "runs": [{ "tag": "a", "href": "https://a.example/?a=1&b=2", "runs": ["t"] }] }]));
        let other = html(r#"<a href="mailto:a@a.example" rel="nofollow">t</a>"#);
        assert_eq!(other, json!([{ "tag": "a", "runs": ["t"] }]));
    }

    #[test]
    fn what_is_unknown_or_unclosed_loses_only_its_tag() {
        assert_eq!(html("<x>a</x><p>b"), json!(["a", { "tag": "p", "runs": ["b"] }]));
        assert_eq!(html("</p>a<"), json!(["a"]));
    }
}
