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
use rustix::net::sockopt;
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
/// Whoever has not said for so long that they got what was sent has vanished, as a phone does in a lift: nothing is kept for them. An
/// event stream says something often enough to find out.
const VANISHED: Duration = Duration::from_secs(30);
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

/// What cannot be set is as the system has it.
fn prepare(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let _ = sockopt::set_socket_send_buffer_size(stream, SEND_BUFFER_BYTES);
    #[cfg(target_os = "linux")]
    let _ = sockopt::set_tcp_user_timeout(stream, VANISHED.as_millis() as u32);
}

fn serve_connection(connection: Connection, router: Router, graceful: &GracefulShutdown) {
    let Connection { stream, peer, seat } = connection;
    prepare(&stream);
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

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use axum::{body::Bytes, routing::get};
    use futures_util::stream;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpSocket,
    };

    use super::*;

    /// Pieces of a body, and how many there are.
    const PIECE: usize = 16 * 1024;
    const PIECES: usize = 1024;

    #[tokio::test]
    async fn who_reads_little_at_a_time_is_given_more_each_time() {
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = taken.clone();
        let body = move || {
            let counted = counted.clone();
            async move {
                let piece = move |_| {
                    counted.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b'x'; PIECE]))
                };
                Body::from_stream(stream::iter((0..PIECES).map(piece)))
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stopping = CancellationToken::new();
        tokio::spawn(serve(listener, Router::new().route("/", get(body)), Clock::system(), Capacity::of_seats(1), stopping.clone()));
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut guest = socket.connect(address).await.unwrap();
        guest.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        for _ in 0..8 {
            let before = settled(&taken).await;
            guest.read_exact(&mut [0; 10 * PIECE]).await.unwrap();
            let more = async {
                while taken.load(Ordering::Relaxed) == before {
                    Clock::system().sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(10), more).await.expect("what was read made room for more");
        }
        stopping.cancel();
    }

    /// How much was taken, once nothing more is.
    async fn settled(taken: &AtomicUsize) -> usize {
        let mut before = usize::MAX;
        loop {
            let now = taken.load(Ordering::Relaxed);
            if now == before && now > 0 {
                return now;
            }
            before = now;
            Clock::system().sleep(Duration::from_millis(50)).await;
        }
    }

    #[tokio::test]
    async fn a_peer_that_vanishes_is_given_up_soon() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        prepare(&stream);
        #[cfg(target_os = "linux")]
        assert_eq!(sockopt::tcp_user_timeout(&stream).unwrap(), 30_000);
    }
}
