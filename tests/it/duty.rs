//! Who is asked for a meeting, who else when nobody comes, and what everybody reads of it afterwards.

use std::time::Duration;

use shared::{PortalEvent, Visit, VisitState};
use tests::portal::{GRACE, TestPortal};

use crate::visits::{LINUS, ringing};

const MARIA: &str = "maria@sandbox.example";

/// Sales has one on duty; the others come in after a minute.
const DUTY: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example", "linus@sandbox.example", "maria@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
escalate_secs = 3600
[[site.meetings.topic]]
name = "Sales"
staff = ["grace@sandbox.example"]
[[site.meetings.topic]]
name = "Repairs"
staff = ["linus@sandbox.example"]
escalate_to = ["grace@sandbox.example"]
"#;

const SEVERAL: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example", "linus@sandbox.example", "maria@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
hosts = 2
guests = 3
"#;

/// What a member of staff reads of the bot, newest last.
fn read_by(portal: &TestPortal, staff: &str) -> Vec<String> {
    portal.bot_messages(staff).into_iter().map(|message| message.text).collect()
}

async fn reads(portal: &TestPortal, staff: &str, words: &str) -> String {
    portal.until(&format!("{staff} to read: {words}"), async || read_by(portal, staff).into_iter().find(|text| text.contains(words))).await
}

#[tokio::test]
async fn those_on_duty_for_a_topic_are_asked_first_and_the_others_when_nobody_came() {
    let portal = TestPortal::start_with_sites(DUTY).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let visit = ada.ask_about("Sales").await;
    ada.hear_visit(&visit.id, VisitState::Ringing).await;
    portal.claim(GRACE, 1).await;
    assert_eq!((read_by(&portal, LINUS).len(), read_by(&portal, MARIA).len()), (0, 0));

    portal.advance(Duration::from_secs(3601));

    let linuss = portal.claim(LINUS, 1).await;
    portal.claim(MARIA, 1).await;
    assert!(read_by(&portal, LINUS)[0].contains("Nobody has taken it yet."), "{:?}", read_by(&portal, LINUS));
    portal.take_it(&linuss).await;
    assert_eq!(ada.hear_visit(&visit.id, VisitState::Claimed).await.staff_name.as_deref(), Some("Linus Pauling"));
    portal.advance(Duration::from_secs(3601));
    ada.say("barrier").await;
    ada.hear_message("barrier").await;
    assert_eq!([GRACE, LINUS, MARIA].map(|staff| read_by(&portal, staff).len()), [1, 1, 1], "nobody is asked twice");
    assert_eq!(portal.subjects().len(), 1);
}

#[tokio::test]
async fn a_topic_names_who_else_is_asked_and_a_restart_forgets_neither_that_nor_the_time() {
    let mut portal = TestPortal::start_with_sites(DUTY).await;
    let ada = portal.guest("Ada").await;
    let visit = ada.ask_about("Repairs").await;
    ada.sees_visit(&visit.id, VisitState::Ringing).await;
    portal.claim(LINUS, 1).await;
    portal.stop_portal().await;
    portal.advance(Duration::from_secs(3601));
    portal.start_portal().await;
    portal.claim(GRACE, 1).await;
    portal.restart_portal().await;
    portal.advance(Duration::from_secs(3601));
    ada.sees_visit(&visit.id, VisitState::Ringing).await;
    assert_eq!([GRACE, LINUS, MARIA].map(|staff| read_by(&portal, staff).len()), [1, 1, 0]);
}

#[tokio::test]
async fn where_nobody_on_duty_can_be_told_the_others_are_asked_at_once() {
    let sites = DUTY.replace("staff = [\"linus@sandbox.example\"]", "staff = [\"nobody@sandbox.example\"]");
    let portal = TestPortal::start_with_sites(&sites).await;
    let ada = portal.guest("Ada").await;
    let began = portal.clock.elapsed();
    let visit = ada.ask_about("Repairs").await;
    ada.sees_visit(&visit.id, VisitState::Ringing).await;
    let claim = portal.claim(GRACE, 1).await;
    assert!(portal.clock.elapsed() - began < Duration::from_secs(600), "{:?}", portal.clock.elapsed() - began);
    portal.take_it(&claim).await;
    ada.sees_visit(&visit.id, VisitState::Claimed).await;
}

#[tokio::test]
async fn the_others_read_who_took_a_visit_and_everybody_when_it_is_over() {
    let portal = TestPortal::start_with_sites(crate::visits::PATIENT).await;
    let (mut ada, visit, graces) = ringing(&portal, "Ada").await;
    portal.claim(LINUS, 1).await;

    portal.take_it(&graces).await;

    let told = reads(&portal, LINUS, "took it").await;
    assert_eq!(told, "Ada asked for a meeting (Acme support). Grace Hopper took it.");
    assert_eq!(portal.claims(LINUS), [""; 0], "nothing is left to press");
    let texts = portal.texts_in_webex("Ada", 4).await;
    assert_eq!(texts[3], "Grace Hopper took the meeting that Ada asked for.");
    assert_eq!(portal.claims(GRACE).len(), 1, "the winner keeps the link");

    ada.join(&visit.id).await.json::<Visit>();
    portal.advance(Duration::from_secs(12 * 60));
    portal.end(&graces).await;

    reads(&portal, GRACE, "It is over.").await;
    assert_eq!(portal.claims(GRACE), [""; 0]);
    let texts = portal.texts_in_webex("Ada", 5).await;
    assert!(texts[4].starts_with("The meeting with Ada is over, after 1"), "{texts:?}");
    assert_eq!((read_by(&portal, GRACE).len(), read_by(&portal, LINUS).len()), (1, 1), "nobody was disturbed");
    assert_eq!(read_by(&portal, LINUS)[0], told);
    ada.hear_visit(&visit.id, VisitState::Ended).await;
    let seen = ada.all_messages().await.iter().map(|message| tests::guest::plain_text(&message.content)).collect::<Vec<_>>();
    assert!(seen.iter().all(|text| !text.contains("meeting")), "what is for staff is not shown to guests: {seen:?}");
}

#[tokio::test]
async fn staff_read_that_a_request_was_taken_back() {
    let portal = TestPortal::start_with_sites(crate::visits::PATIENT).await;
    let (ada, visit, _) = ringing(&portal, "Ada").await;
    portal.claim(LINUS, 1).await;
    ada.cancel(&visit.id).await.json::<Visit>();
    for staff in [GRACE, LINUS] {
        assert_eq!(reads(&portal, staff, "taken back").await, "Ada asked for a meeting (Acme support). It was taken back.");
    }
    let texts = portal.texts_in_webex("Ada", 4).await;
    assert_eq!(texts[3], "Ada no longer asks for a meeting.");
}

#[tokio::test]
async fn several_hosts_and_guests_are_in_one_meeting_and_no_link_is_given_twice() {
    let portal = TestPortal::start_with_sites(SEVERAL).await;
    let (mut ada, visit, graces) = ringing(&portal, "Ada").await;
    let (linuss, marias) = (portal.claim(LINUS, 1).await, portal.claim(MARIA, 1).await);

    let first = portal.take_it(&graces).await;
    let claimed = ada.hear_visit(&visit.id, VisitState::Claimed).await;
    let page = portal.look_at(&linuss).await;
    assert!(
        page.body.contains("Grace Hopper took this visit. You can join them.") && page.body.contains("Join as a further host"),
        "{page}"
    );
    let second = portal.take_it(&linuss).await;

    let refused = portal.take(&marias).await;
    assert_eq!(refused.status, 409);
    assert!(portal.look_at(&marias).await.body.contains("Grace Hopper took this visit. There is nothing to do for you."));
    assert_eq!((portal.take_it(&graces).await, portal.take_it(&linuss).await), (first.clone(), second.clone()));
    let hosts = portal.minted(true);
    assert_eq!((hosts.len(), hosts.contains(&first), hosts.contains(&second), first == second), (2, true, true, false));
    let guests: Vec<String> = claimed.join_url.iter().chain(&claimed.invite_urls).cloned().collect();
    assert_eq!(guests, portal.minted(false));
    assert_eq!((guests.len(), portal.subjects().len()), (3, 1));
    assert_eq!(ada.visit(&visit.id).await.json::<Visit>().staff_name.as_deref(), Some("Grace Hopper"));
    assert_eq!(portal.end(&linuss).await.status, 204, "whoever is a host can end it");
    let ended = ada.hear_visit(&visit.id, VisitState::Ended).await;
    assert_eq!((ended.join_url, ended.invite_urls), (None, Vec::new()));
}

#[tokio::test]
async fn who_comes_late_gets_new_links_into_the_same_meeting_until_it_is_over() {
    let sites = crate::visits::PATIENT.replace("ring_secs = 82800", "ring_secs = 300").replace("link_minutes = 1440", "link_minutes = 20");
    let portal = TestPortal::start_with_sites(&sites).await;
    let (mut ada, visit, graces) = ringing(&portal, "Ada").await;
    let old = (portal.take_it(&graces).await, portal.minted(false)[0].clone());
    ada.join(&visit.id).await.json::<Visit>();

    portal.advance(Duration::from_secs(20 * 60));

    // Looked at, not heard: a stream that broke off so long ago begins anew, and a page then looks.
    ada.sees_visit_that("without a link", &visit.id, |visit| visit.state == VisitState::Joined && visit.join_url.is_none()).await;
    let again: Visit = ada.join(&visit.id).await.json();
    assert_eq!((again.state, again.join_url), (VisitState::Joined, None), "nobody waits for the broker");
    let renewed = ada.hear_until("a new link", |event| match event {
        PortalEvent::VisitChanged { visit } => visit.join_url.clone().filter(|url| *url != old.1),
        _ => None,
    });
    let renewed = renewed.await;
    assert!(portal.minted(false).contains(&renewed));
    let hosts = portal.take_it(&graces).await;
    assert!(hosts != old.0 && portal.minted(true).contains(&hosts));
    assert_eq!(portal.subjects().len(), 1, "one meeting");

    // Nobody comes any more: the links end, and a while later the visit does.
    portal.advance(Duration::from_secs(20 * 60));
    ada.sees_visit_that("without a link", &visit.id, |visit| visit.join_url.is_none()).await;
    portal.advance(Duration::from_secs(20 * 60));
    ada.sees_visit(&visit.id, VisitState::Ended).await;
    let minted = portal.minted(true).len();
    assert_eq!((portal.take(&graces).await.status, ada.join(&visit.id).await.status), (409, 409));
    assert_eq!(portal.minted(true).len(), minted, "nothing is minted for what is over");
}

#[tokio::test]
async fn whoever_opens_the_meeting_shortly_before_its_links_end_has_new_ones_in_time() {
    let sites = crate::visits::PATIENT.replace("ring_secs = 82800", "ring_secs = 300").replace("link_minutes = 1440", "link_minutes = 20");
    let portal = TestPortal::start_with_sites(&sites).await;
    let (mut ada, visit, graces) = ringing(&portal, "Ada").await;
    let old = portal.take_it(&graces).await;
    let joined: Visit = ada.join(&visit.id).await.json();
    portal.advance(Duration::from_secs(17 * 60));
    assert_eq!(portal.take_it(&graces).await, old, "it is still good, and at hand");
    let renewed = ada.hear_until("a later end", |event| match event {
        PortalEvent::VisitChanged { visit } if visit.expires_at > joined.expires_at => Some(visit.clone()),
        _ => None,
    });
    assert!(renewed.await.join_url.is_some());
    assert_ne!(portal.take_it(&graces).await, old);
    assert_eq!(portal.subjects().len(), 1);
}

/// What the simulated Webex's site says of who else is asked.
fn escalates_to(sites: &str, topic: &str) -> Vec<String> {
    let source = server::config::SandboxSource::embedded_default();
    let config = server::config::Config::from_text("tests", sites, Some(source), &|_| None).unwrap();
    config.sites[0].meetings.as_ref().unwrap().policy(Some(topic)).escalate_to.clone()
}

#[test]
fn who_else_is_asked_are_all_others_of_the_site_unless_somebody_says_otherwise() {
    let sites = r#"
[[site]]
id = "demo"
name = "Acme"
staff = ["ann@example.com", "ben@example.com", "cora@example.com"]
[site.meetings]
staff = ["ann@example.com"]
[[site.meetings.topic]]
name = "Sales"
staff = ["ben@example.com"]
"#;
    assert_eq!(escalates_to(sites, "Sales"), ["ann@example.com", "cora@example.com"]);
    let said = sites.replace("[[site.meetings.topic]]", "escalate_to = [\"cora@example.com\"]\n[[site.meetings.topic]]");
    assert_eq!(escalates_to(&said, "Sales"), ["cora@example.com"]);
    let nobody = sites.replace("[[site.meetings.topic]]", "escalate_to = []\n[[site.meetings.topic]]");
    assert_eq!(escalates_to(&nobody, "Sales"), [""; 0]);
}
