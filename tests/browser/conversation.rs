//! The main job: a guest and staff talk, whatever is reloaded or restarted meanwhile.

use crate::world::{REPLY_WITHIN, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_and_staff_talk_through_reload_and_restart() {
    let mut world = World::start().await;
    world.sign_in("Ada Lovelace").await;
    world.say("Is anybody there?").await;
    world.guest.sees_message("Is anybody there?").await;

    let desk = world.desk("Ada Lovelace").await;
    desk.sees_message("Is anybody there?").await;
    desk.write("Reply as staff", "Yes, how can we help?").await;
    desk.press("Send reply").await;
    let took = world.guest.sees_message("Yes, how can we help?").await;
    println!("the reply was on the guest's screen after {took:?}");
    assert!(took < REPLY_WITHIN, "the reply took {took:?}");

    world.guest.reload().await;
    world.guest.sees_message("Yes, how can we help?").await;
    assert_eq!(world.times_shown("Is anybody there?").await, 1);

    world.restart_portal().await;
    world.portal.restart_sandbox().await;
    world.say("Still here?").await;
    world.webex_has("Ada Lovelace", "Still here?").await;
    world.choose_space(&desk, "Ada Lovelace").await;
    desk.sees_message("Still here?").await;
    desk.write("Reply as staff", "Of course.").await;
    desk.press("Send reply").await;
    world.guest.sees_message("Of course.").await;
    world.guest.reload().await;
    world.guest.sees_message("Of course.").await;
    for text in ["Is anybody there?", "Yes, how can we help?", "Still here?", "Of course."] {
        assert_eq!(world.times_shown(text).await, 1, "{text}");
        let in_webex = world.portal.webex().messages_titled("Ada Lovelace").iter().filter(|message| message.text == text).count();
        assert_eq!(in_webex, 1, "{text} in Webex");
    }
    desk.close().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_a_guest_show_the_same() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("from the first tab").await;
    world.webex_has("Ada", "from the first tab").await;
    let first = world.guest.this_tab().await;
    let second = world.guest.new_tab().await;
    world.guest.goto(&world.page()).await;
    world.guest.sees_message("from the first tab").await;
    world.say("from the second tab").await;
    world.guest.sees_message("from the second tab").await;
    world.webex_has("Ada", "from the second tab").await;
    world.staff_reply("Ada", "for both tabs");
    for tab in [&first, &second] {
        world.guest.turn_to(tab).await;
        world.guest.sees_message("for both tabs").await;
        for text in ["from the first tab", "from the second tab", "for both tabs"] {
            assert_eq!(world.times_shown(text).await, 1, "{text}");
        }
    }
    world.guest.press("Leave chat").await;
    world.guest.press("Leave").await;
    world.guest.text_box("Your name").await;
    world.guest.turn_to(&first).await;
    world.guest.text_box("Your name").await;
    world.end().await;
}
