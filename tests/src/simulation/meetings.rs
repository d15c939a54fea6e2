//! Meetings in the simulated world: guests ask, join, leave and take it back, staff take visits and end them, appointments
//! come near, while the power is cut, the clock is set and the broker fails. Whatever the history, a few things always hold.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use axum::body::{Body, to_bytes};
use fastrand::Rng;
use sandbox::{Fault, InstantConnect, Sandbox, SandboxConfig};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::{clock::Clock, store::ModelDisk, visits::NewAppointment};
use shared::{SiteId, VisitId, path};
use tempfile::TempDir;

use super::{
    Dice,
    process::{Door, Process},
};

const GUESTS: usize = 2;
const STAFF: [&str; 3] = ["grace@sandbox.example", "linus@sandbox.example", "maria@sandbox.example"];
const BROKER: &str = "/api/v2/joseencrypt";
const MAX_BYTES: usize = 1024 * 1024;

/// Everything is over this long after the last trouble: the ringing, the links, and the time for those who come late.
const OVER_WITHIN: Duration = Duration::from_secs(3 * 60 * 60);

/// What one history was, and what was wrong.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What people did.
    pub steps: usize,
    /// Visits there were.
    pub visits: usize,
    /// How often the power was cut.
    pub crashes: usize,
    /// How often somebody set the clock.
    pub clock_jumps: usize,
    /// Links that were given to somebody.
    pub links: usize,
    /// Visits by how they ended.
    pub ends: BTreeMap<String, usize>,
    /// Each is a promise that was broken.
    pub broken: Vec<String>,
}

/// Lives a history through.
pub fn live(seed: u64) -> Report {
    let _ = rustls::crypto::ring::default_provider().install_default();
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(World::live(seed))
}

/// A bot alone, which needs no feed; links that cost little to make.
fn sites(hosts: u16) -> String {
    format!(
        r#"
[webex.bot]
[[site]]
id = "demo"
name = "The counter"
conversation = "none"
staff = ["{}", "{}", "{}"]
[site.meetings]
staff = ["{}"]
hosts = {hosts}
ring_secs = 300
escalate_secs = 60
link_minutes = 20
remind_minutes = 2
[site.meetings.encryption]
key_wrapping = "PBES2-HS256+A128KW"
iterations = 1000
salt_bytes = 8
"#,
        STAFF[0], STAFF[1], STAFF[2], STAFF[0]
    )
}

pub(super) struct World {
    dice: Dice,
    pub(super) clock: Clock,
    pub(super) webex: Arc<Sandbox>,
    pub(super) process: Process,
    pub(super) hosts: usize,
    guests: Vec<Guest>,
    /// Every claim that staff were ever sent: whose it is, and its token.
    claims: Vec<(usize, String)>,
    /// Links of guests who were invited, and their visits.
    invitations: Vec<(VisitId, String)>,
    notes: Mutex<Notes>,
    _folder: TempDir,
}

/// A guest's browser.
struct Guest {
    cookies: Mutex<BTreeMap<String, String>>,
    room_id: Mutex<Option<String>>,
    /// Their visits, the latest last.
    visits: Mutex<Vec<VisitId>>,
}

/// What was seen so far.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) report: Report,
    pub(super) tracks: HashMap<VisitId, Track>,
}

#[derive(Default)]
pub(super) struct Track {
    /// When somebody was first told that it is over, and how.
    pub(super) over: Option<(Duration, String)>,
    /// Who of staff was given a host's link.
    pub(super) hosts: BTreeSet<usize>,
    /// What its meeting is called in Webex, by the links given out for it.
    pub(super) subjects: BTreeSet<String>,
}

/// An answer, and when it was asked for.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) json: Value,
    pub(super) asked_at: Duration,
    pub(super) asked_at_millis: i64,
}

impl World {
    async fn live(seed: u64) -> Report {
        let dice = Dice(Arc::new(Mutex::new(Rng::with_seed(seed))));
        let clock = Clock::simulated(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600));
        let sandbox_clock = clock.clone();
        let config = SandboxConfig { clock: sandbox::Clock::new(move || sandbox_clock.system_time()), ..SandboxConfig::loopback() };
        let webex = Arc::new(Sandbox::start(config).await.expect("the sandbox starts"));
        webex.switch_instant_connect(InstantConnect { is_strict: true, latency_ms: Some(0), ..InstantConnect::default() });
        let disk_dice = dice.clone();
        let disk = ModelDisk::new(clock.clone(), move || disk_dice.pause(5)).expect("a disk");
        let folder = TempDir::new().expect("a folder");
        let hosts = 1 + usize::from(dice.roll(|random| random.u8(..3) == 0));
        let sites = sites(u16::try_from(hosts).expect("there are few"));
        let process = Process::new(&sites, clock.clone(), webex.clone(), disk, folder.path().to_owned(), dice.clone());
        let guests = (0..GUESTS).map(|_| Guest { cookies: Mutex::default(), room_id: Mutex::default(), visits: Mutex::default() });
        let mut world = Self {
            dice,
            clock,
            webex,
            process,
            hosts,
            guests: guests.collect(),
            claims: Vec::new(),
            invitations: Vec::new(),
            notes: Mutex::default(),
            _folder: folder,
        };
        world.process.start().await;
        for guest in &world.guests {
            world.sign_in(guest).await;
        }
        let steps = world.dice.roll(|random| random.usize(8..28));
        for _ in 0..steps {
            world.step().await;
        }
        world.come_to_an_end().await;
        let mut notes = world.notes();
        notes.report.steps = steps;
        notes.report.clone()
    }

    /// Somebody does something, or something happens; sometimes two at once.
    async fn step(&mut self) {
        let (what, one, other) = self.dice.roll(|random| (random.u8(..100), random.u8(..), random.u8(..)));
        self.collect_claims();
        match what {
            0..60 => {
                self.act(one).await;
            }
            60..72 => {
                tokio::join!(self.act(one), self.act(other));
            }
            72..78 => self.arrange().await,
            78..84 => self.restart().await,
            84..90 => self.trouble(),
            90..93 => {
                self.notes().report.clock_jumps += 1;
                let by = self.dice.roll(|random| random.i64(-400_000..400_000));
                self.clock.set_time_of_day(by);
                self.glance();
            }
            _ => self.webex.clear_faults(),
        }
        let pause = self.dice.roll(|random| match random.u8(..10) {
            0..5 => Duration::from_millis(random.u64(..1500)),
            5..8 => Duration::from_secs(random.u64(..40)),
            8 => Duration::from_secs(random.u64(..300)),
            _ => Duration::from_secs(random.u64(..1800)),
        });
        self.clock.sleep(pause).await;
    }

    async fn act(&self, choice: u8) {
        let guest = &self.guests[usize::from(choice) % GUESTS];
        match choice / 8 % 16 {
            0..3 => self.ask_for_meeting(guest).await,
            3 => self.by_guest(guest, "DELETE", path::visit).await,
            4..7 => self.by_guest(guest, "POST", path::visit_join).await,
            7 => self.by_guest(guest, "POST", path::visit_leave).await,
            8 => self.by_guest(guest, "GET", path::visit).await,
            9..13 => self.take().await,
            13 => self.end().await,
            14 => self.by_invited("join").await,
            _ => {
                let step = self.dice.roll(|random| *random.choice(&["leave", "cancel", "version"]).expect("there are some"));
                self.by_invited(step).await;
            }
        }
    }

    async fn ask_for_meeting(&self, guest: &Guest) {
        let room_id = guest.room_id.lock().expect("nobody panics with it").clone();
        let Some(answer) = self.ask(Some(guest), "POST", path::VISITS, Some(json!({ "room_id": room_id }))).await else { return };
        if answer.status == 202 {
            let id = VisitId::new(answer.json["id"].as_str().expect("an id"));
            let mut visits = guest.visits.lock().expect("nobody panics with it");
            let is_new = !visits.contains(&id);
            if is_new {
                // One at a time: whoever has an open visit is given that one.
                let open = visits.last().filter(|last| !self.is_over(last)).cloned();
                if let Some(open) = open.filter(|open| self.state_of(open).is_some_and(|state| !is_over(&state))) {
                    self.broken(format!("a guest has two visits at once, {open} and {id}"));
                }
                visits.push(id);
                self.notes().report.visits += 1;
            }
            drop(visits);
            self.seen(&answer);
        } else if !matches!(answer.status, 409 | 422 | 429 | 503) {
            self.broken(format!("asking for a meeting is answered {}: {}", answer.status, answer.json));
        }
    }

    async fn by_guest(&self, guest: &Guest, method: &str, to: impl Fn(&VisitId) -> String) {
        let visits = guest.visits.lock().expect("nobody panics with it").clone();
        let Some(id) = visits.last() else { return };
        let Some(answer) = self.ask(Some(guest), method, &to(id), None).await else { return };
        match answer.status {
            200 => self.seen(&answer),
            409 => {}
            status => self.broken(format!("{method} of a visit is answered {status}: {}", answer.json)),
        }
    }

    async fn take(&self) {
        let Some((staff, token)) = self.some_claim() else { return };
        let Some(answer) = self.ask(None, "POST", &path::claim(&token), None).await else { return };
        match answer.status {
            200 => self.given(&answer, true, Some(staff)),
            // Somebody else has it, it is over, or the broker fails.
            409 | 503 | 422 => {}
            status => self.broken(format!("taking a visit is answered {status}: {}", answer.json)),
        }
    }

    async fn end(&self) {
        let Some((_, token)) = self.some_claim() else { return };
        let Some(answer) = self.ask(None, "POST", &path::CLAIM_END.replace("{claim}", &token), None).await else { return };
        if !matches!(answer.status, 204 | 409) {
            self.broken(format!("ending a visit is answered {}: {}", answer.status, answer.json));
        }
    }

    async fn by_invited(&self, step: &str) {
        if self.invitations.is_empty() {
            return;
        }
        let (_, token) = self.invitations[self.dice.roll(|random| random.usize(..self.invitations.len()))].clone();
        let method = if step == "version" { "GET" } else { "POST" };
        let Some(answer) = self.ask(None, method, &format!("{}/{step}", path::appointment(&token)), None).await else { return };
        match answer.status {
            200 if step == "join" => self.given(&answer, false, None),
            200 | 204 | 409 | 503 => {}
            status => self.broken(format!("{step} of an appointment is answered {status}: {}", answer.json)),
        }
    }

    /// A meeting is agreed on, a few minutes ahead.
    async fn arrange(&mut self) {
        let Some(app) = self.process.app() else { return };
        let site = app.config.site(&SiteId::new("demo")).expect("the site").clone();
        let (ahead_secs, number, has_staff) = self.dice.roll(|random| (random.i64(1..1200), random.u64(..), random.bool()));
        let new = NewAppointment {
            guest_name: "Ada".into(),
            guest_email: None,
            topic: None,
            starts_at: app.clock.now().plus_millis(ahead_secs * 1000),
            minutes: 10,
            staff: if has_staff { vec![STAFF[1].to_owned()] } else { Vec::new() },
        };
        if let Ok(appointment) = app.visits.schedule(&site, new, format!("gp-{number:x}")).await {
            let token = appointment.guest_url.expose_secret().rsplit('/').next().expect("a token").to_owned();
            self.invitations.push((appointment.visit_id, token));
            self.notes().report.visits += 1;
        }
    }

    async fn restart(&mut self) {
        self.notes().report.crashes += 1;
        self.process.crash();
        let darkness = self.dice.roll(|random| if random.u8(..4) == 0 { random.u64(..600_000) } else { random.u64(..3000) });
        self.clock.sleep(Duration::from_millis(darkness)).await;
        self.process.start().await;
    }

    fn trouble(&self) {
        let fault = self.dice.roll(|random| {
            let times = random.u32(1..8);
            match random.u8(..8) {
                0 => Fault::answer("POST", BROKER, 503),
                1 => Fault::answer("POST", BROKER, 429).retry_after(random.u64(1..90)),
                2 => Fault::drop_after("POST", BROKER),
                3 => Fault::drop_before("POST", BROKER),
                4 => Fault::slow("POST", BROKER, random.u64(..30_000)),
                5 => Fault::answer("POST", "/v1/messages", 503),
                6 => Fault::drop_after("POST", "/v1/messages"),
                _ => Fault::answer("POST", BROKER, 401),
            }
            .times(times)
        });
        self.webex.add_fault(fault).expect("the fault is one");
    }

    /// Nothing more goes wrong: nobody is stuck, and in the end everything is over.
    async fn come_to_an_end(&mut self) {
        self.webex.clear_faults();
        if self.process.app().is_none() {
            self.process.start().await;
        }
        // A guest who has had enough gets out at once, and in again.
        let guest = &self.guests[0];
        let last = guest.visits.lock().expect("nobody panics with it").last().cloned();
        if let Some(id) = last {
            let answer = self.ask(Some(guest), "DELETE", &path::visit(&id), None).await;
            let state = self.state_of(&id);
            if !state.as_deref().is_some_and(is_over) {
                self.broken(format!("a guest cannot get out of a visit that is {state:?}: {:?}", answer.map(|answer| answer.status)));
            }
            self.clock.sleep(Duration::from_secs(3700)).await;
            let before = guest.visits.lock().expect("nobody panics with it").len();
            self.ask_for_meeting(guest).await;
            if guest.visits.lock().expect("nobody panics with it").len() == before {
                self.broken("a guest whose visit is over cannot ask for another".into());
            }
        }
        self.clock.sleep(OVER_WITHIN).await;
        let all: Vec<VisitId> = self
            .guests
            .iter()
            .flat_map(|guest| guest.visits.lock().expect("nobody panics with it").clone())
            .chain(self.invitations.iter().map(|(id, _)| id.clone()))
            .collect();
        for id in &all {
            let state = self.state_of(id).unwrap_or_default();
            *self.notes().report.ends.entry(state.clone()).or_default() += 1;
            if !is_over(&state) {
                self.broken(format!("the visit {id} is {state} for ever"));
            }
        }
        for guest in &self.guests {
            self.by_guest(guest, "GET", path::visit).await;
        }
        self.judge_rooms(&all);
        let left = STAFF.iter().flat_map(|staff| self.claims_of(staff)).count();
        if left > 0 {
            self.broken(format!("{left} messages to staff still offer a visit that is over"));
        }
        let lints = self.webex.broker_lints();
        if !lints.is_empty() {
            self.broken(format!("the broker found something odd: {lints:?}"));
        }
    }

    async fn sign_in(&self, guest: &Guest) {
        self.ask(Some(guest), "POST", path::SESSION, Some(json!({ "display_name": "Ada" }))).await.expect("the portal runs");
        let rooms = self.ask(Some(guest), "GET", path::ROOMS, None).await.expect("the portal runs");
        let room_id = rooms.json["items"][0]["id"].as_str().expect("a room").to_owned();
        *guest.room_id.lock().expect("nobody panics with it") = Some(room_id);
    }

    async fn ask(&self, guest: Option<&Guest>, method: &str, path: &str, body: Option<Value>) -> Option<Answer> {
        let door: Door = self.process.door();
        let mut request = http::Request::builder().method(method).uri(path).header("host", "portal.test");
        for (name, value) in [
            (path::SITE_HEADER, "demo"),
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://portal.test"),
            ("content-type", "application/json"),
        ] {
            request = request.header(name, value);
        }
        if let Some(guest) = guest {
            let cookies = guest.cookies.lock().expect("nobody panics with it");
            let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            if !pairs.is_empty() {
                request = request.header("cookie", pairs.join("; "));
            }
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let (asked_at, asked_at_millis) = (self.clock.elapsed(), self.clock.now().as_millis());
        let answer = door.ask(request.body(body).expect("a request")).await?;
        if let Some(guest) = guest {
            let mut cookies = guest.cookies.lock().expect("nobody panics with it");
            for cookie in answer.headers().get_all("set-cookie") {
                if let Some((name, value)) = cookie.to_str().ok().and_then(|cookie| cookie.split(';').next()?.split_once('=')) {
                    cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), MAX_BYTES).await.ok()?;
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Some(Answer { status, json, asked_at, asked_at_millis })
    }

    /// Staff remember every link they were sent.
    fn collect_claims(&mut self) {
        for (staff, email) in STAFF.iter().enumerate() {
            for token in self.claims_of(email) {
                if !self.claims.iter().any(|(_, known)| *known == token) {
                    self.claims.push((staff, token));
                }
            }
        }
    }

    /// The claims in what the bot's messages to somebody say now.
    fn claims_of(&self, staff: &str) -> Vec<String> {
        let bot = self.webex.credentials().bot.email;
        let has = |room: &sandbox::RoomView, email: &str| room.members.iter().any(|member| member.email == email);
        let rooms = self.webex.rooms().into_iter().filter(|room| room.is_direct && has(room, staff) && has(room, &bot));
        let token = |message: sandbox::MessageView| {
            let html = message.html?;
            let (_, rest) = html.split_once("/host/")?;
            Some(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect())
        };
        rooms.flat_map(|room| self.webex.messages(&room.id)).filter_map(token).collect()
    }

    /// Mostly one of the latest.
    fn some_claim(&self) -> Option<(usize, String)> {
        let count = self.claims.len();
        let back =
            self.dice.roll(|random| if random.u8(..4) == 0 { random.usize(..count.max(1)) } else { random.usize(..count.clamp(1, 3)) });
        self.claims.get(count.checked_sub(1 + back)?).cloned()
    }

    fn state_of(&self, id: &VisitId) -> Option<String> {
        let row = self.process.app()?.store.visit(id).ok().flatten()?;
        Some(server::visits::as_word(row.state).to_owned())
    }

    fn is_over(&self, id: &VisitId) -> bool {
        self.notes().tracks.get(id).is_some_and(|track| track.over.is_some())
    }

    pub(super) fn broken(&self, promise: String) {
        self.notes().report.broken.push(promise);
    }

    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().expect("nobody panics with it")
    }
}

pub(super) fn is_over(state: &str) -> bool {
    matches!(state, "ended" | "missed" | "expired" | "cancelled")
}
