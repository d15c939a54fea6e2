//! The recipes of docs/meetings.md, taken out of it and followed as they are written.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use sandbox::Credentials;
use serde_json::{Value, json};
use server::{hours::Hours, visits::as_word};
use shared::{SiteId, SiteProfile, Timestamp, Visit, VisitId, VisitState, path};
use tests::{
    portal::{GRACE, TestPortal},
    processes::Processes,
    receiver::Receiver,
    recipe::{Recipe, Terminal, chapter, commands, document, renamed},
};

use crate::visits::LINUS;

const MARIA: &str = "maria@sandbox.example";
const HEDY: &str = "hedy@gov.sandbox.example";

/// Where the documents keep secrets.
const SECRETS: &str = "/etc/guest-portal";

/// What the recipes call things, and what they are here. The one place where anything in them is changed.
fn names(terminal: &Terminal, receiver: &Receiver, sandbox_url: &str, portal_url: &str) -> Vec<(&'static str, String)> {
    vec![
        ("http://127.0.0.1:8081", sandbox_url.to_owned()),
        ("https://chat.example.com", portal_url.to_owned()),
        ("https://hooks.example.com", receiver.base_url()),
        (SECRETS, terminal.folder().display().to_string()),
        ("ann@example.com", GRACE.to_owned()),
        ("ben@example.com", LINUS.to_owned()),
        ("cora@example.com", MARIA.to_owned()),
        ("ann@agency.example.gov", HEDY.to_owned()),
    ]
}

/// Time moves by itself while these tests wait: what takes minutes in a recipe takes hours then.
const IN_HOURS: [(&str, &str); 4] = [
    ("ring_secs = 600\n", "ring_secs = 82800\nlink_minutes = 1440\n"),
    ("ring_secs = 900\nlink_minutes = 60\n", "ring_secs = 82800\nlink_minutes = 1440\n"),
    ("escalate_secs = 120\n", "escalate_secs = 3600\n"),
    ("topics = [\"Permits\"", "ring_secs = 82800\nlink_minutes = 1440\ntopics = [\"Permits\""),
];

/// Both processes, and what somebody has who followed a recipe up to where the portal runs.
struct Followed {
    processes: Processes,
    terminal: Terminal,
    receiver: Receiver,
    recipe: Recipe,
    names: Vec<(&'static str, String)>,
    /// What the commands printed.
    said: Vec<String>,
}

impl Followed {
    async fn up_to_the_start(heading: &str) -> Self {
        let (mut terminal, receiver) = (Terminal::open(), Receiver::start().await);
        let mut processes = tokio::task::block_in_place(Processes::prepare);
        terminal.connect(processes.sandbox_url(), &processes.data_dir());
        let names = names(&terminal, &receiver, processes.sandbox_url(), &processes.portal_url());
        let recipe = Recipe::read(heading, &names);
        terminal.write("guest-portal.toml", &recipe.configuration);
        let said = type_all(&terminal, &recipe.before).await;
        processes.configure(&recipe.configuration);
        tokio::task::block_in_place(|| processes.start_portal());
        Self { processes, terminal, receiver, recipe, names, said }
    }

    async fn ask_sandbox(&self, path: &str) -> Value {
        json_at(&format!("{}{path}", self.processes.sandbox_url()), None).await
    }

    /// What the simulator lists of meetings, without those by which `check` proves that links are made.
    async fn of_meetings(&self, path: &str) -> Vec<Value> {
        let list = self.ask_sandbox(path).await;
        let is_proof = |entry: &&Value| entry["subject"].as_str().unwrap().starts_with("gp-check-");
        list.as_array().unwrap().iter().filter(|entry| !is_proof(entry)).cloned().collect()
    }

    /// The links that Webex has made, oldest first, of one request the hosts' first.
    async fn minted(&self) -> Vec<String> {
        let links = self.of_meetings("/sandbox/links").await;
        links.iter().map(|link| link["url"].as_str().unwrap().to_owned()).collect()
    }

    async fn assert_nothing_odd(&self) {
        let entries = self.of_meetings("/sandbox/broker").await;
        assert!(!entries.is_empty());
        for entry in entries {
            assert_eq!((&entry["lints"], &entry["status"]), (&json!([]), &json!(200)), "{entry}");
        }
    }

    /// What others wrote to a member of staff one to one, as Webex tells them, oldest first.
    async fn read_by(&self, staff: &str) -> Vec<String> {
        let credentials: Credentials = serde_json::from_value(self.ask_sandbox("/sandbox/credentials.json").await).unwrap();
        let of_both = [(&credentials.api_base, &credentials.staff), (&credentials.government.api_base, &credentials.government.staff)];
        let mut people = of_both.into_iter().flat_map(|(base, staff)| staff.iter().map(move |person| (base, person)));
        let (base, person) = people.find(|(_, person)| person.email == staff).unwrap();
        let rooms = json_at(&format!("{base}/rooms?type=direct"), Some(&person.access_token)).await;
        let mut texts = Vec::new();
        for room in rooms["items"].as_array().unwrap() {
            let url = format!("{base}/messages?roomId={}", room["id"].as_str().unwrap());
            let messages = json_at(&url, Some(&person.access_token)).await;
            let others = messages["items"].as_array().unwrap().iter().rev().filter(|message| message["personEmail"] != staff);
            texts.extend(others.map(|message| message["text"].as_str().unwrap_or_default().to_owned()));
        }
        texts
    }

    async fn until<T>(&self, what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
        // Nobody's clock but real time: that of this visitor is its own.
        self.processes.visitor("nobody").until(what, look).await
    }

    async fn reads(&self, staff: &str, words: &str) -> String {
        let what = format!("{staff} to read: {words}");
        self.until(&what, async || self.read_by(staff).await.into_iter().find(|text| text.contains(words))).await
    }
}

async fn type_all(terminal: &Terminal, blocks: &[String]) -> Vec<String> {
    let mut said = Vec::new();
    for block in blocks {
        said.push(terminal.type_in(block).await);
    }
    said
}

async fn json_at(url: &str, token: Option<&str>) -> Value {
    let request = reqwest::Client::builder().no_proxy().build().unwrap().get(url);
    let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
    let response = request.send().await.unwrap().error_for_status().unwrap_or_else(|error| panic!("{error}"));
    response.json().await.unwrap()
}

async fn page_at(url: &str) -> String {
    let response = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{url}");
    response.text().await.unwrap()
}

/// The addresses in what a command printed that begin so.
fn links<'a>(printed: &'a str, begin: &str) -> Vec<&'a str> {
    printed.split(|c: char| c.is_whitespace() || "\"[],".contains(c)).filter(|word| word.starts_with(begin)).collect()
}

fn word_after<'a>(printed: &'a str, label: &str) -> &'a str {
    printed.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_else(|| panic!("{label} in {printed}")).trim()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recipe_of_a_contact_desk_works_as_it_is_written() {
    let desk = Followed::up_to_the_start("## Recipe 1").await;
    assert!(desk.said[0].contains("site acme (Acme support)") && !desk.said[0].contains("WRONG"), "{}", desk.said[0]);

    let printed = desk.terminal.type_in(&desk.recipe.after[0]).await;

    let opened = links(&printed, desk.processes.sandbox_url());
    assert_eq!(opened, desk.minted().await);
    assert_eq!(opened.len(), 2);
    for url in opened {
        page_at(url).await;
    }
    assert!(printed.contains(&format!("<a href=\"{}/s/acme\"", desk.processes.portal_url())), "{printed}");
    let profile: SiteProfile = desk.processes.visitor("acme").get(path::SITE).await.json();
    assert_eq!((&*profile.name, profile.is_simulated), ("Acme support", true));
    desk.assert_nothing_odd().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_labs_inputs_give_links_that_open_whichever_way_they_are_asked_for() {
    let desk = Followed::up_to_the_start("## Recipe 1").await;
    let text = renamed(&document("docs/meetings.md"), &desk.names);
    let mut all = Vec::new();
    for way in ["### On the command line", "### From the portal, by HTTP", "### From Webex, with curl"] {
        let blocks = commands(&chapter(&text, way));
        assert!(!blocks.is_empty(), "{way}");
        let printed = type_all(&desk.terminal, &blocks).await.concat();
        let opened = links(&printed, desk.processes.sandbox_url());
        assert_eq!(opened.len(), 2, "{way}: {printed}");
        for url in opened {
            assert!(page_at(url).await.contains("data-vertical=\"gen\" data-login=\"skipped\""), "{way}");
            all.push(url.to_owned());
        }
    }
    let mut minted = desk.minted().await;
    // The members of an answer stand in no order.
    all.sort();
    minted.sort();
    assert_eq!(all, minted);
    let meetings = desk.of_meetings("/sandbox/meetings").await;
    assert_eq!((&meetings[0]["subject"], meetings.len()), (&json!("Test meeting."), 1), "{meetings:?}");
    desk.assert_nothing_odd().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recipe_of_a_clinic_works_as_it_is_written() {
    let mut clinic = Followed::up_to_the_start("## Recipe 2").await;
    assert!(clinic.said.last().unwrap().contains("site clinic (Riverside clinic)"), "{:?}", clinic.said);

    let printed = clinic.terminal.type_in(&clinic.recipe.after[0]).await;

    let url = word_after(&printed, "Guest's link:").to_owned();
    assert!(word_after(&printed, "When:").ends_with("10:00 (Europe/Berlin)"), "{printed}");
    // A running portal sees it within a minute, one that starts at once.
    tokio::task::block_in_place(|| clinic.processes.kill_and_start_portal());
    clinic.until("the appointment to be told", async || (clinic.receiver.kinds() == ["ping", "visit.scheduled"]).then_some(())).await;
    let secret = clinic.terminal.read("webhook-secret");
    let told = clinic.receiver.taken();
    assert!(told.iter().all(|delivery| delivery.is_signed_with(secret.trim())), "{told:?}");
    let data = told[1].data();
    assert_eq!((&data["guest_name"], &data["guest_email"]), (&json!("Ada Lovelace"), &json!("ada@example.com")));
    assert!(data["starts_at"].is_string() && data["visit_id"] == word_after(&printed, "Visit:"), "{data}");
    clinic.reads(GRACE, "Ada Lovelace has an appointment for a meeting (Riverside clinic).").await;
    assert!(page_at(&url).await.contains("Your meeting with <bdi>Riverside clinic</bdi>"));
    let minted = clinic.minted().await;
    assert_eq!(minted.len(), 3, "a host, the patient and a relative");
    assert!(page_at(&minted[0]).await.contains("data-vertical=\"hc\" data-login=\"offered\""));
    assert!(page_at(&minted[2]).await.contains("data-vertical=\"hc\" data-login=\"skipped\""));
    let claims = &clinic.of_meetings("/sandbox/broker").await[0]["ciphers"][0]["claims"];
    assert_eq!(claims["flow"]["data"], json!([{ "uri": "ward-3@example.rooms.webex.com" }]), "{claims}");
    clinic.assert_nothing_odd().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recipe_of_a_scheduled_consultation_works_as_it_is_written() {
    let advice = Followed::up_to_the_start("## Recipe 3").await;
    let [by_hand, by_program, looks, calls_off] = &advice.recipe.after[..] else { panic!("{:?}", advice.recipe.after) };

    let printed = advice.terminal.type_in(by_hand).await;
    advice.terminal.type_in(by_program).await;

    let (key, ids) = (
        advice.terminal.variable("KEY").await,
        [VisitId::new(word_after(&printed, "Visit:")), VisitId::new(advice.terminal.variable("VISIT").await)],
    );
    let state = async |id: &VisitId| {
        let url = format!("{}{}", advice.processes.portal_url(), path::BOOKING.replace("{visit_id}", id.as_str()));
        json_at(&url, Some(&key)).await["state"].as_str().unwrap().to_owned()
    };
    for id in &ids {
        advice.until("the visit to be scheduled", async || (state(id).await == as_word(VisitState::Scheduled)).then_some(())).await;
    }
    let shown = advice.terminal.type_in(looks).await;
    assert!(shown.contains("\"state\":\"scheduled\""), "{shown}");
    let page = advice.terminal.read("page.html");
    assert!(page.contains("Your meeting with <bdi>Tax advice</bdi>") && page.contains("I cannot come"), "{page}");
    let file = advice.terminal.read("meeting.ics").replace("\r\n ", "");
    let guest_url = advice.terminal.variable("GUEST_URL").await;
    assert!(file.contains("STATUS:CONFIRMED") && file.contains("T130000Z") && file.contains(&guest_url), "{file}");
    advice.reads(LINUS, "Ada Lovelace has an appointment for a meeting (Tax advice).").await;
    advice.reads(GRACE, "Ada Lovelace has an appointment for a meeting (Tax advice).").await;
    advice.reads(GRACE, "Alan Turing has an appointment for a meeting (Tax advice).").await;
    assert_eq!(advice.read_by(LINUS).await.len(), 1, "only Ann is asked for the other one");
    assert_eq!(advice.minted().await.len(), 4);

    let said = advice.terminal.type_in(calls_off).await;

    assert!(said.contains("\"state\":\"cancelled\""), "{said}");
    advice.reads(GRACE, "Alan Turing asked for a meeting (Tax advice). It was taken back.").await;
    assert!(page_at(&guest_url).await.contains("This meeting was called off."));
    assert!(page_at(&format!("{guest_url}/meeting.ics")).await.contains("STATUS:CANCELLED"));
    assert_eq!(state(&ids[0]).await, as_word(VisitState::Scheduled));
    advice.assert_nothing_odd().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recipe_of_the_government_cloud_works_as_it_is_written() {
    let city = Followed::up_to_the_start("## Recipe 4").await;

    let opened = links(&city.said[0], city.processes.sandbox_url());
    assert_eq!((opened.len(), &opened), (2, &city.minted().await.iter().map(String::as_str).collect::<Vec<_>>()));
    for url in opened {
        assert!(url.starts_with(&format!("{}/gov/visit/", city.processes.sandbox_url())), "{url}");
        page_at(url).await;
    }
    let agency = city.ask_sandbox("/sandbox/credentials.json").await["government"]["organisation"]["uuid"].clone();
    assert!(city.of_meetings("/sandbox/broker").await.iter().all(|entry| entry["organisation"] == agency));

    let ada = city.processes.visitor("city");
    ada.sign_in("Ada Lovelace").await;
    let room = ada.rooms().await.remove(0);
    assert_eq!((room.can.write, room.can.leave_note), (false, true));
    let note = json!({ "room_id": room.id, "text": "Please call me: 555 0100" });
    assert_eq!(ada.post(path::NOTES, note).await.status, 202);
    let told = city.reads(HEDY, "Ada Lovelace left a message (City services).").await;
    assert!(told.contains("Please call me: 555 0100"), "{told}");
    city.assert_nothing_odd().await;
}

/// A portal by a clock that tests move, with a recipe's sites.
async fn by_the_clock(recipe: &Recipe) -> TestPortal {
    let slow = IN_HOURS.iter().fold(recipe.sites(), |sites, (before, after)| sites.replace(before, after));
    TestPortal::start_with_sites(&slow).await
}

/// The names of recipes where their commands are not typed.
fn read_recipe(heading: &str, terminal: &Terminal, receiver: &Receiver) -> Recipe {
    Recipe::read(heading, &names(terminal, receiver, "http://127.0.0.1:1", "http://127.0.0.1:1"))
}

fn hours_of(portal: &TestPortal, site: &str) -> Hours {
    portal.app().config.site(&SiteId::new(site)).unwrap().hours.clone().unwrap()
}

/// Moves the time to where the site is closed, or has just opened, whatever it is now.
fn wait_until(portal: &TestPortal, hours: &Hours, is_open: bool) {
    for _ in 0..4 {
        let now = portal.clock.now();
        let standing = hours.at(now);
        let changes_at = standing.changes_at.unwrap();
        let has_just_changed = hours.at(now.plus_millis(-60_000)).is_open != standing.is_open;
        if standing.is_open == is_open && has_just_changed {
            return;
        }
        portal.advance(Duration::from_millis(u64::try_from(changes_at.as_millis() - now.as_millis()).unwrap() + 1000));
    }
    panic!("{:?}", hours.at(portal.clock.now()));
}

fn text_of(portal: &TestPortal, staff: &str) -> String {
    portal.bot_messages(staff).iter().map(|message| message.text.clone() + "\n").collect()
}

async fn until_reads(portal: &TestPortal, staff: &str, words: &str) {
    portal.until(&format!("{staff} to read: {words}"), async || text_of(portal, staff).contains(words).then_some(())).await;
}

#[tokio::test]
async fn a_contact_desk_goes_by_its_hours_and_duty_lists() {
    let (terminal, receiver) = (Terminal::open(), Receiver::start().await);
    let portal = by_the_clock(&read_recipe("## Recipe 1", &terminal, &receiver)).await;
    let hours = hours_of(&portal, "acme");
    let christmas = "2030-12-25T10:00:00+01:00".parse::<jiff::Timestamp>().unwrap();
    assert!(!hours.at(Timestamp::from_millis(christmas.as_millisecond())).is_open, "a Wednesday");
    wait_until(&portal, &hours, false);
    let bob = portal.visitor().tab_at("acme");
    bob.sign_in("Bob").await;
    let closed = bob.rooms().await.remove(0);
    let away = closed.away.unwrap();
    assert_eq!(away.text.as_deref(), Some("We are at home now. Write to us, and we answer in the morning."));
    assert!(away.until.is_some() && closed.can.write && !closed.can.meet);

    wait_until(&portal, &hours, true);
    let mut ada = portal.visitor().tab_at("acme");
    ada.sign_in("Ada Lovelace").await;
    ada.listen().await;
    let visit = ada.ask_about("Sales").await;
    ada.hear_visit(&visit.id, VisitState::Ringing).await;
    portal.claim(GRACE, 1).await;
    assert!(text_of(&portal, GRACE).contains("Ada Lovelace asks for a meeting about Sales (Acme support)."), "{}", text_of(&portal, GRACE));
    assert_eq!((text_of(&portal, LINUS), text_of(&portal, MARIA)), (String::new(), String::new()));

    portal.advance(Duration::from_secs(3601));

    let (bens, coras) = (portal.claim(LINUS, 1).await, portal.claim(MARIA, 1).await);
    assert!(text_of(&portal, LINUS).contains("Nobody has taken it yet."), "{}", text_of(&portal, LINUS));
    let first = portal.take_it(&bens).await;
    let claimed = ada.hear_visit(&visit.id, VisitState::Claimed).await;
    assert_eq!((claimed.staff_name.as_deref(), claimed.join_url.is_some()), (Some("Linus Pauling"), true));
    until_reads(&portal, GRACE, "Linus Pauling took it.").await;
    assert!(portal.look_at(&coras).await.body.contains("Join as a further host"));
    assert_ne!(portal.take_it(&coras).await, first);
    ada.join(&visit.id).await.json::<Visit>();
    assert_eq!(portal.end(&bens).await.status, 204);
    ada.hear_visit(&visit.id, VisitState::Ended).await;
    until_reads(&portal, LINUS, "It is over.").await;
    assert_eq!((portal.subjects().len(), portal.webex().broker_lints()), (1, Vec::new()));
}

#[tokio::test]
async fn a_clinic_reminds_lets_a_relative_in_and_offers_the_doctor_to_log_in() {
    let (mut terminal, receiver) = (Terminal::open(), Receiver::start().await);
    let recipe = read_recipe("## Recipe 2", &terminal, &receiver);
    terminal.type_in(&recipe.before[0]).await;
    let portal = by_the_clock(&recipe).await;
    terminal.connect(&portal.webex().base_url(), &portal.data_dir());
    terminal.write("guest-portal.toml", &recipe.configuration);
    let printed = type_all(&terminal, &recipe.after).await.concat();
    let (id, clinic) = (VisitId::new(word_after(&printed, "Visit:")), portal.app().config.site(&SiteId::new("clinic")).unwrap().clone());
    let row = || portal.app().visits.of_site(&clinic, &id).unwrap();
    portal.until("the appointment", async || (row().state == VisitState::Scheduled).then_some(())).await;
    portal.claim(GRACE, 1).await;

    let until_near = row().starts_at.unwrap().as_millis() - portal.clock.now().as_millis() - 14 * 60_000;
    portal.advance(Duration::from_millis(u64::try_from(until_near).unwrap()));

    let claim = portal.claim(GRACE, 2).await;
    until_reads(&portal, GRACE, "Ada Lovelace will be there soon for a meeting (Riverside clinic).").await;
    portal.until("the reminder", async || receiver.kinds().iter().any(|kind| kind == "visit.reminder").then_some(())).await;
    assert_eq!(receiver.kinds(), ["ping", "visit.scheduled", "visit.reminder"]);
    let host = portal.take_it(&claim).await;
    assert!(page_at(&host).await.contains("data-vertical=\"hc\" data-login=\"offered\""));
    let token = word_after(&printed, "Guest's link:").rsplit('/').next().unwrap();
    let patient = portal.visitor();
    let page = patient.send(patient.bare_request(Method::GET, &path::appointment(token))).await;
    for words in ["Grace Hopper is waiting for you.", "Join now", "Copy a link for somebody else (1)"] {
        assert!(page.body.contains(words), "{page}");
    }
    let joined: Value = patient.send(patient.request(Method::POST, &format!("{}/join", path::appointment(token)))).await.json();
    assert!(page_at(joined["url"].as_str().unwrap()).await.contains("data-vertical=\"hc\" data-login=\"skipped\""));
    assert_eq!(portal.webex().broker_lints(), [""; 0]);
}

#[tokio::test]
async fn the_government_site_goes_by_its_hours_and_meets_in_its_own_cloud() {
    let (terminal, receiver) = (Terminal::open(), Receiver::start().await);
    let portal = by_the_clock(&read_recipe("## Recipe 4", &terminal, &receiver)).await;
    let hours = hours_of(&portal, "city");
    wait_until(&portal, &hours, false);
    let bob = portal.visitor().tab_at("city");
    bob.sign_in("Bob").await;
    let closed = bob.rooms().await.remove(0);
    assert_eq!(closed.away.unwrap().text.as_deref(), Some("City Hall is closed. Leave a message, and we call you back."));
    assert!(!closed.can.meet && closed.can.leave_note);

    wait_until(&portal, &hours, true);
    let mut ada = portal.visitor().tab_at("city");
    ada.sign_in("Ada Lovelace").await;
    ada.listen().await;
    let visit = ada.ask_about("Permits").await;
    ada.hear_visit(&visit.id, VisitState::Ringing).await;
    let host = portal.take_it(&portal.claim(HEDY, 1).await).await;
    let joins = ada.hear_visit(&visit.id, VisitState::Claimed).await.join_url.unwrap();
    for url in [host, joins] {
        assert!(url.starts_with(&format!("{}/gov/visit/", portal.webex().base_url())), "{url}");
        page_at(&url).await;
    }
    assert_eq!(portal.webex().broker_lints(), [""; 0]);
}
