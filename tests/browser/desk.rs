//! The desk, where one plays the staff: two of them agree, and what is set there happens.

use fantoccini::Locator;
use sandbox::{Sandbox, SandboxConfig};
use tests::browser::{Screen, TestBrowser};

const GRACE: &str = "grace@sandbox.example";

/// A guest's space with Grace and Linus in it, said by the API.
struct Office {
    sandbox: Sandbox,
    http: reqwest::Client,
    guest_token: String,
    room: String,
}

impl Office {
    async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::start(SandboxConfig::loopback()).await.unwrap();
        let mut office = Self { sandbox, http: reqwest::Client::new(), guest_token: String::new(), room: String::new() };
        let app = office.sandbox.credentials().service_app.access_token;
        let guest = office.post(&app, "guests/token", serde_json::json!({ "subject": "ada", "displayName": "Ada" })).await;
        office.guest_token = guest["accessToken"].as_str().unwrap().to_owned();
        let room = office.post(&office.guest_token, "rooms", serde_json::json!({ "title": "A blue parcel" })).await;
        office.room = room["id"].as_str().unwrap().to_owned();
        for email in [GRACE, "linus@sandbox.example"] {
            office.post(&office.guest_token, "memberships", serde_json::json!({ "roomId": office.room, "personEmail": email })).await;
        }
        office
    }

    async fn post(&self, token: &str, path: &str, body: serde_json::Value) -> serde_json::Value {
        let request = self.http.post(format!("{}/v1/{path}", self.sandbox.base_url())).bearer_auth(token).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn guest_says(&self, text: &str) {
        self.post(&self.guest_token, "messages", serde_json::json!({ "roomId": self.room, "text": text })).await;
    }

    /// What the guest does in the room that the REST API does not know.
    async fn as_guest(&self, what: &str, body: serde_json::Value) {
        let url = format!("{}/conversation/api/v1/conversations/{}/{what}", self.sandbox.base_url(), self.room);
        let answer = self.http.post(url).bearer_auth(&self.guest_token).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    async fn desk(&self) -> TestBrowser {
        let desk = TestBrowser::start().await;
        desk.set_screen(Screen::PAGE).await;
        desk.goto(&format!("{}/desk", self.sandbox.base_url())).await;
        desk
    }
}

async fn has_title(desk: &TestBrowser, begin: &str) {
    let has = desk.until(async || desk.client().title().await.ok().filter(|title| title.starts_with(begin))).await;
    assert!(has.is_some(), "{:?} does not begin with {begin:?}", desk.client().title().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_of_one_person_agree_on_what_was_said_and_read() {
    let office = Office::open().await;
    let (first, second) = (office.desk().await, office.desk().await);
    office.guest_says("Where is my parcel?").await;
    office.guest_says("It is blue.").await;
    // The tutorial's guest left one that nobody has answered.
    for desk in [&first, &second] {
        desk.sees("A blue parcel").await;
        has_title(desk, "(3)").await;
    }
    first.press_what_says("A blue parcel").await;
    first.sees_message("It is blue.").await;
    has_title(&second, "(1)").await;

    first.write("Reply as staff", "I look for it.\n").await;
    second.press_what_says("A blue parcel").await;
    second.sees_message("I look for it.").await;
    first.act_on_message("I look for it.", "Delete").await;
    second.sees_no_longer("I look for it.").await;

    // An answer in a thread stands in the thread and in the space, at both desks.
    second.act_on_message("Where is my parcel?", "Reply in thread").await;
    second.write("Reply in this thread", "On its way.\n").await;
    first.sees_message("On its way.").await;
    first.sees_button_that_says("1 reply").await;
    for desk in [first, second] {
        assert_eq!(desk.violations().await, Vec::<String>::new());
        desk.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_shows_who_types_and_who_has_seen_and_says_the_same_of_its_own() {
    let office = Office::open().await;
    office.guest_says("Where is my parcel?").await;
    let desk = office.desk().await;
    desk.press_what_says("A blue parcel").await;
    desk.sees_message("Where is my parcel?").await;
    let has_read = desk.until(async || (!office.sandbox.read_marks(&office.room).is_empty()).then_some(())).await;
    assert!(has_read.is_some(), "Grace is looking at it");

    office.as_guest("status/typing", serde_json::json!({ "eventType": "status.start_typing" })).await;
    desk.sees("Ada is typing…").await;
    office.as_guest("status/typing", serde_json::json!({ "eventType": "status.stop_typing" })).await;
    desk.sees_no_longer("Ada is typing…").await;

    let typing = |count: usize| {
        let sandbox = &office.sandbox;
        async move || sandbox.typing_heard().get(count - 1).map(|typing| typing.is_typing)
    };
    // Linus is told of it, as he was of the guest's.
    desk.write("Reply as staff", "It is on its").await;
    assert_eq!(desk.until(typing(3)).await, Some(true));
    desk.write("Reply as staff", " way.\n").await;
    assert_eq!(desk.until(typing(4)).await, Some(false));
    desk.sees_message("It is on its way.").await;

    let reply = office.sandbox.messages(&office.room).pop().unwrap();
    let acknowledgement = serde_json::json!({ "verb": "acknowledge", "object": { "id": reply.id } });
    office.as_guest("activities", acknowledgement).await;
    desk.sees("Seen by Ada").await;
    assert_eq!(desk.violations().await, Vec::<String>::new());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_and_time_are_set_at_the_desk() {
    let office = Office::open().await;
    let desk = office.desk().await;
    desk.press("Controls").await;
    desk.press_what_says("Next message fails (503)").await;
    let is_set = desk.until(async || (office.sandbox.faults().len() == 1).then_some(())).await;
    assert!(is_set.is_some(), "{:?}", office.sandbox.faults());
    let refused = office.post(&office.guest_token, "messages", serde_json::json!({ "roomId": office.room, "text": "lost" })).await;
    assert_eq!(refused["message"], "Service Unavailable");
    let is_used_up = desk.until(async || office.sandbox.faults().is_empty().then_some(())).await;
    assert!(is_used_up.is_some());

    let before = office.sandbox.now();
    desk.client().find(Locator::XPath("//summary[contains(., 'Clock')]")).await.unwrap().click().await.unwrap();
    desk.press_what_says("+1 h").await;
    let an_hour = std::time::Duration::from_secs(3600);
    assert!(desk.until(async || (office.sandbox.now() >= before + an_hour).then_some(())).await.is_some());

    desk.press_what_says("Journal").await;
    desk.sees("/v1/messages").await;
    let statuses = desk.client().find_all(Locator::XPath("//*[normalize-space() = '503']")).await.unwrap();
    assert!(!statuses.is_empty());
    assert_eq!(desk.violations().await, Vec::<String>::new());
    desk.close().await;
}
