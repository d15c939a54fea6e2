//! Meetings that were agreed on: written down ahead, opened by the clock, taken and joined by links.

use std::time::Duration;

use reqwest::Method;
use secrecy::ExposeSecret;
use server::visits::NewAppointment;
use shared::{SiteId, Timestamp, VisitState, path};
use tests::{
    answer::Answer,
    portal::{GRACE, TestPortal},
};

use crate::visits::LINUS;

const SITE: &str = r#"
[[site]]
id = "demo"
name = "Acme clinic"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example", "linus@sandbox.example"]
[site.hours]
time_zone = "Europe/Berlin"
monday = ["09:00-09:30"]
[site.meetings]
ring_secs = 1800
escalate_secs = 600
link_minutes = 60
remind_minutes = 10
"#;

/// In how long the meetings of these tests begin.
const AHEAD: Duration = Duration::from_secs(48 * 60 * 60);

/// What a guest who was invited has.
struct Invited<'a> {
    portal: &'a TestPortal,
    url: String,
    starts_at: Timestamp,
    id: shared::VisitId,
}

impl<'a> Invited<'a> {
    async fn new(portal: &'a TestPortal, staff: &[&str]) -> Self {
        let starts_at = portal.clock.now().plus_millis(AHEAD.as_millis() as i64);
        let new = NewAppointment {
            guest_name: "Ada Lovelace".into(),
            guest_email: Some("ada@example.com".into()),
            topic: None,
            starts_at,
            minutes: 30,
            staff: staff.iter().map(|email| (*email).to_owned()).collect(),
        };
        let site = portal.app().config.site(&SiteId::new("demo")).unwrap().clone();
        let appointment = portal.app().visits.schedule(&site, new, format!("gp-{}", tests::guest::new_client_message_id())).await.unwrap();
        assert!(appointment.when.ends_with("(Europe/Berlin)"), "{}", appointment.when);
        Self { portal, url: appointment.guest_url.expose_secret().to_owned(), starts_at, id: appointment.visit_id }
    }

    fn token(&self) -> &str {
        self.url.rsplit('/').next().unwrap()
    }

    /// Somebody else's browser, or a program, looks at it.
    async fn look(&self) -> Answer {
        let visitor = self.portal.visitor();
        visitor.send(visitor.bare_request(Method::GET, &path::appointment(self.token())).header("sec-fetch-site", "cross-site")).await
    }

    async fn sees(&self, words: &str) -> Answer {
        self.portal
            .until(&format!("the page to say: {words}"), async || Some(self.look().await).filter(|page| page.body.contains(words)))
            .await
    }

    async fn press(&self, step: &str) -> Answer {
        let visitor = self.portal.visitor();
        visitor.send(visitor.request(Method::POST, &format!("{}/{step}", path::appointment(self.token())))).await
    }

    fn state(&self) -> VisitState {
        self.portal.app().visits.invitation(self.token()).unwrap().unwrap().visit.state
    }

    async fn until_state(&self, state: VisitState) {
        self.portal.until(&format!("the visit to be {state:?}"), async || (self.state() == state).then_some(())).await;
    }

    /// Until staff are asked.
    fn comes_near(&self) {
        let rest = self.starts_at.as_millis() - self.portal.clock.now().as_millis() - 9 * 60_000;
        self.portal.advance(Duration::from_millis(u64::try_from(rest).unwrap()));
    }
}

#[tokio::test]
async fn a_meeting_that_was_agreed_on_opens_by_the_clock_and_both_sides_come_by_their_links() {
    let mut portal = TestPortal::start_with_sites(SITE).await;
    let invited = Invited::new(&portal, &[GRACE]).await;
    invited.until_state(VisitState::Scheduled).await;
    let (url, starts_at, id) = (invited.url.clone(), invited.starts_at, invited.id.clone());

    // Links are there, and open shortly before.
    let links = portal.webex().minted_links();
    let opens_secs = starts_at.as_millis() / 1000 - 600;
    assert!(links.iter().all(|link| link.not_before == Some(opens_secs - 60) && link.expires_at > opens_secs + 600 + 1800), "{links:?}");
    let told = portal.claim(GRACE, 1).await;
    let booked = portal.bot_messages(GRACE)[0].text.clone();
    assert!(
        booked.contains("Ada Lovelace has an appointment for a meeting (Acme clinic).") && booked.contains("(Europe/Berlin)"),
        "{booked}"
    );
    assert!(portal.bot_messages(LINUS).is_empty());
    let page = portal.look_at(&told).await;
    assert!(page.body.contains("It is not time yet.") && page.body.contains("ada@example.com") && !page.body.contains("<button"), "{page}");
    assert_eq!(portal.take(&told).await.status, 409);

    let page = invited.look().await;
    assert!(page.status == 200 && page.body.contains("This page is your way in") && page.body.contains("I cannot come"), "{page}");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(portal.webex().minted_links().iter().all(|link| !page.body.contains(link.url.as_ref().unwrap())));
    assert_eq!(invited.press("join").await.status, 409);

    // A restart in between changes nothing.
    drop(invited);
    portal.restart_portal().await;
    let invited = Invited { portal: &portal, url, starts_at, id };
    invited.comes_near();
    invited.until_state(VisitState::Ringing).await;
    let claim = portal.claim(GRACE, 2).await;
    assert!(portal.bot_messages(GRACE)[1].text.contains("will be there soon"), "{}", portal.bot_messages(GRACE)[1].text);
    let host = portal.take_it(&claim).await;
    assert_eq!(portal.take_it(&told).await, host, "what they were sent first opens it as well");
    invited.sees("Grace Hopper is waiting for you.").await;
    let joined: serde_json::Value = invited.press("join").await.json();
    assert_eq!(joined["url"].as_str(), Some(&*portal.minted(false)[0]));
    assert_eq!(host, portal.minted(true)[0]);
    invited.sees("Join again").await;
    assert_eq!(invited.press("join").await.json::<serde_json::Value>(), joined);
    assert_eq!(invited.press("leave").await.status, 204);
    invited.sees("The meeting is over.").await;
    assert_eq!((portal.subjects().len(), portal.webex().broker_lints()), (1, Vec::new()));
    portal.until("the message to say so", async || portal.bot_messages(GRACE)[1].text.contains("It is over.").then_some(())).await;
}

#[tokio::test]
async fn nobody_changes_anything_by_looking_and_a_link_that_is_none_leads_nowhere() {
    let portal = TestPortal::start_with_sites(SITE).await;
    let invited = Invited::new(&portal, &[]).await;
    invited.until_state(VisitState::Scheduled).await;
    for _ in 0..5 {
        assert_eq!(invited.look().await.status, 200);
    }
    assert_eq!(invited.state(), VisitState::Scheduled);
    let visitor = portal.visitor();
    for token in ["x", "%00", &"A".repeat(43)] {
        let page = visitor.send(visitor.bare_request(Method::GET, &path::appointment(token))).await;
        assert!(page.status == 404 && page.body.contains("This link leads nowhere"), "{page}");
        for step in ["join", "leave", "cancel"] {
            let address = format!("{}/{step}", path::appointment(token));
            assert_eq!(visitor.send(visitor.request(Method::POST, &address)).await.status, 404);
        }
    }
    let cancel = format!("{}/cancel", path::appointment(invited.token()));
    for request in [
        visitor.bare_request(Method::POST, &cancel).header("sec-fetch-site", "cross-site"),
        visitor.bare_request(Method::POST, &cancel).header("origin", "https://evil.example"),
    ] {
        assert_eq!(visitor.send(request).await.status, 403);
    }
    assert_eq!(invited.state(), VisitState::Scheduled);
}

#[tokio::test]
async fn an_appointment_is_called_off_by_the_guest_or_by_the_site_and_staff_read_it() {
    let portal = TestPortal::start_with_sites(SITE).await;
    let invited = Invited::new(&portal, &[GRACE]).await;
    invited.until_state(VisitState::Scheduled).await;
    portal.claim(GRACE, 1).await;
    assert_eq!(invited.press("cancel").await.status, 204);
    invited.sees("This meeting was called off.").await;
    portal.until("the message to say so", async || portal.bot_messages(GRACE)[0].text.contains("It was taken back.").then_some(())).await;
    assert_eq!(invited.press("join").await.status, 409);

    let other = Invited::new(&portal, &[]).await;
    other.until_state(VisitState::Scheduled).await;
    portal.claim(GRACE, 2).await;
    let site = portal.app().config.site(&SiteId::new("demo")).unwrap().clone();
    assert_eq!(portal.app().visits.call_off(&site, &other.id).await.unwrap().state, VisitState::Cancelled);
    other.comes_near();
    other.sees("This meeting was called off.").await;
    assert_eq!(portal.bot_messages(GRACE).len(), 2, "nobody is asked for what was called off");
}

#[tokio::test]
async fn an_appointment_nobody_takes_is_offered_to_others_and_then_missed() {
    let portal = TestPortal::start_with_sites(SITE).await;
    let invited = Invited::new(&portal, &[GRACE]).await;
    invited.until_state(VisitState::Scheduled).await;
    invited.comes_near();
    portal.claim(GRACE, 2).await;
    portal.advance(Duration::from_secs(10 * 60));
    assert!(portal.bot_messages(LINUS).is_empty(), "it counts from the beginning");
    portal.advance(Duration::from_secs(10 * 60));
    portal.claim(LINUS, 1).await;
    portal.advance(Duration::from_secs(30 * 60));
    invited.sees("Nobody could join in time.").await;
    assert_eq!(portal.webex().broker_lints(), [""; 0]);
}

#[tokio::test]
async fn a_portal_that_was_away_all_the_time_calls_an_appointment_missed_and_asks_nobody() {
    let mut portal = TestPortal::start_with_sites(SITE).await;
    let invited = Invited::new(&portal, &[GRACE]).await;
    invited.until_state(VisitState::Scheduled).await;
    portal.claim(GRACE, 1).await;
    let (url, starts_at, id) = (invited.url.clone(), invited.starts_at, invited.id.clone());
    portal.stop_portal().await;
    portal.advance(AHEAD + Duration::from_secs(3 * 60 * 60));
    portal.start_portal().await;
    let invited = Invited { portal: &portal, url, starts_at, id };
    invited.until_state(VisitState::Missed).await;
    let asks = |message: &sandbox::MessageView| message.text.contains("Take this visit");
    assert_eq!(portal.bot_messages(GRACE).iter().filter(|message| asks(message)).count(), 0);
}

#[tokio::test]
async fn the_calendar_file_says_when_and_where_and_that_it_was_called_off() {
    let portal = TestPortal::start_with_sites(SITE).await;
    let invited = Invited::new(&portal, &[GRACE]).await;
    invited.until_state(VisitState::Scheduled).await;
    let claim = portal.claim(GRACE, 1).await;
    let visitor = portal.visitor();
    let file = async |path: &str| {
        let answer = visitor.send(visitor.bare_request(Method::GET, path)).await;
        assert_eq!(answer.header("content-type"), "text/calendar; charset=utf-8", "{answer}");
        assert!(answer.header("content-disposition").contains("meeting.ics"));
        // Long lines are folded.
        answer.body.replace("\r\n ", "")
    };
    let guests = path::APPOINTMENT_CALENDAR.replace("{invitation}", invited.token());
    let starts = jiff::Timestamp::from_millisecond(invited.starts_at.as_millis()).unwrap().strftime("DTSTART:%Y%m%dT%H%M%SZ").to_string();
    let (of_guest, of_staff) = (file(&guests).await, file(&path::CLAIM_CALENDAR.replace("{claim}", &claim)).await);
    for (text, link) in [(&of_guest, &invited.url), (&of_staff, &format!("{}/host/{claim}", portal.base_url()))] {
        assert!(text.contains(&starts) && text.contains(link.as_str()) && text.contains("STATUS:CONFIRMED"), "{text}");
        assert!(text.contains("TRIGGER") && text.contains("-PT600S") | text.contains("-PT10M"), "{text}");
    }
    assert!(of_guest.contains("Meeting with Acme clinic") && !of_guest.contains("/host/"), "{of_guest}");
    assert!(of_staff.contains("Meeting with Ada Lovelace"), "{of_staff}");
    invited.press("cancel").await;
    assert!(file(&guests).await.contains("STATUS:CANCELLED"));
}
