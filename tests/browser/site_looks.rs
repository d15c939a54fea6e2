//! What a site's owner may change of the page: words, picture, questions; and a device that many people use.

use std::time::Duration;

use serde_json::json;

use crate::{
    embedded::{HOST, answers, enter, leave},
    shop::Shop,
    world::World,
};

const SITE: &str = "[[site]]\nid = \"demo\"\nname = \"Shop\"\nstaff = [\"grace@sandbox.example\"]\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_site_has_its_own_words_and_picture_in_every_language() {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.svg");
    let drawing =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 10\"><rect width=\"40\" height=\"10\" fill=\"#0a7d4f\"/></svg>";
    std::fs::write(&logo, drawing).unwrap();
    let site = format!(
        "{SITE}[site.theme]\nlogo = \"{}\"\n[site.words.en]\nstart_chat = \"Talk to us\"\n[site.words.de]\nstart_chat = \"Los geht’s\"\n",
        logo.display()
    );
    let world = World::start_with_sites(&site).await;
    let guest = &world.guest;
    guest.goto(&world.page()).await;
    guest.button("Talk to us").await;
    guest.sees("This is how our team will see you.").await;
    let shown = "const style = getComputedStyle(document.querySelector('.sign-in__mark')); \
        return fetch(style.backgroundImage.slice(5, -2)).then(answer => answer.headers.get('content-type'))";
    assert_eq!(guest.script(shown).await, json!("image/svg+xml"));
    guest.goto(&format!("{}?lang=de", world.page())).await;
    guest.button("Los geht’s").await;
    guest.goto(&format!("{}?lang=fr", world.page())).await;
    guest.button("Démarrer le chat").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_owners_page_knows_already_is_filled_in_and_what_is_no_address_is_told() {
    let tag =
        "<script src=\"/settings.js\"></script><script async src=\"PORTAL/embed.js?site=demo\" data-open data-email=\"ada\"></script>";
    let shop = Shop::open(tag).await;
    let asks = "[site.pre_chat]\nemail = \"required\"\ntopics = [\"Orders\", \"Returns\"]\n[site.launcher]\nposition = \"left\"\ngreeting = \"Hi\"\n";
    let world = World::start_with_sites(&(shop.site() + asks)).await;
    shop.embeds(&world.recorder.base_url());
    shop.has_settings("window.guestPortalSettings = { name: 'Ada Lovelace', topic: 'Returns', email: 'nobody@example.com' }");
    let guest = &world.guest;
    guest.goto(&shop.page("first")).await;
    answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    let corner = format!("return {HOST}.querySelector('.whole').classList.contains('left')");
    assert_eq!(guest.script(&corner).await, json!(true), "the portal's own setting");
    // A frame whose address is the same but for what it is told of the guest begins anew all the same.
    guest.script("GuestPortal('identify', null)").await;
    answers(guest, "return heard.filter(([type]) => type === 'ready').length", json!(2)).await;
    enter(guest, HOST).await;
    guest.press("Start chat").await;
    guest.sees("Please enter an e-mail address, such as ada@example.com.").await;
    assert_eq!(guest.script("return document.activeElement.id").await, json!("your-email"), "the guest is led to it");
    assert_eq!(guest.script("return document.getElementById('your-email').value").await, json!("ada"), "the tag comes last");
    guest.write("E-mail address", "@example.com").await;
    guest.press("Start chat").await;
    guest.write("Message", "Hello\n").await;
    world.webex_has("Ada Lovelace", "Ada Lovelace writes about: Returns\nAda Lovelace can be reached at ada@example.com").await;
    leave(guest).await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_device_of_many_whoever_goes_away_is_asked_and_forgotten() {
    let world = World::start_with_sites(&format!("{SITE}kiosk_minutes = 1\n")).await;
    let guest = &world.guest;
    guest.goto(&world.page()).await;
    // Time runs faster for the page: a minute in four seconds. And the portal is away when it is first asked to forget the guest.
    let faster = "const wait = window.setTimeout; window.setTimeout = (done, millis, ...more) => \
        wait(done, millis >= 3000 ? millis / 15 : millis, ...more); \
        const reach = window.fetch; let refused = 0; window.fetch = (what, how) => \
        how?.method === 'DELETE' && !refused++ ? Promise.resolve(new Response('', { status: 503 })) : reach(what, how)";
    guest.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": faster })).await;
    guest.goto(&world.page()).await;
    guest.write("Your name", "Ada").await;
    guest.press("Start chat").await;
    guest.write("Message", "Hello\n").await;
    guest.sees_message("Sent").await;
    guest.write("Message", "Half a tho").await;
    guest.sees("Are you still there?").await;
    let kept = "return [document.cookie, JSON.stringify({ ...localStorage })].join()";
    assert!(guest.script(kept).await.as_str().is_some_and(|kept| kept.contains("Half a tho")), "a draft is kept while they are here");
    // Nobody is.
    guest.text_box("Your name").await;
    let told =
        guest.until(async || world.portal.webex().messages_titled("Ada").iter().any(|one| one.text == "Ada left the chat.").then_some(()));
    assert!(told.await.is_some(), "staff are told");
    assert!(!guest.script(kept).await.to_string().contains("Half a tho"));
    guest.until(async || (guest.script("return performance.getEntriesByType('navigation')[0].type").await == "reload").then_some(())).await;
    guest.text_box("Your name").await;
    tokio::time::timeout(Duration::from_secs(5), guest.sees_no_longer("Half a tho")).await.unwrap();
    world.close().await;
}
