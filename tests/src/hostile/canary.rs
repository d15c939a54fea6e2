//! A page that is watched: for scripts of others that run, requests to others, and whatever else is not its own doing.

use std::{
    fmt::{self, Display, Formatter},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

use super::SCRIPT;
use crate::browser::TestBrowser;

/// What is set in a document that is watched: another document has it no more. Notes what is drawn, too.
const WATCH: &str = r"
    window.__executed = 0;
    window.__is_watched = true;
    window.__drawn = new Set();
    new MutationObserver(changes => {
        for (const change of changes) for (const node of change.addedNodes)
            for (const found of (node.textContent || '').matchAll(/vector-(\d+)\./g)) window.__drawn.add(Number(found[1]));
    }).observe(document, { childList: true, subtree: true });
";

/// Elements that only somebody else can have brought into the log, and handlers and addresses that nobody may bring.
const STRANGE: &str = r"
    const log = [...document.querySelectorAll('[role=log], [role=log] *')];
    const names = 'script iframe frame object embed applet link style base meta form template math video audio marquee noscript xmp';
    return log.filter(e => names.split(' ').includes(e.localName)
        || [...e.attributes].some(a => /^on/i.test(a.name) || a.name === 'srcdoc' || a.name === 'formaction')
        || (e.localName === 'a' && e.hasAttribute('href') && !/^(https?:|mailto:|blob:)/.test(e.href))
        || (e.localName === 'img' && !/^(blob:|$)/.test(e.getAttribute('src') || ''))).map(e => e.outerHTML.slice(0, 200));
";

/// What somebody who comes near does to every element of the log.
const COME_NEAR: &str = r"
    for (const element of document.querySelectorAll('[role=log] *'))
        for (const name of ['mouseover', 'mouseenter', 'pointerenter', 'focus', 'load', 'error', 'toggle', 'animationstart', 'wheel'])
            element.dispatchEvent(new Event(name));
";

/// What was seen, each a mishap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sightings {
    /// How often a vector's script ran.
    pub executions: u64,
    /// Dialogs that stood open.
    pub dialogs: usize,
    /// What the listener was asked, or that somebody connected and said nothing.
    pub requests: Vec<String>,
    /// Breaches of the page's policy.
    pub violations: Vec<String>,
    /// The document that was watched is gone, or there is a further tab.
    pub navigations: usize,
    /// Elements, handlers and addresses that have no business in the log.
    pub strange: Vec<String>,
}

impl Sightings {
    /// Whether there were none.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

impl Display for Sightings {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { executions, dialogs, requests, violations, navigations, strange } = self;
        write!(
            formatter,
            "{executions} executions, {dialogs} dialogs, {} requests, {} breaches of policy, {navigations} navigations, {} strange elements",
            requests.len(),
            violations.len(),
            strange.len()
        )
    }
}

/// Watches. Its listener ends with the value.
pub struct Canary {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    task: AbortHandle,
}

impl Canary {
    /// With a listener of its own.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let hears = heard.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, hears.clone()));
            }
        });
        Self { address, heard, task: task.abort_handle() }
    }

    /// What vectors name.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Watches the document that the browser shows from now on.
    pub async fn watch(&self, browser: &TestBrowser) {
        browser.script(WATCH).await;
    }

    /// Which vectors were drawn since, by their numbers.
    pub async fn drawn(&self, browser: &TestBrowser) -> Vec<u64> {
        let drawn = browser.script("return [...window.__drawn ?? []]").await;
        drawn.as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
    }

    /// Comes near every element.
    pub async fn come_near(&self, browser: &TestBrowser) {
        browser.script(COME_NEAR).await;
    }

    /// What was seen so far.
    pub async fn look(&self, browser: &TestBrowser) -> Sightings {
        let mut dialogs = 0;
        while browser.client().get_alert_text().await.is_ok() {
            dialogs += 1;
            let _ = browser.client().dismiss_alert().await;
        }
        let is_watched = browser.script("return window.__is_watched === true").await == true;
        let tabs = browser.client().windows().await.expect("the tabs").len();
        let strange = browser.script(STRANGE).await;
        let requests = self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Sightings {
            executions: browser.script("return window.__executed ?? 0").await.as_u64().unwrap_or(0),
            dialogs,
            requests,
            violations: browser.violations().await,
            navigations: usize::from(!is_watched) + tabs.saturating_sub(1),
            strange: strange.as_array().into_iter().flatten().map(ToString::to_string).collect(),
        }
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Notes what is asked, and answers with a script, whatever it was.
async fn answer(mut stream: TcpStream, heard: Arc<Mutex<Vec<String>>>) {
    let mut bytes = [0; 2048];
    let count = stream.read(&mut bytes).await.unwrap_or(0);
    let asked = String::from_utf8_lossy(&bytes[..count]).lines().next().unwrap_or("a connection without a request").to_owned();
    heard.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/javascript\r\naccess-control-allow-origin: *\r\nconnection: close\r\n";
    let _ = stream.write_all(format!("{head}content-length: {}\r\n\r\n{SCRIPT}", SCRIPT.len()).as_bytes()).await;
}
