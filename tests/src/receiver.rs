//! Somebody who is told by webhook: keeps what came, answers as told, and can be gone.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use secrecy::SecretString;
use serde_json::Value;
use server::webhooks::{SigningSecret, verify};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::portal::own_loopback;

/// What events for it are signed with.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Every header, by its name in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// What it was answered.
    pub answered: u16,
}

impl Delivery {
    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    /// What the event is known by.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The event's type.
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }

    /// What it tells.
    pub fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    /// The whole body.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.body))
    }

    /// Whether it is signed with this secret, as of when it says it was sent.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let secret = SigningSecret::parse(&SecretString::from(secret)).expect("a secret");
        let at = self.header("webhook-timestamp");
        verify(&secret, self.id(), at, self.header("webhook-signature"), &self.body, at.parse().expect("seconds"))
    }
}

/// How a request is answered: a status, and more headers, each with its line's end.
pub type Reply = (u16, &'static str);

type Rule = Box<dyn Fn(&Delivery) -> Reply + Send>;

struct State {
    deliveries: Mutex<Vec<Delivery>>,
    rule: Mutex<Rule>,
}

/// Listens at an address of its own until it is closed.
pub struct Receiver {
    address: SocketAddr,
    state: Arc<State>,
    task: Option<JoinHandle<()>>,
    folder: TempDir,
}

impl Receiver {
    /// Answers 204 to everything.
    pub async fn start() -> Self {
        // Nobody else takes the port while it is closed.
        let listener = TcpListener::bind((own_loopback(), 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State { deliveries: Mutex::default(), rule: Mutex::new(Box::new(|_| (204, ""))) });
        let folder = tempfile::tempdir().expect("a temporary folder");
        let receiver = Self { address, task: Some(serve(listener, state.clone())), state, folder };
        receiver.secret_file("secret", SECRET);
        receiver
    }

    /// Where it listens.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The `[[site.webhook]]` that leads here, with more lines.
    pub fn webhook(&self, lines: &str) -> String {
        let secret = self.folder.path().join("secret");
        format!("[[site.webhook]]\nurl = \"http://{}/hook\"\nsecret_file = \"{}\"\n{lines}\n", self.address, secret.display())
    }

    /// A file with a secret; answers its path.
    pub fn secret_file(&self, name: &str, secret: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, secret).expect("writing a secret");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("setting permissions");
        path.display().to_string()
    }

    /// From now on, requests are answered so.
    pub fn answer(&self, rule: impl Fn(&Delivery) -> Reply + Send + 'static) {
        *self.state.rule.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(rule);
    }

    /// The port is closed, and what was under way is cut off.
    pub async fn close(&mut self) {
        let task = self.task.take().expect("it is open");
        task.abort();
        let _ = task.await;
    }

    /// Listens again at the same address.
    pub async fn open(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("its own port");
        self.task = Some(serve(listener, self.state.clone()));
    }

    /// Everything that came, however it was answered.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.lock().clone()
    }

    /// What it has taken, in the order it came.
    pub fn taken(&self) -> Vec<Delivery> {
        self.lock().iter().filter(|delivery| (200..300).contains(&delivery.answered)).cloned().collect()
    }

    /// The types of what it has taken, in the order it came.
    pub fn kinds(&self) -> Vec<String> {
        self.taken().iter().map(Delivery::kind).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Delivery>> {
        self.state.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

fn serve(listener: TcpListener, state: Arc<State>) -> JoinHandle<()> {
    tokio::spawn(async move {
        // Connections end with it.
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let state = state.clone();
            connections.spawn(async move { take(stream, &state).await });
        }
    })
}

/// One request, and the end of the connection.
async fn take(mut stream: TcpStream, state: &State) -> Option<()> {
    let mut heard = Vec::new();
    let (headers, body) = loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        heard.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&heard);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let headers: BTreeMap<String, String> = head.lines().skip(1).filter_map(header).collect();
        let length: usize = headers.get("content-length")?.parse().ok()?;
        if body.len() >= length {
            break (headers, body.to_owned());
        }
    };
    let mut delivery = Delivery { headers, body, answered: 0 };
    let (status, more) = (state.rule.lock().unwrap_or_else(PoisonError::into_inner))(&delivery);
    delivery.answered = status;
    state.deliveries.lock().unwrap_or_else(PoisonError::into_inner).push(delivery);
    let answer = format!("HTTP/1.1 {status} Answer\r\ncontent-length: 0\r\nconnection: close\r\n{more}\r\n");
    stream.write_all(answer.as_bytes()).await.ok()
}
