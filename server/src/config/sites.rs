//! `[[site]]`: one owner's portal each.

use std::collections::BTreeSet;

use shared::{SiteId, SiteProfile};

use super::reader::Section;

const MAX_NAME_CHARS: usize = 64;
/// Leaves room in a message of Webex.
const MAX_TEXT_CHARS: usize = 1000;
const DEFAULT_REMEMBER_GUEST_DAYS: i64 = 90;
const MAX_REMEMBER_GUEST_DAYS: i64 = 400;

/// One `[[site]]`. Lists have no environment variables.
#[derive(Clone, Debug)]
pub struct SiteConfig {
    /// `id`: the word in `/s/{site}`, unique.
    pub id: SiteId,
    /// `name`: what guests see.
    pub name: String,
    /// `welcome`, optional: what the page says before the first message.
    pub welcome: Option<String>,
    /// `greeting`, optional: what the portal posts into a new space before the guest's first message.
    pub greeting: Option<String>,
    /// `staff`: the e-mail addresses, in Webex, of those who answer.
    pub staff: Vec<String>,
    /// `remember_guest_days`, default 90: how long a browser remembers its guest; 0 not at all, for shared machines.
    pub remember_guest_days: i64,
}

impl SiteConfig {
    /// What anybody may know of the site.
    pub fn profile(&self, is_simulated: bool) -> SiteProfile {
        SiteProfile { id: self.id.clone(), name: self.name.clone(), welcome: self.welcome.clone(), is_simulated }
    }

    fn read(section: &Section<'_, '_>) -> Self {
        let id = section
            .parsed("id", "a site id: lower-case letters, digits and hyphens, at most 32", |text| {
                SiteId::is_well_formed(text).then(|| SiteId::new(text))
            })
            .inspect(|id| {
                if id.is_none() {
                    section.report("id", "is missing; it becomes part of the site's address, such as `acme` in /s/acme");
                }
            });
        let name = section.text("name").unwrap_or_default().trim().to_owned();
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
            section.report("name", format!("is missing or too long; it is what guests see, in 1 to {MAX_NAME_CHARS} characters"));
        }
        let short_text = |key: &str| {
            let text = section.text(key).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            if text.as_ref().is_some_and(|text| text.chars().count() > MAX_TEXT_CHARS) {
                section.report(key, format!("is too long; at most {MAX_TEXT_CHARS} characters"));
            }
            text
        };
        let (welcome, greeting) = (short_text("welcome"), short_text("greeting"));
        let staff = section.texts("staff");
        if staff.is_empty() || staff.iter().any(|email| !is_email(email)) {
            section.report("staff", "must list the Webex e-mail addresses of those who answer, at least one: [\"ann@example.com\"]");
        }
        let remember_guest_days = section.number("remember_guest_days").unwrap_or(DEFAULT_REMEMBER_GUEST_DAYS);
        if !(0..=MAX_REMEMBER_GUEST_DAYS).contains(&remember_guest_days) {
            section
                .report("remember_guest_days", format!("must be between 0 and {MAX_REMEMBER_GUEST_DAYS}; browsers keep no cookie longer"));
        }
        section.finish();
        Self { id: id.ok().flatten().unwrap_or_else(|| SiteId::new("")), name, welcome, greeting, staff, remember_guest_days }
    }
}

pub(super) fn read_all(root: &Section<'_, '_>) -> Vec<SiteConfig> {
    let mut seen = BTreeSet::new();
    let is_listed = root.has("site");
    let sites: Vec<_> = root
        .sections("site")
        .iter()
        .map(|section| {
            let site = SiteConfig::read(section);
            if !site.id.as_str().is_empty() && !seen.insert(site.id.clone()) {
                section.report("id", format!("`{}` is used by two sites; give each its own", site.id));
            }
            site
        })
        .collect();
    if !is_listed || sites.is_empty() {
        root.report("site", "is missing; describe at least one site under `[[site]]`");
    }
    sites
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace))
}
