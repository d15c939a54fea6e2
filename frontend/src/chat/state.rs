//! Whether the portal is heard, in plain data.

/// Whether the portal is heard, and what follows for the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The browser believes to have a network.
    pub is_online: bool,
    /// The event stream.
    pub stream: Stream,
    /// The portal is of another build than the page.
    pub is_outdated: bool,
    /// The browser keeps nothing for the page.
    pub is_forgetful: bool,
}

/// The event stream, as far as a guest cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Not there yet, or lost a moment ago: nobody need be told.
    Opening,
    /// There.
    Live,
    /// Lost, and did not come back at once.
    Lost,
}

impl Default for Connection {
    fn default() -> Self {
        Self { is_online: true, stream: Stream::Opening, is_outdated: false, is_forgetful: false }
    }
}

/// What is told above the conversation; only the most important at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// No network.
    Offline,
    /// The portal does not answer.
    Reconnecting,
    /// The portal cannot ask Webex.
    Stale,
    /// A newer build is there.
    Outdated,
    /// The browser keeps nothing.
    Forgetful,
}

/// What is told above the conversation, if anything.
pub fn notice(connection: Connection, is_stale: bool) -> Option<Notice> {
    if !connection.is_online {
        Some(Notice::Offline)
    } else if connection.stream == Stream::Lost {
        Some(Notice::Reconnecting)
    } else if is_stale {
        Some(Notice::Stale)
    } else if connection.is_forgetful {
        // Before the offer to reload, which would lose what only this page holds.
        Some(Notice::Forgetful)
    } else if connection.is_outdated {
        Some(Notice::Outdated)
    } else {
        None
    }
}

impl Connection {
    /// Whether what the guest writes waits here.
    pub fn is_broken(&self) -> bool {
        !self.is_online || self.stream == Stream::Lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_important_thing_is_told() {
        let good = Connection { stream: Stream::Live, ..Connection::default() };
        assert_eq!(notice(good, false), None);
        assert_eq!(notice(good, true), Some(Notice::Stale));
        let lost = Connection { stream: Stream::Lost, is_outdated: true, ..good };
        assert_eq!(notice(lost, true), Some(Notice::Reconnecting));
        assert_eq!(notice(Connection { is_online: false, ..lost }, true), Some(Notice::Offline));
        let outdated = Connection { is_outdated: true, ..good };
        assert_eq!(notice(outdated, false), Some(Notice::Outdated));
        assert_eq!(notice(Connection { is_forgetful: true, ..outdated }, false), Some(Notice::Forgetful));
    }
}
