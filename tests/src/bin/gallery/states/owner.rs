//! What a site's owner makes of the page: colours and a logo, an e-mail address asked for, people the web site must vouch for, a
//! device of many.

use jsonwebtoken::Algorithm;
use tests::identity::BackEnd;

use super::{pictures::Pictures, speech::Speech, stage::Stage};

const SITE: &str = r#"
[[site]]
id = "demo"
name = "{site}"
welcome = "{welcome}"
staff = ["grace@sandbox.example", "linus@sandbox.example"]
"#;
const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 120 30\"><circle cx=\"15\" cy=\"15\" r=\"14\" fill=\"#8a4fbf\"/>\
    <rect x=\"36\" y=\"10\" width=\"80\" height=\"10\" rx=\"5\" fill=\"#8a4fbf\"/></svg>";

pub(super) async fn show(speech: &Speech, pictures: &Pictures) {
    own_look(speech, pictures).await;
    identity(speech, pictures).await;
    kiosk(speech, pictures).await;
}

async fn own_look(speech: &Speech, pictures: &Pictures) {
    let folder = tempfile::tempdir().expect("a folder");
    let logo = folder.path().join("logo.svg");
    std::fs::write(&logo, LOGO).expect("a logo");
    let look = format!(
        "[site.theme]\naccent = \"#8a4fbf\"\naccent_dark = \"#a97bd6\"\nlogo = \"{}\"\n[site.pre_chat]\nemail = \"required\"\n",
        logo.display()
    );
    let stage = Stage::begin(speech, pictures, &format!("{SITE}{look}")).await;
    stage.sees_words("email_hint").await;
    stage.take("own-look").await;
    stage.write("your_name", speech.talk.guest).await;
    stage.press("start_chat").await;
    stage.sees_words("email_wrong").await;
    stage.take("own-look-with-errors").await;
    stage.write("email", "guest@example.com").await;
    stage.press("start_chat").await;
    stage.guest.text_box(speech.say("message")).await;
    stage.converse().await;
    stage.take("own-look-conversation").await;
    stage.end().await;
}

async fn identity(speech: &Speech, pictures: &Pictures) {
    let back_end = BackEnd::new(Algorithm::EdDSA);
    let stage = Stage::begin(speech, pictures, &format!("{SITE}{}", back_end.settings("required"))).await;
    stage.sees_words("sign_in_first").await;
    stage.take("sign-in-elsewhere").await;
    stage.open_with("window.prepared = Promise.reject(new Error('not believed')); window.prepared.catch(() => {})").await;
    stage.sees_words("not_recognised").await;
    stage.take("not-recognised").await;
    stage.end().await;
}

async fn kiosk(speech: &Speech, pictures: &Pictures) {
    // The question comes when it is asked for, and stands while it is looked at.
    let when_asked = "const wait = window.setTimeout; window.setTimeout = (done, millis, ...more) => \
        millis === 420000 ? (window.ask = done, 0) : millis === 20000 ? 0 : wait(done, millis, ...more)";
    let site = SITE.replace("staff =", "kiosk_minutes = 7\nstaff =");
    let stage = Stage::begin(speech, pictures, &site).await;
    stage.open_with(when_asked).await;
    stage.sign_in().await;
    stage.converse().await;
    stage.guest.script("window.ask()").await;
    stage.sees_words("still_there").await;
    stage.take("still-there").await;
    stage.end().await;
}
