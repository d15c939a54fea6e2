//! What is agreed on, offered and left: working hours, appointments, several hosts, the pages of links.

use std::time::Duration;

use secrecy::ExposeSecret;
use server::visits::NewAppointment;
use shared::{SiteId, path};
use tests::{
    browser::TestBrowser,
    portal::{GRACE, TestPortal},
};

use crate::shots::Shots;

const LINUS: &str = "linus@sandbox.example";
const MARIA: &str = "maria@sandbox.example";
const MINUTE: i64 = 60_000;

const SITES: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example", "linus@sandbox.example", "maria@sandbox.example"]
[site.meetings]
ring_secs = 300
link_minutes = 20
hosts = 2
guests = 3
remind_minutes = 10
topics = ["Contracts, invoices, and whatever else concerns your account"]
"#;

pub(crate) async fn show(shots: &Shots) {
    hours(shots).await;
    several(shots).await;
    appointments(shots).await;
}

fn closed_sites(opens_at: i64) -> String {
    let at =
        |millis: i64| jiff::Timestamp::from_millisecond(millis).unwrap().to_zoned(jiff::tz::TimeZone::UTC).strftime("%H:%M").to_string();
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let week = |from: &str, to: &str| days.iter().map(|day| format!("{day} = [\"{from}-{to}\"]\n")).collect::<String>();
    let (brief, always) = (week(&at(opens_at), &at(opens_at + 60 * MINUTE)), week("00:00", "24:00"));
    format!(
        r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.hours]
time_zone = "UTC"
away = "We are at lunch."
{brief}
[site.meetings]
[[site.meetings.topic]]
name = "Sales"
[[site.meetings.topic]]
name = "Contracts, invoices, and whatever else concerns your account"
[[site.meetings.topic]]
name = "Emergencies"
[site.meetings.topic.hours]
{always}

[[site]]
id = "counter"
name = "The counter"
conversation = "none"
staff = ["grace@sandbox.example"]
[site.hours]
time_zone = "UTC"
{brief}
[site.meetings]
"#
    )
}

/// Outside working hours.
async fn hours(shots: &Shots) {
    let mut portal = TestPortal::start().await;
    let opens_at = (portal.clock.now().as_millis() / MINUTE + 200) * MINUTE;
    portal.restart_with_sites(&closed_sites(opens_at)).await;
    let guest = TestBrowser::start().await;
    guest.goto(&format!("{}/s/demo", portal.base_url())).await;
    guest.sees("We are at lunch.").await;
    shots.take(&guest, "away-sign-in").await;
    guest.write("Your name", "Ada Lovelace").await;
    guest.press("Start chat").await;
    guest.sees("Leave a message, and we will answer it then.").await;
    guest.text_box("Message").await;
    shots.take(&guest, "away-chat").await;
    guest.press("Join meeting").await;
    guest.sees_button_that_says("Emergencies").await;
    shots.take(&guest, "away-topics").await;

    guest.goto(&format!("{}/s/counter", portal.base_url())).await;
    guest.write("Your name", "Ada Lovelace").await;
    guest.press("Start chat").await;
    guest.button("Leave a message").await;
    shots.take(&guest, "away-counter").await;
    guest.press("Leave a message").await;
    guest.press("Send message").await;
    guest.sees("Please write something first.").await;
    shots.take(&guest, "note-empty").await;
    guest.write("Your message", "Please call me back about my parcel, any time after four: 555 0100.").await;
    shots.take(&guest, "note").await;
    guest.press("Send message").await;
    guest.sees("Your message was passed on.").await;
    shots.take(&guest, "note-left").await;
    guest.close().await;
}

/// Several hosts and guests, and links that ended.
async fn several(shots: &Shots) {
    let portal = TestPortal::start_with_sites(SITES).await;
    let guest = TestBrowser::start().await;
    guest.goto(&format!("{}/s/demo", portal.base_url())).await;
    guest.write("Your name", "محمد بن عبد الله آل سعود المعروف بأبي عبد الرحمن").await;
    guest.press("Start chat").await;
    guest.text_box("Message").await;
    guest.press("Join meeting").await;
    guest.press_what_says("Contracts").await;
    guest.sees("We are asking somebody to join you.").await;
    let mut hosts = Vec::new();
    for staff in [GRACE, LINUS, MARIA] {
        let claim = portal.claim(staff, 1).await;
        let host = TestBrowser::start().await;
        let address = format!("{}{}", portal.base_url(), path::claim(&claim));
        host.goto(&address).await;
        hosts.push((host, address));
    }
    let [(grace, graces), (linus, linuss), (maria, _)] = &hosts[..] else { panic!("three were asked") };
    shots.take(grace, "staff-open").await;
    grace.press("Take this visit").await;
    grace.button("Start meeting").await;
    linus.sees("You can join them.").await;
    shots.take(linus, "staff-can-join").await;
    linus.press("Join as a further host").await;
    maria.sees("There is nothing to do for you.").await;
    shots.take(maria, "staff-taken").await;
    linus.goto(linuss).await;
    linus.button("Visit is over").await;
    shots.take(linus, "staff-mine").await;
    guest.sees("For others on your side:").await;
    shots.take(&guest, "visit-invitations").await;
    let chat = guest.this_tab().await;
    guest.follow_to_new_tab("Join now").await;
    guest.turn_to(&chat).await;
    guest.button("Leave meeting").await;
    portal.advance(Duration::from_secs(20 * 60));
    guest.button("Get a new link").await;
    shots.take(&guest, "visit-link-ended").await;
    grace.goto(graces).await;
    grace.press("Visit is over").await;
    grace.sees("This visit is over.").await;
    shots.take(grace, "staff-over").await;
    for (host, _) in hosts {
        host.close().await;
    }
    guest.close().await;
}

/// A meeting that was agreed on, from both sides.
async fn appointments(shots: &Shots) {
    let portal = TestPortal::start_with_sites(SITES).await;
    let (guest, host) = (TestBrowser::start().await, TestBrowser::start().await);
    let site = portal.app().config.site(&SiteId::new("demo")).unwrap().clone();
    let begin = async |ahead: Duration| {
        let new = NewAppointment {
            guest_name: "Wolfeschlegelsteinhausenbergerdorff-Ramakrishnan, Adelaide B.".into(),
            guest_email: Some("adelaide.wolfeschlegelsteinhausenbergerdorff@example.com".into()),
            topic: Some("Contracts, invoices, and whatever else concerns your account".into()),
            starts_at: portal.clock.now().plus_millis(ahead.as_millis() as i64),
            minutes: 30,
            staff: vec![GRACE.into()],
        };
        portal.app().visits.schedule(&site, new, format!("gp-{}", tests::guest::new_client_message_id())).await.unwrap()
    };
    let day = Duration::from_secs(24 * 60 * 60);
    let url = begin(2 * day).await.guest_url.expose_secret().to_owned();
    let claim = format!("{}{}", portal.base_url(), path::claim(&portal.claim(GRACE, 1).await));
    guest.goto(&url).await;
    guest.sees("This page is your way in").await;
    shots.take(&guest, "appointment-scheduled").await;
    guest.press("I cannot come").await;
    shots.take(&guest, "appointment-really").await;
    guest.reload().await;
    host.goto(&claim).await;
    host.sees("It is not time yet.").await;
    shots.take(&host, "staff-later").await;
    portal.advance(2 * day - Duration::from_secs(9 * 60));
    guest.sees("We are asking somebody to join you.").await;
    shots.take(&guest, "appointment-ringing").await;
    host.press("Take this visit").await;
    host.button("Start meeting").await;
    guest.sees("is waiting for you.").await;
    shots.take(&guest, "appointment-claimed").await;
    guest.press("Join now").await;
    guest.goto(&url).await;
    guest.button("I have left the meeting").await;
    shots.take(&guest, "appointment-joined").await;
    guest.press("I have left the meeting").await;
    guest.sees("The meeting is over.").await;
    shots.take(&guest, "appointment-over").await;

    let url = begin(day).await.guest_url.expose_secret().to_owned();
    portal.claim(GRACE, 3).await;
    guest.goto(&url).await;
    portal.advance(day - Duration::from_secs(9 * 60));
    portal.claim(GRACE, 4).await;
    portal.advance(Duration::from_secs(2 * 60 * 60));
    guest.sees("Nobody could join in time.").await;
    shots.take(&guest, "appointment-missed").await;
    guest.goto(&format!("{}/visit/nothing", portal.base_url())).await;
    shots.take(&guest, "appointment-unknown").await;
    guest.close().await;
    host.close().await;
}
