//! The configuration: `guest-portal.toml`, overridden by environment variables, checked as a whole.
//!
//! Every problem is reported, one line each, with file, key and remedy. Each setting's variable is its
//! path in capitals: `server.listen` is `GUEST_PORTAL_SERVER_LISTEN`. `guest-portal.example.toml`
//! lists them all.

mod connections;
mod hours;
mod identity;
mod launcher;
mod limits;
mod logo;
mod meetings;
mod pre_chat;
mod reader;
mod rotation;
mod server;
mod sites;
mod theme;
mod webhooks;
mod words;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use connections::{
    BotConfig, Cloud, ConnectionConfig, ConnectionId, FeedChoice, GuestIssuerConfig, SandboxSource, ServiceAppConfig, Wanted, WebexConfig,
};
pub use launcher::LauncherConfig;
pub use logo::Logo;
pub use meetings::{LinkPolicy, MeetingPolicy, MeetingsConfig, TopicConfig};
pub use rotation::Rotated;
pub(crate) use server::is_loopback;
pub use server::{LogConfig, LogFormat, ServerConfig, TracesConfig};
pub use sites::{ConversationKind, SiteConfig};
pub(crate) use sites::{domain_of, is_email};
pub use webhooks::WebhookConfig;

use crate::limits::LimitsConfig;
use reader::Reader;
use shared::SiteId;

/// Looks up an environment variable; tests pass their own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the portal listens and keeps its data.
    pub server: ServerConfig,
    /// What it logs.
    pub log: LogConfig,
    /// How much anybody may do.
    pub limits: LimitsConfig,
    /// Which Webex it talks to, and as whom.
    pub webex: WebexConfig,
    /// The sites, at least one; the first is the default.
    pub sites: Vec<Arc<SiteConfig>>,
    /// Where all of it was read.
    pub source: ConfigSource,
}

/// Where a configuration was read, to read it again.
#[derive(Clone, Debug, Default)]
pub struct ConfigSource {
    /// The file; `None`: what is built in.
    file: Option<PathBuf>,
    /// What stood in for the `webex` section.
    sandbox: Option<SandboxSource>,
}

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The file, or what stands in its place.
    pub file: String,
    /// The setting's path; empty when it is the whole file.
    pub key: String,
    /// What is wrong and how to mend it.
    pub remedy: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, key, remedy } = self;
        if key.is_empty() { write!(formatter, "{file}: {remedy}") } else { write!(formatter, "{file}: {key}: {remedy}") }
    }
}

/// The sites a portal has that was started with `--sandbox` and no file.
const SANDBOX_CONFIG: &str = include_str!("sandbox.toml");

fn text_of(path: &Path) -> Result<String, Vec<ConfigProblem>> {
    let problem = |remedy: String| vec![ConfigProblem { file: path.display().to_string(), key: String::new(), remedy }];
    std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => problem(
            "not found; copy guest-portal.example.toml to guest-portal.toml and fill it in to connect a Webex organisation, \
             or run `guest-portal serve --sandbox` to try everything without one"
                .into(),
        ),
        _ => problem(format!("cannot be read ({error}); make it readable for this user")),
    })
}

fn table_of(file: &str, text: &str) -> Result<toml::Table, Vec<ConfigProblem>> {
    text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or_default().lines().count().max(1));
        vec![ConfigProblem { file: file.to_owned(), key: format!("line {line}"), remedy: format!("is not TOML: {}", error.message()) }]
    })
}

impl Config {
    /// Reads a file.
    pub fn from_file(path: &Path, sandbox: Option<SandboxSource>, environment: Environment<'_>) -> Result<Self, Vec<ConfigProblem>> {
        let source = ConfigSource { file: Some(path.to_owned()), sandbox: sandbox.clone() };
        Ok(Self { source, ..Self::from_text(&path.display().to_string(), &text_of(path)?, sandbox, environment)? })
    }

    /// `[server]` of a file and nothing else: for what needs no secret, for these may be away while the portal is.
    pub fn server_of_file(path: &Path, environment: Environment<'_>) -> Result<ServerConfig, Vec<ConfigProblem>> {
        let name = path.display().to_string();
        let table = table_of(&name, &text_of(path)?)?;
        let reader = Reader::new(&name, environment);
        let server = ServerConfig::read(&reader.root(table).section("server"));
        let problems = reader.into_problems();
        server.filter(|_| problems.is_empty()).ok_or(problems)
    }

    /// The same as its file has it now; as it is if it came from none.
    pub fn read_again(&self) -> Result<Self, Vec<ConfigProblem>> {
        match &self.source.file {
            Some(file) => Self::from_file(file, self.source.sandbox.clone(), &|name| std::env::var(name).ok()),
            None => Ok(self.clone()),
        }
    }

    /// The built-in configuration for trying everything out against the simulator.
    pub fn for_sandbox(sandbox: SandboxSource, environment: Environment<'_>) -> Result<Self, Vec<ConfigProblem>> {
        Self::from_text("built-in configuration", SANDBOX_CONFIG, Some(sandbox), environment)
    }

    /// Reads a text; `sandbox` stands in for the `webex` section. `file` is what problems are reported of.
    pub fn from_text(
        file: &str,
        text: &str,
        sandbox: Option<SandboxSource>,
        environment: Environment<'_>,
    ) -> Result<Self, Vec<ConfigProblem>> {
        let table = table_of(file, text)?;
        let reader = Reader::new(file, environment);
        let root = reader.root(table);
        let server = ServerConfig::read(&root.section("server"));
        let log = LogConfig::read(&root.section("log"));
        let webex = connections::read(&root, sandbox);
        let wanted = webex.as_ref().map(WebexConfig::wanted).unwrap_or_default();
        let (limits, profile) = limits::read(&root.section("limits"));
        let sites = sites::read_all(&root, &wanted, profile);
        let is_live = matches!(webex, Some(WebexConfig::Live(_)));
        if let Some(site) = sites.iter().find(|site| is_live && site.meetings.is_some())
            && server.as_ref().is_some_and(|server| server.public_url.is_none())
        {
            let remedy = format!(
                "is missing; site `{}` offers meetings, and staff open them by this address, such as https://chat.example.com (or set `enabled = false` in its meetings)",
                site.id
            );
            root.section("server").report("public_url", remedy);
        }
        let hears_by_webhook = wanted.iter().find(|wanted| wanted.feed == FeedChoice::Webhook);
        if let Some(connection) = hears_by_webhook.filter(|_| server.as_ref().is_some_and(|server| server.public_url.is_none())) {
            let remedy = format!(
                "is missing; connection `{}` hears by webhook, and Webex tells it at this address, such as https://chat.example.com (or leave out its `feed`)",
                connection.id
            );
            root.section("server").report("public_url", remedy);
        }
        root.finish();
        match (server, webex, reader.into_problems()) {
            (Some(server), Some(webex), problems) if problems.is_empty() => {
                Ok(Self { server, log, limits, webex, sites, source: ConfigSource::default() })
            }
            (_, _, problems) => Err(problems),
        }
    }

    /// The site with this id.
    pub fn site(&self, id: &SiteId) -> Option<&SiteConfig> {
        self.shared_site(id).map(|site| &**site)
    }

    /// The same, to be held on to.
    pub fn shared_site(&self, id: &SiteId) -> Option<&Arc<SiteConfig>> {
        self.sites.iter().find(|site| site.id == *id)
    }

    /// Which Webex the portal's data belongs to: rooms and people of another one mean nothing there.
    pub fn webex_name(&self) -> String {
        match &self.webex {
            WebexConfig::Live(connections) => connections.first().map(|first| first.cloud.api_base().to_owned()).unwrap_or_default(),
            WebexConfig::Sandbox { .. } => "the simulated Webex".into(),
        }
    }

    /// Whether the Webex behind the portal is the simulator.
    pub fn is_simulated(&self) -> bool {
        matches!(self.webex, WebexConfig::Sandbox { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [webex.service_app]
        client_id = "C1"
        [[site]]
        id = "acme"
        name = "Acme"
        staff = ["ann@example.com"]
    "#;

    fn secrets(name: &str) -> Option<String> {
        match name {
            "GUEST_PORTAL_WEBEX_SERVICE_APP_CLIENT_SECRET" | "GUEST_PORTAL_WEBEX_SERVICE_APP_REFRESH_TOKEN" => Some("s3cret".into()),
            _ => None,
        }
    }

    fn problems(text: &str, environment: Environment<'_>) -> Vec<String> {
        let problems = Config::from_text("portal.toml", text, None, environment).map(|_| ()).unwrap_err();
        problems.iter().map(ConfigProblem::to_string).collect()
    }

    #[test]
    fn a_small_file_is_enough() {
        let config = Config::from_text("portal.toml", GOOD, None, &secrets).unwrap();
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.sites[0].staff, ["ann@example.com"]);
        assert!(!config.is_simulated());
    }

    #[test]
    fn the_built_in_configuration_is_valid() {
        let config = Config::for_sandbox(SandboxSource::embedded_default(), &|_| None).unwrap();
        assert_eq!(config.sites[0].id.as_str(), "demo");
        assert!(config.is_simulated());
    }

    #[test]
    fn every_problem_is_told_at_once_with_file_key_and_remedy() {
        let text = r#"
            colour = "red"
            [server]
            listen = "everywhere"
            public_url = 7
            [webex]
            mode = "real"
            [[site]]
            id = "Acme!"
            staff = ["nobody"]
        "#;
        let lines = problems(text, &|_| None);
        for key in ["colour", "server.listen", "server.public_url", "webex.mode", "site[1].id", "site[1].name", "site[1].staff"] {
            assert_eq!(lines.iter().filter(|line| line.starts_with(&format!("portal.toml: {key}: "))).count(), 1, "{key} in {lines:#?}");
        }
    }

    /// Each line below `[site.{section}]`, and the setting it is told of.
    fn each_is_refused(section: &str, wrong: &[(&str, &str)]) {
        for (line, key) in wrong {
            let lines = problems(&format!("{GOOD}\n[site.{section}]\n{line}"), &secrets);
            let is_told = lines.len() == 1 && lines[0].starts_with(&format!("portal.toml: site[1].{section}.{key}: "));
            assert!(is_told, "{line}: {lines:#?}");
        }
    }

    #[test]
    fn wrong_colours_are_refused() {
        each_is_refused("theme", &[("accent = \"red\"", "accent"), ("accent = 7", "accent"), ("accent_dark = \"#fff\"", "accent")]);
        each_is_refused("theme", &[("accent = \"#fff\"\naccent_dark = \"#ff\"", "accent_dark"), ("acent = \"#fff\"", "acent")]);
        let config = Config::from_text("portal.toml", &format!("{GOOD}\n[site.theme]\naccent = \"#FD0\""), None, &secrets).unwrap();
        let theme = config.sites[0].theme.unwrap();
        assert_eq!((theme.accent.to_string(), theme.accent_dark.to_string()), ("#ffdd00".into(), "#ffdd00".into()));
    }

    #[test]
    fn wrong_questions_before_the_chat_are_refused() {
        let long = format!("consent = \"{}\"\nconsent_version = \"1\"", "a".repeat(501));
        each_is_refused(
            "pre_chat",
            &[
                ("topics = [\"Orders\", \"Orders\"]", "topics"),
                ("topics = [\" \"]", "topics"),
                ("topics = \"Orders\"", "topics"),
                ("consent = \"I agree\"", "consent_version"),
                ("consent_version = \"1\"", "consent"),
                ("consent = \"I agree\"\nconsent_version = \"1\"\nconsent_url = \"privacy\"", "consent_url"),
                (&long, "consent"),
                ("topic = []", "topic"),
            ],
        );
    }

    #[test]
    fn with_no_webex_both_ways_are_named() {
        let lines = problems("[[site]]\nid = \"a\"\nname = \"A\"\nstaff = [\"a@example.com\"]", &|_| None);
        assert!(lines[0].contains("webex.service_app") && lines[0].contains("--sandbox"), "{lines:#?}");
    }

    #[test]
    fn a_secret_in_the_file_itself_is_refused_without_being_repeated() {
        let text = GOOD.replace("client_id", "client_secret = \"hunter2\"\nclient_id");
        let lines = problems(&text, &secrets);
        assert!(lines[0].contains("client_secret_file") && !lines[0].contains("hunter2"), "{lines:#?}");
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let environment = |name: &str| if name == "GUEST_PORTAL_SERVER_LISTEN" { Some("127.0.0.1:9".into()) } else { secrets(name) };
        let config = Config::from_text("portal.toml", GOOD, None, &environment).unwrap();
        assert_eq!(config.server.listen.port(), 9);
        let lines = problems(GOOD, &|name| if name == "GUEST_PORTAL_SERVER_LISTEN" { Some("x".into()) } else { secrets(name) });
        assert!(lines[0].contains("GUEST_PORTAL_SERVER_LISTEN"), "{lines:#?}");
    }

    #[test]
    fn a_number_can_come_from_the_environment_too() {
        let environment = |value: &'static str| {
            move |name: &str| if name == "GUEST_PORTAL_SERVER_SETTLE_MS" { Some(value.to_owned()) } else { secrets(name) }
        };
        let config = Config::from_text("portal.toml", GOOD, None, &environment("2000")).unwrap();
        assert_eq!(config.server.settle.as_millis(), 2000);
        for wrong in ["soon", "7"] {
            let lines = problems(GOOD, &environment(wrong));
            assert!(lines.len() == 1 && lines[0].starts_with("portal.toml: server.settle_ms: "), "{lines:#?}");
        }
    }

    #[test]
    fn beyond_loopback_the_public_address_must_be_named() {
        let text = format!("[server]\nlisten = \"0.0.0.0:8080\"\n{GOOD}");
        assert!(problems(&text, &secrets)[0].contains("server.public_url"));
        let text = format!("[server]\nlisten = \"0.0.0.0:8080\"\npublic_url = \"https://chat.example.com\"\n{GOOD}");
        assert!(problems(&text, &secrets)[0].contains("server.trusted_proxies"), "TLS ends before the portal");
        let text = text.replacen("public_url", "trusted_proxies = [\"10.0.0.0/8\"]\npublic_url", 1);
        assert!(Config::from_text("portal.toml", &text, None, &secrets).is_ok());
    }

    #[test]
    fn what_is_not_toml_is_told_with_its_line() {
        let lines = problems("a = 1\nb = = 2\n", &|_| None);
        assert!(lines[0].starts_with("portal.toml: line 2: "), "{lines:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "s3cret\n").unwrap();
        let text = GOOD.replace("client_id", &format!("client_secret_file = \"{}\"\nclient_id", path.display()));
        let environment = |name: &str| secrets(name).filter(|_| name.ends_with("REFRESH_TOKEN"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(problems(&text, &environment)[0].contains("chmod 600"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(Config::from_text("portal.toml", &text, None, &environment).is_ok());
    }
}
