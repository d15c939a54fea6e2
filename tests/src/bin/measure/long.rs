//! A conversation of 10,000 messages: how many elements there are, what a step of scrolling costs, and whether what is read
//! stays where it is.

use serde_json::{Value, json};
use tests::{
    browser::{Screen, TestBrowser},
    portal::{GRACE, TestPortal},
};

use crate::speed::heap_megabytes;

const MESSAGES: usize = 10_000;
const BURST: usize = 200;
const STEPS: usize = 400;

/// Where the first row in view stands, and which it is.
const ANCHOR: &str = "const log = document.getElementById('timeline'), top = log.getBoundingClientRect().top; \
    const row = [...document.querySelectorAll('.timeline__row')].find(row => row.getBoundingClientRect().bottom > top + 40); \
    return [row.id, row.querySelector('.timeline__said').getBoundingClientRect().bottom]";

/// Prints the figures.
pub(crate) async fn measure(portal: &TestPortal) {
    let browser = TestBrowser::start().await;
    browser.set_screen(Screen::WIDGET).await;
    browser.goto(&format!("{}/s/demo", portal.base_url())).await;
    browser.write("Your name", "Long").await;
    browser.press("Start chat").await;
    browser.write("Message", "The first one\n").await;
    browser.sees_message("Sent").await;
    let room = portal.webex().room_titled("Long").expect("the space").id;
    for number in 0..MESSAGES {
        let more = "And on it goes. ".repeat(number * 7 % 11);
        portal.webex().reply_as_staff(GRACE, &room, &format!("Note {number}. {more}")).expect("a message");
    }
    // So much at once is more than the portal lists: the first page that is opened then begins anew once its stream is there.
    for _ in 0..2 {
        browser.reload().await;
        browser.sees_message(&format!("Note {}.", MESSAGES - 1)).await;
    }

    let (mut elements, mut moved, mut pages) = (0_u64, 0.0_f64, 0);
    loop {
        let height = "return document.getElementById('timeline').scrollHeight";
        let before = browser.script(height).await;
        browser.script("document.getElementById('timeline').scrollTop = 30").await;
        let anchor = browser.script(ANCHOR).await;
        let has_come = async || {
            let is_all = browser.messages().await.contains("beginning of the conversation");
            (is_all || browser.script(height).await.as_f64() > before.as_f64().map(|before| before + 500.0)).then_some(is_all)
        };
        let is_all = browser.until(has_come).await.expect("older messages come");
        moved = moved.max(shift(&browser, &anchor).await.unwrap_or_default());
        elements = elements.max(browser.script("return document.querySelectorAll('*').length").await.as_u64().unwrap_or(u64::MAX));
        pages += 1;
        if is_all {
            break;
        }
    }
    println!("{MESSAGES} messages in {pages} pages: at most {elements} elements; what was read moved by at most {moved:.1} px");

    browser.devtools("Performance.enable", json!({})).await;
    let mut scripts = Vec::new();
    for step in 0..STEPS {
        // Through all of it, by about a window at a time, and in leaps.
        let by = if step % 8 == 7 { 40_000 } else { 400 };
        let before = script_millis(&browser).await;
        let scroll = format!(
            "const [done] = arguments; document.getElementById('timeline').scrollTop += {by}; \
             requestAnimationFrame(() => requestAnimationFrame(() => done(1)))"
        );
        browser.client().execute_async(&scroll, Vec::new()).await.expect("a step");
        scripts.push(script_millis(&browser).await - before);
    }
    scripts.sort_by(f64::total_cmp);
    let at = |percent: usize| scripts.get(scripts.len() * percent / 100).copied().unwrap_or(f64::NAN);
    println!("{STEPS} steps of scrolling: script p50 {:.1} ms, p95 {:.1} ms, highest {:.1} ms", at(50), at(95), at(100 - 1));

    // Somebody reads further up while a message comes, and then two hundred.
    let half_way = "const [done] = arguments, log = document.getElementById('timeline'); log.scrollTop = log.scrollHeight / 2; \
        setTimeout(() => requestAnimationFrame(() => done(1)), 500)";
    browser.client().execute_async(half_way, Vec::new()).await.expect("half the way up");
    for count in [1, BURST] {
        let anchor = browser.script(ANCHOR).await;
        for number in 0..count {
            portal.webex().reply_as_staff(GRACE, &room, &format!("News {count}.{number}")).expect("a message");
        }
        let counted = async || {
            browser
                .script("return document.querySelector('.timeline__jump')?.innerText ?? ''")
                .await
                .as_str()
                .map(|text| text.contains(&(count + usize::from(count > 1)).to_string()))
                .filter(|is_so| *is_so)
        };
        browser.until(counted).await.expect("what is new is counted");
        println!("{count} new: what was read moved by {:.1} px", shift(&browser, &anchor).await.unwrap_or(f64::NAN));
    }
    let heap = browser.devtools("Runtime.getHeapUsage", json!({})).await;
    println!("heap, buffers and the program's memory: {:.1} MB", heap_megabytes(&heap));
    browser.close().await;
}

/// How far a row has moved, if it is still drawn.
async fn shift(browser: &TestBrowser, anchor: &Value) -> Option<f64> {
    let id = anchor[0].as_str()?;
    let place = format!("return document.getElementById({})?.querySelector('.timeline__said').getBoundingClientRect().bottom", json!(id));
    Some((browser.script(&place).await.as_f64()? - anchor[1].as_f64()?).abs())
}

/// How long the page's scripts have run until now.
async fn script_millis(browser: &TestBrowser) -> f64 {
    let metrics = browser.devtools("Performance.getMetrics", json!({})).await;
    let find = |name: &str| metrics["metrics"].as_array()?.iter().find(|metric| metric["name"] == name)?["value"].as_f64();
    find("ScriptDuration").unwrap_or(f64::NAN) * 1000.0
}
