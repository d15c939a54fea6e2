//! Threads: a guest answers in one, with words and with files, and reads one from its beginning.

use sandbox::Fault;
use serde_json::json;
use shared::{ClientMessageId, Message, MessageId, MessagePage, Pending, path};
use tests::{
    files::TestFile,
    guest::{TestGuest, new_client_message_id, plain_text},
    portal::TestPortal,
};

const LINUS: &str = "linus@sandbox.example";

/// A guest who asked, and the message of staff that answers.
async fn answered(portal: &TestPortal) -> (TestGuest, MessageId) {
    let ada = portal.guest("Ada").await;
    ada.say("My parcel is lost").await;
    // The portal greets first.
    ada.reads(2).await;
    let asked = portal.webex().messages_titled("Ada").into_iter().find(|message| message.text == "My parcel is lost");
    portal.webex().reply_in_thread_as_staff(LINUS, &asked.expect("the question").id, "Which one?").expect("an answer");
    ada.reads(3).await;
    let page = ada.messages().await;
    (ada, page.items[1].id.clone())
}

async fn thread(ada: &TestGuest, root: &MessageId) -> Vec<Message> {
    let answer = ada.get(&path::room_thread(&ada.room_id().await, root)).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.json::<MessagePage>().items
}

fn texts(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| plain_text(&message.content)).collect()
}

#[tokio::test]
async fn a_guest_answers_in_a_thread_and_staff_see_it_there() {
    let portal = TestPortal::start().await;
    let (ada, root) = answered(&portal).await;
    let room_id = ada.room_id().await;
    let new = json!({ "client_message_id": new_client_message_id(), "text": "The red one", "parent_id": root });
    let answer = ada.post(&path::room_messages(&room_id), new.clone()).await;
    assert_eq!(answer.status, 202, "{answer}");
    assert_eq!(answer.json::<Pending>().parent_id, Some(root.clone()), "the page draws it in its thread at once");
    ada.say("And something else").await;
    ada.reads(5).await;
    let in_webex = portal.webex().messages_titled("Ada");
    let sent = |text: &str| in_webex.iter().find(|message| message.text == text).expect("it is in Webex").clone();
    assert_eq!(sent("The red one").parent_id.map(|id| MessageId::new(id.trim_end_matches('='))), Some(root.clone()));
    assert_eq!(sent("And something else").parent_id, None);
    assert_eq!(texts(&thread(&ada, &root).await), ["My parcel is lost", "Which one?", "The red one"]);

    // The same again is the same; the same id for another thread is not.
    assert_eq!(ada.post(&path::room_messages(&room_id), new.clone()).await.status, 202);
    let elsewhere = json!({ "client_message_id": new["client_message_id"], "text": "The red one" });
    assert_eq!(ada.post(&path::room_messages(&room_id), elsewhere).await.status, 422);
}

#[tokio::test]
async fn a_file_goes_into_a_thread() {
    let portal = TestPortal::start().await;
    let (ada, root) = answered(&portal).await;
    let upload = ada.upload_in(&ada.room_id().await, Some(&root), &new_client_message_id(), &TestFile::text("receipt.txt", "Paid"), "");
    let answer = ada.send(upload).await;
    assert_eq!(answer.status, 202, "{answer}");
    ada.reads(4).await;
    let thread = thread(&ada, &root).await;
    assert_eq!(thread.last().map(|message| message.files[0].name.as_str()), Some("receipt.txt"));
}

#[tokio::test]
async fn of_two_identical_texts_in_doubt_each_is_found_where_it_went() {
    let portal = TestPortal::start().await;
    let (ada, root) = answered(&portal).await;
    let room_id = ada.room_id().await;
    // Webex takes both, and neither answer arrives.
    portal.webex().add_fault(Fault::drop_after("POST", "/v1/messages").times(2)).unwrap();
    let ids = [new_client_message_id(), new_client_message_id()];
    let in_thread = json!({ "client_message_id": ids[0], "text": "Yes", "parent_id": root });
    ada.post(&path::room_messages(&room_id), in_thread).await;
    ada.say_as(&ids[1], "Yes").await;
    ada.reads(5).await;
    let page = ada.messages().await;
    let of = |id: &ClientMessageId| page.items.iter().find(|message| message.client_message_id.as_ref() == Some(id)).cloned();
    assert_eq!(of(&ids[0]).expect("the first").parent_id, Some(root.clone()));
    assert_eq!(of(&ids[1]).expect("the second").parent_id, None);
    let count = portal.webex().messages_titled("Ada").iter().filter(|message| message.text == "Yes").count();
    assert_eq!(count, 2);
}

#[tokio::test]
async fn a_long_thread_is_read_from_its_beginning_and_nobody_elses_is() {
    let portal = TestPortal::start().await;
    let (ada, root) = answered(&portal).await;
    for number in 0..70 {
        portal.webex().reply_in_thread_as_staff(LINUS, root.as_str(), &format!("answer {number}")).expect("an answer");
    }
    let read = texts(&thread(&ada, &root).await);
    assert_eq!((read.len(), read[0].as_str(), read[71].as_str()), (72, "My parcel is lost", "answer 69"));

    let ben = portal.guest("Ben").await;
    let room_id = ada.room_id().await;
    assert_eq!(ben.get(&path::room_thread(&room_id, &root)).await.status, 404);
    ben.say("Mine").await;
    ben.reads(2).await;
    // Of a thread in another room there is nothing in one's own.
    assert_eq!(texts(&thread(&ben, &root).await), [""; 0]);
    assert_eq!(ada.get(&format!("{}?thread=%00", path::room_messages(&room_id))).await.status, 400);
}
