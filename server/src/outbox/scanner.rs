//! Asks the operator's clamd whether a file is harmful before it is accepted, by its command INSTREAM.

use std::{fmt, io, net::SocketAddr, path::PathBuf, time::Duration};

use thiserror::Error;
use tokio::{
    fs::File,
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

/// A file that takes longer is not scanned.
const PATIENCE: Duration = Duration::from_secs(60);
const PIECE_BYTES: usize = 64 * 1024;
/// An answer is one short line.
const MAX_ANSWER_BYTES: u64 = 4096;

/// Where clamd listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClamdAddress {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A socket's path.
    Unix(PathBuf),
}

impl ClamdAddress {
    /// Reads `127.0.0.1:3310` or `/run/clamav/clamd.ctl`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with('/') {
            return Some(Self::Unix(text.into()));
        }
        text.parse().ok().map(Self::Tcp)
    }
}

impl fmt::Display for ClamdAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            Self::Unix(path) => path.display().fmt(formatter),
        }
    }
}

/// Why a file was not found to be harmless.
#[derive(Debug, Error)]
pub(super) enum NotHarmless {
    /// It is harmful: what clamd calls it.
    #[error("it is harmful: {0}")]
    Infected(String),
    /// Nobody can tell.
    #[error("clamd did not say: {0}")]
    Unknown(String),
}

impl From<io::Error> for NotHarmless {
    fn from(error: io::Error) -> Self {
        Self::Unknown(error.to_string())
    }
}

/// Has a file scanned. What is not surely harmless is not taken.
pub(super) async fn scan(clamd: &ClamdAddress, file: File) -> Result<(), NotHarmless> {
    let scanning = async {
        match clamd {
            ClamdAddress::Tcp(address) => scan_by(TcpStream::connect(address).await?, file).await,
            ClamdAddress::Unix(path) => scan_by(UnixStream::connect(path).await?, file).await,
        }
    };
    timeout(PATIENCE, scanning).await.unwrap_or_else(|_| Err(NotHarmless::Unknown("it took too long".into())))
}

async fn scan_by(mut clamd: impl AsyncRead + AsyncWrite + Unpin, mut file: File) -> Result<(), NotHarmless> {
    let sent = async {
        clamd.write_all(b"zINSTREAM\0").await?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = file.read(&mut piece).await?;
            clamd.write_all(&u32::try_from(read).unwrap_or(0).to_be_bytes()).await?;
            let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            clamd.write_all(bytes).await?;
        }
        clamd.flush().await
    };
    // It hangs up on what is larger than it is set to take, and says so.
    let sent: io::Result<()> = sent.await;
    let mut answer = Vec::new();
    let read = (&mut clamd).take(MAX_ANSWER_BYTES).read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).trim_end_matches('\0').trim().to_owned();
    match answer.strip_prefix("stream: ") {
        Some("OK") if sent.is_ok() => Ok(()),
        Some(found) if found.ends_with(" FOUND") => Err(NotHarmless::Infected(found.trim_end_matches(" FOUND").to_owned())),
        _ if !answer.is_empty() => Err(NotHarmless::Unknown(answer.chars().filter(|c| !c.is_control()).take(200).collect())),
        _ => sent.and(read.map(drop)).map_err(NotHarmless::from).and(Err(NotHarmless::Unknown("it hung up".into()))),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// Somebody who answers like this, once.
    async fn clamd(answer: &'static [u8]) -> (ClamdAddress, tokio::task::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = vec![0; 10];
            stream.read_exact(&mut heard).await.unwrap();
            assert_eq!(heard, b"zINSTREAM\0");
            let mut content = Vec::new();
            loop {
                let mut length = [0; 4];
                stream.read_exact(&mut length).await.unwrap();
                let length = usize::try_from(u32::from_be_bytes(length)).unwrap();
                if length == 0 {
                    break;
                }
                let begin = content.len();
                content.resize(begin + length, 0);
                stream.read_exact(&mut content[begin..]).await.unwrap();
            }
            stream.write_all(answer).await.unwrap();
            content
        });
        (ClamdAddress::Tcp(address), heard)
    }

    async fn scanned(answer: &'static [u8], content: &[u8]) -> Result<(), NotHarmless> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), content).unwrap();
        let (address, heard) = clamd(answer).await;
        let result = scan(&address, File::open(folder.path().join("file")).await.unwrap()).await;
        assert_eq!(heard.await.unwrap(), content);
        result
    }

    #[tokio::test]
    async fn a_file_is_harmless_if_clamd_says_so_in_so_many_words() {
        let large = vec![7; 3 * PIECE_BYTES + 5];
        for content in [&b""[..], b"hello", &large] {
            assert!(scanned(b"stream: OK\0", content).await.is_ok());
        }
        let infected = scanned(b"stream: Eicar-Test-Signature FOUND\0", b"x").await;
        assert!(matches!(&infected, Err(NotHarmless::Infected(name)) if name == "Eicar-Test-Signature"), "{infected:?}");
        for (odd, why) in [
            (&b"INSTREAM size limit exceeded. ERROR\0"[..], "INSTREAM size limit exceeded. ERROR"),
            (b"", "it hung up"),
            (b"OK\0", "OK"),
            (b"stream: ok\0", "stream: ok"),
            (b"stream: OK and\x07 more\0", "stream: OK and more"),
            (b"stream:\0", "stream:"),
        ] {
            let answer = scanned(odd, b"x").await;
            assert!(matches!(&answer, Err(NotHarmless::Unknown(words)) if words == why), "{answer:?}");
        }
    }

    /// Takes nothing and says all the same that it is well.
    struct Hasty(std::io::Cursor<&'static [u8]>);

    impl AsyncRead for Hasty {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
            buffer: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<io::Result<()>> {
            std::pin::Pin::new(&mut self.0).poll_read(context, buffer)
        }
    }

    impl AsyncWrite for Hasty {
        fn poll_write(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>, _: &[u8]) -> std::task::Poll<io::Result<usize>> {
            std::task::Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_flush(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<io::Result<()>> {
            std::task::Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<io::Result<()>> {
            std::task::Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_was_not_looked_at_as_a_whole_is_not_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "x").unwrap();
        let answer = scan_by(Hasty(std::io::Cursor::new(b"stream: OK\0")), File::open(path).await.unwrap()).await;
        assert!(matches!(answer, Err(NotHarmless::Unknown(_))), "{answer:?}");
    }

    #[tokio::test]
    async fn while_nobody_listens_nothing_is_harmless() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "x").unwrap();
        for clamd in [ClamdAddress::Tcp(address), ClamdAddress::Unix(folder.path().join("nobody"))] {
            assert!(matches!(scan(&clamd, File::open(&path).await.unwrap()).await, Err(NotHarmless::Unknown(_))));
        }
    }

    #[test]
    fn an_address_is_a_socket_or_a_path() {
        assert_eq!(ClamdAddress::parse("127.0.0.1:3310"), Some(ClamdAddress::Tcp(([127, 0, 0, 1], 3310).into())));
        assert_eq!(ClamdAddress::parse("/run/clamav/clamd.ctl").unwrap().to_string(), "/run/clamav/clamd.ctl");
        for wrong in ["", "clamd", "localhost:3310", "127.0.0.1"] {
            assert_eq!(ClamdAddress::parse(wrong), None, "{wrong}");
        }
    }
}
