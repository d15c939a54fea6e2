//! Browsers that keep no cookies in frames of other sites, or none at all.

use serde_json::json;
use tests::engine::Cookies;

use crate::{
    embedded::{HOST, answers, enter, leave},
    shop::Shop,
    world::World,
};

const TAG: &str = "<script async src=\"PORTAL/embed.js?site=demo\" data-open></script>";

async fn shop_with(cookies: Cookies) -> (Shop, World) {
    let shop = Shop::open(TAG).await;
    let world = World::start_with_cookies(&shop.site(), cookies).await;
    shop.embeds(&world.recorder.base_url());
    (shop, world)
}

/// The guest gives a name and asks, on the shop's first page.
async fn ask(shop: &Shop, world: &World) {
    let guest = &world.guest;
    guest.goto(&shop.page("first")).await;
    answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    enter(guest, HOST).await;
    guest.write("Your name", "Ada").await;
    guest.press("Start chat").await;
    guest.write("Message", "Where is my order?\n").await;
    guest.sees_message("Sent").await;
    world.staff_reply("Ada", "On its way.");
    guest.sees_message("On its way.").await;
    leave(guest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_third_party_cookies_blocked_the_chat_goes_along_from_page_to_page() {
    let (shop, world) = shop_with(Cookies::ThirdPartyBlocked).await;
    ask(&shop, &world).await;
    let guest = &world.guest;
    guest.goto(&shop.page("second")).await;
    answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    enter(guest, HOST).await;
    guest.sees_message("On its way.").await;
    leave(guest).await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_all_cookies_blocked_a_guest_talks_sends_and_fetches_as_long_as_the_page_is_there() {
    let (shop, world) = shop_with(Cookies::Blocked).await;
    ask(&shop, &world).await;
    let guest = &world.guest;
    let (to_send, fetched) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    guest.downloads_go_to(fetched.path()).await;
    std::fs::write(to_send.path().join("order.txt"), "Order 4711").unwrap();
    enter(guest, HOST).await;
    guest.choose_file(&to_send.path().join("order.txt")).await;
    guest.sees("order.txt").await;
    guest.press("Send").await;
    guest.sees_message("order.txt").await;
    guest.press("Download order.txt").await;
    assert_eq!(guest.downloaded(&fetched.path().join("order.txt")).await, b"Order 4711");
    assert_eq!(guest.script("return document.cookie").await, json!(""));
    leave(guest).await;

    // What a page holds in its memory is gone with it.
    guest.goto(&shop.page("second")).await;
    answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    enter(guest, HOST).await;
    guest.text_box("Your name").await;
    leave(guest).await;
    world.close().await;
}
