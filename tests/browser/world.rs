//! A portal, its simulated Webex, a guest's browser, and the staff's.

use std::time::Duration;

use shared::path;
use tests::{
    browser::TestBrowser,
    engine::{Cookies, Engine},
    portal::TestPortal,
    recorder::Recorder,
};

pub(crate) struct World {
    pub(crate) portal: TestPortal,
    pub(crate) recorder: Recorder,
    pub(crate) guest: TestBrowser,
}

/// A member of staff who was asked for a meeting.
pub(crate) struct Host {
    pub(crate) browser: TestBrowser,
    /// The link they were sent.
    pub(crate) address: String,
}

impl Host {
    /// Follows the link, perhaps once more.
    pub(crate) async fn open(&self) {
        self.browser.goto(&self.address).await;
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::around(TestPortal::start().await).await
    }

    /// The same with these sites.
    pub(crate) async fn start_with_sites(sites: &str) -> Self {
        Self::around(TestPortal::start_with_sites(sites).await).await
    }

    /// The same with a portal that Webex can reach.
    pub(crate) async fn start_in_public(sites: &str) -> Self {
        Self::around(TestPortal::start_in_public(sites).await).await
    }

    /// The same with a guest whose browser keeps these cookies.
    pub(crate) async fn start_with_cookies(sites: &str, cookies: Cookies) -> Self {
        let portal = TestPortal::start_with_sites(sites).await;
        Self::with_guest(portal, TestBrowser::start_with(Engine::Chromium, cookies).await).await
    }

    async fn around(portal: TestPortal) -> Self {
        Self::with_guest(portal, TestBrowser::start().await).await
    }

    async fn with_guest(portal: TestPortal, guest: TestBrowser) -> Self {
        let recorder = Recorder::start(portal.address()).await;
        Self { portal, recorder, guest }
    }

    pub(crate) fn page(&self) -> String {
        format!("{}/s/demo", self.recorder.base_url())
    }

    /// The page of another site than the first.
    pub(crate) fn page_of(&self, site: &str) -> String {
        format!("{}/s/{site}", self.recorder.base_url())
    }

    /// The guest opens the page and gives a name.
    pub(crate) async fn sign_in(&self, name: &str) {
        self.guest.goto(&self.page()).await;
        self.guest.write("Your name", name).await;
        self.guest.press("Start chat").await;
        self.guest.text_box("Message").await;
    }

    /// The guest writes and presses Enter.
    pub(crate) async fn say(&self, text: &str) {
        self.guest.write("Message", &format!("{text}\n")).await;
    }

    /// The staff's browser at the desk, looking at the guest's space.
    pub(crate) async fn desk(&self, guest_name: &str) -> TestBrowser {
        let desk = TestBrowser::start().await;
        desk.goto(&format!("{}/desk", self.portal.webex().base_url())).await;
        self.choose_space(&desk, guest_name).await;
        desk
    }

    pub(crate) async fn choose_space(&self, desk: &TestBrowser, guest_name: &str) {
        desk.press_what_says(guest_name).await;
        desk.text_box("Reply as staff").await;
    }

    /// Staff answer without a browser.
    pub(crate) fn staff_reply(&self, guest_name: &str, text: &str) {
        let room = self.portal.webex().room_titled(guest_name).expect("the guest's space");
        self.portal.webex().reply_as_staff("grace@sandbox.example", &room.id, text).expect("a reply");
    }

    /// Waits until Webex has this message.
    pub(crate) async fn webex_has(&self, guest_name: &str, text: &str) {
        let there = self
            .guest
            .until(async || self.portal.webex().messages_titled(guest_name).iter().any(|message| message.text.contains(text)).then_some(()))
            .await;
        assert!(there.is_some(), "{text:?} is not in Webex");
    }

    /// How often the guest's log shows a text.
    pub(crate) async fn times_shown(&self, text: &str) -> usize {
        self.guest.messages().await.matches(text).count()
    }

    /// A member of staff opens the link in the newest of so many messages, in a browser of their own.
    pub(crate) async fn asked(&self, staff: &str, count: usize) -> Host {
        let claim = self.portal.claim(staff, count).await;
        let host = Host { browser: TestBrowser::start().await, address: format!("{}{}", self.portal.base_url(), path::claim(&claim)) };
        host.open().await;
        host
    }

    /// Another browser: somebody else's.
    pub(crate) async fn second_browser(&self) -> TestBrowser {
        TestBrowser::start().await
    }

    /// The portal is started anew behind the same address.
    pub(crate) async fn restart_portal(&mut self) {
        self.portal.restart_portal().await;
        self.recorder.set_portal(self.portal.address());
    }

    /// Nothing broke the policy, and everything ends.
    pub(crate) async fn end(self) {
        let violations = self.guest.violations().await;
        assert!(violations.is_empty(), "the page's policy was broken: {violations:#?}");
        self.close().await;
    }

    /// Everything ends.
    pub(crate) async fn close(mut self) {
        self.guest.close().await;
        self.portal.stop_portal().await;
    }
}

/// How soon a reply must be on the guest's screen.
pub(crate) const REPLY_WITHIN: Duration = Duration::from_secs(3);

/// What the meeting is called whose page this browser shows.
pub(crate) async fn meeting_title(browser: &TestBrowser) -> String {
    browser.sees("Virtual Visit - gp-").await;
    let body = browser.script("return document.body.innerText").await;
    let text = body.as_str().unwrap_or_default();
    let (_, name) = text.split_once("Virtual Visit - gp-").unwrap_or_else(|| panic!("the meeting has no title in\n{text}"));
    name.chars().take_while(char::is_ascii_hexdigit).collect()
}
