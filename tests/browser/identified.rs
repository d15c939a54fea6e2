//! Visitors whom the owner's web site knows: the page says who they are, and the chat does not ask.

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use serde_json::json;
use tests::{engine::Cookies, identity::BackEnd};

use crate::{
    embedded::{HOST, answers, enter, leave},
    shop::Shop,
    world::World,
};

const TAG: &str = "<script async src=\"PORTAL/embed.js?site=demo\" data-open></script>";
const IDENTIFY: &str = "GuestPortal('identify', async () => (await fetch('/chat-identity')).text())";
/// What the shop was told of errors.
const ERRORS: &str = "return heard.filter(([type]) => type === 'error').map(([, sentence]) => sentence).join()";

/// A shop whose back end signs, and the portal that takes its word.
struct Members {
    shop: Shop,
    world: World,
    back_end: Arc<BackEnd>,
}

impl Members {
    async fn open(mode: &str, more: &str) -> Self {
        Self::open_with(TAG, Cookies::Allowed, mode, more).await
    }

    async fn open_with(markup: &'static str, cookies: Cookies, mode: &str, more: &str) -> Self {
        let shop = Shop::open(markup).await;
        let back_end = Arc::new(BackEnd::new(Algorithm::ES256));
        let world = World::start_with_cookies(&format!("{}{more}{}", shop.site(), back_end.settings(mode)), cookies).await;
        shop.embeds(&world.recorder.base_url());
        Self { shop, world, back_end }
    }

    /// This user has signed in on the shop's own page.
    fn sign_in(&self, user_id: &'static str, name: &'static str) {
        let (back_end, clock, audience) =
            (self.back_end.clone(), self.world.portal.clock.clone(), self.world.portal.app().audience.clone());
        let origin = self.shop.address.clone();
        self.shop.says(move || {
            let mut claims = BackEnd::claims_at(&clock, &audience, user_id, name);
            claims["origin"] = json!(origin);
            back_end.sign(&back_end.header(), &claims)
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_web_site_knows_gives_no_name_and_has_one_history_on_every_device() {
    let members = Members::open("optional", "").await;
    let Members { shop, world, .. } = &members;
    members.sign_in("42", "Ada Lovelace");
    let guest = &world.guest;
    guest.goto(&shop.page("account")).await;
    guest.script(IDENTIFY).await;
    answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    enter(guest, HOST).await;
    guest.write("Message", "Where is my order?\n").await;
    world.webex_has("Ada Lovelace", "Where is my order?").await;
    leave(guest).await;

    let other = world.second_browser().await;
    other.goto(&shop.page("account")).await;
    other.script(IDENTIFY).await;
    answers(&other, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    enter(&other, HOST).await;
    other.sees_message("Where is my order?").await;
    other.close().await;

    // Their session is over while the page is open: the page is asked again, and what they were writing is there.
    guest.goto(&shop.page("account")).await;
    guest.script(IDENTIFY).await;
    enter(guest, HOST).await;
    guest.sees_message("Where is my order?").await;
    guest.write("Message", "And when").await;
    guest.settle().await;
    world.portal.advance(std::time::Duration::from_secs(13 * 3600));
    leave(guest).await;
    answers(guest, "return heard.filter(([type]) => type === 'ready').length > 1", json!(true)).await;
    enter(guest, HOST).await;
    guest.sees_message("Where is my order?").await;
    answers(guest, "return document.getElementById('message')?.value", json!("And when")).await;
    leave(guest).await;

    // Nobody is signed in on the shop any more: neither is anybody in the chat, and a name is asked for.
    shop.says(String::new);
    guest.goto(&shop.page("start")).await;
    guest.script(IDENTIFY).await;
    enter(guest, HOST).await;
    guest.text_box("Your name").await;
    guest.sees_no_longer("Where is my order?").await;
    leave(guest).await;
    assert_eq!(guest.script(ERRORS).await, json!(""));
    let complaints: Vec<_> = guest.console().await.into_iter().filter(|line| line.contains("Security Policy")).collect();
    assert_eq!(complaints, Vec::<String>::new(), "both policies were kept");
    members.world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_believed_is_nobody_and_the_page_is_told_why() {
    let members = Members::open("optional", "").await;
    let Members { shop, world, back_end } = &members;
    let guest = &world.guest;
    // Signed in as a guest before, in this browser.
    guest.goto(&shop.page("start")).await;
    enter(guest, HOST).await;
    guest.write("Your name", "Bea").await;
    guest.press("Start chat").await;
    guest.write("Message", "Anonymously\n").await;
    world.webex_has("Bea", "Anonymously").await;
    leave(guest).await;

    let (clock, audience) = (world.portal.clock.clone(), world.portal.app().audience.clone());
    let signer = back_end.clone();
    shop.says(move || {
        let mut claims = BackEnd::claims_at(&clock, &audience, "42", "Ada");
        claims["exp"] = json!(clock.now().as_millis() / 1000 - 60);
        signer.sign(&signer.header(), &claims)
    });
    guest.goto(&shop.page("account")).await;
    guest.script(IDENTIFY).await;
    enter(guest, HOST).await;
    guest.sees("The web site could not tell us who you are.").await;
    let form = "return [...document.querySelectorAll('form, .timeline')].filter(e => e.checkVisibility()).length";
    assert_eq!(guest.script(form).await, json!(0), "neither a name is asked for nor the other conversation shown");
    leave(guest).await;
    let told = guest.until(async || guest.script(ERRORS).await.as_str().filter(|told| !told.is_empty()).map(str::to_owned)).await;
    assert!(told.as_ref().is_some_and(|told| told.contains("expired")), "{told:?}");

    // The back end is mended; the guest loads the page again from within.
    members.sign_in("42", "Ada");
    enter(guest, HOST).await;
    guest.client().find(fantoccini::Locator::LinkText("Reload")).await.unwrap().click().await.unwrap();
    leave(guest).await;
    enter(guest, HOST).await;
    guest.text_box("Message").await;
    guest.sees_no_longer("Anonymously").await;
    leave(guest).await;

    // One that fails says so.
    guest.goto(&shop.page("account")).await;
    guest.script("GuestPortal('identify', () => { throw new Error('out of order') })").await;
    enter(guest, HOST).await;
    guest.sees("The web site could not tell us who you are.").await;
    leave(guest).await;
    answers(guest, &format!("{{ {ERRORS}.includes('out of order') }}"), json!(true)).await;
    members.world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_required_nobody_comes_in_without_and_whoever_does_answers_the_sites_questions() {
    let questions = "[site.pre_chat]\ntopics = [\"Orders\"]\nconsent = \"I agree.\"\nconsent_version = \"1\"\n";
    let members = Members::open("required", questions).await;
    let Members { shop, world, .. } = &members;
    let guest = &world.guest;
    let form = "return document.querySelector('.sign-in__form').checkVisibility()";
    guest.goto(&world.page()).await;
    guest.sees("Please sign in on our web site first. The chat opens there.").await;
    assert_eq!(guest.script(form).await, json!(false));
    guest.goto(&shop.page("start")).await;
    enter(guest, HOST).await;
    guest.sees("Please sign in on our web site first.").await;
    leave(guest).await;

    members.sign_in("42", "Ada Lovelace");
    guest.script(IDENTIFY).await;
    enter(guest, HOST).await;
    let choose = "const list = document.getElementById('topic'); list.value = 'Orders'; list.dispatchEvent(new Event('change'))";
    guest.sees("What is it about?").await;
    guest.script(choose).await;
    assert_eq!(guest.script("return document.getElementById('your-name').checkVisibility()").await, json!(false));
    guest.script("document.getElementById('consent').click()").await;
    guest.press("Start chat").await;
    guest.write("Message", "Hello\n").await;
    world.webex_has("Ada Lovelace", "Ada Lovelace writes about: Orders").await;

    // After leaving they come in again as themselves, by loading the page again.
    guest.press("More").await;
    guest.press("Leave chat").await;
    guest.press("Leave").await;
    guest.sees("You left the chat.").await;
    assert_eq!(guest.script(form).await, json!(false));
    leave(guest).await;
    members.world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_cookie_is_kept_they_are_known_all_the_same() {
    let members = Members::open_with(TAG, Cookies::Blocked, "required", "").await;
    let Members { shop, world, .. } = &members;
    members.sign_in("42", "Ada Lovelace");
    let guest = &world.guest;
    for page in ["first", "second"] {
        guest.goto(&shop.page(page)).await;
        guest.script(IDENTIFY).await;
        enter(guest, HOST).await;
        guest.write("Message", &format!("On the {page} page\n")).await;
        world.webex_has("Ada Lovelace", &format!("On the {page} page")).await;
        leave(guest).await;
    }
    enter(guest, HOST).await;
    guest.sees_message("On the first page").await;
    leave(guest).await;
    members.world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_element_is_told_before_its_script_has_come_and_knows_it_wherever_it_is_put() {
    let markup = "<script src=\"/settings.js\"></script><script async src=\"PORTAL/embed.js\"></script>";
    let members = Members::open_with(markup, Cookies::Allowed, "required", "").await;
    let Members { shop, world, .. } = &members;
    members.sign_in("42", "Ada Lovelace");
    shop.has_settings(
        "addEventListener('DOMContentLoaded', () => { const chat = document.createElement('guest-portal'); chat.setAttribute('site', 'demo'); \
         chat.identify = async () => (await fetch('/chat-identity')).text(); window.ready = 0; chat.addEventListener('ready', () => ready++); \
         document.body.append(chat); })",
    );
    let guest = &world.guest;
    guest.goto(&shop.page("account")).await;
    let element = "document.querySelector('guest-portal').shadowRoot";
    answers(guest, "return window.ready", json!(1)).await;
    enter(guest, element).await;
    guest.write("Message", "Hello\n").await;
    world.webex_has("Ada Lovelace", "Hello").await;
    leave(guest).await;
    // Put elsewhere it loads anew; another function alone does not make it.
    guest.script("const chat = document.querySelector('guest-portal'); chat.remove(); document.body.append(chat)").await;
    answers(guest, "return window.ready", json!(2)).await;
    guest.script("document.querySelector('guest-portal').identify = async () => ''").await;
    enter(guest, element).await;
    guest.sees_message("Hello").await;
    leave(guest).await;
    assert_eq!(guest.script("return window.ready").await, json!(2));
    members.world.close().await;
}
