//! A guest who writes faster than the portal takes it: what is refused waits in the browser, and arrives in its turn.

use tests::{
    files::TestFile,
    portal::{GRACE, TWO_SITES},
};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_for_being_too_much_waits_and_arrives_in_order() {
    let limits = "[limits]\nprofile = \"bench\"\nsends_per_guest = \"60/min burst 1\"\n";
    let world = World::start_with_sites(&format!("{limits}{TWO_SITES}")).await;
    world.sign_in("Ada").await;
    world.say("one").await;
    for text in ["two", "three", "four"] {
        world.guest.write("Message", text).await;
        world.guest.press("Send").await;
    }
    for text in ["two", "three", "four"] {
        world.webex_has("Ada", text).await;
    }
    let texts = world.portal.texts_in_webex("Ada", 5).await;
    assert_eq!(texts[1..], ["one", "two", "three", "four"]);
    let answers = String::from_utf8_lossy(&world.recorder.answers()).to_lowercase();
    assert!(answers.contains("http/1.1 429") && answers.contains("retry-after: 1"), "nothing was refused");
    let page = world.guest.script("return document.body.innerText").await.to_string();
    assert!(!page.contains("Not sent") && !page.contains("wait"), "{page}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_was_refused_for_being_too_much_is_shown_after_all() {
    let limits = "[limits]\nprofile = \"bench\"\ndownloads_per_guest = \"30/min burst 1\"\n";
    let world = World::start_with_sites(&format!("{limits}{TWO_SITES}")).await;
    world.sign_in("Ada").await;
    world.say("Hello").await;
    world.webex_has("Ada", "Hello").await;
    let room = world.portal.webex().room_titled("Ada").unwrap().id;
    for name in ["one.png", "two.png", "three.png"] {
        let picture = &TestFile::drawn_png(name).bytes;
        world.portal.webex().send_file_as_staff(GRACE, &room, name, "image/png", picture, None).unwrap();
    }
    let drawn = "return [...document.querySelectorAll('.file__image')].filter(image => image.naturalWidth > 0).length";
    let all = world.guest.until(async || (world.guest.script(drawn).await == 3).then_some(())).await;
    assert!(all.is_some(), "{} of 3 are shown", world.guest.script(drawn).await);
    let answers = String::from_utf8_lossy(&world.recorder.answers()).to_lowercase();
    assert!(answers.contains("http/1.1 429"), "nothing was refused");
    world.end().await;
}
