//! A site, from JSON; see [`super::decode`].

use shared::{Asked, Consent, PreChat, SiteId, SiteProfile};

use super::decode::{Decode, flag, list, number, one, text};
use super::json::Json;

impl Decode for SiteProfile {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self {
            id: SiteId::new(text(value, "id")?),
            name: text(value, "name")?,
            welcome: text(value, "welcome"),
            away: one(value, "away"),
            max_file_bytes: number(value, "max_file_bytes").unwrap_or_default(),
            media_test_url: text(value, "media_test_url"),
            is_simulated: flag(value, "is_simulated"),
            may_be_signed_in: flag(value, "may_be_signed_in"),
            needs_identity: flag(value, "needs_identity"),
            pre_chat: one(value, "pre_chat").unwrap_or_default(),
        })
    }
}

impl Decode for PreChat {
    fn decode(value: &Json) -> Option<Self> {
        let email = match text(value, "email").as_deref() {
            Some("optional") => Asked::Optional,
            Some("required") => Asked::Required,
            _ => Asked::No,
        };
        Some(Self { email, topics: list(value, "topics")?, consent: one(value, "consent") })
    }
}

impl Decode for Consent {
    fn decode(value: &Json) -> Option<Self> {
        Some(Self { version: text(value, "version")?, text: text(value, "text")?, url: text(value, "url") })
    }
}
