//! What each set of credentials is good for, and that sites with different ones share nothing.

use sandbox::{CredentialKind, Fault, Seed};
use shared::{AuthorKind, MemberList, Pending, PortalEvent, ProblemKind, Room, Session, VisitState, path};
use tests::{
    files::TestFile,
    guest::{TestGuest, new_client_message_id, plain_text},
    portal::{GRACE, TestPortal},
};

use crate::visits::LINUS;

pub(crate) const HEDY: &str = "hedy@gov.sandbox.example";

pub(crate) const FOUR_ROWS: &str = r#"
[webex.service_app]
[webex.bot]

[[connection]]
id = "both"
[connection.guest_issuer]
[connection.service_app]
[connection.bot]

[[connection]]
id = "tutorial"
[connection.guest_issuer]
[connection.bot]

[[connection]]
id = "gov"
cloud = "government"

[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example", "linus@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440

[[site]]
id = "both"
name = "Acme by issuer"
connection = "both"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440

[[site]]
id = "tutorial"
name = "Ask Grace"
connection = "tutorial"
conversation = "direct"
staff = ["grace@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440

[[site]]
id = "own"
name = "A space of one's own"
connection = "tutorial"
conversation = "space"
staff = ["grace@sandbox.example", "linus@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440

[[site]]
id = "guests"
name = "Wherever you are"
connection = "tutorial"
conversation = "existing"
staff = ["grace@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440

[[site]]
id = "counter"
name = "The counter"
connection = "gov"
staff = ["hedy@gov.sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
"#;

pub(crate) async fn start() -> TestPortal {
    TestPortal::start_with_sites(FOUR_ROWS).await
}

pub(crate) async fn guest_at(portal: &TestPortal, site: &str, name: &str) -> TestGuest {
    let mut guest = portal.visitor().tab_at(site);
    guest.sign_in(name).await;
    guest.listen_anywhere().await;
    for room in guest.rooms().await {
        guest.messages_in(&room.id).await;
    }
    guest
}

/// Somebody of the staff says something in the guest's room, and a meeting is taken and joined.
pub(crate) async fn main_job(portal: &TestPortal, guest: &mut TestGuest, room_titled: &str) {
    guest.say("I need help").await;
    let own = guest.hear_message("I need help").await;
    assert_eq!((own.author.kind, own.client_message_id.is_some()), (AuthorKind::Guest, true));
    let room = portal.webex().room_titled(room_titled).unwrap_or_else(|| panic!("no room {room_titled}"));
    portal.webex().reply_as_staff(GRACE, &room.id, "Here I am").unwrap();
    let answer = guest.hear_message("Here I am").await;
    assert_eq!((answer.author.kind, &*answer.author.display_name), (AuthorKind::Staff, "Grace Hopper"));
    guest.send_file(&TestFile::png("picture.png"), "").await;
    guest.hear_file("picture.png").await;
    let offer = TestFile::text("offer.txt", "for you");
    portal.webex().send_file_as_staff(GRACE, &room.id, &offer.name, offer.media_type, &offer.bytes, None).unwrap();
    let told = guest.hear_file("offer.txt").await;
    assert_eq!(guest.download(&told.id, 0).await.bytes, offer.bytes);
    guest.edit(&own.id, "I needed help").await.json::<Pending>();
    portal
        .until("the edit", async || portal.webex().messages(&room.id).iter().any(|message| message.text == "I needed help").then_some(()))
        .await;
    meet(portal, guest, GRACE).await;
}

/// A meeting is asked for, taken and joined.
pub(crate) async fn meet(portal: &TestPortal, guest: &mut TestGuest, staff: &str) {
    let before = portal.claims(staff).len();
    let visit = guest.ask_for_meeting().await;
    guest.hear_visit(&visit.id, VisitState::Ringing).await;
    let claim = portal.claim(staff, before + 1).await;
    let host_link = portal.take_it(&claim).await;
    let claimed = guest.hear_visit(&visit.id, VisitState::Claimed).await;
    assert!(portal.minted(true).contains(&host_link) && portal.minted(false).contains(claimed.join_url.as_ref().unwrap()));
    assert!(claimed.staff_name.is_some());
    guest.join(&visit.id).await.json::<shared::Visit>();
    guest.leave_meeting(&visit.id).await.json::<shared::Visit>();
}

/// With whose tokens something was asked of Webex.
fn asked_by(portal: &TestPortal, method: &str, path: &str) -> Vec<CredentialKind> {
    let mut kinds: Vec<_> = portal.requests(method, path).into_iter().map(|entry| entry.credential).collect();
    kinds.dedup();
    kinds
}

#[tokio::test]
async fn rooms_of_another_region_are_rooms_like_others() {
    let seed = Seed { cluster: Some("urn:TEAM:eu-central-1_k".to_owned()), ..Seed::default() };
    let portal = TestPortal::start_with_seed(seed).await;
    let mut ada = guest_at(&portal, "demo", "Ada").await;
    main_job(&portal, &mut ada, "Ada").await;
}

#[tokio::test]
async fn a_service_app_and_a_bot_do_the_main_job() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "demo", "Ada").await;
    main_job(&portal, &mut ada, "Ada · Acme support").await;
    assert_eq!(asked_by(&portal, "POST", "/v1/rooms"), [CredentialKind::ServiceApp]);
    assert_eq!((portal.requests("POST", "/v1/guests/token").len(), portal.requests("POST", "/v1/jwt/login").len()), (1, 0));
}

#[tokio::test]
async fn a_guest_issuer_vouches_where_a_service_app_makes_the_space() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "both", "Ada").await;
    main_job(&portal, &mut ada, "Ada · Acme by issuer").await;
    assert_eq!(asked_by(&portal, "POST", "/v1/rooms"), [CredentialKind::ServiceApp]);
    assert_eq!((portal.requests("POST", "/v1/guests/token").len(), portal.requests("POST", "/v1/jwt/login").len()), (0, 1));
    assert_eq!(ada.reads(1).await[0], "Hello, and thank you for writing.");
}

#[tokio::test]
async fn a_guest_issuer_and_a_bot_talk_one_to_one_with_one_person() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "tutorial", "Ada").await;
    assert_eq!(ada.rooms().await[0].title, "Ask Grace");
    main_job(&portal, &mut ada, "Ada").await;
    let room = portal.webex().room_titled("Ada").unwrap();
    let mut members: Vec<_> = room.members.iter().map(|member| &*member.display_name).collect();
    members.sort_unstable();
    assert_eq!((room.is_direct, members), (true, vec!["Ada", "Grace Hopper"]));
    assert_eq!((portal.requests("POST", "/v1/rooms").len(), portal.requests("POST", "/v1/jwt/login").len()), (0, 1));
    let texts: Vec<_> = portal.webex().messages(&room.id).into_iter().map(|message| message.text).collect();
    assert!(!texts.iter().any(|text| text.contains("asks for a meeting")), "nobody but the guest could say so: {texts:?}");
}

#[tokio::test]
async fn the_first_message_to_one_person_is_found_though_its_answer_with_the_conversation_was_lost() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "tutorial", "Ada").await;
    portal.webex().add_fault(Fault::drop_after("POST", "/v1/messages")).unwrap();
    let pending = ada.say("Hello").await;
    assert_eq!(ada.hear_message("Hello").await.client_message_id, Some(pending.client_message_id));
    assert_eq!(portal.texts_in_webex("Ada", 1).await, ["Hello"]);
    assert_eq!(portal.posts_by_guests().len(), 1, "it was sent once");
}

#[tokio::test]
async fn the_one_person_may_write_first_and_a_guest_who_comes_back_finds_the_same_conversation() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "tutorial", "Ada").await;
    let person_id = ada.vouched().await;
    portal.webex().write_as_staff_to(GRACE, person_id.as_str(), "Can I help?").unwrap();
    ada.hear_message("Can I help?").await;
    ada.say("Yes, please").await;
    ada.hear_message("Yes, please").await;
    assert_eq!(portal.webex().rooms().iter().filter(|room| room.members.iter().any(|member| member.display_name == "Ada")).count(), 1);
}

#[tokio::test]
async fn a_guests_own_token_makes_a_space_where_nobody_else_can() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "own", "Ada").await;
    main_job(&portal, &mut ada, "Ada · A space of one's own").await;
    let room = portal.webex().room_titled("Ada · ").unwrap();
    let mut members: Vec<_> = room.members.iter().map(|member| &*member.display_name).collect();
    members.sort_unstable();
    assert_eq!(members, ["Ada", "Grace Hopper", "Linus Pauling"]);
    assert_eq!(asked_by(&portal, "POST", "/v1/rooms"), [CredentialKind::Guest]);
}

#[tokio::test]
async fn a_space_of_a_guests_own_that_comes_twice_is_there_once() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "own", "Ada").await;
    portal.webex().add_fault(Fault::done_late("POST", "/v1/rooms", 40_000)).unwrap();
    ada.say("Hello").await;
    ada.hear_message("Hello").await;
    portal
        .until("the late space", async || (portal.webex().requests().len() > 2 && portal.clock.elapsed().as_secs() > 60).then_some(()))
        .await;
    portal
        .until("one space", async || {
            (portal.webex().rooms().iter().filter(|room| room.title.starts_with("Ada ")).count() == 1).then_some(())
        })
        .await;
    assert_eq!(ada.rooms().await.len(), 1);
    ada.say("Still here").await;
    ada.hear_message("Still here").await;
}

#[tokio::test]
async fn a_room_staff_let_a_guest_into_is_there_until_they_are_put_out() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "guests", "Ada").await;
    assert_eq!(ada.rooms().await, []);
    let person_id = ada.vouched().await;
    let staff = Staff::new(&portal, GRACE);
    let webex_room = staff.make_room("Kitchen plans").await;
    let membership = staff.add(&webex_room, person_id.as_str()).await;

    let appeared = hear_room(&mut ada).await;

    assert_eq!((&*appeared.title, appeared.is_closed, appeared.can.write), ("Kitchen plans", false, true));
    assert_eq!(ada.messages().await.items, []);
    portal.webex().reply_as_staff(GRACE, &webex_room, "Welcome").unwrap();
    ada.hear_message("Welcome").await;
    ada.say("What a nice kitchen").await;
    let own = ada.hear_message("What a nice kitchen").await;
    assert_eq!((own.author.kind, own.client_message_id.is_some()), (AuthorKind::Guest, true));
    assert_eq!(portal.webex().messages(&webex_room).len(), 2);

    // Another guest of the same room goes on hearing it; who was put out does not.
    let mut bob = guest_at(&portal, "guests", "Bob").await;
    staff.add(&webex_room, bob.vouched().await.as_str()).await;
    assert_eq!(hear_room(&mut bob).await.id, appeared.id);
    staff.remove(&membership).await;
    let gone = hear_room(&mut ada).await;
    assert_eq!((&gone.id, gone.is_closed), (&appeared.id, true));
    assert_eq!(ada.rooms().await, []);
    portal.webex().reply_as_staff(GRACE, &webex_room, "Ada must not know").unwrap();
    bob.hear_message("Ada must not know").await;
    let refused = ada.get(&path::room_messages(&appeared.id)).await;
    assert_eq!((refused.status, refused.problem().kind), (404, ProblemKind::RoomNotFound));
    ada.stop_listening();
    ada.listen_anywhere().await;
    portal.webex().reply_as_staff(GRACE, &webex_room, "Nor this").unwrap();
    bob.hear_message("Nor this").await;
    assert!(!ada.heard_bytes().contains("Ada must not know") && !ada.heard_bytes().contains("Nor this"));

    // And comes back with the room.
    staff.add(&webex_room, person_id.as_str()).await;
    let back = hear_room(&mut ada).await;
    assert_eq!((&back.id, back.is_closed), (&appeared.id, false));
    portal.webex().reply_as_staff(GRACE, &webex_room, "There you are").unwrap();
    ada.hear_message("There you are").await;
}

#[tokio::test]
async fn a_guest_put_out_of_a_room_while_they_do_not_listen_reads_nothing_more_of_it() {
    let portal = start().await;
    let (mut ada, mut bob) = (guest_at(&portal, "guests", "Ada").await, guest_at(&portal, "guests", "Bob").await);
    let staff = Staff::new(&portal, GRACE);
    let webex_room = staff.make_room("Kitchen plans").await;
    let membership = staff.add(&webex_room, ada.vouched().await.as_str()).await;
    staff.add(&webex_room, bob.vouched().await.as_str()).await;
    let room_id = hear_room(&mut ada).await.id;
    hear_room(&mut bob).await;
    ada.messages_in(&room_id).await;
    ada.stop_listening();
    let guest_id = ada.session().await.json::<Session>().guest_id;
    portal.until("the stream to end", async || (!portal.app().hub.is_guest_watching(&guest_id)).then_some(())).await;
    staff.remove(&membership).await;
    portal.webex().reply_as_staff(GRACE, &webex_room, "Ada must not know").unwrap();
    bob.hear_message("Ada must not know").await;

    for path in [path::room_messages(&room_id), path::room_members(&room_id)] {
        let refused = ada.get(&path).await;
        assert_eq!((refused.status, refused.problem().kind), (404, ProblemKind::RoomNotFound));
    }
    assert_eq!(ada.rooms().await, []);
    assert_eq!(bob.messages_in(&room_id).await.items.len(), 1);
}

#[tokio::test]
async fn a_guest_with_a_space_is_found_in_other_rooms_too() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "demo", "Ada").await;
    ada.say("Hello").await;
    ada.hear_message("Hello").await;
    let staff = Staff::new(&portal, LINUS);
    let webex_room = staff.make_room("Returns").await;
    staff.add(&webex_room, ada.vouched().await.as_str()).await;
    let appeared = ada
        .hear_until("the other room", |event| match event {
            PortalEvent::RoomChanged { room } if room.title == "Returns" => Some(room.clone()),
            _ => None,
        })
        .await;
    portal.webex().reply_as_staff(LINUS, &webex_room, "It is here").unwrap();
    ada.hear_message("It is here").await;
    let mut titles: Vec<_> = ada.rooms().await.into_iter().map(|room| room.title).collect();
    titles.sort();
    assert_eq!(titles, ["Acme support", "Returns"]);
    ada.say_in(&appeared.id, &new_client_message_id(), "Thank you").await.json::<Pending>();
    ada.hear_message("Thank you").await;
    assert_eq!(portal.webex().messages(&webex_room).pop().unwrap().text, "Thank you");
}

#[tokio::test]
async fn a_bot_alone_offers_meetings_through_the_other_cloud_and_nothing_else() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "counter", "Ada").await;
    let room = ada.rooms().await.remove(0);
    assert_eq!((&*room.title, room.can.write, room.can.files, room.can.meet), ("The counter", false, false, true));
    let refused = ada.say_in(&room.id, &new_client_message_id(), "Hello").await;
    assert_eq!(refused.problem().kind, ProblemKind::RoomNotFound);
    let refused = ada.send_file_as(&new_client_message_id(), &TestFile::text("x.txt", "x"), "").await;
    assert_eq!(refused.problem().kind, ProblemKind::RoomNotFound);
    assert_eq!(portal.spool(), [""; 0]);
    meet(&portal, &mut ada, HEDY).await;
    assert_eq!((portal.requests("POST", "/gov/api/v2/joseencrypt").len(), portal.requests("POST", "/api/v2/joseencrypt").len()), (1, 0));
    assert!(portal.minted(true)[0].contains("/gov/"), "{:?}", portal.minted(true));
    let page = ada.messages().await;
    assert_eq!((page.items.len(), page.visits.len()), (0, 1));
    assert_eq!(ada.get(&path::room_members(&room.id)).await.json::<MemberList>(), MemberList::default());
}

#[tokio::test]
async fn two_sites_in_one_browser_share_no_visit_and_no_file() {
    let portal = start().await;
    let mut at_demo = guest_at(&portal, "demo", "Ada").await;
    at_demo.send_file(&TestFile::text("mine.txt", "x"), "").await;
    let file = at_demo.hear_file("mine.txt").await;
    let visit = at_demo.ask_for_meeting().await;
    at_demo.hear_visit(&visit.id, VisitState::Ringing).await;
    for site in ["both", "tutorial", "own", "guests", "counter"] {
        let elsewhere = at_demo.tab_at(site);
        elsewhere.sign_in("Ada").await;
        for answer in [elsewhere.visit(&visit.id).await, elsewhere.cancel(&visit.id).await, elsewhere.join(&visit.id).await] {
            assert_eq!(answer.problem().kind, ProblemKind::VisitNotFound, "{site}");
        }
        assert_eq!(elsewhere.try_to_ask(&visit.room_id, None).await.problem().kind, ProblemKind::RoomNotFound, "{site}");
        assert_eq!(elsewhere.get(&path::room_messages(&visit.room_id)).await.problem().kind, ProblemKind::RoomNotFound, "{site}");
        assert_eq!(elsewhere.get(&path::room_members(&visit.room_id)).await.problem().kind, ProblemKind::RoomNotFound, "{site}");
        let ticket = elsewhere.ticket(&file.id, 0).await;
        assert!(ticket.status >= 400, "{site}: {ticket}");
    }
    assert_eq!(at_demo.cookies().len(), 12);
    assert_eq!(at_demo.download(&file.id, 0).await.bytes, b"x");
    assert_eq!(at_demo.visit(&visit.id).await.json::<shared::Visit>().state, VisitState::Ringing);
}

#[tokio::test]
async fn an_answer_in_a_thread_says_what_it_answers() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "demo", "Ada").await;
    ada.say("Where is it?").await;
    let question = ada.hear_message("Where is it?").await;
    portal.webex().reply_in_thread_as_staff(GRACE, question.id.as_str(), "On its way").unwrap();
    assert_eq!(ada.hear_message("On its way").await.parent_id, Some(question.id));
}

#[tokio::test]
async fn members_are_names_staff_first_and_none_of_the_portals_own() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "demo", "Ada").await;
    let room_id = ada.room_id().await;
    assert_eq!(ada.get(&path::room_members(&room_id)).await.json::<MemberList>(), MemberList::default(), "nobody yet");
    ada.say("Hello").await;
    ada.hear_message("Hello").await;
    let webex_room = portal.webex().room_titled("Ada").unwrap();
    // Staff may well let the bot in.
    Staff::new(&portal, GRACE).add(&webex_room.id, &portal.credentials.bot.person_id).await;

    let answer = ada.get(&path::room_members(&room_id)).await;

    let members = answer.json::<MemberList>().items;
    let seen: Vec<_> = members.iter().map(|member| (&*member.display_name, member.kind)).collect();
    assert_eq!(seen, [("Grace Hopper", AuthorKind::Staff), ("Linus Pauling", AuthorKind::Staff), ("Ada", AuthorKind::Guest)]);
    assert!(!answer.body.contains('@'), "{answer}");
}

#[tokio::test]
async fn a_claim_link_that_staff_paste_into_the_space_reaches_the_guest_without_its_token() {
    let portal = start().await;
    let mut ada = guest_at(&portal, "demo", "Ada").await;
    let visit = ada.ask_for_meeting().await;
    ada.hear_visit(&visit.id, VisitState::Ringing).await;
    let claim = portal.claim(GRACE, 1).await;
    portal.texts_in_webex("Ada · ", 2).await;
    let webex_room = portal.webex().room_titled("Ada · ").unwrap();
    let link = format!("{}{}", portal.base_url(), path::claim(&claim));
    portal.webex().reply_as_staff(GRACE, &webex_room.id, &format!("Take {link} please")).unwrap();
    portal.webex().reply_as_staff_in_markdown(GRACE, &webex_room.id, &format!("[this]({link}) or {link}")).unwrap();
    portal.webex().reply_as_staff(GRACE, &webex_room.id, "barrier").unwrap();
    ada.hear_message("barrier").await;
    let texts: Vec<_> = ada.messages().await.items.iter().map(|message| plain_text(&message.content)).collect();
    assert!(texts.iter().any(|text| text.starts_with("Take http")), "{texts:?}");
    let everything: String = ada.answers().iter().map(|answer| answer.body.clone()).chain([ada.heard_bytes()]).collect();
    assert!(everything.contains("/host/") && !everything.contains(&claim) && !everything.contains(&claim[..20]));
}

pub(crate) async fn hear_room(guest: &mut TestGuest) -> Room {
    guest
        .hear_until("a room", |event| match event {
            PortalEvent::RoomChanged { room } => Some(room.clone()),
            _ => None,
        })
        .await
}

/// What somebody of the staff does in their Webex app.
pub(crate) struct Staff {
    http: reqwest::Client,
    base: String,
    access_token: String,
}

impl Staff {
    pub(crate) fn new(portal: &TestPortal, email: &str) -> Self {
        let staff = portal.credentials.staff.iter().find(|staff| staff.email == email).unwrap();
        Self { http: reqwest::Client::new(), base: portal.credentials.api_base.clone(), access_token: staff.access_token.clone() }
    }

    pub(crate) async fn make_room(&self, title: &str) -> String {
        self.post("rooms", &serde_json::json!({ "title": title })).await
    }

    /// Lets somebody into a room; answers the membership.
    pub(crate) async fn add(&self, room_id: &str, person_id: &str) -> String {
        self.post("memberships", &serde_json::json!({ "roomId": room_id, "personId": person_id })).await
    }

    async fn remove(&self, membership_id: &str) {
        let url = format!("{}/memberships/{membership_id}", self.base);
        let answer = self.http.delete(url).bearer_auth(&self.access_token).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    async fn post(&self, path: &str, body: &serde_json::Value) -> String {
        let request = self.http.post(format!("{}/{path}", self.base)).bearer_auth(&self.access_token).json(body);
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}
