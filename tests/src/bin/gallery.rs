//! Pictures of what a guest sees, in every size and both themes: `./x gallery FOLDER`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use sandbox::Fault;
use tests::{
    browser::{Screen, TestBrowser},
    portal::{GRACE, TestPortal},
    recorder::Recorder,
};

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/gallery".into()));
    std::fs::create_dir_all(&folder).expect("the folder");
    let mut portal = TestPortal::start().await;
    let recorder = Recorder::start(portal.address()).await;
    let browser = TestBrowser::start().await;
    let page = format!("{}/s/demo", recorder.base_url());

    browser.goto(&page).await;
    browser.text_box("Your name").await;
    shoot(&browser, &folder, "sign-in").await;
    browser.press("Start chat").await;
    shoot(&browser, &folder, "sign-in-error").await;
    browser.write("Your name", "Ada Lovelace").await;
    browser.press("Start chat").await;
    browser.text_box("Message").await;
    shoot(&browser, &folder, "empty").await;

    converse(&portal, &browser).await;
    shoot(&browser, &folder, "long").await;

    portal.webex().add_fault(Fault::drop_before("POST", "/v1/messages"));
    browser.write("Message", "Did this one arrive?\n").await;
    browser.sees_message("Not confirmed").await;
    shoot(&browser, &folder, "not-confirmed").await;

    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 400));
    browser.write("Message", "And this one?\n").await;
    browser.button("Try again").await;
    shoot(&browser, &folder, "failed").await;

    browser.set_offline(true).await;
    browser.sees("You are offline").await;
    browser.write("Message", "I am in a tunnel\n").await;
    shoot(&browser, &folder, "offline").await;
    browser.set_offline(false).await;
    browser.sees_no_longer("You are offline").await;

    portal.stop_sandbox().await;
    browser.write("Message", "Is Webex there?\n").await;
    browser.sees("Webex does not answer").await;
    shoot(&browser, &folder, "webex-away").await;
    portal.start_sandbox().await;

    browser.press("Leave chat").await;
    browser.button("Leave").await;
    shoot(&browser, &folder, "leaving").await;
    browser.close().await;

    let desk = TestBrowser::start().await;
    desk.goto(&format!("{}/desk", portal.webex().base_url())).await;
    desk.press_what_says("Ada Lovelace").await;
    desk.text_box("Reply as staff").await;
    shoot(&desk, &folder, "desk").await;
    desk.close().await;
    portal.stop_portal().await;
    println!("{}", folder.display());
}

/// A conversation with everything in it: long words, lists, code, quotes, links, right-to-left, many messages.
async fn converse(portal: &TestPortal, browser: &TestBrowser) {
    browser.write("Message", "Hello, is anybody there?\n").await;
    browser.sees_message("Sent").await;
    let room = portal.webex().room_titled("Ada").expect("the space").id;
    let staff = |text: &str| {
        portal.webex().reply_as_staff_in_markdown(GRACE, &room, text).expect("a reply");
    };
    for number in 1..=12 {
        staff(&format!("Earlier answer number {number}, so that there is something to scroll through."));
    }
    staff(
        "Good morning Ada! Please try this:\n\n1. Open **Settings**\n2. Choose *Orders*\n3. Press `Refresh`\n\n> My order is not there\n\nThe details are on [our help page](https://help.example.com/orders?from=chat).",
    );
    staff(
        "```\ncurl https://example.com/a/very/long/address/that/does/not/fit/into/a/narrow/window/at/all.json\n  --header 'accept: application/json'\n```",
    );
    staff("صباح الخير! سنساعدك حالاً. رقم الطلب هو 12345.");
    browser.sees_message("12345").await;
    browser.write("Message", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft is a long word\n").await;
    browser.write("Message", "Thank you, that helped 👍\n").await;
    browser.sees_message("that helped").await;
    portal.webex().reply_as_staff("linus@sandbox.example", &room, "You are welcome. Anything else?").expect("a reply");
    browser.sees_message("Anything else?").await;
}

async fn shoot(browser: &TestBrowser, folder: &Path, state: &str) {
    for screen in [Screen::WIDGET, Screen::PHONE, Screen::PAGE] {
        browser.set_screen(screen).await;
        for (theme, is_dark) in [("light", false), ("dark", true)] {
            browser.set_dark(is_dark).await;
            settle(browser).await;
            browser.screenshot(&folder.join(format!("{state}-{}-{theme}.png", screen.name))).await;
        }
    }
}

/// Waits until transitions have ended and two frames were drawn.
async fn settle(browser: &TestBrowser) {
    let script = "const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(() => \
        Promise.allSettled(document.getAnimations().filter(a => a.effect.getComputedTiming().iterations !== Infinity).map(a => a.finished)).then(() => done(1))))";
    browser.client().execute_async(script, Vec::new()).await.expect("two frames");
}
