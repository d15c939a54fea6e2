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

/// What somebody calls themselves, in words that are not theirs: nothing in it becomes a link, as addresses do by themselves.
pub fn unlinked(name: &str) -> String {
    let mut unlinked = String::with_capacity(name.len());
    let mut rest = name.chars();
    while let Some(c) = rest.next() {
        unlinked.push(c);
        let goes_on = rest.as_str().chars().take(2).filter(|next| next.is_alphanumeric()).count() == 2;
        if (c == '.' && goes_on) || (c == ':' && rest.as_str().starts_with('/')) || c == '@' {
            unlinked.push(APART);
        }
    }
    unlinked
}

/// Takes no room, and keeps apart what would be an address.
const APART: char = '\u{2060}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_markup() {
        assert_eq!(escape("Ada Lovelace, Dr."), "Ada Lovelace, Dr.");
        assert_eq!(escape("<@all> *x*\n# y"), "\\<@all\\> \\*x\\* \\# y");
    }

    #[test]
    fn a_name_is_no_link() {
        for plain in ["Ada Lovelace, Dr.", "J.R.R. Tolkien", "No. 7", "a: b/c"] {
            assert_eq!(unlinked(plain), plain);
        }
        assert_eq!(unlinked("https://evil.example/host"), "https:\u{2060}//evil.\u{2060}example/host");
        assert_eq!(unlinked("www.evil.example"), "www.\u{2060}evil.\u{2060}example");
        assert_eq!(unlinked("help@evil.example"), "help@\u{2060}evil.\u{2060}example");
    }
}
