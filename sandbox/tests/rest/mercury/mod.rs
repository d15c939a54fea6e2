//! Mercury as a client sees it that is written for nothing but this: frame by frame.

mod activities;
mod services;
mod sockets;
mod trouble;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::support::{Client, text};

/// What comes comes at once; this is for a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(20);

/// The address of a service.
fn service(sandbox: &Sandbox, path: &str) -> String {
    format!("{}{path}", sandbox.base_url())
}

/// A device of somebody, as it was answered.
async fn register(sandbox: &Sandbox, client: &Client) -> Value {
    let device = json!({ "deviceName": "test", "deviceType": "WEB", "model": "web", "name": "test", "systemName": "test" });
    client.post(&service(sandbox, "/wdm/api/v1/devices"), device).await
}

/// The bare UUID of an id.
fn uuid(id: &str) -> String {
    use base64::Engine;
    let uri = base64::engine::general_purpose::STANDARD_NO_PAD.decode(id).unwrap();
    String::from_utf8(uri).unwrap().rsplit('/').next().unwrap().to_owned()
}

/// The socket of a device.
struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    async fn connect(url: &str, authorization: Option<&str>) -> Result<Self, Error> {
        let mut request = url.into_client_request()?;
        if let Some(token) = authorization {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let host = request.uri().authority().unwrap().to_string();
        let (stream, _) = client_async(request, TcpStream::connect(host).await.unwrap()).await?;
        Ok(Self(stream))
    }

    /// Registers, connects as the JavaScript client does, says who it is and takes the two frames that answer.
    async fn open(sandbox: &Sandbox, client: &Client) -> Self {
        let device = register(sandbox, client).await;
        Self::open_device(&device, client).await
    }

    async fn open_device(device: &Value, client: &Client) -> Self {
        let url = format!("{}?outboundWireFormat=text&bufferStates=true", text(device, "webSocketUrl"));
        let mut socket = Self::connect(&url, None).await.unwrap();
        socket.authorise(&client.token).await;
        assert_eq!(socket.frame().await, Message::Ping("".into()));
        assert_eq!(socket.told().await["eventType"], "mercury.buffer_state");
        socket
    }

    async fn say(&mut self, what: Value) {
        self.0.send(Message::text(what.to_string())).await.unwrap();
    }

    async fn authorise(&mut self, token: &str) {
        let token = format!("Bearer {token}");
        self.say(json!({ "id": "1", "type": "authorization", "data": { "token": token }, "trackingId": "t" })).await;
    }

    /// The next frame, whatever it is.
    async fn frame(&mut self) -> Message {
        match tokio::time::timeout(PATIENCE, self.0.next()).await {
            Ok(Some(frame)) => frame.unwrap(),
            Ok(None) => panic!("the connection ended"),
            Err(_) => panic!("nothing came"),
        }
    }

    /// The next message; what keeps the connection alive is none.
    async fn message(&mut self) -> Value {
        loop {
            match self.frame().await {
                Message::Ping(_) | Message::Pong(_) => {}
                frame => return serde_json::from_str(frame.to_text().unwrap()).unwrap_or_else(|_| panic!("{frame:?}")),
            }
        }
    }

    /// What the next message tells.
    async fn told(&mut self) -> Value {
        self.message().await["data"].clone()
    }

    /// The next activity.
    async fn activity(&mut self) -> Value {
        let told = self.told().await;
        assert_eq!(told["eventType"], "conversation.activity", "{told}");
        told["activity"].clone()
    }

    /// The code it ends with.
    async fn end(&mut self) -> u16 {
        loop {
            if let Message::Close(close) = self.frame().await {
                return close.unwrap().code.into();
            }
        }
    }
}

/// A guest and Grace in a room; and the room's id.
async fn two(sandbox: &Sandbox) -> (Client, Client, String) {
    let (guest, grace) = (Client::guest(sandbox, "ada", "Ada").await, Client::grace(sandbox));
    let room = guest.room("Help").await;
    guest.post("/memberships", json!({ "roomId": room, "personEmail": "grace@sandbox.example" })).await;
    (guest, grace, room)
}

fn typing_url(sandbox: &Sandbox, room: &str) -> String {
    service(sandbox, &format!("/conversation/api/v1/conversations/{}/status/typing", uuid(room)))
}

fn activities_url(sandbox: &Sandbox, room: &str) -> String {
    service(sandbox, &format!("/conversation/api/v1/conversations/{}/activities?personRefresh=true", uuid(room)))
}

async fn type_in(sandbox: &Sandbox, client: &Client, room: &str, event: &str) {
    let body = json!({ "conversationId": uuid(room), "eventType": event });
    let answer = client.request(Method::POST, &typing_url(sandbox, room)).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 204);
}
