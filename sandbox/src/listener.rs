//! Accepts connections and serves them until told to stop.
//!
//! It has its own loop so that a connection can be dropped without an answer, and so that stopping frees the port at once.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::uri::PathAndQuery;
use axum::http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::rest::Dropped;

/// How long answers under way may take when the sandbox stops.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// How long to leave the system alone that refuses connections.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

pub(crate) async fn serve(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, router.clone(), stopping.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the sandbox cannot accept a connection");
                    let _ = timeout(ACCEPT_PAUSE, stopping.cancelled()).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let drained = timeout(STOP_GRACE, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        connections.shutdown().await;
    }
}

async fn serve_connection(stream: TcpStream, router: Router, stopping: CancellationToken) {
    // Small answers should not wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| answer(router.clone(), request.map(Body::new)));
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // What becomes a socket is no concern of this loop any more: it ends by itself when the sandbox stops.
    let connection = connection.with_upgrades();
    tokio::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection to the sandbox ended early");
    }
}

/// An error here ends the connection without a byte of an answer.
#[derive(Debug, thiserror::Error)]
#[error("dropped on purpose")]
pub(crate) struct DroppedOnPurpose;

pub(crate) async fn answer(router: Router, mut request: Request<Body>) -> Result<Response<Body>, DroppedOnPurpose> {
    if let Some(uri) = without_trailing_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
    let answered: Result<Response<Body>, Infallible> = router.oneshot(request).await;
    let response = match answered {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.extensions().get::<Dropped>().is_some() { Err(DroppedOnPurpose) } else { Ok(response) }
}

/// Some clients end a path with a slash.
fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(path_and_query).ok();
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailing_slash_is_taken_away_and_the_query_kept() {
        let shorter = |uri: &'static str| without_trailing_slash(&Uri::from_static(uri)).map(|uri| uri.to_string());
        assert_eq!(shorter("/v1/rooms/?max=1").as_deref(), Some("/v1/rooms?max=1"));
        assert_eq!(shorter("/v1/rooms"), None);
        assert_eq!(shorter("/"), None);
    }
}
