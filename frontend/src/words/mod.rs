//! Every word the page itself says: `frontend/words/*.properties`, a file per language. English is in the program; another
//! language is fetched while the page finds out who is there.
//!
//! The build makes a method of each key and fails where a language lacks one.

mod choice;
mod message;

use std::cell::Cell;

use message::{Value, fill};

pub use choice::{Choice, choose};

use crate::api::ApiError;
use crate::platform::intl;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// All words of one language.
pub struct Words {
    /// How the reader writes numbers and dates: the tag of their language, with their country as far as known.
    pub locale: String,
    /// The language's tag, for `<html lang>`.
    pub lang: &'static str,
    texts: Vec<&'static str>,
}

thread_local! {
    static WORDS: Cell<Option<&'static Words>> = const { Cell::new(None) };
}

/// The words of the page's language.
pub fn words() -> &'static Words {
    WORDS.get().unwrap_or_else(|| speak(Choice::first(), include_str!(concat!(env!("OUT_DIR"), "/first.txt"))))
}

/// Speaks the language chosen from now on, as `own` words it if there is such a file. If neither can be had, the page speaks
/// English.
pub async fn load(choice: Choice, own: Option<&str>, fetch: impl AsyncFn(&str) -> Result<String, ApiError>) {
    for file in own.into_iter().chain([choice.file]) {
        if !file.is_empty()
            && let Ok(texts) = fetch(file).await
            && texts.split('\n').count() == COUNT
        {
            speak(choice, texts.leak());
            return;
        }
    }
}

/// For as long as the page is there.
fn speak(choice: Choice, texts: &'static str) -> &'static Words {
    let words: &'static Words = Box::leak(Box::new(Words { locale: choice.locale, lang: choice.lang, texts: texts.split('\n').collect() }));
    WORDS.set(Some(words));
    words
}

impl Words {
    /// Whether it is the language the portal itself speaks.
    pub fn is_first(&self) -> bool {
        LANGUAGES.first().is_some_and(|(lang, _)| *lang == self.lang)
    }

    /// Which way it is written, for `<html dir>`.
    pub fn dir(&self) -> &'static str {
        if matches!(self.lang, "ar" | "he") { "rtl" } else { "ltr" }
    }

    /// One sentence after another.
    pub fn sentences(&self, one: &str, other: &str) -> String {
        let between = if matches!(self.lang, "ja" | "zh") || one.is_empty() || other.is_empty() { "" } else { " " };
        [one, between, other].concat()
    }

    fn text(&self, place: usize) -> &'static str {
        self.texts.get(place).copied().unwrap_or_default()
    }

    fn fill(&self, place: usize, values: &[(&str, Value<'_>)]) -> String {
        // First strong isolate, and its end.
        let isolate = if self.dir() == "rtl" { ["\u{2068}", "\u{2069}"] } else { ["", ""] };
        fill(self.text(place), values, isolate, &|number| intl::plural_form(&self.locale, number), &|number| {
            intl::number_text(&self.locale, number)
        })
    }
}
