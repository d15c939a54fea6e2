//! What is seen stays where it belongs, whatever size the window has.

use tests::browser::Screen;

use crate::world::World;

/// The newest message is in view, and nothing but the log scrolls.
const AT_REST: &str = "const log = document.querySelector('[role=log]'); const app = document.querySelector('#app'); \
    return [log.scrollHeight - log.scrollTop - log.clientHeight <= 48, app.scrollHeight <= app.clientHeight, \
            document.documentElement.scrollWidth <= innerWidth, log.scrollHeight > log.clientHeight]";

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_message_stays_in_view_when_the_window_changes_its_size() {
    let world = World::start().await;
    world.guest.set_screen(Screen::WIDGET).await;
    world.sign_in("Ada").await;
    world.say("hello").await;
    world.webex_has("Ada", "hello").await;
    for number in 1..=30 {
        world.staff_reply("Ada", &format!("answer number {number} with words enough to need a second line in a narrow window"));
    }
    world.guest.sees_message("answer number 30").await;
    for screen in [Screen::WIDGET, Screen::PHONE, Screen::PAGE, Screen::PHONE, Screen::WIDGET] {
        world.guest.set_screen(screen).await;
        let at_rest = world
            .guest
            .until(async || (world.guest.script(AT_REST).await == serde_json::json!([true, true, true, true])).then_some(()))
            .await;
        assert!(at_rest.is_some(), "{}: {}", screen.name, world.guest.script(AT_REST).await);
    }
    world.end().await;
}
