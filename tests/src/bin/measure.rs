//! What a page weighs and how soon it can be used, in a real browser: `./x measure`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{browser::TestBrowser, portal::TestPortal};

const RUNS: usize = 5;

#[tokio::main]
async fn main() {
    let portal = TestPortal::start().await;
    weigh(&portal).await;
    for slowdown in [1, 4] {
        time(&portal, slowdown).await;
    }
}

/// Everything that goes over the line until one message is sent and one reply is shown, as encoded there.
async fn weigh(portal: &TestPortal) {
    let browser = TestBrowser::start().await;
    browser.goto(&format!("{}/embed/demo", portal.base_url())).await;
    browser.write("Your name", "Ada").await;
    browser.press("Start chat").await;
    browser.write("Message", "Hello\n").await;
    browser.sees_message("Sent").await;
    let room = portal.webex().room_titled("Ada").expect("the space");
    portal.webex().reply_as_staff(tests::portal::GRACE, &room.id, "Hello Ada").expect("a reply");
    browser.sees_message("Hello Ada").await;
    // Bodies as they came, compressed; a stream that has not ended has no size yet and is counted by its text.
    let script = "const nav = performance.getEntriesByType('navigation')[0]; \
        return [[nav.name, nav.encodedBodySize, nav.transferSize], ...performance.getEntriesByType('resource').map(e => [e.name, e.encodedBodySize, e.transferSize])]";
    let mut files: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
    for entry in browser.script(script).await.as_array().into_iter().flatten() {
        let name = entry[0].as_str().unwrap_or_default().replace(&portal.base_url(), "");
        // Ids make no difference to what it is.
        let name = if name.starts_with("/api/rooms/") { "/api/rooms/…/messages".into() } else { name };
        let file = files.entry(name).or_default();
        *file = (file.0 + 1, file.1 + entry[1].as_u64().unwrap_or(0), file.2 + entry[2].as_u64().unwrap_or(0));
    }
    println!("{:<58} {:>5} {:>9} {:>12}", "bytes until one message is sent and one reply shown", "times", "body", "with headers");
    for (name, (times, body, transfer)) in &files {
        println!("{name:<58} {times:>5} {body:>9} {transfer:>12}");
    }
    let total = files.values().fold((0, 0), |sum, file| (sum.0 + file.1, sum.1 + file.2));
    println!("{:<58} {:>5} {:>9} {:>12}\n", "all", "", total.0, total.1);
    browser.close().await;
}

/// Milliseconds from navigation to static paint and to a composer that can be written in, on a 412 x 732 screen with an empty cache.
async fn time(portal: &TestPortal, slowdown: u32) {
    let (mut paints, mut composers, mut blocked, mut heaps) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let browser = TestBrowser::start().await;
        // A guest who was here before lands in the conversation itself.
        browser.goto(&format!("{}/embed/demo", portal.base_url())).await;
        browser.write("Your name", "Ada").await;
        browser.press("Start chat").await;
        browser.text_box("Message").await;
        browser.goto("about:blank").await;
        browser
            .devtools("Emulation.setDeviceMetricsOverride", json!({ "width": 412, "height": 732, "deviceScaleFactor": 1, "mobile": true }))
            .await;
        browser.devtools("Network.enable", json!({})).await;
        browser.devtools("Network.clearBrowserCache", json!({})).await;
        browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": slowdown })).await;
        let watch = "window.__blocked = 0; new PerformanceObserver(l => l.getEntries().forEach(e => window.__blocked += Math.max(0, e.duration - 50)))\
            .observe({ type: 'longtask', buffered: true }); \
            const look = () => { const box = document.querySelector('textarea[aria-label=Message]'); \
            if (box && !box.disabled) window.__usable = performance.now(); else requestAnimationFrame(look) }; requestAnimationFrame(look)";
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": watch })).await;
        browser.goto(&format!("{}/embed/demo", portal.base_url())).await;
        let figures = browser
            .until(async || {
                let script = "const paint = performance.getEntriesByName('first-contentful-paint')[0]; \
                    return window.__usable && paint ? [paint.startTime, window.__usable, window.__blocked] : null";
                browser.script(script).await.as_array().cloned()
            })
            .await
            .expect("a composer");
        let figure = |index: usize| figures.get(index).and_then(Value::as_f64).unwrap_or(f64::NAN);
        paints.push(figure(0));
        composers.push(figure(1));
        blocked.push(figure(2));
        let heap = browser.devtools("Runtime.getHeapUsage", json!({})).await;
        heaps.push((heap["usedSize"].as_f64().unwrap_or(f64::NAN) + heap["backingStorageSize"].as_f64().unwrap_or(0.0)) / 1e6);
        browser.close().await;
    }
    println!(
        "{slowdown}x CPU, median of {RUNS}: static paint {:.0} ms, usable composer {:.0} ms, blocked {:.0} ms, JS heap and buffers {:.1} MB",
        median(&mut paints),
        median(&mut composers),
        median(&mut blocked),
        median(&mut heaps),
    );
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
