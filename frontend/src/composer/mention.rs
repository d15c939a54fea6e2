//! Mentioning somebody: what stands behind an `@` is looked for among the people of the space.
//!
//! The message carries the name as it is written; the server knows whom of the space it means.

use shared::letters::is_letter_or_digit;

use crate::platform::intl;
use crate::shelf::Shelf;
use crate::ui::element::{Drawn, element};
use crate::words::words;

/// The id of the list, and the beginning of those of its lines.
pub const LIST_ID: &str = "mentions";
/// More are not worth reading through: a letter more and they are fewer.
const MAX_SHOWN: usize = 6;

/// Who may be meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mention {
    /// Their names; nobody is being mentioned if there are none.
    pub names: Vec<String>,
    /// The one that would be taken.
    pub chosen: usize,
    /// What was typed for it with the `@`, in UTF-16 units.
    pub typed_units: u32,
}

impl Mention {
    /// Who may be meant by what stands before the caret; `fold` makes letters alike.
    pub fn of(before: &str, people: &[String], fold: &dyn Fn(&str) -> String) -> Self {
        let Some((ahead, typed)) = before.rsplit_once('@') else { return Self::default() };
        let is_apart = ahead.chars().next_back().is_none_or(|c| !is_letter_or_digit(c));
        if !is_apart || typed.starts_with(char::is_whitespace) {
            return Self::default();
        }
        let looked_for = fold(typed);
        let is_meant = |name: &&String| {
            let name = fold(name);
            name != looked_for && (name.starts_with(&looked_for) || name.split(' ').any(|word| word.starts_with(&looked_for)))
        };
        let names: Vec<_> = people.iter().filter(is_meant).take(MAX_SHOWN).cloned().collect();
        if names.is_empty() {
            return Self::default();
        }
        Self { names, chosen: 0, typed_units: typed.encode_utf16().count() as u32 + 1 }
    }

    /// The one that would be taken.
    pub fn name(&self) -> Option<&str> {
        self.names.get(self.chosen).map(String::as_str)
    }

    /// Up or down by one, round and round.
    pub fn step(&mut self, is_down: bool) {
        let count = self.names.len().max(1);
        self.chosen = (self.chosen + if is_down { 1 } else { count - 1 }) % count;
    }
}

/// The same, by the rules of the page's language.
pub fn looked_for(before: &str, people: &[String]) -> Mention {
    Mention::of(before, people, &intl::folded)
}

/// The list of who may be meant.
pub fn mention_list(mention: Shelf<Mention>, take: impl Fn(usize) + Clone + 'static) -> Option<Drawn> {
    let line = |(place, name): (usize, &String), chosen: usize| {
        let take = take.clone();
        element("li", "mention")
            .with("id", &line_id(place))
            .with("role", "option")
            .with("aria-selected", if place == chosen { "true" } else { "false" })
            // The text box keeps the focus.
            .on("pointerdown", |event| event.prevent_default())
            .on("click", move |_| take(place))
            .child(element("bdi", "").text(name))
    };
    mention.with(|mention| {
        let list =
            element("ul", "composer__panel mentions").with("id", LIST_ID).with("role", "listbox").with("aria-label", words().mention());
        (!mention.names.is_empty()).then(|| list.children(mention.names.iter().enumerate().map(|one| line(one, mention.chosen))))
    })
}

/// The id of a line of the list.
pub fn line_id(place: usize) -> String {
    LIST_ID.to_owned() + "-" + &place.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(before: &str) -> Vec<String> {
        let people = ["Grace Hopper", "Ben", "Bernd O'Hara"].map(str::to_owned);
        Mention::of(before, &people, &|text: &str| text.to_lowercase()).names
    }

    #[test]
    fn names_are_offered_behind_an_at_that_begins_a_word() {
        assert_eq!(names("@"), ["Grace Hopper", "Ben", "Bernd O'Hara"]);
        assert_eq!(names("Hi (@be"), ["Ben", "Bernd O'Hara"]);
        assert_eq!(names("@Bernd o"), ["Bernd O'Hara"]);
        assert_eq!(names("@hopp"), ["Grace Hopper"], "by any of its words");
        for nobody in ["", "ben", "a@be", "@ ", "@ben", "@ben and so on", "@x"] {
            assert_eq!(names(nobody), [""; 0], "{nobody}");
        }
    }

    #[test]
    fn the_choice_goes_round() {
        let mut mention = Mention { names: vec!["a".into(), "b".into()], chosen: 0, typed_units: 1 };
        mention.step(false);
        assert_eq!(mention.name(), Some("b"));
        mention.step(true);
        assert_eq!(mention.name(), Some("a"));
    }
}
