//! Which Webex is asked, as whom: seen by what the doctor finds, and which broker it asked for that.

use sandbox::{Sandbox, SandboxConfig};
use server::{
    access::live,
    clock::Clock,
    config::{Config, WebexConfig},
    doctor::{self, Level, Report},
    portal::Portal,
    sandbox_credentials::access,
};
use tests::{
    portal::TestPortal,
    recipe::{Names, renamed},
};

use super::{Row, SECRETS, Seen, all_act, changed, each_acts, for_portal, said};

const FIRST: &str = r#"
[webex]
cloud = "commercial"
[webex.bot]
[[site]]
id = "demo"
name = "City services"
conversation = "none"
staff = ["hedy@gov.sandbox.example"]
"#;

pub(super) const FIRST_ROWS: &[Row] = &[Row { key: "webex.cloud", changed: r#""government""#, seen: "the government's broker is asked" }];

/// The site is on the first one until it names the other.
const FURTHER: &str = r#"
[webex.bot]
[[connection]]
id = "city"
cloud = "commercial"
[connection.bot]
[[site]]
id = "demo"
name = "City services"
connection = "webex"
conversation = "none"
staff = ["hedy@gov.sandbox.example"]
"#;

pub(super) const FURTHER_ROWS: &[Row] = &[
    Row { key: "connection.id", changed: r#""town""#, seen: "town is looked at" },
    Row { key: "connection.cloud", changed: r#""government""#, seen: "the government's broker is asked" },
    Row { key: "site.connection", changed: r#""town""#, seen: "its bot knows Hedy Lamarr" },
];

async fn examine(configuration: &str, changes: &[Row]) -> Seen {
    let portal = TestPortal::start_with_sites(&for_portal(changed(configuration, changes))).await;
    let reports = doctor::examine(&portal.app().connections, &portal.app().config, &portal.app().store, portal.clock.now()).await;
    let is_government = !portal.requests("POST", "/gov/api/v2/joseencrypt").is_empty();
    let broker = said(is_government, "the government's broker is asked");
    Seen::from([
        ("webex.cloud", broker.clone()),
        ("connection.id", said(reports.iter().any(|report| report.title.starts_with("connection town ")), "town is looked at")),
        ("connection.cloud", broker),
        ("site.connection", said(has(&reports, "site demo ", "staff: Hedy Lamarr", Level::Good), "its bot knows Hedy Lamarr")),
    ])
}

/// Whether it was found out about a connection or a site.
fn has(reports: &[Report], title: &str, text: &str, level: Level) -> bool {
    let findings = reports.iter().filter(|report| report.title.starts_with(title)).flat_map(|report| &report.findings);
    findings.into_iter().any(|finding| finding.text.starts_with(text) && finding.level == level)
}

/// Two that can hear in every way, beside a portal that Webex can reach.
const HEARING: &str = r#"
[webex]
feed = "auto"
[webex.service_app]
[webex.bot]
[[connection]]
id = "shop"
[connection.service_app]
[connection.bot]
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[[site]]
id = "shop"
name = "Acme shop"
connection = "shop"
staff = ["maria@sandbox.example"]
"#;

pub(super) const HEARING_ROWS: &[Row] = &[
    Row { key: "webex.feed", changed: r#""mercury""#, seen: "heard by mercury" },
    Row { key: "connection.feed", changed: r#""mercury""#, seen: "heard by mercury" },
];

async fn hear(changes: &[Row]) -> Seen {
    let portal = TestPortal::start_in_public(&for_portal(changed(HEARING, changes))).await;
    let heard = async |connection: &str| {
        let live = async || portal.app().store.feed(connection).unwrap().filter(|feed| feed.way != "polling");
        format!("heard by {}", portal.until("a live way", live).await.way)
    };
    Seen::from([("webex.feed", heard("webex").await), ("connection.feed", heard("shop").await)])
}

/// As it is for the real Webex, with all the simulator's credentials.
const LIVE: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "http://localhost"
data_dir = "/etc/guest-portal/data"
[webex.service_app]
client_id = "THE CLIENT ID"
client_secret_file = "/etc/guest-portal/client-secret"
refresh_token_file = "/etc/guest-portal/refresh-token"
[webex.guest_issuer]
issuer_id = "THE ISSUER ID"
secret_file = "/etc/guest-portal/guest-issuer-secret"
[webex.bot]
access_token_file = "/etc/guest-portal/bot-token"
[[connection]]
id = "city"
[connection.bot]
access_token_file = "/etc/guest-portal/bot-token"
[[site]]
id = "demo"
name = "Demo"
staff = ["grace@sandbox.example"]
"#;

/// What could be right somewhere else.
pub(super) const CREDENTIAL_ROWS: &[Row] = &[
    Row { key: "webex.service_app.client_id", changed: r#""C0123456789abcdef""#, seen: "refused" },
    Row { key: "webex.service_app.client_secret_file", changed: r#""/etc/guest-portal/another""#, seen: "refused" },
    Row { key: "webex.service_app.refresh_token_file", changed: r#""/etc/guest-portal/another""#, seen: "refused" },
    Row {
        key: "webex.guest_issuer.issuer_id",
        changed: r#""Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8wMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA""#,
        seen: "refused",
    },
    Row { key: "webex.guest_issuer.secret_file", changed: r#""/etc/guest-portal/another""#, seen: "refused" },
    Row { key: "webex.bot.access_token_file", changed: r#""/etc/guest-portal/another""#, seen: "refused" },
    Row { key: "connection.bot.access_token_file", changed: r#""/etc/guest-portal/another""#, seen: "refused" },
];

async fn prove(changes: &[Row]) -> Seen {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (clock, folder) = (Clock::system(), tempfile::tempdir().unwrap());
    let sandbox = Sandbox::start(SandboxConfig::loopback()).await.unwrap();
    let credentials = sandbox.credentials();
    for (name, secret) in [
        ("client-secret", &credentials.service_app.client_secret),
        ("refresh-token", &credentials.service_app.refresh_token),
        ("guest-issuer-secret", &credentials.guest_issuer.secret),
        ("bot-token", &credentials.bot.access_token),
        ("another", &"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned()),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, secret).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let names: &Names = &[
        (SECRETS, folder.path().display().to_string()),
        ("THE CLIENT ID", credentials.service_app.client_id.clone()),
        ("THE ISSUER ID", credentials.guest_issuer.issuer_id.clone()),
    ];
    let text = renamed(&toml::to_string(&changed(LIVE, changes)).unwrap(), names);
    let config = Config::from_text("tests", &text, None, &|_| None).unwrap();
    let WebexConfig::Live(configured) = &config.webex else { panic!("{:?}", config.webex) };
    // As configured, but where the simulator is.
    let mut connections = access(&credentials, &sandbox.base_url().parse().unwrap(), &config.webex.wanted()).unwrap();
    for (connection, configured) in connections.iter_mut().zip(live(configured).unwrap()) {
        connection.service_app = configured.service_app;
        connection.guest_issuer = configured.guest_issuer;
        connection.bot = configured.bot;
    }
    let portal = Portal::start(config, connections, clock.clone()).await.unwrap();
    let reports = doctor::examine(&portal.app.connections, &portal.app.config, &portal.app.store, clock.now()).await;
    portal.stop().await;
    sandbox.stop().await;
    let refused = |title: &str, what: &str| said(has(&reports, title, what, Level::Wrong), "refused");
    Seen::from([
        ("webex.service_app.client_id", refused("connection webex ", "service app: ")),
        ("webex.service_app.client_secret_file", refused("connection webex ", "service app: ")),
        ("webex.service_app.refresh_token_file", refused("connection webex ", "service app: ")),
        ("webex.guest_issuer.issuer_id", refused("connection webex ", "guest issuer: ")),
        ("webex.guest_issuer.secret_file", refused("connection webex ", "guest issuer: ")),
        ("webex.bot.access_token_file", refused("connection webex ", "bot: ")),
        ("connection.bot.access_token_file", refused("connection city ", "bot: ")),
    ])
}

#[tokio::test]
async fn which_webex_is_asked_is_as_configured() {
    all_act(FIRST_ROWS, async |changes: &[Row]| examine(FIRST, changes).await).await;
    all_act(FURTHER_ROWS, async |changes: &[Row]| examine(FURTHER, changes).await).await;
}

#[tokio::test]
async fn as_whom_it_is_asked_is_as_configured() {
    each_acts(CREDENTIAL_ROWS, prove).await;
}

#[tokio::test]
async fn how_it_is_heard_is_as_configured() {
    all_act(HEARING_ROWS, hear).await;
}
