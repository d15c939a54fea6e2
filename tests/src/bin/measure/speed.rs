//! How soon a page can be used on a slow machine and on a slow line, beside the lightest chat window of others.

use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};
use serde_json::{Value, json};
use tests::{browser::TestBrowser, portal::TestPortal};

const RUNS: usize = 5;

/// Notes when there is a box one can write in, when the program behind it is there, and how long the page is deaf meanwhile.
const WATCH: &str = "window.blocked = 0; \
    new PerformanceObserver(list => list.getEntries().forEach(task => window.blocked += Math.max(0, task.duration - 50))) \
        .observe({ type: 'longtask', buffered: true }); \
    const other = () => document.querySelector('deep-chat')?.shadowRoot?.querySelector('#text-input'); \
    const find = () => document.querySelector('textarea[aria-label=Message]') ?? other(); \
    const look = () => { \
        if (!window.usable && find()) window.usable = performance.now(); \
        if (document.querySelector('textarea[aria-autocomplete]') ?? other()) window.whole = performance.now(); \
        else requestAnimationFrame(look) }; \
    requestAnimationFrame(look)";

/// Once the program has been there for a while: what it does at its beginning is part of it.
const FIGURES: &str = "const paint = performance.getEntriesByName('first-contentful-paint')[0]; \
    return paint && window.whole < performance.now() - 1500 ? [paint.startTime, window.usable, window.whole, window.blocked] : null";

/// A machine and a line.
struct Setting {
    name: &'static str,
    slowdown: u32,
    /// Bytes a second and milliseconds there and back; as good as it is if absent.
    line: Option<(u32, u32)>,
}

const SETTINGS: [Setting; 3] = [
    Setting { name: "this machine", slowdown: 1, line: None },
    Setting { name: "4x slower", slowdown: 4, line: None },
    Setting { name: "4x slower, 1.6 Mbit/s, 150 ms", slowdown: 4, line: Some((200_000, 150)) },
];

/// Prints medians and spreads.
pub(crate) async fn measure(portal: &TestPortal) {
    let other = serve_other().await;
    println!(
        "median of {RUNS} (lowest to highest)\n{:<32} {:<10} {:>22} {:>24} {:>20} {:>16}",
        "", "", "static paint", "usable", "blocked", "heap"
    );
    for setting in &SETTINGS {
        let mut usable = Vec::new();
        for (name, address) in [("portal", format!("{}/embed/demo", portal.base_url())), ("deep-chat", other.clone())] {
            let mut columns: [Vec<f64>; 5] = Default::default();
            for _ in 0..RUNS {
                let figures = once(&address, name == "portal", setting).await;
                columns.iter_mut().zip(figures).for_each(|(column, figure)| column.push(figure));
            }
            let [paint, usable_at, whole, blocked, heap] = columns.map(Spread::of);
            println!(
                "{:<32} {name:<10} {:>22} {:>22} {:>24} {:>20} {:>16}",
                setting.name,
                paint.text(0, "ms"),
                usable_at.text(0, "ms"),
                whole.text(0, "ms"),
                blocked.text(0, "ms"),
                heap.text(1, "MB")
            );
            usable.push(usable_at.median);
        }
        if let [portal, other] = usable[..] {
            println!("{:<32} usable after {:.2} times as long as deep-chat", setting.name, portal / other);
        }
    }
}

/// Static paint, usable, the program there, and blocked in milliseconds, heap and buffers in megabytes; with nothing in the browser's cache.
async fn once(address: &str, is_portal: bool, setting: &Setting) -> [f64; 5] {
    let browser = TestBrowser::start().await;
    browser.goto(address).await;
    if is_portal {
        // A guest who was here before lands in the conversation itself.
        browser.write("Your name", "Ada").await;
        browser.press("Start chat").await;
        browser.text_box("Message").await;
    }
    browser.goto("about:blank").await;
    let screen = json!({ "width": 412, "height": 732, "deviceScaleFactor": 1, "mobile": true });
    browser.devtools("Emulation.setDeviceMetricsOverride", screen).await;
    browser.devtools("Network.enable", json!({})).await;
    browser.devtools("Network.clearBrowserCache", json!({})).await;
    if let Some((bytes, latency)) = setting.line {
        let line = json!({ "offline": false, "latency": latency, "downloadThroughput": bytes, "uploadThroughput": bytes });
        browser.devtools("Network.emulateNetworkConditions", line).await;
    }
    browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": setting.slowdown })).await;
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await;
    browser.goto(address).await;
    let figures = browser.until(async || browser.script(FIGURES).await.as_array().cloned()).await.expect("a box to write in");
    let heap = browser.devtools("Runtime.getHeapUsage", json!({})).await;
    browser.close().await;
    let figure = |index: usize| figures.get(index).and_then(Value::as_f64).unwrap_or(f64::NAN);
    [figure(0), figure(1), figure(2), figure(3), heap_megabytes(&heap)]
}

/// Objects, and buffers with the program's own memory among them.
pub(crate) fn heap_megabytes(heap: &Value) -> f64 {
    (heap["usedSize"].as_f64().unwrap_or(f64::NAN) + heap["backingStorageSize"].as_f64().unwrap_or(0.0)) / 1e6
}

/// npm's deep-chat on a page of its own, compressed as well as the portal is.
async fn serve_other() -> String {
    let path = std::env::var("GUEST_PORTAL_DEEP_CHAT").expect("GUEST_PORTAL_DEEP_CHAT is where deep-chat lies: `./x measure` sets it");
    let program = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let headers = [(header::CONTENT_TYPE, "text/javascript"), (header::CONTENT_ENCODING, "br")];
    let page = "<!doctype html><html lang=\"en\"><meta name=\"viewport\" content=\"width=device-width\"><title>deep-chat</title>\
        <script type=\"module\" src=\"/deep-chat.js\"></script><h1>Chat</h1><deep-chat></deep-chat></html>";
    let routes = Router::new()
        .route("/", get(move || async move { Html(page) }))
        .route("/deep-chat.js", get(move || async move { (headers, program).into_response() }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// A median with the lowest and the highest.
struct Spread {
    lowest: f64,
    median: f64,
    highest: f64,
}

impl Spread {
    fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        let at = |place: usize| figures.get(place).copied().unwrap_or(f64::NAN);
        Self { lowest: at(0), median: at(figures.len() / 2), highest: at(figures.len().saturating_sub(1)) }
    }

    fn text(&self, digits: usize, unit: &str) -> String {
        format!("{:.digits$} ({:.digits$}-{:.digits$}) {unit}", self.median, self.lowest, self.highest)
    }
}
