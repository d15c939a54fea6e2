//! The accept loop: time-outs against clients that stall, room for those that do not, and a drain at the end.
//!
//! `axum::serve` sets no timer, so hyper's time-out for slow request heads would not count there.

mod capacity;
mod stalled;

use std::{net::SocketAddr, time::Duration};

use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub(crate) use capacity::{Capacity, Seat};
use stalled::Unstalled;

use crate::{clock::Clock, limits::Peer};

/// A request's head must be complete within this time from the connection's beginning, or from the answer before: that is how long a
/// silent connection lives.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Streams hear of the stop and end by themselves; whoever does not read is cut off.
const DRAIN: Duration = Duration::from_secs(10);
const MAX_BUFFER_BYTES: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;
/// The system says that there is room again when a third of this is: a guest on a bad line takes that much well within the patience
/// with slow readers, which the system's own megabytes would not be.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// After a failure to accept, such as too many open files: others must end first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stopping`, then lets requests end.
pub(crate) async fn serve(listener: TcpListener, router: Router, clock: Clock, capacity: Capacity, stopping: CancellationToken) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => break,
            accepted = capacity.accept(&listener) => accepted,
        };
        match accepted {
            Ok((stream, peer, seat)) => serve_connection(Connection { stream, peer, seat }, router.clone(), &graceful),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                clock.sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = clock.sleep(DRAIN) => tracing::warn!("some connections were cut off"),
    }
}

/// One that was accepted.
struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    /// Held as long as it is open.
    seat: Seat,
}

fn serve_connection(connection: Connection, router: Router, graceful: &GracefulShutdown) {
    let Connection { stream, peer, seat } = connection;
    let _ = stream.set_nodelay(true);
    let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, SEND_BUFFER_BYTES);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_BUFFER_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(Unstalled::new(stream)), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended");
        }
        drop(seat);
    });
}
