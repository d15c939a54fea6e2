//! What belongs to a word, as far as can be told without Unicode's tables: they would weigh a kilobyte and a half in the page.

/// Whether it is a letter, or may be one. Spaces, emoji, and the marks that stand beside words in the scripts of the page's
/// languages are none.
pub fn is_letter(c: char) -> bool {
    let is_mark = matches!(c, '×' | '÷' | '،' | '؛' | '؟' | '।' | '॥' | '゠' | '・');
    let is_western = matches!(c, '\u{c0}'..='\u{1fff}' | '\u{2c00}'..='\u{2dff}' | '\u{10000}'..='\u{16fff}');
    let is_eastern = matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{d7ff}' | '\u{f900}'..='\u{fdff}' | '\u{20000}'..='\u{3ffff}');
    let is_of_a_form = matches!(c, '\u{fe70}'..='\u{fefc}' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | 'ｦ'..='\u{ffdc}');
    c.is_ascii_alphabetic() || (!is_mark && (is_western || is_eastern || is_of_a_form))
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
        for other in " .,:;!?@#-–—…'\"()[]<>/\\1\u{a0}\u{2003}、。「」『』【】《》〈〉・～｢｣（）［］｛｝：！？،؛؟।×😀👍❤✓→€".chars()
        {
            assert!(!is_letter(other), "{other:?}");
        }
        assert!(is_letter_or_digit('7') && !is_letter_or_digit('_'));
    }
}
