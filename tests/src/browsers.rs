//! The browsers campaign: what a guest comes for, step by step, in every browser that can be had here; and what each of
//! them lacks.

use std::{
    fmt::{self, Display, Formatter},
    net::Ipv4Addr,
    panic::AssertUnwindSafe,
    path::Path,
    time::{Duration, Instant},
};

use axum::{Router, response::Html, routing::get};
use fantoccini::elements::Element;
use futures_util::FutureExt;
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    browser::{Screen, TestBrowser},
    engine::Engine,
    front::Front,
    portal::{GRACE, TestPortal},
};

const GUEST: &str = "Ada Lovelace";
const FIRST: &str = "My parcel is lost.";
const REPLY: &str = "Which one?";
const SECOND: &str = "The red one.";
const FILE: &str = "invoice.txt";
const FILE_BYTES: &[u8] = b"Invoice 4711\n42 parcels\n";

/// By this name WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The key, by WebDriver's name for it: what a line's end presses differs between drivers.
pub(crate) const ENTER: char = '\u{e007}';

/// Waiting for the claim moves the clock; that is no reason for the guest to be missed.
const SITE: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.meetings]
ring_secs = 82800
link_minutes = 1440
"#;

/// What the page uses, each with a question that the browser answers.
const FEATURES: [(&str, &str); 12] = [
    ("popover", "'popover' in HTMLElement.prototype"),
    ("a dialog closed by a press beside it", "'closedBy' in HTMLDialogElement.prototype"),
    ("light-dark()", "CSS.supports('color', 'light-dark(red, blue)')"),
    ("color-mix()", "CSS.supports('color', 'color-mix(in srgb, red, blue)')"),
    (":has()", "CSS.supports('selector(:has(a))')"),
    ("dvh", "CSS.supports('height', '1dvh')"),
    ("overflow-anchor", "CSS.supports('overflow-anchor', 'none')"),
    ("Trusted Types", "typeof trustedTypes == 'object'"),
    ("answers read as they come", "'body' in Response.prototype"),
    ("Intl.ListFormat", "typeof Intl.ListFormat == 'function'"),
    ("notifications", "typeof Notification == 'function'"),
    ("sounds", "typeof AudioContext == 'function'"),
];

/// How a step went.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// As it should, within this time.
    Done(Duration),
    /// Not: what was missing, and how long it was waited for.
    Failed(String, Duration),
    /// One before it failed.
    NotTried,
}

/// What came of one browser.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its name and version.
    pub browser: String,
    /// The steps, in their order.
    pub steps: Vec<(&'static str, Outcome)>,
    /// What the page uses, and whether the browser has it; `None` where it could not be asked.
    pub features: Vec<(&'static str, Option<bool>)>,
}

impl Report {
    /// Whether every step went as it should.
    pub fn is_well(&self) -> bool {
        self.steps.iter().all(|(_, outcome)| matches!(outcome, Outcome::Done(_)))
    }

    pub(crate) fn of(browser: String) -> Self {
        Self { browser, steps: Vec::new(), features: Vec::new() }
    }

    pub(crate) async fn step(&mut self, name: &'static str, work: impl Future<Output = ()>) {
        let outcome = if self.is_well() {
            let began = Instant::now();
            match attempt(work).await {
                Ok(()) => Outcome::Done(began.elapsed()),
                Err(why) => Outcome::Failed(why, began.elapsed()),
            }
        } else {
            Outcome::NotTried
        };
        self.steps.push((name, outcome));
    }
}

/// Several of them beside each other.
pub struct Table<'a>(pub &'a [Report]);

impl Display for Table<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(reports) = self;
        let mut row = |name: &str, cell: &dyn Fn(&Report) -> String| {
            let cells: String = reports.iter().map(|report| format!("{:>24}", cell(report))).collect();
            writeln!(formatter, "{name:<52}{cells}")
        };
        row("", &|report| report.browser.clone())?;
        let Some(first) = reports.first() else { return Ok(()) };
        for (place, (name, _)) in first.steps.iter().enumerate() {
            row(name, &|report| report.steps[place].1.to_string())?;
        }
        for (place, (name, _)) in first.features.iter().enumerate() {
            row(name, &|report| report.features[place].1.map_or("?", |has| if has { "yes" } else { "no" }).to_owned())?;
        }
        for (report, (name, outcome)) in reports.iter().flat_map(|report| report.steps.iter().map(move |step| (report, step))) {
            if let Outcome::Failed(why, _) = outcome {
                writeln!(formatter, "\n{}, {name}: {why}", report.browser)?;
            }
        }
        Ok(())
    }
}

impl Display for Outcome {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(took) => write!(formatter, "ok {:.1} s", took.as_secs_f64()),
            Self::Failed(_, took) => write!(formatter, "FAILED {:.1} s", took.as_secs_f64()),
            Self::NotTried => formatter.write_str("not tried"),
        }
    }
}

/// Lives through all of it in one browser; pictures go into the folder.
pub async fn run(engine: Engine, pictures: &Path) -> Report {
    let front = Front::start().await;
    let shop = Shop::open(&front.base_url()).await;
    let site = SITE.replace("staff =", &format!("allowed_origins = {}\nstaff =", json!([shop.address])));
    let site = format!("public_url = \"{}\"\ntrusted_proxies = [\"127.0.0.1\"]\n{site}", front.base_url());
    let mut portal = TestPortal::start_with_sites(&site).await;
    front.set_portal(portal.address());
    let guest = TestBrowser::start_in(engine).await;
    let mut report = Report::of(guest.name_and_version());
    let files = tempfile::tempdir().expect("a folder for files");
    let page = format!("{}/s/demo", front.base_url());

    talk(&mut report, &guest, &portal, &page).await;
    send_file(&mut report, &guest, &portal, files.path()).await;
    meet(&mut report, &guest, &portal).await;
    // Of what failed there may be nothing to look at.
    let _ = attempt(picture(&guest, pictures, engine)).await;
    look_back(&mut report, &guest).await;
    launch(&mut report, &guest, &portal, &shop).await;
    for (name, question) in FEATURES {
        let question = format!("return {question}");
        report.features.push((name, attempt(async { guest.script(&question).await == true }).await.ok()));
    }
    portal.stop_portal().await;
    guest.close().await;
    report
}

/// What a test would end with is told instead.
async fn attempt<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let panic = match AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => return Ok(done),
        Err(panic) => panic,
    };
    Err(panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "it panicked".into()))
}

async fn talk(report: &mut Report, guest: &TestBrowser, portal: &TestPortal, page: &str) {
    let opens = async {
        guest.goto(page).await;
        guest.text_box("Your name").await;
    };
    report.step("opens the page", opens).await;
    let signs_in = async {
        guest.write("Your name", GUEST).await;
        guest.press("Start chat").await;
        guest.text_box("Message").await;
    };
    report.step("signs in with a name", signs_in).await;
    report.step("writes a message, and sees that it was sent", writes(guest, portal, FIRST)).await;
    let reads = async {
        guest.script("window.__is_same_document = true").await;
        let room = portal.webex().room_titled(GUEST).expect("the guest's space");
        portal.webex().reply_as_staff(GRACE, &room.id, REPLY).expect("a reply");
        guest.sees_message(REPLY).await;
        assert_eq!(guest.script("return window.__is_same_document").await, true, "the page was loaded again");
    };
    report.step("sees staff's reply come by itself", reads).await;
    report.step("writes another message", writes(guest, portal, SECOND)).await;
}

async fn writes(guest: &TestBrowser, portal: &TestPortal, text: &str) {
    guest.write("Message", &format!("{text}{ENTER}")).await;
    guest.sees_message(text).await;
    guest.sees_message("Sent").await;
    let is_there = async || portal.webex().messages_titled(GUEST).iter().any(|message| message.text == text).then_some(());
    assert!(guest.until(is_there).await.is_some(), "{text:?} is not in Webex");
}

async fn send_file(report: &mut Report, guest: &TestBrowser, portal: &TestPortal, folder: &Path) {
    let path = folder.join(FILE);
    std::fs::write(&path, FILE_BYTES).expect("a file");
    let sends = async {
        guest.choose_file(&path).await;
        guest.button("Remove file").await;
        guest.press("Send").await;
        guest.button(&format!("Download {FILE}")).await;
        let messages = portal.webex().messages_titled(GUEST);
        let sizes: Vec<_> = messages.iter().flat_map(|message| &message.files).map(|file| file.size).collect();
        assert_eq!(sizes, [FILE_BYTES.len() as u64], "what Webex has");
    };
    report.step("sends a file", sends).await;
}

async fn meet(report: &mut Report, guest: &TestBrowser, portal: &TestPortal) {
    let asks = async {
        guest.press("Join meeting").await;
        guest.sees("We are asking somebody to join you.").await;
    };
    report.step("asks for a meeting", asks).await;
    let link_begins = format!("{}/", portal.webex().base_url());
    let gets_link = async {
        portal.take_it(&portal.claim(GRACE, 1).await).await;
        let address = guest.link("Join now").await.attr("href").await.expect("the link's address").unwrap_or_default();
        assert!(address.starts_with(&link_begins), "the link leads to {address:?}");
    };
    report.step("sees the link into it once staff take it", gets_link).await;
    let follows = async {
        let chat = guest.this_tab().await;
        guest.follow_to_new_tab("Join now").await;
        guest.is_at(&link_begins).await;
        guest.sees("Waiting room").await;
        guest.client().close_window().await.expect("closing the meeting's tab");
        guest.turn_to(&chat).await;
        guest.press("Leave meeting").await;
        guest.sees_no_longer("Open again").await;
    };
    report.step("follows it into another tab, and comes back", follows).await;
}

async fn picture(guest: &TestBrowser, folder: &Path, engine: Engine) {
    std::fs::create_dir_all(folder).expect("a folder for pictures");
    for screen in [Screen::WIDGET, Screen::PAGE] {
        guest.set_screen(screen).await;
        guest.screenshot(&folder.join(format!("{}-{}.png", engine.name(), screen.name))).await;
    }
}

async fn look_back(report: &mut Report, guest: &TestBrowser) {
    let searches = async {
        guest.press("More").await;
        guest.press("Search in this conversation").await;
        guest.write("Search in this conversation", "parcel").await;
        guest.sees("1 of 1").await;
        guest.press("Close").await;
    };
    report.step("opens the menu, and finds what was said", searches).await;
    let nothing_breaks = async { assert_eq!(guest.violations().await, Vec::<String>::new()) };
    report.step("breaks no policy until here", nothing_breaks).await;
    let reloads = async {
        guest.reload().await;
        for text in [FIRST, REPLY, SECOND, FILE] {
            guest.sees_message(text).await;
            assert_eq!(guest.messages().await.matches(text).count(), 1, "{text:?} in\n{}", guest.messages().await);
        }
    };
    report.step("loads the page again, and everything is there once", reloads).await;
    let leaves = async {
        guest.press("Leave chat").await;
        guest.press("Leave").await;
        guest.sees("You left the chat.").await;
        guest.reload().await;
        guest.text_box("Your name").await;
    };
    report.step("leaves the chat, and is forgotten", leaves).await;
}

/// A page of another site with the launcher's tag. Ports do not part sites, names do.
struct Shop {
    address: String,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Shop {
    async fn open(portal: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
        let page = format!("<!doctype html><title>Shop</title><h1>Shop</h1><script src=\"{portal}/embed.js?site=demo\"></script>");
        let serving = tokio::spawn(axum::serve(listener, Router::new().route("/", get(async || Html(page)))).into_future());
        Self { address, serving }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// On a page of another site, where a browser may keep no cookie.
async fn launch(report: &mut Report, guest: &TestBrowser, portal: &TestPortal, shop: &Shop) {
    let launcher = "document.querySelector('[data-guest-portal]').shadowRoot";
    let opens = async {
        guest.goto(&shop.address).await;
        let is_there = async || (guest.script("return !!document.querySelector('[data-guest-portal]')").await == true).then_some(());
        assert!(guest.until(is_there).await.is_some(), "there is no launcher");
        guest.script(&format!("{launcher}.querySelector('.launcher').click()")).await;
        let frame = guest.client().execute(&format!("return {launcher}.querySelector('iframe')"), Vec::new()).await.expect("a frame");
        let id = frame[ELEMENT].as_str().expect("a frame's id").to_owned();
        Element::from_element_id(guest.client().clone(), id.into()).enter_frame().await.expect("within the frame");
        guest.text_box("Your name").await;
    };
    report.step("opens the launcher on a page of another site", opens).await;
    let talks = async {
        // WebKit lets no script move the focus into a frame of another site; a press does.
        guest.text_box("Your name").await.click().await.expect("a press");
        guest.write("Your name", "Bea Frame").await;
        guest.press("Start chat").await;
        guest.text_box("Message").await.click().await.expect("a press");
        guest.write("Message", &format!("{FIRST}{ENTER}")).await;
        guest.sees_message("Sent").await;
        let room = portal.webex().room_titled("Bea Frame").expect("the guest's space");
        portal.webex().reply_as_staff(GRACE, &room.id, REPLY).expect("a reply");
        guest.sees_message(REPLY).await;
        guest.client().clone().enter_parent_frame().await.expect("the page around it");
    };
    report.step("talks there, and reads staff's reply", talks).await;
    let closes = async {
        guest.script("GuestPortal('close')").await;
        assert_eq!(guest.script(&format!("return {launcher}.querySelector('.panel').hidden")).await, true);
    };
    report.step("closes it", closes).await;
}
