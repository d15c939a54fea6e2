//! What tests see of Instant Connect, and which secrets went out.

use serde::Serialize;

use crate::app::App;
use crate::broker::{Activation, BrokerEntry, InstantConnect, long_url, short_url};
use crate::running::Sandbox;
use crate::state::Meeting;
use crate::visit_pages::VisitPages;

/// A meeting, open or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeetingView {
    /// What every link of it was minted for.
    pub subject: String,
    /// As those inside see it.
    pub title: String,
    /// The UUID of the organisation.
    pub organisation: String,
    /// Everybody whose page is open, and every device that was called.
    pub participants: Vec<Attendance>,
    /// Whether a host has started it.
    pub is_started: bool,
    /// Whether a host has ended it for all.
    pub is_ended: bool,
}

/// Somebody with a visit page open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attendance {
    /// `Host`, `Participant`, the name of who logged in, or the address of a device.
    pub name: String,
    /// Whether their link is a host's.
    pub is_host: bool,
    /// `login`, `waiting` (a guest before the start), `ready` (a host before the start), `in_meeting`, `left` or `ended`.
    pub state: &'static str,
}

/// A link that was handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MintedLink {
    /// Its meeting.
    pub subject: String,
    /// Whether it makes a host.
    pub is_host: bool,
    /// What it is made of.
    pub cipher: String,
    /// The seven characters, where they were asked for.
    pub short: Option<String>,
    /// The short URL, where one was asked for.
    pub url: Option<String>,
    /// The long URL, as the documents build it.
    pub long_url: String,
    /// `nbf`, in seconds.
    pub not_before: Option<i64>,
    /// `exp`, in seconds.
    pub expires_at: i64,
}

impl Sandbox {
    /// Every meeting of both clouds.
    pub fn meetings(&self) -> Vec<MeetingView> {
        meetings(&self.app)
    }

    /// Every link of both clouds: the oldest of each first, and of one request the hosts' first.
    pub fn minted_links(&self) -> Vec<MintedLink> {
        minted_links(&self.app)
    }

    /// Whether the organisations may use Instant Connect.
    pub fn set_instant_connect(&self, activation: Activation) {
        self.app.instant_connect.activate(activation);
    }

    /// The same and more.
    pub fn switch_instant_connect(&self, switched: InstantConnect) {
        self.app.instant_connect.set(switched);
    }

    /// How the visit pages behave.
    pub fn switch_visit_pages(&self, switched: VisitPages) {
        self.app.visit_pages.set(switched);
    }

    /// What was asked of the broker so far, oldest first: what was odd about it, and what is in the ciphers.
    pub fn broker_requests(&self) -> Vec<BrokerEntry> {
        self.app.broker_log.all()
    }

    /// What was odd about requests that the broker accepted all the same.
    pub fn broker_lints(&self) -> Vec<String> {
        self.app.broker_log.all().into_iter().flat_map(|entry| entry.lints).collect()
    }

    /// Everything handed out so far that a guest's browser must never see: access, refresh and guest tokens, ciphers, hosts'
    /// short URLs (whole, and the seven characters with the slash before them), where files are (the URL, and its id alone), and the
    /// secrets and the ends of the addresses of webhooks.
    pub fn issued_secrets(&self) -> Vec<String> {
        issued_secrets(&self.app)
    }
}

pub(crate) fn meetings(app: &App) -> Vec<MeetingView> {
    let in_both = app.worlds.iter().flat_map(|world| {
        world.read(|organisation| {
            let view = |meeting: &Meeting| MeetingView {
                subject: meeting.subject.clone(),
                title: Meeting::title(&meeting.subject),
                organisation: organisation.home().uuid().to_string(),
                participants: organisation
                    .attendance(meeting)
                    .into_iter()
                    .map(|one| Attendance { name: one.name, is_host: one.is_host, state: one.state })
                    .collect(),
                is_started: meeting.started_at.is_some(),
                is_ended: meeting.ended_at.is_some(),
            };
            organisation.meetings().map(view).collect::<Vec<_>>()
        })
    });
    in_both.collect()
}

pub(crate) fn minted_links(app: &App) -> Vec<MintedLink> {
    let base_url = &app.credentials.broker.base;
    let in_both = app.worlds.iter().flat_map(|world| {
        world.read(|organisation| {
            let cloud = organisation.cloud();
            let links = organisation.links().into_iter().map(|link| MintedLink {
                subject: link.subject.clone(),
                is_host: link.is_host,
                cipher: link.cipher.clone(),
                short: link.short.clone(),
                url: link.short.as_ref().map(|short| short_url(base_url, cloud, short)),
                long_url: long_url(base_url, cloud, link),
                not_before: link.not_before,
                expires_at: link.expires_at,
            });
            links.collect::<Vec<_>>()
        })
    });
    in_both.collect()
}

pub(crate) fn issued_secrets(app: &App) -> Vec<String> {
    let mut secrets: Vec<String> = Vec::new();
    for world in &app.worlds {
        world.read(|organisation| {
            secrets.extend(organisation.token_texts().map(str::to_owned));
            for content in organisation.content_ids().map(|id| id.public(organisation.cluster())) {
                secrets.push(format!("{}/contents/{content}", app.api_base(organisation.cloud())));
                secrets.push(content);
            }
            for webhook in organisation.webhooks() {
                secrets.extend(webhook.secret.clone());
                secrets.extend(webhook.target_url.rsplit('/').next().map(str::to_owned));
            }
        });
    }
    for link in minted_links(app) {
        secrets.push(link.cipher);
        if link.is_host {
            secrets.extend(link.short.map(|short| format!("/{short}")));
            secrets.extend(link.url);
        }
    }
    secrets
}
