//! The browsers that tests are driven in, each by its own driver at a free port.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

/// A driver that ends as soon as it is started is started so often.
const TRIES: usize = 5;
/// Between two looks whether a driver listens that does not say so.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// A screen ends within this once nobody shows anything on it.
const SCREEN_ENDS_WITHIN: Duration = Duration::from_secs(2);

/// A browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium, the only one with DevTools.
    Chromium,
    /// Firefox.
    Firefox,
    /// WebKit as GTK programs show it: the closest kin of Safari that there is for Linux.
    WebKit,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// What it is called in file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// What is asked of its driver. Nobody vouches for the certificates of tests.
    pub(crate) fn capabilities(self, profile: &Path, cookies: Cookies) -> Value {
        match self {
            Self::Chromium => json!({
                "browserName": "chrome",
                "acceptInsecureCerts": true,
                "goog:chromeOptions": { "args": chromium_arguments(profile, cookies), "prefs": cookies.of_chromium() },
                "goog:loggingPrefs": { "browser": "ALL" },
            }),
            Self::Firefox => json!({
                "browserName": "firefox",
                "acceptInsecureCerts": true,
                "moz:firefoxOptions": { "args": ["-headless"], "prefs": cookies.of_firefox() },
            }),
            Self::WebKit => match cookies.of_webkit() {
                // Its driver finds it, and starts it as it should be.
                None => json!({ "browserName": "MiniBrowser", "acceptInsecureCerts": true }),
                Some(argument) => json!({
                    "browserName": "MiniBrowser",
                    "acceptInsecureCerts": true,
                    "webkitgtk:browserOptions": { "binary": mini_browser(), "args": ["--automation", argument] },
                }),
            },
        }
    }
}

/// Which cookies a browser keeps, as its owner has set it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cookies {
    /// As it comes: Chromium keeps all, Firefox keeps those of third parties apart for each site, WebKit keeps none of these.
    #[default]
    Usual,
    /// All.
    Allowed,
    /// Those of the page, not those of frames of other sites; Chromium keeps partitioned ones there.
    ThirdPartyBlocked,
    /// None; Chromium and Firefox then keep nothing else that pages store, either.
    Blocked,
    /// In a private window.
    Private,
}

impl Cookies {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Usual, Self::Allowed, Self::ThirdPartyBlocked, Self::Blocked, Self::Private];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usual => "as it comes",
            Self::Allowed => "all allowed",
            Self::ThirdPartyBlocked => "third parties' blocked",
            Self::Blocked => "all blocked",
            Self::Private => "private window",
        }
    }

    fn of_chromium(self) -> Value {
        match self {
            Self::Usual | Self::Allowed => json!({ "profile.cookie_controls_mode": 0, "profile.block_third_party_cookies": false }),
            Self::ThirdPartyBlocked => json!({ "profile.cookie_controls_mode": 1, "profile.block_third_party_cookies": true }),
            Self::Blocked => json!({ "profile.default_content_setting_values.cookies": 2 }),
            Self::Private => json!({}),
        }
    }

    fn of_firefox(self) -> Value {
        // 0: all; 1: none of third parties; 2: none; what it comes with is 5.
        let behaviour = match self {
            Self::Usual | Self::Private => None,
            Self::Allowed => Some(0),
            Self::ThirdPartyBlocked => Some(1),
            Self::Blocked => Some(2),
        };
        let mut preferences = json!({ "intl.accept_languages": "en-GB, en", "browser.privatebrowsing.autostart": self == Self::Private });
        if let Some(behaviour) = behaviour {
            preferences["network.cookie.cookieBehavior"] = json!(behaviour);
        }
        preferences
    }

    /// The argument that sets it.
    fn of_webkit(self) -> Option<&'static str> {
        match self {
            Self::Usual => None,
            Self::Allowed => Some("--cookies-policy=always"),
            Self::ThirdPartyBlocked => Some("--cookies-policy=no-third-party"),
            Self::Blocked => Some("--cookies-policy=never"),
            Self::Private => Some("--private"),
        }
    }
}

/// Where Debian puts the browser that WebKit's driver drives.
fn mini_browser() -> PathBuf {
    let libraries = std::fs::read_dir("/usr/lib").expect("a Debian");
    let paths = libraries.map(|entry| entry.expect("an entry").path().join("webkit2gtk-4.1/MiniBrowser"));
    paths.into_iter().find(|path| path.exists()).expect("MiniBrowser is missing: run ./x campaign browsers")
}

fn chromium_arguments(profile: &Path, cookies: Cookies) -> Vec<String> {
    let mut arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--force-color-profile=srgb",
        "--lang=en-GB",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect::<Vec<_>>();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    if cookies == Cookies::Private {
        arguments.push("--incognito".into());
    }
    arguments
}

/// A running driver. Ends with the value.
pub(crate) struct Driver {
    /// Where it listens.
    pub(crate) address: String,
    process: Child,
    /// What the browser shows its windows on, where it cannot do without.
    screen: Option<Child>,
}

impl Driver {
    /// Starts one.
    pub(crate) async fn start(engine: Engine, profile: &Path) -> Self {
        for _ in 0..TRIES {
            let started = match engine {
                Engine::Chromium => start_chromium().await,
                Engine::Firefox => start_firefox(profile).await,
                Engine::WebKit => start_webkit().await,
            };
            if let Some(driver) = started {
                return driver;
            }
        }
        panic!("the driver of {} ends whenever it is started", engine.name());
    }

    /// Ends it.
    pub(crate) async fn end(mut self) {
        let _ = self.process.kill().await;
        if let Some(screen) = &mut self.screen {
            // It tidies up when its last window has gone, and not when it is killed.
            let _ = tokio::time::timeout(SCREEN_ENDS_WITHIN, screen.wait()).await;
        }
    }
}

/// It takes any free port of IPv4 and wants the same of IPv6; where somebody has that one, it ends.
async fn start_chromium() -> Option<Driver> {
    let port = |line: &str| Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned());
    let (process, port) = said(Command::new("chromedriver").arg("--port=0"), "chromedriver", port).await?;
    Some(Driver { address: loopback(&port), process, screen: None })
}

async fn start_firefox(profile: &Path) -> Option<Driver> {
    let port = |line: &str| Some(line.split_once("Listening on 127.0.0.1:")?.1.trim().to_owned());
    let mut command = Command::new("geckodriver");
    command.args(["--port", "0", "--profile-root"]).arg(profile);
    let (process, port) = said(&mut command, "geckodriver", port).await?;
    Some(Driver { address: loopback(&port), process, screen: None })
}

/// Without a screen it shows nothing, and its driver says nothing: not that it listens, nor where.
async fn start_webkit() -> Option<Driver> {
    let mut command = Command::new("Xvfb");
    command.args(["-displayfd", "1", "-terminate", "-nolisten", "tcp", "-screen", "0", "1920x1200x24"]);
    let (screen, number) = said(&mut command, "Xvfb", |line| Some(line.trim().to_owned())).await?;
    // Chosen by the system, then let go.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a free port").port();
    let mut process = Command::new("WebKitWebDriver")
        .arg(format!("--port={port}"))
        .env("DISPLAY", format!(":{number}"))
        // The page goes by it, and the tests read English.
        .env("LC_ALL", "en_GB.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("WebKitWebDriver is missing: run ./x campaign browsers");
    while process.try_wait().expect("how the driver does").is_none() {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
            return Some(Driver { address: loopback(&port.to_string()), process, screen: Some(screen) });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    None
}

fn loopback(port: &str) -> String {
    format!("http://127.0.0.1:{port}")
}

/// The program once it has said what is looked for, and what that is; `None` if it ends before.
async fn said(command: &mut Command, name: &str, look: impl Fn(&str) -> Option<String>) -> Option<(Child, String)> {
    let mut process = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|_| panic!("{name} is missing: run ./x setup, or ./x campaign browsers for other browsers than Chromium"));
    let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
    while let Some(line) = lines.next_line().await.expect("what it says") {
        if let Some(found) = look(&line) {
            // It must never block on a full pipe.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some((process, found));
        }
    }
    None
}
