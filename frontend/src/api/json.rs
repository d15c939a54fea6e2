//! JSON, as small as the portal needs it: numbers are whole, as everywhere in `shared`.
//!
//! A general reader brings floating point, error messages with positions and a tree map along; this
//! one is a twentieth of that.

use std::fmt::Write;

/// Nothing that the portal says is nested deeper.
const DEEPEST: usize = 64;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// Nothing.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A number; a fraction is cut off.
    Number(i64),
    /// Characters.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Record(Vec<(String, Json)>),
}

impl Json {
    /// Reads a whole document.
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let value = reader.value(0)?;
        reader.skip_space();
        reader.rest.is_empty().then_some(value)
    }

    /// A record of these fields.
    pub fn record(fields: &[(&str, Json)]) -> Self {
        Self::Record(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    /// Some characters.
    pub fn of(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A field of a record; the last one where a name stands twice.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Record(fields) = self else { return None };
        fields.iter().rev().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// The characters.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number.
    pub fn as_number(&self) -> Option<i64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The items of an array.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// As a document.
    pub fn write(&self) -> String {
        let mut text = String::new();
        self.write_to(&mut text);
        text
    }

    fn write_to(&self, into: &mut String) {
        match self {
            Self::Null => into.push_str("null"),
            Self::Flag(flag) => into.push_str(if *flag { "true" } else { "false" }),
            Self::Number(number) => into.push_str(&number.to_string()),
            Self::Text(text) => write_text(into, text),
            Self::List(items) => {
                into.push('[');
                for (place, item) in items.iter().enumerate() {
                    into.push_str(if place > 0 { "," } else { "" });
                    item.write_to(into);
                }
                into.push(']');
            }
            Self::Record(fields) => {
                into.push('{');
                for (place, (name, value)) in fields.iter().enumerate() {
                    into.push_str(if place > 0 { "," } else { "" });
                    write_text(into, name);
                    into.push(':');
                    value.write_to(into);
                }
                into.push('}');
            }
        }
    }
}

fn write_text(into: &mut String, text: &str) {
    into.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => into.extend(['\\', c]),
            '\n' => into.push_str("\\n"),
            // Writing to a string does not fail.
            '\0'..='\u{1f}' => drop(write!(into, "\\u{:04x}", u32::from(c))),
            _ => into.push(c),
        }
    }
    into.push('"');
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > DEEPEST {
            return None;
        }
        self.skip_space();
        match self.rest.as_bytes().first()? {
            b'n' => self.take("null").then_some(Json::Null),
            b't' => self.take("true").then_some(Json::Flag(true)),
            b'f' => self.take("false").then_some(Json::Flag(false)),
            b'"' => self.text().map(Json::Text),
            b'[' => {
                let mut items = Vec::new();
                self.items(']', |reader| {
                    items.push(reader.value(depth + 1)?);
                    Some(())
                })?;
                Some(Json::List(items))
            }
            b'{' => {
                let mut fields = Vec::new();
                self.items('}', |reader| {
                    reader.skip_space();
                    let name = reader.text()?;
                    reader.skip_space();
                    if !reader.take(":") {
                        return None;
                    }
                    fields.push((name, reader.value(depth + 1)?));
                    Some(())
                })?;
                Some(Json::Record(fields))
            }
            _ => self.number().map(Json::Number),
        }
    }

    /// What stands between brackets, parted by commas.
    fn items(&mut self, end: char, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.next()?;
        self.skip_space();
        if self.rest.starts_with(end) {
            return self.next().map(|_| ());
        }
        loop {
            item(self)?;
            self.skip_space();
            match self.next()? {
                ',' => {}
                c => return (c == end).then_some(()),
            }
        }
    }

    fn text(&mut self) -> Option<String> {
        if !self.take("\"") {
            return None;
        }
        let mut text = String::new();
        loop {
            match self.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escaped()?),
                '\0'..='\u{1f}' => return None,
                c => text.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.next()? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let unit = self.unit()?;
                let code = match unit {
                    // The first half of a pair; without the second it is no character.
                    0xd800..=0xdbff if self.take("\\u") => {
                        let low = self.unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                        0x10000 + ((unit - 0xd800) << 10) + low
                    }
                    _ => unit,
                };
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4)?;
        self.rest = self.rest.get(4..)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }

    fn number(&mut self) -> Option<i64> {
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let number = self.rest.get(..length)?;
        self.rest = self.rest.get(length..)?;
        number.split('.').next()?.parse().ok()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
    }

    fn take(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next();
        self.rest = chars.as_str();
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads as serde_json does.
    fn same(text: &str) {
        fn plain(json: &Json) -> serde_json::Value {
            match json {
                Json::Null => serde_json::Value::Null,
                Json::Flag(flag) => (*flag).into(),
                Json::Number(number) => (*number).into(),
                Json::Text(text) => text.as_str().into(),
                Json::List(items) => items.iter().map(plain).collect(),
                Json::Record(fields) => fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
            }
        }
        let own = Json::parse(text);
        assert_eq!(own.as_ref().map(plain), serde_json::from_str(text).ok(), "{text}");
        if let Some(own) = own {
            assert_eq!(Json::parse(&own.write()), Some(own.clone()), "what is written is read back");
            assert_eq!(serde_json::from_str(&own.write()).ok(), Some(plain(&own)), "and by others");
        }
    }

    #[test]
    fn documents_are_read_as_others_read_them() {
        for good in [
            "null",
            " true ",
            "false",
            "0",
            "-17",
            "1732226400123",
            r#""""#,
            r#""a\"b\\c\/d\b\f\n\r\t""#,
            r#""ä😀\u00e4\ud83d\ude00\u0000""#,
            "[]",
            "[ ]",
            "[1,2 , [3]]",
            "{}",
            r#"{ "a" : 1 , "b" : { "c" : [ ] } }"#,
            r#"{"a":1,"a":2}"#,
        ] {
            assert!(Json::parse(good).is_some(), "{good}");
            same(good);
        }
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for bad in [
            "",
            " ",
            "nul",
            "tru",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "{",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            "{a:1}",
            "1 2",
            "--1",
            "\"",
            "\"\n\"",
            r#""\x""#,
            r#""\u12""#,
            r#""\u12g4""#,
            r#""\u+123""#,
            "]",
            ",",
            "'a'",
        ] {
            same(bad);
            assert_eq!(Json::parse(bad), None, "{bad}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(Json::parse(&deep), None);
    }

    #[test]
    fn fractions_are_cut_off_and_half_a_pair_is_marked() {
        assert_eq!(Json::parse("3.99"), Some(Json::Number(3)));
        assert_eq!(Json::parse(r#""\ud83d""#), Some(Json::of("\u{fffd}")));
        assert_eq!(Json::parse(r#""\ud83d\u0041""#), None);
    }
}
