//! A person as two letters on a colour of their own. Pictures of people never come to the page.

use leptos::prelude::*;

use crate::view;

/// A person's initials. The name stands beside it, so that screen readers pass over this.
#[component]
pub fn Avatar(
    /// The person's name.
    name: String,
    /// What the colour is chosen by.
    id: String,
) -> impl IntoView {
    let colour = format!("avatar avatar--{}", colour_of(&id));
    view! { <span class=colour aria-hidden="true">{initials(&name)}</span> }.into_any()
}

/// The first letters of the first and the last word.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// One of six colours, always the same for the same person.
fn colour_of(id: &str) -> u32 {
    id.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("Ada Lovelace"), "AL");
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials("Ana María (Support) de la Cruz"), "AC");
        assert_eq!(initials("أمل حسن"), "أح");
        assert_eq!(initials("😀"), "");
        assert_eq!(initials(""), "");
    }
}
