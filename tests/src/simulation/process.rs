//! The portal as a process that can be cut off from its disk, its line and its guests at any moment.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
};
use sandbox::Sandbox;
use server::{
    app::App,
    clock::Clock,
    config::{Config, SandboxSource},
    portal::start_app,
    routes::router,
    sandbox_credentials::access,
    store::ModelDisk,
    webex::{Answered, Upstream},
};
use tokio::sync::{oneshot, watch};
use tower::ServiceExt;

use super::Dice;

/// The longest way to Webex, and back.
const LINE_MS: u64 = 150;
const MESSAGES: &str = "/v1/messages";
const MAX_BYTES: usize = 16 * 1024 * 1024;

pub(crate) const GREETING: &str = "Hello, and thank you for writing.";
pub(crate) const ONE_SITE: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
greeting = "Hello, and thank you for writing."
staff = ["grace@sandbox.example"]
"#;

/// The portal, running or not.
pub(crate) struct Process {
    sites: String,
    clock: Clock,
    webex: Arc<Sandbox>,
    disk: ModelDisk,
    folder: PathBuf,
    dice: Dice,
    door: Door,
    asked: Arc<Asked>,
    running: Option<Running>,
}

/// Requests about messages that have left the machine.
#[derive(Default)]
struct Asked {
    posts: AtomicUsize,
    deletions: AtomicUsize,
}

struct Running {
    app: App,
    is_cut: Arc<AtomicBool>,
}

/// Where guests knock.
#[derive(Clone)]
pub(crate) struct Door {
    router: Arc<Mutex<Option<Router>>>,
    /// Changes with every crash: whoever waits for an answer gets none.
    crashes: watch::Sender<usize>,
    /// Counts what the portal said yes to.
    yeses: watch::Sender<usize>,
    dice: Dice,
}

impl Process {
    pub(crate) fn new(sites: &str, clock: Clock, webex: Arc<Sandbox>, disk: ModelDisk, folder: PathBuf, dice: Dice) -> Self {
        let door = Door { router: Arc::default(), crashes: watch::Sender::new(0), yeses: watch::Sender::new(0), dice: dice.clone() };
        Self { sites: sites.to_owned(), clock, webex, disk, folder, dice, door, asked: Arc::default(), running: None }
    }

    pub(crate) fn door(&self) -> Door {
        self.door.clone()
    }

    /// How often a message was posted, by anybody.
    pub(crate) fn posts(&self) -> usize {
        self.asked.posts.load(Ordering::Relaxed)
    }

    /// How often a message was taken back, by the portal.
    pub(crate) fn deletions(&self) -> usize {
        self.asked.deletions.load(Ordering::Relaxed)
    }

    /// How many messages the running portal's feed did not bring.
    pub(crate) fn missed_by_feed(&self) -> usize {
        self.running.as_ref().map_or(0, |running| running.app.history.missed_by_feed())
    }

    /// Starts it on what is on the disk.
    pub(crate) async fn start(&mut self) {
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\ndata_dir = \"{}\"\n[webex]\nfeed = \"polling\"\n[limits]\nprofile = \"bench\"\n{}",
            self.folder.display(),
            self.sites
        );
        let config = Config::from_text("simulation", &text, Some(SandboxSource::embedded_default()), &|_| None);
        let config = config.unwrap_or_else(|problems| panic!("{problems:?}"));
        let origin = self.webex.base_url().parse().expect("an address");
        let is_cut = Arc::new(AtomicBool::new(false));
        let line = Upstream::InProcess(Arc::new(self.line(is_cut.clone())));
        let access = access(&self.webex.credentials(), &origin, &config.webex.wanted()).expect("the simulator has what the site wants");
        let access = access.into_iter().map(|access| server::webex::ConnectionAccess { upstream: line.clone(), ..access }).collect();
        let app = start_app(config, self.disk.open(), access, self.clock.clone(), "http://portal.test".to_owned()).await;
        let app = app.unwrap_or_else(|error| panic!("the portal does not start: {error}"));
        self.door.open(router(app.clone()));
        self.running = Some(Running { app, is_cut });
    }

    /// What the running portal is made of.
    pub(crate) fn app(&self) -> Option<&App> {
        self.running.as_ref().map(|running| &running.app)
    }

    /// The power is cut.
    pub(crate) fn crash(&mut self) {
        let Some(running) = self.running.take() else { return };
        running.is_cut.store(true, Ordering::Relaxed);
        running.app.store.crash();
        self.door.shut();
        // What is left of it can reach nobody any more; this ends it.
        running.app.stopping.cancel();
    }

    /// The way to Webex and back. What has left the machine arrives there, whatever becomes of the machine.
    fn line(&self, is_cut: Arc<AtomicBool>) -> impl Fn(reqwest::Request) -> Answered + Send + Sync + 'static {
        let (webex, dice, asked) = (self.webex.clone(), self.dice.clone(), self.asked.clone());
        move |request| {
            if is_cut.load(Ordering::Relaxed) {
                return Box::pin(std::future::pending());
            }
            match *request.method() {
                http::Method::POST if request.url().path() == MESSAGES => asked.posts.fetch_add(1, Ordering::Relaxed),
                http::Method::DELETE if request.url().path().starts_with(MESSAGES) => asked.deletions.fetch_add(1, Ordering::Relaxed),
                _ => 0,
            };
            let (there, back) = (dice.pause(LINE_MS), dice.pause(LINE_MS));
            let is_lost_with_the_machine = dice.roll(|random| random.bool());
            let (webex, is_cut) = (webex.clone(), is_cut.clone());
            let (sender, receiver) = oneshot::channel();
            tokio::spawn(async move {
                tokio::time::sleep(there).await;
                if is_cut.load(Ordering::Relaxed) && is_lost_with_the_machine {
                    return;
                }
                let Ok(request) = http::Request::<reqwest::Body>::try_from(request) else { return };
                let answer = match webex.answer(request.map(Body::new)).await {
                    Some(answer) => {
                        let (parts, body) = answer.into_parts();
                        to_bytes(body, MAX_BYTES).await.ok().map(|bytes| http::Response::from_parts(parts, bytes.to_vec()))
                    }
                    None => None,
                };
                tokio::time::sleep(back).await;
                let _ = sender.send(answer);
            });
            Box::pin(async move { receiver.await.ok().flatten() })
        }
    }
}

impl Door {
    fn open(&self, router: Router) {
        *self.router.lock().expect("nobody panics with it") = Some(router);
    }

    fn shut(&self) {
        *self.router.lock().expect("nobody panics with it") = None;
        self.crashes.send_modify(|crashes| *crashes += 1);
    }

    /// Hears of every crash from now on.
    pub(crate) fn crashes(&self) -> watch::Receiver<usize> {
        self.crashes.subscribe()
    }

    /// Hears of every yes from now on.
    pub(crate) fn yeses(&self) -> watch::Receiver<usize> {
        self.yeses.subscribe()
    }

    /// Knocks; no answer if nobody is there, or not any more.
    pub(crate) async fn ask(&self, request: http::Request<Body>) -> Option<http::Response<Body>> {
        let mut crashes = self.crashes();
        crashes.mark_unchanged();
        tokio::time::sleep(self.dice.pause(40)).await;
        let is_asked_to_do = request.method() == http::Method::POST;
        let router = self.router.lock().expect("nobody panics with it").clone()?;
        tokio::select! {
            biased;
            _ = crashes.changed() => None,
            answer = async { router.oneshot(request).await } => match answer {
                Ok(answer) => {
                    if is_asked_to_do && answer.status().is_success() {
                        self.yeses.send_modify(|yeses| *yeses += 1);
                    }
                    Some(answer)
                }
                Err(never) => match never {},
            },
        }
    }
}
