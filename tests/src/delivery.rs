//! The delivery campaign's guest and staff: the main job in a browser, at a portal that was installed as the documents say, on
//! a machine of its own. Staff answer by Webex's own API, with a simulator behind Webex's own names.

use std::{path::Path, time::Duration};

use reqwest::Client;
use sandbox::{Credentials, StaffCredentials};
use serde_json::{Value, json};

use crate::{
    browser::{Screen, TestBrowser},
    browsers::{ENTER, Report},
    engine::Engine,
    portal::GRACE,
};

const GUEST: &str = "Ada Lovelace";

/// Webex, as staff and the bot's reader see it.
struct Webex {
    http: Client,
    base: String,
    grace: StaffCredentials,
    bot_email: String,
}

impl Webex {
    async fn of(simulator: &str) -> Self {
        let http = Client::builder().no_proxy().build().expect("a client");
        let said = http.get(format!("{simulator}/sandbox/credentials.json")).send().await.expect("the simulator answers");
        let credentials: Credentials = said.json().await.expect("its credentials");
        let bot_email = credentials.bot.email.clone();
        let grace = credentials.staff.into_iter().find(|staff| staff.email == GRACE).expect("Grace");
        Self { http, base: credentials.api_base, grace, bot_email }
    }

    async fn items(&self, path: &str) -> Vec<Value> {
        let asked = self.http.get(format!("{}/{path}", self.base)).bearer_auth(&self.grace.access_token).send();
        let answer: Value = asked.await.expect("the simulator answers").json().await.expect("JSON");
        answer["items"].as_array().cloned().unwrap_or_default()
    }

    async fn room(&self) -> Option<String> {
        let rooms = self.items("rooms?max=100").await;
        let is_guests = |room: &&Value| room["title"].as_str().is_some_and(|title| title.starts_with(GUEST));
        rooms.iter().find(is_guests).and_then(|room| room["id"].as_str().map(str::to_owned))
    }

    async fn texts(&self) -> Vec<String> {
        let Some(room) = self.room().await else { return Vec::new() };
        let messages = self.items(&format!("messages?roomId={room}")).await;
        messages.iter().filter_map(|message| message["text"].as_str().map(str::to_owned)).collect()
    }

    async fn says(&self, text: &str) {
        let message = json!({ "roomId": self.room().await.expect("the guest's space"), "text": text });
        let sent = self.http.post(format!("{}/messages", self.base)).bearer_auth(&self.grace.access_token).json(&message).send().await;
        assert!(sent.is_ok_and(|answer| answer.status().is_success()), "Grace cannot write");
    }

    /// The address by which Grace takes the visit that the bot told her of.
    async fn claim(&self) -> Option<String> {
        let told = self.items(&format!("messages/direct?personEmail={}", self.bot_email)).await;
        let html = told.first()?["html"].as_str()?.to_owned();
        html.split("href=\"").nth(1)?.split('"').next().map(str::to_owned)
    }
}

/// Lives through all of it; pictures go into the folder.
pub async fn run(portal: &str, simulator: &str, pictures: &Path) -> Report {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let webex = Webex::of(simulator).await;
    let guest = TestBrowser::start_in(Engine::Chromium).await;
    let mut report = Report::of(guest.name_and_version());
    let opens = async {
        guest.goto(&format!("{portal}/s/demo")).await;
        guest.write("Your name", GUEST).await;
        guest.press("Start chat").await;
        guest.text_box("Message").await;
    };
    report.step("opens the page over TLS and signs in", opens).await;
    let writes = async {
        guest.write("Message", &format!("My parcel is lost.{ENTER}")).await;
        guest.sees_message("My parcel is lost.").await;
        guest.sees_message("Sent").await;
        let arrives = guest.until(async || webex.texts().await.iter().any(|text| text == "My parcel is lost.").then_some(())).await;
        assert!(arrives.is_some(), "it is not in Webex: {:?}", webex.texts().await);
    };
    report.step("writes, and it is in Webex", writes).await;
    let reads = async {
        webex.says("Which one?").await;
        let took = guest.sees_message("Which one?").await;
        assert!(took < Duration::from_secs(5), "it took {took:?}");
    };
    report.step("sees staff's answer come by itself", reads).await;
    let file = pictures.join("invoice.txt");
    let sends = async {
        std::fs::create_dir_all(pictures).and_then(|()| std::fs::write(&file, "Invoice 4711\n")).expect("a file");
        guest.choose_file(&file).await;
        guest.button("Remove file").await;
        guest.press("Send").await;
        guest.button("Download invoice.txt").await;
    };
    report.step("sends a file", sends).await;
    let chat = guest.this_tab().await;
    let meets = async {
        guest.press("Join meeting").await;
        let claim = guest.until(async || webex.claim().await).await.expect("the bot tells Grace");
        assert!(claim.starts_with(portal), "{claim}");
        // In the guest's own browser the link would take nothing.
        let staff = TestBrowser::start_in(Engine::Chromium).await;
        staff.goto(&claim).await;
        staff.press("Take this visit").await;
        staff.is_at("https://instant.webex.com/").await;
        staff.close().await;
        let address = guest.link("Join now").await.attr("href").await.expect("its address").unwrap_or_default();
        assert!(address.starts_with("https://instant.webex.com/visit/"), "{address}");
        guest.follow_to_new_tab("Join now").await;
        guest.is_at("https://instant.webex.com/").await;
    };
    report.step("asks for a meeting, staff take it, both come to Webex's page", meets).await;
    guest.turn_to(&chat).await;
    for (screen, is_dark) in [(Screen::WIDGET, false), (Screen::PHONE, true), (Screen::PAGE, false)] {
        guest.set_screen(screen).await;
        guest.set_dark(is_dark).await;
        guest.settle().await;
        guest.screenshot(&pictures.join(format!("delivered-{}.png", screen.name))).await;
    }
    let violations = guest.violations().await;
    report.step("breaks no rule of its own policy", async { assert_eq!(violations, Vec::<String>::new()) }).await;
    guest.close().await;
    report
}
