//! Files guests send, and the portal's spool, in which they wait.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use reqwest::Method;
use sandbox::Fault;
use serde_json::json;
use shared::{Delivery, FileState, Pending, ProblemKind, path};
use tests::{
    files::{SlowUpload, TestFile},
    guest::{TestGuest, new_client_message_id, plain_text},
    portal::TestPortal,
};

const SMALL_FILES: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example"]
max_file_bytes = 1000
"#;

fn files() -> [TestFile; 3] {
    [
        TestFile::text("notes.txt", "Grüße\nfrom a file\n"),
        TestFile::png("picture.png"),
        TestFile::new("contract.pdf", "application/pdf", [&b"%PDF-1.7\n"[..], &[0, 255, 13, 10, 45, 45]].concat()),
    ]
}

/// The files of the guest's room in Webex: text beside it, name, media type, bytes.
fn files_in_webex(portal: &TestPortal, words: &str) -> Vec<(String, TestFile)> {
    let messages = portal.webex().messages_titled(words).into_iter();
    messages
        .flat_map(|message| message.files.into_iter().map(move |file| (message.text.clone(), file)))
        .map(|(text, file)| {
            let media_type = files().into_iter().map(|known| known.media_type).find(|known| *known == file.media_type).unwrap_or("another");
            (text, TestFile { name: file.name, media_type, bytes: portal.webex().file_bytes(&file.url).unwrap() })
        })
        .collect()
}

/// Nothing of what was refused is left, and what is sent now is the first that arrives.
async fn assert_nothing_came_of_it(portal: &TestPortal, guest: &mut TestGuest) {
    portal.spool_is_empty().await;
    guest.say("barrier").await;
    guest.hear_message("barrier").await;
    assert_eq!(portal.texts_in_webex("Ada", 3).await[1..], ["Hello", "barrier"]);
    assert_eq!(guest.messages().await.pending, []);
}

#[tokio::test]
async fn a_file_reaches_webex_byte_by_byte_and_is_shown_to_its_guest() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    for file in files() {
        let pending = ada.send_file(&file, "").await;
        let waiting = pending.file.unwrap();
        assert_eq!((&waiting.name, &*waiting.media_type, waiting.size), (&file.name, file.media_type, file.bytes.len() as u64));

        let told = ada.hear_file(&file.name).await;

        assert_eq!(told.client_message_id, Some(pending.client_message_id));
        assert_eq!((told.content.len(), told.files.len()), (0, 1));
        let shown = &told.files[0];
        assert_eq!(
            (&shown.name, &*shown.media_type, shown.size, shown.state),
            (&file.name, file.media_type, Some(file.bytes.len() as u64), FileState::Ready)
        );
        let (_, arrived) = files_in_webex(&portal, "Ada").pop().unwrap();
        assert_eq!((arrived.name, arrived.media_type, arrived.bytes), (file.name, file.media_type, file.bytes.clone()));
        assert_eq!(ada.download(&told.id, 0).await.bytes, file.bytes);
        assert_eq!(portal.spool(), [""; 0]);
    }
    assert_eq!(ada.messages().await.items.iter().filter(|message| !message.files.is_empty()).count(), 3);
}

#[tokio::test]
async fn words_go_with_a_file_in_one_message() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.send_file(&TestFile::png("broken.png"), "This is **how** it came <@all>").await;
    let told = ada.hear_file("broken.png").await;
    // What takes no room keeps the brackets from calling anybody.
    let said = "This is how it came <\u{2060}@all>";
    assert_eq!(plain_text(&told.content), said);
    let sent = portal.webex().messages_titled("Ada").pop().unwrap();
    let html = "<p>This is <strong>how</strong> it came &lt;\u{2060}@all&gt;</p>";
    assert_eq!((&*sent.text, sent.html.as_deref(), sent.files.len()), (said, Some(html), 1));
}

#[tokio::test]
async fn a_file_as_the_first_message_opens_the_space() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    ada.send_file(&TestFile::text("first.txt", "x"), "").await;
    ada.hear_file("first.txt").await;
    assert_eq!(files_in_webex(&portal, "Ada").len(), 1);
}

#[tokio::test]
async fn a_name_is_made_safe_before_anybody_sees_it() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    for name in ["../../etc/pass\"wd.txt", "C:\\temp\\a.txt", "evil\u{202e}gnp.txt", "con.txt", "Grüße 한글.txt"] {
        let pending = ada.send_file(&TestFile::text(name, "x"), "").await;
        let safe = pending.file.unwrap().name;
        let is_unsafe = |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{202e}');
        assert!(safe.ends_with(".txt") && !safe.starts_with('.') && !safe.contains(is_unsafe), "{name:?} became {safe:?}");
        let told = ada.hear_file(&safe).await;
        let download = ada.download(&told.id, 0).await;
        let disposition = download.header("content-disposition");
        assert!(!disposition.contains(['/', '\\']) && disposition.matches('"').count() == 2, "{disposition}");
        assert_eq!(files_in_webex(&portal, "Ada").pop().unwrap().1.name, safe);
    }
}

#[tokio::test]
async fn a_file_is_as_large_as_the_site_takes_and_no_larger() {
    let portal = TestPortal::start_with_sites(SMALL_FILES).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let largest = TestFile::text("largest.txt", &"x".repeat(1000));
    let too_large = TestFile::text("large.txt", &"x".repeat(1001));
    let room_id = ada.room_id().await;
    let refused = ada.send_file_as(&new_client_message_id(), &too_large, "").await;
    assert_eq!((refused.status, refused.problem().kind), (413, ProblemKind::FileTooLarge));
    // A browser that says nothing of the file's size, or something that is not true.
    for (said, status) in [(None, 413), (Some("1000"), 413), (Some("7"), 413), (Some("many"), 413)] {
        let mut request = ada.upload(&room_id, &new_client_message_id(), &too_large, "").build().unwrap();
        request.headers_mut().remove(path::FILE_BYTES_HEADER);
        if let Some(said) = said {
            request.headers_mut().insert(path::FILE_BYTES_HEADER, said.parse().unwrap());
        }
        let answer = reqwest::Client::new().execute(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{said:?}");
    }
    portal.spool_is_empty().await;
    ada.send_file(&largest, "").await;
    ada.hear_file("largest.txt").await;
    assert_eq!(files_in_webex(&portal, "Ada").len(), 1);
}

#[tokio::test]
async fn a_file_that_says_it_is_too_large_is_refused_before_it_is_sent() {
    let portal = TestPortal::start_with_sites(SMALL_FILES).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    for (body_bytes, file_bytes) in [(2000, Some(1001)), (10_000_000, Some(9_999_000)), (10_000_000, None)] {
        let upload = SlowUpload::begin(&ada, body_bytes, file_bytes).await;
        assert_eq!(upload.status().await, 413, "{body_bytes} {file_bytes:?}");
    }
    assert_nothing_came_of_it(&portal, &mut ada).await;
}

#[tokio::test]
async fn a_file_that_turns_out_too_large_is_refused_in_the_middle() {
    let portal = TestPortal::start_with_sites(SMALL_FILES).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    for said in [None, Some(900)] {
        let mut upload = SlowUpload::begin(&ada, 60_000, said).await;
        upload.send(SlowUpload::beginning(&new_client_message_id(), "x.txt").as_bytes()).await;
        upload.send(&[b'x'; 5000]).await;
        assert_eq!(upload.status().await, 413);
    }
    assert_nothing_came_of_it(&portal, &mut ada).await;
}

#[tokio::test]
async fn a_visitor_uploads_nothing() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room_id = ada.room_id().await;
    let file = TestFile::text("x.txt", "x");
    let nobody = portal.visitor();
    assert_eq!(nobody.send(nobody.upload(&room_id, &new_client_message_id(), &file, "")).await.problem().kind, ProblemKind::NotSignedIn);
    let bob = portal.guest("Bob").await;
    let refused = bob.send(bob.upload(&room_id, &new_client_message_id(), &file, "")).await;
    assert_eq!((refused.status, refused.problem().kind), (404, ProblemKind::RoomNotFound));
    assert_eq!(portal.spool(), [""; 0]);
}

#[tokio::test]
async fn files_that_are_dangerous_or_not_what_they_say_are_refused() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let png = TestFile::png("x").bytes;
    for file in [
        TestFile::new("page.html", "text/html", "<!doctype html><script>alert(1)</script>"),
        TestFile::new("page.txt", "text/plain", "<!doctype html><script>alert(1)</script>"),
        TestFile::new("drawing.svg", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
        TestFile::new("drawing.txt", "text/plain", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
        TestFile::new("tool.exe", "application/octet-stream", "MZ\0\0"),
        TestFile::new("tool.png", "image/png", "MZ\0\0"),
        TestFile::new("picture.txt", "text/plain", png.clone()),
        TestFile::new("picture.png", "text/html", png),
        TestFile::new("script.js", "text/javascript", "alert(1)"),
        TestFile::new("nothing", "", "x"),
    ] {
        let file = if file.media_type.is_empty() { TestFile { media_type: "application/octet-stream", ..file } } else { file };
        let refused = ada.send_file_as(&new_client_message_id(), &file, "").await;
        assert_eq!((refused.status, refused.problem().kind), (415, ProblemKind::FileTypeRefused), "{}", file.name);
    }
    assert_nothing_came_of_it(&portal, &mut ada).await;
}

#[tokio::test]
async fn a_site_can_take_no_files() {
    let portal = TestPortal::start_with_sites(&SMALL_FILES.replace("= 1000", "= 0")).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    assert!(!ada.rooms().await[0].can.files);
    let refused = ada.send_file_as(&new_client_message_id(), &TestFile::text("x.txt", "x"), "").await;
    assert_eq!((refused.status, refused.problem().detail), (413, "Files cannot be sent here.".to_owned()));
    assert_nothing_came_of_it(&portal, &mut ada).await;
}

#[tokio::test]
async fn an_upload_that_stops_half_way_leaves_nothing() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    for length in [0, 1, 1000, 70_000, 300_000, 900_000] {
        for _ in 0..3 {
            let mut upload = SlowUpload::begin(&ada, 2_000_000, Some(1_999_000)).await;
            upload.send(SlowUpload::beginning(&new_client_message_id(), "x.txt").as_bytes()).await;
            upload.send(&vec![b'x'; length]).await;
            drop(upload);
        }
    }
    assert_nothing_came_of_it(&portal, &mut ada).await;
}

#[tokio::test]
async fn a_sender_who_falls_silent_is_given_up() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let mut upload = SlowUpload::begin(&ada, 2000, Some(1000)).await;
    upload.send(SlowUpload::beginning(&new_client_message_id(), "x.txt").as_bytes()).await;
    upload.send(b"half").await;
    portal.until("the upload to begin", async || (!portal.spool().is_empty()).then_some(())).await;
    portal.advance(Duration::from_secs(31));
    assert_eq!(upload.status().await, 400);
    assert_nothing_came_of_it(&portal, &mut ada).await;
}

#[tokio::test]
async fn a_form_that_is_not_a_message_and_a_file_is_refused() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let form = || reqwest::multipart::Form::new();
    let message = || serde_json::json!({ "client_message_id": new_client_message_id(), "text": "x" }).to_string();
    let file = || reqwest::multipart::Part::bytes(b"x".to_vec()).file_name("x.txt");
    for (form, bytes) in [
        (form(), 1),
        (form().text("message", message()), 1),
        (form().part("file", file()).text("message", message()), 1),
        (form().text("message", "{").part("file", file()), 1),
        (form().text("message", message()).part("file", file()), 2),
    ] {
        let path = path::room_messages(&ada.room_id().await);
        let request = ada.request(reqwest::Method::POST, &path).header(path::FILE_BYTES_HEADER, bytes).multipart(form);
        assert_eq!(ada.send(request).await.problem().status, 400);
    }
    assert_nothing_came_of_it(&portal, &mut ada).await;
}

#[tokio::test]
async fn an_upload_that_is_repeated_is_one_message() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let (id, file) = (new_client_message_id(), TestFile::png("once.png"));
    let room_id = ada.room_id().await;
    let repeating: Vec<_> = (0..5)
        .map(|_| {
            let (tab, request) = (ada.other_tab(), ada.upload(&room_id, &id, &file, "Here"));
            tokio::spawn(async move { tab.send(request).await.json::<Pending>().queued_at })
        })
        .collect();
    let mut accepted = Vec::new();
    for repeated in repeating {
        accepted.push(repeated.await.unwrap());
    }
    accepted.dedup();
    assert_eq!(accepted.len(), 1);
    ada.hear_file("once.png").await;
    let after: Pending = ada.send_file_as(&id, &file, "Here").await.json();
    assert_eq!(after.delivery, Delivery::Sent);
    let other = ada.send_file_as(&id, &TestFile::png("other.png"), "Hear").await;
    assert_eq!(other.problem().kind, ProblemKind::ClientMessageIdReused);
    portal.spool_is_empty().await;
    ada.say("barrier").await;
    ada.hear_message("barrier").await;
    assert_eq!(files_in_webex(&portal, "Ada").len(), 1);
}

#[tokio::test]
async fn a_file_waits_over_a_restart_while_webex_is_away() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.stop_sandbox().await;
    let file = TestFile::png("patient.png");
    let pending = ada.send_file(&file, "Here").await;
    assert_eq!(portal.spool().len(), 1);
    portal.restart_portal().await;
    assert_eq!(portal.spool().len(), 1);
    assert!(!ada.hear_hello().await);
    let waiting = ada.messages().await.pending;
    assert_eq!(waiting.iter().map(|waiting| &waiting.file).collect::<Vec<_>>(), [&pending.file]);

    portal.start_sandbox().await;

    let told = ada.hear_file("patient.png").await;
    assert_eq!(told.client_message_id, Some(pending.client_message_id));
    let arrived = files_in_webex(&portal, "Ada");
    assert_eq!((arrived.len(), &arrived[0].1.bytes), (1, &file.bytes));
    portal.spool_is_empty().await;
}

#[tokio::test]
async fn a_file_whose_answer_was_lost_is_found_in_webex_and_leaves_the_spool() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::drop_after("POST", "/v1/messages")).unwrap();
    let pending = ada.send_file(&TestFile::png("lost.png"), "").await;
    let told = ada.hear_file("lost.png").await;
    assert_eq!(told.client_message_id, Some(pending.client_message_id));
    portal.spool_is_empty().await;
    assert_eq!(files_in_webex(&portal, "Ada").len(), 1);
}

/// A file that Webex refuses, because its guest was put out of the room.
async fn refused_file(portal: &TestPortal, ada: &mut TestGuest) -> Pending {
    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 400)).unwrap();
    let pending = ada.send_file(&TestFile::png("refused.png"), "").await;
    ada.hear_delivery(&pending.client_message_id, Delivery::Failed).await
}

#[tokio::test]
async fn a_file_that_webex_refuses_is_told_of_until_its_guest_gives_it_up() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let bob = portal.guest("Bob").await;
    for _ in 0..2 {
        let failed = refused_file(&portal, &mut ada).await;
        assert!(failed.problem.is_some() && failed.file.is_some());
        portal.spool_is_empty().await;
        bob.give_up(&failed.client_message_id).await;
        assert_eq!(ada.messages().await.pending.len(), 1, "not another's");

        assert_eq!(ada.give_up(&failed.client_message_id).await.status, 204);

        assert_eq!(portal.spool(), [""; 0]);
        assert_eq!(ada.messages().await.pending, []);
        assert_eq!(ada.give_up(&failed.client_message_id).await.status, 204);
    }
    assert_eq!(files_in_webex(&portal, "Ada").len(), 0);
}

#[tokio::test]
async fn a_file_that_was_refused_takes_no_room_and_is_known_until_it_is_given_up_or_a_month_has_passed() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let refused = refused_file(&portal, &mut ada).await;
    portal.spool_is_empty().await;
    let pending = || async { ada.messages().await.pending };
    assert_eq!(pending().await[0].file.as_ref().unwrap().name, refused.file.unwrap().name);
    portal.advance(Duration::from_secs(31 * 24 * 60 * 60));
    portal.until("it to be swept", async || pending().await.is_empty().then_some(())).await;
}

#[tokio::test]
async fn a_form_that_goes_on_after_its_file_is_refused_before_it_takes_memory() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    let message = json!({ "client_message_id": new_client_message_id(), "text": "" }).to_string();
    let begin = format!(
        "--B\r\ncontent-disposition: form-data; name=\"message\"\r\ncontent-type: application/json\r\n\r\n{message}\r\n\
         --B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\ncontent-type: text/plain\r\n\r\nx\r\n\
         --B\r\ncontent-disposition: form-data; name=\"more\"\r\nx-long: "
    );
    let taken = Arc::new(AtomicUsize::new(0));
    let chunks = futures_util::stream::iter(std::iter::once(begin).chain((0..2000).map(|_| "a".repeat(10_000)))).map({
        let taken = taken.clone();
        move |chunk| {
            taken.fetch_add(chunk.len(), Ordering::Relaxed);
            Ok::<_, std::io::Error>(chunk)
        }
    });
    let request = ada.request(Method::POST, &path::room_messages(&ada.room_id().await));
    let request = request.header("content-type", "multipart/form-data; boundary=B").body(reqwest::Body::wrap_stream(chunks));
    match request.send().await {
        Ok(answer) => assert_eq!(answer.status(), 400),
        Err(error) => assert!(error.is_request() || error.is_body(), "hung up on: {error:?}"),
    }
    // What the connection holds on its way, and no more.
    assert!(taken.load(Ordering::Relaxed) < 12_000_000, "{taken:?}");
    portal.spool_is_empty().await;
    assert!(!portal.texts_in_webex("Ada", 2).await.iter().any(String::is_empty));
}

#[tokio::test]
async fn a_file_that_got_lost_on_the_disk_is_told_to_its_guest_and_holds_up_nothing() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.stop_sandbox().await;
    // What waits behind it has not been opened yet.
    ada.say("before").await;
    let pending = ada.send_file(&TestFile::png("lost.png"), "").await;
    std::fs::remove_file(portal.data_dir().join("spool").join(&portal.spool()[0])).unwrap();
    portal.start_sandbox().await;
    let failed = ada.hear_delivery(&pending.client_message_id, Delivery::Failed).await;
    assert_eq!(failed.problem.unwrap().kind, ProblemKind::FileIncomplete);
    ada.give_up(&pending.client_message_id).await;
    portal.spool_is_empty().await;
    ada.say("after").await;
    ada.hear_message("after").await;
    assert_eq!(portal.texts_in_webex("Ada", 4).await[1..], ["Hello", "before", "after"]);
    assert_eq!(ada.messages().await.pending, []);
}
