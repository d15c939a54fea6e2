//! What is logged, and how: lines for people or for machines, on standard error.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{LogConfig, LogFormat};

/// Writes whole paths at its finest level, and a path can be what opens a meeting.
const TOO_TALKATIVE: &str = "tower_http::csrf=off";

/// What is logged at a configured level.
pub fn filter(level: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    TOO_TALKATIVE.parse().into_iter().fold(filter, EnvFilter::add_directive)
}

/// Begins to log. A second call changes nothing.
pub(crate) fn start(config: &LogConfig) {
    let registry = tracing_subscriber::registry().with(filter(&config.level));
    let _ = match config.format {
        LogFormat::Text => registry.with(fmt::layer().with_writer(std::io::stderr).with_target(false)).try_init(),
        LogFormat::Json => registry.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).try_init(),
    };
}
