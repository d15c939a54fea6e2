//! `[webex]` and `[[connection]]`: which Webex the portal talks to, and as whom.
//!
//! A *connection* is one set of credentials in one organisation. `[webex]` is the first one, and most
//! portals need no other; a site names another one with `connection`.

use std::{fmt, net::SocketAddr};

use secrecy::SecretString;
use url::Url;

use super::reader::Section;
use crate::{guest_identity::GuestIssuer, live::Live};

/// What `[webex]` is called where a name is needed.
pub(super) const FIRST: &str = "webex";

/// Names one connection: `webex`, or the `id` of a `[[connection]]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(String);

impl ConnectionId {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The first one, which `[webex]` describes.
    pub fn first() -> Self {
        Self::new(FIRST)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Which of Webex's two clouds: two separate worlds, with tokens of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cloud {
    /// `commercial`, the default.
    Commercial,
    /// `government` (FedRAMP): no guests there, only meetings.
    Government,
}

/// `feed` of a connection (`GUEST_PORTAL_WEBEX_FEED`): how the portal hears what happens in Webex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FeedChoice {
    /// `auto`, the default: the best way that works.
    #[default]
    Auto,
    /// `webhook`: Webex tells the portal at `server.public_url`.
    Webhook,
    /// `mercury`: Webex tells over a socket that the portal opens.
    Mercury,
    /// `polling`: the portal asks every two seconds.
    Polling,
}

/// The real Webex, or the simulator.
#[derive(Clone, Debug)]
pub enum WebexConfig {
    /// The real one.
    Live(Vec<ConnectionConfig>),
    /// The simulator: `mode = "sandbox"` (`GUEST_PORTAL_WEBEX_MODE`) or `--sandbox`.
    Sandbox {
        /// Where it is.
        source: SandboxSource,
        /// Which of its credentials each connection uses.
        connections: Vec<Wanted>,
    },
}

impl WebexConfig {
    /// What each connection has, in the order of the file.
    pub fn wanted(&self) -> Vec<Wanted> {
        match self {
            Self::Live(connections) => connections.iter().map(ConnectionConfig::wanted).collect(),
            Self::Sandbox { connections, .. } => connections.clone(),
        }
    }
}

/// One connection to the real Webex.
#[derive(Clone, Debug)]
pub struct ConnectionConfig {
    /// `webex`, or `connection.id`.
    pub id: ConnectionId,
    /// `cloud` (`GUEST_PORTAL_WEBEX_CLOUD`), default `commercial`.
    pub cloud: Cloud,
    /// `feed`.
    pub feed: FeedChoice,
    /// `[webex.service_app]`.
    pub service_app: Option<ServiceAppConfig>,
    /// `[webex.guest_issuer]`.
    pub guest_issuer: Option<GuestIssuerConfig>,
    /// `[webex.bot]`.
    pub bot: Option<BotConfig>,
}

/// Which credentials a connection has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which connection.
    pub id: ConnectionId,
    /// In which cloud.
    pub cloud: Cloud,
    /// How it hears.
    pub feed: FeedChoice,
    /// It has a service app.
    pub service_app: bool,
    /// It has a guest issuer.
    pub guest_issuer: bool,
    /// It has a bot.
    pub bot: bool,
}

/// Where the simulator is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SandboxSource {
    /// Inside this process, listening here: `webex.sandbox_listen` (`GUEST_PORTAL_WEBEX_SANDBOX_LISTEN`, default `127.0.0.1:8081`).
    Embedded(Option<SocketAddr>),
    /// Another process, on this machine.
    At(Url),
}

impl SandboxSource {
    /// Where the simulator listens unless told otherwise.
    pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8081);

    /// Inside this process, at the default or configured address.
    pub const fn embedded_default() -> Self {
        Self::Embedded(None)
    }

    /// What follows `--sandbox=`: the address of a simulator on this machine, such as `http://127.0.0.1:8081`.
    pub fn at(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let is_local = matches!(url.host()?, url::Host::Ipv4(ip) if ip.is_loopback())
            || matches!(url.host()?, url::Host::Ipv6(ip) if ip.is_loopback())
            || url.host_str() == Some("localhost");
        (is_local && url.scheme() == "http").then_some(Self::At(url))
    }
}

/// `[webex.service_app]`: the portal's own identity in Webex.
#[derive(Clone, Debug)]
pub struct ServiceAppConfig {
    /// `GUEST_PORTAL_WEBEX_SERVICE_APP_CLIENT_ID`.
    pub client_id: String,
    /// From the file `client_secret_file` names, or `GUEST_PORTAL_WEBEX_SERVICE_APP_CLIENT_SECRET`.
    pub client_secret: Live<SecretString>,
    /// From the file `refresh_token_file` names, or `GUEST_PORTAL_WEBEX_SERVICE_APP_REFRESH_TOKEN`. Only
    /// the first one matters: the portal keeps what Webex gives it later.
    pub refresh_token: Live<SecretString>,
}

/// `[webex.guest_issuer]`: signs guests' tokens. Webex issues no new ones; those there are keep working.
#[derive(Clone, Debug)]
pub struct GuestIssuerConfig {
    /// `GUEST_PORTAL_WEBEX_GUEST_ISSUER_ISSUER_ID`: the Guest Issuer ID, base64 text.
    pub issuer_id: String,
    /// From the file `secret_file` names, or `GUEST_PORTAL_WEBEX_GUEST_ISSUER_SECRET`: base64, as Webex showed it.
    pub secret: Live<SecretString>,
}

/// `[webex.bot]`: asks for meetings' links and writes to staff.
#[derive(Clone, Debug)]
pub struct BotConfig {
    /// From the file `access_token_file` names, or `GUEST_PORTAL_WEBEX_BOT_ACCESS_TOKEN`.
    pub access_token: Live<SecretString>,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Live,
    Sandbox,
}

/// Reads `[webex]` and every `[[connection]]`.
pub(super) fn read(root: &Section<'_, '_>, from_command_line: Option<SandboxSource>) -> Option<WebexConfig> {
    let first = root.section(FIRST);
    let mode = first.parsed("mode", "`live` or `sandbox`", |text| match text {
        "live" => Some(Mode::Live),
        "sandbox" => Some(Mode::Sandbox),
        _ => None,
    });
    let sandbox_listen = first.parsed("sandbox_listen", "a loopback address and a port such as 127.0.0.1:8081", |text| {
        text.parse::<SocketAddr>().ok().filter(|address| address.ip().is_loopback())
    });
    let sandbox = match from_command_line {
        Some(source) => Some(source),
        None if mode == Ok(Some(Mode::Sandbox)) => Some(SandboxSource::embedded_default()),
        None => None,
    };
    let further = root.sections("connection");
    let mut sections = vec![(ConnectionId::first(), &first)];
    for section in &further {
        let id = section.text("id").unwrap_or_default();
        if id.is_empty() || sections.iter().any(|(known, _)| known.as_str() == id) {
            section.report("id", "is missing or used twice; give each connection a name of its own, which sites use in `connection`");
        }
        sections.push((ConnectionId::new(id), section));
    }
    if let Some(source) = sandbox {
        let connections = sections.iter().map(|(id, section)| wanted_of_sandbox(id, section)).collect();
        let configured = sandbox_listen.ok()?;
        let source = match source {
            SandboxSource::Embedded(address) => SandboxSource::Embedded(address.or(configured)),
            at => at,
        };
        return Some(WebexConfig::Sandbox { source, connections });
    }
    let read: Vec<_> = sections.iter().map(|(id, section)| ConnectionConfig::read(id, section)).collect();
    mode.ok()?;
    read.into_iter().collect::<Option<Vec<_>>>().map(WebexConfig::Live)
}

fn cloud(section: &Section<'_, '_>) -> Option<Cloud> {
    let cloud = section.parsed("cloud", "`commercial` or `government`", |text| match text {
        "commercial" => Some(Cloud::Commercial),
        "government" => Some(Cloud::Government),
        _ => None,
    });
    cloud.ok().map(|cloud| cloud.unwrap_or(Cloud::Commercial))
}

fn feed(section: &Section<'_, '_>) -> Option<FeedChoice> {
    let feed = section.parsed("feed", "`auto`, `webhook`, `mercury` or `polling`", |text| match text {
        "auto" => Some(FeedChoice::Auto),
        "webhook" => Some(FeedChoice::Webhook),
        "mercury" => Some(FeedChoice::Mercury),
        "polling" => Some(FeedChoice::Polling),
        _ => None,
    });
    feed.ok().map(Option::unwrap_or_default)
}

/// With the simulator a connection's sections only say which of the simulator's credentials it uses;
/// what stands in them is for the real Webex.
fn wanted_of_sandbox(id: &ConnectionId, section: &Section<'_, '_>) -> Wanted {
    let has = |key| {
        let has = section.has(key);
        section.pass_over(key);
        has
    };
    let (service_app, guest_issuer, bot) = (has("service_app"), has("guest_issuer"), has("bot"));
    let is_silent = !service_app && !guest_issuer && !bot;
    let cloud = cloud(section).unwrap_or(Cloud::Commercial);
    let feed = feed(section).unwrap_or_default();
    section.finish();
    if is_silent {
        let is_commercial = cloud == Cloud::Commercial;
        return Wanted { id: id.clone(), cloud, feed, service_app: is_commercial, guest_issuer: false, bot: true };
    }
    Wanted { id: id.clone(), cloud, feed, service_app, guest_issuer, bot }
}

impl ConnectionConfig {
    fn wanted(&self) -> Wanted {
        Wanted {
            id: self.id.clone(),
            cloud: self.cloud,
            feed: self.feed,
            service_app: self.service_app.is_some(),
            guest_issuer: self.guest_issuer.is_some(),
            bot: self.bot.is_some(),
        }
    }

    fn read(id: &ConnectionId, section: &Section<'_, '_>) -> Option<Self> {
        let (cloud, feed) = (cloud(section), feed(section));
        let (app, issuer, bot) = (section.section("service_app"), section.section("guest_issuer"), section.section("bot"));
        section.finish();
        let has_app = app.is_given(&["client_id", "client_secret", "refresh_token"]);
        let has_issuer = issuer.is_given(&["issuer_id", "secret"]);
        let has_bot = bot.is_given(&["access_token"]);
        if !has_app && !has_issuer && !has_bot {
            app.report(
                "client_id",
                "is missing: no Webex is configured; fill in [webex.service_app] or [webex.bot], or run `guest-portal serve --sandbox` to try everything without one",
            );
            return None;
        }
        // Each is read even where another one is wrong: all problems are told at once.
        let service_app = has_app.then(|| ServiceAppConfig::read(&app));
        let guest_issuer = has_issuer.then(|| GuestIssuerConfig::read(&issuer));
        let bot_config = has_bot.then(|| BotConfig::read(&bot));
        let (cloud, feed) = (cloud?, feed?);
        if cloud == Cloud::Government && has_issuer {
            issuer
                .report("issuer_id", "does not go with the government cloud, which has no guests; remove it, or use the commercial cloud");
            return None;
        }
        if has_issuer && !has_app && !has_bot {
            bot.report("access_token_file", "is missing; with a guest issuer alone nobody can be told of meetings: add a bot");
            return None;
        }
        Some(Self {
            id: id.clone(),
            cloud,
            feed,
            service_app: transpose(service_app)?,
            guest_issuer: transpose(guest_issuer)?,
            bot: transpose(bot_config)?,
        })
    }
}

/// `None` where something that is configured could not be read.
#[allow(clippy::option_option, reason = "not configured and not readable are two things")]
fn transpose<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(None) => None,
        Some(some) => Some(some),
    }
}

impl ServiceAppConfig {
    fn read(section: &Section<'_, '_>) -> Option<Self> {
        let client_id = section.text("client_id").filter(|text| !text.trim().is_empty());
        if client_id.is_none() {
            section.report("client_id", "is missing; it stands on the service app's page at developer.webex.com");
        }
        let client_secret = section.secret("client_secret");
        let refresh_token = section.secret("refresh_token");
        section.finish();
        Some(Self { client_id: client_id?, client_secret: client_secret?.into(), refresh_token: refresh_token?.into() })
    }
}

impl GuestIssuerConfig {
    fn read(section: &Section<'_, '_>) -> Option<Self> {
        let issuer_id = section.text("issuer_id");
        if issuer_id.is_none() {
            section.report("issuer_id", "is missing; it is the Guest Issuer ID that developer.webex.com shows");
        }
        let secret = section.secret("secret");
        section.finish();
        let (issuer_id, secret) = (issuer_id?, secret?);
        let secret = Live::new(secret);
        if let Err(problem) = GuestIssuer::new(&issuer_id, &secret) {
            section.report(if problem.is_about_the_secret() { "secret_file" } else { "issuer_id" }, problem.to_string());
            return None;
        }
        Some(Self { issuer_id, secret })
    }
}

impl BotConfig {
    fn read(section: &Section<'_, '_>) -> Option<Self> {
        let access_token = section.secret("access_token");
        section.finish();
        Some(Self { access_token: access_token?.into() })
    }
}

impl Cloud {
    /// The base of Webex's REST API.
    pub fn api_base(self) -> &'static str {
        match self {
            Self::Commercial => "https://webexapis.com/v1",
            Self::Government => "https://api-usgov.webex.com/v1",
        }
    }

    /// The base of Webex's catalogue of services.
    pub fn services_base(self) -> &'static str {
        match self {
            Self::Commercial => "https://u2c.wbx2.com/u2c/api/v1",
            Self::Government => "https://u2c.gov.ciscospark.com/u2c/api/v1",
        }
    }

    /// The base of Instant Connect's broker.
    pub fn broker_base(self) -> &'static str {
        match self {
            Self::Commercial => "https://mtg-broker-a.wbx2.com",
            Self::Government => "https://mtg-broker.gov.ciscospark.com",
        }
    }

    /// The base of Instant Connect's pages.
    pub fn page_base(self) -> &'static str {
        match self {
            Self::Commercial => "https://instant.webex.com",
            Self::Government => "https://instant-usgov.webex.com",
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Commercial => Self::Government,
            Self::Government => Self::Commercial,
        }
    }

    /// The word in the configuration.
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Commercial => "commercial",
            Self::Government => "government",
        }
    }
}
