//! `[webex]`: which Webex the portal talks to, and as whom.

use std::net::SocketAddr;

use secrecy::SecretString;
use url::Url;

use super::reader::Section;

/// `[webex]`.
#[derive(Clone, Debug)]
pub enum WebexConfig {
    /// The real one.
    Live {
        /// From `webex.cloud` (`GUEST_PORTAL_WEBEX_CLOUD`, default `commercial`).
        api_base: Url,
        /// `[webex.service_app]`.
        service_app: ServiceAppConfig,
    },
    /// The simulator: `mode = "sandbox"` (`GUEST_PORTAL_WEBEX_MODE`) or `serve --sandbox`.
    Sandbox(SandboxSource),
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
    pub client_secret: SecretString,
    /// From the file `refresh_token_file` names, or `GUEST_PORTAL_WEBEX_SERVICE_APP_REFRESH_TOKEN`. Only
    /// the first one matters: the portal keeps what Webex gives it later.
    pub refresh_token: SecretString,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Live,
    Sandbox,
}

impl WebexConfig {
    pub(super) fn read(section: &Section<'_, '_>, from_command_line: Option<SandboxSource>) -> Option<Self> {
        let mode = section.parsed("mode", "`live` or `sandbox`", |text| match text {
            "live" => Some(Mode::Live),
            "sandbox" => Some(Mode::Sandbox),
            _ => None,
        });
        let cloud = section.parsed("cloud", "`commercial` or `government`", |text| match text {
            "commercial" => Url::parse("https://webexapis.com/v1").ok(),
            "government" => Url::parse("https://api-usgov.webex.com/v1").ok(),
            _ => None,
        });
        let sandbox_listen = section.parsed("sandbox_listen", "a loopback address and a port such as 127.0.0.1:8081", |text| {
            text.parse::<SocketAddr>().ok().filter(|address| address.ip().is_loopback())
        });
        let service_app = section.section("service_app");
        section.finish();
        let sandbox = match from_command_line {
            Some(source) => Some(source),
            None if mode == Ok(Some(Mode::Sandbox)) => Some(SandboxSource::embedded_default()),
            None => None,
        };
        if let Some(source) = sandbox {
            let configured = sandbox_listen.ok()?;
            return Some(Self::Sandbox(match source {
                SandboxSource::Embedded(address) => SandboxSource::Embedded(address.or(configured)),
                at => at,
            }));
        }
        let (Ok(_), Ok(cloud)) = (mode, cloud) else { return None };
        let service_app = ServiceAppConfig::read(&service_app)?;
        let api_base = cloud.or_else(|| Url::parse("https://webexapis.com/v1").ok())?;
        Some(Self::Live { api_base, service_app })
    }
}

impl ServiceAppConfig {
    fn read(section: &Section<'_, '_>) -> Option<Self> {
        let Some(client_id) = section.text("client_id") else {
            section.report(
                "client_id",
                "is missing: no Webex is configured; fill in [webex.service_app], or run `guest-portal serve --sandbox` to try everything without one",
            );
            return None;
        };
        let client_secret = section.secret("client_secret");
        let refresh_token = section.secret("refresh_token");
        section.finish();
        Some(Self { client_id, client_secret: client_secret?, refresh_token: refresh_token? })
    }
}
