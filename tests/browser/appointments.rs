//! A meeting that was agreed on, by the guest's link and by the clock.

use std::time::Duration;

use secrecy::ExposeSecret;
use server::visits::NewAppointment;
use shared::{SiteId, Timestamp, VisitId};
use tests::{
    browser::{Screen, TestBrowser},
    portal::{GRACE, TestPortal},
};

use crate::world::meeting_title;

/// Staff are asked ten minutes before.
const SITE: &str = r#"
[[site]]
id = "demo"
name = "Acme clinic"
staff = ["grace@sandbox.example", "linus@sandbox.example"]
[site.hours]
time_zone = "Europe/Berlin"
monday = ["09:00-09:30"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
remind_minutes = 10
"#;

const AHEAD: Duration = Duration::from_secs(48 * 60 * 60);
const UNTIL_ASKED: Duration = Duration::from_secs((48 * 60 - 9) * 60);

/// A guest who was sent a link, with it open on their phone.
struct Invited {
    portal: TestPortal,
    phone: TestBrowser,
    url: String,
    visit_id: VisitId,
    starts_at: Timestamp,
}

impl Invited {
    async fn start() -> Self {
        let portal = TestPortal::start_with_sites(SITE).await;
        let starts_at = portal.clock.now().plus_millis(AHEAD.as_millis() as i64);
        let new = NewAppointment {
            guest_name: "Ada Lovelace".into(),
            guest_email: Some("ada@example.com".into()),
            topic: None,
            starts_at,
            minutes: 30,
            staff: vec![GRACE.into()],
        };
        let site = portal.app().config.site(&SiteId::new("demo")).unwrap().clone();
        let appointment = portal.app().visits.schedule(&site, new, format!("gp-{}", tests::guest::new_client_message_id())).await.unwrap();
        portal.claim(GRACE, 1).await;
        let phone = TestBrowser::start().await;
        phone.set_screen(Screen::PHONE).await;
        let url = appointment.guest_url.expose_secret().to_owned();
        phone.goto(&url).await;
        Self { portal, phone, url, visit_id: appointment.visit_id, starts_at }
    }

    async fn end(self) {
        assert_eq!(self.phone.violations().await, Vec::<String>::new());
        self.phone.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guests_link_tells_when_it_is_and_by_the_clock_leads_into_the_meeting_and_back() {
    let invited = Invited::start().await;
    let Invited { portal, phone, .. } = &invited;
    let folder = tempfile::tempdir().unwrap();
    phone.downloads_go_to(folder.path()).await;
    phone.sees("Your meeting with Acme clinic").await;
    phone.sees("This page is your way in").await;
    let when = format!(
        "return document.body.innerText.includes(new Date({}).toLocaleString([], {{ dateStyle: 'full', timeStyle: 'short' }}))",
        invited.starts_at.as_millis()
    );
    assert_eq!(phone.script(&when).await, true, "the time is told as this browser's owner reads it");
    phone.link("Add it to your calendar").await.click().await.unwrap();
    let file = String::from_utf8(phone.downloaded(&folder.path().join("meeting.ics")).await).unwrap();
    // Long lines are folded.
    assert!(file.contains("STATUS:CONFIRMED") && file.replace("\r\n ", "").contains(&invited.url), "{file}");

    portal.advance(UNTIL_ASKED);

    phone.sees("We are asking somebody to join you.").await;
    let host = TestBrowser::start().await;
    let claim = format!("{}{}", portal.base_url(), shared::path::claim(&portal.claim(GRACE, 2).await));
    host.goto(&claim).await;
    host.sees("A meeting with Ada Lovelace").await;
    host.press("Take this visit").await;
    host.press("Start meeting").await;
    host.sees("In the meeting").await;
    let title = meeting_title(&host).await;

    phone.sees("Grace Hopper is waiting for you.").await;
    phone.press("Join now").await;
    phone.sees("In the meeting").await;
    assert_eq!(meeting_title(phone).await, title);
    phone.press("Leave").await;
    phone.sees("Thanks for participating").await;
    phone.client().back().await.unwrap();
    phone.sees("You opened the meeting.").await;
    phone.press("Join again").await;
    // Webex remembers that they left.
    phone.press("Rejoin Meeting").await;
    phone.sees("In the meeting").await;
    assert_eq!(meeting_title(phone).await, title, "rejoined");
    phone.press("Leave").await;
    // Or they follow the link they were sent.
    phone.goto(&invited.url).await;
    phone.press("I have left the meeting").await;
    phone.sees("The meeting is over.").await;
    host.goto(&claim).await;
    host.sees("This visit is over.").await;
    host.close().await;
    invited.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_come_is_asked_once_more_before_it_is_called_off() {
    let invited = Invited::start().await;
    let Invited { portal, phone, .. } = &invited;
    let state = || portal.app().store.visit(&invited.visit_id).unwrap().unwrap().state;
    phone.press("I cannot come").await;
    phone.button("Really call it off?").await;
    assert_eq!(state(), shared::VisitState::Scheduled, "nothing has happened yet");
    phone.reload().await;
    phone.sees("This page is your way in").await;
    assert_eq!(state(), shared::VisitState::Scheduled, "who thinks better of it has lost nothing");
    phone.press("I cannot come").await;
    phone.press("Really call it off?").await;
    phone.sees("This meeting was called off.").await;
    assert_eq!(state(), shared::VisitState::Cancelled);
    phone.sees_no_longer("I cannot come").await;
    invited.end().await;
}
