//! What somebody wrote, as everybody else gets it: markdown to HTML to text, with mentions.
//!
//! Knows no rooms: who a mention means is asked of the caller.

mod cards;
mod html;
mod markdown;
mod mentions;
mod runs;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use cards::{check_card, is_too_deep};
pub(crate) use mentions::{Mentioned, Target};
pub(crate) use runs::Run;

use crate::ids::PersonId;

/// Webex counts bytes although its error text says characters.
pub(crate) const MAX_BYTES: usize = 7439;

/// A message's words in every form they are asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Content {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) markdown: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) html: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) mentioned_people: Vec<PersonId>,
    pub(crate) mentions_all: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) cards: Vec<Value>,
}

impl Content {
    /// For a page that makes elements of them.
    pub(crate) fn runs(&self) -> Vec<Run> {
        match (&self.html, &self.text) {
            (Some(html), _) => runs::of_html(html),
            (None, Some(text)) => runs::of_text(text),
            (None, None) => Vec::new(),
        }
    }
}

/// What came in: at least one of them is set, none is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    pub(crate) text: Option<String>,
    pub(crate) markdown: Option<String>,
    pub(crate) html: Option<String>,
    pub(crate) cards: Vec<Value>,
}

impl Written {
    /// Nothing but words.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// Words with formatting.
    pub(crate) fn markdown(markdown: impl Into<String>) -> Self {
        Self { markdown: Some(markdown.into()), ..Self::default() }
    }

    pub(crate) fn has_words(&self) -> bool {
        self.text.is_some() || self.markdown.is_some() || self.html.is_some()
    }

    pub(crate) fn is_too_long(&self) -> bool {
        [&self.text, &self.markdown, &self.html].into_iter().flatten().any(|words| words.len() > MAX_BYTES)
    }

    /// Derives what was not given. HTML wins over markdown, which is why an edit has to leave the old HTML out.
    pub(crate) fn into_content(self, who: &dyn Fn(&Target) -> Option<Mentioned>) -> Content {
        let Self { text, markdown, html, cards } = self;
        if let Some(html) = html {
            let html = html::sanitise(&html);
            let text = text.or_else(|| Some(html::to_text(&html)));
            return Content { text, markdown, html: Some(html), cards, ..Content::default() };
        }
        let Some(markdown) = markdown else { return Content { text, cards, ..Content::default() } };
        let rendered = markdown::render(&markdown, who);
        let text = text.or_else(|| Some(html::to_text(&rendered.html)));
        Content {
            text,
            markdown: Some(markdown),
            html: Some(rendered.html),
            mentioned_people: rendered.people,
            mentions_all: rendered.everybody,
            cards,
        }
    }
}
