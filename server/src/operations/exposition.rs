//! Everything there is to count and to measure, in Prometheus's text format.

use prometheus::{Encoder, Gauge, GaugeVec, Opts, Registry, TextEncoder, core::Collector, process_collector::ProcessCollector};

use tokio::runtime::Handle;

use super::standing::Standing;
use crate::metrics::{self, PREFIX};

/// What [`exposition`] is.
pub(crate) const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// What was counted, and how things stand now.
///
/// # Errors
///
/// A name or a value that the format does not take.
pub(crate) fn exposition(standing: &Standing, build: &str) -> prometheus::Result<Vec<u8>> {
    let registry = Registry::new();
    fill(&registry, standing, build)?;
    // Of the process: its memory, its files, its time.
    #[cfg(target_os = "linux")]
    registry.register(Box::new(ProcessCollector::for_self()))?;
    let mut text = Vec::new();
    TextEncoder::new().encode(&[metrics::gathered(), registry.gather()].concat(), &mut text)?;
    Ok(text)
}

fn fill(registry: &Registry, standing: &Standing, build: &str) -> prometheus::Result<()> {
    let gauge = |name: &str, help: &str, value: f64| -> prometheus::Result<()> {
        kept(registry, Gauge::with_opts(Opts::new(name, help).namespace(PREFIX))?).map(|gauge| gauge.set(value))
    };
    let gauges = |name: &str, help: &str, labels: &[&str]| kept(registry, GaugeVec::new(Opts::new(name, help).namespace(PREFIX), labels)?);
    let overview = &standing.overview;

    gauges("build_info", "Which program this is.", &["version"])?.with_label_values(&[build]).set(1.0);
    gauge("ready", "Whether guests are well served here.", f64::from(u8::from(standing.is_ready())))?;
    let troubles = gauges("troubles", "What is wrong now; each is explained in the documentation.", &["code"])?;
    for trouble in &standing.troubles {
        troubles.with_label_values(&[trouble.code]).inc();
    }
    gauge("runtime_tasks", "Tasks that are alive.", Handle::current().metrics().num_alive_tasks() as f64)?;
    gauge("event_streams", "Event streams that are open.", standing.streams as f64)?;
    gauge("rooms_in_memory", "Conversations whose newest messages are in memory.", standing.rooms_kept as f64)?;
    gauge("guests", "Guests who are remembered.", overview.guests as f64)?;
    gauge("sessions", "Sessions that are not over.", overview.sessions as f64)?;
    gauge("conversations", "Conversations.", overview.conversations as f64)?;
    let outbox = gauges("outbox_rows", "What is on its way to Webex, by how far it has come.", &["state"])?;
    for state in ["accepted", "in_flight", "unclear", "failed"] {
        outbox.with_label_values(&[state]).set(overview.outbox.get(state).copied().unwrap_or_default() as f64);
    }
    gauge("outbox_oldest_seconds", "How long the oldest of it has waited.", standing.waits.unwrap_or_default().as_secs_f64())?;
    let visits = gauges("visits", "Meetings guests asked for, by how far each has come.", &["state"])?;
    for (state, count) in &overview.visits {
        visits.with_label_values(&[state]).set(*count as f64);
    }
    gauge("webhook_events_waiting", "Events that wait for a webhook's receiver.", overview.webhooks_waiting as f64)?;
    if let Some(free) = standing.disk_free {
        gauge("data_disk_free_bytes", "Free where the data folder lies.", free as f64)?;
    }
    let reachable = gauges("webex_reachable", "Whether Webex answered the last request.", &["connection"])?;
    let ahead = gauges("webex_clock_offset_seconds", "How far Webex's clock is ahead of this machine's.", &["connection"])?;
    let token = gauges("service_app_token_expiry_timestamp_seconds", "Until when the service app's token lives.", &["connection"])?;
    let way = gauges("feed_way", "1 for the way Webex is heard by.", &["connection", "way"])?;
    for connection in &standing.connections {
        let id = connection.id.as_str();
        reachable.with_label_values(&[id]).set(f64::from(u8::from(connection.is_reachable)));
        ahead.with_label_values(&[id]).set(connection.ahead_millis as f64 / 1000.0);
        if let Some(until) = connection.token_until {
            token.with_label_values(&[id]).set(until as f64 / 1000.0);
        }
        for each in ["webhook", "mercury", "polling"].into_iter().filter(|_| connection.way.is_some()) {
            way.with_label_values(&[id, each]).set(f64::from(u8::from(connection.way == Some(each))));
        }
    }
    Ok(())
}

fn kept<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}
