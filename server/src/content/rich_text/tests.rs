use proptest::prelude::*;
use shared::{Block, Inline};

use super::*;
use crate::content::bounds::MAX_NODES;

/// Of quotations around one another.
const MAX_DEPTH: usize = 16;

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
    for href in
        ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "/relative", "//host", "java\nscript:alert(1)"]
    {
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
