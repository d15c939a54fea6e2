//! How long things take: histograms, and an event stream that notes when its bytes came.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use reqwest::Method;
use shared::{PortalEvent, path};
use tokio::sync::mpsc;

use crate::guest::TestGuest;

/// The guest's page, fetched, and their event stream, read as it comes.
pub async fn listen(guest: &TestGuest) -> mpsc::UnboundedReceiver<(PortalEvent, Instant)> {
    let mut answer = guest.request(Method::GET, path::EVENTS).send().await.expect("the stream");
    guest.messages().await;
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut text = String::new();
        while let Ok(Some(bytes)) = answer.chunk().await {
            let at = Instant::now();
            text.push_str(&String::from_utf8_lossy(&bytes));
            while let Some(end) = text.find("\n\n") {
                let frame: String = text.drain(..end + 2).collect();
                let data = frame.lines().find_map(|line| line.strip_prefix("data: "));
                if let Some(event) = data.and_then(|data| serde_json::from_str(data).ok())
                    && sender.send((event, at)).is_err()
                {
                    return;
                }
            }
        }
    });
    receiver
}

/// Of microseconds, to three digits.
pub fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("a histogram")
}

/// Adds one.
pub fn record(histogram: &mut Histogram<u64>, duration: Duration) {
    histogram.record(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)).expect("in range");
}

/// Prints it.
pub fn row(what: &str, histogram: &Histogram<u64>) {
    let millis = |quantile| histogram.value_at_quantile(quantile) as f64 / 1000.0;
    println!(
        "{what:<50} p50 {:>9.3} ms   p99 {:>9.3} ms   p99.9 {:>9.3} ms   n {}",
        millis(0.5),
        millis(0.99),
        millis(0.999),
        histogram.len()
    );
}
