//! Two sites with three guests each, who have one of everything, and all who may try the others' ids.

use std::collections::BTreeMap;

use reqwest::{RequestBuilder, multipart};
use sandbox::Fault;
use secrecy::ExposeSecret;
use server::visits::NewAppointment;
use shared::{Delivery, FileTicket, MessageId, RoomId, Session, SiteId, VisitState, path};
use tests::{
    answer::Answer,
    guest::{TestGuest, new_client_message_id},
    portal::{GRACE, TestPortal},
};

use super::{
    ids::{Id, Kind},
    routes::{For, Route},
};
use crate::automation::make_key_of;

const MARIA: &str = "maria@sandbox.example";
const SITES: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440

[[site]]
id = "shop"
name = "Acme shop"
staff = ["maria@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
"#;
const GUESTS: [(&str, &str); 6] = [("Ada", "demo"), ("Bea", "demo"), ("Cleo", "demo"), ("Dora", "shop"), ("Enid", "shop"), ("Fay", "shop")];

/// A guest, and what is theirs.
pub(super) struct Owner {
    pub(super) name: &'static str,
    pub(super) site: &'static str,
    pub(super) browser: TestGuest,
    pub(super) room: RoomId,
    pub(super) said: MessageId,
    pub(super) visit: String,
    with_file: MessageId,
    claim: String,
}

impl Owner {
    async fn ticket(&self) -> FileTicket {
        self.browser.ticket(&self.with_file, 0).await.json()
    }
}

/// Somebody who tries.
pub(super) struct Asker {
    pub(super) name: String,
    browser: TestGuest,
    /// A `Cookie` header of one's own making.
    cookies: Option<String>,
    key: Option<String>,
    /// Whom the portal takes them for: one of the guests, or nobody.
    pub(super) guest: Option<usize>,
    /// Of which site the key is.
    pub(super) program_of: Option<&'static str>,
    /// Comes to a site with another one's cookies.
    pub(super) is_disguised: bool,
    /// Where the asker writes.
    room: RoomId,
    message: MessageId,
}

pub(super) struct World {
    pub(super) portal: TestPortal,
    pub(super) owners: Vec<Owner>,
    pub(super) askers: Vec<Asker>,
    pub(super) ids: Vec<Id>,
}

impl World {
    pub(super) async fn start() -> Self {
        let portal = TestPortal::start_with_sites(SITES).await;
        let (mut owners, mut ids) = (Vec::new(), Vec::new());
        for (number, (name, site)) in GUESTS.into_iter().enumerate() {
            let (owner, theirs) = owner(&portal, name, site, number).await;
            owners.push(owner);
            ids.extend(theirs);
        }
        for (number, (_, site)) in GUESTS.into_iter().enumerate().step_by(2) {
            let invitation = invite(&portal, site).await;
            ids.push(Id { kind: Kind::Invitation, owner: number, value: invitation });
        }
        let mut askers = askers(&portal, &owners);
        for site in ["demo", "shop"] {
            let key = make_key_of(&portal, site, "crm", "visits").await;
            let program = asker(&format!("a program of {site}"), portal.visitor(), &owners[0], None);
            askers.push(Asker { key: Some(key), program_of: Some(site), ..program });
        }
        Self { portal, owners, askers, ids }
    }

    /// A way to the file in an owner's room.
    pub(super) async fn fresh_ticket(&self, owner: usize) -> Id {
        Id { kind: Kind::Ticket, owner, value: part_of(&self.owners[owner].ticket().await) }
    }

    /// What there is to be seen and to be lost, as its owners see it.
    pub(super) async fn possessions(&self) -> Vec<String> {
        let mut seen = Vec::new();
        for owner in &self.owners {
            let guest = &owner.browser;
            let rooms = serde_json::to_string(&guest.rooms().await).unwrap();
            let messages = guest.get(&path::room_messages(&owner.room)).await;
            let members = guest.get(&path::room_members(&owner.room)).await;
            let visit = guest.get(&path::VISIT.replace("{visit_id}", &owner.visit)).await;
            let claim = guest.get(&path::CLAIM_VERSION.replace("{claim}", &owner.claim)).await;
            for answer in [&messages, &members, &visit, &claim] {
                assert_eq!(answer.status, 200, "{}: {answer}", owner.name);
            }
            seen.extend([rooms, messages.body, members.body, visit.body, claim.body]);
        }
        for id in self.ids.iter().filter(|id| id.kind == Kind::Invitation) {
            let visitor = self.portal.visitor();
            seen.push(visitor.get(&path::APPOINTMENT_VERSION.replace("{invitation}", &id.value)).await.body);
        }
        let rooms = self.portal.webex().rooms().into_iter();
        seen.extend(rooms.map(|room| {
            format!("{}: {} members, {} messages", room.title, room.members.len(), self.portal.webex().messages(&room.id).len())
        }));
        let database = rusqlite::Connection::open(self.portal.data_dir().join("guest-portal.db")).unwrap();
        for table in ["guest", "session", "conversation", "outbox", "visit", "claim", "invitation", "audit"] {
            let count: i64 = database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
            seen.push(format!("{table}: {count}"));
        }
        seen
    }
}

impl Asker {
    pub(super) fn may_use(&self, route: &Route) -> bool {
        self.key.is_some() == (route.whom == For::Programs)
    }

    pub(super) async fn ask(&self, route: &Route, id: &str) -> Answer {
        let fill = |text: &str| {
            let text = text.replace("{room}", self.room.as_str()).replace("{message}", self.message.as_str());
            text.replace("{new}", new_client_message_id().as_str()).replace("{id}", id)
        };
        let mut request = self.request(route, &fill(route.path));
        if route.is_form {
            let file = multipart::Part::text("A note.").file_name("notes.txt").mime_str("text/plain").unwrap();
            request = request.multipart(multipart::Form::new().text("message", fill(route.json)).part("file", file));
        } else if !route.json.is_empty() {
            request = request.header("content-type", "application/json").body(fill(route.json));
        }
        self.browser.send(request).await
    }

    fn request(&self, route: &Route, path: &str) -> RequestBuilder {
        if let Some(key) = &self.key {
            return self.browser.bare_request(route.method.clone(), path).bearer_auth(key);
        }
        let request = self.browser.request(route.method.clone(), path);
        match &self.cookies {
            Some(cookies) => request.header("cookie", cookies),
            None => request,
        }
    }
}

/// What an answer says, but for what differs by request.
pub(super) fn told(answer: &Answer, asked: &str) -> (u16, BTreeMap<String, String>, String) {
    let nonce =
        answer.header("content-security-policy").split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).map(|(nonce, _)| nonce);
    let plain = |text: &str| {
        let text = text.replace(answer.header("x-request-id"), "(request)").replace(asked, "(asked)");
        nonce.map_or_else(|| text.clone(), |nonce| text.replace(nonce, "(nonce)"))
    };
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| (name.to_string(), plain(value.to_str().unwrap()))).collect();
    (answer.status, headers, plain(&answer.body))
}

fn askers(portal: &TestPortal, owners: &[Owner]) -> Vec<Asker> {
    let mut askers = Vec::new();
    for (number, owner) in owners.iter().enumerate() {
        let other_site = if owner.site == "demo" { "shop" } else { "demo" };
        let tab = || owner.browser.other_tab();
        askers.push(asker(owner.name, tab(), owner, Some(number)));
        let elsewhere = format!("{} with the cookies of {} at {other_site}", owner.name, owner.site);
        askers.push(Asker { is_disguised: true, ..asker(&elsewhere, owner.browser.tab_at(other_site), owner, None) });
        let cookies = owner.browser.cookies();
        let renamed = cookies.iter().map(|(name, value)| format!("{}={value}", name.replace(owner.site, other_site)));
        let renamed = renamed.collect::<Vec<_>>().join("; ");
        let elsewhere = format!("{} with those cookies under the other site's name", owner.name);
        askers.push(Asker {
            is_disguised: true,
            cookies: Some(renamed),
            ..asker(&elsewhere, portal.visitor().tab_at(other_site), owner, None)
        });
    }
    for site in ["demo", "shop"] {
        askers.push(asker(&format!("nobody at {site}"), portal.visitor().tab_at(site), &owners[0], None));
    }
    askers
}

fn asker(name: &str, browser: TestGuest, owner: &Owner, guest: Option<usize>) -> Asker {
    let (room, message) = (owner.room.clone(), owner.said.clone());
    Asker { name: name.to_owned(), browser, cookies: None, key: None, guest, program_of: None, is_disguised: false, room, message }
}

async fn owner(portal: &TestPortal, name: &'static str, site: &'static str, number: usize) -> (Owner, Vec<Id>) {
    let staff = if site == "demo" { GRACE } else { MARIA };
    let mut browser = portal.visitor().tab_at(site);
    browser.sign_in(name).await;
    browser.listen().await;
    browser.say("Hello").await;
    let said = browser.hear_message("Hello").await.id;
    let webex_room = portal.webex().room_titled(&format!("{name} · ")).unwrap();
    let file = format!("offer-for-{name}.txt");
    let with_file = portal.webex().send_file_as_staff(staff, &webex_room.id, &file, "text/plain", b"An offer", None).unwrap();
    browser.hear_file(&file).await;
    portal.webex().add_fault(Fault::answer("POST", "/v1/messages", 403)).unwrap();
    let failed = browser.say("Never").await.client_message_id;
    browser.hear_delivery(&failed, Delivery::Failed).await;
    let visit = browser.ask_for_meeting().await;
    browser.hear_visit(&visit.id, VisitState::Ringing).await;
    let claim = portal.claim(staff, number % 3 + 1).await;
    browser.stop_listening();
    let room = browser.room_id().await;
    let with_file = MessageId::new(with_file.id);
    let owner = Owner { name, site, browser, room, said, visit: visit.id.to_string(), with_file, claim };
    let (used, ticket) = (owner.ticket().await, owner.ticket().await);
    assert_eq!(owner.browser.redeem(&used).await.bytes, b"An offer");
    let session: Session = owner.browser.session().await.json();
    let ids = [
        (Kind::Room, owner.room.to_string()),
        (Kind::Message, owner.said.to_string()),
        (Kind::Message, owner.with_file.to_string()),
        (Kind::ClientMessage, failed.to_string()),
        (Kind::Visit, owner.visit.clone()),
        (Kind::Claim, owner.claim.clone()),
        (Kind::Ticket, part_of(&ticket)),
        (Kind::UsedTicket, part_of(&used)),
        (Kind::Guest, session.guest_id.to_string()),
        (Kind::Person, session.person_id.unwrap().to_string()),
        (Kind::WebexRoom, webex_room.id),
    ];
    let ids = ids.map(|(kind, value)| Id { kind, owner: number, value }).into();
    (owner, ids)
}

/// What of its address is the ticket.
fn part_of(ticket: &FileTicket) -> String {
    ticket.url.rsplit('/').next().unwrap().to_owned()
}

/// The link of somebody whose meeting is tomorrow; it has no guest here.
async fn invite(portal: &TestPortal, site: &str) -> String {
    let new = NewAppointment {
        guest_name: "Gwen".into(),
        guest_email: None,
        topic: None,
        starts_at: portal.clock.now().plus_millis(24 * 60 * 60 * 1000),
        minutes: 30,
        staff: vec!["linus@sandbox.example".into()],
    };
    let site = portal.app().config.site(&SiteId::new(site)).unwrap().clone();
    let appointment = portal.app().visits.schedule(&site, new, format!("gp-{}", new_client_message_id())).await.unwrap();
    let token = appointment.guest_url.expose_secret().rsplit('/').next().unwrap().to_owned();
    let is_scheduled = async || (portal.app().visits.invitation(&token).unwrap()?.visit.state == VisitState::Scheduled).then_some(());
    portal.until("the appointment", is_scheduled).await;
    token
}
