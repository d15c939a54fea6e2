//! What messages can hold: formatting, mentions, cards, pictures and files on their way in and out.

use sandbox::FileScan;
use serde_json::json;
use tests::{browser::Screen, portal::GRACE};

use super::{pictures::Pictures, speech::Speech, stage::Stage};

const SITE: &str = r#"
[[site]]
id = "demo"
name = "{site}"
welcome = "{welcome}"
max_file_bytes = 2000000
staff = ["grace@sandbox.example", "linus@sandbox.example"]
"#;

pub(super) async fn show(speech: &Speech, pictures: &Pictures) {
    let talk = speech.talk;
    let stage = Stage::begin(speech, pictures, SITE).await;
    let folder = tempfile::tempdir().expect("a folder");
    stage.sign_in().await;
    stage.say(talk.order).await;
    let space = stage.space();
    let last = "return document.querySelector('.timeline__rows').lastElementChild";
    for part in talk.rich {
        stage.portal.webex().reply_as_staff_in_markdown(GRACE, &space, part).expect("rich text");
    }
    stage.guest.sees("accept: application/json").await;
    stage.take("rich-text").await;
    let guest =
        stage.portal.webex().messages(&space).into_iter().find(|message| message.text == talk.order).expect("the question").person_id;
    let mention = format!("<@personId:{guest}|{}> {}", talk.guest, talk.which);
    stage.portal.webex().reply_as_staff_in_markdown(GRACE, &space, &mention).expect("a mention");
    stage.until("the mention", "return !!document.querySelector('.rich-text__mention')").await;
    stage.take("mention").await;
    send_card(&stage, &space).await;
    stage.until("the card", &format!("{last}.innerText.includes('4711')")).await;
    stage.take("card-fallback").await;

    // A picture the size of a photograph, painted by the browser itself.
    let picture = folder.path().join("parcel.png");
    stage.guest.set_screen(Screen::PAGE).await;
    stage.guest.screenshot(&picture).await;
    stage.guest.set_screen(Screen::WIDGET).await;
    let bytes = std::fs::read(&picture).expect("a picture");
    stage.portal.webex().send_file_as_staff(GRACE, &space, "parcel.png", "image/png", &bytes, Some(talk.which)).expect("a picture");
    stage.until("the picture", "return !!document.querySelector('.timeline__rows img')?.complete").await;
    stage.take("image").await;
    stage.guest.script("document.querySelector('.timeline__rows img').closest('button').click()").await;
    stage.until("the lightbox", "return document.querySelector('.lightbox').open").await;
    stage.take("lightbox").await;
    stage.guest.script("document.querySelector('.lightbox').close()").await;

    let invoice = folder.path().join("A rather long name for an invoice of the year 2026 (copy).pdf");
    std::fs::write(&invoice, [b"%PDF-1.4\n".to_vec(), vec![b' '; 1_500_000]].concat()).expect("a file");
    stage.choose_file(&invoice).await;
    stage.write("message", talk.draft).await;
    stage.take("file-chosen").await;
    stage.upload_speed(60_000).await;
    stage.press("send").await;
    stage.until("some percent", "return /[1-9][0-9] ?%/.test(document.querySelector('.timeline__rows').lastElementChild.innerText)").await;
    stage.take("uploading").await;
    stage.sees_words("uploading").await;
    stage.upload_speed(-1).await;
    stage.until("the file", "return document.querySelectorAll('.file__download').length > 0").await;
    stage.take("file-card").await;

    let large = folder.path().join("large.pdf");
    std::fs::write(&large, vec![b' '; 2_000_001]).expect("a file");
    stage.guest.choose_file(&large).await;
    stage.until("the refusal", "return !!document.querySelector('.banner--error')").await;
    stage.take("upload-refused").await;
    stage.portal.webex().set_file_scan("notes.txt", FileScan::Scanning { retry_after_secs: 600 });
    stage.portal.webex().send_file_as_staff(GRACE, &space, "notes.txt", "text/plain", b"notes", None).expect("a file");
    stage.sees_words("file_scanning").await;
    stage.take("being-scanned").await;
    stage.end().await;
}

/// A card as a bot of the organisation would post it.
async fn send_card(stage: &Stage<'_>, space: &str) {
    let talk = stage.speech.talk;
    let staff = stage.portal.credentials.staff.iter().find(|staff| staff.email == GRACE).expect("Grace");
    let card = json!({
        "type": "AdaptiveCard", "version": "1.3",
        "body": [
            { "type": "TextBlock", "text": talk.topics[0], "weight": "Bolder" },
            { "type": "FactSet", "facts": [{ "title": "4711", "value": talk.red }] },
            { "type": "TextBlock", "text": talk.answers[1], "wrap": true }
        ],
        "actions": [{ "type": "Action.OpenUrl", "title": talk.topics[1], "url": "https://shop.example.com/orders/4711" }]
    });
    let body = json!({
        "roomId": space, "text": "card",
        "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "content": card }]
    });
    let address = format!("{}/v1/messages", stage.portal.webex().base_url());
    let posted = reqwest::Client::new().post(address).bearer_auth(&staff.access_token).json(&body).send().await.expect("an answer");
    assert!(posted.status().is_success(), "{}", posted.text().await.unwrap_or_default());
}
