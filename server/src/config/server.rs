//! `[server]` and `[log]`: where the portal listens, keeps its data, and what it logs.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};
use url::{Host, Url};

use super::reader::Section;
use crate::{limits::TrustedProxies, outbox::ClamdAddress};

const DEFAULT_SPOOL_BYTES: i64 = 2 * 1024 * 1024 * 1024;
const MIN_SPOOL_BYTES: i64 = 100_000_000;
/// As long as a site can remember a browser at most.
const DEFAULT_FORGET_DAYS: i64 = 400;
const MAX_FORGET_DAYS: i64 = 36_500;
/// Longer than a request to Webex may take.
const DEFAULT_SETTLE_MS: i64 = 15_000;
const MIN_SETTLE_MS: i64 = 100;

/// `[server]`.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// `GUEST_PORTAL_SERVER_LISTEN`, default `127.0.0.1:8080`: address and port to listen on.
    pub listen: SocketAddr,
    /// `GUEST_PORTAL_SERVER_PUBLIC_URL`: the address guests use, such as `https://chat.example.com`.
    /// Required when `listen` is not a loopback address; addresses are never built from what a client says.
    pub public_url: Option<Url>,
    /// `trusted_proxies`: whose `X-Forwarded-For` says whom a request comes from; addresses or networks. Required where
    /// `public_url` is https: the portal speaks plain HTTP, so that there is a proxy.
    pub trusted_proxies: TrustedProxies,
    /// `GUEST_PORTAL_SERVER_OPERATIONS_LISTEN`, absent by default: where the one who runs the portal looks at it; loopback only.
    pub operations_listen: Option<SocketAddr>,
    /// `GUEST_PORTAL_SERVER_DATA_DIR`, default `data`: the folder of database and keys; back it up.
    pub data_dir: PathBuf,
    /// `max_spool_bytes`, default 2 GiB: how much room files that wait for Webex may take in the data folder.
    pub max_spool_bytes: u64,
    /// `forget_guests_days`, default 400: guests who have not come for so long are forgotten; 0: never.
    pub forget_guests_days: i64,
    /// `GUEST_PORTAL_SERVER_CLAMD`, absent by default: who says whether a guest's file is harmful before it is accepted.
    pub clamd: Option<ClamdAddress>,
    /// `settle_ms`, default 15 s: how long a message or a space of unclear outcome is looked for in Webex before it is
    /// sent or made again.
    pub settle: Duration,
}

impl ServerConfig {
    pub(super) fn read(section: &Section<'_, '_>) -> Option<Self> {
        let listen = section.parsed("listen", "an address and a port such as 127.0.0.1:8080", |text| text.parse::<SocketAddr>().ok());
        let public_url = section.parsed("public_url", "an address such as https://chat.example.com, with no path", parse_public_url);
        let operations_listen = section.parsed("operations_listen", "a loopback address and a port such as 127.0.0.1:9090", |text| {
            text.parse::<SocketAddr>().ok().filter(|address| address.is_ipv4() && address.ip().is_loopback())
        });
        let trusted_proxies = TrustedProxies::parse(&section.texts("trusted_proxies")).unwrap_or_else(|wrong| {
            section.report("trusted_proxies", format!("`{wrong}` is neither an address nor a network such as 127.0.0.1 or 10.0.0.0/8"));
            TrustedProxies::default()
        });
        let data_dir = section.text("data_dir").unwrap_or_else(|| "data".into());
        if data_dir.is_empty() {
            section.report("data_dir", "is empty; name a folder that the portal may write to, such as `data`");
        }
        let max_spool_bytes = section.number("max_spool_bytes").unwrap_or(DEFAULT_SPOOL_BYTES);
        if max_spool_bytes < MIN_SPOOL_BYTES {
            section.report("max_spool_bytes", format!("must be at least {MIN_SPOOL_BYTES}: the largest file there can be"));
        }
        let forget_guests_days = section.number("forget_guests_days").unwrap_or(DEFAULT_FORGET_DAYS);
        if !(0..=MAX_FORGET_DAYS).contains(&forget_guests_days) {
            section.report("forget_guests_days", format!("must be between 0 (never) and {MAX_FORGET_DAYS}"));
        }
        let clamd =
            section.parsed("clamd", "an address such as 127.0.0.1:3310 or a socket such as /run/clamav/clamd.ctl", ClamdAddress::parse);
        let settle_ms = section.number("settle_ms").unwrap_or(DEFAULT_SETTLE_MS);
        if settle_ms < MIN_SETTLE_MS {
            section.report("settle_ms", format!("must be at least {MIN_SETTLE_MS}: Webex needs time to show what it took"));
        }
        section.finish();
        let (Ok(listen), Ok(public_url)) = (listen, public_url) else { return None };
        let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
        if !listen.ip().is_loopback() && public_url.is_none() {
            section.report(
                "public_url",
                format!("is missing; with `listen = \"{listen}\"` name the address guests use, such as https://chat.example.com"),
            );
        }
        if public_url.as_ref().is_some_and(|url| url.scheme() == "https") && !section.is_set("trusted_proxies") {
            section.report(
                "trusted_proxies",
                "is missing; `public_url` is https, so a proxy stands before the portal: name its address, such as [\"127.0.0.1\"], and \
                 have it set X-Forwarded-For, or guests all count as one",
            );
        }
        Some(Self {
            trusted_proxies,
            listen,
            public_url,
            operations_listen: operations_listen.ok().flatten(),
            data_dir: data_dir.into(),
            max_spool_bytes: u64::try_from(max_spool_bytes).unwrap_or(0),
            forget_guests_days,
            clamd: clamd.ok().flatten(),
            settle: Duration::from_millis(u64::try_from(settle_ms).unwrap_or(0)),
        })
    }
}

fn parse_public_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let is_bare =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    (is_secure && is_bare && url.host_str().is_some()).then_some(url)
}

/// Whether only this machine can reach an address.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// `[log]`.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// `GUEST_PORTAL_LOG_FORMAT`, default `text`: `text` for people, `json` for machines.
    pub format: LogFormat,
    /// `GUEST_PORTAL_LOG_LEVEL`, default `info`: `error`, `warn`, `info`, `debug`, or a filter such as `info,server=debug`.
    pub level: String,
    /// `GUEST_PORTAL_LOG_TRACES` and `traces_percent`: where traces go; nowhere by default.
    pub traces: Option<TracesConfig>,
}

/// Who collects traces.
#[derive(Clone, Debug)]
pub struct TracesConfig {
    /// Where it takes them, by OTLP over HTTP.
    pub collector: Url,
    /// How many of a hundred it gets.
    pub percent: u8,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogConfig {
    pub(super) fn read(section: &Section<'_, '_>) -> Self {
        let format = section.parsed("format", "`text` or `json`", |text| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        });
        let what = "a level (`error`, `warn`, `info`, `debug`), or a filter such as `info,server=debug`";
        let level = section.parsed("level", what, |text| is_filter(text).then(|| text.to_owned()));
        let collector = section.parsed("traces", "an address such as http://127.0.0.1:4318", parse_collector).ok().flatten();
        let percent = section.number("traces_percent").unwrap_or(100);
        let percent = u8::try_from(percent).ok().filter(|percent| (1..=100).contains(percent)).unwrap_or_else(|| {
            section.report("traces_percent", "must be between 1 and 100");
            100
        });
        section.finish();
        Self {
            format: format.ok().flatten().unwrap_or(LogFormat::Text),
            level: level.ok().flatten().unwrap_or_else(|| "info".into()),
            traces: collector.map(|collector| TracesConfig { collector, percent }),
        }
    }
}

/// A collector's address; without a path, the one that OTLP has.
fn parse_collector(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())?;
    if url.path() == "/" { url.join("v1/traces").ok() } else { Some(url) }
}

/// A mistyped level alone would be taken for the name of a part of the program, and nothing else would be logged.
fn is_filter(text: &str) -> bool {
    let is_level = |word: &str| !word.is_empty() && word.parse::<LevelFilter>().is_ok();
    let is_plain = text.split(',').all(|part| part.contains('=') || is_level(part.trim()));
    is_plain && EnvFilter::builder().parse(text).is_ok()
}
