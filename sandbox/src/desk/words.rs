//! What is typed at the desk: plain words, with `@Name` for who is meant.

use crate::content::Written;
use crate::ids::RoomId;
use crate::state::{Organisation, Person};

/// As a message. Members who are named after an `@` are mentioned; without one it stays plain text.
pub(super) fn written(organisation: &Organisation, room: Option<RoomId>, text: &str) -> Written {
    if text.trim().is_empty() {
        return Written::default();
    }
    let members = room.into_iter().flat_map(|room| organisation.members(room));
    let mut people: Vec<&Person> = members.filter_map(|membership| organisation.person(membership.person)).collect();
    // Of two names that begin alike the longer one is meant.
    people.sort_by_key(|person| std::cmp::Reverse(person.display_name.len()));
    let (mut markdown, mut rest, mut is_mentioning) = (String::new(), text, false);
    let mut before = None;
    while let Some(character) = rest.chars().next() {
        let named = rest.strip_prefix('@').filter(|_| !before.is_some_and(char::is_alphanumeric)).and_then(|after| {
            let person = people.iter().find(|person| begins_with_word(after, &person.display_name));
            let person = person.map(|person| (format!("<@personId:{}>", person.id.public()), person.display_name.len()));
            person.or_else(|| begins_with_word(after, "all").then(|| ("<@all>".to_owned(), "all".len())))
        });
        if let Some((mention, length)) = named {
            markdown.push_str(&mention);
            rest = rest.get('@'.len_utf8() + length..).unwrap_or_default();
            (before, is_mentioning) = (None, true);
            continue;
        }
        match character {
            '\n' => markdown.push_str("  \n"),
            _ if character.is_ascii_punctuation() => markdown.extend(['\\', character]),
            _ => markdown.push(character),
        }
        before = Some(character);
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    if is_mentioning { Written::markdown(markdown) } else { Written::text(text) }
}

/// The whole word, not the beginning of a longer one.
fn begins_with_word(text: &str, word: &str) -> bool {
    !word.is_empty() && text.strip_prefix(word).is_some_and(|after| !after.starts_with(char::is_alphanumeric))
}
