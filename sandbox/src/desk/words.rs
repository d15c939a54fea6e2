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
    while let Some(character) = rest.chars().next() {
        let named = rest.strip_prefix('@').and_then(|after| {
            let person = people.iter().find(|person| !person.display_name.is_empty() && after.starts_with(&person.display_name))?;
            Some((format!("<@personId:{}>", person.id.public()), after.get(person.display_name.len()..)?))
        });
        let named = named.or_else(|| rest.strip_prefix("@all").map(|after| ("<@all>".to_owned(), after)));
        if let Some((mention, after)) = named {
            markdown.push_str(&mention);
            (rest, is_mentioning) = (after, true);
            continue;
        }
        match character {
            '\n' => markdown.push_str("  \n"),
            _ if character.is_ascii_punctuation() => markdown.extend(['\\', character]),
            _ => markdown.push(character),
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    if is_mentioning { Written::markdown(markdown) } else { Written::text(text) }
}
