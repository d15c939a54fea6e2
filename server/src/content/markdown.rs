//! What the portal writes with markup: words of others in it must stay words.

/// The text with everything that could be markup, a mention or HTML escaped, on one line.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => escaped.push(' '),
            c if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | '\'' | '?' | ':' | ';' | '/' | '@' | '%') => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_markup() {
        assert_eq!(escape("Ada Lovelace, Dr."), "Ada Lovelace, Dr.");
        assert_eq!(escape("<@all> *x*\n# y"), "\\<@all\\> \\*x\\* \\# y");
    }
}
