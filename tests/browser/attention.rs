//! What reaches a guest who does not look at the log, and what pasting does to what is being written.

use serde_json::{Value, json};

use crate::world::World;

/// Pastes as the browser would: a picture, and words beside it.
fn paste(words: &str) -> String {
    let words = json!(words);
    format!(
        "const data = new DataTransfer();
         data.items.add(new File([new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1])], 'picture.png', {{ type: 'image/png' }}));
         if ({words}) data.setData('text/plain', {words});
         const event = new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }});
         return document.getElementById('message').dispatchEvent(event);"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_said_even_the_same_one_again() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("Hello").await;
    world.webex_has("Ada", "Hello").await;
    for text in ["first", "second", "ok", "ok"] {
        world.staff_reply("Ada", text);
    }
    let said = async || {
        let lines = "return [...document.querySelectorAll('[aria-live=polite].hidden p')].map(line => line.textContent).filter(line => line.startsWith('Grace'))";
        let lines: Vec<String> = serde_json::from_value(world.guest.script(lines).await).unwrap();
        (lines.len() >= 4).then_some(lines)
    };
    let lines = world.guest.until(said).await.expect("four answers are said");
    assert_eq!(lines, ["Grace Hopper: first", "Grace Hopper: second", "Grace Hopper: ok", "Grace Hopper: ok"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tab_says_what_its_guest_has_not_seen() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("Hello").await;
    world.webex_has("Ada", "Hello").await;
    world.guest.sees_message("thank you for writing").await;
    let title = async |wanted: &str| {
        let is_it = async || (world.guest.script("return document.title").await.as_str() == Some(wanted)).then_some(());
        assert!(world.guest.until(is_it).await.is_some(), "the title is not {wanted}");
    };
    title("Acme support").await;
    let hide = |is_hidden: bool| {
        format!(
            "Object.defineProperty(document, 'hidden', {{ value: {is_hidden}, configurable: true }});
             document.dispatchEvent(new Event('visibilitychange', {{ bubbles: true }}));"
        )
    };
    world.guest.script(&hide(true)).await;
    world.staff_reply("Ada", "I can help");
    title("(1) Acme support").await;
    world.guest.script(&hide(false)).await;
    title("Acme support").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pasting_takes_a_picture_but_never_words() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("Hello").await;
    world.webex_has("Ada", "Hello").await;

    // From a spreadsheet: the words are what the guest means, and the browser inserts them.
    assert_eq!(world.guest.script(&paste("A1\tB1")).await, Value::Bool(true));
    assert!(!world.guest.script("return document.body.innerText").await.to_string().contains("picture.png"));

    // While a message is edited, the picture waits for the next one.
    world.guest.act_on_message("Hello", "Edit").await;
    world.guest.sees("Editing a message").await;
    world.guest.write("Message", " again").await;
    assert_eq!(world.guest.script(&paste("")).await, Value::Bool(false));
    world.guest.sees("picture.png").await;
    assert_eq!(world.guest.script("return document.getElementById('message').value").await, json!("Hello again"));
    world.guest.press("Save").await;
    world.webex_has("Ada", "Hello again").await;
    world.guest.press("Send").await;
    world.guest.button("Download picture.png").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_next_finds_nothing_of_the_guest_before() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.guest.write("Message", "a draft of Ada's").await;
    let kept = "return JSON.stringify(localStorage)";
    let is_kept = async || world.guest.script(kept).await.to_string().contains("a draft of Ada").then_some(());
    assert!(world.guest.until(is_kept).await.is_some(), "a draft is kept for who comes back");
    world.guest.reload().await;
    world.guest.text_box("Message").await;
    assert!(is_kept().await.is_some(), "and stays over a reload");

    world.guest.client().delete_all_cookies().await.unwrap();
    world.sign_in("Bob").await;
    let is_gone = async || (!world.guest.script(kept).await.to_string().contains("a draft of Ada")).then_some(());
    assert!(world.guest.until(is_gone).await.is_some(), "a draft of Ada's is still in the browser");
    world.end().await;
}
