//! `guest-portal serve`: runs until it is told to stop.

use tokio::signal::unix::{SignalKind, signal};

use super::{ConfigArgs, EXIT_CONFIG};
use crate::{
    app::WebexAccess,
    clock::Clock,
    config::{Config, WebexConfig},
    portal::{Portal, StartError},
    routes::has_frontend,
    telemetry,
};

pub(super) async fn run(args: &ConfigArgs) -> u8 {
    let config = match args.load() {
        Ok(config) => config,
        Err(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            return EXIT_CONFIG;
        }
    };
    telemetry::start(&config.log);
    match serve(config).await {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{error}");
            EXIT_CONFIG
        }
    }
}

async fn serve(config: Config) -> Result<(), StartError> {
    let signal_error = |error: std::io::Error| StartError::Inside(error.to_string());
    let mut terminate = signal(SignalKind::terminate()).map_err(signal_error)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(signal_error)?;
    let clock = Clock::system();
    let sites: Vec<_> = config.sites.iter().map(|site| shared::path::site_page(&site.id)).collect();
    let public_url = config.server.public_url.clone();
    let behind = Behind::start(&config, &clock).await?;
    let portal = match Portal::start(config, behind.access()?, clock).await {
        Ok(portal) => portal,
        Err(error) => {
            behind.stop().await;
            return Err(error);
        }
    };

    let base = public_url.map_or_else(|| format!("http://{}", portal.address()), |url| url.as_str().trim_end_matches('/').to_owned());
    println!("The portal is ready.");
    for site in sites {
        println!("  guests:     {base}{site}");
    }
    behind.announce();
    if !has_frontend() {
        println!("  This program was built without its page; run ./x run to build both.");
    }

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping; a second signal stops at once");
    tokio::select! {
        () = async { portal.stop().await; behind.stop().await } => tracing::info!("stopped"),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// The Webex behind the portal.
enum Behind {
    Live(WebexConfig),
    #[cfg(feature = "sandbox")]
    Embedded(Box<sandbox::Sandbox>),
    #[cfg(feature = "sandbox")]
    Elsewhere(url::Url, crate::config::ServiceAppConfig),
}

#[cfg(not(feature = "sandbox"))]
impl Behind {
    async fn start(config: &Config, _clock: &Clock) -> Result<Self, StartError> {
        match &config.webex {
            WebexConfig::Live { .. } => Ok(Self::Live(config.webex.clone())),
            WebexConfig::Sandbox(_) => {
                Err(StartError::Sandbox("webex.mode: this program was built without the simulator; use one that was built with it".into()))
            }
        }
    }

    fn access(&self) -> Result<WebexAccess, StartError> {
        let Self::Live(config) = self;
        live_access(config)
    }

    fn announce(&self) {}

    async fn stop(self) {}
}

#[cfg(feature = "sandbox")]
impl Behind {
    async fn start(config: &Config, clock: &Clock) -> Result<Self, StartError> {
        use crate::config::SandboxSource;
        match &config.webex {
            WebexConfig::Live { .. } => Ok(Self::Live(config.webex.clone())),
            WebexConfig::Sandbox(SandboxSource::Embedded(listen)) => {
                let clock = clock.clone();
                let sandbox_config = sandbox::SandboxConfig {
                    listen: listen.unwrap_or(SandboxSource::DEFAULT_LISTEN),
                    data_dir: Some(config.server.data_dir.join("sandbox")),
                    clock: sandbox::Clock::new(move || clock.system_time()),
                    portal_url: Some(format!("http://{}", config.server.listen)),
                };
                let sandbox = sandbox::Sandbox::start(sandbox_config).await.map_err(|error| StartError::Sandbox(error.to_string()))?;
                Ok(Self::Embedded(Box::new(sandbox)))
            }
            WebexConfig::Sandbox(SandboxSource::At(url)) => {
                let service_app = crate::sandbox_credentials::fetch(url).await.map_err(StartError::Sandbox)?;
                Ok(Self::Elsewhere(url.clone(), service_app))
            }
        }
    }

    fn access(&self) -> Result<WebexAccess, StartError> {
        let api_base =
            |base: &str| url::Url::parse(base).and_then(|base| base.join("/v1")).map_err(|error| StartError::Sandbox(error.to_string()));
        match self {
            Self::Live(config) => live_access(config),
            Self::Embedded(sandbox) => Ok(WebexAccess {
                api_base: api_base(&sandbox.base_url())?,
                service_app: crate::sandbox_credentials::of(&sandbox.credentials()),
            }),
            Self::Elsewhere(url, service_app) => Ok(WebexAccess { api_base: api_base(url.as_str())?, service_app: service_app.clone() }),
        }
    }

    fn announce(&self) {
        let desk = match self {
            Self::Live(_) => return,
            Self::Embedded(sandbox) => sandbox.base_url(),
            Self::Elsewhere(url, _) => url.as_str().trim_end_matches('/').to_owned(),
        };
        println!("  staff:      {desk}/desk");
        println!("Webex is simulated: nothing here reaches it.");
    }

    async fn stop(self) {
        if let Self::Embedded(sandbox) = self {
            sandbox.stop().await;
        }
    }
}

fn live_access(config: &WebexConfig) -> Result<WebexAccess, StartError> {
    match config {
        WebexConfig::Live { api_base, service_app } => Ok(WebexAccess { api_base: api_base.clone(), service_app: service_app.clone() }),
        WebexConfig::Sandbox(_) => Err(StartError::Sandbox("the simulator was not started".into())),
    }
}
