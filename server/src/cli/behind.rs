//! The Webex behind a command: the real one, a simulator inside this process, or one beside it.

use crate::{access, clock::Clock, config::Config, config::WebexConfig, portal::StartError, webex::ConnectionAccess};

/// How long a simulated broker takes where people try the product: long enough to see what is shown meanwhile.
#[cfg(feature = "sandbox")]
pub(super) const BROKER_LATENCY: std::time::Duration = std::time::Duration::from_secs(1);

/// Reached for as long as this lives.
pub(super) enum Behind {
    /// The real Webex.
    Live,
    /// A simulator inside this process.
    #[cfg(feature = "sandbox")]
    Embedded(Box<sandbox::Sandbox>),
    /// A simulator of another process.
    #[cfg(feature = "sandbox")]
    Elsewhere(url::Url, Box<sandbox::Credentials>),
}

/// Whether a simulator inside this process keeps its state.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Keeping {
    /// In the data folder, at the configured address: for `serve`.
    Kept,
    /// In memory, at any free address, and only if none runs at the usual one: for commands that only show something.
    Forgotten,
}

#[cfg(not(feature = "sandbox"))]
impl Behind {
    pub(super) async fn start(config: &Config, _clock: &Clock, _keeping: Keeping) -> Result<Self, StartError> {
        match &config.webex {
            WebexConfig::Live(_) => Ok(Self::Live),
            WebexConfig::Sandbox { .. } => {
                Err(StartError::Sandbox("webex.mode: this program was built without the simulator; use one that was built with it".into()))
            }
        }
    }

    pub(super) fn access(&self, config: &Config) -> Result<Vec<ConnectionAccess>, StartError> {
        live(config)
    }

    pub(super) fn desk(&self) -> Option<String> {
        None
    }

    pub(super) fn is_own_simulator(&self) -> bool {
        false
    }

    pub(super) async fn stop(self) {}
}

#[cfg(feature = "sandbox")]
impl Behind {
    /// Starts the simulator, or asks the other one for its credentials. The real Webex need not answer for this.
    pub(super) async fn start(config: &Config, clock: &Clock, keeping: Keeping) -> Result<Self, StartError> {
        use crate::config::SandboxSource;
        match &config.webex {
            WebexConfig::Live(_) => Ok(Self::Live),
            WebexConfig::Sandbox { source: SandboxSource::Embedded(listen), .. } => {
                if keeping == Keeping::Forgotten
                    && let Some(running) = running(listen.unwrap_or(SandboxSource::DEFAULT_LISTEN)).await
                {
                    return Ok(running);
                }
                let (clock, mover) = (clock.clone(), clock.clone());
                let mut sandbox_config = sandbox::SandboxConfig {
                    clock: sandbox::Clock::new(move || clock.system_time()).moved_by(move |time| mover.advance(time)),
                    portal_url: Some(format!("http://{}", config.server.listen)),
                    broker_latency: if keeping == Keeping::Kept { BROKER_LATENCY } else { std::time::Duration::ZERO },
                    ..sandbox::SandboxConfig::loopback()
                };
                if keeping == Keeping::Kept {
                    sandbox_config.listen = listen.unwrap_or(SandboxSource::DEFAULT_LISTEN);
                    sandbox_config.data_dir = Some(config.server.data_dir.join("sandbox"));
                }
                let sandbox = sandbox::Sandbox::start(sandbox_config).await.map_err(|error| StartError::Sandbox(error.to_string()))?;
                Ok(Self::Embedded(Box::new(sandbox)))
            }
            WebexConfig::Sandbox { source: SandboxSource::At(url), .. } => {
                let credentials = crate::sandbox_credentials::fetch(url).await.map_err(StartError::Sandbox)?;
                Ok(Self::Elsewhere(url.clone(), Box::new(credentials)))
            }
        }
    }

    /// What it takes to connect.
    pub(super) fn access(&self, config: &Config) -> Result<Vec<ConnectionAccess>, StartError> {
        use crate::sandbox_credentials::access;
        let wanted = config.webex.wanted();
        let simulated = match self {
            Self::Live => return live(config),
            Self::Embedded(sandbox) => {
                let origin = url::Url::parse(&sandbox.base_url()).map_err(|error| StartError::Sandbox(error.to_string()))?;
                access(&sandbox.credentials(), &origin, &wanted)
            }
            Self::Elsewhere(url, credentials) => access(credentials, url, &wanted),
        };
        simulated.map_err(StartError::Sandbox)
    }

    /// Whether a simulator was started for this command, and ends with it.
    pub(super) fn is_own_simulator(&self) -> bool {
        matches!(self, Self::Embedded(_))
    }

    /// Where one plays the staff; `None` with the real Webex.
    pub(super) fn desk(&self) -> Option<String> {
        let base = match self {
            Self::Live => return None,
            Self::Embedded(sandbox) => sandbox.base_url(),
            Self::Elsewhere(url, _) => url.as_str().trim_end_matches('/').to_owned(),
        };
        Some(format!("{base}/desk"))
    }

    pub(super) async fn stop(self) {
        if let Self::Embedded(sandbox) = self {
            sandbox.stop().await;
        }
    }
}

/// A simulator that already runs at an address of this machine.
#[cfg(feature = "sandbox")]
async fn running(address: std::net::SocketAddr) -> Option<Behind> {
    let url = url::Url::parse(&format!("http://{address}")).ok()?;
    let credentials = crate::sandbox_credentials::fetch(&url).await.ok()?;
    Some(Behind::Elsewhere(url, Box::new(credentials)))
}

fn live(config: &Config) -> Result<Vec<ConnectionAccess>, StartError> {
    match &config.webex {
        WebexConfig::Live(connections) => access::live(connections).map_err(|error| StartError::Inside(error.to_string())),
        WebexConfig::Sandbox { .. } => Err(StartError::Sandbox("the simulator was not started".into())),
    }
}
