//! A guest who was here before, on a bad line: they write before the program is there, and nothing of it is lost.

use serde_json::json;

use crate::world::World;

/// The line brings only so many bytes a second to the guest; negative: as many as it can.
async fn download_speed(world: &World, bytes_per_second: i64) {
    world.guest.devtools("Network.enable", json!({})).await;
    world.guest.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
    let conditions = json!({ "offline": false, "latency": 0, "downloadThroughput": bytes_per_second, "uploadThroughput": -1 });
    world.guest.devtools("Network.emulateNetworkConditions", conditions).await;
}

/// Opens the page again without waiting for all of it, and tells when there is a box and no program.
async fn come_back(world: &World) {
    world.guest.script("location.reload()").await;
    let state = "return [!!document.querySelector('.early .composer__text'), !!document.querySelector('[data-guest]')]";
    let is_early = async || (world.guest.client().execute(state, Vec::new()).await.ok()? == json!([true, true])).then_some(());
    world.guest.until(is_early).await.expect("there is a box before there is a program");
}

/// Waits for the program's box to hold this text, and to have the focus with the caret at its end.
async fn writes_on(world: &World, text: &str) {
    let state = "const box = document.getElementById('message'); \
        return [box?.getAttribute('aria-autocomplete'), box?.value, box === document.activeElement, box?.selectionStart]";
    let expected = json!(["list", text, true, text.len()]);
    let is_so = async || (world.guest.client().execute(state, Vec::new()).await.ok()? == expected).then_some(());
    if world.guest.until(is_so).await.is_none() {
        panic!("not {expected} but {}", world.guest.script(state).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_before_the_program_is_there_is_kept_or_sent() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("Hello").await;
    world.webex_has("Ada", "Hello").await;
    download_speed(&world, 40_000).await;

    come_back(&world).await;
    world.guest.write("Message", "Half a sen").await;
    download_speed(&world, -1).await;
    writes_on(&world, "Half a sen").await;
    world.guest.write("Message", "tence\n").await;
    world.webex_has("Ada", "Half a sentence").await;

    download_speed(&world, 40_000).await;
    come_back(&world).await;
    world.guest.write("Message", "Sent at once\n").await;
    download_speed(&world, -1).await;
    writes_on(&world, "").await;
    world.webex_has("Ada", "Sent at once").await;
    world.guest.sees_message("Sent at once").await;
    assert_eq!(world.times_shown("Sent at once").await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_known_sees_the_sign_in_at_once() {
    let world = World::start().await;
    world.guest.goto(&world.page()).await;
    world.guest.text_box("Your name").await;
    let html = reqwest::get(world.page()).await.unwrap().text().await.unwrap();
    assert!(html.contains("data-guest=\"\""), "nobody has a cookie here");
    // A cookie that means nothing any more: the program finds out.
    let cookie = json!({
        "name": "__Host-gp-demo", "value": "a".repeat(43), "url": world.recorder.base_url(), "path": "/", "secure": true, "httpOnly": true
    });
    world.guest.devtools("Network.setCookie", cookie).await;
    world.guest.reload().await;
    world.guest.text_box("Your name").await;
    world.sign_in("Ada").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_opened_asks_for_everything_once() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("Hello").await;
    world.webex_has("Ada", "Hello").await;
    world.guest.reload().await;
    world.guest.sees_message("Hello").await;
    // What is told by the stream shows that it is there.
    world.staff_reply("Ada", "Here I am");
    world.guest.sees_message("Here I am").await;
    // What it tells besides, that the guest has read it, is no question.
    let asked = "return performance.getEntriesByType('resource').map(e => e.name.replace(/.*\\/api|\\/rooms\\/[^/]*/g, '')) \
        .filter(n => !n.includes(':') && n !== '/read').sort()";
    assert_eq!(world.guest.script(asked).await, json!(["/members", "/messages", "/rooms", "/session", "/site"]));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_comes_back_by_a_link_of_another_site_is_known() {
    let world = World::start().await;
    let shop = crate::shop::Shop::open("<a href=\"PORTAL/s/demo\">Our chat</a>").await;
    shop.embeds(&world.recorder.base_url());
    world.sign_in("Ada").await;
    world.say("Hello").await;
    world.webex_has("Ada", "Hello").await;
    world.guest.goto(&shop.page("start")).await;
    world.guest.script("document.querySelector('a').click()").await;
    // The browser asked for the page without the guest's cookies.
    world.guest.sees_message("Hello").await;
    world.end().await;
}
