//! What a webhook's target sees: a server of our own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// In real time, for what should happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// One request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) body: Bytes,
    pub(crate) signature: Option<String>,
    pub(crate) content_type: String,
}

impl Told {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Listens until it is dropped.
pub(crate) struct Target {
    address: SocketAddr,
    status: Arc<Mutex<StatusCode>>,
    told: mpsc::UnboundedReceiver<Told>,
}

type Shared = (mpsc::UnboundedSender<Told>, Arc<Mutex<StatusCode>>);

impl Target {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, told) = mpsc::unbounded_channel();
        let status = Arc::new(Mutex::new(StatusCode::OK));
        let router = Router::new().fallback(take).with_state((sender, status.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, status, told }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What it answers from now on.
    pub(crate) fn answer(&self, status: u16) {
        *self.status.lock().unwrap() = StatusCode::from_u16(status).unwrap();
    }

    pub(crate) async fn hear(&mut self) -> Told {
        tokio::time::timeout(PATIENCE, self.told.recv()).await.unwrap().unwrap()
    }

    /// Everything up to what is about the message with these words; whoever comes after it is not waited for.
    pub(crate) async fn hear_until(&mut self, is_last: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            let told = self.hear().await.json();
            let is_done = is_last(&told);
            heard.push(told);
            if is_done {
                return heard;
            }
        }
    }
}

async fn take(State((sender, status)): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let told = Told { body, signature: header("x-spark-signature"), content_type: header("content-type").unwrap_or_default() };
    let _ = sender.send(told);
    *status.lock().unwrap()
}
