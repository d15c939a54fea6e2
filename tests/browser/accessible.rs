//! What axe-core finds on the way through the main job: nothing. Every state there is: `./x campaign gallery`.

use tests::axe;

use crate::world::World;

const SITES: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.meetings]
[site.pre_chat]
topics = ["Orders"]
consent = "I agree that my messages are stored."
consent_version = "1"
"#;

/// Asks in the light and in the dark.
async fn nothing_is_found(world: &World, where_it_is: &str) {
    for is_dark in [false, true] {
        world.guest.set_dark(is_dark).await;
        let found = axe::violations(&world.guest).await;
        assert!(found.is_empty(), "{where_it_is}, dark: {is_dark}: {found:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_from_the_sign_in_to_the_meeting() {
    let world = World::start_with_sites(SITES).await;
    let guest = &world.guest;
    guest.goto(&world.page()).await;
    guest.press("Start chat").await;
    guest.sees("Please enter your name.").await;
    nothing_is_found(&world, "signing in, with mistakes").await;
    guest.write("Your name", "Ada").await;
    guest.script("const list = document.getElementById('topic'); list.value = 'Orders'; list.dispatchEvent(new Event('change'))").await;
    guest.script("document.getElementById('consent').click()").await;
    guest.press("Start chat").await;
    guest.text_box("Message").await;
    world.say("My parcel is lost").await;
    world.webex_has("Ada", "My parcel is lost").await;
    world.staff_reply("Ada", "Which one?");
    guest.sees_message("Which one?").await;
    nothing_is_found(&world, "talking").await;
    guest.press("Emoji").await;
    nothing_is_found(&world, "emoji").await;
    guest.press("Emoji").await;
    guest.press("Join meeting").await;
    guest.sees("You are next.").await;
    nothing_is_found(&world, "waiting for a meeting").await;
    guest.press("Leave chat").await;
    guest.button("Leave").await;
    nothing_is_found(&world, "leaving").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_has_its_own_colours_and_everything_can_be_read_on_them() {
    let site = "[[site]]\nid = \"demo\"\nname = \"Sunny\"\nstaff = [\"grace@sandbox.example\"]\n\
        [site.theme]\naccent = \"#ffdd00\"\naccent_dark = \"#0a2a66\"\n";
    let world = World::start_with_sites(site).await;
    world.sign_in("Ada").await;
    world.say("See https://www.example.com").await;
    world.guest.sees_message("Sent").await;
    let bubble = "const style = getComputedStyle(document.querySelector('.timeline__row--mine .timeline__bubble')); \
        return [style.backgroundColor, style.color]";
    for (is_dark, colours) in [(false, ["rgb(255, 221, 0)", "rgb(23, 26, 33)"]), (true, ["rgb(10, 42, 102)", "rgb(255, 255, 255)"])] {
        world.guest.set_dark(is_dark).await;
        assert_eq!(world.guest.script(bubble).await, serde_json::json!(colours));
    }
    nothing_is_found(&world, "a yellow site").await;
    world.end().await;
}
