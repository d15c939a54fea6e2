//! What the simulator can take, on the cores the load comes from: `./x bench sandbox [SECONDS [CONNECTIONS]]`.
//!
//! The simulator is a process of its own. Each connection posts one message after the other, each to a room of its own, and
//! reads every answer to its end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tests::processes::SandboxProcess;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

const STARTS: usize = 20;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().expect("a number"));
    let seconds = Duration::from_secs(arguments.next().unwrap_or(10));
    let connections = arguments.next().unwrap_or(16);

    let mut starts = Histogram::<u64>::new(3).expect("a histogram");
    for _ in 0..STARTS {
        let began = Instant::now();
        let sandbox = SandboxProcess::start(&[]);
        answers(&sandbox.url).await;
        starts.record(micros(began)).expect("a time");
    }
    println!("start to first answer: p50 {:.1} ms, longest {:.1} ms (n {STARTS})", ms(&starts, 0.5), ms(&starts, 1.0));

    let sandbox = SandboxProcess::start(&[]);
    let (_, credentials) = Connection::open(&sandbox.url).await.send("GET", "/sandbox/credentials.json", "", "").await;
    let credentials: Value = serde_json::from_slice(&credentials).unwrap();
    let token = credentials["staff"][0]["access_token"].as_str().unwrap().to_owned();
    let began = Instant::now();
    let mut work = tokio::task::JoinSet::new();
    for number in 0..connections {
        let (url, token) = (sandbox.url.clone(), token.clone());
        work.spawn(async move { post(&url, &token, number, seconds).await });
    }
    let mut all = Histogram::<u64>::new(3).expect("a histogram");
    while let Some(times) = work.join_next().await {
        all.add(times.expect("no connection fails")).expect("times");
    }
    let rate = all.len() as f64 / began.elapsed().as_secs_f64();
    println!(
        "messages created: {} in {:.1} s over {connections} connections: {rate:.0} a second; an answer takes p50 {:.2} ms, p99 {:.2} ms",
        all.len(),
        began.elapsed().as_secs_f64(),
        ms(&all, 0.5),
        ms(&all, 0.99),
    );
}

/// Until it answers at all.
async fn answers(url: &str) {
    let mut connection = Connection::open(url).await;
    let (status, _) = connection.send("GET", "/v1/people/me", "", "").await;
    assert_eq!(status, 401);
}

async fn post(url: &str, token: &str, number: u64, seconds: Duration) -> Histogram<u64> {
    let mut connection = Connection::open(url).await;
    let (status, room) = connection.send("POST", "/v1/rooms", token, &json!({ "title": format!("Room {number}") }).to_string()).await;
    assert_eq!(status, 200);
    let room = serde_json::from_slice::<Value>(&room).unwrap()["id"].as_str().unwrap().to_owned();
    let mut times = Histogram::new(3).expect("a histogram");
    let began = Instant::now();
    while began.elapsed() < seconds {
        let body = json!({ "roomId": room, "markdown": format!("Message **{}**", times.len()) }).to_string();
        let sent = Instant::now();
        let (status, answer) = connection.send("POST", "/v1/messages", token, &body).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        times.record(micros(sent)).expect("a time");
    }
    // Everything that was answered is there.
    let (_, newest) = connection.send("GET", &format!("/v1/messages?roomId={room}&max=1"), token, "").await;
    let newest: Value = serde_json::from_slice(&newest).unwrap();
    assert_eq!(newest["items"][0]["text"], format!("Message {}", times.len() - 1));
    times
}

/// A client that costs next to nothing: the load shall not be what is measured.
struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    async fn open(url: &str) -> Self {
        let host = url.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&host).await.expect("the simulator listens");
        stream.set_nodelay(true).expect("a socket");
        Self { stream: BufReader::new(stream), host }
    }

    async fn send(&mut self, method: &str, path: &str, token: &str, body: &str) -> (u16, Vec<u8>) {
        let host = &self.host;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        self.stream.get_mut().write_all(request.as_bytes()).await.expect("the connection holds");
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).await.expect("the connection holds");
            let line = line.trim_end();
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().expect("a status");
            } else if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            } else if line.is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await.expect("the connection holds");
        (status, answer)
    }
}

fn micros(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn ms(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1000.0
}
