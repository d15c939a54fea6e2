//! A running sandbox.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::aftermath;
use crate::app::{App, router};
use crate::broker::Switches;
use crate::cloud::Cloud;
use crate::config::{SandboxConfig, StartError};
use crate::contents::Contents;
use crate::credentials::Credentials;
use crate::listener;
use crate::mercury;
use crate::state::{Profile, World};

/// Serves until it is stopped or dropped.
pub struct Sandbox {
    pub(crate) app: App,
    router: Router,
    address: SocketAddr,
    serving: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Loads the state, takes the port, serves.
    pub async fn start(config: SandboxConfig) -> Result<Self, StartError> {
        let SandboxConfig { listen, data_dir, clock, portal_url, seed, broker_latency } = config;
        if !listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(listen));
        }
        let listener = TcpListener::bind(listen).await.map_err(|source| match source.kind() {
            ErrorKind::AddrInUse => StartError::AddressInUse(listen),
            _ => StartError::Listen { address: listen, source },
        })?;
        let address = listener.local_addr().map_err(|source| StartError::Listen { address: listen, source })?;
        // For webhooks and files by address; whoever embeds the sandbox may have chosen already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base_url = format!("http://{address}");
        let (commercial, government) = (Profile::commercial(&seed, &base_url)?, Profile::government(&base_url));
        let credentials = Arc::new(Credentials::new(&base_url, &commercial, &government));
        let contents = Arc::new(Contents::new(data_dir.as_deref()));
        let open = |profile| {
            let (sender, receiver) = mpsc::unbounded_channel();
            let world = World::open(profile, clock.clone(), data_dir.as_deref(), contents.clone(), sender)?;
            Ok::<_, StartError>((Arc::new(world), receiver))
        };
        let ((commercial, to_tell), (government, to_tell_government)) = (open(commercial)?, open(government)?);
        let worlds = [commercial, government];
        let wanted = worlds.iter().flat_map(|world| world.read(|organisation| organisation.file_keys().collect::<Vec<_>>())).collect();
        contents.keep_only(&wanted);
        let app = App {
            cloud: Cloud::Commercial,
            world: worlds[0].clone(),
            worlds,
            clock,
            faults: Arc::default(),
            limits: Arc::default(),
            postman: Arc::default(),
            auto_responder: Arc::default(),
            journal: Arc::default(),
            contents,
            scans: Arc::default(),
            instant_connect: Arc::new(Switches::new(broker_latency)),
            broker_log: Arc::default(),
            visit_pages: Arc::default(),
            mercury: Arc::default(),
            credentials,
            portal_url: portal_url.map(Arc::from),
            stopping: CancellationToken::new(),
        };
        tokio::spawn(aftermath::tend(app.clone(), Cloud::Commercial, to_tell));
        tokio::spawn(aftermath::tend(app.clone(), Cloud::Government, to_tell_government));
        tokio::spawn(mercury::keep(app.clone()));
        let router = router(app.clone());
        let serving = tokio::spawn(listener::serve(listener, router.clone(), app.stopping.clone()));
        Ok(Self { app, router, address, serving: Some(serving) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// E.g. `http://127.0.0.1:8081`; the REST API is under `/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers a request that came by no socket; `None` where it would end the connection without an answer.
    pub fn answer(&self, request: Request<Body>) -> impl Future<Output = Option<Response<Body>>> + Send + 'static {
        let answered = listener::answer(self.router.clone(), request);
        async move { answered.await.ok() }
    }

    /// Every id, secret and token.
    pub fn credentials(&self) -> Credentials {
        Credentials::clone(&self.app.credentials)
    }

    /// Frees the port, ends the desk's streams and Mercury's sockets, lets answers under way finish.
    pub async fn stop(mut self) {
        self.app.stopping.cancel();
        if let Some(serving) = self.serving.take()
            && let Err(error) = serving.await
        {
            tracing::error!(%error, "the sandbox did not stop well");
        }
        self.app.mercury.end().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.app.stopping.cancel();
    }
}
