//! What goes wrong between portal, broker, bot and staff, and what becomes of visits then.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use sandbox::{Activation, CredentialKind, Fault};
use shared::{PortalEvent, ProblemKind, Visit, VisitId, VisitState};
use tests::{
    guest::TestGuest,
    portal::{GRACE, TestPortal},
};

use crate::visits::{LINUS, PATIENT};

const BROKER: &str = "/api/v2/joseencrypt";
/// No address of this domain belongs to anybody.
const NOBODY: &str = "nobody@appid.ciscospark.com";

fn site_with_staff(staff: &[&str]) -> String {
    format!(
        "[[site]]\nid = \"demo\"\nname = \"Acme support\"\nstaff = {staff:?}\n[site.meetings]\nring_secs = 82800\nlink_minutes = 1440\n"
    )
}

async fn hear_problem(guest: &mut TestGuest, id: &VisitId) -> Visit {
    guest
        .hear_until("that the visit does not get on", |event| match event {
            PortalEvent::VisitChanged { visit } if visit.id == *id && visit.problem.is_some() => Some(visit.clone()),
            _ => None,
        })
        .await
}

/// How often the broker was asked, and for how many meetings, as far as it read what it was asked.
fn asked(portal: &TestPortal) -> (usize, usize) {
    let subjects: BTreeSet<_> = portal.webex().broker_requests().into_iter().filter_map(|entry| entry.subject).collect();
    (portal.requests("POST", BROKER).len(), subjects.len())
}

#[tokio::test]
async fn whatever_the_broker_does_the_guest_is_told_keeps_their_visit_and_gets_one_meeting() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let unreachable = ProblemKind::WebexUnreachable;
    let unavailable = ProblemKind::MeetingsUnavailable;
    let answer = |status| Fault::answer("POST", BROKER, status);
    for (number, (fault, kind)) in [
        (answer(401), unavailable),
        (answer(403), unavailable),
        (answer(429).retry_after(40), unreachable),
        (answer(500), unreachable),
        (answer(503), unreachable),
        (Fault::empty_body("POST", BROKER), unreachable),
        (Fault::not_json("POST", BROKER), unreachable),
        (Fault::truncated("POST", BROKER), unreachable),
        (Fault::drop_before("POST", BROKER), unreachable),
        (Fault::drop_after("POST", BROKER), unreachable),
        (Fault::empty_guests(BROKER), unreachable),
    ]
    .into_iter()
    .enumerate()
    {
        let (requests, _) = asked(&portal);
        portal.webex().add_fault(fault.clone().times(2)).unwrap();

        let visit = ada.ask_for_meeting().await;

        let waits = hear_problem(&mut ada, &visit.id).await;
        let problem = waits.problem.unwrap();
        assert_eq!((waits.state, problem.kind), (VisitState::Requested, kind), "{fault:?}");
        assert!(!problem.detail.is_empty());
        let rings = ada.hear_visit(&visit.id, VisitState::Ringing).await;
        assert_eq!((rings.requested_at, rings.place, rings.problem), (visit.requested_at, Some(1), None), "{fault:?}");
        portal.claim(GRACE, number + 1).await;
        assert_eq!(asked(&portal), (requests + 3, number + 1), "{fault:?}");
        assert_eq!(portal.subjects().len(), number + 1, "{fault:?}");
        ada.cancel(&visit.id).await.json::<Visit>();
    }
    assert_eq!(portal.bot_messages(GRACE).len(), 11, "nobody was told twice");
}

#[tokio::test]
async fn a_broker_that_asks_to_wait_is_not_asked_before() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::answer("POST", BROKER, 429).retry_after(40)).unwrap();
    let visit = ada.ask_for_meeting().await;
    ada.hear_visit(&visit.id, VisitState::Ringing).await;
    let requests = portal.requests("POST", BROKER);
    assert_eq!(requests.iter().map(|request| request.status).collect::<Vec<_>>(), [Some(429), Some(200)]);
    let waited = requests[1].arrived_at.duration_since(requests[0].arrived_at).unwrap();
    assert!(waited >= Duration::from_secs(40), "{waited:?}");
}

#[tokio::test]
async fn a_slow_broker_is_waited_for() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::slow("POST", BROKER, 4000)).unwrap();
    let visit = ada.ask_for_meeting().await;
    let rings = ada.hear_visit(&visit.id, VisitState::Ringing).await;
    assert_eq!((rings.problem, asked(&portal)), (None, (1, 1)));
}

#[tokio::test]
async fn an_organisation_without_instant_connect_offers_no_meeting_until_somebody_activates_it() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    for activation in [Activation::NotActivated, Activation::NoGuestToGuestSite] {
        portal.webex().set_instant_connect(activation);
        let visit = ada.ask_for_meeting().await;
        assert_eq!(hear_problem(&mut ada, &visit.id).await.problem.unwrap().kind, ProblemKind::MeetingsUnavailable);
        portal.webex().set_instant_connect(Activation::Active);
        ada.hear_visit(&visit.id, VisitState::Ringing).await;
        ada.cancel(&visit.id).await.json::<Visit>();
    }
}

#[tokio::test]
async fn who_asked_first_stands_first_even_if_the_broker_kept_them_waiting() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let mut bob = portal.guest_in_conversation("Bob", "Hello").await;
    portal.webex().add_fault(Fault::answer("POST", BROKER, 429).retry_after(60)).unwrap();
    let adas = ada.ask_for_meeting().await;
    hear_problem(&mut ada, &adas.id).await;
    portal.advance(Duration::from_secs(1));
    let bobs = bob.ask_for_meeting().await;
    assert_eq!(bob.hear_visit(&bobs.id, VisitState::Ringing).await.place, Some(2), "told at once that somebody is before them");

    assert_eq!(ada.hear_visit(&adas.id, VisitState::Ringing).await.place, Some(1));
}

#[tokio::test]
async fn a_request_taken_back_while_the_broker_is_asked_rings_nowhere() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::slow("POST", BROKER, 4000)).unwrap();
    let visit = ada.ask_for_meeting().await;
    assert_eq!(ada.cancel(&visit.id).await.json::<Visit>().state, VisitState::Cancelled);
    let again = ada.ask_for_meeting().await;
    ada.hear_visit(&again.id, VisitState::Ringing).await;
    portal.claim(GRACE, 1).await;
    portal.claim(LINUS, 1).await;
    portal.until("the first answer", async || (portal.subjects().len() == 2).then_some(())).await;
    ada.say("barrier").await;
    ada.hear_message("barrier").await;
    assert_eq!((portal.claims(GRACE).len(), portal.claims(LINUS).len()), (1, 1));
    assert_eq!(ada.visit(&visit.id).await.json::<Visit>().state, VisitState::Cancelled);
}

#[tokio::test]
async fn a_broker_that_never_answers_well_makes_a_visit_missed() {
    let portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::answer("POST", BROKER, 503).times(10_000)).unwrap();
    let visit = ada.ask_for_meeting().await;
    hear_problem(&mut ada, &visit.id).await;
    portal.advance(Duration::from_secs(601));
    ada.hear_visit(&visit.id, VisitState::Missed).await;
    let texts = portal.texts_in_webex("Ada", 3).await;
    assert_eq!(texts[2], "Nobody could take the meeting that Ada asked for. Please answer here.");
    assert_eq!(portal.claims(GRACE), [""; 0]);
}

#[tokio::test]
async fn a_visit_goes_on_over_a_restart_in_every_state_and_is_one_meeting() {
    let mut portal = TestPortal::start_with_sites(PATIENT).await;
    let ada = portal.guest("Ada").await;
    // The broker makes links whose answer is lost, and then none for a while.
    portal.webex().add_fault(Fault::drop_after("POST", BROKER)).unwrap();
    portal.webex().add_fault(Fault::answer("POST", BROKER, 503).times(10_000)).unwrap();
    let asked_for = ada.ask_for_meeting().await;
    let id = &asked_for.id;
    portal.until("links that got lost", async || (portal.minted(true).len() == 1).then_some(())).await;
    portal.restart_portal().await;
    ada.sees_visit_that("told of", id, |visit| visit.problem.is_some()).await;
    portal.webex().clear_faults();

    let rings = ada.sees_visit(id, VisitState::Ringing).await;
    assert_eq!((rings.requested_at, &rings.problem), (asked_for.requested_at, &None));
    let claims = (portal.claim(GRACE, 1).await, portal.claim(LINUS, 1).await);
    portal.restart_portal().await;
    assert_eq!(ada.visit(id).await.json::<Visit>(), rings);

    let url = portal.take_it(&claims.0).await;
    let claimed: Visit = ada.visit(id).await.json();
    portal.restart_portal().await;
    assert_eq!(ada.visit(id).await.json::<Visit>(), claimed);
    assert_eq!((portal.take_it(&claims.0).await, portal.take(&claims.1).await.status), (url.clone(), 409));

    let joined: Visit = ada.join(id).await.json();
    portal.restart_portal().await;
    assert_eq!(ada.visit(id).await.json::<Visit>(), joined);
    assert_eq!(portal.take_it(&claims.0).await, url);

    ada.leave_meeting(id).await.json::<Visit>();
    portal.restart_portal().await;
    assert_eq!(ada.visit(id).await.json::<Visit>().state, VisitState::Ended);
    assert_eq!(portal.take(&claims.0).await.status, 409);
    assert_eq!(portal.subjects().len(), 1);
    assert_eq!(portal.minted(true).len(), 2, "those that got lost, and those that were used");
    assert_eq!((portal.bot_messages(GRACE).len(), portal.bot_messages(LINUS).len()), (1, 1), "nobody was told twice");
    let texts = portal.texts_in_webex("Ada", 2).await;
    assert_eq!(texts.iter().filter(|text| *text == "Ada asks for a meeting.").count(), 1);
}

#[tokio::test]
async fn a_portal_that_stops_does_not_wait_for_a_slow_broker_and_asks_again_after_the_next_start() {
    let mut portal = TestPortal::start_behind_line().await;
    let ada = portal.guest("Ada").await;
    portal.line.as_ref().unwrap().hold("POST /api/v2/joseencrypt ");
    let visit = ada.ask_for_meeting().await;
    portal.until("the broker to be asked", async || (!portal.requests("POST", BROKER).is_empty()).then_some(())).await;
    let began = Instant::now();

    portal.stop_portal().await;

    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    portal.line.as_ref().unwrap().release();
    portal.start_portal().await;
    ada.sees_visit(&visit.id, VisitState::Ringing).await;
    assert_eq!((asked(&portal), portal.subjects().len()), ((2, 1), 1));
}

#[tokio::test]
async fn staff_who_could_not_be_told_before_a_restart_are_told_after_it_once() {
    let mut portal = TestPortal::start_with_sites(PATIENT).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 503).times(10_000)).unwrap();
    let visit = ada.ask_for_meeting().await;
    ada.hear_visit(&visit.id, VisitState::Ringing).await;
    assert_eq!((portal.claims(GRACE).len(), portal.claims(LINUS).len()), (0, 0));
    portal.restart_portal().await;
    portal.webex().clear_faults();
    let claim = portal.claim(GRACE, 1).await;
    portal.claim(LINUS, 1).await;
    portal.take_it(&claim).await;
    ada.sees_visit(&visit.id, VisitState::Claimed).await;
    ada.say("barrier").await;
    ada.hear_message("barrier").await;
    assert_eq!((portal.bot_messages(GRACE).len(), portal.bot_messages(LINUS).len()), (1, 1));
}

#[tokio::test]
async fn staff_hear_nothing_of_a_wish_that_was_over_before_they_could_be_told() {
    let portal = TestPortal::start_with_sites(PATIENT).await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 429).times(10_000)).unwrap();
    let visit = ada.ask_for_meeting().await;
    ada.hear_visit(&visit.id, VisitState::Ringing).await;
    portal.until("the bot to have tried", async || (portal.requests("POST", "/v1/messages").len() > 3).then_some(())).await;
    ada.cancel(&visit.id).await.json::<Visit>();
    portal.webex().clear_faults();
    ada.say("barrier").await;
    ada.hear_message("barrier").await;
    // Another wish is told after whatever came before it.
    ada.ask_for_meeting().await;
    portal.claim(GRACE, 1).await;
    assert_eq!(portal.claims(GRACE).len(), 1);
    let notices = portal.until("a notice", async || {
        let texts: Vec<String> = portal.webex().messages_titled("Ada").into_iter().map(|message| message.text).collect();
        let count = texts.iter().filter(|text| text.contains("asks for a meeting")).count();
        (count > 0).then_some(count)
    });
    assert_eq!(notices.await, 1);
}

#[tokio::test]
async fn a_member_of_staff_whom_webex_does_not_know_does_not_keep_the_others_from_being_told() {
    let portal = TestPortal::start_with_sites(&site_with_staff(&[NOBODY, GRACE])).await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    let visit = ada.ask_for_meeting().await;
    ada.hear_visit(&visit.id, VisitState::Ringing).await;
    let claim = portal.claim(GRACE, 1).await;
    portal.take_it(&claim).await;
    assert_eq!(ada.hear_visit(&visit.id, VisitState::Claimed).await.staff_name.as_deref(), Some("Grace Hopper"));
    assert!(ada.rooms().await[0].can.meet);
}

#[tokio::test]
async fn where_nobody_can_be_told_the_guest_does_not_wait_for_nothing_and_is_offered_no_further_meeting() {
    let portal = TestPortal::start_with_sites(&site_with_staff(&[NOBODY])).await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    assert!(ada.rooms().await[0].can.meet);
    let began = portal.clock.elapsed();

    let visit = ada.ask_for_meeting().await;

    ada.hear_until("that there are no meetings", |event| {
        matches!(event, PortalEvent::RoomChanged { room } if !room.can.meet).then_some(())
    })
    .await;
    let missed = ada.hear_visit(&visit.id, VisitState::Missed).await;
    assert!(!ada.rooms().await[0].can.meet);
    assert!(portal.clock.elapsed() - began < Duration::from_secs(60), "{:?}", portal.clock.elapsed() - began);
    let problem = missed.problem.unwrap();
    assert_eq!(problem.kind, ProblemKind::MeetingsUnavailable);
    assert!(problem.detail.starts_with("Nobody can be reached"), "{}", problem.detail);
    portal.advance(Duration::from_secs(15 * 60));

    portal.until("another try to be worth it", async || ada.rooms().await[0].can.meet.then_some(())).await;
}

#[tokio::test]
async fn a_visit_missed_while_webex_was_away_is_told_to_staff_after_a_restart_once() {
    let mut portal = TestPortal::start().await;
    let mut ada = portal.guest_in_conversation("Ada", "Hello").await;
    let visit = ada.ask_for_meeting().await;
    ada.hear_visit(&visit.id, VisitState::Ringing).await;
    portal.texts_in_webex("Ada", 3).await;
    portal.stop_sandbox().await;
    portal.advance(Duration::from_secs(601));
    ada.hear_visit(&visit.id, VisitState::Missed).await;
    portal.restart_portal().await;
    portal.start_sandbox().await;
    let texts = portal.texts_in_webex("Ada", 4).await;
    assert_eq!(texts[3], "Nobody could take the meeting that Ada asked for. Please answer here.");
    ada.say("barrier").await;
    assert_eq!(portal.texts_in_webex("Ada", 5).await[4], "barrier");
}

#[tokio::test]
async fn a_bot_whose_token_is_refused_once_tries_again_and_twice_reaches_nobody() {
    let portal = TestPortal::start_with_sites(&site_with_staff(&[GRACE])).await;
    let mut ada = portal.guest("Ada").await;
    ada.listen().await;
    let refused = |times| Fault::answer("POST", "/v1/messages", 401).times(times);
    let of_bot = || {
        let posts = portal.requests("POST", "/v1/messages").into_iter();
        posts.filter(|post| post.credential == CredentialKind::Bot && post.status == Some(401)).count()
    };
    portal.webex().add_fault(refused(1)).unwrap();
    let visit = ada.ask_for_meeting().await;
    let claim = portal.claim(GRACE, 1).await;
    portal.take_it(&claim).await;
    ada.hear_visit(&visit.id, VisitState::Claimed).await;
    assert_eq!(of_bot(), 1);

    let mut bob = portal.guest("Bob").await;
    bob.listen().await;
    portal.webex().add_fault(refused(10_000)).unwrap();
    let visit = bob.ask_for_meeting().await;
    let missed = bob.hear_visit(&visit.id, VisitState::Missed).await;
    assert!(missed.problem.unwrap().detail.starts_with("Nobody can be reached"));
    assert!(!bob.rooms().await[0].can.meet);
    assert_eq!(of_bot(), 1 + 2);
}
