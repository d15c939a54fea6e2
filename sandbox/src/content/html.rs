//! HTML that Webex would pass on, and the plain text of it.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

/// Keeps what Webex's own clients understand and no more.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags = HashSet::from([
        "p",
        "br",
        "strong",
        "b",
        "em",
        "i",
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
    ]);
    let mut builder = Builder::default();
    builder
        .tags(tags)
        .clean_content_tags(HashSet::from(["script", "style"]))
        .generic_attributes(HashSet::new())
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("nofollow"));
    builder
});

pub(super) fn sanitise(html: &str) -> String {
    CLEANER.clean(html).to_string().trim().to_owned()
}

/// Tags away, blocks on lines of their own. Takes only what `sanitise` (and the mentions after it) wrote.
pub(super) fn to_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut pre_depth = 0_usize;
    let mut is_after_break = false;
    for chunk in html.split_inclusive('>') {
        let (words, tag) = match chunk.split_once('<') {
            Some((words, tag)) => (words, tag.trim_end_matches('>')),
            None => (chunk, ""),
        };
        // The line ended with the tag already.
        let words = words.strip_prefix('\n').filter(|_| is_after_break).unwrap_or(words);
        if pre_depth > 0 || !words.trim().is_empty() || !words.contains('\n') {
            text.push_str(&unescape(words));
        }
        let is_closing = tag.starts_with('/');
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        match (name, is_closing) {
            ("pre", false) => pre_depth += 1,
            ("pre", true) => pre_depth = pre_depth.saturating_sub(1),
            _ => {}
        }
        is_after_break = name == "br" && pre_depth == 0;
        let ends_line = match name {
            "br" | "hr" => true,
            "p" | "li" | "pre" | "blockquote" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => is_closing,
            // A list inside a list item starts on a line of its own.
            "ul" | "ol" => !is_closing && !text.is_empty(),
            _ => false,
        };
        if ends_line && (name == "br" || !text.ends_with('\n')) {
            text.push('\n');
        }
    }
    text.trim_end().to_owned()
}

pub(super) fn unescape(text: &str) -> String {
    text.replace("&nbsp;", "\u{A0}").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_handlers_and_strange_schemes_are_taken_away() {
        let html = sanitise(r#"<p onclick="x()">a<script>alert(1)</script><a href="javascript:x()">b</a><img src=x></p>"#);
        assert_eq!(html, r#"<p>a<a rel="nofollow">b</a></p>"#);
    }

    #[test]
    fn text_has_no_tags_and_a_line_for_each_block() {
        assert_eq!(to_text("<p>a &lt; b</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>"), "a < b\none\ntwo");
        assert_eq!(to_text("<p>a<br>b</p>"), "a\nb");
        assert_eq!(to_text("<p>a<br>\nb<br>\n<br>\nc</p>"), "a\nb\n\nc");
        assert_eq!(to_text("<pre><code>a\n\n  b\n</code></pre>\n<p>c</p>"), "a\n\n  b\nc");
    }

    #[test]
    fn an_entity_that_was_written_as_text_stays_text() {
        assert_eq!(to_text("<p>&amp;lt;</p>"), "&lt;");
    }
}
