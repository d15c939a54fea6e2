//! What the portal counts as it goes, in Prometheus's terms. Rooms say what happened by a call each; `operations` shows it.
//!
//! Labels have few values, all of them the portal's own words: never who, where or what.

use std::{sync::LazyLock, time::Duration};

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, core::Collector};

use crate::limits::Rule;

/// What all names begin with.
pub(crate) const PREFIX: &str = "guest_portal";
/// From what nobody notices to what nobody waits for, in seconds.
const SECONDS: [f64; 14] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// One process is one portal; tests with several in one process see their sum.
static COUNTED: LazyLock<Option<Counted>> =
    LazyLock::new(|| Counted::new().inspect_err(|error| tracing::error!(%error, "nothing is counted")).ok());

struct Counted {
    registry: Registry,
    requests: IntCounterVec,
    request_seconds: HistogramVec,
    limited: IntCounterVec,
    messages: IntCounterVec,
    message_seconds: HistogramVec,
    webex_calls: IntCounterVec,
    webex_seconds: HistogramVec,
    hints: IntCounterVec,
    webhooks: IntCounterVec,
    streams: IntCounterVec,
}

impl Counted {
    fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let counter =
            |name: &str, help: &str, labels: &[&str]| kept(&registry, IntCounterVec::new(Opts::new(name, help).namespace(PREFIX), labels)?);
        let histogram = |name: &str, help: &str, labels: &[&str]| {
            let opts = HistogramOpts::new(name, help).namespace(PREFIX).buckets(SECONDS.to_vec());
            kept(&registry, HistogramVec::new(opts, labels)?)
        };
        Ok(Self {
            requests: counter("http_requests_total", "Requests that were answered.", &["method", "route", "status"])?,
            request_seconds: histogram("http_request_duration_seconds", "Until the answer's head was ready.", &["route"])?,
            limited: counter("limit_refusals_total", "Requests that were refused for being too much, by the limit's setting.", &["limit"])?,
            messages: counter("outbox_results_total", "What became of what was to be sent to Webex.", &["kind", "result"])?,
            message_seconds: histogram("outbox_delivery_duration_seconds", "From 202 until Webex had it.", &["kind"])?,
            webex_calls: counter(
                "webex_requests_total",
                "Requests to Webex, by what they were for and how they ended.",
                &["errand", "outcome"],
            )?,
            webex_seconds: histogram("webex_request_duration_seconds", "How long Webex took.", &["errand"])?,
            hints: counter("feed_hints_total", "What Webex told the portal, by the way it was told.", &["way"])?,
            webhooks: counter("webhook_deliveries_total", "Attempts to deliver an event to a webhook's receiver.", &["outcome"])?,
            streams: counter(
                "event_streams_total",
                "Event streams that were opened, by whether they went on where another ended.",
                &["start"],
            )?,
            registry,
        })
    }
}

fn kept<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

/// A request was answered.
pub(crate) fn answered(method: &str, route: &str, status: u16, took: Duration) {
    if let Some(counted) = &*COUNTED {
        counted.requests.with_label_values(&[method, route, &status.to_string()]).inc();
        counted.request_seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }
}

/// How often each limit has refused somebody, by its setting.
pub(crate) fn refused_by_limits() -> Vec<(String, u64)> {
    let families = COUNTED.as_ref().map(|counted| counted.limited.collect()).unwrap_or_default();
    let counts = families.iter().flat_map(|family| family.get_metric());
    let count = |metric: &prometheus::proto::Metric| {
        let limit = metric.get_label().first().map(|label| label.value().to_owned()).unwrap_or_default();
        // A counter of whole numbers.
        (limit, metric.get_counter().get_value() as u64)
    };
    counts.map(count).filter(|(_, count)| *count > 0).collect()
}

/// A request was refused for being too much.
pub(crate) fn limited(rule: Rule) {
    if let Some(counted) = &*COUNTED {
        counted.limited.with_label_values(&[rule.key()]).inc();
    }
}

/// A row of the outbox came to this, so long after it was accepted.
pub(crate) fn sent(kind: &str, result: &str, after: Duration) {
    if let Some(counted) = &*COUNTED {
        counted.messages.with_label_values(&[kind, result]).inc();
        if result == "sent" {
            counted.message_seconds.with_label_values(&[kind]).observe(after.as_secs_f64());
        }
    }
}

/// Webex was asked.
pub(crate) fn asked_webex(errand: &str, outcome: &str, took: Duration) {
    if let Some(counted) = &*COUNTED {
        counted.webex_calls.with_label_values(&[errand, outcome]).inc();
        counted.webex_seconds.with_label_values(&[errand]).observe(took.as_secs_f64());
    }
}

/// Webex told something.
pub(crate) fn told(way: &str) {
    if let Some(counted) = &*COUNTED {
        counted.hints.with_label_values(&[way]).inc();
    }
}

/// A webhook's receiver was told something.
pub(crate) fn delivered(outcome: &str) {
    if let Some(counted) = &*COUNTED {
        counted.webhooks.with_label_values(&[outcome]).inc();
    }
}

/// An event stream began.
pub(crate) fn stream_began(is_resumed: bool) {
    if let Some(counted) = &*COUNTED {
        counted.streams.with_label_values(&[if is_resumed { "resumed" } else { "new" }]).inc();
    }
}

/// Everything that was counted so far.
pub(crate) fn gathered() -> Vec<prometheus::proto::MetricFamily> {
    COUNTED.as_ref().map(|counted| counted.registry.gather()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_counted() {
        answered("GET", "/a", 200, Duration::from_millis(3));
        sent("message", "sent", Duration::from_secs(1));
        let names: Vec<String> = gathered().iter().map(|family| family.name().to_owned()).collect();
        for name in ["guest_portal_http_requests_total", "guest_portal_outbox_delivery_duration_seconds"] {
            assert!(names.iter().any(|found| found == name), "{name} in {names:?}");
        }
    }
}
