//! What the commands that ask Webex something have in common: a configuration, a Webex, and its connections.

use std::{path::PathBuf, sync::Arc};

use shared::SiteId;

use super::{
    ConfigArgs, EXIT_CONFIG,
    behind::{Behind, Keeping},
};
use crate::{
    clock::Clock,
    config::{Config, ConfigProblem, ConnectionId, ServerConfig},
    portal::StartError,
    secrets::{Keys, random_id},
    store::{OpenError, Store},
    webex::{Connection, Connections},
};

/// A Webex that can be asked.
pub(super) struct Reached {
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) connections: Connections,
    /// The store of the portal that uses this configuration, running or not; else one that is gone with the command.
    pub(super) portals: Store,
    pub(super) behind: Behind,
    /// Goes last: the store lies in it.
    _folder: Option<PassingFolder>,
}

/// What a command needs of the portal's data.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Data {
    /// Nothing.
    None,
    /// The service app's newest tokens.
    Tokens,
}

impl Reached {
    /// Reads the configuration and connects; what is wrong is printed, and the exit code answered.
    pub(super) async fn reach(args: &ConfigArgs, data: Data) -> Result<Self, u8> {
        let config = load(args)?;
        let clock = Clock::system();
        let told = |error: StartError| {
            eprintln!("{error}");
            EXIT_CONFIG
        };
        let behind = Behind::start(&config, &clock, Keeping::Forgotten).await.map_err(told)?;
        let access = behind.access(&config).map_err(told)?;
        let (store, keys, folder) = open(&config, data).map_err(told)?;
        let portals = Store::open_to_read(&config.server.data_dir).unwrap_or_else(|_| store.clone());
        let connections =
            Connections::new(access, &config, &store, &keys, &clock).map_err(|error| told(StartError::Inside(error.to_string())))?;
        Ok(Self { config, clock, connections, portals, behind, _folder: folder })
    }

    /// The connection a site uses, or the first one that has what is needed.
    pub(super) fn connection(&self, site: Option<&str>, has_it: impl Fn(&Connection) -> bool, missing: &str) -> Result<&Connection, u8> {
        let found = match site {
            Some(site) => self.connections.of_site(&SiteId::new(site)).ok().filter(|connection| has_it(connection)),
            None => self.connections.all().find(|connection| has_it(connection)),
        };
        found.ok_or_else(|| {
            let which = site.map_or_else(|| "no connection has".to_owned(), |site| format!("site `{site}` has no connection with"));
            eprintln!("{which} {missing}; add one to the configuration, or run the command with --sandbox to try it without");
            EXIT_CONFIG
        })
    }

    /// Ends a simulator that ran for this command.
    pub(super) async fn leave(self) {
        self.behind.stop().await;
    }
}

/// Reads the configuration; what is wrong is printed, line by line, and the exit code answered.
pub(super) fn load(args: &ConfigArgs) -> Result<Config, u8> {
    args.load().map_err(|problems| tell(&problems))
}

/// The same of `[server]` alone: no secret need be there, as systemd takes away what it handed to a portal that has stopped.
pub(super) fn load_server(args: &ConfigArgs) -> Result<ServerConfig, u8> {
    args.load_server().map_err(|problems| tell(&problems))
}

fn tell(problems: &[ConfigProblem]) -> u8 {
    for problem in problems {
        eprintln!("{problem}");
    }
    EXIT_CONFIG
}

/// The portal's own data, to look at while it runs, or data that is gone with the command.
fn open(config: &Config, data: Data) -> Result<(Store, Arc<Keys>, Option<PassingFolder>), StartError> {
    if data == Data::Tokens && !config.is_simulated() {
        let folder = &config.server.data_dir;
        let name = config.webex_name();
        let store = match Store::open(folder, &name) {
            Err(OpenError::Locked { .. }) => Store::open_to_read(folder)?,
            other => other?,
        };
        return Ok((store, Arc::new(Keys::load_or_create(&folder.join("keys.toml"))?), None));
    }
    let folder = PassingFolder::new()?;
    let store = Store::open(&folder.path, ConnectionId::first().as_str())?;
    let keys = Keys::load_or_create(&folder.path.join("keys.toml"))?;
    Ok((store, Arc::new(keys), Some(folder)))
}

/// A folder of this command's own.
struct PassingFolder {
    path: PathBuf,
}

impl PassingFolder {
    fn new() -> Result<Self, StartError> {
        Ok(Self { path: std::env::temp_dir().join(format!("guest-portal-{}", random_id()?)) })
    }
}

impl Drop for PassingFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
