//! Webex's HTML as a tree of known parts.
//!
//! Three walls: what is not named here is left out where the HTML's tags are read one by one ([`allowed`]); ammonia, with an
//! allow-list built from nothing, puts the rest in order and takes away what is not named there; and the tree,
//! [`shared::rich_text`], can hold nothing else. No HTML leaves the server.

mod allowed;
mod blocks;
mod nodes;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use shared::{RichText, rich_text::from_plain_text};
use url::Url;

use super::{
    bounds::{MAX_TEXT_BYTES, bounded},
    visible::visible,
};

/// A message's content from what Webex gives: `html` if there is one, else `text`.
pub fn from_webex(html: Option<&str>, text: Option<&str>) -> RichText {
    let from_html = html.map(from_html).filter(|blocks| !blocks.is_empty());
    from_html.unwrap_or_else(|| bounded(from_plain_text(&visible(text.map(cut).unwrap_or_default()))))
}

fn from_html(html: &str) -> RichText {
    let clean = SANITISER.clean(&allowed::only_allowed(cut(html))).to_string();
    bounded(blocks::blocks(&nodes::read(&clean)))
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT_BYTES)).unwrap_or_default()
}

static SANITISER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(HashSet::from(allowed::TAGS))
        .clean_content_tags(HashSet::from(allowed::LEFT_OUT_WHOLE))
        .tag_attributes(
            allowed::ATTRIBUTES.into_iter().map(|(tag, attribute)| (tag, HashSet::from([attribute]))).collect::<HashMap<_, _>>(),
        )
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(None)
        .strip_comments(true);
    builder
});

/// An address that may be followed, as a browser reads it: of the web or of a mail box, and whole.
pub fn safe_address(href: &str) -> Option<String> {
    let url = Url::parse(href.trim()).ok()?;
    // Of an address to write to, the standard leaves blanks as they are.
    matches!(url.scheme(), "http" | "https" | "mailto").then(|| String::from(url).replace(' ', "%20"))
}
