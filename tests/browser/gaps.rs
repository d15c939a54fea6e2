//! The line is cut, and everything happens meanwhile: afterwards every screen shows what Webex has.

use tests::{browser::TestBrowser, portal::GRACE};

use crate::world::World;

/// Everything anybody says, before and after it was changed.
const EVER_SAID: [&str; 9] = [
    "hello from the guest",
    "stays as it is",
    "says this at first",
    "says that afterwards",
    "is taken back",
    "answered meanwhile",
    "written offline in one",
    "written offline in two",
    "everybody is back",
];

/// What of it a screen shows, in its order.
async fn shown(browser: &TestBrowser) -> Vec<String> {
    let lines = browser.messages().await;
    lines.lines().map(str::trim).filter(|line| EVER_SAID.contains(line)).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_cut_line_and_a_restart_two_tabs_and_the_desk_show_what_webex_has() {
    let mut world = World::start().await;
    world.sign_in("Ada").await;
    world.say("hello from the guest").await;
    world.webex_has("Ada", "hello from the guest").await;
    let desk = world.desk("Ada").await;
    let reply = |world: &World, text: &str| {
        let webex = world.portal.webex();
        webex.reply_as_staff(GRACE, &webex.room_titled("Ada").unwrap().id, text).unwrap().id
    };
    reply(&world, "stays as it is");
    let (edited, deleted) = (reply(&world, "says this at first"), reply(&world, "is taken back"));
    let first = world.guest.this_tab().await;
    world.guest.sees_message("is taken back").await;
    let second = world.guest.new_tab().await;
    world.guest.goto(&world.page()).await;
    world.guest.sees_message("is taken back").await;

    for tab in [&first, &second] {
        world.guest.turn_to(tab).await;
        world.guest.set_offline(true).await;
        world.guest.sees("You are offline").await;
    }
    world.say("written offline in two").await;
    world.guest.sees_message("written offline in two").await;
    world.guest.turn_to(&first).await;
    world.say("written offline in one").await;
    world.guest.sees_message("written offline in one").await;
    world.portal.webex().edit_as_staff(GRACE, &edited, "says that afterwards").unwrap();
    world.portal.webex().delete_as_staff(GRACE, &deleted).unwrap();
    reply(&world, "answered meanwhile");
    world.restart_portal().await;
    for (tab, own) in [(&first, "written offline in one"), (&second, "written offline in two")] {
        world.guest.turn_to(tab).await;
        world.guest.set_offline(false).await;
        world.webex_has("Ada", own).await;
    }
    reply(&world, "everybody is back");

    let in_webex = || world.portal.webex().messages_titled("Ada").into_iter().map(|message| message.text);
    let expected: Vec<String> = in_webex().filter(|text| EVER_SAID.contains(&text.as_str())).collect();
    assert_eq!(expected.len(), 7, "each is there once: {expected:?}");
    for tab in [&first, &second] {
        world.guest.turn_to(tab).await;
        let same = world.guest.until(async || (shown(&world.guest).await == expected).then_some(())).await;
        assert!(same.is_some(), "a tab shows {:?}, webex has {expected:?}", shown(&world.guest).await);
    }
    let same = desk.until(async || (shown(&desk).await == expected).then_some(())).await;
    assert!(same.is_some(), "the desk shows {:?}, webex has {expected:?}", shown(&desk).await);
    desk.close().await;
    world.end().await;
}
