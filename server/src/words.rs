//! The page's words in a site's own wording. The page fetches them as it fetches a language (frontend/words).

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::secrets::hex;

#[path = "../../frontend/words/forms.rs"]
mod forms;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

const MAX_TEXT_CHARS: usize = 500;

/// All words of one language, some of them the site's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteWords {
    /// What the page asks for; begins with the language, and is another for other words.
    pub file: String,
    /// A line for each, in the order the page knows.
    pub text: Arc<str>,
    /// The same as it goes over the line, once somebody has asked.
    packed: Arc<OnceLock<Bytes>>,
}

/// The languages the page speaks.
pub fn languages() -> impl Iterator<Item = &'static str> {
    LANGUAGES.iter().map(|(tag, _)| *tag)
}

/// What there is to say.
pub fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.iter().copied()
}

impl SiteWords {
    /// Compressed by `compress`, which is asked once.
    pub fn packed<E>(&self, compress: impl FnOnce(&str) -> Result<Vec<u8>, E>) -> Result<Bytes, E> {
        match self.packed.get() {
            Some(packed) => Ok(packed.clone()),
            None => {
                let packed: Bytes = compress(&self.text)?.into();
                Ok(self.packed.get_or_init(|| packed).clone())
            }
        }
    }

    /// The words of a language with these in their places. `None` for a language the page does not speak; `Err` has each key whose
    /// text cannot stand there, and what it must be.
    pub fn of(tag: &str, own: &BTreeMap<String, String>) -> Option<Result<Self, Vec<(String, String)>>> {
        let (_, packed) = LANGUAGES.iter().find(|(known, _)| *known == tag)?;
        let mut lines: Vec<&str> = packed.split('\n').collect();
        let mut wrong = Vec::new();
        for (key, text) in own {
            match place_for(key, text, &lines) {
                Ok(place) => {
                    if let Some(line) = lines.get_mut(place) {
                        *line = text;
                    }
                }
                Err(remedy) => wrong.push((key.clone(), remedy)),
            }
        }
        if !wrong.is_empty() {
            return Some(Err(wrong));
        }
        let text = lines.join("\n");
        let hash = hex(&Sha256::digest(&text));
        let file = format!("{tag}-{}.txt", hash.split_at(16).0);
        Some(Ok(Self { file, text: text.into(), packed: Arc::default() }))
    }
}

fn place_for(key: &str, text: &str, lines: &[&str]) -> Result<usize, String> {
    let place = KEYS.iter().position(|known| *known == key);
    let Some((place, usual)) = place.and_then(|place| lines.get(place).map(|usual| (place, *usual))) else {
        return Err("is none of the page's words; docs/settings.md tells where they are listed".into());
    };
    if text.trim().is_empty() || text.contains('\n') || text.chars().count() > MAX_TEXT_CHARS {
        return Err(format!("must be one line of 1 to {MAX_TEXT_CHARS} characters"));
    }
    let has_forms = usual.contains(", plural, ");
    let forms_differ = has_forms && (!text.contains(", plural, ") || forms::plural_forms(text) != forms::plural_forms(usual));
    if forms_differ || forms::placeholders(text) != forms::placeholders(usual) {
        return Err(format!("must have in braces what the usual text has: {usual}"));
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_site_words_some_things_its_own_way_and_the_rest_stays() {
        let german = SiteWords::of("de", &own(&[("start_chat", "Los geht\u{2019}s")])).unwrap().unwrap();
        let (_, usual) = LANGUAGES.iter().find(|(tag, _)| *tag == "de").unwrap();
        let differing: Vec<_> = german.text.split('\n').zip(usual.split('\n')).filter(|(own, usual)| own != usual).collect();
        assert_eq!(differing, [("Los geht\u{2019}s", "Chat starten")]);
        assert!(german.file.starts_with("de-") && german.file.ends_with(".txt"), "{}", german.file);
        assert!(SiteWords::of("xx", &own(&[])).is_none());
        // Words that are also the names of plural forms.
        assert!(SiteWords::of("en", &own(&[("start_chat", "Start a new one")])).unwrap().is_ok());
    }

    #[test]
    fn what_would_break_the_page_is_refused() {
        let wrong = |key: &str, text: &str| SiteWords::of("en", &own(&[(key, text)])).unwrap().unwrap_err().remove(0).1;
        assert!(wrong("start_chatt", "Go").contains("none of the page's words"));
        assert!(wrong("start_chat", " ").contains("one line"));
        assert!(wrong("start_chat", "a\nb").contains("one line"));
        assert!(wrong("name_too_long", "Too long").contains("{length}"));
        let plural = wrong("leave_unsent", "{count, plural, other {# left}}");
        assert!(plural.contains("one {"), "{plural}");
        assert!(wrong("leave_unsent", "{count} one {a} other {b}").contains("plural"));
    }
}
