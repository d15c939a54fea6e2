//! The main job by keyboard alone, and what a screen reader is told on the way.

use serde_json::json;
use tests::{browser::TestBrowser, portal::GRACE};

use crate::world::World;

const TAB: &str = "\u{e004}";
const SHIFT_TAB: &str = "\u{e008}\u{e004}\u{e008}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const DOWN: &str = "\u{e015}";

/// What has the focus, by its name, and whether it can be seen that it has.
const FOCUSED: &str = "const e = document.activeElement; \
    const label = e.labels?.[0]?.innerText; \
    const name = (e.ariaLabel ?? label ?? (e === document.body ? 'body' : e.innerText)).trim(); \
    const ringed = e.id === 'message' ? e.closest('.composer__box') : e; \
    const style = getComputedStyle(ringed); \
    return [name, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2]";

const SITES: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.meetings]
"#;

async fn press(browser: &TestBrowser, keys: &str) {
    let active = browser.client().active_element().await.expect("something has the focus");
    active.send_keys(keys).await.expect("keys are pressed");
}

async fn focused(browser: &TestBrowser) -> (String, bool) {
    serde_json::from_value(browser.script(FOCUSED).await).expect("a name")
}

/// Presses a key until something of this name has the focus; whatever has it on the way must show it.
async fn go(browser: &TestBrowser, key: &str, name: &str) {
    let mut passed = Vec::new();
    for _ in 0..40 {
        press(browser, key).await;
        let (now, is_seen) = focused(browser).await;
        assert!(is_seen || now == "body", "{now:?} has the focus and does not show it");
        if now == name {
            return;
        }
        passed.push(now);
    }
    panic!("{name:?} cannot be reached; on the way were {passed:?}");
}

/// Waits until something of this name has the focus.
async fn has_focus(browser: &TestBrowser, name: &str) {
    let has = browser.until(async || (focused(browser).await.0 == name).then_some(())).await;
    if has.is_none() {
        panic!("{:?} has the focus, not {name:?}", focused(browser).await.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_can_be_done_by_keyboard_alone() {
    let world = World::start_with_sites(SITES).await;
    let guest = &world.guest;
    guest.goto(&world.page()).await;
    guest.button("Start chat").await;
    // This browser has no mouse: with one, the first box has the focus already.
    go(guest, TAB, "Your name").await;
    press(guest, ENTER).await;
    guest.sees("Please enter your name.").await;
    has_focus(guest, "Your name").await;
    press(guest, "Ada").await;
    go(guest, TAB, "Start chat").await;
    press(guest, ENTER).await;

    guest.text_box("Message").await;
    go(guest, TAB, "Message").await;
    press(guest, &format!("My parcel is lost{ENTER}")).await;
    world.webex_has("Ada", "My parcel is lost").await;
    world.staff_reply("Ada", "Which one?");
    guest.sees_message("Which one?").await;

    // Everything that can be done is on the way, once around.
    let mut stops = Vec::new();
    while stops.last().is_none_or(|last: &String| last != "Message") && stops.len() < 40 {
        press(guest, TAB).await;
        let (name, is_seen) = focused(guest).await;
        assert!(is_seen || name == "body", "{name:?} has the focus and does not show it");
        stops.push(name);
    }
    for name in ["Join meeting", "More", "Leave chat", "Messages", "Attach a file", "Emoji"] {
        assert!(stops.iter().any(|stop| stop == name), "{name:?} is not among {stops:?}");
    }

    // The menu: arrows within, Escape out.
    go(guest, SHIFT_TAB, "Leave chat").await;
    go(guest, SHIFT_TAB, "More").await;
    press(guest, ENTER).await;
    has_focus(guest, "Search in this conversation").await;
    press(guest, DOWN).await;
    has_focus(guest, "Save as text").await;
    press(guest, ESCAPE).await;
    has_focus(guest, "More").await;

    // A message's own tools, and its thread.
    go(guest, TAB, "Messages").await;
    go(guest, TAB, "More").await;
    press(guest, ENTER).await;
    has_focus(guest, "Reply").await;
    press(guest, ENTER).await;
    has_focus(guest, "Message").await;
    guest.sees("Thread").await;
    press(guest, &format!("The red one{ENTER}")).await;
    world.webex_has("Ada", "The red one").await;
    press(guest, ESCAPE).await;
    guest.sees_message("Which one?").await;
    has_focus(guest, "Message").await;

    // Emoji and mentioning.
    press(guest, "@gr").await;
    guest.sees("Grace Hopper").await;
    let is_offered = "return document.getElementById('message').getAttribute('aria-activedescendant')";
    assert_eq!(guest.script(is_offered).await, json!("mentions-0"));
    press(guest, ENTER).await;
    go(guest, TAB, "Emoji").await;
    press(guest, ENTER).await;
    go(guest, SHIFT_TAB, "😀").await;
    press(guest, "\u{e014}").await;
    has_focus(guest, "😃").await;
    press(guest, ENTER).await;
    press(guest, ESCAPE).await;
    has_focus(guest, "Message").await;
    assert_eq!(guest.script("return document.getElementById('message').value").await, json!("@Grace Hopper 😃"));
    press(guest, ENTER).await;
    world.webex_has("Ada", "Grace Hopper 😃").await;

    // Meeting.
    go(guest, SHIFT_TAB, "Join meeting").await;
    press(guest, ENTER).await;
    guest.sees("You are next.").await;
    let host = world.asked(GRACE, 1).await;
    go(&host.browser, TAB, "Take this visit").await;
    press(&host.browser, ENTER).await;
    host.browser.button("Start meeting").await;
    guest.link("Join now").await;
    go(guest, TAB, "Join now").await;
    press(guest, ENTER).await;
    guest.button("Leave meeting").await;
    host.browser.close().await;

    // And out.
    go(guest, SHIFT_TAB, "Leave chat").await;
    press(guest, ENTER).await;
    guest.button("Leave").await;
    for _ in 0..4 {
        press(guest, TAB).await;
        let inside = guest.script("const e = document.activeElement; return e === document.body || !!e.closest('dialog')").await;
        assert_eq!(inside, json!(true), "the focus stays in the dialog");
    }
    go(guest, TAB, "Leave").await;
    press(guest, ENTER).await;
    guest.sees("You left the chat.").await;
    go(guest, TAB, "Your name").await;
    world.end().await;
}

/// Notes what appears in live regions, in order: those that are there, and those that come with something in them.
const LISTEN: &str = "window.said = []; \
    const live = e => e.closest?.('[aria-live=polite], [role=status], [role=alert]'); \
    const say = node => { \
        const region = live(node.nodeType === 1 ? node : node.parentElement); \
        const text = (node.innerText ?? node.textContent ?? '').trim(); \
        if (region && text) window.said.push((region.role === 'alert' ? 'at once: ' : '') + text.replace(/\\s+/g, ' ')); }; \
    new MutationObserver(changes => changes.forEach(change => { \
        change.addedNodes.forEach(say); \
        if (change.type === 'characterData') say(change.target); \
    })).observe(document.body, { childList: true, characterData: true, subtree: true });";

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_reader_hears_what_happens_and_not_what_it_did_itself() {
    let world = World::start_with_sites(SITES).await;
    let guest = &world.guest;
    guest.goto(&world.page()).await;
    guest.button("Start chat").await;
    guest.script(LISTEN).await;
    let hears = async |sentence: &str| {
        let heard = async || {
            let said: Vec<String> = serde_json::from_value(guest.script("return window.said").await).ok()?;
            said.iter().any(|said| said.starts_with(sentence)).then_some(())
        };
        if guest.until(heard).await.is_none() {
            panic!("{sentence:?} is not said, but {}", guest.script("return window.said").await);
        }
    };
    guest.press("Start chat").await;
    hears("at once: Please enter your name.").await;
    guest.write("Your name", "Ada").await;
    guest.press("Start chat").await;
    guest.text_box("Message").await;
    world.say("My parcel is lost").await;
    world.webex_has("Ada", "My parcel is lost").await;
    world.staff_reply("Ada", "Which one?");
    hears("Grace Hopper: Which one?").await;

    guest.press("Join meeting").await;
    hears("We are asking somebody to join you.").await;
    let host = world.asked(GRACE, 1).await;
    host.browser.press("Take this visit").await;
    hears("Grace Hopper is waiting for you.").await;
    host.browser.close().await;

    guest.set_offline(true).await;
    hears("You are offline. Messages are kept and sent when you are back.").await;
    guest.set_offline(false).await;
    guest.sees_no_longer("You are offline").await;
    world.portal.webex().add_fault(sandbox::Fault::answer("POST", "/v1/messages", 400)).unwrap();
    world.say("And this one?").await;
    guest.button("Try again").await;
    hears("Not sent. ").await;

    let said: Vec<String> = serde_json::from_value(guest.script("return window.said").await).unwrap();
    assert!(!said.iter().any(|said| said.contains("My parcel is lost")), "what the guest wrote is not read out to them: {said:?}");
    assert_eq!(said.iter().filter(|said| said.contains("Which one?")).count(), 1, "once: {said:?}");
    world.end().await;
}
