//! `guest-portal serve`: runs until it is told to stop.

use std::{path::Path, time::Duration};

use tokio::signal::unix::{SignalKind, signal};

use super::{
    ConfigArgs, EXIT_CONFIG,
    behind::{Behind, Keeping},
    reach::load,
};
use crate::{
    app::App,
    clock::Clock,
    config::Config,
    doctor::{self, Level},
    portal::{Portal, StartError},
    process,
    routes::has_frontend,
    store::{OpenError, Store},
    telemetry::Telemetry,
};

/// So often, and so long in between, whoever is at the data is waited for: some five seconds.
const DATA_TRIES: u32 = 25;
const DATA_PAUSE: Duration = Duration::from_millis(200);

pub(super) async fn run(args: &ConfigArgs) -> u8 {
    let config = match load(args) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let telemetry = Telemetry::start(&config.log);
    process::prepare();
    let served = serve(config).await;
    telemetry.stop().await;
    match served {
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
    // Without this it would end the portal.
    let mut hang_up = signal(SignalKind::hangup()).map_err(signal_error)?;
    let clock = Clock::system();
    let sites: Vec<_> = config.sites.iter().map(|site| shared::path::site_page(&site.id)).collect();
    let public_url = config.server.public_url.clone();
    wait_for_data(&config.server.data_dir, &clock).await;
    let behind = Behind::start(&config, &clock, Keeping::Kept).await?;
    let access = behind.access(&config)?;
    let portal = match Portal::start(config, access, clock).await {
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
    if let Some(desk) = behind.desk() {
        println!("  staff:      {desk}");
        println!("Webex is simulated: nothing here reaches it.");
    }
    if let Some(operations) = portal.operations_address() {
        println!("  preview:    http://{operations}/preview");
    }
    if !has_frontend() {
        println!("  This program was built without its page; run ./x run to build both.");
    }

    portal.app.run_beside(tell_what_is_wrong(portal.app.clone()));

    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            // Beside it: a connection may wait for Webex, and a signal to stop must not.
            _ = hang_up.recv() => portal.app.run_beside(reload(portal.app.clone())),
        }
    }
    tracing::info!("stopping; a second signal stops at once");
    tokio::select! {
        () = async { portal.stop().await; behind.stop().await } => tracing::info!("stopped"),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// One of the commands may be at the data for a moment, such as `check`: that is no reason not to start.
async fn wait_for_data(folder: &Path, clock: &Clock) {
    for _ in 0..DATA_TRIES {
        if !matches!(Store::lock(folder), Err(OpenError::Locked { .. })) {
            return;
        }
        clock.sleep(DATA_PAUSE).await;
    }
}

/// Somebody has replaced secrets.
async fn reload(app: App) {
    let Some(reloaded) = app.stopping.run_until_cancelled(app.reload_secrets()).await else { return };
    match reloaded {
        Ok(rotated) => {
            tracing::info!(secrets = rotated.secrets.join(", "), "the secrets were read again");
            if rotated.needs_restart {
                tracing::warn!("other settings have changed, too: they count from the next start on");
            }
        }
        Err(problems) => {
            for problem in problems {
                tracing::error!(problem, "the secrets stay as they are");
            }
        }
    }
}

/// Looks once, beside the portal, whether what is configured works: better in the log now than at the first guest.
async fn tell_what_is_wrong(app: App) {
    let reports = tokio::select! {
        () = app.stopping.cancelled() => return,
        reports = doctor::examine(&app.connections, &app.config, &app.store, app.clock.now()) => reports,
    };
    for report in reports {
        for finding in report.findings {
            match finding.level {
                Level::Good => tracing::debug!(about = report.title, "{}", finding.text),
                Level::Warning => tracing::warn!(about = report.title, finding = finding.text, "see what `guest-portal check` says"),
                Level::Wrong => tracing::error!(about = report.title, finding = finding.text, "what `guest-portal check` says is wrong"),
            }
        }
    }
}
