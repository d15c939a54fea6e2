//! One guest's page in one language, and everything done with it.

use std::{path::Path, time::Duration};

use serde_json::json;
use server::fanout::Audience;
use shared::{PortalEvent, RoomId};
use tests::{
    browser::TestBrowser,
    portal::{GRACE, TestPortal},
};

use super::{pictures::Pictures, speech::Speech};

pub(crate) const LINUS: &str = "linus@sandbox.example";

/// Requests that match are held until the page is left.
const HOLD: &str = "window.held = new RegExp(arguments[0]); \
    if (!window.realFetch) { \
        window.realFetch = window.fetch; \
        window.fetch = (what, how) => { \
            const asked = (how?.method ?? what.method ?? 'GET') + ' ' + (what.url ?? what); \
            return window.held?.test(asked) ? new Promise(() => {}) : window.realFetch(what, how); }; }";

/// A portal, and a guest in front of it.
pub(crate) struct Stage<'a> {
    pub(crate) portal: TestPortal,
    pub(crate) guest: TestBrowser,
    pub(crate) speech: &'a Speech,
    pub(crate) pictures: &'a Pictures,
}

impl<'a> Stage<'a> {
    pub(crate) async fn begin(speech: &'a Speech, pictures: &'a Pictures, sites: &str) -> Self {
        let talk = speech.talk;
        let sites = sites.replace("{site}", talk.site).replace("{welcome}", talk.welcome);
        let stage = Self { portal: TestPortal::start_with_sites(&sites).await, guest: TestBrowser::start().await, speech, pictures };
        stage.open().await;
        stage
    }

    pub(crate) async fn end(self) {
        self.guest.close().await;
    }

    /// Opens the page, or opens it again.
    pub(crate) async fn open(&self) {
        self.open_with("").await;
    }

    /// The same with something before it begins.
    pub(crate) async fn open_with(&self, script: &str) {
        if !script.is_empty() {
            self.guest.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
        }
        self.guest.goto(&format!("{}/s/demo?lang={}", self.portal.base_url(), self.speech.lang)).await;
    }

    /// Signs in and waits for the box to write in.
    pub(crate) async fn sign_in(&self) {
        self.write("your_name", self.speech.talk.guest).await;
        self.press("start_chat").await;
        self.guest.text_box(self.speech.say("message")).await;
    }

    pub(crate) async fn write(&self, key: &str, text: &str) {
        self.guest.write(self.speech.say(key), text).await;
    }

    pub(crate) async fn press(&self, key: &str) {
        self.guest.press(self.speech.say(key)).await;
    }

    pub(crate) async fn sees_words(&self, key: &str) {
        self.guest.sees(self.speech.say(key)).await;
    }

    /// Writes a message and waits until it is in Webex.
    pub(crate) async fn say(&self, text: &str) {
        self.write("message", &format!("{text}\n")).await;
        let is_there = async || self.portal.webex().messages_titled(self.name()).iter().any(|message| message.text == text).then_some(());
        self.guest.until(is_there).await.unwrap_or_else(|| panic!("{text:?} is not in Webex"));
    }

    /// The first word of the guest's name, which the space is called after.
    fn name(&self) -> &'static str {
        self.speech.talk.guest.split(' ').next().unwrap_or_default()
    }

    /// The guest's space in Webex.
    pub(crate) fn space(&self) -> String {
        self.portal.webex().room_titled(self.name()).expect("the space").id
    }

    /// The id of a message in Webex.
    pub(crate) fn message_id(&self, text: &str) -> String {
        let said = self.portal.webex().messages(&self.space());
        said.into_iter().find(|message| message.text.contains(text)).unwrap_or_else(|| panic!("{text:?} is not in Webex")).id
    }

    /// The staff answers, and the guest sees it.
    pub(crate) async fn answer(&self, staff: &str, text: &str) {
        self.portal.webex().reply_as_staff(staff, &self.space(), text).expect("an answer");
        self.guest.sees(text).await;
    }

    /// The beginning of most pictures: a question and answers.
    pub(crate) async fn converse(&self) {
        let talk = self.speech.talk;
        self.say(talk.order).await;
        for answer in &talk.answers[..3] {
            self.answer(GRACE, answer).await;
        }
        self.say(talk.thanks).await;
        self.answer(LINUS, talk.answers[3]).await;
    }

    /// Presses a button of the row that says this.
    pub(crate) async fn act(&self, text: &str, key: &str) {
        let script = "const [text, name, more] = arguments; \
            const row = [...document.querySelectorAll('.timeline__row')].find(row => row.innerText.includes(text)); \
            const button = name => [...(row?.querySelectorAll('button') ?? [])].find(b => (b.ariaLabel ?? b.innerText.trim()) === name); \
            if (!button(name)) button(more)?.click(); \
            const wanted = button(name); wanted?.focus(); wanted?.click(); return !!wanted";
        let arguments = vec![json!(text), json!(self.speech.say(key)), json!(self.speech.say("more"))];
        let press = async || (self.guest.client().execute(script, arguments.clone()).await.ok()? == json!(true)).then_some(());
        self.guest.until(press).await.unwrap_or_else(|| panic!("{key} of {text:?} cannot be pressed"));
    }

    /// Holds requests that match, such as `POST .*messages`.
    pub(crate) async fn hold(&self, pattern: &str) {
        self.guest.client().execute(HOLD, vec![json!(pattern)]).await.expect("requests are held");
    }

    /// Tells everybody in the guest's room.
    pub(crate) async fn publish(&self, event: impl Fn(RoomId) -> PortalEvent) {
        let rooms = self.portal.app().hub.watched_rooms();
        for room_id in rooms {
            self.portal.app().hub.publish(Audience::Room(room_id.clone()), &event(room_id));
        }
    }

    /// The line from the guest is this slow; negative: as quick as it can be.
    pub(crate) async fn upload_speed(&self, bytes_per_second: i64) {
        self.guest.devtools("Network.enable", json!({})).await;
        let conditions = json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second });
        self.guest.devtools("Network.emulateNetworkConditions", conditions).await;
    }

    /// Waits until a script says that it is so.
    pub(crate) async fn until(&self, what: &str, script: &str) {
        let is_so = async || (self.guest.script(script).await == json!(true)).then_some(());
        self.guest.until(is_so).await.unwrap_or_else(|| panic!("it never comes to this: {what}"));
    }

    /// Lets the portal's time go by.
    pub(crate) async fn pass(&self, time: Duration) {
        self.portal.advance(time);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    pub(crate) async fn choose_file(&self, path: &Path) {
        self.guest.choose_file(path).await;
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        self.guest.sees(name.split(' ').next().unwrap_or(name)).await;
    }

    /// Takes the pictures of a state, and checks it.
    pub(crate) async fn take(&self, state: &str) {
        self.pictures.take(&self.guest, state, self.speech.lang).await;
    }
}
