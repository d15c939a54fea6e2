//! `[site.launcher]`: how the button on an owner's pages looks and speaks, where the tag or the page does not say otherwise.

use serde::Serialize;

use super::reader::Section;

const MAX_GREETING_CHARS: usize = 200;
const MAX_TITLE_CHARS: usize = 64;

/// `[site.launcher]`, as the script on an owner's page reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LauncherConfig {
    /// `position`: `left` or `right`, the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<&'static str>,
    /// `theme`: `light` or `dark`; if absent, what the visitor prefers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<&'static str>,
    /// `language`: if absent, what the visitor's browser asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// `greeting`: words beside the button until the chat is opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
    /// `title`: what screen readers call the button.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `close_title`: what they call the way out.
    #[serde(rename = "closeTitle", skip_serializing_if = "Option::is_none")]
    pub close_title: Option<String>,
}

/// Reads the section.
pub(super) fn read(section: &Section<'_, '_>) -> LauncherConfig {
    let one_of = |key: &str, what: &str, known: [&'static str; 2]| {
        section.parsed(key, what, |text| known.into_iter().find(|known| *known == text)).ok().flatten()
    };
    let words = |key: &str, limit: usize| {
        let text = section.text(key).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if text.as_ref().is_some_and(|text| text.chars().count() > limit) {
            section.report(key, format!("is too long; at most {limit} characters"));
        }
        text
    };
    let is_language = |text: &str| (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let language = section.parsed("language", "a language such as `de`", |text| is_language(text).then(|| text.to_owned())).ok().flatten();
    let read = LauncherConfig {
        position: one_of("position", "`left` or `right`", ["left", "right"]),
        theme: one_of("theme", "`light` or `dark`", ["light", "dark"]),
        language,
        greeting: words("greeting", MAX_GREETING_CHARS),
        title: words("title", MAX_TITLE_CHARS),
        close_title: words("close_title", MAX_TITLE_CHARS),
    };
    section.finish();
    read
}
