//! `[site.pre_chat]`: what guests are asked besides their name.

use std::collections::BTreeSet;

use shared::{Asked, Consent, PreChat};

use super::{reader::Section, sites::MAX_NAME_CHARS};

const MAX_TOPICS: usize = 20;
/// More than this nobody reads beside a box; the rest belongs behind `consent_url`.
const MAX_CONSENT_CHARS: usize = 500;

/// Reads the section; topics need somebody to tell them to staff.
pub(super) fn read(section: &Section<'_, '_>, can_tell_topic: bool) -> PreChat {
    let topics: Vec<String> = section.texts("topics").iter().map(|topic| topic.trim().to_owned()).collect();
    let is_wrong = |topic: &String| topic.is_empty() || topic.chars().count() > MAX_NAME_CHARS;
    let mut known = BTreeSet::new();
    if topics.len() > MAX_TOPICS || topics.iter().any(is_wrong) || !topics.iter().all(|topic| known.insert(topic)) {
        section.report("topics", format!("must be at most {MAX_TOPICS} different names of 1 to {MAX_NAME_CHARS} characters"));
    } else if !topics.is_empty() && !can_tell_topic {
        section.report(
            "topics",
            "needs `conversation = \"space\"` and a service app, which tells staff the topic there; remove it, or add them",
        );
    }
    let email = section.parsed("email", "`no`, `optional` or `required`", |text| match text {
        "no" => Some(Asked::No),
        "optional" => Some(Asked::Optional),
        "required" => Some(Asked::Required),
        _ => None,
    });
    let email = email.ok().flatten().unwrap_or_default();
    if !email.is_no() && !can_tell_topic {
        section.report(
            "email",
            "needs `conversation = \"space\"` and a service app, which tells staff the address there; remove it, or add them",
        );
    }
    let word = |key: &str| section.text(key).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let (text, version, url) = (word("consent"), word("consent_version"), word("consent_url"));
    section.finish();
    if text.as_ref().is_some_and(|text| text.chars().count() > MAX_CONSENT_CHARS) {
        section.report("consent", format!("is too long; at most {MAX_CONSENT_CHARS} characters, the rest belongs behind `consent_url`"));
    }
    if url.as_ref().is_some_and(|url| !is_page(url)) {
        section.report("consent_url", "must be the address of a page: https://www.example.com/privacy");
    }
    let consent = match (text, version) {
        (Some(text), Some(version)) => Some(Consent { version, text, url }),
        (Some(_), None) => {
            section.report("consent_version", "is missing; it is kept with each consent: \"2026-11\". Change it whenever the text changes");
            None
        }
        (None, version) => {
            if version.is_some() || url.is_some() {
                section.report("consent", "is missing; it is what guests agree to");
            }
            None
        }
    };
    PreChat { email, topics, consent }
}

fn is_page(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}
