//! What makes a conversation comfortable: threads, searching, something to keep, one's own language, and a log of any length.

use serde_json::{Value, json};

use crate::world::World;

const GRACE: &str = "grace@sandbox.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_opens_a_thread_and_answers_in_it() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("My parcel is lost").await;
    world.webex_has("Ada", "My parcel is lost").await;
    let asked = world.portal.webex().messages_titled("Ada").into_iter().find(|message| message.text == "My parcel is lost").unwrap();
    world.portal.webex().reply_in_thread_as_staff(GRACE, &asked.id, "Which one?").unwrap();
    world.staff_reply("Ada", "Good morning, by the way");
    world.guest.sees_message("by the way").await;

    world.guest.press("1 reply").await;
    world.guest.sees_message("Which one?").await;
    assert_eq!(world.times_shown("by the way").await, 0, "it is not part of the thread");
    world.say("The red one").await;
    world.webex_has("Ada", "The red one").await;
    let sent = world.portal.webex().messages_titled("Ada").into_iter().find(|message| message.text == "The red one").unwrap();
    assert_eq!(sent.parent_id, Some(asked.id));
    world.guest.write("Message", "a draft for the thread").await;

    world.guest.write("Message", "\u{e00c}").await;
    world.guest.sees_message("by the way").await;
    world.guest.button("2 replies").await;
    let draft = "return document.getElementById('message').value";
    assert_eq!(world.guest.script(draft).await, json!(""), "the draft stays in its thread");

    // The keyboard alone gets there, too.
    world.guest.act_on_message("by the way", "Reply").await;
    world.say("Good morning").await;
    world.webex_has("Ada", "Good morning").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_finds_what_was_said_long_ago_and_keeps_all_of_it() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("The code is Übermut-77").await;
    world.webex_has("Ada", "bermut-77").await;
    let room = world.portal.webex().room_titled("Ada").unwrap().id;
    for number in 0..130 {
        world.portal.webex().reply_as_staff(GRACE, &room, &format!("Note number {number}.")).unwrap();
    }
    world.guest.reload().await;
    world.guest.sees_message("Note number 129.").await;

    world.guest.press("More").await;
    world.guest.press("Search in this conversation").await;
    world.guest.write("Search in this conversation", "ubermut").await;
    world.guest.sees("1 of 1").await;
    world.guest.sees_message("The code is Übermut-77").await;
    let in_view = "const row = [...document.querySelectorAll('.timeline__row')].find(row => row.innerText.includes('bermut-77')).getBoundingClientRect(); \
        const log = document.getElementById('timeline').getBoundingClientRect(); return row.top >= log.top && row.bottom <= log.bottom";
    assert!(world.guest.until(async || (world.guest.script(in_view).await == json!(true)).then_some(())).await.is_some(), "it is in view");
    world.guest.write("Search in this conversation", "nowhere").await;
    world.guest.sees("Nothing found").await;
    world.guest.press("Close").await;

    world
        .guest
        .script("const make = URL.createObjectURL.bind(URL); URL.createObjectURL = blob => { blob.text().then(text => { window.kept = text }); return make(blob) }; return 1")
        .await;
    for (item, begins) in [("Save as text", "Conversation with Acme support\n"), ("Save as a web page", "<!DOCTYPE html>")] {
        world.guest.script("window.kept = ''; return 1").await;
        world.guest.press("More").await;
        world.guest.press(item).await;
        let kept = world
            .guest
            .until(async || world.guest.script("return window.kept").await.as_str().filter(|kept| !kept.is_empty()).map(str::to_owned));
        let kept = kept.await.expect("something is kept");
        assert!(kept.starts_with(begins), "{kept}");
        assert!((0..130).all(|number| kept.contains(&format!("Note number {number}."))) && kept.contains("Übermut-77"), "all of it");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_speaks_twelve_languages() {
    let world = World::start().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../frontend/words");
    for (lang, dir) in [
        ("de", "ltr"),
        ("en", "ltr"),
        ("fr", "ltr"),
        ("es", "ltr"),
        ("pt", "ltr"),
        ("it", "ltr"),
        ("nl", "ltr"),
        ("pl", "ltr"),
        ("ja", "ltr"),
        ("zh", "ltr"),
        ("ar", "rtl"),
        ("he", "rtl"),
    ] {
        let words = std::fs::read_to_string(folder.join(format!("{lang}.properties"))).unwrap();
        let start = words.lines().find_map(|line| line.strip_prefix("start_chat = ")).unwrap().to_owned();
        world.guest.goto(&format!("{}?lang={lang}", world.page())).await;
        world.guest.button(&start).await;
        let root = world.guest.script("return [document.documentElement.lang, document.documentElement.dir]").await;
        assert_eq!(root, json!([lang, dir]));
        let script = "return performance.getEntriesByType('resource').filter(e => e.name.includes('/words/')).map(e => e.encodedBodySize)";
        // The browser notes what it fetched a moment after the page has it.
        let noted = async || {
            let sizes: Vec<u64> = serde_json::from_value(world.guest.script(script).await).ok()?;
            (sizes.len() == usize::from(lang != "en")).then_some(sizes)
        };
        let sizes = world.guest.until(noted).await.expect("only what is spoken is fetched");
        assert!(sizes.iter().all(|bytes| (1..=4_000).contains(bytes)), "{lang}: {sizes:?} bytes");
    }
    world.end().await;
}

/// Scrolls to the top once; how far the words in view have moved by the time older ones stand above them (their author's name
/// may go: they are one group then), how many elements there are, and whether the beginning is there.
const UP: &str = "const [done] = arguments; const log = document.getElementById('timeline'); \
    const before = log.scrollHeight; log.scrollTop = 0; \
    requestAnimationFrame(() => requestAnimationFrame(() => { \
        const top = log.getBoundingClientRect().top; \
        const row = [...document.querySelectorAll('.timeline__row')].find(row => row.getBoundingClientRect().bottom > top); \
        const place = id => document.getElementById(id)?.querySelector('.timeline__bubble').getBoundingClientRect().top; \
        const id = row?.id, was = place(id), began = performance.now(); \
        const look = () => { \
            const elements = document.querySelectorAll('*').length; \
            const is_first = log.innerText.includes('beginning of the conversation'); \
            if (!is_first && log.scrollHeight <= before + 100 && performance.now() - began < 3000) return requestAnimationFrame(look); \
            requestAnimationFrame(() => { const now = place(id); \
                done([now === undefined ? null : Math.abs(now - was), elements, is_first]) }) }; \
        look() }))";

#[tokio::test(flavor = "multi_thread")]
async fn a_long_log_is_drawn_only_near_the_window_and_never_jumps() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("The first one").await;
    world.webex_has("Ada", "The first one").await;
    let room = world.portal.webex().room_titled("Ada").unwrap().id;
    for number in 0..600 {
        let text = if number % 7 == 0 {
            format!("Note {number}, which is a good deal longer than the others. {}", "And on it goes. ".repeat(6))
        } else {
            format!("Note {number}.")
        };
        world.portal.webex().reply_as_staff(GRACE, &room, &text).unwrap();
    }
    world.guest.reload().await;
    world.guest.sees_message("Note 599.").await;
    let (mut most, mut steps) = (0, 0);
    loop {
        let told = world.guest.client().execute_async(UP, Vec::new()).await.unwrap();
        let Value::Array(told) = told else { panic!("{told}") };
        if let Some(moved) = told[0].as_f64() {
            assert!(moved <= 2.0, "the words in view moved by {moved} px when older ones came");
        }
        most = most.max(told[1].as_u64().unwrap());
        steps += 1;
        if told[2] == json!(true) {
            break;
        }
        assert!(steps < 60, "the beginning does not come");
    }
    assert!(steps > 3, "it came by pages");
    assert!(most <= 400, "{most} elements");
    // Many may come at once: each is counted.
    for number in 0..30 {
        world.portal.webex().reply_as_staff(GRACE, &room, &format!("News {number}.")).unwrap();
    }
    world.guest.button("30 new messages").await;
    world.guest.press("30 new messages").await;
    world.guest.sees_message("News 29.").await;
    world.end().await;
}
