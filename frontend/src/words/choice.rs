//! Which language the page speaks.

use super::LANGUAGES;

/// A language the page can speak, and the reader's own kind of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its tag.
    pub lang: &'static str,
    /// The reader's tag of it, such as `de-AT`: for numbers and dates.
    pub locale: String,
    /// The name of its file; empty for the language that is in the program.
    pub file: &'static str,
}

impl Choice {
    /// The language that is in the program.
    pub fn first() -> Self {
        choose("", &[])
    }
}

/// The language asked for by its tag, else the first of the reader's languages that the page speaks, else English.
pub fn choose(asked: &str, wanted: &[String]) -> Choice {
    let lang_of = |tag: &str| {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        // As old browsers name it.
        let primary = if primary == "iw" { "he".to_owned() } else { primary };
        LANGUAGES.iter().find(|(lang, _)| *lang == primary)
    };
    let found = lang_of(asked).or_else(|| wanted.iter().find_map(|tag| lang_of(tag)));
    let (lang, file) = found.or(LANGUAGES.first()).copied().unwrap_or_default();
    // A reader in Vienna who reads English gets the dates of the English they asked for.
    let own = std::iter::once(asked).chain(wanted.iter().map(String::as_str)).find(|tag| lang_of(tag).is_some_and(|(own, _)| *own == lang));
    Choice { lang, locale: own.unwrap_or(lang).replace('_', "-"), file }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(asked: &str, wanted: &[&str]) -> (String, String) {
        let wanted: Vec<String> = wanted.iter().map(|tag| (*tag).to_owned()).collect();
        let choice = choose(asked, &wanted);
        (choice.lang.to_owned(), choice.locale)
    }

    #[test]
    fn the_first_language_of_the_reader_that_the_page_speaks() {
        assert_eq!(chosen("", &["sv-SE", "de-AT", "en"]), ("de".into(), "de-AT".into()));
        assert_eq!(chosen("", &["en-GB", "de"]), ("en".into(), "en-GB".into()));
        assert_eq!(chosen("", &["sv"]), ("en".into(), "en".into()));
        assert_eq!(chosen("", &[]), ("en".into(), "en".into()));
        assert_eq!(chosen("", &["zh-Hant-TW"]), ("zh".into(), "zh-Hant-TW".into()));
        assert_eq!(chosen("", &["iw"]), ("he".into(), "iw".into()));
    }

    #[test]
    fn who_asks_for_a_language_gets_it_where_there_is_one() {
        assert_eq!(chosen("ar", &["en-GB"]), ("ar".into(), "ar".into()));
        assert_eq!(chosen("pt_BR", &["en-GB"]), ("pt".into(), "pt-BR".into()));
        assert_eq!(chosen("xx", &["fr-CA"]), ("fr".into(), "fr-CA".into()));
        assert_eq!(chosen("fr", &["en", "fr-CA"]), ("fr".into(), "fr".into()));
    }

    #[test]
    fn every_language_but_the_one_in_the_program_has_a_file() {
        assert_eq!(LANGUAGES.len(), 12);
        assert!(LANGUAGES.iter().skip(1).all(|(lang, file)| file.starts_with(lang) && file.ends_with(".txt")));
        assert_eq!(Choice::first().file, "");
    }
}
