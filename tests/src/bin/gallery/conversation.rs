//! Talking: from the sign-in to leaving, with what can go wrong on the way.

use sandbox::Fault;
use tests::{
    browser::TestBrowser,
    portal::{GRACE, TestPortal},
    recorder::Recorder,
};

use crate::shots::Shots;

pub(crate) async fn show(shots: &Shots) {
    let mut portal = TestPortal::start().await;
    let recorder = Recorder::start(portal.address()).await;
    let browser = TestBrowser::start().await;
    let page = format!("{}/s/demo", recorder.base_url());

    browser.goto(&page).await;
    browser.text_box("Your name").await;
    shots.take(&browser, "sign-in").await;
    browser.press("Start chat").await;
    shots.take(&browser, "sign-in-error").await;
    browser.write("Your name", "Ada Lovelace").await;
    browser.press("Start chat").await;
    browser.text_box("Message").await;
    shots.take(&browser, "empty").await;

    converse(&portal, &browser).await;
    shots.take(&browser, "long").await;

    portal.webex().add_fault(Fault::drop_before("POST", "/v1/messages")).unwrap();
    browser.write("Message", "Did this one arrive?\n").await;
    browser.sees_message("Checking").await;
    shots.take(&browser, "not-confirmed").await;

    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 400)).unwrap();
    browser.write("Message", "And this one?\n").await;
    browser.button("Try again").await;
    shots.take(&browser, "failed").await;

    browser.set_offline(true).await;
    browser.sees("You are offline").await;
    browser.write("Message", "I am in a tunnel\n").await;
    shots.take(&browser, "offline").await;
    browser.set_offline(false).await;
    browser.sees_no_longer("You are offline").await;

    portal.stop_sandbox().await;
    browser.write("Message", "Is Webex there?\n").await;
    browser.sees("Webex does not answer").await;
    shots.take(&browser, "webex-away").await;
    portal.start_sandbox().await;

    browser.press("Leave chat").await;
    browser.button("Leave").await;
    shots.take(&browser, "leaving").await;
    browser.close().await;

    let desk = TestBrowser::start().await;
    desk.goto(&format!("{}/desk", portal.webex().base_url())).await;
    desk.press_what_says("Ada Lovelace").await;
    desk.text_box("Reply as staff").await;
    shots.take(&desk, "desk").await;
    desk.close().await;
    portal.stop_portal().await;
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
