//! How a sandbox is started, and why it may refuse.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::clock::Clock;
use crate::seed::{Seed, SeedProblem};
use crate::state::StoreError;

/// What to start.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Where to listen; loopback only. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the state survives a restart (`sandbox.db`); `None` keeps it in memory.
    pub data_dir: Option<PathBuf>,
    /// What tells the time; shared with the portal where both live in one process.
    pub clock: Clock,
    /// The portal the desk links to.
    pub portal_url: Option<String>,
    /// Who is there on the first day.
    pub seed: Seed,
    /// How long the broker of Instant Connect takes to answer; the real one took four seconds in the one recording there is.
    pub broker_latency: Duration,
}

impl SandboxConfig {
    /// A free loopback port, memory only, the machine's time.
    pub fn loopback() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data_dir: None,
            clock: Clock::system(),
            portal_url: None,
            seed: Seed::default(),
            broker_latency: Duration::ZERO,
        }
    }
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its secrets are no secrets, so nobody else may reach it.
    #[error("the sandbox listens on loopback only, not on {0}: its credentials are the same for everybody")]
    NotLoopback(SocketAddr),
    /// Somebody else listens there.
    #[error("{0} is in use already; stop what listens there or choose another port")]
    AddressInUse(SocketAddr),
    /// The system refuses the address.
    #[error("the sandbox cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// What it should begin with makes no sense.
    #[error(transparent)]
    Seed(#[from] SeedProblem),
    /// The state of a former process cannot be used.
    #[error("the sandbox's state cannot be used: {0}")]
    Store(#[from] StoreError),
}
