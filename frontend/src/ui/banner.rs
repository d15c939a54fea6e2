//! A line across the page that says how things stand.

use super::element::{Drawn, element, picture};
use super::icon::Icon;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Quiet,
    /// Something does not work just now.
    Warning,
    /// Something went wrong.
    Error,
}

/// A line across the page; what it has to offer is added after the words.
pub fn banner(tone: Tone, icon: Option<Icon>, text: &str) -> Drawn {
    let class = match tone {
        Tone::Quiet => "banner banner--quiet",
        Tone::Warning => "banner banner--warning",
        Tone::Error => "banner banner--error",
    };
    element("div", class).maybe(icon.map(picture)).child(element("span", "banner__text").with("dir", "auto").text(text))
}
