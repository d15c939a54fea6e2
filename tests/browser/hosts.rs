//! The chat on two sites of owners at once, and on pages that change without being loaded again. Together with `embedded`,
//! `cookies` and `identified` this is the table of docs/proof.md.

use serde_json::json;
use tests::browser::{Screen, TestBrowser};

use crate::{
    embedded::{HOST, answers, enter, leave},
    shop::{Shop, site_shown_by},
    world::World,
};

const TWO: &str = "<script async src=\"PORTAL/embed.js?site=demo\"></script><script async src=\"PORTAL/embed.js?site=help\" data-position=\"left\"></script>";
const ELEMENTS: &str =
    "<script async src=\"PORTAL/embed.js\"></script><guest-portal site=\"demo\"></guest-portal><guest-portal site=\"help\"></guest-portal>";

fn sites(shops: &[&Shop]) -> String {
    site_shown_by("demo", shops) + &site_shown_by("help", shops)
}

/// Gives a name in the chat within `frame`, and writes.
async fn ask(guest: &TestBrowser, within: &str, name: &str, text: &str) {
    enter(guest, within).await;
    guest.write("Your name", name).await;
    guest.press("Start chat").await;
    guest.write("Message", &format!("{text}\n")).await;
    guest.sees_message("Sent").await;
    leave(guest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_launchers_and_two_elements_on_one_page_are_two_chats() {
    let (launchers, elements) = (Shop::open(TWO).await, Shop::open(ELEMENTS).await);
    let world = World::start_with_sites(&sites(&[&launchers, &elements])).await;
    let (guest, portal) = (&world.guest, world.recorder.base_url());
    launchers.embeds(&portal);
    elements.embeds(&portal);

    guest.goto(&launchers.page("first")).await;
    let of = |site: &str| format!("document.querySelector('[data-guest-portal={site}]').shadowRoot");
    answers(guest, "return document.querySelectorAll('[data-guest-portal]').length", json!(2)).await;
    for (site, name) in [("demo", "Ada"), ("help", "Bea")] {
        guest.script(&format!("{}.querySelector('.launcher').click()", of(site))).await;
        ask(guest, &of(site), name, &format!("To {site}")).await;
        // On a small screen one fills it, and is closed before the other can be pressed.
        guest.script(&format!("{}.querySelector('.away').click()", of(site))).await;
    }
    world.webex_has("Ada", "To demo").await;
    world.webex_has("Bea", "To help").await;
    assert_eq!(world.portal.webex().messages_titled("Ada").len(), 1, "each has its own");

    guest.goto(&elements.page("second")).await;
    let element = |number: usize| format!("document.querySelectorAll('guest-portal')[{number}].shadowRoot");
    answers(
        guest,
        "return [...document.querySelectorAll('guest-portal')].filter(one => one.shadowRoot?.querySelector('iframe')).length",
        json!(2),
    )
    .await;
    // Both are pages of one site of an owner's, by whose name browsers keep what is kept: each chat goes on there.
    for (number, text) in ["To demo", "To help"].into_iter().enumerate() {
        enter(guest, &element(number)).await;
        guest.sees_message(text).await;
        leave(guest).await;
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_changes_without_being_loaded_keeps_the_chat_as_it_is() {
    let shop = Shop::open("<script async src=\"PORTAL/embed.js?site=demo\"></script>").await;
    let world = World::start_with_sites(&sites(&[&shop])).await;
    shop.embeds(&world.recorder.base_url());
    let guest = &world.guest;
    guest.goto(&shop.page("first")).await;
    answers(guest, "return !!document.querySelector('[data-guest-portal]')", json!(true)).await;
    guest.script("GuestPortal('open')").await;
    ask(guest, HOST, "Ada", "Hello").await;
    enter(guest, HOST).await;
    guest.write("Message", "Half a thought").await;
    leave(guest).await;

    // As routers of single-page sites do it, with a view transition, and back and forth.
    let change = "const [done] = arguments; const change = () => { history.pushState(null, '', '/pages/second'); \
        document.body.replaceChildren(document.createElement('main')); }; \
        (document.startViewTransition ? document.startViewTransition(change).finished : Promise.resolve(change())).then(() => done())";
    let before = guest.script("return history.length").await;
    guest.client().execute_async(change, Vec::new()).await.unwrap();
    guest
        .client()
        .execute_async("const [done] = arguments; onpopstate = () => done(location.pathname); history.back()", Vec::new())
        .await
        .unwrap();
    answers(guest, "return location.pathname", json!("/pages/first")).await;
    assert_eq!(guest.script("return history.length").await, json!(before.as_u64().unwrap() + 1), "the chat leaves nothing to go back to");
    answers(guest, "return heard.filter(([type]) => type === 'ready').length", json!(1)).await;
    enter(guest, HOST).await;
    guest.sees_message("Hello").await;
    answers(guest, "return document.getElementById('message').value", json!("Half a thought")).await;
    leave(guest).await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_was_loaded_unseen_shows_what_was_said_when_it_is_opened() {
    let shop = Shop::open("<script async src=\"PORTAL/embed.js?site=demo\"></script>").await;
    let world = World::start_with_sites(&sites(&[&shop])).await;
    shop.embeds(&world.recorder.base_url());
    let guest = &world.guest;
    guest.goto(&shop.page("first")).await;
    answers(guest, "return !!document.querySelector('[data-guest-portal]')", json!(true)).await;
    guest.script("GuestPortal('open')").await;
    ask(guest, HOST, "Ada", "Hello").await;
    guest.script("GuestPortal('close')").await;
    guest.goto(&shop.page("second")).await;
    answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    world.staff_reply("Ada", "Hello Ada");
    answers(guest, "return heard.filter(([type]) => type === 'unread').at(-1)?.[1] ?? null", json!(1)).await;
    guest.script("GuestPortal('open')").await;
    enter(guest, HOST).await;
    for text in ["Hello", "Hello Ada"] {
        guest.sees_message(text).await;
        let is_seen = format!(
            "return [...document.querySelectorAll('.timeline__row')].some(row => row.innerText.includes('{text}') && row.checkVisibility())"
        );
        answers(guest, &is_seen, json!(true)).await;
    }
    leave(guest).await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_small_screens_going_back_closes_the_chat_and_stays_on_the_page() {
    let shop = Shop::open("<script async src=\"PORTAL/embed.js?site=demo\"></script>").await;
    let world = World::start_with_sites(&sites(&[&shop])).await;
    shop.embeds(&world.recorder.base_url());
    let guest = &world.guest;
    guest.set_screen(Screen::PHONE).await;
    guest.goto(&shop.page("first")).await;
    answers(guest, "return !!document.querySelector('[data-guest-portal]')", json!(true)).await;
    // A press, as browsers ask for one before a page may take the way back.
    let launcher = guest.client().execute(&format!("return {HOST}.querySelector('.launcher')"), Vec::new()).await.unwrap();
    let id = launcher["element-6066-11e4-a52e-4f735466cecf"].as_str().unwrap().to_owned();
    fantoccini::elements::Element::from_element_id(guest.client().clone(), id.into()).click().await.unwrap();
    answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    let is_closed = format!("return {HOST}.querySelector('.panel').hidden");
    assert_eq!(guest.script(&is_closed).await, json!(false));
    // What Android's way back asks of a page, the Escape key asks elsewhere.
    guest.script("document.body.tabIndex = 0; document.body.focus()").await;
    guest.client().active_element().await.unwrap().send_keys("\u{e00c}").await.unwrap();
    answers(guest, &is_closed, json!(true)).await;
    assert_eq!(guest.script("return location.pathname").await, json!("/pages/first"));
    world.close().await;
}
