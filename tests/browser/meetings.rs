//! Meetings that come to nothing, as the guest sees them: taken back, missed, expired; and a broker in trouble.

use std::time::Duration;

use sandbox::Fault;

use tests::portal::GRACE;

use crate::world::World;

const RING: Duration = Duration::from_secs(601);
const LINKS: Duration = Duration::from_secs(121 * 60);

async fn asking(name: &str) -> World {
    let world = World::start().await;
    world.sign_in(name).await;
    world.guest.press("Join meeting").await;
    world.guest.sees("We are asking somebody to join you.").await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_takes_a_request_back_and_asks_again() {
    let world = asking("Ada").await;
    world.guest.sees("You are next.").await;
    world.guest.press("Cancel request").await;
    world.guest.sees("The request was cancelled.").await;
    world.guest.press("Join meeting").await;
    world.guest.button("Cancel request").await;
    world.guest.reload().await;
    world.guest.button("Cancel request").await;
    world.guest.sees("The request was cancelled.").await;
    let subjects: std::collections::BTreeSet<_> = world.portal.webex().minted_links().into_iter().map(|link| link.subject).collect();
    assert_eq!(subjects.len(), 2, "two requests are two meetings");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_nobody_took_says_so_and_staff_are_asked_to_answer_in_writing() {
    let world = asking("Ada").await;
    world.portal.advance(RING);
    world.guest.sees("Nobody could join in time.").await;
    world.webex_has("Ada", "Nobody could take the meeting that Ada asked for. Please answer here.").await;
    world.guest.button("Join meeting").await;
    world.guest.reload().await;
    world.guest.sees("Nobody could join in time.").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_the_guest_never_opened_expires() {
    let world = asking("Ada").await;
    let claim = world.portal.claim(GRACE, 1).await;
    let claim = format!("{}{}", world.portal.base_url(), shared::path::claim(&claim));
    let host = world.second_browser().await;
    host.goto(&claim).await;
    host.press("Take this visit").await;
    host.button("Start meeting").await;
    world.guest.sees("Grace Hopper is waiting for you.").await;
    world.guest.link("Join now").await;
    world.portal.advance(LINKS);
    world.guest.sees("The meeting’s link is no longer valid.").await;
    host.goto(&claim).await;
    host.sees("The guest never came.").await;
    host.close().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_for_staff_that_was_overtaken_says_how_it_stands_now() {
    let world = asking("Ada").await;
    let claim = world.portal.claim(GRACE, 1).await;
    let host = world.second_browser().await;
    host.goto(&format!("{}{}", world.portal.base_url(), shared::path::claim(&claim))).await;
    host.sees("They are waiting now.").await;
    world.guest.press("Cancel request").await;
    world.guest.sees("The request was cancelled.").await;
    host.press("Take this visit").await;
    host.sees_no_longer("They are waiting now.").await;
    host.sees_no_longer("Take this visit").await;
    host.close().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_in_trouble_costs_nobody_their_place() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.portal.webex().add_fault(Fault::answer("POST", "/api/v2/joseencrypt", 500).times(1000)).unwrap();
    world.guest.press("Join meeting").await;
    world.guest.sees("takes longer than usual").await;
    world.guest.button("Cancel request").await;
    world.portal.webex().clear_faults();
    let rings = async || {
        world.portal.advance(Duration::from_secs(30));
        world.guest.script("return document.body.innerText").await.as_str()?.contains("We are asking somebody").then_some(())
    };
    assert!(world.guest.until(rings).await.is_some(), "it rings once the broker answers");
    world.guest.sees_no_longer("takes longer than usual").await;
    let subjects: std::collections::BTreeSet<_> = world.portal.webex().minted_links().into_iter().map(|link| link.subject).collect();
    assert_eq!(subjects.len(), 1, "no second room was made");
    world.end().await;
}
