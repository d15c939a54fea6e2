//! What browsers keep of a guest in frames of other sites, as their owners have set them: one walk, for each such setting.

use serde_json::json;
use tests::engine::Cookies;

use crate::{
    embedded::{HOST, answers, enter, leave},
    shop::{Shop, site_shown_by},
    world::World,
};

const TAG: &str = "<script async src=\"PORTAL/embed.js?site=demo\" data-open></script>";

/// A guest asks on one of the shop's pages, is answered, sends a file and fetches it. Then they go to another of its pages, and to
/// another shop's: whether they are known there.
async fn walk(cookies: Cookies) -> [bool; 2] {
    let (shop, other) = (Shop::open(TAG).await, Shop::open_at("deli.localhost", TAG).await);
    let world = World::start_with_cookies(&site_shown_by("demo", &[&shop, &other]), cookies).await;
    shop.embeds(&world.recorder.base_url());
    other.embeds(&world.recorder.base_url());
    let guest = &world.guest;
    let (to_send, fetched) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    guest.downloads_go_to(fetched.path()).await;
    std::fs::write(to_send.path().join("order.txt"), "Order 4711").unwrap();

    guest.goto(&shop.page("first")).await;
    answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    enter(guest, HOST).await;
    // The browser is set as it should be: of a third party's cookies it keeps those without a part of their own, or it does not.
    let keeps = "document.cookie = 'third=1;secure;samesite=none;max-age=60'; return document.cookie.includes('third=1')";
    assert_eq!(guest.script(keeps).await, json!(cookies == Cookies::Allowed));
    guest.write("Your name", "Ada").await;
    guest.press("Start chat").await;
    guest.write("Message", "Where is my order?\n").await;
    guest.sees_message("Sent").await;
    world.staff_reply("Ada", "On its way.");
    guest.sees_message("On its way.").await;
    guest.choose_file(&to_send.path().join("order.txt")).await;
    guest.sees("order.txt").await;
    guest.press("Send").await;
    guest.sees_message("order.txt").await;
    guest.press("Download order.txt").await;
    assert_eq!(guest.downloaded(&fetched.path().join("order.txt")).await, b"Order 4711");
    leave(guest).await;

    let mut is_known = [false, false];
    for (is_known, page) in is_known.iter_mut().zip([shop.page("second"), other.page("first")]) {
        guest.goto(&page).await;
        answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
        enter(guest, HOST).await;
        let is_asked = "return !!document.querySelector('#your-name')";
        *is_known = guest.script(is_asked).await == json!(false);
        if *is_known {
            guest.sees_message("On its way.").await;
        }
        leave(guest).await;
    }
    world.close().await;
    is_known
}

#[tokio::test(flavor = "multi_thread")]
async fn with_cookies_allowed_each_owners_site_keeps_its_own_guest() {
    assert_eq!(walk(Cookies::Allowed).await, [true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_those_of_third_parties_blocked_it_is_the_same() {
    assert_eq!(walk(Cookies::ThirdPartyBlocked).await, [true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_all_blocked_the_chat_works_as_long_as_the_page_is_there() {
    assert_eq!(walk(Cookies::Blocked).await, [false, false]);
}
