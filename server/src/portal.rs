//! The running portal: everything opened, started, and stopped again in the right order.

use std::net::SocketAddr;

use thiserror::Error;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    listener::{self, Capacity},
    routes::{operations_router, router},
    secrets::{Keys, SecretsError},
    store::{OpenError, Store},
    sweep,
    webex::ConnectionAccess,
};

/// Why the portal cannot start: each names the remedy.
#[derive(Debug, Error)]
pub enum StartError {
    /// The data folder or the database.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] SecretsError),
    /// The address.
    #[error("cannot listen on {address} ({reason}); stop what uses it or set another `{setting}`")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Which setting names it.
        setting: &'static str,
        /// What the system says.
        reason: String,
    },
    /// The simulator.
    #[error("{0}")]
    Sandbox(String),
    /// Anything else.
    #[error("the portal cannot start: {0}")]
    Inside(String),
}

/// A portal that listens.
pub struct Portal {
    /// What it is made of.
    pub app: App,
    address: SocketAddr,
    operations: Option<SocketAddr>,
    servers: Vec<JoinHandle<()>>,
}

impl Portal {
    /// Opens the store, listens, and begins to send. Webex need not answer for this.
    pub async fn start(config: Config, webex: Vec<ConnectionAccess>, clock: Clock) -> Result<Self, StartError> {
        // Two crates bring rustls; both must use this provider. A second call is no harm.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (listen, operations_listen) = (config.server.listen, config.server.operations_listen);
        let store = Store::open(&config.server.data_dir, &config.webex_name())?;
        let (listener, address) = bind(listen, "server.listen").await?;
        let operations = match operations_listen {
            Some(listen) => Some(bind(listen, "server.operations_listen").await?),
            None => None,
        };
        let public_url = config.server.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
        let base_url = public_url.unwrap_or_else(|| format!("http://{address}"));
        let app = start_app(config, store, webex, clock.clone(), base_url).await?;
        let capacity = Capacity::new(&app.config);
        let serve =
            |listener, router, capacity| tokio::spawn(listener::serve(listener, router, clock.clone(), capacity, app.stopping.clone()));
        let mut servers = vec![serve(listener, router(app.clone()), capacity.clone())];
        let operations = operations.map(|(listener, address)| {
            servers.push(serve(listener, operations_router(app.clone(), address), capacity.for_operations()));
            address
        });
        Ok(Self { app, address, operations, servers })
    }

    /// Where whoever runs it looks at it.
    pub fn operations_address(&self) -> Option<SocketAddr> {
        self.operations
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends streams and requests, lets sends under way end, and closes the store.
    pub async fn stop(self) {
        self.app.stopping.cancel();
        for server in self.servers {
            let _ = server.await;
        }
        self.app.stop().await;
    }
}

async fn bind(listen: SocketAddr, setting: &'static str) -> Result<(TcpListener, SocketAddr), StartError> {
    let listen_error = |error: std::io::Error| StartError::Listen { address: listen, setting, reason: error.to_string() };
    let listener = TcpListener::bind(listen).await.map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    Ok((listener, address))
}

/// Everything but the listener: puts the parts together on an open store, and begins to send and to hear.
pub async fn start_app(
    config: Config,
    store: Store,
    webex: Vec<ConnectionAccess>,
    clock: Clock,
    base_url: String,
) -> Result<App, StartError> {
    let inside = |error: &dyn std::fmt::Display| StartError::Inside(error.to_string());
    let keys = Keys::load_or_create(&config.server.data_dir.join("keys.toml"))?;
    let app = App::new(config, clock.clone(), store, keys, webex, base_url).map_err(|error| inside(&error))?;
    app.start().await.map_err(|error| inside(&error))?;
    app.run_beside(sweep::run(app.clone()));
    Ok(app)
}
