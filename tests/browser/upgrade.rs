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

    /// The tab is put aside, and looked at again.
    async fn looks_away_and_back(&self) {
        let chat = self.guest.this_tab().await;
        let other = self.guest.new_tab().await;
        self.guest.turn_to(&other).await;
        self.guest.client().close_window().await.unwrap();
        self.guest.turn_to(&chat).await;
        self.guest.text_box("Message").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_open_goes_on_over_an_upgrade_and_becomes_the_new_one_while_nobody_looks() {
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
    assert!(world.is_same_page().await, "it goes on while somebody looks");

    world.guest.write("Message", "Half a sentence").await;
    world.looks_away_and_back().await;

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
async fn a_page_that_holds_the_session_itself_is_never_loaded_anew() {
    let world =
        World::start_with_cookies("[[site]]\nid = \"demo\"\nname = \"Acme\"\nstaff = [\"grace@sandbox.example\"]\n", Cookies::Blocked)
            .await;
    world.sign_in("Ada").await;
    world.say("Hello").await;
    world.webex_has("Ada", "Hello").await;
    assert_eq!(world.guest.script(&format!("return {BUILD}")).await, Value::Null);
    world.guest.script("window.__is_same = true").await;
    world.looks_away_and_back().await;
    world.guest.sees_message("Hello").await;
    assert!(world.is_same_page().await);
    world.end().await;
}
