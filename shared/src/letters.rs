//! What belongs to a word, as far as can be told without Unicode's tables: they would weigh a kilobyte and a half in the page.

/// Whether it is a letter, or may be one: nothing that is written among words (a space, a mark, a symbol, an emoji) is.
pub fn is_letter(c: char) -> bool {
    let is_of_a_script = matches!(c, '\u{c0}'..='\u{1fff}' | '\u{2c00}'..='\u{2dff}' | '\u{3005}'..='\u{d7ff}' | '\u{f900}'..='\u{fdff}');
    let is_of_another =
        matches!(c, '\u{fe70}'..='\u{fefc}' | '\u{ff21}'..='\u{ffdc}' | '\u{10000}'..='\u{16fff}' | '\u{20000}'..='\u{3ffff}');
    c.is_ascii_alphabetic() || is_of_a_script || is_of_another
}

/// The same with digits.
pub fn is_letter_or_digit(c: char) -> bool {
    c.is_ascii_digit() || is_letter(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_are_told_from_marks_and_emoji() {
        for letter in "aZßéñłЖωשعहกあ漢한ﷲＡ𠀀".chars() {
            assert!(is_letter(letter), "{letter}");
        }
        for other in " .,:;!?@#-–—…'\"()[]<>/\\1\u{a0}\u{2003}、。😀👍❤✓→€".chars() {
            assert!(!is_letter(other), "{other:?}");
        }
        assert!(is_letter_or_digit('7') && !is_letter_or_digit('_'));
    }
}
