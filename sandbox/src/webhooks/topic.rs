//! What a webhook is about: a resource and an event, either of them may be `all`.

use serde::{Deserialize, Serialize};

use crate::state::Event;

/// The resources there are and what can happen to each. Those that never happen here can be asked for all the same.
const TOPICS: [(&str, &[&str]); 11] = [
    ("messages", &["created", "updated", "deleted"]),
    ("rooms", &["created", "updated", "migrated"]),
    ("memberships", &["created", "updated", "deleted"]),
    ("attachmentActions", &["created"]),
    ("meetings", &["created", "updated", "deleted", "started", "ended"]),
    ("meetingParticipants", &["joined", "left"]),
    ("meetingTranscripts", &["created"]),
    ("recordings", &["created", "updated", "deleted"]),
    ("serviceApp", &["authorized", "deauthorized"]),
    ("telephony_calls", &["created", "updated", "deleted"]),
    ("adminBatchJobs", &["statusChanged"]),
];

/// All of everything, but what is filled into cards.
const ALL: &str = "all";
const NOT_IN_ALL: &str = "attachmentActions";

/// A resource and an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Topic {
    pub(crate) resource: String,
    pub(crate) event: String,
}

impl Topic {
    /// `None` if nothing of the kind can happen.
    pub(crate) fn new(resource: &str, event: &str) -> Option<Self> {
        let can_happen = |events: &[&str]| event == ALL || events.contains(&event);
        let is_known = match resource {
            ALL => TOPICS.iter().any(|(_, events)| can_happen(events)),
            _ => TOPICS.iter().any(|(known, events)| *known == resource && can_happen(events)),
        };
        is_known.then(|| Self { resource: resource.to_owned(), event: event.to_owned() })
    }

    pub(crate) fn is_about(&self, event: &Event) -> bool {
        let resource = event.resource();
        let is_resource = if self.resource == ALL { resource != NOT_IN_ALL } else { self.resource == resource };
        is_resource && (self.event == ALL || self.event == event.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_happen_can_be_asked_for() {
        for (resource, event) in
            [("messages", "created"), ("all", "all"), ("all", "updated"), ("rooms", "all"), ("attachmentActions", "created")]
        {
            assert!(Topic::new(resource, event).is_some(), "{resource} {event}");
        }
        for (resource, event) in
            [("messages", "joined"), ("all", "seen"), ("people", "created"), ("attachmentActions", "deleted"), ("", "")]
        {
            assert!(Topic::new(resource, event).is_none(), "{resource} {event}");
        }
    }
}
