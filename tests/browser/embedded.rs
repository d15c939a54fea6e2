//! The chat on the pages of an owner: the launcher in the corner, and the element in the page.

use fantoccini::elements::Element;
use serde_json::{Value, json};
use tests::browser::TestBrowser;

use crate::{shop::Shop, world::World};

const TAG: &str = "<script async src=\"PORTAL/embed.js\" data-site=\"demo\" data-name=\"Ada\" data-greeting=\"May we help?\"></script>";
pub(crate) const HOST: &str = "document.querySelector('[data-guest-portal]').shadowRoot";

async fn shop_with(markup: &'static str) -> (Shop, World) {
    let shop = Shop::open(markup).await;
    let world = World::start_with_sites(&shop.site()).await;
    shop.embeds(&world.recorder.base_url());
    (shop, world)
}

/// By this name WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Waits until a script answers this.
pub(crate) async fn answers(guest: &TestBrowser, script: &str, expected: Value) {
    if guest.until(async || (guest.script(script).await == expected).then_some(())).await.is_none() {
        panic!("{script}: not {expected} but {}; the console says {:?}", guest.script(script).await, guest.console().await);
    }
}

/// Into the chat's frame.
pub(crate) async fn enter(guest: &TestBrowser, within: &str) {
    let frame = guest.client().execute(&format!("return {within}.querySelector('iframe')"), Vec::new()).await.unwrap();
    let id = frame[ELEMENT].as_str().expect("a frame").to_owned();
    let frame = Element::from_element_id(guest.client().clone(), id.into());
    frame.enter_frame().await.unwrap();
}

pub(crate) async fn leave(guest: &TestBrowser) {
    guest.client().clone().enter_parent_frame().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_launcher_opens_the_chat_and_keeps_it_from_page_to_page() {
    let (shop, world) = shop_with(TAG).await;
    let guest = &world.guest;
    guest.goto(&shop.page("first")).await;

    // Before it is opened the page has one script more, and nothing else.
    answers(guest, &format!("return {HOST}.querySelector('.launcher').getAttribute('aria-expanded')"), json!("false")).await;
    let fetched = "return performance.getEntriesByType('resource').map(e => new URL(e.name).pathname).filter(p => p !== '/shop.js')";
    assert_eq!(guest.script(fetched).await, json!(["/embed.js"]));
    let kept = format!("return [document.cookie, localStorage.length, sessionStorage.length, {HOST}.querySelectorAll('iframe').length]");
    assert_eq!(guest.script(&kept).await, json!(["", 0, 0, 0]));
    assert_eq!(guest.script(&format!("return {HOST}.querySelector('.greeting').textContent")).await, json!("May we help?"));

    let moved = "const [done] = arguments; let moved = 0; \
        new PerformanceObserver(list => moved += list.getEntries().length).observe({ type: 'layout-shift', buffered: true }); \
        setTimeout(() => done([PerformanceObserver.supportedEntryTypes.includes('layout-shift'), moved]), 100)";
    assert_eq!(guest.client().execute_async(moved, Vec::new()).await.unwrap(), json!([true, 0]), "nothing on the page moves");

    // By keyboard, into the frame.
    guest.script(&format!("{HOST}.querySelector('.launcher').focus()")).await;
    guest.client().active_element().await.unwrap().send_keys("\u{e007}").await.unwrap();
    answers(guest, "return heard.map(([type]) => type)", json!(["open", "ready", "unread"])).await;
    assert_eq!(guest.script(&format!("return {HOST}.activeElement.tagName")).await, json!("IFRAME"), "the keyboard goes along");
    enter(guest, HOST).await;
    let name = guest.text_box("Your name").await.prop("value").await.unwrap();
    assert_eq!(name.as_deref(), Some("Ada"));
    guest.press("Start chat").await;
    guest.write("Message", "Where is my order?\n").await;
    world.webex_has("Ada", "Where is my order?").await;
    guest.sees_message("Sent").await;

    // What comes while it is closed is counted, and told.
    leave(guest).await;
    guest.script("GuestPortal('close')").await;
    let count = format!("return [{HOST}.querySelector('.panel').hidden, {HOST}.querySelector('.count').textContent]");
    world.staff_reply("Ada", "On its way.");
    answers(guest, &count, json!([true, "1"])).await;
    world.staff_reply("Ada", "It comes today.");
    answers(guest, &count, json!([true, "2"])).await;
    let told = "return heard.filter(([type, value]) => type === 'message' || (type === 'unread' && value)).map(([type, value]) => value)";
    assert_eq!(guest.script(told).await, json!([null, 1, null, 2]));
    guest.script("GuestPortal('open')").await;
    answers(guest, "return heard.at(-1)", json!(["unread", 0])).await;

    // Another page of the shop: still open, with the same conversation.
    guest.goto(&shop.page("second")).await;
    answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    assert_eq!(guest.script("return heard[0][0]").await, json!("open"), "what the page asked for before comes first");
    assert_eq!(guest.script(&format!("return {HOST}.querySelector('.greeting')")).await, Value::Null, "who talks need not be greeted");
    enter(guest, HOST).await;
    guest.sees_message("It comes today.").await;
    leave(guest).await;

    // Gone, with everything.
    guest.script("GuestPortal('destroy')").await;
    assert_eq!(guest.script("return [!!document.querySelector('[data-guest-portal]'), sessionStorage.length]").await, json!([false, 0]));
    // What is called now is for the next one, as pages put it in that draw themselves anew.
    guest
        .script("window.later = []; GuestPortal('on', 'open', () => later.push('open')); import(document.querySelector('script[src*=embed]').src)")
        .await;
    answers(guest, "return !!document.querySelector('[data-guest-portal]')", json!(true)).await;
    guest.script("GuestPortal('open')").await;
    answers(guest, "return later", json!(["open"])).await;
    let complaints: Vec<_> = guest.console().await.into_iter().filter(|line| line.contains("Security Policy")).collect();
    assert_eq!(complaints, Vec::<String>::new(), "the shop's policy was kept");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_element_is_a_part_of_the_page_and_only_its_page_is_heard() {
    let markup = "<script async src=\"PORTAL/embed.js\"></script><guest-portal site=\"demo\" lang=\"de\" theme=\"dark\"></guest-portal>";
    let (shop, world) = shop_with(markup).await;
    let guest = &world.guest;
    guest.goto(&shop.page("help")).await;
    let element = "document.querySelector('guest-portal').shadowRoot";
    answers(guest, "return !!document.querySelector('guest-portal')?.shadowRoot?.querySelector('iframe')", json!(true)).await;
    enter(guest, element).await;
    guest.text_box("Ihr Name").await;
    answers(guest, "return document.documentElement.style.colorScheme", json!("dark")).await;

    // Neither the frame itself nor anybody without a channel is its page.
    guest.script("postMessage({ v: 1, type: 'init' }, location.origin, [new MessageChannel().port2])").await;
    leave(guest).await;
    guest.script(&format!(
        "const frame = {element}.querySelector('iframe').contentWindow; \
         for (const said of [null, 'init', {{ v: 2, type: 'init' }}, {{ v: 1, type: 'init' }}, {{ v: 1, type: 'theme', value: 'light' }}]) frame.postMessage(said, '*')"
    ))
    .await;
    // Messages come in order: had these been heard, it would be light by the time the frame has answered.
    let asked = format!(
        "const [done] = arguments, frame = {element}.querySelector('iframe').contentWindow; \
         requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(frame.length), 200)))"
    );
    guest.client().execute_async(&asked, Vec::new()).await.unwrap();
    enter(guest, element).await;
    assert_eq!(guest.script("return document.documentElement.style.colorScheme").await, json!("dark"));
    leave(guest).await;
    guest.script("document.querySelector('guest-portal').setAttribute('theme', 'light')").await;
    enter(guest, element).await;
    answers(guest, "return document.documentElement.style.colorScheme", json!("light")).await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_made_for_ciscos_widget_works_with_another_address() {
    let markup = "<script src=\"PORTAL/space-widget.js\"></script><div id=\"chat\" data-toggle=\"webex-space\" data-access-token=\"a.b.c\" \
        data-destination-id=\"Grace@sandbox.example\" data-destination-type=\"email\"></div><div id=\"other\" data-toggle=\"webex-space\" \
        data-destination-id=\"linus@sandbox.example\" data-destination-type=\"email\"></div>";
    let shop = Shop::open(markup).await;
    let site = shop.site() + "destinations = [\"grace@sandbox.example\"]\n";
    let world = World::start_with_sites(&site).await;
    shop.embeds(&world.recorder.base_url());
    let guest = &world.guest;
    guest.goto(&shop.page("old")).await;
    answers(guest, "return [!!document.querySelector('#chat iframe'), document.querySelector('[data-access-token]')]", json!([true, null]))
        .await;
    enter(guest, "document.getElementById('chat')").await;
    guest.write("Your name", "Ada").await;
    guest.press("Start chat").await;
    guest.write("Message", "From an old page\n").await;
    world.webex_has("Ada", "From an old page").await;
    leave(guest).await;
    enter(guest, "document.getElementById('other')").await;
    assert_eq!(guest.client().find_all(fantoccini::Locator::Css("#app")).await.unwrap().len(), 0, "whom nobody lists is not shown");
    let shown =
        async |whom: &str| reqwest::get(format!("{}/embed?destination={whom}", world.recorder.base_url())).await.unwrap().status().as_u16();
    assert_eq!((shown("linus@sandbox.example").await, shown("").await, shown("grace@sandbox.example").await), (404, 404, 200));
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_can_change_language_and_theme_and_end_the_session() {
    let twice = "<script src=\"PORTAL/embed.js\" data-site=\"demo\" data-open data-hidden></script>\
        <script src=\"PORTAL/embed.js\" data-site=\"demo\" data-open data-hidden></script>";
    let (shop, world) = shop_with(twice).await;
    let guest = &world.guest;
    guest.goto(&shop.page("first")).await;
    answers(
        guest,
        &format!("return [{HOST}.querySelector('.panel').hidden, {HOST}.querySelector('.launcher').hidden]"),
        json!([false, true]),
    )
    .await;
    guest.script("GuestPortal('setTheme', 'dark'); GuestPortal('setLocale', 'fr')").await;
    answers(guest, "return heard.filter(([type]) => type === 'ready').length", json!(1)).await;
    enter(guest, HOST).await;
    guest.write("Votre nom", "Ada").await;
    answers(guest, "return document.documentElement.style.colorScheme", json!("dark")).await;
    guest.press("Démarrer le chat").await;
    guest.write("Message", "Bonjour\n").await;
    world.webex_has("Ada", "Bonjour").await;
    leave(guest).await;

    guest.script("GuestPortal('logout')").await;
    let is_closed = format!("return {HOST}.querySelector('.panel').hidden");
    assert_eq!(guest.script(&is_closed).await, json!(true), "nobody is left to read it");
    guest.script("GuestPortal('open')").await;
    enter(guest, HOST).await;
    guest.text_box("Votre nom").await;
    leave(guest).await;
    // On a page where the chat was never opened the guest is forgotten, too; and a script that runs twice draws one button.
    enter(guest, HOST).await;
    guest.write("Votre nom", "Bea").await;
    guest.press("Démarrer le chat").await;
    guest.text_box("Message").await;
    leave(guest).await;
    guest.script("sessionStorage.clear()").await;
    guest.goto(&shop.page("signed-out")).await;
    answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    assert_eq!(guest.script("return document.querySelectorAll('[data-guest-portal]').length").await, json!(1));
    guest.script("GuestPortal('logout'); GuestPortal('open')").await;
    enter(guest, HOST).await;
    guest.text_box("Your name").await;
    leave(guest).await;
    let wrong = "try { GuestPortal('shout') } catch (error) { return error.message }";
    assert!(guest.script(wrong).await.as_str().is_some_and(|message| message.contains("there is no \"shout\"")));
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_changes_its_body_by_script_keeps_the_chat_and_nobody_else_is_let_in() {
    let (shop, world) = shop_with(TAG).await;
    let guest = &world.guest;
    guest.goto(&shop.page("first")).await;
    answers(guest, "return !!document.querySelector('[data-guest-portal]')", json!(true)).await;
    guest.script("GuestPortal('open')").await;
    answers(guest, "return heard.some(([type]) => type === 'ready')", json!(true)).await;
    guest
        .script(
            "document.body.replaceWith(document.createElement('body')); document.body.append('Another view'); \
             history.pushState(null, '', '/pages/another')",
        )
        .await;
    enter(guest, HOST).await;
    guest.write("Your name", " Lovelace").await;
    leave(guest).await;
    answers(guest, "return heard.filter(([type]) => type === 'ready').length", json!(1)).await;

    // The shop next door has copied the tag.
    let other = Shop::open(TAG).await;
    other.embeds(&world.recorder.base_url());
    guest.goto(&other.page("copied")).await;
    answers(guest, "return !!document.querySelector('[data-guest-portal]')", json!(true)).await;
    guest.script("GuestPortal('open')").await;
    let refused = guest.until(async || guest.console().await.into_iter().find(|line| line.contains("frame-ancestors"))).await;
    assert!(refused.is_some(), "the browser says why it shows nothing");
    assert_eq!(guest.script("return heard.some(([type]) => type === 'ready')").await, json!(false));
    let told = "return heard.find(([type]) => type === 'error')?.[1] ?? ''";
    let said = guest.until(async || guest.script(told).await.as_str().filter(|said| !said.is_empty()).map(str::to_owned)).await;
    assert!(
        said.is_some_and(|said| said.contains("allowed_origins") && said.contains(&other.address)),
        "the page is told, and how to mend it"
    );
    let link = format!("const link = {HOST}.querySelector('.panel a'); return [link?.href, link?.target]");
    assert_eq!(guest.script(&link).await, json!([format!("{}/s/demo", world.recorder.base_url()), "_blank"]), "the visitor has a way");
    world.close().await;
}
