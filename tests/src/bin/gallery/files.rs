//! Files both ways, a picture, an edit, a deletion, a thread, and who is there.

use std::path::Path;

use tests::{
    browser::TestBrowser,
    portal::{GRACE, TestPortal},
};

use crate::shots::Shots;

pub(crate) async fn show(shots: &Shots) {
    let portal = TestPortal::start().await;
    let browser = TestBrowser::start().await;
    let files = tempfile::tempdir().expect("a folder");
    browser.goto(&format!("{}/s/demo", portal.base_url())).await;
    browser.write("Your name", "Ada Lovelace").await;
    browser.press("Start chat").await;
    browser.write("Message", "My parcel arrived like this.\n").await;
    browser.sees_message("Sent").await;

    let invoice = files.path().join("A rather long name for an invoice of the year 2026 (copy).pdf");
    std::fs::write(&invoice, [b"%PDF-1.4\n".to_vec(), vec![b' '; 120_000]].concat()).expect("a file");
    browser.choose_file(&invoice).await;
    browser.sees("A rather long name").await;
    shots.take(&browser, "file-chosen").await;
    browser.write("Message", "And this is the invoice.").await;
    browser.press("Send").await;
    browser.button("Download A rather long name for an invoice of the year 2026 (copy).pdf").await;

    let room = portal.webex().room_titled("Ada").expect("the space").id;
    let picture = drawn(&browser, files.path()).await;
    let bytes = std::fs::read(&picture).expect("a picture");
    let sent = portal.webex().send_file_as_staff(GRACE, &room, "parcel.png", "image/png", &bytes, Some("Is this your parcel?"));
    sent.expect("a picture");
    browser.button("Show parcel.png enlarged").await;
    let first = portal.webex().messages(&room).into_iter().find(|message| message.text.starts_with("My parcel")).expect("the first");
    portal.webex().reply_in_thread_as_staff("linus@sandbox.example", &first.id, "We send you a new one.").expect("a reply");
    browser.sees_message("We send you a new one.").await;
    shots.take(&browser, "files").await;
    browser.press("Show parcel.png enlarged").await;
    browser.button("Close").await;
    shots.take(&browser, "picture-enlarged").await;
    browser.press("Close").await;

    browser.act_on_message("My parcel arrived like this.", "Edit").await;
    browser.button("Save").await;
    shots.take(&browser, "editing").await;
    browser.press("Cancel").await;
    browser.act_on_message("My parcel arrived like this.", "Delete").await;
    browser.button("Keep").await;
    shots.take(&browser, "delete-question").await;
    browser.press("Keep").await;

    browser.press_what_says("Grace Hopper").await;
    browser.sees("Who is here").await;
    shots.take(&browser, "members").await;
    browser.close().await;

    let desk = TestBrowser::start().await;
    desk.goto(&format!("{}/desk", portal.webex().base_url())).await;
    desk.press_what_says("Ada Lovelace").await;
    desk.text_box("Reply as staff").await;
    shots.take(&desk, "desk-files").await;
    desk.close().await;
}

/// A picture the size of a photograph, painted by the browser itself.
async fn drawn(browser: &TestBrowser, folder: &Path) -> std::path::PathBuf {
    browser.set_screen(tests::browser::Screen::PAGE).await;
    let path = folder.join("parcel.png");
    browser.screenshot(&path).await;
    path
}
