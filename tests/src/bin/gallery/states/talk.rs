//! Talking: what a message can be on its way, how a conversation looks, threads, searching, who is there.

use std::time::Duration;

use sandbox::Fault;
use shared::{Author, AuthorKind, MessageId, PersonId, PortalEvent};
use tests::portal::GRACE;

use super::{
    pictures::Pictures,
    speech::Speech,
    stage::{LINUS, Stage},
};

const SITE: &str = r#"
[[site]]
id = "demo"
name = "{site}"
welcome = "{welcome}"
staff = ["grace@sandbox.example", "linus@sandbox.example", "maria@sandbox.example"]
"#;

pub(super) async fn show(speech: &Speech, pictures: &Pictures) {
    on_its_way(speech, pictures).await;
    together(speech, pictures).await;
    long(speech, pictures).await;
    days(speech, pictures).await;
}

async fn on_its_way(speech: &Speech, pictures: &Pictures) {
    let stage = Stage::begin(speech, pictures, SITE).await;
    stage.sign_in().await;
    stage.hold("POST .*/messages").await;
    stage.write("message", &format!("{}\n", speech.talk.hello)).await;
    stage.sees_words("sending").await;
    stage.take("first-message-sending").await;
    stage.open().await;
    stage.guest.sees(speech.talk.hello).await;
    stage.converse().await;

    stage.portal.webex().add_fault(Fault::drop_before("POST", "/v1/messages")).expect("a fault");
    stage.write("message", &format!("{}\n", speech.talk.red)).await;
    stage.sees_words("checking").await;
    stage.take("not-confirmed").await;
    stage.portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 400)).expect("a fault");
    stage.write("message", &format!("{}\n", speech.talk.draft)).await;
    stage.guest.button(speech.say("try_again")).await;
    stage.take("failed").await;
    stage.end().await;
}

/// Threads, editing, searching, emoji, mentioning, who is here, who writes and who has read it.
async fn together(speech: &Speech, pictures: &Pictures) {
    let talk = speech.talk;
    let stage = Stage::begin(speech, pictures, SITE).await;
    stage.sign_in().await;
    stage.converse().await;
    stage.take("grouped-by-three-authors").await;

    let grace = stage.portal.credentials.staff.iter().find(|staff| staff.email == GRACE).expect("Grace");
    let person = Author {
        person_id: PersonId::new(grace.person_id.trim_end_matches('=')),
        display_name: "Grace Hopper".into(),
        kind: AuthorKind::Staff,
    };
    stage.publish(|room_id| PortalEvent::TypingChanged { room_id, person: person.clone(), is_typing: true }).await;
    stage.until("who writes", "return !!document.querySelector('.chat__typing')").await;
    stage.take("typing").await;
    stage.publish(|room_id| PortalEvent::TypingChanged { room_id, person: person.clone(), is_typing: false }).await;
    let thanks = MessageId::new(stage.message_id(talk.thanks).trim_end_matches('='));
    let read = |room_id| PortalEvent::MessagesRead { room_id, person_id: person.person_id.clone(), message_id: thanks.clone() };
    stage.publish(read).await;
    stage.sees_words("seen").await;
    stage.take("seen").await;

    let asked = stage.message_id(talk.order);
    for answer in [talk.which, talk.answers[0]] {
        stage.portal.webex().reply_in_thread_as_staff(LINUS, &asked, answer).expect("an answer");
    }
    stage.guest.sees(talk.which).await;
    stage.until("replies", "return document.querySelectorAll('.timeline__quote').length >= 3").await;
    stage
        .guest
        .script("[...document.querySelectorAll('.timeline__quote')].find(b => b.querySelector('.timeline__quoted') === null).click()")
        .await;
    stage.until("the thread", "return !!document.querySelector('.chat__thread')").await;
    stage.take("thread-open").await;
    stage.write("message", talk.red).await;
    stage.take("reply-being-written").await;
    stage.write("message", "\u{e00c}").await;
    stage.until("no thread", "return !document.querySelector('.chat__thread')").await;

    stage.press("more").await;
    stage.take("menu").await;
    stage.press("search").await;
    stage.write("search", talk.looked_for).await;
    stage.until("hits", "return /[12] .{1,8} 2/.test(document.body.innerText)").await;
    stage.take("search-with-hits").await;
    stage.write("search", "xyz").await;
    stage.sees_words("search_empty").await;
    stage.take("search-empty").await;
    stage.press("close").await;

    stage.press("emoji").await;
    stage.take("emoji-open").await;
    stage.guest.script("document.querySelectorAll('.emoji')[8].click(); document.querySelector('[aria-expanded=true]').click()").await;
    stage.write("message", " @").await;
    stage.until("names", "return document.querySelectorAll('.mention').length >= 3").await;
    stage.take("mention-being-written").await;
    stage.write("message", "\u{e007}").await;
    stage.until("a name", "return document.getElementById('message').value.includes('@G')").await;
    stage.guest.script("document.querySelector('.chat__members').click()").await;
    stage.sees_words("members").await;
    stage.take("members").await;
    stage.press("close").await;
    stage
        .guest
        .script("document.getElementById('message').focus(); document.execCommand('selectAll'); document.execCommand('delete')")
        .await;

    stage.act(talk.thanks, "edit").await;
    stage.sees_words("editing").await;
    stage.take("edit-in-place").await;
    stage.press("cancel").await;
    stage.act(talk.thanks, "delete").await;
    stage.guest.button(speech.say("keep")).await;
    stage.take("delete-question").await;
    stage.hold("DELETE").await;
    stage.press("delete").await;
    stage.sees_words("deleting").await;
    stage.take("deleted").await;
    stage.end().await;
}

/// A long conversation: its end, its middle with something new at the end, and what the guest has not seen.
async fn long(speech: &Speech, pictures: &Pictures) {
    let talk = speech.talk;
    let stage = Stage::begin(speech, pictures, SITE).await;
    stage.sign_in().await;
    stage.say(talk.order).await;
    let space = stage.space();
    for number in 0..40 {
        let text = format!("{number}. {}", talk.answers[number % 4]);
        stage.portal.webex().reply_as_staff(if number % 9 > 4 { LINUS } else { GRACE }, &space, &text).expect("an answer");
    }
    stage.guest.sees("39.").await;
    stage.take("long-conversation").await;
    stage.guest.script("document.getElementById('timeline').scrollTop -= 900").await;
    stage.until("the way down", "return !!document.querySelector('.timeline__jump')").await;
    stage.portal.webex().reply_as_staff(GRACE, &space, talk.which).expect("an answer");
    stage.until("the count", "return !!document.querySelector('.timeline__jump--news')").await;
    stage.take("jump-to-latest").await;
    stage.guest.script("document.querySelector('.timeline__jump').click()").await;
    stage.until("the end", "return !document.querySelector('.timeline__jump')").await;

    let hide = |is_hidden: bool| {
        format!(
            "Object.defineProperty(document, 'hidden', {{ value: {is_hidden}, configurable: true }}); \
             document.dispatchEvent(new Event('visibilitychange', {{ bubbles: true }}))"
        )
    };
    stage.guest.script(&hide(true)).await;
    for answer in [talk.answers[1], talk.answers[3]] {
        stage.portal.webex().reply_as_staff(LINUS, &space, answer).expect("an answer");
    }
    stage.until("the line", "return !!document.querySelector('.timeline__day--new')").await;
    stage.guest.script(&hide(false)).await;
    stage.take("unread-divider").await;
    stage.end().await;
}

/// The same words on three days.
async fn days(speech: &Speech, pictures: &Pictures) {
    let talk = speech.talk;
    let stage = Stage::begin(speech, pictures, SITE).await;
    stage.sign_in().await;
    stage.say(talk.order).await;
    stage.answer(GRACE, talk.answers[0]).await;
    for (day, answer) in [(8, talk.answers[1]), (1, talk.answers[3])] {
        stage.pass(Duration::from_secs(day * 24 * 60 * 60)).await;
        stage.portal.webex().reply_as_staff(GRACE, &stage.space(), answer).expect("an answer");
    }
    // The browser's days go by with the portal's.
    let later = 9 * 24 * 60 * 60 * 1000_u64;
    stage.open_with(&format!("const now = Date.now.bind(Date); Date.now = () => now() + {later}")).await;
    stage.guest.sees(talk.answers[3]).await;
    stage.take("day-separators").await;
    stage.end().await;
}
