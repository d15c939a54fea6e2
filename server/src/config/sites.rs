//! `[[site]]`: one owner's portal each.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use shared::{Away, PreChat, SiteId, SiteProfile, outgoing::is_hidden};

use super::{
    connections::{ConnectionId, FIRST, Wanted},
    identity,
    launcher::{self, LauncherConfig},
    limits::{self, Profile},
    logo::Logo,
    meetings::MeetingsConfig,
    pre_chat,
    reader::Section,
    theme,
    webhooks::{self, WebhookConfig},
    words,
};
use crate::{
    hours::Hours,
    limits::{Rate, Rule},
    session::IdentityConfig,
    theme::Theme,
    words::SiteWords,
};

pub(super) const MAX_NAME_CHARS: usize = 64;
/// Leaves room in a message of Webex.
const MAX_TEXT_CHARS: usize = 1000;
/// An address of an e-mail is the longest.
const MAX_DESTINATION_BYTES: usize = 254;
const DEFAULT_REMEMBER_GUEST_DAYS: i64 = 90;
const MAX_REMEMBER_GUEST_DAYS: i64 = 400;
const MAX_KIOSK_MINUTES: i64 = 60;
const DEFAULT_FILE_BYTES: i64 = 25 * 1024 * 1024;
/// Webex takes no larger ones.
const MAX_FILE_BYTES: i64 = 100_000_000;

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
    /// `connection`, default `webex`: with which credentials.
    pub connection: ConnectionId,
    /// `conversation`, default `space`: where guests write.
    pub conversation: ConversationKind,
    /// `staff`: the e-mail addresses, in Webex, of those who answer and are told of meetings.
    pub staff: Vec<String>,
    /// `remember_guest_days`, default 90: how long a browser remembers its guest; 0 not at all, for shared machines.
    pub remember_guest_days: i64,
    /// `max_file_bytes`, default 25 MiB: the largest file a guest may send, at most 100,000,000.
    pub max_file_bytes: u64,
    /// `allowed_origins`: the pages that may show the site's widget in a frame, such as `https://www.example.com`.
    pub allowed_origins: Vec<String>,
    /// `destinations`: what pages made for Cisco's Space widget name as its destination and this site's chat is shown for.
    pub destinations: Vec<String>,
    /// `[site.theme]`: its colours; `None`: the portal's.
    pub theme: Option<Theme>,
    /// `logo` of `[site.theme]`: its picture; `None`: the portal's.
    pub logo: Option<Logo>,
    /// `[site.words.<language>]`: the page's words in the site's own wording.
    pub words: Vec<SiteWords>,
    /// `kiosk_minutes`, default 0: on a shared device the guest leaves by themselves after so long; 0 never.
    pub kiosk_minutes: i64,
    /// `proof_of_work`, default false: whether a browser works for a moment before it becomes a guest.
    pub asks_for_proof: bool,
    /// `[site.launcher]`: the button on the owner's pages.
    pub launcher: LauncherConfig,
    /// `[site.identity]`: whether the site's back end says who its visitors are.
    pub identity: IdentityConfig,
    /// `[site.pre_chat]`: what guests are asked besides their name.
    pub pre_chat: PreChat,
    /// `[site.hours]`: when somebody is there; `None`: always.
    pub hours: Option<Hours>,
    /// `[site.meetings]`; absent where meetings are not offered.
    pub meetings: Option<MeetingsConfig>,
    /// `[[site.webhook]]`: who hears what happens.
    pub webhooks: Vec<WebhookConfig>,
    /// `[site.limits]`: how much may be done on the site; rules that are missing do not apply.
    pub limits: BTreeMap<Rule, Rate>,
}

/// Where a site's guests write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConversationKind {
    /// `space`: one group space per guest, with all of `staff` in it.
    Space,
    /// `direct`: one to one with the one person in `staff`.
    Direct,
    /// `existing`: whatever spaces the guest is in.
    Existing,
    /// `none`: nowhere; the site offers meetings only.
    None,
}

/// What follows the last `@`, in lower case.
pub(crate) fn domain_of(email: &str) -> String {
    email.rsplit('@').next().unwrap_or_default().to_lowercase()
}

impl SiteConfig {
    /// The domains of everybody who is asked here: whoever asks for a meeting may name others of these, and nobody from elsewhere.
    pub fn staff_domains(&self) -> BTreeSet<String> {
        let policies = self.meetings.iter().flat_map(|meetings| {
            let of_topics = meetings.topics.iter().map(|topic| &topic.policy);
            of_topics.chain([&meetings.general])
        });
        let asked = policies.flat_map(|policy| policy.staff.iter().chain(&policy.escalate_to));
        self.staff.iter().chain(asked).map(|email| domain_of(email)).collect()
    }

    /// What anybody may know of the site.
    pub fn profile(&self, is_simulated: bool, media_test_url: Option<String>, away: Option<Away>) -> SiteProfile {
        SiteProfile {
            id: self.id.clone(),
            name: self.name.clone(),
            welcome: self.welcome.clone(),
            away,
            max_file_bytes: self.max_file_bytes,
            media_test_url: media_test_url.filter(|_| self.meetings.is_some()),
            is_simulated,
            may_be_signed_in: false,
            needs_identity: self.identity.is_required(),
            pre_chat: self.pre_chat.clone(),
        }
    }

    fn read(section: &Section<'_, '_>, connections: &[Wanted], profile: Profile) -> Self {
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
        let connection = section.text("connection").unwrap_or_else(|| FIRST.into());
        let connection = connections.iter().find(|wanted| wanted.id.as_str() == connection).or_else(|| {
            if !connections.is_empty() {
                let names: Vec<_> = connections.iter().map(|wanted| format!("`{}`", wanted.id)).collect();
                section.report("connection", format!("`{connection}` is no connection of this file; there is {}", names.join(", ")));
            }
            None
        });
        let conversation = read_conversation(section, connection);
        let staff = section.texts("staff");
        let mut known = BTreeSet::new();
        if let Some(twice) = staff.iter().find(|email| !known.insert(email.to_lowercase())) {
            section.report("staff", format!("lists {twice} twice; each is told of a meeting once"));
        }
        let needs_staff = conversation != ConversationKind::Existing;
        if (needs_staff && staff.is_empty()) || staff.iter().any(|email| !is_email(email)) {
            section.report("staff", "must list the Webex e-mail addresses of those who answer, at least one: [\"ann@example.com\"]");
        } else if conversation == ConversationKind::Direct && staff.len() > 1 {
            section.report("staff", "must be one address: with `conversation = \"direct\"` guests write to one person");
        }
        let bounded = |key: &str, default: i64, range: std::ops::RangeInclusive<i64>, why: &str| {
            let number = section.number(key).unwrap_or(default);
            if !range.contains(&number) {
                section.report(key, format!("must be between {} and {}; {why}", range.start(), range.end()));
            }
            number
        };
        let kiosk_minutes = bounded("kiosk_minutes", 0, 0..=MAX_KIOSK_MINUTES, "0 is for devices that belong to one person");
        let is_kiosk = (1..=MAX_KIOSK_MINUTES).contains(&kiosk_minutes);
        let default = if is_kiosk { 0 } else { DEFAULT_REMEMBER_GUEST_DAYS };
        let remember_guest_days = bounded("remember_guest_days", default, 0..=MAX_REMEMBER_GUEST_DAYS, "browsers keep no cookie longer");
        if is_kiosk && remember_guest_days > 0 {
            section.report("remember_guest_days", "must be 0, or left out, with `kiosk_minutes`: a shared device remembers nobody");
        }
        let max_file_bytes = bounded("max_file_bytes", DEFAULT_FILE_BYTES, 0..=MAX_FILE_BYTES, "Webex takes no larger file; 0 takes none");
        let asks_for_proof = section.flag("proof_of_work").unwrap_or(false);
        let allowed_origins = section.texts("allowed_origins");
        for origin in allowed_origins.iter().filter(|origin| !is_origin(origin)) {
            section.report(
                "allowed_origins",
                format!(
                    "`{origin}` is not an origin; write https, the host and a port other than 443, no more: https://www.example.com (http is for this machine only)"
                ),
            );
        }
        let destinations = section.texts("destinations");
        if let Some(wrong) =
            destinations.iter().find(|destination| destination.trim().is_empty() || destination.len() > MAX_DESTINATION_BYTES)
        {
            section.report(
                "destinations",
                format!("`{wrong}` is empty or longer than any address or id of Webex; write it as those pages do"),
            );
        }
        let can_tell_topic = conversation == ConversationKind::Space && connection.is_none_or(|wanted| wanted.service_app);
        let (theme, logo) = theme::read(&section.section("theme"));
        let words = words::read(&section.section("words"));
        let launcher = launcher::read(&section.section("launcher"));
        let identity = identity::read(&section.section("identity"));
        let pre_chat = pre_chat::read(&section.section("pre_chat"), can_tell_topic);
        let hours = Hours::read(&section.section("hours"), None);
        let meetings = MeetingsConfig::read(&section.section("meetings"), connection, &staff, hours.as_ref());
        let webhooks = webhooks::read_all(section);
        let limits = limits::read_of_site(&section.section("limits"), profile);
        section.finish();
        Self {
            id: id.ok().flatten().unwrap_or_else(|| SiteId::new("")),
            name,
            welcome,
            greeting,
            connection: connection.map_or_else(ConnectionId::first, |wanted| wanted.id.clone()),
            conversation,
            staff,
            remember_guest_days,
            max_file_bytes: u64::try_from(max_file_bytes).unwrap_or(0),
            allowed_origins,
            destinations,
            theme,
            logo,
            words,
            kiosk_minutes,
            asks_for_proof,
            launcher,
            identity,
            pre_chat,
            hours,
            meetings,
            webhooks,
            limits,
        }
    }
}

fn read_conversation(section: &Section<'_, '_>, connection: Option<&Wanted>) -> ConversationKind {
    let can_vouch = connection.is_none_or(|wanted| wanted.service_app || wanted.guest_issuer);
    let default = if can_vouch { ConversationKind::Space } else { ConversationKind::None };
    let kind = section.parsed("conversation", "`space`, `direct`, `existing` or `none`", |text| match text {
        "space" => Some(ConversationKind::Space),
        "direct" => Some(ConversationKind::Direct),
        "existing" => Some(ConversationKind::Existing),
        "none" => Some(ConversationKind::None),
        _ => None,
    });
    let kind = kind.ok().flatten().unwrap_or(default);
    if kind != ConversationKind::None && !can_vouch {
        section.report(
            "conversation",
            "needs somebody to vouch for guests; add a service app or a guest issuer to this site's connection, or set `none` for meetings only",
        );
    }
    kind
}

pub(super) fn read_all(root: &Section<'_, '_>, connections: &[Wanted], profile: Profile) -> Vec<Arc<SiteConfig>> {
    let mut seen = BTreeSet::new();
    let is_listed = root.has("site");
    let sites: Vec<_> = root
        .sections("site")
        .iter()
        .map(|section| {
            let site = SiteConfig::read(section, connections, profile);
            if !site.id.as_str().is_empty() && !seen.insert(site.id.clone()) {
                section.report("id", format!("`{}` is used by two sites; give each its own", site.id));
            }
            Arc::new(site)
        })
        .collect();
    if !is_listed || sites.is_empty() {
        root.report("site", "is missing; describe at least one site under `[[site]]`");
    }
    sites
}

pub(crate) fn is_email(text: &str) -> bool {
    let is_odd = |c: char| {
        c.is_whitespace() || c.is_control() || is_hidden(c) || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | ':' | '"' | '\\')
    };
    let is_host = |domain: &str| domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.') && !domain.contains('@');
    !text.contains(is_odd) && text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && is_host(domain))
}

/// Scheme, host and port as browsers write them: it becomes part of a policy, where anything else would change its meaning.
fn is_origin(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    let is_loopback =
        url.host_str().is_some_and(|host| matches!(host, "127.0.0.1" | "[::1]") || host == "localhost" || host.ends_with(".localhost"));
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    // Hosts may hold characters that mean something in a policy.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'/' | b'[' | b']'));
    is_safe && is_plain && url.origin().ascii_serialization() == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_origin_becomes_part_of_a_policy() {
        for good in ["https://www.example.com", "https://example.com:8443", "http://127.0.0.1:3000", "http://shop.localhost:8080"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "*",
            "https://*.example.com",
            "https://example.com/",
            "https://example.com;",
            "http://example.com",
            "example.com",
            "https://a.b 'self'",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
