//! Instant Connect's links, and the meetings they lead to. A meeting is its subject: all links of one lead into the same.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Organisation;
use crate::moment::Moment;

/// Whose words the pages use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Vertical {
    /// Everybody's.
    Gen,
    /// A hospital's.
    #[default]
    Hc,
}

impl Vertical {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Gen => "gen",
            Self::Hc => "hc",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::Gen, Self::Hc].into_iter().find(|vertical| vertical.word() == word)
    }
}

/// One link, for one person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Link {
    /// The claim `jti`.
    pub(crate) id: Uuid,
    pub(crate) subject: String,
    pub(crate) is_host: bool,
    pub(crate) cipher: String,
    /// The end of its short URL, where one was asked for.
    pub(crate) short: Option<String>,
    /// Counts for the short URL; with a long one the path decides.
    pub(crate) vertical: Vertical,
    /// Whether the short URL offers a login first.
    pub(crate) asks_to_log_in: bool,
    pub(crate) not_before: Option<i64>,
    pub(crate) expires_at: i64,
    /// Its place among all, given when it is kept.
    pub(crate) order: usize,
}

impl Link {
    /// Whether it lets anybody in.
    pub(crate) fn is_open_at(&self, secs: i64) -> bool {
        self.not_before.is_none_or(|not_before| not_before <= secs) && secs < self.expires_at
    }
}

/// A meeting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Meeting {
    pub(crate) subject: String,
    /// Called once a host has joined.
    pub(crate) devices: Vec<String>,
    pub(crate) started_at: Option<Moment>,
    pub(crate) ended_at: Option<Moment>,
}

impl Meeting {
    pub(crate) fn title(subject: &str) -> String {
        format!("Virtual Visit - {subject}")
    }

    pub(crate) fn is_running(&self) -> bool {
        self.started_at.is_some() && self.ended_at.is_none()
    }
}

impl Organisation {
    /// Keeps new links. Minting for a meeting that was ended opens it anew.
    pub(crate) fn add_links(&mut self, subject: &str, devices: &[String], links: Vec<Link>) {
        let known = self.meetings.get(subject).cloned();
        let mut meeting = known.filter(|meeting| meeting.ended_at.is_none()).unwrap_or_else(|| Meeting {
            subject: subject.to_owned(),
            devices: Vec::new(),
            started_at: None,
            ended_at: None,
        });
        for device in devices {
            if !meeting.devices.contains(device) {
                meeting.devices.push(device.clone());
            }
        }
        self.put_meeting(meeting);
        for mut link in links {
            link.order = self.links.len();
            self.save("link", link.id.to_string(), &link);
            self.index_link(link);
        }
    }

    pub(super) fn put_meeting(&mut self, meeting: Meeting) {
        self.save("meeting", meeting.subject.clone(), &meeting);
        self.meetings.insert(meeting.subject.clone(), meeting);
    }

    pub(super) fn index_link(&mut self, link: Link) {
        if let Some(short) = &link.short {
            self.links_by_short.insert(short.clone(), link.id);
        }
        self.links.insert(link.id, link);
    }

    pub(crate) fn link(&self, id: Uuid) -> Option<&Link> {
        self.links.get(&id)
    }

    /// Case counts.
    pub(crate) fn link_of_short(&self, short: &str) -> Option<&Link> {
        self.links.get(self.links_by_short.get(short)?)
    }

    /// Every link, the oldest first, and of one request the hosts' first.
    pub(crate) fn links(&self) -> Vec<&Link> {
        let mut links: Vec<&Link> = self.links.values().collect();
        links.sort_by_key(|link| link.order);
        links
    }

    pub(crate) fn meetings(&self) -> impl Iterator<Item = &Meeting> {
        self.meetings.values()
    }
}
