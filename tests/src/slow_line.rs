//! A line between portal and Webex whose answers can be held back: requests arrive at once, answers when released.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Hands bytes on, and holds back the answers of connections that asked for something chosen.
pub struct SlowLine {
    address: SocketAddr,
    /// The beginning of the requests whose answers wait, such as `POST /v1/messages `.
    held: watch::Sender<Option<&'static str>>,
    task: tokio::task::AbortHandle,
}

impl SlowLine {
    /// In front of this address.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((target.ip(), 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let held = watch::Sender::new(None);
        let watched = held.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(hand_on(client, target, watched.clone()));
            }
        });
        Self { address, held, task: task.abort_handle() }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, answers to requests that begin like this wait.
    pub fn hold(&self, request: &'static str) {
        self.held.send_replace(Some(request));
    }

    /// Everything waits no longer.
    pub fn release(&self) {
        self.held.send_replace(None);
    }
}

impl Drop for SlowLine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn hand_on(mut client: TcpStream, target: SocketAddr, held: watch::Sender<Option<&'static str>>) {
    let Ok(mut webex) = TcpStream::connect(target).await else { return };
    let mut holds = held.subscribe();
    let mut waits = false;
    let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(count @ 1..) = read else { return };
                let begins_like = |word: &&str| up[..count].starts_with(word.as_bytes());
                waits |= holds.borrow().as_ref().is_some_and(begins_like);
                if webex.write_all(&up[..count]).await.is_err() {
                    return;
                }
            }
            read = webex.read(&mut down), if !waits => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&down[..count]).await.is_err() {
                    return;
                }
            }
            changed = holds.changed() => {
                if changed.is_err() {
                    return;
                }
                waits &= holds.borrow().is_some();
            }
        }
    }
}
