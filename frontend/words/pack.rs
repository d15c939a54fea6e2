//! Reads the words beside this file and packs each language for the way to the page: the texts alone, a line each, in the
//! order of the keys. Part of two build scripts: the page must know what the server has.

use std::{fs, path::Path};

#[path = "forms.rs"]
mod forms;

pub(crate) use forms::{placeholders, plural_forms};

/// The language whose words are in the program itself, and which says what there is to translate.
pub(crate) const FIRST: &str = "en";

/// The forms a language has for numbers (CLDR's cardinal plurals; those for millions fall back to `other`).
const PLURALS: [(&str, &[&str]); 12] = [
    ("ar", &["zero", "one", "two", "few", "many", "other"]),
    ("de", &["one", "other"]),
    ("en", &["one", "other"]),
    ("es", &["one", "other"]),
    ("fr", &["one", "other"]),
    ("he", &["one", "two", "other"]),
    ("it", &["one", "other"]),
    ("ja", &["other"]),
    ("nl", &["one", "other"]),
    ("pl", &["one", "few", "many", "other"]),
    ("pt", &["one", "other"]),
    ("zh", &["other"]),
];

/// What is said in one place of the page.
pub(crate) struct Text {
    /// Names it.
    pub(crate) key: String,
    /// Where it is said, as the comment above it tells.
    #[allow(dead_code, reason = "one of the two build scripts has no use for it")]
    pub(crate) about: String,
    /// How.
    pub(crate) text: String,
}

/// One language.
pub(crate) struct Language {
    /// Its tag.
    pub(crate) tag: &'static str,
    /// All it says.
    pub(crate) texts: Vec<Text>,
}

impl Language {
    /// What goes over the line.
    pub(crate) fn packed(&self) -> String {
        self.texts.iter().map(|text| text.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Its file: another one for other words (FNV-1a), so that browsers may keep it for ever.
    pub(crate) fn file_name(&self) -> String {
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        format!("{}-{:016x}.txt", self.tag, self.packed().bytes().fold(0xcbf2_9ce4_8422_2325, mix))
    }
}

/// Every language, each complete.
pub(crate) fn read_all(folder: &Path) -> Result<Vec<Language>, String> {
    let languages: Vec<Language> = PLURALS.iter().map(|(tag, _)| read(folder, tag)).collect::<Result<_, _>>()?;
    let first = languages.iter().find(|language| language.tag == FIRST).ok_or("the first language is none of them")?;
    languages.iter().try_for_each(|language| check(language, first))?;
    Ok(languages)
}

fn read(folder: &Path, tag: &'static str) -> Result<Language, String> {
    let path = folder.join(format!("{tag}.properties"));
    let file = fs::read_to_string(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let mut texts = Vec::new();
    let mut about = String::new();
    for line in file.lines() {
        match (line.strip_prefix("# "), line.split_once(" = ")) {
            (Some(words), _) => about = words.to_owned(),
            (None, Some((key, text))) if !text.trim().is_empty() => {
                texts.push(Text { key: key.to_owned(), about: std::mem::take(&mut about), text: text.to_owned() });
            }
            (None, _) if line.trim().is_empty() => about.clear(),
            _ => return Err(format!("frontend/words/{tag}.properties: `{line}` is not `key = text`")),
        }
    }
    Ok(Language { tag, texts })
}

fn check(language: &Language, first: &Language) -> Result<(), String> {
    let file = format!("frontend/words/{}.properties", language.tag);
    for (place, wanted) in first.texts.iter().enumerate() {
        let key = &wanted.key;
        let Some(found) = language.texts.iter().find(|text| text.key == *key) else { return Err(format!("{file} lacks `{key}`")) };
        if language.texts.get(place).is_none_or(|text| text.key != *key) {
            return Err(format!("{file}: `{key}` must stand where {FIRST}.properties has it"));
        }
        if placeholders(&found.text) != placeholders(&wanted.text) {
            return Err(format!("{file}: `{key}` must fill in what {FIRST}.properties fills in there"));
        }
        let forms = PLURALS.iter().find(|(tag, _)| *tag == language.tag).map_or(&[][..], |(_, forms)| forms);
        if found.text.contains(", plural, ") && plural_forms(&found.text) != *forms {
            return Err(format!("{file}: `{key}` must have the plural forms {forms:?}, in this order"));
        }
    }
    match language.texts.iter().find(|text| !first.texts.iter().any(|wanted| wanted.key == text.key)) {
        Some(unknown) => Err(format!("{file}: there is no `{}` in {FIRST}.properties", unknown.key)),
        None => Ok(()),
    }
}
