//! A site that asks a browser to work before it lets somebody in: the guest notices nothing of it.

use serde_json::Value;
use tests::{engine::Cookies, portal::TWO_SITES};

use crate::world::World;

fn sites() -> String {
    TWO_SITES.replacen("name = \"Acme support\"", "name = \"Acme support\"\nproof_of_work = true", 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_of_a_site_that_asks_for_work_signs_in_as_everywhere() {
    for cookies in [Cookies::Allowed, Cookies::Blocked] {
        let world = World::start_with_cookies(&sites(), cookies).await;
        world.sign_in("Ada").await;
        world.say("Hello").await;
        world.webex_has("Ada", "Hello").await;
        assert_eq!(world.guest.script("return document.querySelectorAll('script[src*=proof]').length").await, Value::from(1));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_and_comes_again_works_again() {
    let world = World::start_with_sites(&sites()).await;
    world.sign_in("Ada").await;
    world.say("Hello").await;
    // Another session in the same page: what was worked for before is used up.
    let again = "const done = arguments[arguments.length - 1];
        fetch('/api/session', { method: 'DELETE', headers: { 'x-gp': 'demo' } })
            .then(() => fetch('/api/session', { method: 'POST', headers: { 'x-gp': 'demo', 'content-type': 'application/json' },
                body: JSON.stringify({ display_name: 'Ada' }) }))
            .then((answer) => done(answer.status));";
    assert_eq!(world.guest.client().execute_async(again, Vec::new()).await.unwrap(), Value::from(201));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_worked_for_before_a_restart_is_worked_for_again() {
    let mut world = World::start_with_sites(&sites()).await;
    world.guest.goto(&world.page()).await;
    let has_begun = "return performance.getEntriesByType('resource').some((entry) => entry.name.endsWith('/api/proof'))";
    let guest = &world.guest;
    world.portal.until("the work", async || (guest.script(has_begun).await == Value::Bool(true)).then_some(())).await;
    world.restart_portal().await;
    world.guest.write("Your name", "Ada").await;
    world.guest.press("Start chat").await;
    world.guest.text_box("Message").await;
    world.say("Hello").await;
    world.webex_has("Ada", "Hello").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_not_asked_for_the_page_has_nothing_of_it() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    assert_eq!(world.guest.script("return document.querySelectorAll('script[src*=proof]').length").await, Value::from(0));
    world.end().await;
}
