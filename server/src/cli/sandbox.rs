//! `guest-portal sandbox`: the simulator alone, for portals and other Webex clients beside it.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use sandbox::{Sandbox, SandboxConfig, Seed};
use tokio::signal::unix::{SignalKind, signal};

use super::{EXIT_CONFIG, behind::BROKER_LATENCY};
use crate::config::SandboxSource;

#[derive(Debug, Args)]
pub(super) struct SandboxArgs {
    /// Where to listen; loopback only, because its secrets are the same for everybody. Port 0 takes a free one.
    #[arg(long, default_value_t = SandboxSource::DEFAULT_LISTEN)]
    listen: SocketAddr,
    /// Keep what happens in this folder [default: in memory].
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Who is there at first and what they have said, in place of what is built in.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// The portal the desk links to.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    portal: String,
}

pub(super) async fn run(args: &SandboxArgs) -> u8 {
    let seed = match args.seed.as_deref().map(read_seed).transpose() {
        Ok(seed) => seed.unwrap_or_default(),
        Err(problem) => {
            eprintln!("{problem}");
            return EXIT_CONFIG;
        }
    };
    let config = SandboxConfig {
        listen: args.listen,
        data_dir: args.data.clone(),
        portal_url: Some(args.portal.clone()),
        broker_latency: BROKER_LATENCY,
        seed,
        ..SandboxConfig::loopback()
    };
    let (sandbox, mut terminate) = match (Sandbox::start(config).await, signal(SignalKind::terminate())) {
        (Ok(sandbox), Ok(terminate)) => (sandbox, terminate),
        (Err(error), _) => {
            eprintln!("{error}");
            return EXIT_CONFIG;
        }
        (_, Err(error)) => {
            eprintln!("{error}");
            return EXIT_CONFIG;
        }
    };
    let base = sandbox.base_url();
    println!("The simulator listens at {base}");
    println!("  staff:        {base}/desk");
    println!("  credentials:  {base}/sandbox/credentials.json");
    println!("  a portal:     guest-portal serve --sandbox={base}");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    sandbox.stop().await;
    0
}

fn read_seed(path: &Path) -> Result<Seed, String> {
    let file = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("the seed {file} cannot be read: {error}"))?;
    toml::from_str(&text).map_err(|error| format!("the seed {file} cannot be used: {error}"))
}
