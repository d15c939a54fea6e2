//! The real server on a free port beside a sandbox on another, both by one clock that tests move.

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use sandbox::{Credentials, JournalEntry, Sandbox, SandboxConfig, Seed};
use server::{
    app::App,
    clock::Clock,
    config::{Config, SandboxSource},
    portal::{Portal, StartError},
    sandbox_credentials::access,
    webex::ConnectionAccess,
};
use tempfile::TempDir;

use crate::{canaries, guest::TestGuest, line::Line};

/// How long, in real time, a test waits for what should happen at once.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How far the clock moves between two looks: the polling feed's quickest interval.
const TICK: Duration = Duration::from_secs(2);
/// Real time between two looks, for the others to do something in.
pub const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Two sites, so that it can be seen that they share nothing.
pub const TWO_SITES: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example", "linus@sandbox.example"]

[[site]]
id = "shop"
name = "Acme shop"
staff = ["maria@sandbox.example"]
"#;

/// Who answers on the first site.
pub const GRACE: &str = "grace@sandbox.example";

/// A portal that listens, the Webex behind it, and the time both go by.
pub struct TestPortal {
    /// The time. Moving it wakes whoever waits for it.
    pub clock: Clock,
    /// In front of the sandbox where a test asked for one.
    pub line: Option<Line>,
    /// What opens the simulated Webex.
    pub credentials: Credentials,
    sites: String,
    /// Where the portal listens, if Webex has to find it there after a restart, too.
    public: Option<SocketAddr>,
    base_url: Arc<Mutex<String>>,
    portal: Option<Portal>,
    sandbox: Option<Sandbox>,
    sandbox_address: SocketAddr,
    seed: Seed,
    webex_ahead_secs: i64,
    /// What the sandboxes before the running one were asked.
    earlier_requests: Vec<JournalEntry>,
    /// Every claim a test was given: what is over takes its claims out of the messages.
    pub(crate) seen_claims: Mutex<Vec<String>>,
    folder: TempDir,
}

/// How both begin.
struct Setting<'a> {
    sites: &'a str,
    seed: Seed,
    has_line: bool,
    has_public_url: bool,
    webex_ahead_secs: i64,
}

impl Default for Setting<'_> {
    fn default() -> Self {
        Self { sites: TWO_SITES, seed: Seed::default(), has_line: false, has_public_url: false, webex_ahead_secs: 0 }
    }
}

impl TestPortal {
    /// Both, with two sites.
    pub async fn start() -> Self {
        Self::start_with(Setting::default()).await
    }

    /// Both, with these sites.
    pub async fn start_with_sites(sites: &str) -> Self {
        Self::start_with(Setting { sites, ..Setting::default() }).await
    }

    /// Both, with a Webex that begins like this.
    pub async fn start_with_seed(seed: Seed) -> Self {
        Self::start_with(Setting { seed, ..Setting::default() }).await
    }

    /// Both, with these sites and a Webex that begins like this.
    pub async fn start_with_seed_and_sites(seed: Seed, sites: &str) -> Self {
        Self::start_with(Setting { seed, sites, ..Setting::default() }).await
    }

    /// Both, with a line between them that can be made slow or broken.
    pub async fn start_behind_line() -> Self {
        Self::start_with(Setting { has_line: true, ..Setting::default() }).await
    }

    /// Both, with a Webex whose clock is ahead of the portal's by so many seconds, or behind.
    pub async fn start_with_webex_ahead(secs: i64) -> Self {
        Self::start_with(Setting { webex_ahead_secs: secs, ..Setting::default() }).await
    }

    /// The same with these sites.
    pub async fn start_with_webex_ahead_and_sites(secs: i64, sites: &str) -> Self {
        Self::start_with(Setting { webex_ahead_secs: secs, sites, ..Setting::default() }).await
    }

    /// Both, with a portal that Webex can reach, and these sites.
    pub async fn start_in_public(sites: &str) -> Self {
        Self::start_with(Setting { sites, has_public_url: true, ..Setting::default() }).await
    }

    async fn start_with(setting: Setting<'_>) -> Self {
        let Setting { sites, seed, has_line, has_public_url, webex_ahead_secs } = setting;
        let _ = rustls::crypto::ring::default_provider().install_default();
        canaries::begin();
        let clock = Clock::system();
        let folder = tempfile::tempdir().expect("a temporary folder");
        // An address of its own, so that nobody takes the port while the sandbox is stopped.
        let sandbox = start_sandbox_at(SocketAddr::from((own_loopback(), 0)), &clock, &folder, &seed, webex_ahead_secs).await;
        let line = if has_line { Some(Line::start(sandbox.address()).await) } else { None };
        let mut portal = Self {
            clock,
            line,
            credentials: sandbox.credentials(),
            sites: sites.to_owned(),
            public: if has_public_url { Some(free_address().await) } else { None },
            base_url: Arc::default(),
            portal: None,
            sandbox_address: sandbox.address(),
            sandbox: Some(sandbox),
            seed,
            webex_ahead_secs,
            earlier_requests: Vec::new(),
            seen_claims: Mutex::default(),
            folder,
        };
        portal.start_portal().await;
        portal
    }

    /// Where guests find it.
    pub fn base_url(&self) -> String {
        self.base_url.lock().expect("no test panics with it").clone()
    }

    /// Where the portal listens; another port after each start.
    pub fn address(&self) -> SocketAddr {
        self.running().address()
    }

    /// Where whoever runs it looks at it, if its configuration has such a place.
    pub fn operations_address(&self) -> Option<SocketAddr> {
        self.running().operations_address()
    }

    /// What the portal is made of.
    pub fn app(&self) -> &App {
        &self.running().app
    }

    fn running(&self) -> &Portal {
        self.portal.as_ref().expect("the portal is running")
    }

    /// The simulated Webex; it must be running.
    pub fn webex(&self) -> &Sandbox {
        self.sandbox.as_ref().expect("the sandbox is running")
    }

    /// The portal's own folder.
    pub fn data_dir(&self) -> std::path::PathBuf {
        self.folder.path().join("portal")
    }

    /// The sandbox's folder, where `sandbox.db` holds every token it gave.
    pub fn sandbox_dir(&self) -> std::path::PathBuf {
        self.folder.path().join("sandbox")
    }

    /// A visitor of the first site who has not signed in.
    pub fn visitor(&self) -> TestGuest {
        TestGuest::new(self.base_url.clone(), self.clock.clone(), "demo")
    }

    /// A guest of the first site.
    pub async fn guest(&self, name: &str) -> TestGuest {
        let guest = self.visitor();
        guest.sign_in(name).await;
        guest
    }

    /// A guest whose space is open, who listens, and who sees the greeting and their `text` in it: the usual beginning.
    pub async fn guest_in_conversation(&self, name: &str, text: &str) -> TestGuest {
        let mut guest = self.guest(name).await;
        guest.listen().await;
        guest.say(text).await;
        guest.hear_message(text).await;
        // The greeting comes by the feed, which may bring it after the guest's own message.
        guest.reads(2).await;
        guest
    }

    /// Ends the process's part that serves guests, and starts it again on the same data.
    pub async fn restart_portal(&mut self) {
        self.stop_portal().await;
        self.start_portal().await;
    }

    /// The same with other sites in its configuration.
    pub async fn restart_with_sites(&mut self, sites: &str) {
        self.stop_portal().await;
        sites.clone_into(&mut self.sites);
        self.start_portal().await;
    }

    /// Stops the portal; guests meet a closed port.
    pub async fn stop_portal(&mut self) {
        let portal = self.portal.take().expect("the portal is running");
        within("the portal to stop", portal.stop()).await;
    }

    /// Starts the portal on the data of the last one.
    pub async fn start_portal(&mut self) {
        let began = Instant::now();
        let portal = loop {
            match Portal::start(self.config(), self.access(), self.clock.clone()).await {
                Ok(portal) => break portal,
                // The last connections of the one before let go of the folder a moment after it has stopped.
                Err(StartError::Store(error)) if began.elapsed() < PATIENCE => {
                    assert!(error.to_string().contains("another guest-portal"), "{error}");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
                Err(error) => panic!("the portal does not start: {error}"),
            }
        };
        *self.base_url.lock().expect("no test panics with it") = format!("http://{}", portal.address());
        self.portal = Some(portal);
    }

    /// Webex is gone; its port is closed.
    pub async fn stop_sandbox(&mut self) {
        let sandbox = self.sandbox.take().expect("the sandbox is running");
        self.earlier_requests.extend(sandbox.requests());
        within("the sandbox to stop", sandbox.stop()).await;
    }

    /// Webex is back, at the same address and with what it knew.
    pub async fn start_sandbox(&mut self) {
        self.sandbox = Some(start_sandbox_at(self.sandbox_address, &self.clock, &self.folder, &self.seed, self.webex_ahead_secs).await);
    }

    /// Webex was away for a moment.
    pub async fn restart_sandbox(&mut self) {
        self.stop_sandbox().await;
        self.start_sandbox().await;
    }

    /// Moves the time forward.
    pub fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
    }

    /// Looks until there is something, moving the clock by the feed's interval between two looks.
    pub async fn until<T>(&self, what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
        until(&self.clock, what, look).await
    }

    /// The texts of the first room whose title contains the words, once there are so many.
    pub async fn texts_in_webex(&self, words: &str, count: usize) -> Vec<String> {
        let mut found = Vec::new();
        until(&self.clock, &format!("{count} messages in the room of {words}"), async || {
            found = self.webex().messages_titled(words).into_iter().map(|message| message.text).collect();
            (found.len() >= count).then_some(())
        })
        .await;
        found
    }

    /// What Webex was asked with this method and path, over all its restarts.
    pub fn requests(&self, method: &str, path: &str) -> Vec<JournalEntry> {
        let current = self.sandbox.as_ref().map(Sandbox::requests).unwrap_or_default();
        let all = self.earlier_requests.iter().cloned().chain(current);
        all.filter(|entry| entry.method == method && entry.path == path).collect()
    }

    /// How often a guest's own token was used to post.
    pub fn posts_by_guests(&self) -> Vec<JournalEntry> {
        let posts = self.requests("POST", "/v1/messages").into_iter();
        posts.filter(|entry| entry.credential == sandbox::CredentialKind::Guest).collect()
    }

    fn config(&self) -> Config {
        let listen = match self.public {
            Some(public) => format!("listen = \"{public}\"\npublic_url = \"http://{public}\""),
            None => "listen = \"127.0.0.1:0\"".to_owned(),
        };
        // So that the whole suite can be run by one way of hearing; the sites of some tests say themselves by which.
        let feed = match std::env::var("GUEST_PORTAL_TEST_FEED") {
            Ok(feed) if !self.sites.contains("[webex]") => format!("[webex]\nfeed = \"{feed}\"\n"),
            _ => String::new(),
        };
        // All guests come from one address, as fast as they can; what is about limits sets them itself.
        let limits = if self.sites.contains("[limits]") { "" } else { "[limits]\nprofile = \"bench\"\n" };
        let text = format!("[server]\n{listen}\ndata_dir = \"{}\"\n{}\n{feed}{limits}", self.data_dir().display(), self.sites);
        let config = Config::from_text("tests", &text, Some(SandboxSource::embedded_default()), &|_| None);
        config.unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    fn access(&self) -> Vec<ConnectionAccess> {
        let webex = self.line.as_ref().map_or(self.sandbox_address, Line::address);
        let origin = format!("http://{webex}").parse().expect("an address");
        access(&self.credentials, &origin, &self.config().webex.wanted()).expect("the simulator has what the sites want")
    }
}

impl Drop for TestPortal {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            canaries::note_portal(&self.data_dir(), self.sandbox.as_ref(), self.seen_claims());
        }
    }
}

/// Looks until there is something, moving the clock between two looks; fails after [`PATIENCE`] of real time.
pub async fn until<T>(clock: &Clock, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        clock.advance(TICK);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Waits for what should end by itself; fails after [`PATIENCE`].
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {what}"))
}

/// A time so many seconds later, or earlier.
pub(crate) fn shifted(time: SystemTime, secs: i64) -> SystemTime {
    let by = Duration::from_secs(secs.unsigned_abs());
    if secs < 0 { time - by } else { time + by }
}

async fn start_sandbox_at(listen: SocketAddr, clock: &Clock, folder: &TempDir, seed: &Seed, ahead_secs: i64) -> Sandbox {
    let clock = clock.clone();
    let config = SandboxConfig {
        listen,
        data_dir: Some(folder.path().join("sandbox")),
        clock: sandbox::Clock::new(move || shifted(clock.system_time(), ahead_secs)),
        seed: seed.clone(),
        ..SandboxConfig::loopback()
    };
    Sandbox::start(config).await.expect("the sandbox starts")
}

/// An address that nobody else takes until somebody listens there.
async fn free_address() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind((own_loopback(), 0)).await.expect("a loopback address");
    listener.local_addr().expect("it has one")
}

/// An address of 127.0.0.0/8 that no other test uses: by process, and by number within it.
pub(crate) fn own_loopback() -> Ipv4Addr {
    static NUMBER: AtomicU8 = AtomicU8::new(0);
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    Ipv4Addr::new(127, 16 | (high & 0x6f), low, 1 + number % 254)
}
