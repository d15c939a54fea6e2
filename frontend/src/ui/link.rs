//! A link that leads out of the page.

use super::element::{Drawn, element};
use crate::words::words;

/// A link into a new tab, around what `inside` puts into it. The other side learns nothing of this page.
pub fn link(href: &str, inside: impl FnOnce(Drawn) -> Drawn) -> Drawn {
    let link = element("a", "").with("href", href).with("target", "_blank").with("rel", "noopener noreferrer nofollow");
    inside(link).child(element("span", "hidden").text(" ").text(words().opens_new_tab()))
}
