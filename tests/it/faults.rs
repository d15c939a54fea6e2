//! What goes wrong between portal and Webex, and what becomes of messages then.

use std::{sync::Arc, time::Duration};

use axum::extract::Path;
use rustls::pki_types::PrivateKeyDer;
use sandbox::Fault;
use serde_json::json;
use server::{
    clock::Clock,
    content::outgoing::Outgoing,
    webex::{Doubt, Target, Upstream, WebexClient},
};
use shared::{Delivery, ProblemKind};
use tests::{
    guest::TestGuest,
    portal::{GRACE, LOOK_EVERY, TWO_SITES, TestPortal},
};
use tokio::net::TcpListener;

/// Texts in the guest's room after the greeting, and those the portal shows, must be these.
async fn assert_everywhere(portal: &TestPortal, guest: &TestGuest, name: &str, texts: &[&str]) {
    assert_eq!(portal.texts_in_webex(name, texts.len() + 1).await[1..], *texts);
    assert_eq!(guest.reads(texts.len() + 1).await[1..], *texts);
    for text in texts {
        assert!(guest.times_told(text) <= 1, "{text} was told more than once");
    }
}

#[tokio::test]
async fn what_is_written_while_webex_is_down_is_sent_once_when_it_is_back() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.stop_sandbox().await;

    let pending = ada.say("Is this working?").await;

    let waiting = ada
        .hear_until("that it waits", |event| match event {
            shared::PortalEvent::DeliveryChanged { pending } if pending.problem.is_some() => Some(pending.clone()),
            _ => None,
        })
        .await;
    assert_eq!((&waiting.client_message_id, waiting.delivery), (&pending.client_message_id, Delivery::Accepted));
    assert_eq!(waiting.problem.map(|problem| problem.kind), Some(ProblemKind::WebexUnreachable));
    portal.advance(Duration::from_secs(21));
    let page = ada.messages().await;
    assert!(page.is_stale);
    assert_eq!(page.items.len(), 2, "what is remembered is shown");
    assert_eq!(page.pending.len(), 1);

    portal.start_sandbox().await;

    let told = ada.hear_message("Is this working?").await;
    assert_eq!(told.client_message_id, Some(pending.client_message_id));
    portal.until("a fresh page", async || (!ada.messages().await.is_stale).then_some(())).await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Is this working?"]).await;
    assert_eq!(portal.posts_by_guests().len(), 2);
}

#[tokio::test]
async fn webex_asking_to_wait_is_obeyed_and_the_message_sent_once() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 429).retry_after(40)).unwrap();

    ada.say("One thing more").await;

    ada.hear_message("One thing more").await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "One thing more"]).await;
    let posts = portal.posts_by_guests();
    assert_eq!(posts.iter().map(|post| post.status).collect::<Vec<_>>(), [Some(200), Some(429), Some(200)]);
    let waited = posts[2].arrived_at.duration_since(posts[1].arrived_at).unwrap();
    assert!(waited >= Duration::from_secs(40), "{waited:?}");
}

#[tokio::test]
async fn an_access_token_that_ended_early_is_renewed_and_the_message_sent_once() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().expire_access_tokens().unwrap();

    ada.say("Still me").await;

    let told = ada.hear_message("Still me").await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Still me"]).await;
    let posts = portal.posts_by_guests();
    assert_eq!(posts.iter().map(|post| post.status).collect::<Vec<_>>(), [Some(200), Some(401), Some(200)]);
    assert_eq!(portal.webex().messages_titled("Ada")[1].person_id, told.author.person_id.as_str(), "the same person as before");
}

#[tokio::test]
async fn a_message_that_webex_refuses_is_told_to_its_guest_and_holds_up_nothing() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let refusals = [
        (400, ProblemKind::MessageRefused),
        (403, ProblemKind::WebexRefused),
        (404, ProblemKind::RoomNotFound),
        (413, ProblemKind::MessageTooLong),
    ];
    for (status, kind) in refusals {
        portal.webex().add_fault(Fault::answer("POST", "/v1/messages", status)).unwrap();
        let pending = ada.say(&format!("refused with {status}")).await;
        let failed = ada.hear_delivery(&pending.client_message_id, Delivery::Failed).await;
        let problem = failed.problem.unwrap();
        assert_eq!((problem.kind, problem.status), (kind, status));
        assert!(!problem.detail.is_empty());
    }
    ada.say("Still here").await;
    ada.hear_message("Still here").await;
    assert_everywhere(&portal, &ada, "Ada", &["Hello", "Still here"]).await;
    let left: Vec<_> = ada.messages().await.pending.into_iter().map(|pending| pending.delivery).collect();
    assert_eq!(left, [Delivery::Failed; 4]);
    assert_eq!(portal.posts_by_guests().len(), 6, "what is refused for good is not tried again");
}

/// Whatever happens while a space is opened, there is one, with everybody in it, greeted at most once.
async fn one_space_is_opened_in_spite_of(fault: Fault) {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    portal.webex().add_fault(fault.clone()).unwrap();

    ada.say("Hello").await;

    ada.hear_message("Hello").await;
    let rooms: Vec<_> = portal.webex().rooms().into_iter().filter(|room| room.title.starts_with("Ada ")).collect();
    assert_eq!(rooms.len(), 1, "{fault:?}");
    assert_eq!(rooms[0].members.len(), 4, "{fault:?}");
    let texts: Vec<_> = portal.webex().messages(&rooms[0].id).into_iter().map(|message| message.text).collect();
    assert_eq!(texts.iter().filter(|text| *text == "Hello").count(), 1, "{fault:?}");
    assert!(texts.len() <= 2, "{fault:?}: {texts:?}");
}

#[tokio::test]
async fn a_space_whose_making_was_not_answered_is_found_and_not_made_twice() {
    one_space_is_opened_in_spite_of(Fault::drop_after("POST", "/v1/rooms")).await;
}

#[tokio::test]
async fn a_space_that_was_not_made_is_made_at_the_next_try() {
    for fault in [
        Fault::drop_before("POST", "/v1/rooms"),
        Fault::answer("POST", "/v1/rooms", 503).times(2),
        Fault::answer("POST", "/v1/rooms", 429).retry_after(5),
        Fault::answer("POST", "/v1/rooms", 403),
    ] {
        one_space_is_opened_in_spite_of(fault).await;
    }
}

#[tokio::test]
async fn somebody_who_is_in_the_space_already_is_as_good_as_added() {
    for fault in [
        Fault::drop_after("POST", "/v1/memberships").times(3),
        Fault::answer("POST", "/v1/memberships", 503),
        Fault::drop_before("POST", "/v1/memberships").times(2),
    ] {
        one_space_is_opened_in_spite_of(fault).await;
    }
}

#[tokio::test]
async fn a_greeting_that_may_have_been_posted_is_not_posted_twice() {
    for fault in [Fault::drop_after("POST", "/v1/messages"), Fault::drop_before("POST", "/v1/messages")] {
        one_space_is_opened_in_spite_of(fault).await;
    }
}

#[tokio::test]
async fn vouching_that_fails_at_first_is_tried_again() {
    for fault in [
        Fault::answer("POST", "/v1/guests/token", 503).times(3),
        Fault::answer("POST", "/v1/access_token", 500).times(2),
        Fault::drop_after("POST", "/v1/guests/token").times(2),
    ] {
        let portal = TestPortal::start().await;
        portal.webex().add_fault(fault).unwrap();
        let mut ada = portal.guest("Ada").await;
        ada.listen().await;
        ada.say("Hello").await;
        ada.hear_message("Hello").await;
        assert_eq!(portal.posts_by_guests().len(), 1);
    }
}

#[tokio::test]
async fn credentials_that_webex_refuses_are_not_tried_again_by_everybody() {
    let portal = TestPortal::start().await;
    portal.webex().expire_access_tokens().unwrap();
    portal.webex().add_fault(Fault::answer("POST", "/v1/access_token", 400).times(1000)).unwrap();
    let tried = || portal.requests("POST", "/v1/access_token").len();
    let before = tried();
    for number in 0..10 {
        let guest = portal.guest(&format!("Guest {number}")).await;
        guest.say("Hello").await;
        guest.messages().await;
    }
    tokio::time::sleep(LOOK_EVERY * 30).await;
    assert!(tried() - before <= 2, "{}", tried() - before);
    portal.webex().clear_faults();
    portal.texts_in_webex("Guest 9", 1).await;
}

#[tokio::test]
async fn an_address_that_webex_does_not_know_keeps_nobody_else_out() {
    let sites = TWO_SITES.replace("\"grace@sandbox.example\"", "\"nobody@appid.ciscospark.com\", \"grace@sandbox.example\"");
    let portal = TestPortal::start_with_sites(&sites).await;
    portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    assert_eq!(room.members.len(), 4, "{:?}", room.members);
    let refused = portal.requests("POST", "/v1/memberships").iter().filter(|entry| entry.status == Some(404)).count();
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn a_guest_put_out_of_the_space_is_told_that_they_may_not_write() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    let person_id = ada.session().await.json::<shared::Session>().person_id.unwrap();
    // By a member of staff, as if from the Webex app.
    portal.webex().remove_member_as_staff(tests::portal::GRACE, &room.id, person_id.as_str()).unwrap();
    let pending = ada.say("Am I out?").await;
    let failed = ada.hear_delivery(&pending.client_message_id, Delivery::Failed).await;
    assert!(failed.problem.is_some());
}

#[tokio::test]
async fn a_webex_that_fails_at_one_thing_is_left_alone_with_it_for_a_while() {
    let portal = TestPortal::start().await;
    let guests = futures_util::future::join_all(
        (0..25).map(async |number| portal.guest_in_conversation(&format!("Guest {number} "), "Hello").await),
    )
    .await;
    let before = portal.posts_by_guests().len();
    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 502).times(1_000_000)).unwrap();
    for guest in &guests {
        guest.say("Is this working?").await;
    }
    let failed = || portal.webex().requests().iter().filter(|entry| entry.status == Some(502)).count();
    portal.until("every first try to fail", async || (failed() == guests.len()).then_some(())).await;

    let began = portal.clock.elapsed();
    portal.until("three minutes to pass", async || (portal.clock.elapsed() - began > Duration::from_secs(180)).then_some(())).await;

    assert!(failed() - guests.len() <= 6, "one tries for all: {}", failed());
    assert!(guests[0].messages().await.items.len() > 1, "what works is asked for");
    portal.webex().clear_faults();
    for guest in &guests {
        portal.until("everything to be settled", async || guest.messages().await.pending.is_empty().then_some(())).await;
    }
    assert_eq!(portal.posts_by_guests().len() - failed(), before + guests.len(), "each is there once");
}

/// Asks a Webex at this address, which cannot be reached, and makes sure that nothing is in doubt then.
async fn assert_surely_not_sent(address: &str) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let webex = WebexClient::new(address.parse().unwrap(), Upstream::Network, Clock::system()).unwrap();
    let words = Outgoing::Text("Hello".into());
    let error = webex.post_message("token".to_owned().into(), Target::Room("room"), None, &words).await.unwrap_err();
    assert_eq!(error.doubt(), Doubt::NotApplied(None), "{error}");
    error.to_string()
}

#[tokio::test]
async fn a_name_that_is_not_known_and_a_port_that_is_closed_leave_no_doubt() {
    assert_surely_not_sent("https://webex.invalid/v1").await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_surely_not_sent(&format!("http://{closed}/v1")).await;
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_accepted_and_nothing_is_sent_there() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepting = tokio::spawn(async move { acceptor.accept(listener.accept().await.unwrap().0).await.map(|_| ()) });

    let error = assert_surely_not_sent(&format!("https://127.0.0.1:{}/v1", address.port())).await;

    assert!(error.contains("certificate"), "{error}");
    assert!(accepting.await.unwrap().is_err(), "the portal went away before a byte of the request");
}

#[tokio::test]
async fn a_webex_that_tells_of_nothing_new_is_noticed_and_guests_hear_all_the_same() {
    let portal = TestPortal::start_with_sites(&format!("[webex]\nfeed = \"polling\"\n{TWO_SITES}")).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "This was told").unwrap();
    ada.hear_message("This was told").await;
    assert_eq!(portal.app().history.missed_by_feed(), 0);
    let deaf = json!({ "method": "GET", "path_prefix": "/v1/rooms", "count": 1_000_000, "effect": { "kind": "empty_list" } });
    portal.webex().add_fault(serde_json::from_value(deaf).unwrap()).unwrap();
    let began = portal.clock.elapsed();

    portal.webex().reply_as_staff(GRACE, &room.id, "This was not").unwrap();

    ada.hear_message("This was not").await;
    assert!(portal.clock.elapsed() - began < Duration::from_secs(60), "{:?}", portal.clock.elapsed() - began);
    assert_eq!(portal.app().history.missed_by_feed(), 1);
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_fetched() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let rooms = async move |Path(which): Path<String>| {
        let next = if which == "elsewhere" { "http://169.254.169.254/v1/rooms".to_owned() } else { format!("http://{address}/here/rooms") };
        ([("link", format!("<{next}>; rel=\"next\""))], axum::Json(json!({ "items": [] })))
    };
    let webex = axum::serve(listener, axum::Router::new().route("/{which}/rooms", axum::routing::get(rooms)));
    tokio::spawn(async move { webex.await });
    let client = |which: &str| {
        let base = format!("http://{address}/{which}").parse().unwrap();
        WebexClient::new(base, Upstream::Network, Clock::system()).unwrap()
    };

    let page = client("elsewhere").rooms_by_activity("token".to_owned().into()).await.unwrap();

    assert!(page.next.is_none(), "the token would go there");
    let page = client("here").rooms_by_activity("token".to_owned().into()).await.unwrap();
    assert_eq!(page.next.map(String::from), Some(format!("http://{address}/here/rooms")));
}

#[tokio::test]
async fn a_guest_whose_fresh_tokens_are_refused_too_is_tried_again_once_a_minute() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 401).times(3)).unwrap();
    let began = portal.clock.elapsed();
    ada.say("Did you get this?").await;
    let posts = || portal.posts_by_guests().len();
    for (minute, tries) in [(0, 3), (1, 4), (2, 5)] {
        portal.until("the next try", async || (posts() == tries).then_some(())).await;
        let waited = portal.clock.elapsed() - began;
        assert!(waited >= Duration::from_secs(60 * minute), "one fresh token at once, then one a minute: {tries} after {waited:?}");
    }
    ada.hear_message("Did you get this?").await;
}

#[tokio::test]
async fn what_webex_asks_to_wait_before_it_makes_a_space_is_waited() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    portal.webex().add_fault(Fault::answer("POST", "/v1/rooms", 429).retry_after(20)).unwrap();
    let began = portal.clock.elapsed();
    ada.say("Hello").await;
    ada.hear_message("Hello").await;
    let waited = portal.clock.elapsed() - began;
    assert!(waited >= Duration::from_secs(20), "{waited:?}");
    assert_eq!(portal.requests("POST", "/v1/rooms").len(), 2);
}
