//! `[site.words.<language>]`: what the page says, in the site's own wording.

use std::collections::BTreeMap;

use super::reader::Section;
use crate::words::{SiteWords, languages};

/// Reads the sections of all languages.
pub(super) fn read(section: &Section<'_, '_>) -> Vec<SiteWords> {
    let mut read = Vec::new();
    for tag in section.keys() {
        let own = section.section(&tag);
        let texts: BTreeMap<String, String> = own.keys().into_iter().filter_map(|key| own.text(&key).map(|text| (key, text))).collect();
        match SiteWords::of(&tag, &texts) {
            Some(Ok(words)) => read.push(words),
            Some(Err(wrong)) => wrong.iter().for_each(|(key, remedy)| own.report(key, remedy)),
            None => section.report(&tag, format!("is no language of the page; there are {}", languages().collect::<Vec<_>>().join(", "))),
        }
    }
    read
}
