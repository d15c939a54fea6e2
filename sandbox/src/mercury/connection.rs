//! An open socket, up to its end.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::base::Base;
use super::close::Close;
use super::devices::Device;
use super::envelope::enveloped;
use super::hub::{Queue, Waiting};
use crate::app::App;

/// How long a client has to say who it is, by the sandbox's clock.
const AUTHORISE_WITHIN: Duration = Duration::from_secs(30);
/// Real time, not the sandbox's: real clients give up after twenty seconds of theirs without a frame.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How long the farewell may take in each direction.
const FAREWELL: Duration = Duration::from_millis(500);

/// How it ends.
enum Ending {
    /// The client is gone.
    Gone,
    Closed(Close),
}

/// One of them.
pub(super) struct Connection {
    app: App,
    device: Device,
    base: Base,
    /// Whether the client wants text; otherwise what goes out is binary.
    is_text: bool,
    socket: WebSocket,
    sequence_number: u64,
}

impl Connection {
    pub(super) fn new(app: App, device: Device, base: Base, is_text: bool, socket: WebSocket) -> Self {
        Self { app, device, base, is_text, socket, sequence_number: 0 }
    }

    /// The token came with the request or comes as the first message.
    pub(super) async fn run(mut self, token: Option<String>) {
        let stopping = self.app.stopping.clone();
        let authorised = async {
            match token {
                Some(token) => Ok(token),
                None => self.authorised().await,
            }
        };
        let ending = match stopping.run_until_cancelled(authorised).await {
            None => Ending::Closed(Close::GOING_AWAY),
            Some(Err(ending)) => ending,
            Some(Ok(token)) => self.joined(token).await,
        };
        if let Ending::Closed(close) = ending {
            self.say_farewell(&close).await;
        }
    }

    async fn authorised(&mut self) -> Result<String, Ending> {
        let (clock, socket) = (self.app.clock.clone(), &mut self.socket);
        let deadline = clock.now() + AUTHORISE_WITHIN;
        let token = tokio::select! {
            token = first_token(socket) => token?,
            () = clock.sleep_until(deadline) => return Err(Ending::Closed(Close::NOT_AUTHORISED_IN_TIME)),
        };
        self.check(&token)?;
        Ok(token)
    }

    fn check(&self, token: &str) -> Result<(), Ending> {
        match self.app.world.read(|organisation| organisation.bearer(token)) {
            Some(caller) if caller == self.device.owner => Ok(()),
            Some(_) => Err(Ending::Closed(Close::FORBIDDEN)),
            None => Err(Ending::Closed(Close::UNAUTHORISED)),
        }
    }

    /// From here on the client is told what happens.
    async fn joined(&mut self, token: String) -> Ending {
        let (owner, device) = (self.device.owner, self.device.id);
        let since = self.app.world.newest_aftermath();
        let Waiting { mut queue, end, number } = self.app.mercury.hub.join(owner, device, token.into(), self.base.clone(), since);
        let stopping = self.app.stopping.clone();
        // It may have been deleted since the connection was made.
        if self.app.mercury.devices.get(device).is_none() {
            self.app.mercury.hub.end_device(owner, device, &Close::DEVICE_DELETED);
        }
        let ending = tokio::select! {
            close = end => Ending::Closed(close.unwrap_or(Close::GOING_AWAY)),
            () = stopping.cancelled() => Ending::Closed(Close::GOING_AWAY),
            served = self.serve(&mut queue, number) => match served {
                Ok(never) => match never {},
                Err(ending) => ending,
            },
        };
        self.app.mercury.hub.leave(owner, device, number);
        ending
    }

    async fn serve(&mut self, queue: &mut Queue, number: u64) -> Result<Infallible, Ending> {
        // The strictest client takes nothing but this for the sign that it is let in. Others wait for the state that follows.
        self.send(Message::Ping(Bytes::new())).await?;
        self.tell(&json!({ "eventType": "mercury.buffer_state", "bufferState": {} })).await?;
        let clock = self.app.clock.clone();
        let mut keep_alive = interval(KEEP_ALIVE);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        keep_alive.tick().await;
        loop {
            tokio::select! {
                heard = hear(&mut self.socket) => self.answer(heard?, number).await?,
                data = queue.next(&clock) => self.tell(&data).await?,
                _ = keep_alive.tick() => self.send(Message::Ping(Bytes::new())).await?,
            }
        }
    }

    /// What clients acknowledge, and whatever else they say, is taken in silence.
    async fn answer(&mut self, heard: Bytes, number: u64) -> Result<(), Ending> {
        let Ok(heard) = serde_json::from_slice::<Value>(&heard) else { return Ok(()) };
        match heard["type"].as_str() {
            Some("ping") => {
                let pong = json!({ "id": heard["id"], "type": "pong" });
                self.send_text(pong.to_string()).await
            }
            Some("authorization") => {
                let token = token_of(&heard).ok_or(Ending::Closed(Close::BAD_REQUEST))?;
                self.check(&token)?;
                self.app.mercury.hub.renew(self.device.owner, self.device.id, number, token.into());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn tell(&mut self, data: &Value) -> Result<(), Ending> {
        self.sequence_number += 1;
        self.send_text(enveloped(data, self.sequence_number, self.app.world.now())).await
    }

    async fn send_text(&mut self, text: String) -> Result<(), Ending> {
        self.send(if self.is_text { Message::Text(text.into()) } else { Message::Binary(text.into()) }).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Ending> {
        self.socket.send(message).await.map_err(|_| Ending::Gone)
    }

    /// Waits for the client's own: ending before it was read could take ours away with it.
    async fn say_farewell(&mut self, close: &Close) {
        let Some(frame) = close.frame() else { return };
        if let Ok(Ok(())) = timeout(FAREWELL, self.socket.send(frame)).await {
            let _ = timeout(FAREWELL, async { while let Some(Ok(_)) = self.socket.recv().await {} }).await;
        }
    }
}

/// What a client says next; what keeps the connection alive is no word.
async fn hear(socket: &mut WebSocket) -> Result<Bytes, Ending> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => return Ok(text.into()),
            Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
            // A farewell is answered by asking for more, after which there is nothing.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_))) => {}
            Some(Err(_)) | None => return Err(Ending::Gone),
        }
    }
}

/// Nothing may be said before it.
async fn first_token(socket: &mut WebSocket) -> Result<String, Ending> {
    let heard = hear(socket).await?;
    let heard: Value = serde_json::from_slice(&heard).unwrap_or_default();
    let token = token_of(&heard).filter(|_| heard["type"] == "authorization");
    token.ok_or(Ending::Closed(Close::BAD_REQUEST))
}

/// Of `Bearer <token>`; the scheme may be left out.
fn token_of(heard: &Value) -> Option<String> {
    let said = heard["data"]["token"].as_str()?.trim();
    let token = said.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map_or(said, |(_, token)| token.trim());
    Some(token.to_owned())
}
