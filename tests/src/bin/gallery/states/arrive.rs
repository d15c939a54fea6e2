//! Before the first word, and what becomes of the line: signing in, connecting, offline, a session that is over.

use std::time::Duration;

use super::{pictures::Pictures, speech::Speech, stage::Stage};

const SITE: &str = r#"
[[site]]
id = "demo"
name = "{site}"
welcome = "{welcome}"
staff = ["grace@sandbox.example", "linus@sandbox.example"]
"#;

pub(super) async fn show(speech: &Speech, pictures: &Pictures) {
    plain(speech, pictures).await;
    pre_chat(speech, pictures).await;
    line(speech, pictures).await;
}

async fn plain(speech: &Speech, pictures: &Pictures) {
    let stage = Stage::begin(speech, pictures, SITE).await;
    stage.guest.text_box(speech.say("your_name")).await;
    stage.take("sign-in").await;
    stage.press("start_chat").await;
    stage.sees_words("name_missing").await;
    stage.take("sign-in-with-errors").await;
    stage.hold("GET .*/messages").await;
    stage.sign_in().await;
    stage.take("connecting").await;
    stage.open().await;
    stage.sees_words("nothing_yet").await;
    stage.take("empty-space").await;
    stage.end().await;
}

async fn pre_chat(speech: &Speech, pictures: &Pictures) {
    let topics = speech.talk.topics.map(|topic| format!("\"{topic}\"")).join(", ");
    let asked = format!(
        "[site.pre_chat]\ntopics = [{topics}]\nconsent = \"{}\"\nconsent_version = \"1\"\nconsent_url = \"https://www.example.com/privacy\"\n",
        speech.talk.consent
    );
    let stage = Stage::begin(speech, pictures, &format!("{SITE}{asked}")).await;
    stage.sees_words("topic").await;
    stage.write("your_name", speech.talk.guest).await;
    stage.take("pre-chat").await;
    stage.press("start_chat").await;
    stage.sees_words("consent_missing").await;
    stage.take("pre-chat-with-errors").await;
    stage.end().await;
}

/// What can become of the line, and of the session.
async fn line(speech: &Speech, pictures: &Pictures) {
    let mut stage = Stage::begin(speech, pictures, SITE).await;
    stage.sign_in().await;
    stage.converse().await;
    stage.guest.set_offline(true).await;
    stage.sees_words("offline").await;
    stage.write("message", &format!("{}\n", speech.talk.red)).await;
    stage.sees_words("waiting").await;
    stage.take("offline").await;
    stage.guest.set_offline(false).await;
    stage.until("online", "return !document.querySelector('.banner--warning')").await;

    // A build that is not this page's.
    stage.guest.script("document.querySelector('meta[name=guest-portal-build]').content = 'older'").await;
    stage.guest.set_offline(true).await;
    stage.sees_words("offline").await;
    stage.guest.set_offline(false).await;
    stage.sees_words("new_version").await;
    stage.take("newer-version").await;

    stage.portal.stop_portal().await;
    stage.sees_words("reconnecting").await;
    stage.take("reconnecting").await;
    stage.portal.start_portal().await;

    stage.open().await;
    stage.guest.text_box(speech.say("message")).await;
    stage.guest.client().delete_all_cookies().await.expect("no cookies");
    stage.pass(Duration::from_secs(13 * 60 * 60)).await;
    stage.write("message", &format!("{}\n", speech.talk.red)).await;
    stage.sees_words("session_over").await;
    stage.take("session-over").await;
    stage.end().await;
}
