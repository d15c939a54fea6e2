//! What a socket of Mercury's holds in memory: at the simulator, and at a portal that listens for as many guests as it may. Both are
//! processes of their own.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tests::{
    guest::TestGuest,
    portal::GRACE,
    processes::{Processes, SandboxProcess},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

const SOCKETS: usize = 1000;
/// So many guests a portal listens for; the one beyond them is heard by polling.
const CAP: usize = 500;
/// Pings have gone to and fro then, and everybody was polled.
const SETTLES: Duration = Duration::from_secs(40);
const PATIENCE: Duration = Duration::from_secs(60);
/// Polled every two seconds, with twice as much for the listing.
const POLLED_WITHIN: Duration = Duration::from_secs(4);

/// Nobody hears a room of two but the guest.
const DIRECT: &str = r#"
[webex.guest_issuer]
[webex.bot]
[[site]]
id = "demo"
name = "Acme support"
conversation = "direct"
staff = ["grace@sandbox.example"]
"#;

/// Prints the table; answers what is not as it should be.
pub(super) async fn measure() -> Vec<String> {
    println!("Resident memory, before and after ({})", if cfg!(debug_assertions) { "debug" } else { "release" });
    at_the_simulator().await;
    let (polled, _) = at_the_portal("polling").await;
    let (listening, broken) = at_the_portal("mercury").await;
    println!(
        "{:<60} {:>8.1} KiB each   no limit is set",
        "a guest's socket at the portal (the difference)",
        (listening - polled) / CAP as f64 / 1024.0
    );
    println!();
    broken
}

fn row(what: &str, before: u64, after: u64, count: usize) -> f64 {
    let more = after as f64 - before as f64;
    let mebibytes = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
    println!("{what:<60} {:>8.1} KiB each   {:.1} -> {:.1} MiB", more / count as f64 / 1024.0, mebibytes(before), mebibytes(after));
    more
}

async fn at_the_simulator() {
    let simulator = tokio::task::block_in_place(|| SandboxProcess::start(&[]));
    let webex = Webex::new(&simulator.url).await;
    let service_app = webex.service_app_token().await;
    let mut devices = Vec::new();
    for number in 0..SOCKETS {
        let body = json!({ "subject": format!("guest-{number}"), "displayName": "Guest" });
        let token = text(&webex.post("/v1/guests/token", &service_app, body).await, "accessToken");
        let about = json!({ "deviceName": "t", "deviceType": "WEB", "model": "t", "name": "t", "systemName": "t" });
        let device = webex.post("/wdm/api/v1/devices", &token, about).await;
        devices.push((text(&device, "webSocketUrl"), token));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = simulator.memory();
    for (url, token) in &devices {
        let mut socket = open(url, token).await;
        // Pings are answered as they are read.
        tokio::spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
    }
    tokio::time::sleep(SETTLES).await;
    assert_eq!(webex.sockets().await.len(), SOCKETS, "all of them are still open");
    row(&format!("{SOCKETS} sockets at the simulator"), before, simulator.memory(), SOCKETS);
}

/// As Webex's clients do: says who it is, and waits until it listens.
async fn open(url: &str, token: &str) -> WebSocketStream<TcpStream> {
    let url = format!("{url}?outboundWireFormat=text&bufferStates=true");
    let request = url.into_client_request().expect("an address");
    let host = request.uri().authority().expect("a host").to_string();
    let config = WebSocketConfig::default().read_buffer_size(4096);
    let stream = TcpStream::connect(host).await.expect("the simulator listens");
    let (mut socket, _) = client_async_with_config(request, stream, Some(config)).await.expect("a socket");
    let authorization = json!({ "id": "1", "type": "authorization", "data": { "token": format!("Bearer {token}") } });
    socket.send(Message::text(authorization.to_string())).await.expect("the socket holds");
    loop {
        let frame = socket.next().await.expect("the socket holds").expect("the socket holds");
        if frame.to_text().is_ok_and(|text| text.contains("mercury.buffer_state")) {
            return socket;
        }
    }
}

/// The memory of so many guests who listen, the one beyond the cap with them; and what is not as it should be.
async fn at_the_portal(feed: &str) -> (f64, Vec<String>) {
    let processes = tokio::task::block_in_place(|| Processes::start_with(Some(&format!("[webex]\nfeed = \"{feed}\"\n{DIRECT}"))));
    let webex = Webex::new(processes.sandbox_url()).await;
    let mut guests = Vec::new();
    for number in 0..=CAP {
        let guest = processes.visitor("demo");
        guest.sign_in(&format!("Guest {number}")).await;
        guest.say("Hello").await;
        guests.push(guest);
    }
    for guest in &guests {
        guest.reads(1).await;
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let before = processes.portal_memory();
    for guest in &mut guests {
        guest.listen().await;
    }
    let expected = if feed == "mercury" { CAP } else { 0 };
    let began = Instant::now();
    while webex.sockets().await.len() < expected {
        assert!(began.elapsed() < PATIENCE, "{expected} sockets");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    tokio::time::sleep(SETTLES).await;
    let after = processes.portal_memory();
    let sockets = webex.sockets().await;
    assert_eq!(sockets.len(), expected, "as many sockets as allowed");
    let more = row(&format!("{} guests' event streams at the portal, {feed}", guests.len()), before, after, guests.len());
    if feed == "mercury" { (more, heard_beyond_the_cap(&webex, &sockets, &mut guests).await) } else { (more, Vec::new()) }
}

/// The guest without a socket hears staff, too.
async fn heard_beyond_the_cap(webex: &Webex, sockets: &[String], guests: &mut [TestGuest]) -> Vec<String> {
    for guest in guests {
        let person_id = guest.vouched().await;
        if sockets.iter().any(|socket| socket.trim_end_matches('=') == person_id.as_str().trim_end_matches('=')) {
            continue;
        }
        let at = Instant::now();
        webex.post("/v1/messages", &webex.staff_token(), json!({ "toPersonId": person_id, "text": "Good morning" })).await;
        guest.hear_message_at_once("Good morning").await;
        let took = at.elapsed();
        println!("guest {} of {}, without a socket, heard staff by polling after {:.1} s", CAP + 1, CAP + 1, took.as_secs_f64());
        return if took > POLLED_WITHIN { vec![format!("the guest beyond the cap heard after {took:?}")] } else { Vec::new() };
    }
    vec![format!("more than {CAP} sockets")]
}

/// The simulator, as its clients and its switches see it.
struct Webex {
    http: reqwest::Client,
    base: String,
    credentials: Value,
}

impl Webex {
    async fn new(base: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = http.get(format!("{base}/sandbox/credentials.json")).send().await.expect("an answer");
        Self { http, base: base.to_owned(), credentials: answer.json().await.expect("json") }
    }

    fn staff_token(&self) -> String {
        let staff = self.credentials["staff"].as_array().expect("staff").iter();
        text(staff.into_iter().find(|person| person["email"] == GRACE).expect("Grace"), "access_token")
    }

    async fn service_app_token(&self) -> String {
        let service_app = &self.credentials["service_app"];
        let mut form = vec![("grant_type", "refresh_token".to_owned())];
        form.extend(["client_id", "client_secret", "refresh_token"].map(|field| (field, text(service_app, field))));
        let answer = self.http.post(format!("{}/v1/access_token", self.base)).form(&form).send().await.expect("an answer");
        text(&answer.json().await.expect("json"), "access_token")
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(token).json(&body);
        request.send().await.expect("an answer").json().await.expect("json")
    }

    /// Whose sockets are open.
    async fn sockets(&self) -> Vec<String> {
        let answer = self.http.get(format!("{}/sandbox/mercury/sockets", self.base)).send().await.expect("an answer");
        let sockets: Vec<Value> = answer.json().await.expect("json");
        sockets.iter().map(|socket| text(socket, "person_id")).collect()
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field}: {value}")).to_owned()
}
