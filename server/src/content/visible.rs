//! Words without what is not seen and changes how the rest is: controls, and marks that turn the direction of writing.

use std::borrow::Cow;

/// The text without control characters (line breaks and tabs stay) and without characters that show what follows, or what
/// is around, in another order than it was written in. Marks that only say which way a neutral character goes stay: Arabic and
/// Hebrew need them.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.contains(is_unseen) { Cow::Owned(text.chars().filter(|c| !is_unseen(*c)).collect()) } else { Cow::Borrowed(text) }
}

fn is_unseen(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_and_what_plays_with_them_goes() {
        assert_eq!(visible("a\r\n\tb\0\u{1b}[31m\u{7f}\u{9b}\u{202e}c\u{2066}d\u{2069}"), "a\n\tb[31mcd");
        for same in ["", "Grüße 한글 👩‍👩‍👧", "שלום\u{200f}!", "\u{61c}1"] {
            assert!(matches!(visible(same), Cow::Borrowed(text) if text == same));
        }
    }
}
