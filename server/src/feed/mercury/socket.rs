//! One socket, from its opening to its end.

use std::{pin::Pin, time::Duration};

use futures_util::{SinkExt, StreamExt};
use reqwest::Upgraded;
use secrecy::SecretString;
use tokio::time::{Sleep, interval, sleep, timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role, protocol::WebSocketConfig},
};

use super::reconnect::Ended;
use crate::{
    feed::credential::Credential,
    secrets::random_id,
    webex::{
        WebexError,
        wire::mercury::{self, Device, Happening, Meaning, Said},
    },
};

/// From the opened line to the word that it listens.
const READY_WITHIN: Duration = Duration::from_secs(15);
/// It is asked whether it is there this often, and has this long to say so. These are about the line, so they go by the line's own
/// time and not by a clock that anybody may set.
const PING_EVERY: Duration = Duration::from_secs(15);
const PONG_WITHIN: Duration = Duration::from_secs(14);
/// There may be five hundred of these, and what comes is small.
const BUFFER_BYTES: usize = 4 * 1024;
/// More than any activity has.
const MAX_FRAME_BYTES: usize = 1024 * 1024;

type Stream = WebSocketStream<Upgraded>;

/// A socket that listens.
pub(super) struct Socket {
    stream: Stream,
}

impl Socket {
    /// Opens the device's socket, says whose it is, and waits until it listens.
    pub(super) async fn open(credential: &Credential, device: &Device, token: &SecretString) -> Result<Self, Ended> {
        let opened = credential.services().open_socket(token.clone(), &device.web_socket_url).await.map_err(|error| {
            tracing::debug!(%error, "a socket could not be opened");
            ended_by(&error)
        })?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(MAX_FRAME_BYTES)
            .max_message_size(Some(MAX_FRAME_BYTES))
            .max_frame_size(Some(MAX_FRAME_BYTES));
        let mut stream = WebSocketStream::from_raw_socket(opened, Role::Client, Some(config)).await;
        let id = random_id().map_err(|_| Ended::Broken)?;
        let ready = async {
            stream.send(Message::text(mercury::authorization(&id, token))).await.map_err(|_| Ended::Broken)?;
            while heard(&mut stream).await?.meaning != Meaning::Ready {}
            Ok(())
        };
        timeout(READY_WITHIN, ready).await.unwrap_or(Err(Ended::Broken))?;
        Ok(Self { stream })
    }

    /// Hands on what happens until the socket ends.
    pub(super) async fn listen(&mut self, mut happened: impl FnMut(String, Happening)) -> Ended {
        let mut pings = interval(PING_EVERY);
        // The first one comes at once, and it has just been heard.
        pings.tick().await;
        let mut awaited: Option<(String, Pin<Box<Sleep>>)> = None;
        loop {
            let said = tokio::select! {
                heard = heard(&mut self.stream) => heard,
                _ = pings.tick() => {
                    let Ok(id) = random_id() else { return Ended::Broken };
                    if self.stream.send(Message::text(mercury::ping(&id))).await.is_err() {
                        return Ended::Broken;
                    }
                    awaited = Some((id, Box::pin(sleep(PONG_WITHIN))));
                    continue;
                }
                () = overdue(&mut awaited) => return Ended::Broken,
            };
            let Said { envelope_id, meaning } = match said {
                Ok(said) => said,
                Err(ended) => return ended,
            };
            let wants_ack = matches!(meaning, Meaning::Happened { .. } | Meaning::Other);
            match meaning {
                Meaning::Happened { room, what } => happened(room, what),
                Meaning::Pong(id) => awaited = awaited.filter(|(awaited, _)| *awaited != id),
                // Whoever is about to go is not waited for.
                Meaning::Shutdown => return Ended::Closed(1001),
                Meaning::Ready | Meaning::Other => {}
            }
            if let Some(id) = envelope_id.filter(|_| wants_ack)
                && self.stream.send(Message::text(mercury::ack(&id))).await.is_err()
            {
                return Ended::Broken;
            }
        }
    }

    /// Ends it in good order, if that is possible at once.
    pub(super) async fn close(mut self) {
        let _ = timeout(Duration::from_secs(1), self.stream.close(None)).await;
    }
}

async fn overdue(awaited: &mut Option<(String, Pin<Box<Sleep>>)>) {
    match awaited {
        Some((_, within)) => within.await,
        None => std::future::pending().await,
    }
}

/// What the next frame says. Nothing is lost where this is given up before it has an answer.
async fn heard(stream: &mut Stream) -> Result<Said, Ended> {
    loop {
        let frame = match stream.next().await {
            Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
            Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
            Some(Ok(Message::Close(close))) => return Err(close.map_or(Ended::Broken, |close| Ended::Closed(close.code.into()))),
            // Control pings are answered by the library.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
            Some(Err(_)) | None => return Err(Ended::Broken),
        };
        return Ok(mercury::read(&frame));
    }
}

/// What an error means for the next try.
pub(super) fn ended_by(error: &WebexError) -> Ended {
    match error.status() {
        Some(401) => Ended::Unauthorized,
        Some(403) => Ended::Forbidden,
        Some(404 | 410) => Ended::DeviceGone,
        _ => Ended::Broken,
    }
}
