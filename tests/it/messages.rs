//! What guest and staff say to one another.

use reqwest::Method;
use sandbox::Fault;
use serde_json::Value;
use shared::{AuthorKind, Block, ClientMessageId, Delivery, Inline, MessagePage, Pending, PortalEvent, ProblemKind, RoomId, Session, path};
use tests::{
    guest::{new_client_message_id, plain_text},
    portal::{GRACE, TestPortal},
};

#[tokio::test]
async fn a_message_reaches_a_room_with_the_guest_the_staff_and_the_portal_in_it() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    assert!(portal.webex().room_titled("Ada").is_none(), "there is no room before the first message");

    let pending = ada.say("My parcel is lost.").await;
    assert_eq!(pending.problem, None, "nothing is wrong with what is on its way");

    let told = ada.hear_message("My parcel is lost.").await;
    assert_eq!(told.client_message_id.as_ref(), Some(&pending.client_message_id));
    assert_eq!((told.author.kind, &*told.author.display_name), (AuthorKind::Guest, "Ada"));
    let room = portal.webex().room_titled("Ada").unwrap();
    let title: Vec<&str> = room.title.split(" · ").collect();
    assert_eq!(title[..2], ["Ada", "Acme support"]);
    assert!(title[2].len() == 6 && title[2].bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()), "{}", room.title);
    let mut members: Vec<&str> = room.members.iter().map(|member| &*member.display_name).collect();
    members.sort_unstable();
    let staff = &portal.credentials.staff;
    let service_app = room.members.iter().find(|member| member.person_id == portal.credentials.service_app.person_id).unwrap();
    let mut expected = vec!["Ada", &*staff[0].display_name, &*staff[1].display_name, &*service_app.display_name];
    expected.sort_unstable();
    assert_eq!(members, expected);
    let messages = portal.webex().messages(&room.id);
    let said: Vec<_> = messages.iter().map(|message| (&*message.text, &*message.person_id)).collect();
    let session: Session = ada.session().await.json();
    let person_id = session.person_id.unwrap();
    assert_eq!(
        said,
        [("Hello, and thank you for writing.", &*service_app.person_id), ("My parcel is lost.", person_id.as_str())],
        "the greeting comes first"
    );
}

#[tokio::test]
async fn what_a_guest_writes_calls_nobody_and_is_no_html_and_no_link() {
    let portal = TestPortal::start().await;
    let text = "<b>x</b> <@all> <@personEmail:grace@sandbox.example> [x](javascript:alert(1))";
    let ada = portal.guest_in_conversation("Ada", text).await;
    let message = portal.webex().messages_titled("Ada").pop().unwrap();
    assert_eq!((&*message.text, message.markdown, message.html), (text, None, None), "nothing in it is markup");
    assert_eq!(plain_text(&ada.messages().await.items[1].content), text);

    ada.say(&format!("**bold** {text}")).await;
    ada.reads(3).await;
    let message = portal.webex().messages_titled("Ada").pop().unwrap();
    let html = message.html.expect("it is formatted");
    assert!(
        html.starts_with("<p><strong>bold</strong> &lt;b&gt;x&lt;/b&gt; ") && !html.contains("<a ") && !html.contains("<spark"),
        "{html}"
    );
    assert_eq!(message.text.replace('\u{2060}', ""), format!("bold {text}"), "staff read what was typed");
}

#[tokio::test]
async fn thirty_quick_messages_keep_their_order() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    let said: Vec<String> = (1..=30).map(|number| format!("message {number}")).collect();
    for text in &said {
        ada.say(text).await;
    }
    assert_eq!(portal.texts_in_webex("Ada", 31).await[1..], said);
    ada.hear_message("message 30").await;
    let told: Vec<String> = ada.heard().iter().filter_map(guests_text).collect();
    assert_eq!(told, said, "told in order, each once");
    assert_eq!(ada.reads(31).await[1..], said);
    assert_eq!(portal.posts_by_guests().len(), 30);
}

fn guests_text(event: &PortalEvent) -> Option<String> {
    match event {
        PortalEvent::MessagePosted { message, .. } if message.author.kind == AuthorKind::Guest => Some(plain_text(&message.content)),
        _ => None,
    }
}

#[tokio::test]
async fn the_same_request_twice_is_answered_twice_and_sent_once() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    let id = new_client_message_id();
    let first: Pending = ada.say_as(&id, "Hello").await.json();
    let again: Pending = ada.say_as(&id, "Hello").await.json();
    assert_eq!((&again.client_message_id, &*again.text, again.queued_at), (&id, "Hello", first.queued_at));
    ada.hear_message("Hello").await;

    let after: Pending = ada.say_as(&id, "Hello").await.json();

    assert_eq!(after.delivery, Delivery::Sent);
    assert!(after.message_id.is_some());
    ada.say("barrier").await;
    ada.hear_message("barrier").await;
    assert_eq!(portal.texts_in_webex("Ada", 3).await[1..], ["Hello", "barrier"]);
}

#[tokio::test]
async fn one_id_for_two_messages_is_refused() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let id = new_client_message_id();
    ada.say_as(&id, "Hello").await.json::<Pending>();
    let answer = ada.say_as(&id, "Goodbye").await;
    assert_eq!((answer.status, answer.problem().kind), (422, ProblemKind::ClientMessageIdReused));
}

#[tokio::test]
async fn two_guests_may_use_the_same_id() {
    let portal = TestPortal::start().await;
    let (ada, bob) = (portal.guest("Ada").await, portal.guest("Bob").await);
    let id = new_client_message_id();
    ada.say_as(&id, "by Ada").await.json::<Pending>();
    bob.say_as(&id, "by Bob").await.json::<Pending>();
    assert_eq!(portal.texts_in_webex("Ada", 2).await[1], "by Ada");
    assert_eq!(portal.texts_in_webex("Bob", 2).await[1], "by Bob");
}

#[tokio::test]
async fn a_message_is_as_long_as_webex_takes_and_no_longer() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    // 3719 letters of two bytes and one of one.
    let longest = format!("{}x", "ä".repeat(3719));
    let answer = ada.say_as(&new_client_message_id(), &format!("{longest}x")).await;
    assert_eq!((answer.status, answer.problem().kind), (422, ProblemKind::MessageTooLong));
    ada.say(&longest).await;
    assert_eq!(portal.texts_in_webex("Ada", 2).await[1], longest);
}

#[tokio::test]
async fn a_message_without_text_or_with_an_id_that_is_no_uuid_is_refused() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let answer = ada.say_as(&new_client_message_id(), " \n \u{7} ").await;
    assert_eq!((answer.status, answer.problem().kind), (422, ProblemKind::MessageEmpty));
    for id in ["", "1", "01936B1E-7A5C-7C3E-9A41-000000000001", "left-0123456789012345678901234567890"] {
        let answer = ada.say_as(&ClientMessageId::new(id), "Hello").await;
        assert_eq!((answer.status, answer.problem().kind), (422, ProblemKind::InvalidClientMessageId), "{id}");
    }
}

#[tokio::test]
async fn the_room_of_somebody_else_is_no_more_there_than_one_that_never_was() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "a secret").await;
    let bob = portal.guest("Bob").await;
    let without_request_id = |body: &str| {
        let mut body: Value = serde_json::from_str(body).unwrap();
        body.as_object_mut().unwrap().remove("request_id");
        body
    };
    let mut answers = Vec::new();
    for room_id in [ada.room_id().await, RoomId::new("ffffffffffffffffffffffffffffffff"), RoomId::new("x")] {
        let read = bob.get(&path::room_messages(&room_id)).await;
        let written = bob.say_in(&room_id, &new_client_message_id(), "Hello").await;
        for answer in [read, written] {
            assert_eq!((answer.status, answer.problem().kind), (404, ProblemKind::RoomNotFound), "{answer}");
            answers.push(without_request_id(&answer.body));
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    let nobody = portal.visitor();
    assert_eq!(nobody.get(&path::room_messages(&ada.room_id().await)).await.status, 401);
}

#[tokio::test]
async fn a_guest_hears_nothing_of_the_rooms_of_others() {
    let portal = TestPortal::start().await;
    let mut bob = portal.guest_in_conversation("Bob", "by Bob").await;
    portal.guest_in_conversation("Ada", "by Ada").await;
    let bobs_room = portal.webex().room_titled("Bob").unwrap();
    portal.webex().reply_as_staff(GRACE, &bobs_room.id, "barrier").unwrap();
    bob.hear_message("barrier").await;
    assert!(!bob.heard_bytes().contains("Ada"), "{}", bob.heard_bytes());
}

#[tokio::test]
async fn a_reply_of_the_staff_is_heard_without_a_reload() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    portal.webex().reply_as_staff(GRACE, &room.id, "How can I help?").unwrap();
    let reply = ada.hear_message("How can I help?").await;
    assert_eq!((reply.author.kind, &*reply.author.display_name), (AuthorKind::Staff, &*portal.credentials.staff[0].display_name));
    assert_eq!((reply.client_message_id, reply.edited_at), (None, None));
    assert!(!ada.heard_bytes().contains("sandbox.example"), "no address of the staff is told");
    let page = ada.messages().await;
    assert_eq!(
        page.items.iter().map(|message| message.author.kind).collect::<Vec<_>>(),
        [AuthorKind::Portal, AuthorKind::Guest, AuthorKind::Staff]
    );
}

#[tokio::test]
async fn formatting_of_the_staff_arrives_as_a_tree_and_never_as_html() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    let markdown = "**bold** and `code`, [a page](https://a.example/x) <script>alert(1)</script>\n\n- one\n- two";
    portal.webex().reply_as_staff_in_markdown(GRACE, &room.id, markdown).unwrap();

    let content = ada
        .hear_until("the reply", |event| match event {
            PortalEvent::MessagePosted { message, .. } if message.author.kind == AuthorKind::Staff => Some(message.content.clone()),
            _ => None,
        })
        .await;

    let Some(Block::Paragraph { inlines }) = content.first() else { panic!("{content:?}") };
    assert_eq!(inlines[0], Inline::Strong { inlines: vec![Inline::text("bold")] });
    assert!(inlines.contains(&Inline::Code { text: "code".into() }), "{inlines:?}");
    assert!(inlines.contains(&Inline::Link { href: "https://a.example/x".into(), inlines: vec![Inline::text("a page")] }), "{inlines:?}");
    assert!(content.iter().any(|block| matches!(block, Block::List { start: None, items } if items.len() == 2)), "{content:?}");
    let answer = ada.get(&path::room_messages(&ada.room_id().await)).await;
    for text in [answer.body, ada.heard_bytes()] {
        for html in ["<strong", "<code", "<a ", "<ul", "<p>", "<script"] {
            assert!(!text.contains(html), "{html} in {text}");
        }
    }
}

#[tokio::test]
async fn what_the_staff_edits_and_takes_back_changes_in_front_of_the_guest() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    let reply = portal.webex().reply_as_staff(GRACE, &room.id, "Tomorow").unwrap();
    let posted = ada.hear_message("Tomorow").await;

    portal.webex().edit_as_staff(GRACE, &reply.id, "Tomorrow").unwrap();

    let edited = ada
        .hear_until("the edit", |event| match event {
            PortalEvent::MessageEdited { message, .. } => Some(message.clone()),
            _ => None,
        })
        .await;
    assert_eq!((&edited.id, &*plain_text(&edited.content)), (&posted.id, "Tomorrow"));
    assert!(edited.edited_at.is_some());

    portal.webex().delete_as_staff(GRACE, &reply.id).unwrap();

    let deleted = ada
        .hear_until("the deletion", |event| match event {
            PortalEvent::MessageDeleted { message_id, .. } => Some(message_id.clone()),
            _ => None,
        })
        .await;
    assert_eq!(deleted, posted.id);
    let left: Vec<String> = ada.messages().await.items.iter().map(|message| plain_text(&message.content)).collect();
    assert_eq!(left, ["Hello, and thank you for writing.", "Hello"]);
}

#[tokio::test]
async fn a_long_conversation_is_read_page_by_page_to_its_beginning() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    for number in 1..=120 {
        portal.webex().reply_as_staff(GRACE, &room.id, &format!("reply {number}")).unwrap();
        // Each at a time of its own, as people write.
        portal.advance(std::time::Duration::from_millis(5));
    }
    let in_webex: Vec<String> = portal.webex().messages(&room.id).into_iter().map(|message| message.text).collect();
    assert_eq!(in_webex.len(), 122);
    let shown = async |ada: &tests::guest::TestGuest| -> Vec<String> {
        ada.all_messages().await.iter().map(|message| plain_text(&message.content)).collect()
    };
    ada.hear_message("reply 120").await;
    assert_eq!(shown(&ada).await, in_webex, "by somebody who listened all the time");
    for number in 1..=120 {
        assert_eq!(ada.times_told(&format!("reply {number}")), 1, "reply {number}");
    }

    ada.stop_listening();
    portal.restart_portal().await;

    assert_eq!(shown(&ada).await, in_webex, "by somebody who comes anew");
    let answer = ada.get(&format!("{}?before=%3Cx%3E", path::room_messages(&ada.room_id().await))).await;
    assert_eq!((answer.status, answer.problem().kind), (400, ProblemKind::InvalidParameter));
}

#[tokio::test]
async fn a_message_heard_before_its_answer_is_told_once() {
    let portal = TestPortal::start_behind_line().await;
    let line = portal.line.as_ref().unwrap();
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    line.hold("POST /v1/messages ");
    let pending = ada.say("Are you there?").await;
    portal.texts_in_webex("Ada", 3).await;
    // The feed lists the room, with Ada's message in it, before Webex's answer to Ada has come.
    portal.webex().reply_as_staff(GRACE, &room.id, "Yes").unwrap();
    ada.hear_message("Yes").await;
    let page = ada.messages().await;
    assert_eq!(
        page.pending.iter().map(|pending| (&*pending.text, pending.delivery)).collect::<Vec<_>>(),
        [("Are you there?", Delivery::InFlight)]
    );
    assert!(page.items.iter().all(|message| plain_text(&message.content) != "Are you there?"), "{:#?}", page.items);

    line.release();

    let told = ada.hear_message("Are you there?").await;
    assert_eq!(told.client_message_id, Some(pending.client_message_id));
    ada.say("barrier").await;
    ada.hear_message("barrier").await;
    assert_eq!(ada.times_told("Are you there?"), 1);
    let page = ada.messages().await;
    let shown: Vec<String> = page.items.iter().map(|message| plain_text(&message.content)).collect();
    assert_eq!(shown[1..], ["Hello", "Are you there?", "Yes", "barrier"]);
    assert_eq!(page.pending, []);
}

#[tokio::test]
async fn what_is_on_its_way_is_listed_in_order_until_it_is_there() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    portal.stop_sandbox().await;
    for text in ["one", "two"] {
        ada.say(text).await;
    }
    let page = ada.messages().await;
    assert_eq!(page.pending.iter().map(|pending| &*pending.text).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(page.items, []);

    portal.start_sandbox().await;

    ada.hear_message("two").await;
    let page: MessagePage = ada.messages().await;
    assert_eq!(page.pending, []);
    assert_eq!(page.items.iter().filter(|message| message.client_message_id.is_some()).count(), 2);
}

#[tokio::test]
async fn a_page_of_messages_is_not_answered_to_a_method_that_changes_them() {
    let portal = TestPortal::start().await;
    let ada = portal.guest("Ada").await;
    let room_path = path::room_messages(&ada.room_id().await);
    let answer = ada.send(ada.request(Method::DELETE, &room_path)).await;
    assert_eq!(answer.problem().kind, ProblemKind::MethodNotAllowed);
}

#[tokio::test]
async fn a_message_whose_sender_hung_up_before_the_answer_is_sent_all_the_same() {
    use tokio::io::AsyncWriteExt;

    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    let cookies: Vec<String> = ada.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let path = shared::path::room_messages(&ada.room_id().await);
    for number in 0..20 {
        let id = new_client_message_id();
        let body = serde_json::json!({ "client_message_id": id, "text": format!("cut off {number}") }).to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\nx-gp: demo\r\ncookie: {cookies}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n",
            host = portal.address(),
            cookies = cookies.join("; "),
            length = body.len(),
        );
        let mut line = tokio::net::TcpStream::connect(portal.address()).await.unwrap();
        line.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        drop(line);
        // What was written down must be sent; a request that was not read at all may be gone.
        portal.clock.sleep(std::time::Duration::ZERO).await;
    }
    portal
        .until("whatever was written down to be sent", async || {
            let page = ada.messages().await;
            page.pending.is_empty().then_some(())
        })
        .await;
    let sent = portal.texts_in_webex("Ada", 3).await;
    assert!(sent.iter().any(|text| text.starts_with("cut off")), "none of 20 was taken: {sent:?}");
}

#[tokio::test]
async fn so_much_may_wait_of_one_guest_and_what_failed_long_ago_is_forgotten() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.stop_sandbox().await;
    for number in 0..200 {
        ada.say(&format!("waits {number}")).await;
    }
    let full = ada.say_as(&new_client_message_id(), "too much").await;
    assert_eq!((full.status, full.problem().kind, full.problem().retry_after_secs), (429, ProblemKind::RateLimited, Some(30)), "{full}");
    portal.start_sandbox().await;
    ada.hear_message("waits 199").await;
    ada.say("and on").await;
    ada.hear_message("and on").await;

    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 400).times(60)).unwrap();
    for number in 0..60 {
        let pending = ada.say(&format!("fails {number}")).await;
        ada.hear_delivery(&pending.client_message_id, Delivery::Failed).await;
    }
    let failed = ada.messages().await.pending;
    assert_eq!((failed.len(), &*failed[0].text), (50, "fails 10"));
}
