//! What is said, on its way in and out: Webex's HTML as a tree, files, and links that are not for guests.

mod bounds;
pub mod card;
pub mod claim_links;
pub mod files;
pub mod markdown;
pub mod outgoing;
pub mod rich_text;
pub mod visible;

use shared::RichText;

use self::{claim_links::without_claim_links, visible::visible};
use crate::webex::wire;

/// What a message says to guests: its words, or what its card says.
pub fn of_message(message: &wire::Message) -> RichText {
    let card = message.attachments.iter().find(|attachment| attachment.content_type == card::CONTENT_TYPE);
    let content = card.map(|attachment| card::from_card(&attachment.content)).unwrap_or_default();
    if !content.is_empty() {
        return content;
    }
    // Staff may paste their own link by mistake: guests must not become hosts by it.
    let without = |words: &str| without_claim_links(&visible(words)).into_owned();
    let (html, text) = (message.html.as_deref().map(without), message.text.as_deref().map(without));
    rich_text::from_webex(html.as_deref(), text.as_deref())
}
