//! A meeting in each of its states, for the guest and for staff.

use std::time::Duration;

use sandbox::Fault;
use shared::path;
use tests::{
    browser::TestBrowser,
    portal::{GRACE, TestPortal},
};

use crate::shots::Shots;

const SITES: &str = r#"
[[connection]]
id = "gov"
cloud = "government"
[connection.bot]

[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example", "linus@sandbox.example"]
[site.meetings]
topics = ["Sales", "A broken machine", "Something else"]

[[site]]
id = "gov"
name = "City services"
connection = "gov"
staff = ["hedy@gov.sandbox.example"]
"#;

pub(crate) async fn show(shots: &Shots) {
    let portal = TestPortal::start_with_sites(SITES).await;
    let guest = TestBrowser::start().await;
    guest.goto(&format!("{}/s/gov", portal.base_url())).await;
    guest.write("Your name", "Ada").await;
    guest.press("Start chat").await;
    guest.button("Join meeting").await;
    shots.take(&guest, "meet-only").await;

    guest.goto(&format!("{}/s/demo", portal.base_url())).await;
    guest.write("Your name", "Ada Lovelace").await;
    guest.press("Start chat").await;
    guest.write("Message", "My machine makes a strange noise.\n").await;
    guest.sees_message("Sent").await;
    guest.press("Join meeting").await;
    guest.sees_button_that_says("A broken machine").await;
    shots.take(&guest, "visit-topics").await;

    portal.webex().add_fault(Fault::answer("POST", "/api/v2/joseencrypt", 500).times(1000)).unwrap();
    guest.press_what_says("A broken machine").await;
    guest.sees("takes longer than usual").await;
    shots.take(&guest, "visit-problem").await;
    portal.webex().clear_faults();
    let rings = async || {
        portal.advance(Duration::from_secs(30));
        guest.script("return document.body.innerText").await.as_str()?.contains("You are next.").then_some(())
    };
    guest.until(rings).await.expect("it rings");
    shots.take(&guest, "visit-ringing").await;
    guest.press("Cancel request").await;
    guest.sees("The request was cancelled.").await;
    shots.take(&guest, "visit-cancelled").await;

    ask(&guest).await;
    portal.advance(Duration::from_secs(601));
    guest.sees("Nobody could join in time.").await;
    shots.take(&guest, "visit-missed").await;

    // Two others wait, and five were served lately.
    for number in 0..5 {
        let other = portal.guest(&format!("Other {number}")).await;
        let visit = other.ask_about("A broken machine").await;
        portal.take_it(&portal.claim(GRACE, 3 + number).await).await;
        other.cancel(&visit.id).await;
    }
    for name in ["Eve", "Bob"] {
        portal.guest(name).await.ask_about("A broken machine").await;
    }
    portal.claim(GRACE, 9).await;
    ask(&guest).await;
    guest.sees("You are number 3 in the queue.").await;
    shots.take(&guest, "visit-queue").await;

    staff(shots, &portal, &guest).await;
    guest.close().await;
}

/// The same meeting from the staff's side, and what the guest sees of it.
async fn staff(shots: &Shots, portal: &TestPortal, guest: &TestBrowser) {
    let claim = portal.claim(GRACE, 10).await;
    let others_claim = portal.claim("linus@sandbox.example", 10).await;
    let address = |claim: &str| format!("{}{}", portal.base_url(), path::claim(claim));
    let host = TestBrowser::start().await;
    host.goto(&format!("{}/desk", portal.webex().base_url())).await;
    host.press_what_says("Guest Portal Bot").await;
    host.sees_message("asks for a meeting").await;
    shots.take(&host, "desk-claim").await;
    host.goto(&address(&claim)).await;
    host.button("Take this visit").await;
    shots.take(&host, "claim-open").await;
    host.press("Take this visit").await;
    host.button("Start meeting").await;
    shots.take(&host, "host-ready").await;

    guest.sees("Grace Hopper is waiting for you.").await;
    shots.take(guest, "visit-claimed").await;
    let other = TestBrowser::start().await;
    other.goto(&address(&others_claim)).await;
    other.sees("Grace Hopper took this visit").await;
    shots.take(&other, "claim-taken").await;
    other.goto(&address(&claim)).await;
    other.button("Open the meeting again").await;
    shots.take(&other, "claim-mine").await;
    other.goto(&format!("{}/host/nothing", portal.base_url())).await;
    other.sees("This link leads nowhere").await;
    shots.take(&other, "claim-unknown").await;

    let chat = guest.this_tab().await;
    let meeting = guest.follow_to_new_tab("Join now").await;
    guest.sees("Waiting room").await;
    shots.take(guest, "guest-waiting").await;
    guest.turn_to(&chat).await;
    guest.button("Leave meeting").await;
    shots.take(guest, "visit-joined").await;
    host.press("Start meeting").await;
    host.sees("In the meeting").await;
    shots.take(&host, "host-in-meeting").await;
    guest.turn_to(&meeting).await;
    guest.sees("In the meeting").await;
    shots.take(guest, "guest-in-meeting").await;
    guest.press("Leave").await;
    guest.sees("Thanks for participating").await;
    shots.take(guest, "guest-left").await;
    guest.turn_to(&chat).await;
    guest.press("Leave meeting").await;
    guest.sees("The meeting is over.").await;
    shots.take(guest, "visit-ended").await;
    other.goto(&address(&claim)).await;
    other.sees("This visit is over.").await;
    shots.take(&other, "claim-over").await;

    ask(guest).await;
    portal.take_it(&portal.claim(GRACE, 11).await).await;
    guest.link("Join now").await;
    portal.advance(Duration::from_secs(121 * 60));
    guest.sees("The meeting’s link is no longer valid.").await;
    shots.take(guest, "visit-expired").await;
    host.close().await;
    other.close().await;
}

async fn ask(guest: &TestBrowser) {
    guest.press("Join meeting").await;
    guest.press_what_says("A broken machine").await;
    guest.sees("We are asking somebody to join you.").await;
}
