//! How many connections there may be: in all, so that the process never runs out of open files, and from one address.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Once},
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::{
    config::Config,
    limits::{ClientAddress, Place, Together, TrustedProxies},
};

/// Of the files the process may have open, so many of ten are for connections: the others are for Webex, the store and uploads.
const TENTHS_FOR_CONNECTIONS: u64 = 8;
/// So many connections the operator's own listener takes.
const OPERATIONS_SEATS: usize = 64;
/// Where the system names no number.
const UNLIMITED: usize = 1_000_000;

/// The room for connections. Clones share it.
#[derive(Clone)]
pub(crate) struct Capacity {
    seats: Arc<Semaphore>,
    of_addresses: Together<ClientAddress>,
    trusted_proxies: TrustedProxies,
    /// The others would come without TLS, and past whatever the proxy keeps away.
    takes_only_proxies: bool,
}

/// One connection's room; dropping it makes room for the next.
pub(crate) struct Seat {
    _in_all: OwnedSemaphorePermit,
    /// None for a proxy of the operator's: it comes for everybody.
    _of_address: Option<Place<ClientAddress>>,
}

impl Capacity {
    /// For as many as the process may have files open.
    pub(crate) fn new(config: &Config) -> Self {
        let seats = open_files().map_or(UNLIMITED, |files| usize::try_from(files / 10 * TENTHS_FOR_CONNECTIONS).unwrap_or(UNLIMITED));
        Self {
            seats: Arc::new(Semaphore::new(seats.min(Semaphore::MAX_PERMITS))),
            of_addresses: Together::new(config.limits.connections_per_address),
            trusted_proxies: config.server.trusted_proxies.clone(),
            takes_only_proxies: config.server.public_url.as_ref().is_some_and(|url| url.scheme() == "https"),
        }
    }

    /// For the operator's own listener, where there is no proxy: it has seats of its own, for it is needed most when all others are
    /// taken.
    pub(crate) fn for_operations(&self) -> Self {
        Self {
            seats: Arc::new(Semaphore::new(OPERATIONS_SEATS)),
            of_addresses: Together::new(None),
            takes_only_proxies: false,
            ..self.clone()
        }
    }

    /// Waits until there is room, and then for somebody. Whoever has enough connections is hung up on.
    pub(super) async fn accept(&self, listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr, Seat)> {
        let in_all = self.seats.clone().acquire_owned().await.map_err(io::Error::other)?;
        loop {
            let (stream, peer) = listener.accept().await?;
            let of_address = if self.trusted_proxies.includes(peer.ip()) {
                None
            } else if self.takes_only_proxies {
                tell_of_stranger(peer.ip());
                continue;
            } else {
                let place = self.of_addresses.enter(ClientAddress::new(peer.ip()));
                if place.is_none() {
                    tracing::debug!("an address has too many connections");
                    continue;
                }
                place
            };
            return Ok((stream, peer, Seat { _in_all: in_all, _of_address: of_address }));
        }
    }
}

/// Once: an owner may have named the wrong proxy.
fn tell_of_stranger(address: IpAddr) {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        tracing::warn!(%address, "a connection from outside of `server.trusted_proxies` was hung up on, as all others will be");
    });
}

/// How many files the process may have open; `None`: any number.
fn open_files() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(test)]
impl Capacity {
    /// For so many, whoever they are.
    pub(super) fn of_seats(seats: usize) -> Self {
        Self {
            seats: Arc::new(Semaphore::new(seats)),
            of_addresses: Together::new(None),
            trusted_proxies: TrustedProxies::default(),
            takes_only_proxies: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_operator_gets_in_when_every_seat_of_the_guests_is_taken() {
        let capacity = Capacity::of_seats(1);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let operations = capacity.for_operations();
        let _guest = TcpStream::connect(address).await.unwrap();
        let (_stream, _, _taken) = capacity.accept(&listener).await.unwrap();
        let _operators = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
        for _ in 0..2 {
            operations.accept(&listener).await.unwrap();
        }
        assert_eq!(capacity.seats.available_permits(), 0);
    }
}
