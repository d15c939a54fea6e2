//! Traces for whoever collects them, by OTLP over HTTP: which request or message led to which calls of Webex, how each
//! ended, and how long it took.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use tokio::runtime::Handle;
use tracing_opentelemetry::OpenTelemetryLayer;

use crate::config::TracesConfig;

/// A collector that takes longer loses what it was to be sent.
const PATIENCE: Duration = Duration::from_secs(5);

/// Collects spans and sends them, in heaps, from a thread of its own; what comes too fast is left out. Must be called within
/// the runtime that is to send them.
pub(super) fn provider(config: &TracesConfig) -> Result<SdkTracerProvider, String> {
    let http = reqwest::Client::builder().timeout(PATIENCE).no_proxy().redirect(reqwest::redirect::Policy::none());
    let http = http.build().map_err(|error| error.to_string())?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(config.collector.as_str())
        .with_timeout(PATIENCE)
        .with_http_client(Collector { http, runtime: Handle::current(), is_away: AtomicBool::new(false) })
        .build()
        .map_err(|error| error.to_string())?;
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(f64::from(config.percent) / 100.0))))
        .with_resource(Resource::builder().with_service_name("guest-portal").with_attribute(version).build())
        .build())
}

pub(super) fn layer<S>(provider: &SdkTracerProvider) -> OpenTelemetryLayer<S, SdkTracer>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    tracing_opentelemetry::layer().with_tracer(provider.tracer("guest-portal")).with_threads(false).with_location(false)
}

/// The way to the collector. Spans are sent from a thread outside the runtime, in which nothing can be waited for.
#[derive(Debug)]
struct Collector {
    http: reqwest::Client,
    runtime: Handle,
    /// Told once, until it takes something again.
    is_away: AtomicBool,
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move {
            let answer = http.execute(request.try_into()?).await?;
            let status = answer.status();
            let mut response = Response::new(answer.bytes().await?);
            *response.status_mut() = status;
            Ok::<_, reqwest::Error>(response)
        });
        let answer: Result<_, HttpError> = match sent.await {
            Ok(answer) => answer.map_err(Into::into),
            Err(error) => Err(error.into()),
        };
        let why = match &answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        let was_away = self.is_away.swap(why.is_some(), Ordering::Relaxed);
        if let Some(why) = why.filter(|_| !was_away) {
            tracing::warn!(why, "the collector of log.traces takes nothing; what it was to be told is lost");
        }
        answer
    }
}
