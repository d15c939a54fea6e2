//! What is offered right now: meetings, about what, and whether anybody is there at all.

use shared::{Away, Timestamp, Topic};

use crate::{config::SiteConfig, hours::Hours};

/// What a site offers at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Nobody is there.
    pub away: Option<Away>,
    /// What a meeting may be about.
    pub topics: Vec<Topic>,
    /// Somebody is there for a meeting, about one of the topics at least.
    pub can_meet: bool,
    /// When any of this changes by the hours; `None` if it does not.
    pub changes_at: Option<Timestamp>,
}

impl Offer {
    /// What a site offers now.
    pub fn of(site: &SiteConfig, now: Timestamp) -> Self {
        let mut changes_at: Option<Timestamp> = None;
        let mut away_by = |hours: Option<&Hours>| {
            let hours = hours?;
            let standing = hours.at(now);
            changes_at = [changes_at, standing.changes_at].into_iter().flatten().min();
            (!standing.is_open).then(|| Away { text: hours.away.clone(), until: standing.changes_at })
        };
        let away = away_by(site.hours.as_ref());
        let Some(meetings) = &site.meetings else { return Self { away, topics: Vec::new(), can_meet: false, changes_at } };
        let topics: Vec<Topic> =
            meetings.topics.iter().map(|topic| Topic { name: topic.name.clone(), away: away_by(topic.policy.hours.as_ref()) }).collect();
        let can_meet = match topics.is_empty() {
            true => away_by(meetings.general.hours.as_ref()).is_none(),
            false => topics.iter().any(|topic| topic.away.is_none()),
        };
        Self { away, topics, can_meet, changes_at }
    }

    /// Why nobody is there for a meeting about this; `None` if somebody is.
    pub fn away_for(site: &SiteConfig, topic: Option<&str>, now: Timestamp) -> Option<Away> {
        let hours = site.meetings.as_ref()?.policy(topic).hours.as_ref()?;
        let standing = hours.at(now);
        (!standing.is_open).then(|| Away { text: hours.away.clone(), until: standing.changes_at })
    }
}
