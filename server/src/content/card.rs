//! Adaptive cards as text one can read: what a card says, without what it asks.
//!
//! The page runs no cards. Of one that Webex brings, its words, facts and links are told, as a quotation; a form in it can
//! only be answered in a Webex app.

use serde_json::Value;
use shared::{Block, Inline, RichText, rich_text::from_plain_text};

use super::{bounds::bounded, claim_links::without_claim_links, rich_text::safe_address, visible::visible};

/// What marks an attachment as a card.
pub const CONTENT_TYPE: &str = "application/vnd.microsoft.card.adaptive";

/// Cards that hold more than this are cut off.
const MAX_BLOCKS: usize = 200;
const MAX_DEPTH: usize = 12;
/// A text of a card that is longer is cut off, in characters.
const MAX_CHARS: usize = 4000;

/// What a card says, as a quotation; empty if it says nothing.
pub fn from_card(card: &Value) -> RichText {
    let mut reader = Reader { blocks: Vec::new() };
    reader.elements(card, "body", 0);
    reader.elements(card, "actions", 0);
    let blocks = reader.blocks;
    if blocks.is_empty() { Vec::new() } else { bounded(vec![Block::Quote { blocks }]) }
}

struct Reader {
    blocks: Vec<Block>,
}

impl Reader {
    fn elements(&mut self, of: &Value, field: &str, depth: usize) {
        for element in of.get(field).and_then(Value::as_array).into_iter().flatten() {
            if depth < MAX_DEPTH && self.blocks.len() < MAX_BLOCKS {
                self.element(element, depth + 1);
            }
        }
    }

    fn element(&mut self, element: &Value, depth: usize) {
        if element.get("isVisible") == Some(&Value::Bool(false)) {
            return;
        }
        match word(element, "type").as_deref() {
            Some("TextBlock") => self.text(word(element, "text"), is_strong(element)),
            Some("RichTextBlock") => {
                let runs = element.get("inlines").and_then(Value::as_array).into_iter().flatten();
                let text: String = runs.filter_map(|run| run.as_str().map(said).or_else(|| word(run, "text"))).collect();
                self.text(Some(text), false);
            }
            Some("FactSet") => {
                for fact in element.get("facts").and_then(Value::as_array).into_iter().flatten().take(MAX_BLOCKS) {
                    let (title, value) = (word(fact, "title").unwrap_or_default(), word(fact, "value").unwrap_or_default());
                    self.blocks.push(Block::Paragraph {
                        inlines: vec![Inline::Strong { inlines: vec![Inline::text(title)] }, Inline::text(format!(" {value}"))],
                    });
                }
            }
            Some("Image") => self.text(word(element, "altText"), false),
            Some("ImageSet") => self.elements(element, "images", depth),
            Some("Container") => self.elements(element, "items", depth),
            Some("Column") => self.elements(element, "items", depth),
            Some("ColumnSet") => self.elements(element, "columns", depth),
            Some("ActionSet") => self.elements(element, "actions", depth),
            Some("Action.OpenUrl") => {
                let address = word(element, "url").map(|url| without_claim_links(&url).into_owned()).and_then(|url| safe_address(&url));
                if let Some(href) = address {
                    let title = word(element, "title").filter(|title| !title.trim().is_empty()).unwrap_or_else(|| href.clone());
                    self.blocks.push(Block::Paragraph { inlines: vec![Inline::Link { href, inlines: vec![Inline::text(title)] }] });
                }
            }
            // What is to be filled in: its label tells what the card is about.
            Some(kind) if kind.starts_with("Input.") => self.text(word(element, "label"), false),
            _ => {}
        }
    }

    fn text(&mut self, text: Option<String>, is_strong: bool) {
        // Put together of several runs, there may be a link in it that was in none of them.
        for block in from_plain_text(&without_claim_links(&text.unwrap_or_default())) {
            self.blocks.push(match block {
                Block::Paragraph { inlines } if is_strong => Block::Paragraph { inlines: vec![Inline::Strong { inlines }] },
                block => block,
            });
        }
    }
}

fn word(of: &Value, field: &str) -> Option<String> {
    of.get(field)?.as_str().map(said)
}

/// A text as it may be shown.
fn said(text: &str) -> String {
    let text: String = text.chars().take(MAX_CHARS).collect();
    without_claim_links(&visible(&text)).into_owned()
}

fn is_strong(element: &Value) -> bool {
    word(element, "weight").is_some_and(|weight| weight.eq_ignore_ascii_case("bolder"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cards_words_facts_and_links_are_quoted() {
        let card = json!({
            "type": "AdaptiveCard", "version": "1.3",
            "body": [
                { "type": "TextBlock", "text": "Your order", "weight": "Bolder" },
                { "type": "ColumnSet", "columns": [{ "type": "Column", "items": [{ "type": "TextBlock", "text": "left" }] }] },
                { "type": "FactSet", "facts": [{ "title": "Sent", "value": "today" }] },
                { "type": "TextBlock", "text": "hidden", "isVisible": false },
                { "type": "Input.Text", "id": "x", "label": "How was it?" },
                { "type": "Unknown", "text": "?" }
            ],
            "actions": [
                { "type": "Action.OpenUrl", "title": "Follow it", "url": "https://a.example/1" },
                { "type": "Action.OpenUrl", "title": "Evil", "url": "javascript:alert(1)" },
                { "type": "Action.Submit", "title": "Send" }
            ]
        });
        let words = |text: &str| Block::Paragraph { inlines: vec![Inline::text(text)] };
        let strong = |text: &str| Inline::Strong { inlines: vec![Inline::text(text)] };
        let blocks = vec![
            Block::Paragraph { inlines: vec![strong("Your order")] },
            words("left"),
            Block::Paragraph { inlines: vec![strong("Sent"), Inline::text(" today")] },
            words("How was it?"),
            Block::Paragraph {
                inlines: vec![Inline::Link { href: "https://a.example/1".into(), inlines: vec![Inline::text("Follow it")] }],
            },
        ];
        assert_eq!(from_card(&card), [Block::Quote { blocks }]);
        assert_eq!(from_card(&json!({ "type": "AdaptiveCard", "body": "?" })), []);
    }

    #[test]
    fn pictures_are_told_by_their_words_and_what_lies_within_is_told_too() {
        let card = json!({ "body": [
            { "type": "Image", "url": "https://a.example/1.png", "altText": "a map" },
            { "type": "ImageSet", "images": [{ "type": "Image", "altText": "a house" }] },
            { "type": "Container", "items": [{ "type": "TextBlock", "text": "within" }] },
            { "type": "ActionSet", "actions": [{ "type": "Action.OpenUrl", "title": "there", "url": "https://a.example/" }] },
            { "type": "Rating", "label": "never", "altText": "never", "items": [{ "type": "TextBlock", "text": "never" }] }
        ]});
        let told = format!("{:?}", from_card(&card));
        for words in ["a map", "a house", "within", "there"] {
            assert!(told.contains(words), "{words} in {told}");
        }
        assert!(!told.contains("never"), "{told}");
    }

    #[test]
    fn what_is_not_seen_and_plays_with_words_is_taken_out_of_a_card() {
        let card = json!({ "body": [
            { "type": "TextBlock", "text": "pay\u{202e}001\u{0}" },
            { "type": "RichTextBlock", "inlines": ["c\u{202e}\u{7}d", { "text": "\u{0}e" }] },
            { "type": "FactSet", "facts": [{ "title": "\u{2066}a", "value": "b\u{9b}" }] }
        ]});
        let told = format!("{:?}", from_card(&card));
        assert!(told.contains("pay001") && told.contains("\"a\"") && told.contains("\" b\"") && told.contains("\"cde\""), "{told}");
    }

    #[test]
    fn a_claim_link_in_pieces_loses_its_token_too() {
        let token = "A-b_".repeat(11);
        let (begin, end) = token.split_at(20);
        let runs = json!([format!("https://chat.example.com/host/{begin}"), { "text": end }]);
        let told = format!("{:?}", from_card(&json!({ "body": [{ "type": "RichTextBlock", "inlines": runs }] })));
        assert!(told.contains("/host/…") && !told.contains(end), "{told}");
    }

    #[test]
    fn a_card_says_no_more_than_a_message() {
        let facts: Vec<_> = (0..200).map(|_| json!({ "title": "x".repeat(4000), "value": "y".repeat(4000) })).collect();
        let told = serde_json::to_string(&from_card(&json!({ "body": vec![json!({ "type": "FactSet", "facts": facts }); 100] }))).unwrap();
        assert!(told.len() < 100_000, "{} bytes", told.len());
    }

    #[test]
    fn a_card_is_read_to_a_certain_depth_and_length() {
        let mut nested = json!({ "type": "TextBlock", "text": "deep" });
        for _ in 0..50 {
            nested = json!({ "type": "Container", "items": [nested] });
        }
        assert_eq!(from_card(&json!({ "body": [nested] })), []);
        for (containers, is_told) in [(MAX_DEPTH - 1, true), (MAX_DEPTH, false)] {
            let mut nested = json!({ "type": "TextBlock", "text": "deep" });
            for _ in 0..containers {
                nested = json!({ "type": "Container", "items": [nested] });
            }
            assert_eq!(!from_card(&json!({ "body": [nested] })).is_empty(), is_told, "{containers}");
        }
        let many: Vec<_> = (0..1000).map(|_| json!({ "type": "TextBlock", "text": "x" })).collect();
        let Some(Block::Quote { blocks }) = from_card(&json!({ "body": many })).pop() else { panic!("a quotation") };
        assert_eq!(blocks.len(), MAX_BLOCKS);
    }
}
