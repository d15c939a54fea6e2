//! The page's policy is in force, and the tests would notice if something broke it.

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_the_policy_is_stopped_and_noticed() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    assert_eq!(world.guest.violations().await, Vec::<String>::new());

    let tried = world.guest.script("try { document.body.innerHTML = '<p>x</p>'; return 'done' } catch (e) { return e.name }").await;
    assert_eq!(tried, "TypeError", "trusted types refuse HTML from text");
    let attribute = "document.body.setAttribute('style', 'color: red'); return getComputedStyle(document.body).color";
    assert_ne!(world.guest.script(attribute).await, "rgb(255, 0, 0)", "style attributes are refused");
    world.guest.script("const s = document.createElement('style'); s.textContent = '*{color:red}'; document.head.append(s)").await;
    let broken = world.guest.violations().await;
    for directive in ["require-trusted-types-for", "style-src-attr", "style-src-elem"] {
        assert!(broken.iter().any(|violation| violation.contains(directive)), "{directive} is not among {broken:#?}");
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_write_is_shown_as_text_and_known_formatting_only() {
    let world = World::start().await;
    world.sign_in("Ada").await;
    world.say("hello").await;
    world.webex_has("Ada", "hello").await;
    let room = world.portal.webex().room_titled("Ada").expect("the space");
    let hostile =
        "**bold** <img src=x onerror=\"window.__hit=1\"> <script>window.__hit=1</script> [link](javascript:window.__hit=1) `code`";
    world.portal.webex().reply_as_staff_in_markdown("grace@sandbox.example", &room.id, hostile).expect("a reply");
    world.guest.sees_message("bold").await;
    assert_eq!(world.guest.script("return window.__hit ?? null").await, serde_json::Value::Null);
    let strange = "return [...document.querySelectorAll('[role=log] *')].filter(e => /^(img|script|iframe|style)$/i.test(e.tagName) \
                   || (e.tagName === 'A' && !/^(https?|mailto):/.test(e.getAttribute('href')))).length";
    assert_eq!(world.guest.script(strange).await, 0);
    assert_eq!(world.guest.script("return document.querySelector('[role=log] strong').textContent").await, "bold");
    world.end().await;
}
