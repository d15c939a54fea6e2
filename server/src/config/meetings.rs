//! `[site.meetings]`: who is asked for a meeting, for how long, and what Webex is asked for. Each topic may have its own
//! of everything.

use std::collections::BTreeSet;

use super::{
    connections::Wanted,
    reader::Section,
    sites::{MAX_NAME_CHARS, is_email},
};
use crate::{
    hours::Hours,
    instant_connect::{ContentEncryption, Encryption, HostLogin, KeyWrapping, MAX_LINKS, SignatureAlgorithm, Vertical, is_sip_address},
};

const MAX_TOPICS: usize = 20;
const MAX_DEVICES: usize = 10;
const DEFAULT_RING_SECS: u32 = 600;
const DEFAULT_ESCALATE_SECS: u32 = 120;
const DEFAULT_LINK_MINUTES: u32 = 120;
const DEFAULT_REMIND_MINUTES: u32 = 10;
/// What must be left of a meeting's links for one who takes the visit at the last moment.
const MIN_MEETING_SECS: u32 = 15 * 60;

/// `[site.meetings]`.
#[derive(Clone, Debug)]
pub struct MeetingsConfig {
    /// `topics` and `[[site.meetings.topic]]`: what a meeting may be about; guests choose one if there are any.
    pub topics: Vec<TopicConfig>,
    /// What holds for a meeting without a topic, and for topics that say nothing else.
    pub general: MeetingPolicy,
}

/// One thing a meeting may be about.
#[derive(Clone, Debug)]
pub struct TopicConfig {
    /// `name`: what guests choose.
    pub name: String,
    /// What holds for its meetings.
    pub policy: MeetingPolicy,
}

/// How a request for a meeting is dealt with.
#[derive(Clone, Debug)]
pub struct MeetingPolicy {
    /// `staff`, default the site's: who is asked first, by their e-mail addresses in Webex.
    pub staff: Vec<String>,
    /// `escalate_to`, default the others of the site's `staff`: who is asked as well when nobody took it.
    pub escalate_to: Vec<String>,
    /// The same as it was given, for topics to take over.
    given_escalate_to: Option<Vec<String>>,
    /// `escalate_secs`, default 120: after how long they are.
    pub escalate_secs: u32,
    /// `ring_secs`, default 600: how long staff are asked before a request counts as missed.
    pub ring_secs: u32,
    /// `link_minutes`, default 120: how long the meeting's links live.
    pub link_minutes: u32,
    /// `remind_minutes`, default 10: how long before a scheduled meeting its links open and staff are asked.
    pub remind_minutes: u32,
    /// `hours`, default the site's: outside them no meeting is offered. `None`: always.
    pub hours: Option<Hours>,
    /// What Webex is asked for.
    pub links: LinkPolicy,
}

/// What the broker is asked for.
#[derive(Clone, Debug)]
pub struct LinkPolicy {
    /// `hosts`, default 1: how many of staff may be hosts of one meeting.
    pub hosts: u16,
    /// `guests`, default 1: how many links there are for the guest's side: one for the guest, the others to pass on.
    pub guests: u16,
    /// `vertical`, default `general`: the words of Webex's meeting pages.
    pub vertical: Vertical,
    /// `host_login`, default `none`: whether hosts are asked to log in to Webex.
    pub host_login: HostLogin,
    /// `long_links`, default false: links that carry everything, about a thousand characters each.
    pub long_links: bool,
    /// `devices`: SIP addresses of Webex devices that are called when the host joins.
    pub devices: Vec<String>,
    /// `[site.meetings.encryption]`: for organisations whose policies ask for certain algorithms.
    pub encryption: Encryption,
}

impl MeetingsConfig {
    /// What holds for a meeting about this. A topic that is no longer configured is treated as none.
    pub fn policy(&self, topic: Option<&str>) -> &MeetingPolicy {
        let found = self.topics.iter().find(|config| Some(&*config.name) == topic);
        found.map_or(&self.general, |config| &config.policy)
    }

    /// Without a section meetings are offered where there is a bot, which they need.
    pub(super) fn read(section: &Section<'_, '_>, connection: Option<&Wanted>, staff: &[String], hours: Option<&Hours>) -> Option<Self> {
        let has_bot = connection.is_some_and(|wanted| wanted.bot);
        let is_enabled = section.flag("enabled");
        let general = MeetingPolicy::read(section, &MeetingPolicy::of_site(staff, hours), staff);
        let mut topics: Vec<TopicConfig> =
            section.texts("topics").iter().map(|name| TopicConfig { name: name.trim().to_owned(), policy: general.clone() }).collect();
        let is_wrong = |name: &str| name.is_empty() || name.chars().count() > MAX_NAME_CHARS;
        if topics.len() > MAX_TOPICS || topics.iter().any(|topic| is_wrong(&topic.name)) {
            section.report("topics", format!("must be at most {MAX_TOPICS} names of 1 to {MAX_NAME_CHARS} characters"));
        }
        let listed = topics.len();
        for topic in section.sections("topic") {
            let name = topic.text("name").unwrap_or_default().trim().to_owned();
            if is_wrong(&name) {
                topic.report("name", format!("is missing or too long; it is what guests choose, in 1 to {MAX_NAME_CHARS} characters"));
            }
            let policy = MeetingPolicy::read(&topic, &general, staff);
            topic.finish();
            topics.push(TopicConfig { name, policy });
        }
        if listed <= MAX_TOPICS && topics.len() > MAX_TOPICS {
            section.report("topic", format!("are too many; name at most {MAX_TOPICS}, with those of `topics`"));
        }
        let mut known = BTreeSet::new();
        if let Some(twice) = topics.iter().find(|topic| !known.insert(&topic.name)) {
            section.report("topics", format!("lists `{}` twice", twice.name));
        }
        section.finish();
        // A connection that could not be read has no bot either, and is reported itself.
        if is_enabled == Some(true) && connection.is_some() && !has_bot {
            section.report("enabled", "needs a bot, which asks for the links and tells staff; add [webex.bot], or set it to false");
        }
        (has_bot && is_enabled != Some(false)).then_some(Self { topics, general })
    }
}

impl MeetingPolicy {
    /// What holds where nothing is said.
    fn of_site(staff: &[String], hours: Option<&Hours>) -> Self {
        Self {
            staff: staff.to_vec(),
            escalate_to: Vec::new(),
            given_escalate_to: None,
            escalate_secs: DEFAULT_ESCALATE_SECS,
            ring_secs: DEFAULT_RING_SECS,
            link_minutes: DEFAULT_LINK_MINUTES,
            remind_minutes: DEFAULT_REMIND_MINUTES,
            hours: hours.cloned(),
            links: LinkPolicy {
                hosts: 1,
                guests: 1,
                vertical: Vertical::General,
                host_login: HostLogin::None,
                long_links: false,
                devices: Vec::new(),
                encryption: Encryption::default(),
            },
        }
    }

    /// What a section says; the rest from `outer`. `everybody` is the site's staff.
    fn read(section: &Section<'_, '_>, outer: &Self, everybody: &[String]) -> Self {
        let bounded = |key: &str, default: u32, range: std::ops::RangeInclusive<u32>, why: &str| {
            let Some(number) = section.number(key) else { return default };
            u32::try_from(number).ok().filter(|number| range.contains(number)).unwrap_or_else(|| {
                section.report(key, format!("must be between {} and {}{why}", range.start(), range.end()));
                default
            })
        };
        let staff = if section.has("staff") { read_people(section, "staff", section.texts("staff")) } else { outer.staff.clone() };
        if section.has("staff") && staff.is_empty() {
            section.report("staff", "must list at least one Webex e-mail address, or be left out for the site's own `staff`");
        }
        let ring_secs = bounded("ring_secs", outer.ring_secs, 30..=86_400, "");
        let escalate_secs = bounded("escalate_secs", outer.escalate_secs.min(ring_secs / 2), 10..=86_400, "");
        if section.has("escalate_secs") && escalate_secs >= ring_secs {
            section.report("escalate_secs", "must be less than `ring_secs`, or the request is missed before anybody else is asked");
        }
        let given_escalate_to = if section.has("escalate_to") {
            Some(read_people(section, "escalate_to", section.texts("escalate_to")))
        } else {
            outer.given_escalate_to.clone()
        };
        let mut escalate_to = given_escalate_to.clone().unwrap_or_else(|| everybody.to_vec());
        // Nobody is asked twice for the same.
        escalate_to.retain(|email| !staff.iter().any(|asked| asked.eq_ignore_ascii_case(email)));
        let link_minutes = bounded("link_minutes", outer.link_minutes, 15..=24 * 60, ": long enough for the wait and the meeting");
        // What a topic takes over is reported where it stands.
        let is_own = section.has("link_minutes") || section.has("ring_secs");
        if is_own && link_minutes * 60 < ring_secs + MIN_MEETING_SECS {
            section.report(
                "link_minutes",
                "is too short: the links must outlive `ring_secs` by a quarter of an hour, or a visit taken late has no meeting",
            );
        }
        let remind_minutes = bounded("remind_minutes", outer.remind_minutes, 1..=60, "");
        let hours = Hours::read(&section.section("hours"), outer.hours.as_ref());
        let links = LinkPolicy::read(section, &outer.links, bounded);
        Self { staff, escalate_to, given_escalate_to, escalate_secs, ring_secs, link_minutes, remind_minutes, hours, links }
    }
}

impl LinkPolicy {
    fn read(section: &Section<'_, '_>, outer: &Self, bounded: impl Fn(&str, u32, std::ops::RangeInclusive<u32>, &str) -> u32) -> Self {
        let count = |key: &str, outer: u16| u16::try_from(bounded(key, outer.into(), 1..=MAX_LINKS.into(), "")).unwrap_or(outer);
        let vertical = section.parsed("vertical", "`general` or `healthcare`", Vertical::from_setting);
        let host_login = section.parsed("host_login", "`none`, `choice` or `required`", HostLogin::from_setting);
        let devices = if section.has("devices") { section.texts("devices") } else { outer.devices.clone() };
        let is_wrong = devices.len() > MAX_DEVICES || !devices.iter().all(|device| is_sip_address(device));
        if section.has("devices") && is_wrong {
            section.report(
                "devices",
                format!("must be at most {MAX_DEVICES} SIP addresses of Webex devices, such as [\"room@example.rooms.webex.com\"]"),
            );
        }
        Self {
            hosts: count("hosts", outer.hosts),
            guests: count("guests", outer.guests),
            vertical: vertical.ok().flatten().unwrap_or(outer.vertical),
            host_login: host_login.ok().flatten().unwrap_or(outer.host_login),
            long_links: section.flag("long_links").unwrap_or(outer.long_links),
            devices,
            encryption: read_encryption(&section.section("encryption"), outer.encryption),
        }
    }
}

fn read_encryption(section: &Section<'_, '_>, outer: Encryption) -> Encryption {
    fn names<T: Copy>(all: &[T], as_word: impl Fn(T) -> &'static str) -> String {
        format!("one of {}", all.iter().map(|one| as_word(*one)).collect::<Vec<_>>().join(", "))
    }
    let key_wrapping = section.parsed("key_wrapping", &names(KeyWrapping::ALL, KeyWrapping::as_word), KeyWrapping::from_word);
    let contents = section.parsed("content", &names(ContentEncryption::ALL, ContentEncryption::as_word), ContentEncryption::from_word);
    let signature =
        section.parsed("signature", &names(SignatureAlgorithm::ALL, SignatureAlgorithm::as_word), SignatureAlgorithm::from_word);
    let number = |key: &str, range: std::ops::RangeInclusive<i64>| {
        let number = section.number(key);
        if number.is_some_and(|number| !range.contains(&number)) {
            section.report(key, format!("must be between {} and {}", range.start(), range.end()));
        }
        number
    };
    let salt_bytes = number("salt_bytes", 8..=128).and_then(|bytes| u8::try_from(bytes).ok());
    let iterations = number("iterations", 1_000..=32_767).and_then(|rounds| u16::try_from(rounds).ok());
    section.finish();
    Encryption {
        key_wrapping: key_wrapping.ok().flatten().or(outer.key_wrapping),
        salt_bytes: salt_bytes.or(outer.salt_bytes),
        iterations: iterations.or(outer.iterations),
        contents: contents.ok().flatten().or(outer.contents),
        signature: signature.ok().flatten().or(outer.signature),
    }
}

fn read_people(section: &Section<'_, '_>, key: &str, emails: Vec<String>) -> Vec<String> {
    if emails.iter().any(|email| !is_email(email)) {
        section.report(key, "must list Webex e-mail addresses: [\"ann@example.com\"]");
    }
    let mut known = BTreeSet::new();
    if let Some(twice) = emails.iter().find(|email| !known.insert(email.to_lowercase())) {
        section.report(key, format!("lists {twice} twice; each is told of a meeting once"));
    }
    emails
}
