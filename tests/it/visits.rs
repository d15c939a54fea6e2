//! Meetings: from the guest's wish to the end, and how staff take a visit.

use std::time::Duration;

use reqwest::Method;
use shared::{ProblemKind, Visit, VisitState, path};
use tests::{
    guest::TestGuest,
    portal::{GRACE, TestPortal},
};

pub(crate) const LINUS: &str = "linus@sandbox.example";

/// Moving the clock is no reason for anybody to be missed here.
pub(crate) const PATIENT: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example", "linus@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
"#;

const TOPICS: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example"]
[site.meetings]
topics = ["Sales", "Repairs"]
ring_secs = 82800
link_minutes = 1440
"#;

/// Rings for five minutes; its links live for twenty.
const HASTY: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example"]
[site.meetings]
ring_secs = 300
link_minutes = 20

[[connection]]
id = "gov"
cloud = "government"

[[site]]
id = "counter"
name = "The counter"
connection = "gov"
staff = ["hedy@gov.sandbox.example"]
[site.meetings]
ring_secs = 300
link_minutes = 20
"#;

/// A guest whose visit rings, and Grace's way to take it.
pub(crate) async fn ringing(portal: &TestPortal, name: &str) -> (TestGuest, Visit, String) {
    let mut guest = portal.guest_in_conversation(name, "Hello").await;
    let asked = guest.ask_for_meeting().await;
    let visit = guest.hear_visit(&asked.id, VisitState::Ringing).await;
    let claim = portal.claim(GRACE, 1).await;
    (guest, visit, claim)
}

fn detail(answer: &tests::answer::Answer) -> String {
    let problem = answer.problem();
    assert_eq!(problem.kind, ProblemKind::VisitOver, "{answer}");
    problem.detail
}

#[tokio::test]
async fn a_visit_is_asked_for_taken_joined_and_over() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    assert!(ada.rooms().await[0].can.meet);

    let asked = ada.ask_for_meeting().await;

    assert_eq!((asked.state, asked.topic.as_deref(), &asked.room_id), (VisitState::Requested, None, &ada.room_id().await));
    let rings = ada.hear_visit(&asked.id, VisitState::Ringing).await;
    assert_eq!((rings.place, rings.wait_secs, rings.join_url, rings.problem), (Some(1), None, None, None));
    assert_eq!(rings.requested_at, asked.requested_at);
    let (graces, linuss) = (portal.claim(GRACE, 1).await, portal.claim(LINUS, 1).await);
    assert_ne!(graces, linuss, "each has a link of their own");

    assert_eq!(portal.take_it(&graces).await, portal.minted(true)[0], "the host link");

    let claimed = ada.hear_visit(&asked.id, VisitState::Claimed).await;
    assert_eq!(claimed.staff_name.as_deref(), Some("Grace Hopper"));
    assert_eq!(claimed.join_url.as_ref(), Some(&portal.minted(false)[0]), "the guest link");
    assert_eq!((claimed.place, claimed.expires_at.is_some()), (None, true));
    let refused = portal.take(&linuss).await;
    assert_eq!(refused.status, 409);
    assert!(detail(&refused).starts_with("Grace Hopper took this visit."), "{refused}");
    assert_eq!(portal.take_it(&graces).await, portal.minted(true)[0], "the winner's link opens it again");

    let joined: Visit = ada.join(&asked.id).await.json();
    assert_eq!((joined.state, &joined.join_url), (VisitState::Joined, &claimed.join_url));
    assert_eq!(ada.join(&asked.id).await.json::<Visit>(), joined, "opening it again changes nothing");
    assert_eq!(portal.take_it(&graces).await, portal.minted(true)[0]);
    let ended: Visit = ada.leave_meeting(&asked.id).await.json();
    assert_eq!((ended.state, ended.join_url), (VisitState::Ended, None));
    ada.hear_visit(&asked.id, VisitState::Ended).await;

    for claim in [&graces, &linuss] {
        let (answer, page) = (portal.take(claim).await, portal.look_at(claim).await);
        assert_eq!((answer.status, &*detail(&answer)), (409, "This visit is over."));
        assert!(page.status == 200 && page.body.contains("This visit is over.") && !page.body.contains("<button"), "{page}");
    }
    let page = ada.messages().await;
    assert_eq!(page.visits.iter().map(|visit| visit.state).collect::<Vec<_>>(), [VisitState::Ended]);
    for answer in [ada.join(&asked.id).await, ada.leave_meeting(&asked.id).await, ada.cancel(&asked.id).await] {
        assert_eq!(answer.problem().kind, ProblemKind::VisitOver);
    }
    assert_eq!((portal.subjects().len(), portal.webex().minted_links().len()), (1, 2));
    assert_eq!(portal.webex().broker_lints(), [""; 0]);
}

#[tokio::test]
async fn staff_are_told_one_to_one_and_the_guests_space_has_no_link() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let (ada, _, claim) = ringing(&portal, "Ada").await;

    let texts = portal.texts_in_webex("Ada", 3).await;

    assert_eq!(texts[2], "Ada asks for a meeting.");
    let messages = portal.webex().messages_titled("Ada · ");
    assert_eq!(messages[2].person_id, portal.credentials.service_app.person_id);
    for staff in [GRACE, LINUS] {
        portal.claim(staff, 1).await;
        let told = portal.bot_messages(staff);
        assert_eq!(told.len(), 1);
        assert!(told[0].text.contains("Ada asks for a meeting") && told[0].text.contains("Acme support"), "{}", told[0].text);
    }
    let everything: String = ada.answers().iter().map(|answer| answer.body.clone()).chain([ada.heard_bytes()]).collect();
    assert!(!everything.contains("/host/") && !everything.contains(&claim));
    assert!(messages.iter().all(|message| !message.text.contains("/host/")));
}

#[tokio::test]
async fn looking_at_a_claim_changes_nothing() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let (ada, visit, claim) = ringing(&portal, "Ada").await;
    let writes = portal.requests("POST", "/api/v2/joseencrypt").len();

    for _ in 0..10 {
        let page = portal.look_at(&claim).await;
        assert!(page.status == 200 && page.body.contains("Take this visit"), "{page}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(page.header("content-security-policy").contains("script-src 'nonce-"), "{}", page.header("content-security-policy"));
        assert!(portal.webex().minted_links().iter().all(|link| !page.body.contains(link.url.as_ref().unwrap())));
    }

    assert_eq!(ada.visit(&visit.id).await.json::<Visit>(), visit);
    assert_eq!(portal.requests("POST", "/api/v2/joseencrypt").len(), writes);
}

#[tokio::test]
async fn two_who_take_a_visit_at_the_same_time_are_one_host_and_one_colleague() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let (mut ada, visit, graces) = ringing(&portal, "Ada").await;
    let linuss = portal.claim(LINUS, 1).await;
    let (one, other) = tokio::join!(portal.take(&graces), portal.take(&linuss));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let claimed = ada.hear_visit(&visit.id, VisitState::Claimed).await;
    let winner = if one.status == 200 { "Grace Hopper" } else { "Linus Pauling" };
    assert_eq!(claimed.staff_name.as_deref(), Some(winner));
}

#[tokio::test]
async fn whoever_took_a_visit_can_say_that_it_is_over_and_nobody_else() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let (mut ada, visit, graces) = ringing(&portal, "Ada").await;
    let linuss = portal.claim(LINUS, 1).await;
    assert_eq!(portal.end(&graces).await.status, 409, "nobody took it");
    portal.take_it(&graces).await;
    assert_eq!(portal.end(&linuss).await.status, 409);
    assert_eq!(ada.visit(&visit.id).await.json::<Visit>().state, VisitState::Claimed);

    assert_eq!(portal.end(&graces).await.status, 204);

    let ended = ada.hear_visit(&visit.id, VisitState::Ended).await;
    assert_eq!(ended.join_url, None);
    assert_eq!(portal.end(&graces).await.status, 204, "saying so twice comes to the same");
}

#[tokio::test]
async fn a_request_is_taken_back_before_and_after_somebody_took_it() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let (mut ada, visit, claim) = ringing(&portal, "Ada").await;

    let cancelled: Visit = ada.cancel(&visit.id).await.json();

    assert_eq!((cancelled.state, cancelled.place), (VisitState::Cancelled, None));
    ada.hear_visit(&visit.id, VisitState::Cancelled).await;
    let refused = portal.take(&claim).await;
    assert_eq!((refused.status, &*detail(&refused)), (409, "The guest took the request back. There is nothing to do."));
    assert_eq!(ada.cancel(&visit.id).await.problem().kind, ProblemKind::VisitOver);

    let again = ada.ask_for_meeting().await;
    assert_ne!(again.id, visit.id);
    ada.hear_visit(&again.id, VisitState::Ringing).await;
    let claim = portal.claim(GRACE, 2).await;
    portal.take_it(&claim).await;
    assert_eq!(ada.cancel(&again.id).await.json::<Visit>().state, VisitState::Cancelled);
    assert_eq!(ada.join(&again.id).await.problem().kind, ProblemKind::VisitOver);
    assert_eq!(portal.take(&claim).await.status, 409);
    assert_eq!(portal.subjects().len(), 2);
}

#[tokio::test]
async fn a_guest_who_leaves_the_chat_takes_their_request_back() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let (ada, _, claim) = ringing(&portal, "Ada").await;
    let mut bob = portal.guest_in_conversation("Bob", "Hello").await;
    let bobs = bob.ask_for_meeting().await;
    assert_eq!(bob.hear_visit(&bobs.id, VisitState::Ringing).await.place, Some(2));

    ada.leave().await;

    assert_eq!(bob.hear_visit(&bobs.id, VisitState::Ringing).await.place, Some(1));
    let refused = portal.take(&claim).await;
    assert_eq!((refused.status, &*detail(&refused)), (409, "The guest took the request back. There is nothing to do."));
}

#[tokio::test]
async fn a_meeting_cannot_be_joined_before_somebody_took_it() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let (ada, visit, _) = ringing(&portal, "Ada").await;
    for answer in [ada.join(&visit.id).await, ada.leave_meeting(&visit.id).await] {
        assert_eq!((answer.status, answer.problem().kind), (409, ProblemKind::VisitOver));
    }
    assert_eq!(ada.visit(&visit.id).await.json::<Visit>(), visit);
}

#[tokio::test]
async fn a_visit_nobody_takes_is_missed_and_the_guests_space_says_so() {
    let portal = TestPortal::start_with_sites(HASTY).await;
    let (mut ada, visit, claim) = ringing(&portal, "Ada").await;

    portal.advance(Duration::from_secs(301));

    let missed = ada.hear_visit(&visit.id, VisitState::Missed).await;
    assert_eq!((missed.join_url, missed.place), (None, None));
    let texts = portal.texts_in_webex("Ada", 4).await;
    assert_eq!(texts[2..], ["Ada asks for a meeting.", "Nobody could take the meeting that Ada asked for. Please answer here."]);
    let refused = portal.take(&claim).await;
    assert_eq!((refused.status, &*detail(&refused)), (409, "Nobody took this visit in time. Please answer the guest in writing."));
    assert_eq!(portal.bot_messages(GRACE).len(), 1, "who is in the space reads it there");
}

#[tokio::test]
async fn where_there_is_no_space_each_is_told_of_a_missed_visit_one_to_one() {
    let portal = TestPortal::start_with_sites(HASTY).await;
    let mut ada = portal.visitor().tab_at("counter");
    ada.sign_in("Ada").await;
    ada.listen().await;
    let visit = ada.ask_for_meeting().await;
    ada.hear_visit(&visit.id, VisitState::Ringing).await;
    portal.claim("hedy@gov.sandbox.example", 1).await;

    portal.advance(Duration::from_secs(301));

    ada.hear_visit(&visit.id, VisitState::Missed).await;
    let told =
        portal.until("the second message", async || Some(portal.bot_messages("hedy@gov.sandbox.example")).filter(|told| told.len() > 1));
    assert_eq!(told.await[1].text, "Nobody took the meeting that Ada asked for (The counter).");
}

#[tokio::test]
async fn a_visit_whose_guest_never_came_expires_with_its_links() {
    let portal = TestPortal::start_with_sites(HASTY).await;
    let (mut ada, visit, claim) = ringing(&portal, "Ada").await;
    portal.take_it(&claim).await;
    ada.hear_visit(&visit.id, VisitState::Claimed).await;

    portal.advance(Duration::from_secs(20 * 60));

    let expired = ada.hear_visit(&visit.id, VisitState::Expired).await;
    assert_eq!(expired.join_url, None);
    let refused = portal.take(&claim).await;
    assert_eq!((refused.status, &*detail(&refused)), (409, "The guest never came. The meeting's links have ended."));
}

#[tokio::test]
async fn a_visit_whose_links_end_while_it_rings_is_missed() {
    let mut portal = TestPortal::start_with_sites(HASTY).await;
    let (mut ada, visit, claim) = ringing(&portal, "Ada").await;
    // The operator gives staff more time; the links that are there know nothing of it.
    portal.restart_with_sites(PATIENT).await;
    ada.listen().await;
    portal.advance(Duration::from_secs(20 * 60));
    assert_eq!(portal.take(&claim).await.status, 409);
    ada.hear_visit(&visit.id, VisitState::Missed).await;
}

#[tokio::test]
async fn a_visit_that_was_joined_ends_with_its_links() {
    let portal = TestPortal::start_with_sites(HASTY).await;
    let (mut ada, visit, claim) = ringing(&portal, "Ada").await;
    portal.take_it(&claim).await;
    ada.join(&visit.id).await.json::<Visit>();
    portal.advance(Duration::from_secs(20 * 60));
    ada.hear_visit(&visit.id, VisitState::Ended).await;
}

#[tokio::test]
async fn guests_who_wait_for_the_same_stand_in_one_queue() {
    let portal = TestPortal::start_with_sites(TOPICS).await;
    let mut guests = Vec::new();
    for (name, topic, place) in [("Ada", "Sales", 1), ("Bob", "Sales", 2), ("Cleo", "Repairs", 1)] {
        let mut guest = portal.guest(name).await;
        guest.listen().await;
        let visit = guest.ask_about(topic).await;
        let rings = guest.hear_visit(&visit.id, VisitState::Ringing).await;
        assert_eq!((rings.place, rings.topic.as_deref()), (Some(place), Some(topic)), "{name}");
        guests.push((guest, visit));
    }
    let [(ada, adas), (bob, bobs), _] = &mut guests[..] else { unreachable!() };

    ada.cancel(&adas.id).await.json::<Visit>();

    let moved_up = bob.hear_visit(&bobs.id, VisitState::Ringing).await;
    assert_eq!(moved_up.place, Some(1));
}

#[tokio::test]
async fn a_topic_is_one_of_the_sites() {
    let portal = TestPortal::start_with_sites(TOPICS).await;
    let ada = portal.guest("Ada").await;
    let room_id = ada.room_id().await;
    for topic in [None, Some("sales"), Some("")] {
        let refused = ada.try_to_ask(&room_id, topic).await;
        assert_eq!((refused.status, refused.problem().kind), (400, ProblemKind::InvalidParameter));
    }
    assert_eq!(portal.subjects(), [""; 0]);
}

#[tokio::test]
async fn a_waiting_time_is_told_from_five_claims_in_the_last_hour_on() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let mut waits = Vec::new();
    for number in 1..=6 {
        let mut guest = portal.guest(&format!("Guest {number}")).await;
        guest.listen().await;
        let visit = guest.ask_for_meeting().await;
        waits.push(guest.hear_visit(&visit.id, VisitState::Ringing).await.wait_secs);
        let claim = portal.claim(GRACE, number).await;
        if number < 6 {
            portal.advance(Duration::from_secs(100));
            portal.take_it(&claim).await;
        } else {
            portal.advance(Duration::from_secs(3600));
            assert_eq!(guest.visit(&visit.id).await.json::<Visit>().wait_secs, None, "old waits tell nothing");
        }
    }
    assert_eq!(waits[..5], [None; 5]);
    let told = waits[5].unwrap();
    assert!((100..300).contains(&told), "{told}");
}

#[tokio::test]
async fn asking_twice_or_twenty_times_at_once_is_one_visit_and_one_meeting() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room_id = ada.room_id().await;
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let (tab, room_id) = (ada.other_tab(), room_id.clone());
            tokio::spawn(async move { tab.try_to_ask(&room_id, None).await.json::<Visit>().id })
        })
        .collect();
    let mut ids = Vec::new();
    for asked in asking {
        ids.push(asked.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    ada.hear_visit(&ids[0], VisitState::Ringing).await;
    let claim = portal.claim(GRACE, 1).await;
    portal.claim(LINUS, 1).await;
    portal.take_it(&claim).await;
    assert_eq!(ada.ask_for_meeting().await.id, ids[0], "asked again while somebody is there");
    assert_eq!((portal.subjects().len(), portal.bot_messages(GRACE).len(), portal.bot_messages(LINUS).len()), (1, 1, 1));
}

#[tokio::test]
async fn a_guest_knows_nothing_of_anothers_visit() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let (ada, visit, claim) = ringing(&portal, "Ada").await;
    portal.take_it(&claim).await;
    let bob = portal.guest("Bob").await;
    for answer in [bob.visit(&visit.id).await, bob.cancel(&visit.id).await, bob.join(&visit.id).await, bob.leave_meeting(&visit.id).await] {
        assert_eq!((answer.status, answer.problem().kind), (404, ProblemKind::VisitNotFound));
    }
    let refused = bob.try_to_ask(&visit.room_id, None).await;
    assert_eq!((refused.status, refused.problem().kind), (404, ProblemKind::RoomNotFound));
    let nobody = portal.visitor();
    assert_eq!(nobody.visit(&visit.id).await.status, 401);
    assert_eq!(ada.visit(&visit.id).await.json::<Visit>().state, VisitState::Claimed);
}

#[tokio::test]
async fn a_page_of_another_site_cannot_take_a_visit() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let (ada, visit, claim) = ringing(&portal, "Ada").await;
    let staff = portal.visitor();
    let post = |path: &str| staff.bare_request(Method::POST, path);
    for path in [path::claim(&claim), path::CLAIM_END.replace("{claim}", &claim)] {
        for request in [
            post(&path).header("sec-fetch-site", "cross-site"),
            post(&path).header("sec-fetch-site", "same-site"),
            post(&path).header("origin", "https://evil.example"),
            post(&path).header("origin", "null"),
        ] {
            let answer = staff.send(request).await;
            assert_eq!((answer.status, answer.problem().kind), (403, ProblemKind::CrossSite));
        }
    }
    assert_eq!(ada.visit(&visit.id).await.json::<Visit>(), visit);
}

#[tokio::test]
async fn a_claim_that_is_none_leads_nowhere() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let (_, _, claim) = ringing(&portal, "Ada").await;
    let last = if claim.ends_with('A') { 'E' } else { 'A' };
    let (long, almost) = ("A".repeat(5000), format!("{}{last}", &claim[..42]));
    for token in ["x", "%00", "..%2f..", &"A".repeat(43), &long, &almost, &claim.to_lowercase()] {
        let page = portal.look_at(token).await;
        assert!(page.status == 404 && page.body.contains("This link leads nowhere"), "{page}");
        assert_eq!(portal.take(token).await.problem().kind, ProblemKind::VisitNotFound);
        assert_eq!(portal.end(token).await.problem().kind, ProblemKind::VisitNotFound);
    }
}

#[tokio::test]
async fn whoever_asks_for_meetings_without_end_is_asked_to_write_instead() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    for _ in 0..12 {
        let visit = ada.ask_for_meeting().await;
        ada.cancel(&visit.id).await.json::<Visit>();
    }
    let refused = ada.try_to_ask(&ada.room_id().await, None).await.problem();
    assert_eq!((refused.status, refused.kind), (429, ProblemKind::RateLimited));
    portal.advance(Duration::from_secs(3601));
    ada.ask_for_meeting().await;
}
