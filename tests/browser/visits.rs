//! Meetings to the end, everybody in a browser of their own: who is asked, who gets it, and how both sides find back.

use std::time::Duration;

use tests::{browser::TestBrowser, portal::GRACE};

use crate::world::{Host, World, meeting_title};

const LINUS: &str = "linus@sandbox.example";
const MARIA: &str = "maria@sandbox.example";

/// Moving the clock is no reason for anybody to be missed here.
const THREE: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example", "linus@sandbox.example", "maria@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
"#;

/// One is on duty for sales; the other comes in after an hour.
const DUTY: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example", "linus@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
escalate_secs = 3600
[[site.meetings.topic]]
name = "Sales"
staff = ["grace@sandbox.example"]
[[site.meetings.topic]]
name = "Repairs"
"#;

const SEVERAL: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example", "linus@sandbox.example", "maria@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
hosts = 2
guests = 3
"#;

/// Its links live for twenty minutes.
const HASTY: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example"]
[site.meetings]
ring_secs = 300
link_minutes = 20
"#;

async fn asking(sites: &str) -> World {
    let world = World::start_with_sites(sites).await;
    world.sign_in("Ada Lovelace").await;
    world.guest.press("Join meeting").await;
    world
}

/// Takes the visit and begins the meeting.
async fn host_is_in(host: &TestBrowser, button: &str) {
    host.press(button).await;
    host.press("Start meeting").await;
    host.sees("In the meeting").await;
}

/// Whoever took the visit follows their link again.
async fn host_is_back(host: &Host) {
    host.open().await;
    host.browser.sees("You took this visit.").await;
    host.browser.press("Open the meeting again").await;
    // A meeting that everybody has left is begun anew; else they are in it at once.
    let is_in = async || {
        let body = host.browser.script("return document.body.innerText").await;
        let is_to_begin = body.as_str()?.contains("Start meeting");
        if is_to_begin {
            host.browser.press("Start meeting").await;
        }
        body.as_str()?.contains("In the meeting").then_some(())
    };
    assert!(host.browser.until(is_in).await.is_some(), "{} does not lead back", host.address);
}

/// The guest follows the card's link and is in the meeting, in a tab that is closed once they have left.
async fn guest_comes_and_leaves(guest: &TestBrowser) -> String {
    guest_goes_in_and_leaves(guest, "Join now").await
}

async fn guest_goes_in_and_leaves(guest: &TestBrowser, link: &str) -> String {
    let chat = guest.this_tab().await;
    guest.follow_to_new_tab(link).await;
    guest.sees("In the meeting").await;
    let title = meeting_title(guest).await;
    guest.press("Leave").await;
    guest.sees("Thanks for participating").await;
    guest.client().close_window().await.unwrap();
    guest.turn_to(&chat).await;
    title
}

async fn those_in_meetings(pressed: [&Host; 2], world: &World) -> Vec<usize> {
    let in_meeting = format!("{}/visit/", world.portal.webex().base_url());
    let mut found = Vec::new();
    for (number, host) in pressed.iter().enumerate() {
        if host.browser.client().current_url().await.is_ok_and(|url| url.as_str().starts_with(&in_meeting)) {
            found.push(number);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_press_at_once_are_one_host_and_everybody_finds_back_into_one_meeting() {
    let world = asking(THREE).await;
    world.guest.sees("We are asking somebody to join you.").await;
    let (grace, linus) = (world.asked(GRACE, 1).await, world.asked(LINUS, 1).await);
    let maria = world.asked(MARIA, 1).await;
    for host in [&grace, &linus, &maria] {
        host.browser.button("Take this visit").await;
    }

    // Pressed in the page: on a busy machine, the slower one's page may say who took it before the driver has found the button.
    let press = "document.querySelector('button[data-step]')?.click()";
    tokio::join!(grace.browser.script(press), linus.browser.script(press));

    let somebody = async || Some(those_in_meetings([&grace, &linus], &world).await).filter(|found| !found.is_empty());
    let first = grace.browser.until(somebody).await.expect("somebody is in the meeting");
    let ((winner, name), loser) = if first == [0] { ((&grace, "Grace Hopper"), &linus) } else { ((&linus, "Linus Pauling"), &grace) };
    for other in [loser, &maria] {
        other.browser.sees(&format!("{name} took this visit.")).await;
        other.browser.sees_no_longer("Take this visit").await;
    }
    let focused = "return document.activeElement.tagName";
    assert_eq!(maria.browser.script(focused).await, "H1", "a page that was drawn anew is read from its beginning");
    assert_eq!(those_in_meetings([&grace, &linus], &world).await, first, "the other stays where they were");

    world.guest.sees(&format!("{name} is waiting for you.")).await;
    winner.browser.press("Start meeting").await;
    winner.browser.sees("In the meeting").await;
    let title = meeting_title(&winner.browser).await;
    assert_eq!(guest_comes_and_leaves(&world.guest).await, title);
    world.guest.button("Leave meeting").await;
    assert_eq!(guest_goes_in_and_leaves(&world.guest, "Open again").await, title, "rejoined");
    host_is_back(winner).await;
    assert_eq!(meeting_title(&winner.browser).await, title, "found back");
    assert_eq!(guest_goes_in_and_leaves(&world.guest, "Open again").await, title, "rejoined once more");
    assert_eq!(world.portal.subjects().len(), 1);

    winner.open().await;
    winner.browser.press("Visit is over").await;
    world.guest.sees("The meeting is over.").await;
    for host in [winner, loser, &maria] {
        host.browser.sees("This visit is over.").await;
        assert_eq!(host.browser.violations().await, Vec::<String>::new());
    }
    for host in [grace, linus, maria] {
        host.browser.close().await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nobody_on_duty_comes_the_others_are_asked_and_one_of_them_takes_it() {
    let world = asking(DUTY).await;
    world.guest.press_what_says("Sales").await;
    world.guest.sees("We are asking somebody to join you.").await;
    let grace = world.asked(GRACE, 1).await;
    grace.browser.sees("Sales").await;
    assert!(world.portal.bot_messages(LINUS).is_empty(), "the others are left in peace");

    world.portal.advance(Duration::from_secs(3601));

    let linus = world.asked(LINUS, 1).await;
    linus.browser.sees("Ada Lovelace asks for a meeting").await;
    host_is_in(&linus.browser, "Take this visit").await;
    grace.browser.sees("Linus Pauling took this visit.").await;
    world.guest.sees("Linus Pauling is waiting for you.").await;
    assert_eq!(guest_comes_and_leaves(&world.guest).await, meeting_title(&linus.browser).await);
    grace.browser.close().await;
    linus.browser.close().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_host_and_those_the_guest_invites_come_into_the_same_meeting() {
    let world = asking(SEVERAL).await;
    let (grace, linus) = (world.asked(GRACE, 1).await, world.asked(LINUS, 1).await);
    let maria = world.asked(MARIA, 1).await;
    host_is_in(&grace.browser, "Take this visit").await;
    linus.browser.sees("Grace Hopper took this visit. You can join them.").await;
    host_is_in(&linus.browser, "Join as a further host").await;
    maria.browser.sees("There is nothing to do for you.").await;
    let title = meeting_title(&grace.browser).await;
    assert_eq!(meeting_title(&linus.browser).await, title);

    let chat = world.guest.this_tab().await;
    world.guest.sees("For others on your side:").await;
    for link in ["Link 1", "Link 2"] {
        world.guest.follow_to_new_tab(link).await;
        world.guest.sees("In the meeting").await;
        assert_eq!(meeting_title(&world.guest).await, title);
        world.guest.turn_to(&chat).await;
    }
    assert_eq!(guest_comes_and_leaves(&world.guest).await, title);
    for host in [grace, linus, maria] {
        host.browser.close().await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_late_gets_a_new_link_into_the_meeting_they_left() {
    let world = asking(HASTY).await;
    let grace = world.asked(GRACE, 1).await;
    host_is_in(&grace.browser, "Take this visit").await;
    let title = guest_comes_and_leaves(&world.guest).await;
    assert_eq!(meeting_title(&grace.browser).await, title);

    world.portal.advance(Duration::from_secs(20 * 60));

    world.guest.sees("The meeting’s link has ended. You can get a new one and come back.").await;
    world.guest.sees_no_longer("Open again").await;
    world.guest.press("Get a new link").await;
    world.guest.link("Open again").await;
    host_is_back(&grace).await;
    assert_eq!(guest_goes_in_and_leaves(&world.guest, "Open again").await, title, "the guest is back");
    assert_eq!(meeting_title(&grace.browser).await, title, "so is staff");
    assert_eq!(world.portal.subjects().len(), 1);
    grace.browser.close().await;
    world.end().await;
}
