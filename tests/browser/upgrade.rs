//! A portal of a newer build takes the place of the old one, under pages that are open.

use serde_json::Value;
use tests::engine::Cookies;

use crate::world::World;

/// What the page says of the build it is of.
const BUILD: &str = "document.querySelector('meta[name=\"guest-portal-build\"]')";

impl World {
    /// From here on the page is one that an older portal has handed out.
    async fn page_is_old(&self) {
        self.guest.script(&format!("{BUILD}.content = '0.0.9-0123456789abcdef'; window.__is_same = true")).await;
    }

    async fn is_same_page(&self) -> bool {
        self.guest.script("return window.__is_same === true").await == true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_open_goes_on_over_an_upgrade_and_becomes_the_new_one_when_it_is_told_to() {
    let mut world = World::start().await;
    world.sign_in("Ada").await;
    world.say("Before").await;
    world.webex_has("Ada", "Before").await;
    world.page_is_old().await;

    world.portal.stop_portal().await;
    world.say("While there was none").await;
    world.portal.start_portal().await;
    world.recorder.set_portal(world.portal.address());

    world.guest.sees("There is a newer version of this chat.").await;
    world.webex_has("Ada", "While there was none").await;
    world.say("After").await;
    world.webex_has("Ada", "After").await;
    world.guest.sees_message("Sent").await;
    let room = world.portal.webex().room_titled("Ada").unwrap();
    world.portal.webex().reply_as_staff(tests::portal::GRACE, &room.id, "An answer").unwrap();
    world.guest.sees_message("An answer").await;
    world.guest.write("Message", "Half a sentence").await;
    assert!(world.is_same_page().await, "it goes on by itself");

    world.guest.press("Reload").await;

    let is_new = async || (!world.is_same_page().await).then_some(());
    assert!(world.guest.until(is_new).await.is_some(), "it has not become the new one");
    let texts = ["Before", "While there was none", "After", "An answer"];
    for text in texts {
        world.guest.sees_message(text).await;
        assert_eq!(world.guest.messages().await.matches(text).count(), 1, "{text}");
    }
    let draft = async || {
        let text = world.guest.text_box("Message").await.prop("value").await.unwrap();
        (text.as_deref() == Some("Half a sentence")).then_some(())
    };
    assert!(world.guest.until(draft).await.is_some(), "the draft is gone");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_holds_the_session_itself_is_not_asked_to_be_loaded_anew() {
    let world =
        World::start_with_cookies("[[site]]\nid = \"demo\"\nname = \"Acme\"\nstaff = [\"grace@sandbox.example\"]\n", Cookies::Blocked)
            .await;
    world.sign_in("Ada").await;
    world.say("Hello").await;
    world.webex_has("Ada", "Hello").await;
    assert_eq!(world.guest.script(&format!("return {BUILD}")).await, Value::Null);
    world.end().await;
}
