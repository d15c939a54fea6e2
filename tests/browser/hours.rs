//! Outside working hours: what guests are told and can still do, and that it opens by itself.

use std::time::Duration;

use tests::{
    browser::TestBrowser,
    portal::{GRACE, TestPortal},
};

use crate::world::World;

const MINUTE: i64 = 60_000;

/// Sites that open for an hour in twenty minutes, whatever the time of the test is: their clocks hang in UTC.
fn sites(opens_at: i64) -> String {
    let at =
        |millis: i64| jiff::Timestamp::from_millisecond(millis).unwrap().to_zoned(jiff::tz::TimeZone::UTC).strftime("%H:%M").to_string();
    let span = format!("[\"{}-{}\"]", at(opens_at), at(opens_at + 60 * MINUTE));
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let week = |span: &str| days.iter().map(|day| format!("{day} = {span}\n")).collect::<String>();
    let (brief, always) = (week(&span), week("[\"00:00-24:00\"]"));
    format!(
        r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.hours]
time_zone = "UTC"
away = "We are at lunch."
{brief}
[site.meetings]
ring_secs = 82800
link_minutes = 1440

[[site]]
id = "topics"
name = "Acme machines"
staff = ["grace@sandbox.example"]
[site.hours]
time_zone = "UTC"
{brief}
[site.meetings]
ring_secs = 82800
link_minutes = 1440
topics = ["Sales"]
[[site.meetings.topic]]
name = "Emergencies"
[site.meetings.topic.hours]
{always}

[[site]]
id = "counter"
name = "The counter"
conversation = "none"
staff = ["grace@sandbox.example"]
[site.hours]
time_zone = "UTC"
{brief}
[site.meetings]
ring_secs = 82800
link_minutes = 1440
"#
    )
}

/// A world that opens in twenty minutes, and when that is as the guest's browser writes it.
async fn closed_world() -> (World, String) {
    let mut world = World::start().await;
    let opens_at = (world.portal.clock.now().as_millis() / MINUTE + 21) * MINUTE;
    world.portal.restart_with_sites(&sites(opens_at)).await;
    world.recorder.set_portal(world.portal.address());
    world.guest.goto(&world.page()).await;
    let write = format!("return new Intl.DateTimeFormat([], {{ hour: 'numeric', minute: '2-digit' }}).format(new Date({opens_at}))");
    let written = world.guest.script(&write).await.as_str().unwrap().to_owned();
    (world, written)
}

async fn sign_in_at(world: &World, site: &str, name: &str) {
    world.guest.goto(&world.page_of(site)).await;
    world.guest.write("Your name", name).await;
    world.guest.press("Start chat").await;
}

async fn offers(browser: &TestBrowser, button: &str) -> bool {
    let is_shown = format!(
        "return [...document.querySelectorAll('button')].some((one) => one.offsetParent && (one.ariaLabel ?? one.textContent).trim() === '{button}')"
    );
    browser.script(&is_shown).await == true
}

fn is_told(portal: &TestPortal, words: &str) -> bool {
    portal.bot_messages(GRACE).iter().any(|message| message.text.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_read_until_when_nobody_is_there_write_meanwhile_and_see_it_open() {
    let (world, opens) = closed_world().await;
    world.guest.sees("We are at lunch.").await;
    world.guest.sees(&opens).await;
    world.sign_in("Ada Lovelace").await;
    world.guest.sees("We are at lunch.").await;
    world.guest.sees(&opens).await;
    world.guest.sees("Leave a message, and we will answer it then.").await;
    assert!(!offers(&world.guest, "Join meeting").await);
    world.say("Please call me back.").await;
    world.webex_has("Ada", "Please call me back.").await;

    world.portal.advance(Duration::from_secs(21 * 60));

    world.guest.button("Join meeting").await;
    world.guest.sees_no_longer("We are at lunch.").await;
    world.guest.press("Join meeting").await;
    world.guest.sees("We are asking somebody to join you.").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_nobody_is_there_for_is_greyed_until_its_hours_begin() {
    let (world, opens) = closed_world().await;
    sign_in_at(&world, "topics", "Ada Lovelace").await;
    world.guest.press("Join meeting").await;
    world.guest.sees_button_that_says("Emergencies").await;
    let sales = "const sales = [...document.querySelectorAll('dialog button')].find((one) => one.textContent.includes('Sales')); \
        return [sales.disabled, sales.innerText]";
    let greyed = world.guest.script(sales).await;
    assert_eq!(greyed[0], true, "{greyed}");
    assert!(greyed[1].as_str().unwrap().contains(&opens), "{greyed} says {opens}");

    world.portal.advance(Duration::from_secs(21 * 60));

    let opened = world.guest.until(async || (world.guest.script(sales).await[0] == false).then_some(())).await;
    assert!(opened.is_some(), "it opens in the open dialog");
    world.guest.press_what_says("Sales").await;
    world.guest.sees("We are asking somebody to join you.").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_written_a_message_is_left_and_the_button_comes_with_the_hours() {
    let (world, opens) = closed_world().await;
    sign_in_at(&world, "counter", "Ada Lovelace").await;
    world.guest.sees(&opens).await;
    world.guest.press("Leave a message").await;
    assert!(!offers(&world.guest, "Join meeting").await);
    world.guest.press("Send message").await;
    world.guest.sees("Please write something first.").await;
    world.guest.write("Your message", "Please call me: 555 0100").await;
    world.guest.press("Send message").await;
    world.guest.sees("Your message was passed on.").await;
    let told = world.guest.until(async || is_told(&world.portal, "Please call me: 555 0100").then_some(())).await;
    assert!(told.is_some(), "{:?}", world.portal.bot_messages(GRACE));
    assert!(is_told(&world.portal, "Ada Lovelace left a message (The counter)."));

    world.portal.advance(Duration::from_secs(21 * 60));

    world.guest.press("Join meeting").await;
    world.guest.sees("We are asking somebody to join you.").await;
    world.end().await;
}
