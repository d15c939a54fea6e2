//! The simulator's visit pages on a narrow phone: every state can be read and used, and nothing sticks out.

use sandbox::{Sandbox, SandboxConfig, VisitPages};
use serde_json::{Value, json};
use tests::browser::{Screen, TestBrowser};

/// What sticks out to the right, and every button and link that is too small for a finger.
const AMISS: &str = "const wide = document.documentElement.scrollWidth > innerWidth ? ['page ' + document.documentElement.scrollWidth] : []; \
    const small = [...document.querySelectorAll('main button, main select')].filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44); \
    return wide.concat(small.map((one) => one.textContent));";

struct Clinic {
    sandbox: Sandbox,
    host: TestBrowser,
    guest: TestBrowser,
}

impl Clinic {
    async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::start(SandboxConfig::loopback()).await.unwrap();
        let (host, guest) = (TestBrowser::start().await, TestBrowser::start().await);
        for browser in [&host, &guest] {
            browser.set_screen(Screen::PHONE).await;
        }
        Self { sandbox, host, guest }
    }

    /// The short URLs of a host and a guest.
    async fn links(&self, more: Value) -> (String, String) {
        let mut body = json!({
            "aud": "a4d886b0-979f-4e2c-a958-3e8c14605e51", "jwt": { "sub": "a-subject-that-goes-on-and-on-without-any-place-to-break-it-0123456789" },
            "provideShortUrls": true, "iterations": 1000
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let request = reqwest::Client::new().post(format!("{}/api/v2/joseencrypt", self.sandbox.base_url())).json(&body);
        let answer: Value = request.bearer_auth(self.sandbox.credentials().bot.access_token).send().await.unwrap().json().await.unwrap();
        let url = |role: &str| format!("{}{}", answer["baseUrl"].as_str().unwrap(), answer[role][0]["short"].as_str().unwrap());
        (url("host"), url("guest"))
    }

    async fn end(self) {
        assert_eq!(self.guest.violations().await, Vec::<String>::new());
        self.host.close().await;
        self.guest.close().await;
    }
}

/// The page says so and fits.
async fn shows(browser: &TestBrowser, words: &str) {
    browser.sees(words).await;
    assert_eq!(browser.script(AMISS).await, json!([]), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_verticals_can_be_used_on_a_narrow_phone_from_the_waiting_room_to_the_end() {
    let clinic = Clinic::open().await;
    let Clinic { host, guest, .. } = &clinic;
    for (vertical, waiting, start, alone) in [
        ("gen", "Waiting room", "Start meeting", "Waiting for others to join"),
        // Here a device stays with the host.
        ("hc", "Patient's waiting room", "Start Consultation", "Waiting for your patient to join"),
    ] {
        let mut jwt = json!({ "sub": format!("visit-{vertical}") });
        let has_device = vertical == "hc";
        if has_device {
            jwt["flow"] = json!({ "id": "sip-no-knock", "data": [{ "uri": "ward-7-bed-3@devices.sandbox.example" }] });
        }
        let (host_url, guest_url) = clinic.links(json!({ "verticalType": vertical, "jwt": jwt })).await;
        guest.goto(&guest_url).await;
        shows(guest, waiting).await;
        guest.sees("Language").await;

        host.goto(&host_url).await;
        shows(host, "or join as a Guest user").await;
        host.press("Log In with Webex").await;
        shows(host, "Continue").await;
        host.press("Continue").await;
        shows(host, "Hello, Grace Hopper").await;
        shows(guest, "is here and starts soon").await;
        host.press(start).await;
        shows(host, "In the meeting").await;
        shows(guest, "In the meeting").await;
        if has_device {
            // It was called without asking anybody.
            shows(guest, "ward-7-bed-3").await;
        }
        guest.press("Leave").await;
        shows(guest, "Thanks for participating in the meeting.").await;
        if !has_device {
            shows(host, alone).await;
        }
        guest.press("Rejoin Meeting").await;
        shows(guest, "In the meeting").await;
        guest.press("Chat").await;
        guest.write("Chat message", "an-unbroken-word-that-is-longer-than-a-narrow-phone-is-wide-0123456789\n").await;
        shows(guest, "an-unbroken-word").await;
        host.press("End for all").await;
        shows(guest, "The meeting has ended.").await;
        shows(host, "The meeting has ended.").await;
    }
    assert_eq!(host.violations().await, Vec::<String>::new());
    clinic.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_let_nobody_in_say_why_and_fit() {
    let clinic = Clinic::open().await;
    let Clinic { sandbox, guest, .. } = &clinic;
    let now = sandbox.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let (_, early) = clinic.links(json!({ "jwt": { "sub": "early", "nbf": now + 3600, "exp": now + 7200 } })).await;
    guest.goto(&early).await;
    shows(guest, "not scheduled to start at this time").await;
    let (_, late) = clinic.links(json!({ "jwt": { "sub": "late", "exp": now + 60 } })).await;
    sandbox.advance_clock(std::time::Duration::from_secs(61));
    guest.goto(&late).await;
    shows(guest, "This link has expired.").await;
    // By now it is time for the first.
    sandbox.advance_clock(std::time::Duration::from_secs(3600));
    guest.goto(&early).await;
    shows(guest, "waiting room").await;
    guest.goto(&format!("{}/visit/unknown", sandbox.base_url())).await;
    shows(guest, "This link is not valid.").await;
    guest.goto(&format!("{}/mediatest", sandbox.base_url())).await;
    shows(guest, "camera").await;

    sandbox.switch_visit_pages(VisitPages { asks_permission: true, ..VisitPages::default() });
    let (_, link) = clinic.links(json!({ "jwt": { "sub": "asks" } })).await;
    guest.goto(&link).await;
    shows(guest, "Allow access to microphone and camera").await;
    // This browser has neither; the page works without.
    guest.press("Allow").await;
    shows(guest, "waiting room").await;
    clinic.end().await;
}
