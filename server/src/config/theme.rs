//! `[site.theme]`: a site's own colours and picture.

use super::{
    logo::{self, Logo},
    reader::Section,
};
use crate::theme::{Colour, Theme};

/// Reads the section; `None` where the site keeps the portal's own.
pub(super) fn read(section: &Section<'_, '_>) -> (Option<Theme>, Option<Logo>) {
    let logo = logo::read(section);
    let colour = |key| section.parsed(key, "a colour in hexadecimal, such as \"#0a7d4f\"", Colour::parse).ok().flatten();
    let (accent, accent_dark) = (colour("accent"), colour("accent_dark"));
    if accent.is_none() && accent_dark.is_some() && !section.has("accent") {
        section.report("accent", "is missing; `accent_dark` only takes its place where guests prefer dark pages");
    }
    section.finish();
    (accent.map(|accent| Theme { accent, accent_dark: accent_dark.unwrap_or(accent) }), logo)
}
