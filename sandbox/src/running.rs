//! A running sandbox.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::{App, router};
use crate::cloud::Cloud;
use crate::config::{SandboxConfig, StartError};
use crate::contents::Contents;
use crate::credentials::Credentials;
use crate::listener;
use crate::state::World;

/// Serves until it is stopped or dropped.
pub struct Sandbox {
    pub(crate) app: App,
    address: SocketAddr,
    serving: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Loads the state, takes the port, serves.
    pub async fn start(config: SandboxConfig) -> Result<Self, StartError> {
        let SandboxConfig { listen, data_dir, clock, portal_url } = config;
        if !listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(listen));
        }
        let listener = TcpListener::bind(listen).await.map_err(|source| match source.kind() {
            ErrorKind::AddrInUse => StartError::AddressInUse(listen),
            _ => StartError::Listen { address: listen, source },
        })?;
        let address = listener.local_addr().map_err(|source| StartError::Listen { address: listen, source })?;
        let contents = Arc::new(Contents::new(data_dir.as_deref()));
        let world = |cloud| World::open(cloud, clock.clone(), data_dir.as_deref(), contents.clone()).map(Arc::new);
        let worlds = [world(Cloud::Commercial)?, world(Cloud::Government)?];
        let wanted = worlds.iter().flat_map(|world| world.read(|organisation| organisation.file_keys().collect::<Vec<_>>())).collect();
        contents.keep_only(&wanted);
        let app = App {
            cloud: Cloud::Commercial,
            world: worlds[0].clone(),
            worlds,
            faults: Arc::default(),
            journal: Arc::default(),
            contents,
            scans: Arc::default(),
            instant_connect: Arc::default(),
            broker_log: Arc::default(),
            visit_pages: Arc::default(),
            credentials: Arc::new(Credentials::new(&format!("http://{address}"))),
            portal_url: portal_url.map(Arc::from),
            stopping: CancellationToken::new(),
        };
        let serving = tokio::spawn(listener::serve(listener, router(app.clone()), app.stopping.clone()));
        Ok(Self { app, address, serving: Some(serving) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// E.g. `http://127.0.0.1:8081`; the REST API is under `/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every id, secret and token.
    pub fn credentials(&self) -> Credentials {
        Credentials::clone(&self.app.credentials)
    }

    /// Frees the port, ends the desk's streams, lets answers under way finish.
    pub async fn stop(mut self) {
        self.app.stopping.cancel();
        if let Some(serving) = self.serving.take()
            && let Err(error) = serving.await
        {
            tracing::error!(%error, "the sandbox did not stop well");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.app.stopping.cancel();
    }
}
