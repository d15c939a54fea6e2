//! What must be the same in a text however it is worded. Part of two build scripts and of the server, whose owners may word
//! things in their own way.

use std::collections::BTreeSet;

/// What is filled in, in the order of the alphabet.
pub(crate) fn placeholders(text: &str) -> BTreeSet<&str> {
    let begins = text.split('{').skip(1);
    begins.filter_map(|rest| rest.split_once(['}', ','])).map(|(name, _)| name).filter(|name| is_name(name)).collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The forms of a plural, in the order they stand in.
pub(crate) fn plural_forms(text: &str) -> Vec<&str> {
    let heads = text.split('{').map(str::trim_end).filter_map(|head| head.rsplit([' ', '}']).next());
    heads.filter(|form| ["zero", "one", "two", "few", "many", "other"].contains(form)).collect()
}
