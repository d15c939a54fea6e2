//! A line between portal and Webex that can be made slow or broken, at the bytes: what a simulator that speaks HTTP
//! properly cannot do. The words for what goes wrong are toxiproxy's where it has one.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What goes wrong with one request or its answer.
#[derive(Clone, Debug)]
pub enum Toxic {
    /// The connection is reset once so many bytes of the request have gone through.
    ResetPeerUp(usize),
    /// The connection is reset once so many bytes of the answer have gone through.
    ResetPeerDown(usize),
    /// The connection ends properly once so many bytes of the answer have gone through.
    LimitData(usize),
    /// Both ways, each piece is of so many bytes.
    Slicer(usize),
    /// Both ways, so many bytes at a time and a pause after each.
    Bandwidth(usize, Duration),
    /// Nothing of the answer comes, and the connection stays.
    Timeout,
    /// These bytes come for an answer, then the connection ends.
    Instead(Vec<u8>),
    /// These bytes come for an answer, and the last of them again and again for as long as anybody reads.
    Endless(Vec<u8>),
}

/// Hands bytes on.
pub struct Line {
    address: SocketAddr,
    /// The beginning of the requests whose answers wait, such as `POST /v1/messages `.
    held: watch::Sender<Option<&'static str>>,
    /// What befalls the next request that begins so.
    poison: Poison,
    went_up: WentUp,
    task: tokio::task::AbortHandle,
}

type Poison = Arc<Mutex<Option<(String, Toxic)>>>;
/// What each connection was asked.
type WentUp = Arc<Mutex<Vec<Vec<u8>>>>;

impl Line {
    /// In front of this address.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((target.ip(), 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (held, poison, went_up) = (watch::Sender::new(None), Poison::default(), WentUp::default());
        let (watched, poisoned, noted) = (held.clone(), poison.clone(), went_up.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (held, poison, went_up) = (watched.subscribe(), poisoned.clone(), noted.clone());
                tokio::spawn(async move {
                    let Ok(webex) = TcpStream::connect(target).await else { return };
                    // Whichever side goes first, the other is told by the end of its connection.
                    let _ = Both { client, webex }.hand_on(held, &poison, &went_up).await;
                });
            }
        });
        Self { address, held, poison, went_up, task: task.abort_handle() }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What Webex was asked by each connection, byte by byte, except where something went wrong.
    pub fn requests(&self) -> Vec<String> {
        self.went_up.lock().expect("nobody panics with it").iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    /// From now on, answers to requests that begin like this wait.
    pub fn hold(&self, request: &'static str) {
        self.held.send_replace(Some(request));
    }

    /// Everything waits no longer.
    pub fn release(&self) {
        self.held.send_replace(None);
    }

    /// The next request that begins like this meets with it.
    pub fn poison(&self, request: String, toxic: Toxic) {
        *self.poison.lock().expect("nobody panics with it") = Some((request, toxic));
    }

    /// Whether no request has met with it yet.
    pub fn is_poisoned(&self) -> bool {
        self.poison.lock().expect("nobody panics with it").is_some()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Both {
    client: TcpStream,
    webex: TcpStream,
}

impl Both {
    async fn hand_on(mut self, mut held: watch::Receiver<Option<&'static str>>, poison: &Poison, went_up: &WentUp) -> std::io::Result<()> {
        let mut waits = false;
        let number = {
            let mut went_up = went_up.lock().expect("nobody panics with it");
            went_up.push(Vec::new());
            went_up.len() - 1
        };
        let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
        loop {
            tokio::select! {
                read = self.client.read(&mut up) => {
                    let (Ok(count) | Err(count)) = read.map_err(|_| 0);
                    if count == 0 {
                        return Ok(());
                    }
                    waits |= held.borrow().is_some_and(|word| up[..count].starts_with(word.as_bytes()));
                    let toxic = {
                        let mut poison = poison.lock().expect("nobody panics with it");
                        poison.take_if(|(request, _)| up[..count].starts_with(request.as_bytes())).map(|(_, toxic)| toxic)
                    };
                    if let Some(toxic) = toxic {
                        return self.suffer(toxic, up[..count].to_vec()).await;
                    }
                    went_up.lock().expect("nobody panics with it")[number].extend_from_slice(&up[..count]);
                    self.webex.write_all(&up[..count]).await?;
                }
                read = self.webex.read(&mut down), if !waits => {
                    let count = read?;
                    if count == 0 {
                        return Ok(());
                    }
                    self.client.write_all(&down[..count]).await?;
                }
                changed = held.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    waits &= held.borrow().is_some();
                }
            }
        }
    }

    /// The rest of a connection whose next request, which has begun, meets with a toxic.
    async fn suffer(mut self, toxic: Toxic, begun: Vec<u8>) -> std::io::Result<()> {
        match toxic {
            Toxic::ResetPeerUp(bytes) => {
                self.webex.write_all(&begun[..bytes.min(begun.len())]).await?;
                self.client.set_zero_linger()
            }
            Toxic::ResetPeerDown(bytes) => {
                self.answer_up_to(bytes, begun).await?;
                self.client.set_zero_linger()
            }
            Toxic::LimitData(bytes) => self.answer_up_to(bytes, begun).await,
            Toxic::Slicer(bytes) => self.pass(begun, bytes, Duration::ZERO).await,
            Toxic::Bandwidth(bytes, pause) => self.pass(begun, bytes, pause).await,
            Toxic::Timeout => {
                self.answer_up_to(0, begun).await?;
                let mut rest = [0; 1024];
                while self.client.read(&mut rest).await? > 0 {}
                Ok(())
            }
            Toxic::Instead(bytes) => {
                self.answer_up_to(0, begun).await?;
                self.client.write_all(&bytes).await
            }
            Toxic::Endless(bytes) => {
                self.answer_up_to(0, begun).await?;
                self.client.write_all(&bytes).await?;
                let again = vec![bytes.last().copied().unwrap_or_default(); 64 * 1024];
                while self.client.write_all(&again).await.is_ok() {}
                Ok(())
            }
        }
    }

    /// The whole request goes through, and so much of what is answered.
    async fn answer_up_to(&mut self, bytes: usize, begun: Vec<u8>) -> std::io::Result<()> {
        self.webex.write_all(&begun).await?;
        let mut piece = vec![0; 64 * 1024];
        let mut passed = 0;
        while let Some((way, count)) = self.next_piece(&mut piece).await? {
            match way {
                // A request may come in several pieces; the answer begins when all of it is there.
                Way::Up => self.webex.write_all(&piece[..count]).await?,
                Way::Down => {
                    let count = count.min(bytes - passed);
                    self.client.write_all(&piece[..count]).await?;
                    passed += count;
                    if passed == bytes {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Everything goes through, in small pieces.
    async fn pass(mut self, begun: Vec<u8>, bytes: usize, pause: Duration) -> std::io::Result<()> {
        self.client.set_nodelay(true)?;
        self.webex.set_nodelay(true)?;
        for piece in begun.chunks(bytes) {
            self.webex.write_all(piece).await?;
            rest(pause).await;
        }
        let mut piece = vec![0; bytes];
        while let Some((way, count)) = self.next_piece(&mut piece).await? {
            match way {
                Way::Up => self.webex.write_all(&piece[..count]).await?,
                Way::Down => self.client.write_all(&piece[..count]).await?,
            }
            rest(pause).await;
        }
        Ok(())
    }

    /// What either side says next; `None` once one of them has ended.
    async fn next_piece(&mut self, piece: &mut [u8]) -> std::io::Result<Option<(Way, usize)>> {
        let mut other = vec![0; piece.len()];
        let (way, count) = tokio::select! {
            read = self.client.read(piece) => (Way::Up, read?),
            read = self.webex.read(&mut other) => {
                let count = read?;
                piece[..count].copy_from_slice(&other[..count]);
                (Way::Down, count)
            }
        };
        Ok((count > 0).then_some((way, count)))
    }
}

/// Where bytes go.
enum Way {
    /// To Webex.
    Up,
    /// To the portal.
    Down,
}

async fn rest(pause: Duration) {
    if pause.is_zero() {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(pause).await;
    }
}
