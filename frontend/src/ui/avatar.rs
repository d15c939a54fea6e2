//! A person as two letters on a colour of their own. Pictures of people never come to the page.

use super::element::{Drawn, element};

/// A person's initials; the colour is chosen by the id. The name stands beside it, so that screen
/// readers pass over this.
pub fn avatar(name: &str, id: &str) -> Drawn {
    element("span", class_of(id)).with("aria-hidden", "true").text(&initials(name))
}

/// The first letters of the first and the last word; the sheet makes capitals of them.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| !c.is_ascii_punctuation()));
    let first = words.next();
    // Two letters of these scripts would be read as a word.
    let is_joined = first.is_some_and(|c| matches!(c, '\u{590}'..='\u{8ff}'));
    let last = words.next_back().filter(|_| !is_joined);
    first.into_iter().chain(last).collect()
}

/// One of six colours, always the same for the same person.
pub fn class_of(id: &str) -> &'static str {
    match id.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % 6 {
        0 => "avatar avatar--0",
        1 => "avatar avatar--1",
        2 => "avatar avatar--2",
        3 => "avatar avatar--3",
        4 => "avatar avatar--4",
        _ => "avatar avatar--5",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("Ada Lovelace"), "AL");
        assert_eq!(initials("ada"), "a");
        assert_eq!(initials("Ana María (Support) de la Cruz"), "AC");
        assert_eq!(initials("أمل حسن"), "أ");
        assert_eq!(initials("😀"), "😀");
        assert_eq!(initials("..."), "");
        assert_eq!(initials(""), "");
    }
}
