//! Connections: one set of credentials in one organisation each, and which site uses which.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use shared::SiteId;
use url::Url;

use super::{bot::Bot, error::WebexError, send::WebexClient, service_app::ServiceApp, upstream::Upstream};
use crate::{
    clock::Clock,
    config::{BotConfig, Cloud, Config, ConnectionId, FeedChoice, GuestIssuerConfig, ServiceAppConfig},
    guest_identity::GuestIssuer,
    instant_connect::{BrokerAccess, InstantConnect},
    secrets::Keys,
    store::Store,
};

/// What it takes to connect: addresses and credentials.
pub struct ConnectionAccess {
    /// Which connection.
    pub id: ConnectionId,
    /// In which cloud.
    pub cloud: Cloud,
    /// How to hear from it.
    pub feed: FeedChoice,
    /// The base address of the REST API, such as `https://webexapis.com/v1`.
    pub api_base: Url,
    /// That of the other cloud: a token that is refused may be one of it.
    pub other_api_base: Url,
    /// The base address of the catalogue of Webex's other services.
    pub services_base: Url,
    /// Where meetings' links are made.
    pub broker: BrokerAccess,
    /// The way there.
    pub upstream: Upstream,
    /// Makes spaces, hears them, and vouches for guests.
    pub service_app: Option<ServiceAppConfig>,
    /// Vouches for guests.
    pub guest_issuer: Option<GuestIssuerConfig>,
    /// Asks for meetings' links and writes to staff.
    pub bot: Option<BotConfig>,
}

/// One connected organisation.
#[derive(Clone)]
pub struct Connection {
    /// Which connection.
    pub id: ConnectionId,
    /// In which cloud.
    pub cloud: Cloud,
    /// How to hear from it.
    pub feed: FeedChoice,
    /// Asks Webex.
    pub webex: WebexClient,
    /// Asks the services that Webex's own clients use: what fails there does not keep the others from being asked.
    pub services: WebexClient,
    /// Asks the other cloud; only to find out whose token one is.
    pub other_cloud: WebexClient,
    /// Makes spaces, hears them, and vouches for guests.
    pub service_app: Option<ServiceApp>,
    /// Vouches for guests, before the service app does.
    pub guest_issuer: Option<GuestIssuer>,
    /// Asks for meetings' links and writes to staff.
    pub bot: Option<Bot>,
    /// Asks the broker.
    pub instant_connect: InstantConnect,
    /// Where guests can try camera and microphone.
    pub media_test_url: String,
}

/// What a connection can do, by what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialRow {
    /// Service app and bot: the recommended one.
    ServiceAppAndBot,
    /// A service app alone: everything but meetings.
    ServiceApp,
    /// Guest issuer, service app and bot.
    IssuerServiceAppAndBot,
    /// Guest issuer and service app: everything but meetings.
    IssuerAndServiceApp,
    /// Guest issuer and bot: what the original tutorials have.
    IssuerAndBot,
    /// A bot alone: meetings only.
    BotOnly,
}

impl Connection {
    /// Puts the parts of one connection together.
    pub fn new(access: ConnectionAccess, store: &Store, keys: &Arc<Keys>, clock: &Clock) -> Result<Self, WebexError> {
        let inside = |error: &dyn std::fmt::Display| WebexError::Inside(error.to_string());
        let webex = WebexClient::new(access.api_base, access.upstream.clone(), clock.clone())?;
        let services = WebexClient::new(access.services_base, access.upstream.clone(), clock.clone())?;
        let other_cloud = WebexClient::new(access.other_api_base, access.upstream.clone(), clock.clone())?;
        let service_app =
            access.service_app.map(|config| ServiceApp::new(&access.id, webex.clone(), store.clone(), keys.clone(), clock.clone(), config));
        let guest_issuer = access
            .guest_issuer
            .map(|config| GuestIssuer::new(&config.issuer_id, &config.secret))
            .transpose()
            .map_err(|error| inside(&error))?;
        let bot = access.bot.map(|config| Bot::new(webex.clone(), &config));
        let media_test_url = access.broker.page("mediatest");
        let instant_connect = InstantConnect::new(access.broker, access.upstream).map_err(|error| inside(&error))?;
        let (id, cloud, feed) = (access.id, access.cloud, access.feed);
        Ok(Self { id, cloud, feed, webex, services, other_cloud, service_app, guest_issuer, bot, instant_connect, media_test_url })
    }

    /// What the connection can do.
    pub fn row(&self) -> CredentialRow {
        match (&self.guest_issuer, &self.service_app, &self.bot) {
            (None, Some(_), Some(_)) => CredentialRow::ServiceAppAndBot,
            (None, Some(_), None) => CredentialRow::ServiceApp,
            (Some(_), Some(_), Some(_)) => CredentialRow::IssuerServiceAppAndBot,
            (Some(_), Some(_), None) => CredentialRow::IssuerAndServiceApp,
            (Some(_), None, _) => CredentialRow::IssuerAndBot,
            (None, None, _) => CredentialRow::BotOnly,
        }
    }
}

/// Every connection, and which site uses which. Clones share them.
#[derive(Clone)]
pub struct Connections {
    by_id: Arc<Vec<Connection>>,
    of_sites: Arc<HashMap<SiteId, ConnectionId>>,
    /// Sites whose staff the bot could not write to, any of them, when it last tried.
    unreachable: Arc<Mutex<HashSet<SiteId>>>,
}

impl Connections {
    /// Connects everything that is configured; nothing is asked yet.
    pub fn new(access: Vec<ConnectionAccess>, config: &Config, store: &Store, keys: &Arc<Keys>, clock: &Clock) -> Result<Self, WebexError> {
        let by_id = access.into_iter().map(|access| Connection::new(access, store, keys, clock)).collect::<Result<Vec<_>, _>>()?;
        let of_sites = config.sites.iter().map(|site| (site.id.clone(), site.connection.clone())).collect();
        Ok(Self { by_id: Arc::new(by_id), of_sites: Arc::new(of_sites), unreachable: Arc::default() })
    }

    /// Every one, in the order of the configuration.
    pub fn all(&self) -> impl Iterator<Item = &Connection> {
        self.by_id.iter()
    }

    /// The one a site uses; an error where the site is no longer configured.
    pub fn of_site(&self, site_id: &SiteId) -> Result<&Connection, WebexError> {
        let id = self.of_sites.get(site_id).ok_or_else(|| WebexError::Inside("the site is no longer configured".into()))?;
        self.by_id.iter().find(|connection| connection.id == *id).ok_or_else(|| WebexError::Inside(format!("there is no connection {id}")))
    }

    /// Whether anybody of a site can be told of a meeting, as far as is known.
    pub fn is_staff_reachable(&self, site_id: &SiteId) -> bool {
        !self.unreachable.lock().unwrap_or_else(PoisonError::into_inner).contains(site_id)
    }

    /// The bot could write to somebody of a site, or to nobody.
    pub fn note_staff_reachable(&self, site_id: &SiteId, is_reachable: bool) {
        let mut unreachable = self.unreachable.lock().unwrap_or_else(PoisonError::into_inner);
        if is_reachable {
            unreachable.remove(site_id);
        } else {
            unreachable.insert(site_id.clone());
        }
    }

    /// Whether Webex answers, as far as a site is concerned.
    pub fn is_reachable(&self, site_id: &SiteId) -> bool {
        self.of_site(site_id).is_ok_and(|connection| *connection.webex.reachable().borrow())
    }
}
