//! Signing in, staying signed in, leaving.

use std::time::Duration;

use shared::{Delivery, PortalEvent, ProblemKind, Session};
use tests::{guest::new_client_message_id, portal::TestPortal};

const MINUTE: Duration = Duration::from_secs(60);
const SESSION_COOKIE: &str = "__Host-gp-demo";
const GUEST_COOKIE: &str = "__Host-gpg-demo";

#[tokio::test]
async fn a_name_gives_a_session_and_two_cookies() {
    let portal = TestPortal::start().await;
    let ada = portal.visitor();
    assert_eq!(ada.session().await.problem().kind, ProblemKind::NotSignedIn);

    let answer = ada.try_sign_in("  Ada \u{202e} Lovelace ").await;

    assert_eq!(answer.status, 201, "{answer}");
    let session: Session = answer.json();
    assert_eq!((session.site_id.as_str(), &*session.display_name), ("demo", "Ada Lovelace"));
    let mut cookies = answer.set_cookies();
    cookies.sort();
    let [session_cookie, guest_cookie] = &cookies[..] else { panic!("{cookies:?}") };
    for (cookie, name, max_age) in [(session_cookie, SESSION_COOKIE, "43200"), (guest_cookie, GUEST_COOKIE, "7776000")] {
        let mut parts = cookie.split("; ");
        let (found, value) = parts.next().and_then(|pair| pair.split_once('=')).unwrap();
        assert_eq!((found, value.len()), (name, 43), "256 bits as base64: {cookie}");
        let mut attributes: Vec<&str> = parts.collect();
        attributes.sort_unstable();
        assert_eq!(attributes, ["HttpOnly", &*format!("Max-Age={max_age}"), "Path=/", "SameSite=Strict", "Secure"]);
    }
    assert_eq!(ada.session().await.json::<Session>().guest_id, session.guest_id);
    assert_eq!(ada.rooms().await.len(), 1);
}

#[tokio::test]
async fn a_name_that_is_empty_or_too_long_is_refused() {
    let portal = TestPortal::start().await;
    for name in ["", "   ", "\u{202e}\u{200b}", &"x".repeat(65), &"ä".repeat(65)] {
        let ada = portal.visitor();
        let answer = ada.try_sign_in(name).await;
        assert_eq!((answer.status, answer.problem().kind), (422, ProblemKind::InvalidName), "{name:?}");
        assert_eq!(answer.set_cookies(), [""; 0], "{name:?}");
    }
    assert_eq!(portal.visitor().sign_in(&"ä".repeat(64)).await.display_name, "ä".repeat(64));
}

#[tokio::test]
async fn a_guest_who_signs_in_again_stays_the_same_guest_with_another_name() {
    let portal = TestPortal::start().await;
    let ada = portal.visitor();
    let first = ada.sign_in("Ada").await;
    let second = ada.sign_in("Countess Ada").await;
    assert_eq!((second.guest_id, &*second.display_name), (first.guest_id, "Countess Ada"));
    assert_eq!(ada.session().await.json::<Session>().display_name, "Countess Ada");
}

#[tokio::test]
async fn signing_in_works_while_webex_is_down_and_the_guest_is_vouched_for_when_it_is_back() {
    let mut portal = TestPortal::start().await;
    portal.stop_sandbox().await;
    let mut ada = portal.visitor();
    assert_eq!(ada.sign_in("Ada").await.person_id, None);
    ada.listen().await;
    ada.say("Is anybody there?").await;

    portal.start_sandbox().await;

    let vouched = ada
        .hear_until("guest vouched", |event| match event {
            PortalEvent::GuestVouched { person_id } => Some(person_id.clone()),
            _ => None,
        })
        .await;
    let message = ada.hear_message("Is anybody there?").await;
    assert_eq!(message.author.person_id, vouched);
    assert_eq!(ada.session().await.json::<Session>().person_id, Some(vouched));
}

#[tokio::test]
async fn a_session_that_was_idle_too_long_is_renewed_from_the_guest_cookie() {
    let portal = TestPortal::start().await;
    let ada = portal.visitor();
    let guest_id = ada.sign_in("Ada").await.guest_id;
    let before = ada.cookies();
    let with_session_cookie_only = ada.copy_of_browser();
    with_session_cookie_only.forget_cookie(GUEST_COOKIE);

    portal.advance(31 * MINUTE);

    assert_eq!(with_session_cookie_only.session().await.problem().kind, ProblemKind::NotSignedIn);
    let answer = ada.session().await;
    assert_eq!(answer.json::<Session>().guest_id, guest_id);
    assert_eq!(answer.set_cookies().len(), 2, "whoever comes back is remembered on: {:?}", answer.set_cookies());
    let after = ada.cookies();
    assert_ne!(before[SESSION_COOKIE], after[SESSION_COOKIE]);
    assert_eq!(before[GUEST_COOKIE], after[GUEST_COOKIE]);
    assert_eq!(ada.session().await.set_cookies(), [""; 0], "the new session is used from now on");
    ada.forget_cookie(GUEST_COOKIE);
    assert_eq!(ada.session().await.json::<Session>().guest_id, guest_id);
}

#[tokio::test]
async fn the_key_in_a_browser_ends_when_it_was_not_used_for_as_long_as_the_site_remembers() {
    let site = |days: u32| {
        format!("[[site]]\nid = \"demo\"\nname = \"Acme\"\nstaff = [\"grace@sandbox.example\"]\nremember_guest_days = {days}\n")
    };
    let mut portal = TestPortal::start_with_sites(&site(10)).await;
    let (ada, bob) = (portal.visitor(), portal.visitor());
    ada.sign_in("Ada").await;
    bob.sign_in("Bob").await;
    for _ in 0..3 {
        portal.advance(6 * 24 * 60 * MINUTE);
        assert_eq!(ada.session().await.status, 200, "who comes is remembered on");
    }
    assert_eq!(bob.session().await.status, 401, "18 days have passed, whatever the browser kept");

    // On a device that is shared from now on, nobody is who was here before.
    portal.advance(31 * MINUTE);
    portal.restart_with_sites(&site(0)).await;
    assert_eq!(ada.session().await.status, 401);
    let carol = portal.visitor();
    carol.sign_in("Carol").await;
    assert!(!carol.cookies().contains_key(GUEST_COOKIE), "nothing outlives the session");
}

#[tokio::test]
async fn whoever_makes_sessions_of_one_key_without_end_is_held_up() {
    let limits = "[limits]\nprofile = \"bench\"\nsessions_per_address = \"60/h burst 3\"\n";
    let portal = TestPortal::start_with_sites(&format!("{limits}{}", tests::portal::TWO_SITES)).await;
    let ada = portal.visitor();
    ada.sign_in("Ada").await;
    let thief = || {
        let copy = ada.copy_of_browser();
        copy.forget_cookie(SESSION_COOKIE);
        copy
    };
    for _ in 0..2 {
        assert_eq!(thief().session().await.status, 200);
    }
    assert_eq!(thief().session().await.status, 429);
    assert_eq!(ada.session().await.status, 200, "the session that there is goes on");
}

#[tokio::test]
async fn a_session_in_use_ends_after_twelve_hours_and_is_renewed() {
    let portal = TestPortal::start().await;
    let ada = portal.visitor();
    let guest_id = ada.sign_in("Ada").await.guest_id;
    let with_session_cookie_only = ada.copy_of_browser();
    with_session_cookie_only.forget_cookie(GUEST_COOKIE);
    for _ in 0..35 {
        portal.advance(20 * MINUTE);
        assert_eq!(with_session_cookie_only.session().await.json::<Session>().guest_id, guest_id, "a session in use is not idle");
    }

    portal.advance(21 * MINUTE);

    assert_eq!(with_session_cookie_only.session().await.status, 401);
    let answer = ada.session().await;
    assert_eq!(answer.json::<Session>().guest_id, guest_id);
    assert_eq!(answer.set_cookies().len(), 2);
}

#[tokio::test]
async fn leaving_takes_both_cookies_ends_every_session_and_is_heard_in_the_other_tab() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    let mut other_tab = ada.other_tab();
    other_tab.listen().await;
    let thief = ada.copy_of_browser();

    let answer = ada.leave().await;

    assert_eq!(answer.status, 204);
    let mut unset = answer.set_cookies();
    unset.sort();
    assert_eq!(unset.len(), 2, "{unset:?}");
    for (cookie, name) in unset.iter().zip([SESSION_COOKIE, GUEST_COOKIE]) {
        assert!(cookie.starts_with(&format!("{name}=; ")) && cookie.contains("Max-Age=0"), "{cookie}");
    }
    other_tab.hear_until("signed out", |event| (*event == PortalEvent::SignedOut).then_some(())).await;
    portal.until("the stream to end", async || (!other_tab.is_listening()).then_some(())).await;
    assert_eq!(ada.session().await.status, 401);
    assert_eq!(thief.session().await.status, 401, "the cookies are worth nothing any more");
    assert_eq!(thief.get(shared::path::EVENTS).await.status, 401);
}

#[tokio::test]
async fn the_space_is_told_that_a_guest_has_left_after_what_they_still_had_to_say() {
    let mut portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.stop_sandbox().await;
    for text in ["one", "two", "three"] {
        ada.say(text).await;
    }
    assert_eq!(ada.leave().await.status, 204);

    portal.start_sandbox().await;

    let texts = portal.texts_in_webex("Ada", 6).await;
    assert_eq!(texts, ["Hello, and thank you for writing.", "Hello", "one", "two", "three", "Ada left the chat."]);
    let messages = portal.webex().messages_titled("Ada");
    assert_eq!(messages[5].person_id, portal.credentials.service_app.person_id);
    assert_eq!(messages[4].author, "Ada");
}

#[tokio::test]
async fn a_guest_who_left_before_their_first_message_was_sent_is_still_heard() {
    let mut portal = TestPortal::start().await;
    portal.stop_sandbox().await;
    let ada = portal.guest("Ada").await;
    ada.say("Please call me back").await;
    ada.leave().await;

    portal.start_sandbox().await;

    let texts = portal.texts_in_webex("Ada", 3).await;
    assert_eq!(texts[1..], ["Please call me back", "Ada left the chat."]);
}

#[tokio::test]
async fn a_guest_who_never_wrote_leaves_no_room_in_webex() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    ada.leave().await;
    // By the time another guest's message is there, Ada's room would be.
    portal.guest_in_conversation("Bob", "Hello").await;
    assert!(portal.webex().room_titled("Ada").is_none());
}

#[tokio::test]
async fn a_guest_who_comes_back_after_leaving_is_another_guest() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    let first: Session = ada.session().await.json();
    ada.leave().await;
    let second = ada.sign_in("Ada").await;
    assert_ne!(first.guest_id, second.guest_id);
    assert_eq!(ada.messages().await.items, []);
}

#[tokio::test]
async fn two_sites_in_one_browser_share_nothing() {
    let portal = TestPortal::start().await;
    let at_demo = portal.guest_in_conversation("Ada", "Hello").await;
    let at_shop = at_demo.tab_at("shop");
    assert_eq!(at_shop.session().await.status, 401, "the cookies of one site say nothing on another");

    let shop_session = at_shop.sign_in("Ada of the shop").await;

    let demo_session: Session = at_demo.session().await.json();
    assert_ne!(shop_session.guest_id, demo_session.guest_id);
    assert_eq!(at_shop.cookies().len(), 4);
    let demo_room = at_demo.room_id().await;
    assert_ne!(demo_room, at_shop.room_id().await);
    let refused = at_shop.get(&shared::path::room_messages(&demo_room)).await;
    assert_eq!(refused.problem().kind, ProblemKind::RoomNotFound);
    let refused = at_shop.say_in(&demo_room, &new_client_message_id(), "Not from here").await;
    assert_eq!(refused.problem().kind, ProblemKind::RoomNotFound);
    at_shop.leave().await;
    assert_eq!(at_demo.session().await.json::<Session>(), demo_session);
    assert_eq!(at_demo.cookies().len(), 2);
}

#[tokio::test]
async fn a_cookie_of_one_site_under_the_name_of_another_opens_nothing() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let cookies = ada.cookies();
    let shop = portal.visitor().tab_at("shop");
    let renamed = format!("__Host-gp-shop={}; __Host-gpg-shop={}", cookies[SESSION_COOKIE], cookies[GUEST_COOKIE]);
    let answer = shop.send(shop.request(reqwest::Method::GET, shared::path::SESSION).header("cookie", renamed)).await;
    assert_eq!(answer.problem().kind, ProblemKind::NotSignedIn);
}

#[tokio::test]
async fn an_answer_to_signing_in_says_who_has_been_vouched_for() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    let pending = ada.say("Hello").await;
    assert_eq!(pending.delivery, Delivery::Accepted);
    let message = ada.hear_message("Hello").await;
    assert_eq!(ada.sign_in("Ada").await.person_id, Some(message.author.person_id));
}
