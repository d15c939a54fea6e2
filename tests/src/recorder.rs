//! Stands between browser and portal and keeps every byte the portal answers, and what it was asked. The browser's address stays
//! the same while the portal behind it is started anew.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A recording relay. Clones share it.
#[derive(Clone)]
pub struct Recorder {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    portal: SocketAddr,
    answers: Vec<u8>,
    asked: Vec<u8>,
}

impl Recorder {
    /// In front of a portal.
    pub async fn start(portal: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let recorder = Self { address, state: Arc::new(Mutex::new(State { portal, answers: Vec::new(), asked: Vec::new() })) };
        let accepting = recorder.clone();
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                let recorder = accepting.clone();
                tokio::spawn(async move { recorder.relay(browser).await });
            }
        });
        recorder
    }

    /// Where the browser goes.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The portal is somewhere else now.
    pub fn set_portal(&self, portal: SocketAddr) {
        self.state().portal = portal;
    }

    /// Every byte the portal answered so far.
    pub fn answers(&self) -> Vec<u8> {
        self.state().answers.clone()
    }

    /// The path of every request so far, with its query.
    pub fn paths(&self) -> Vec<String> {
        let asked = String::from_utf8_lossy(&self.state().asked).into_owned();
        asked.lines().filter_map(|line| Some(line.strip_suffix(" HTTP/1.1")?.split_once(' ')?.1.to_owned())).collect()
    }

    async fn relay(&self, browser: TcpStream) {
        let portal = self.state().portal;
        // Refused means refused: the browser sees the connection end.
        let Ok(portal) = TcpStream::connect(portal).await else { return };
        let (from_browser, to_browser) = browser.into_split();
        let (from_portal, to_portal) = portal.into_split();
        tokio::join!(
            copy(from_browser, to_portal, |bytes| self.state().asked.extend_from_slice(bytes)),
            copy(from_portal, to_browser, |bytes| self.state().answers.extend_from_slice(bytes))
        );
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, keep: impl Fn(&[u8])) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..count];
        keep(bytes);
        if to.write_all(bytes).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
