//! Makes the rows of outgoing events. The store asks for them while it writes down what they tell of, so that a change
//! and its news stand or fall as one.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use secrecy::{ExposeSecret, SecretString};
use shared::{AuthorKind, GuestId, Message, MessageId, RoomId, SiteId, Timestamp};
use tokio::sync::watch;

use super::{
    EventKind,
    event::{MessageData, VisitData, body, event_id, plain_text, rfc3339},
};
use crate::{
    clock::Clock,
    config::WebhookConfig,
    secrets::{Keys, SecretsError},
    store::VisitRow,
    visits::{Side, as_word, first_link},
};

/// What was said longer ago is no news any more. Shorter than the store remembers what it told.
const NEWS_MILLIS: i64 = 3 * 24 * 60 * 60 * 1000;
/// Webex's clock and this machine's may differ by so much.
const CLOCK_SKEW_MILLIS: i64 = 60_000;

/// A row to be written.
#[derive(Clone, Debug)]
pub struct NewWebhookRow {
    /// What the receiver knows the event by.
    pub id: String,
    /// The site.
    pub site_id: SiteId,
    /// Which of the site's endpoints it goes to.
    pub endpoint: String,
    /// What it tells.
    pub kind: EventKind,
    /// Whom it is about.
    pub guest_id: Option<GuestId>,
    /// Where it happened.
    pub room_id: Option<RoomId>,
    /// Its body, sealed.
    pub body_sealed: Vec<u8>,
    /// When it was written.
    pub created_at: Timestamp,
}

/// A guest, as far as events tell of them.
#[derive(Clone, Debug)]
pub struct GuestFacts {
    /// The name others see.
    pub display_name: String,
    /// Their address, if they gave one.
    pub email: Option<String>,
}

/// A guest's message that is in Webex.
pub struct SentMessage<'a> {
    /// The site.
    pub site_id: &'a SiteId,
    /// Where.
    pub room_id: &'a RoomId,
    /// Whose.
    pub guest_id: &'a GuestId,
    /// Its id.
    pub id: &'a MessageId,
    /// What it says.
    pub text: &'a str,
}

/// Whom to tell, and how. Empty where nobody wants to hear anything. Clones share it.
#[derive(Clone, Default)]
pub struct News {
    scribe: Arc<OnceLock<Scribe>>,
    /// A row was written that may not be committed yet.
    is_written: Arc<AtomicBool>,
    /// Changes when rows were committed.
    committed: watch::Sender<u64>,
}

/// One site's endpoint, and since when it is configured.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) site_id: SiteId,
    pub(super) config: Arc<WebhookConfig>,
    pub(super) since: Timestamp,
}

struct Scribe {
    clock: Clock,
    keys: Arc<Keys>,
    endpoints: HashMap<SiteId, Vec<Endpoint>>,
}

impl News {
    /// From now on these are told.
    pub(super) fn begin(&self, clock: Clock, keys: Arc<Keys>, all: &[Endpoint]) {
        let mut endpoints: HashMap<SiteId, Vec<Endpoint>> = HashMap::new();
        for endpoint in all {
            endpoints.entry(endpoint.site_id.clone()).or_default().push(endpoint.clone());
        }
        // A second call changes nothing: a store is of one portal.
        let _ = self.scribe.set(Scribe { clock, keys, endpoints });
    }

    /// Hears of rows that are there to be delivered.
    pub(super) fn committed_rows(&self) -> watch::Receiver<u64> {
        self.committed.subscribe()
    }

    /// The rows of what happened to a visit. `nth` tells this time from others of the same kind.
    pub(crate) fn rows_for_visit(&self, visit: &VisitRow, guest: &GuestFacts, kind: EventKind, nth: i64) -> Vec<NewWebhookRow> {
        let id = event_id(&["visit", visit.id.as_str(), kind.as_word(), &nth.to_string()]);
        self.rows(&visit.site_id, kind, &id, |scribe, endpoint| {
            let link = |is_allowed: bool, side| if is_allowed { scribe.link(visit, side) } else { None };
            let data = VisitData {
                visit_id: visit.id.as_str(),
                site_id: visit.site_id.as_str(),
                room_id: visit.room_id.as_str(),
                guest_id: visit.guest_id.as_str(),
                guest_name: &guest.display_name,
                guest_email: guest.email.as_deref(),
                topic: visit.topic.as_deref(),
                state: as_word(visit.state),
                staff_name: visit.staff_name.as_deref(),
                requested_at: rfc3339(visit.requested_at),
                starts_at: visit.starts_at.map(rfc3339),
                expires_at: visit.expires_at.map(rfc3339),
                guest_link: link(endpoint.include_links, Side::Guest),
                host_link: link(endpoint.include_host_link, Side::Host),
            };
            Some((body(kind, visit.state_at, &data), Some(visit.guest_id.clone()), Some(visit.room_id.clone())))
        })
    }

    /// The rows of a guest's message.
    pub(crate) fn rows_for_sent(&self, message: &SentMessage<'_>, guest: &GuestFacts, now: Timestamp) -> Vec<NewWebhookRow> {
        let kind = EventKind::MessageFromGuest;
        let id = event_id(&["message", message.id.as_str(), kind.as_word()]);
        self.rows(message.site_id, kind, &id, |_, endpoint| {
            let data = MessageData {
                message_id: message.id.as_str(),
                room_id: message.room_id.as_str(),
                site_id: message.site_id.as_str(),
                guest_id: Some(message.guest_id.as_str()),
                author: &guest.display_name,
                text: endpoint.include_text.then(|| message.text.to_owned()),
            };
            Some((body(kind, now, &data), Some(message.guest_id.clone()), Some(message.room_id.clone())))
        })
    }

    /// The id of the event of a message of somebody else; `None` if it is no news.
    pub(crate) fn id_of_heard(&self, site_id: &SiteId, message: &Message) -> Option<String> {
        let is_news = message.author.kind == AuthorKind::Staff && self.wants_heard(site_id, message.created_at);
        is_news.then(|| event_id(&["message", message.id.as_str(), EventKind::MessageFromStaff.as_word()]))
    }

    /// Whether anybody wants to hear what staff wrote on a site at this time.
    pub(crate) fn wants_heard(&self, site_id: &SiteId, written_at: Timestamp) -> bool {
        let Some(scribe) = self.scribe.get() else { return false };
        scribe.wanting(site_id, EventKind::MessageFromStaff).any(|endpoint| scribe.is_news_for(endpoint, written_at))
    }

    /// The rows of a message of somebody else.
    pub(crate) fn rows_for_heard(&self, site_id: &SiteId, room_id: &RoomId, message: &Message) -> Vec<NewWebhookRow> {
        let kind = EventKind::MessageFromStaff;
        let Some(id) = self.id_of_heard(site_id, message) else { return Vec::new() };
        self.rows(site_id, kind, &id, |scribe, endpoint| {
            let known = scribe.wanting(site_id, kind).find(|known| known.config.name == endpoint.name)?;
            let data = MessageData {
                message_id: message.id.as_str(),
                room_id: room_id.as_str(),
                site_id: site_id.as_str(),
                guest_id: None,
                author: &message.author.display_name,
                text: endpoint.include_text.then(|| plain_text(&message.content)),
            };
            let body = body(kind, message.created_at, &data);
            scribe.is_news_for(known, message.created_at).then(|| (body, None, Some(room_id.clone())))
        })
    }

    /// Called by the store when it has written rows: those who deliver are told once they are committed.
    pub(crate) fn note_written(&self) {
        self.is_written.store(true, Ordering::Relaxed);
    }

    /// Called by the store after each commit, by whoever wrote.
    pub(crate) fn note_committed(&self) {
        if self.is_written.swap(false, Ordering::Relaxed) {
            self.committed.send_modify(|times| *times += 1);
        }
    }

    /// One row for each endpoint of the site that wants to hear of this; `write` makes the body and says whom it is about.
    fn rows(
        &self,
        site_id: &SiteId,
        kind: EventKind,
        id: &str,
        write: impl Fn(&Scribe, &WebhookConfig) -> Option<(String, Option<GuestId>, Option<RoomId>)>,
    ) -> Vec<NewWebhookRow> {
        let Some(scribe) = self.scribe.get() else { return Vec::new() };
        let row = |endpoint: &Endpoint| {
            let (body, guest_id, room_id) = write(scribe, &endpoint.config)?;
            // What cannot be sealed must not keep the change itself from being written.
            let body_sealed = seal(&scribe.keys, id, body)
                .inspect_err(|error| tracing::error!(%error, "an event cannot be sealed, and no webhook tells of it"))
                .ok()?;
            Some(NewWebhookRow {
                id: id.to_owned(),
                site_id: site_id.clone(),
                endpoint: endpoint.config.name.clone(),
                kind,
                guest_id,
                room_id,
                body_sealed,
                created_at: scribe.clock.now(),
            })
        };
        scribe.wanting(site_id, kind).filter_map(row).collect()
    }
}

impl Scribe {
    fn wanting(&self, site_id: &SiteId, kind: EventKind) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.get(site_id).into_iter().flatten().filter(move |endpoint| endpoint.config.events.contains(&kind))
    }

    fn is_news_for(&self, endpoint: &Endpoint, written_at: Timestamp) -> bool {
        let is_after = written_at >= endpoint.since.plus_millis(-CLOCK_SKEW_MILLIS);
        is_after && written_at >= self.clock.now().plus_millis(-NEWS_MILLIS)
    }

    fn link(&self, visit: &VisitRow, side: Side) -> Option<String> {
        let opened = first_link(&self.keys, visit, side);
        let opened = opened.inspect_err(|error| tracing::error!(%error, "a link cannot be opened, and is left out of an event"));
        opened.ok().flatten().map(|link| link.expose_secret().to_owned())
    }
}

/// A body as it lies in the store: it is about people, and may hold links.
fn seal(keys: &Keys, id: &str, body: String) -> Result<Vec<u8>, SecretsError> {
    keys.seal(&format!("webhook:{id}"), &SecretString::from(body))
}

/// A body as it is sent.
pub(super) fn open(keys: &Keys, id: &str, sealed: &[u8]) -> Result<SecretString, SecretsError> {
    keys.open(&format!("webhook:{id}"), sealed)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::config::{Config, SandboxSource};

    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn endpoint(folder: &std::path::Path, since: Timestamp) -> Endpoint {
        let secret = folder.join("secret");
        if !secret.exists() {
            use std::io::Write;
            let mut file = crate::secret_file::create(&secret).unwrap();
            file.write_all(b"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").unwrap();
        }
        let text = format!(
            "[[site]]\nid = \"a\"\nname = \"A\"\nstaff = [\"a@example.com\"]\n[[site.webhook]]\nurl = \"http://127.0.0.1:1/\"\n\
             secret_file = \"{}\"\n",
            secret.display()
        );
        let config = Config::from_text("tests", &text, Some(SandboxSource::embedded_default()), &|_| None).unwrap();
        Endpoint { site_id: SiteId::new("a"), config: Arc::new(config.sites[0].webhooks[0].clone()), since }
    }

    #[tokio::test(start_paused = true)]
    async fn what_staff_wrote_is_news_for_three_days_and_only_once_somebody_is_to_be_told() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::load_or_create(&folder.path().join("keys.toml")).unwrap());
        let clock = Clock::simulated(UNIX_EPOCH + Duration::from_secs(100 * 24 * 60 * 60));
        let (now, site) = (clock.now(), SiteId::new("a"));
        let wants = |since: i64, written: i64| {
            let news = News::default();
            assert!(!news.wants_heard(&site, now), "nobody is told before it begins");
            news.begin(clock.clone(), keys.clone(), &[endpoint(folder.path(), now.plus_millis(since))]);
            assert!(!news.wants_heard(&SiteId::new("b"), now));
            news.wants_heard(&site, now.plus_millis(written))
        };
        assert!(wants(-10 * DAY, 0) && wants(-10 * DAY, -3 * DAY) && !wants(-10 * DAY, -3 * DAY - 1));
        // Two clocks may differ by a minute.
        assert!(wants(0, -60_000) && !wants(0, -60_001));
    }

    #[test]
    fn whoever_delivers_hears_of_rows_once_they_are_committed() {
        let news = News::default();
        let heard = news.committed_rows();
        news.note_committed();
        assert_eq!(*heard.borrow(), 0);
        news.note_written();
        news.note_committed();
        news.note_committed();
        assert_eq!(*heard.borrow(), 1);
        news.note_written();
        news.note_committed();
        assert_eq!(*heard.borrow(), 2);
    }
}
