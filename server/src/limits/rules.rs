//! Every limit on one page: what it is called in the configuration, and what it is if nothing is set.

use super::rate::Rate;

/// Something that may be done only so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Signing in, by whatever way, from one address.
    SessionsPerAddress,
    /// Signed identities of one person of a site's.
    IdentitiesPerPerson,
    /// Messages, changes and notes of one guest.
    SendsPerGuest,
    /// Files one guest sends.
    UploadsPerGuest,
    /// Files one guest fetches, pictures in the chat among them.
    DownloadsPerGuest,
    /// Everything else a guest's page asks.
    RequestsPerGuest,
    /// Who types and who has read what: a guest's page tells it all the time.
    SignalsPerGuest,
    /// Event streams one guest opens.
    StreamsPerGuest,
    /// Meetings asked for from one address.
    VisitsPerAddress,
    /// Pages and files that whoever has their link may open, from one address: so that links cannot be guessed.
    LinksPerAddress,
    /// What one program asks with its key.
    CallsPerKey,
    /// What Webex tells one connection.
    DeliveriesPerWebhook,
    /// Signing in on one site.
    SessionsPerSite,
    /// Messages, changes and notes on one site.
    SendsPerSite,
    /// Meetings asked for on one site.
    VisitsPerSite,
}

impl Rule {
    /// Its setting.
    pub(crate) fn key(self) -> &'static str {
        OF_PORTAL.iter().chain(OF_SITE).find(|standard| standard.rule == self).map_or("", |standard| standard.key)
    }
}

/// A limit as it stands if nothing is set.
pub struct Standard {
    /// Which one.
    pub rule: Rule,
    /// Its setting below `[limits]`, or below `[site.limits]` if each site has its own.
    pub key: &'static str,
    /// How much it allows.
    pub rate: &'static str,
}

/// Those of the portal as a whole: `[limits]`.
pub const OF_PORTAL: &[Standard] = &[
    Standard { rule: Rule::SessionsPerAddress, key: "sessions_per_address", rate: "60/min burst 30" },
    Standard { rule: Rule::IdentitiesPerPerson, key: "identities_per_person", rate: "20/min burst 10" },
    Standard { rule: Rule::SendsPerGuest, key: "sends_per_guest", rate: "2/s burst 10" },
    Standard { rule: Rule::UploadsPerGuest, key: "uploads_per_guest", rate: "60/h burst 20" },
    Standard { rule: Rule::DownloadsPerGuest, key: "downloads_per_guest", rate: "2/s burst 100" },
    Standard { rule: Rule::RequestsPerGuest, key: "requests_per_guest", rate: "10/s burst 60" },
    Standard { rule: Rule::SignalsPerGuest, key: "signals_per_guest", rate: "5/s burst 20" },
    Standard { rule: Rule::StreamsPerGuest, key: "streams_opened_per_guest", rate: "30/min burst 20" },
    Standard { rule: Rule::VisitsPerAddress, key: "visits_per_address", rate: "120/h burst 30" },
    Standard { rule: Rule::LinksPerAddress, key: "links_per_address", rate: "20/s burst 200" },
    Standard { rule: Rule::CallsPerKey, key: "calls_per_key", rate: "10/s burst 60" },
    Standard { rule: Rule::DeliveriesPerWebhook, key: "deliveries_per_webhook", rate: "200/s burst 400" },
];

/// Those each site has for itself: `[site.limits]`.
pub const OF_SITE: &[Standard] = &[
    Standard { rule: Rule::SessionsPerSite, key: "sessions", rate: "20/s burst 100" },
    Standard { rule: Rule::SendsPerSite, key: "sends", rate: "20/s burst 200" },
    Standard { rule: Rule::VisitsPerSite, key: "visits", rate: "2/s burst 60" },
];

impl Standard {
    /// What it allows.
    pub fn rate(&self) -> Option<Rate> {
        Rate::parse(self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rate_can_be_read() {
        for standard in OF_PORTAL.iter().chain(OF_SITE) {
            assert!(standard.rate().is_some_and(|rate| rate.to_string() == standard.rate), "{}", standard.key);
        }
    }
}
