//! What the guest is told when something is not as it should be; and that nothing they wrote is lost.

use sandbox::Fault;

use crate::world::World;

/// The notice that what is shown may be old.
const STALE: &str = "Webex cannot be reached just now. You may not see the newest messages yet.";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_offline_is_sent_when_the_line_is_back() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("before").await;
    world.webex_has("Ada", "before").await;
    world.guest.set_offline(true).await;
    world.guest.sees("You are offline").await;
    world.say("written offline").await;
    world.guest.sees_message("written offline").await;
    world.guest.set_offline(false).await;
    world.guest.sees_no_longer("You are offline").await;
    world.webex_has("Ada", "written offline").await;
    let in_webex = world.portal.webex().messages_titled("Ada").iter().filter(|message| message.text == "written offline").count();
    assert_eq!(in_webex, 1);
    assert_eq!(world.times_shown("written offline").await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_unclear_fate_says_so_and_is_sent_again_once_it_is_surely_not_there() {
    let mut world = World::start().await;
    world.sign_in("Ada").await;
    world.say("before").await;
    world.webex_has("Ada", "before").await;
    world.portal.webex().add_fault(Fault::drop_before("POST", "/v1/messages")).unwrap();
    world.say("who knows").await;
    world.guest.sees_message("Checking").await;
    world.say("after").await;
    world.restart_portal().await;
    world.guest.reload().await;
    world.guest.sees_message("Checking").await;
    world.portal.advance(std::time::Duration::from_secs(16));
    world.webex_has("Ada", "after").await;
    let texts: Vec<String> = world.portal.webex().messages_titled("Ada").into_iter().map(|message| message.text).skip(1).collect();
    assert_eq!(texts, ["before", "who knows", "after"]);
    for text in texts {
        world.guest.sees_message(&text).await;
        assert_eq!(world.times_shown(&text).await, 1);
    }
    world.guest.sees_no_longer("Checking").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_webex_refuses_can_be_tried_again() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("before").await;
    world.webex_has("Ada", "before").await;
    world.portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 400)).unwrap();
    world.say("refused at first").await;
    world.guest.press("Try again").await;
    world.webex_has("Ada", "refused at first").await;
    assert_eq!(world.times_shown("refused at first").await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_webex_refuses_can_be_written_anew() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("before").await;
    world.webex_has("Ada", "before").await;
    world.portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 400)).unwrap();
    let count = world.portal.webex().messages_titled("Ada").len();
    world.say("refused as it is").await;
    world.guest.press("Edit").await;
    world.guest.sees_no_longer("Try again").await;
    world.guest.write("Message", ", and taken after all\n").await;
    world.webex_has("Ada", "refused as it is, and taken after all").await;
    world.guest.sees_message("Sent").await;
    assert_eq!((world.times_shown("refused as it is").await, world.portal.webex().messages_titled("Ada").len()), (1, count + 1));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_and_writing_work_while_webex_is_away() {
    let mut world = World::start().await;
    world.portal.stop_sandbox().await;
    world.sign_in("Ada").await;
    world.say("nobody there yet").await;
    world.guest.sees_message("nobody there yet").await;
    world.guest.sees("Webex does not answer").await;
    world.portal.start_sandbox().await;
    world.webex_has("Ada", "nobody there yet").await;
    world.guest.sees_message("Sent").await;
    assert_eq!(world.times_shown("nobody there yet").await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_opened_while_webex_is_away_fills_by_itself() {
    let mut world = World::start().await;
    world.sign_in("Ada").await;
    world.say("said before").await;
    world.webex_has("Ada", "said before").await;
    world.portal.stop_sandbox().await;
    // A portal that has just started remembers nothing of what was said.
    world.restart_portal().await;
    world.guest.reload().await;
    world.guest.sees(STALE).await;
    world.portal.start_sandbox().await;
    world.guest.sees_message("said before").await;
    world.guest.sees_no_longer(STALE).await;
    assert_eq!(world.times_shown("said before").await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_be_taken_is_said_beside_the_box_and_kept() {
    let world = World::start().await;
    world.guest.goto(&world.page()).await;
    world.guest.press("Start chat").await;
    world.guest.sees("name").await;
    let long = "x".repeat(65);
    world.guest.write("Your name", &long).await;
    world.guest.press("Start chat").await;
    world.guest.sees("64").await;
    let kept = world.guest.text_box("Your name").await.prop("value").await.expect("the box").unwrap_or_default();
    assert_eq!(kept, long);
    world.end().await;
}
