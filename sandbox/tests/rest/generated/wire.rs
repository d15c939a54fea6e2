//! Requests byte by byte: no client in between that mends what should be broken.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Real time; a request that hangs must not hang the test.
const PATIENCE: Duration = Duration::from_secs(30);
const BOUNDARY: &str = "a-boundary";

/// A request as it will be written.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    pub(super) method: String,
    pub(super) path: String,
    /// Encoded pairs.
    pub(super) query: Vec<String>,
    pub(super) headers: Vec<(&'static str, Vec<u8>)>,
    pub(super) body: Body,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    None,
    Json(Map<String, Value>),
    Form(Vec<(String, String)>),
    Parts(Vec<Part>),
    Raw { content_type: Option<String>, bytes: Vec<u8> },
}

/// A part of `multipart/form-data`.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) name: String,
    /// With its content type.
    pub(super) file: Option<(String, String)>,
    pub(super) bytes: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }
}

impl Body {
    /// Its type and its bytes.
    fn written(&self) -> (Option<String>, Vec<u8>) {
        match self {
            Self::None => (None, Vec::new()),
            Self::Json(object) => (Some("application/json".to_owned()), Value::Object(object.clone()).to_string().into_bytes()),
            Self::Form(pairs) => {
                let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                (Some("application/x-www-form-urlencoded".to_owned()), form.into_bytes())
            }
            Self::Parts(parts) => (Some(format!("multipart/form-data; boundary={BOUNDARY}")), multipart(parts)),
            Self::Raw { content_type, bytes } => (content_type.clone(), bytes.clone()),
        }
    }
}

pub(super) fn multipart(parts: &[Part]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Part { name, file, bytes: content } in parts {
        bytes.extend_from_slice(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"").as_bytes());
        if let Some((file_name, media_type)) = file {
            let named = if file_name.is_empty() { String::new() } else { format!("; filename=\"{file_name}\"") };
            bytes.extend_from_slice(format!("{named}\r\nContent-Type: {media_type}").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes.extend_from_slice(content);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    bytes
}

impl Sketch {
    pub(super) fn new(method: &str, path: impl Into<String>) -> Self {
        Self { method: method.to_owned(), path: path.into(), query: Vec::new(), headers: Vec::new(), body: Body::None }
    }

    pub(super) fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }

    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push(url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish());
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.retain(|(found, _)| *found != name);
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }

    pub(super) fn without_header(mut self, name: &'static str) -> Self {
        self.headers.retain(|(found, _)| *found != name);
        self
    }

    /// The token's holder asks.
    pub(super) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    pub(super) fn bytes(&self, address: SocketAddr) -> Vec<u8> {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query.join("&")) };
        let mut bytes = format!("{} {}{query} HTTP/1.1\r\nConnection: close\r\n", self.method, self.path).into_bytes();
        if !self.headers.iter().any(|(name, _)| *name == "Host") {
            bytes.extend_from_slice(format!("Host: {address}\r\n").as_bytes());
        }
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        let (content_type, body) = self.body.written();
        if let Some(content_type) = content_type
            && !self.headers.iter().any(|(name, _)| *name == "Content-Type")
        {
            bytes.extend_from_slice(format!("Content-Type: {content_type}\r\n").as_bytes());
        }
        if !body.is_empty() || self.method == "POST" {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&body);
        bytes
    }
}

/// The answer to a request; an error where the connection ended without one.
pub(super) async fn exchange(address: SocketAddr, sketch: &Sketch) -> Result<Answer, String> {
    let bytes = sketch.bytes(address);
    let talking = async {
        let (mut reader, mut writer) = TcpStream::connect(address).await?.into_split();
        let mut heard = Vec::new();
        // Whoever refuses a request need not have read all of it.
        let (_, read) = tokio::join!(writer.write_all(&bytes), reader.read_to_end(&mut heard));
        read.map(|_| heard)
    };
    let heard = tokio::time::timeout(PATIENCE, talking).await.map_err(|_| "no answer in time".to_owned())?;
    parse(&heard.map_err(|error| format!("the connection broke: {error}"))?)
}

fn parse(heard: &[u8]) -> Result<Answer, String> {
    let unreadable = || format!("the connection ended with no answer but {:?}", String::from_utf8_lossy(heard));
    let end = heard.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(unreadable)?;
    let head = String::from_utf8_lossy(&heard[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok()).ok_or_else(unreadable)?;
    let headers = lines.filter_map(|line| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()))).collect();
    let mut answer = Answer { status, headers, body: heard[end + 4..].to_vec() };
    if answer.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
        answer.body = unchunked(&answer.body).ok_or_else(unreadable)?;
    }
    Ok(answer)
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}
