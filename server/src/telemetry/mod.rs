//! What is logged and traced, and how: lines on standard error, and spans for whoever collects them.

mod cause;
mod recent;
mod traces;

use std::{io::IsTerminal, time::Duration};

use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{LevelFilter, filter_fn},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

pub(crate) use cause::{because_of, tracking_id};
pub(crate) use recent::{Told, lately};

use crate::{
    clock::Clock,
    config::{LogConfig, LogFormat},
};

/// Writes whole paths at its finest level, and a path can be what opens a meeting.
const TOO_TALKATIVE: &str = "tower_http::csrf=off";

/// A collector that is away does not keep the portal from ending.
const FAREWELL: Duration = Duration::from_secs(2);

/// What is logged at a configured level.
pub fn filter(level: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    TOO_TALKATIVE.parse().into_iter().fold(filter, EnvFilter::add_directive)
}

/// Logs and traces until it is stopped.
pub(crate) struct Telemetry {
    traces: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

impl Telemetry {
    /// Begins to log, and to trace if that is configured. A second call changes nothing.
    pub(crate) fn start(config: &LogConfig) -> Self {
        let lines = match config.format {
            // Colours are for a terminal; in a file and in a journal they are rubbish.
            LogFormat::Text => {
                fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr).with_target(false).boxed()
            }
            LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).boxed(),
        };
        let registry = tracing_subscriber::registry()
            .with(lines.with_filter(filter(&config.level)))
            .with(recent::Recent(Clock::system()).with_filter(LevelFilter::WARN));
        let (traces, failed) = match config.traces.as_ref().map(traces::provider) {
            Some(Ok(provider)) => (Some(provider), None),
            Some(Err(reason)) => (None, Some(reason)),
            None => (None, None),
        };
        // Spans alone: what is in a line of the log stays on this machine.
        let spans = filter_fn(|metadata| metadata.is_span() && metadata.target().starts_with("server"));
        let _ = registry.with(traces.as_ref().map(|provider| traces::layer(provider).with_filter(spans))).try_init();
        if let Some(reason) = failed {
            tracing::error!(reason, "nothing is traced; see log.traces in the configuration");
        }
        Self { traces }
    }

    /// Sends what was traced and not sent yet.
    pub(crate) async fn stop(self) {
        if let Some(provider) = self.traces {
            // It waits without giving its thread to others.
            let _ = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FAREWELL)).await;
        }
    }
}
