//! Files staff sent, and how a guest's browser fetches a file.

use std::time::Duration;

use reqwest::Method;
use sandbox::{Fault, FileScan};
use shared::{FileInfo, FileState, FileTicket, MessageId, PortalEvent, ProblemKind, path};
use tests::{
    files::TestFile,
    guest::{TestGuest, plain_text},
    portal::{GRACE, TestPortal},
};

/// Grace sends a file into Ada's room.
fn graces(portal: &TestPortal, file: &TestFile, text: Option<&str>) -> MessageId {
    let room = portal.webex().room_titled("Ada · ").unwrap();
    let sent = portal.webex().send_file_as_staff(GRACE, &room.id, &file.name, file.media_type, &file.bytes, text).unwrap();
    MessageId::new(sent.id)
}

/// Listens until the files of a message are told to be in this state.
async fn hear_files(guest: &mut TestGuest, id: &MessageId, state: FileState) -> FileInfo {
    guest
        .hear_until(&format!("a file {state:?}"), |event| match event {
            PortalEvent::MessagePosted { message, .. } | PortalEvent::MessageEdited { message, .. }
                if message.id == *id && message.files[0].state == state =>
            {
                Some(message.files[0].clone())
            }
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_file_of_staff_is_shown_with_name_type_and_size_and_fetched_byte_by_byte() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    for file in [
        TestFile::text("notes.txt", "Grüße\n"),
        TestFile::png("picture.png"),
        TestFile::new("offer.pdf", "application/pdf", "%PDF-1.7\n"),
        TestFile::new("page.html", "text/html", "<script>alert(1)</script>"),
        TestFile::new("drawing.svg", "image/svg+xml", "<svg/>"),
    ] {
        let id = graces(&portal, &file, Some("See this"));

        let told = ada.hear_file(&file.name).await;

        let safe_type = if matches!(file.media_type, "text/html" | "image/svg+xml") { "application/octet-stream" } else { file.media_type };
        let info = FileInfo {
            name: file.name.clone(),
            media_type: safe_type.to_owned(),
            size: Some(file.bytes.len() as u64),
            state: FileState::Ready,
        };
        assert_eq!((&told.id, plain_text(&told.content), &told.files), (&id, "See this".to_owned(), &vec![info]));
        let download = ada.download(&id, 0).await;
        assert_eq!((download.status, &download.bytes), (200, &file.bytes));
        assert_eq!(download.header("content-type"), safe_type);
        assert_eq!(download.header("content-disposition"), format!("attachment; filename=\"{0}\"; filename*=UTF-8''{0}", file.name));
        assert_eq!(download.header("x-content-type-options"), "nosniff");
        assert_eq!(
            download.header("content-security-policy"),
            "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        assert!(download.header("cache-control").contains("no-store"));
        assert_eq!(download.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(download.header("content-length"), file.bytes.len().to_string());
        assert_eq!(download.set_cookies(), [""; 0]);
    }
}

#[tokio::test]
async fn the_name_of_a_file_of_staff_is_made_safe_too() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    for name in ["../../x.txt", "a\"; filename=\"b.exe.txt", "evil\u{202e}gnp.txt"] {
        let id = graces(&portal, &TestFile::text(name, "x"), None);
        let info = hear_files(&mut ada, &id, FileState::Ready).await;
        let is_unsafe = |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{202e}');
        assert!(info.name.ends_with(".txt") && !info.name.contains(is_unsafe), "{name:?} became {:?}", info.name);
        let download = ada.download(&id, 0).await;
        let disposition = download.header("content-disposition");
        assert!(disposition.starts_with("attachment; filename=\"") && disposition.matches('"').count() == 2, "{disposition}");
    }
}

#[tokio::test]
async fn a_ticket_is_good_once_and_for_a_minute() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let id = graces(&portal, &TestFile::text("notes.txt", "x"), None);
    ada.hear_file("notes.txt").await;
    let (once, late): (FileTicket, FileTicket) = (ada.ticket(&id, 0).await.json(), ada.ticket(&id, 0).await.json());
    assert_ne!(once.url, late.url);
    assert_eq!(ada.redeem(&once).await.status, 200);
    let again = ada.redeem(&once).await;
    assert_eq!((again.status, again.problem().kind), (410, ProblemKind::FileGone));
    portal.advance(Duration::from_secs(60));
    assert_eq!(ada.redeem(&late).await.problem().kind, ProblemKind::FileGone);
    for nonsense in ["x", "%00", &"A".repeat(2000)] {
        assert_eq!(ada.get(&path::file_download(nonsense)).await.status, 410);
    }
}

#[tokio::test]
async fn nobody_gets_a_ticket_for_a_file_of_a_room_they_are_not_in() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let bob = portal.guest_in_conversation("Bob", "Hello").await;
    let id = graces(&portal, &TestFile::text("notes.txt", "x"), None);
    ada.hear_file("notes.txt").await;
    let shop = ada.tab_at("shop");
    shop.sign_in("Ada of the shop").await;
    for other in [&bob, &shop] {
        assert_eq!(other.ticket(&id, 0).await.problem().kind, ProblemKind::FileGone);
    }
    assert_eq!(portal.visitor().ticket(&id, 0).await.status, 401);
    assert_eq!(ada.ticket(&id, 1).await.problem().kind, ProblemKind::FileGone, "there is one file");
    assert_eq!(ada.ticket(&MessageId::new("y"), 0).await.problem().kind, ProblemKind::FileGone);
    let own_text = ada.messages().await.items[1].id.clone();
    assert_eq!(ada.ticket(&own_text, 0).await.problem().kind, ProblemKind::FileGone);
    let cross_site = ada.bare_request(Method::POST, &format!("/api/files/{id}/0/ticket")).header("sec-fetch-site", "cross-site");
    assert_eq!(ada.send(cross_site).await.status, 403);
}

#[tokio::test]
async fn a_file_of_a_message_that_was_taken_back_is_gone() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let id = graces(&portal, &TestFile::text("notes.txt", "x"), None);
    ada.hear_file("notes.txt").await;
    let ticket: FileTicket = ada.ticket(&id, 0).await.json();
    portal.webex().delete_as_staff(GRACE, id.as_str()).unwrap();
    assert_eq!(ada.redeem(&ticket).await.problem().kind, ProblemKind::FileGone);
    assert_eq!(ada.ticket(&id, 0).await.problem().kind, ProblemKind::FileGone);
    ada.hear_until("that it is gone", |event| {
        matches!(event, PortalEvent::MessageDeleted { message_id, .. } if *message_id == id).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_file_is_shown_as_being_scanned_until_it_can_be_fetched() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().set_file_scan("slow.txt", FileScan::Scanning { retry_after_secs: 3 });
    let id = graces(&portal, &TestFile::text("slow.txt", "x"), None);
    hear_files(&mut ada, &id, FileState::Scanning).await;
    let download = ada.download(&id, 0).await;
    assert_eq!((download.status, download.problem().kind), (423, ProblemKind::FileScanning));
    assert!(download.problem().retry_after_secs.is_some());

    portal.webex().set_file_scan("slow.txt", FileScan::Clean);

    assert_eq!(hear_files(&mut ada, &id, FileState::Ready).await.name, "slow.txt");
    assert_eq!(ada.download(&id, 0).await.bytes, b"x");
}

#[tokio::test]
async fn a_file_with_malware_or_that_cannot_be_looked_into_is_not_handed_on() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    for (scan, state) in [(FileScan::Infected, FileState::Removed), (FileScan::Unscannable, FileState::Refused)] {
        portal.webex().set_file_scan("bad.zip", scan);
        let id = graces(&portal, &TestFile::new("bad.zip", "application/zip", "PK\x03\x04"), None);
        hear_files(&mut ada, &id, state).await;
        let download = ada.download(&id, 0).await;
        assert_eq!((download.status, download.problem().kind), (410, ProblemKind::FileGone), "{scan:?}");
    }
}

#[tokio::test]
async fn a_file_webex_says_nothing_of_does_not_hide_what_was_said() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::answer("HEAD", "/v1/contents", 403).times(10_000)).unwrap();
    let id = graces(&portal, &TestFile::text("odd.txt", "x"), Some("See this"));
    let told = ada.hear_message("See this").await;
    assert_eq!((told.id, told.files.len()), (id, 1));
}

#[tokio::test]
async fn while_webex_is_away_a_download_says_so() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let id = graces(&portal, &TestFile::text("notes.txt", "x"), None);
    ada.hear_file("notes.txt").await;
    let ticket: FileTicket = ada.ticket(&id, 0).await.json();
    portal.stop_sandbox().await;
    for answer in [ada.redeem(&ticket).await, ada.ticket(&id, 0).await] {
        assert_eq!((answer.status, answer.problem().kind), (503, ProblemKind::WebexUnreachable));
    }
}
