//! A real browser, driven by its own driver: Chromium, with the parts of DevTools the tests need, or another one.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    elements::Element,
    error::CmdError,
    wd::{WebDriverCompatibleCommand, WindowHandle},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::engine::{Cookies, Driver, Engine};

/// Nothing a test waits for takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(25);

const LISTEN_FOR_VIOLATIONS: &str = "window.__violations = []; \
    document.addEventListener('securitypolicyviolation', \
        e => window.__violations.push(`${e.effectiveDirective} ${e.blockedURI} ${e.sample}`));";

/// The sizes the portal is looked at in: width, height, whether it is a phone.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// What it is called in file names.
    pub name: &'static str,
    /// CSS pixels.
    pub width: u32,
    /// CSS pixels.
    pub height: u32,
    /// Touch and a mobile viewport.
    pub is_mobile: bool,
}

impl Screen {
    /// The widget in its frame.
    pub const WIDGET: Self = Self { name: "widget", width: 400, height: 640, is_mobile: false };
    /// A small phone.
    pub const PHONE: Self = Self { name: "phone", width: 360, height: 740, is_mobile: true };
    /// A laptop's window.
    pub const PAGE: Self = Self { name: "page", width: 1280, height: 800, is_mobile: false };
}

/// One browser with its own empty profile. Closes with the value.
pub struct TestBrowser {
    client: Client,
    engine: Engine,
    driver: Driver,
    _profile: TempDir,
}

/// A command of the driver that fantoccini does not know.
#[derive(Debug)]
struct DriverCommand {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for DriverCommand {
    fn endpoint(&self, base_url: &url::Url, session_id: Option<&str>) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _request_url: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

impl TestBrowser {
    /// Starts Chromium.
    pub async fn start() -> Self {
        Self::start_in(Engine::Chromium).await
    }

    /// Starts one of these.
    pub async fn start_in(engine: Engine) -> Self {
        Self::start_with(engine, Cookies::Usual).await
    }

    /// Starts one that keeps these cookies.
    pub async fn start_with(engine: Engine, cookies: Cookies) -> Self {
        let profile = tempfile::tempdir().expect("a folder for the browser's profile");
        let driver = Driver::start(engine, profile.path()).await;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        if let Value::Object(capabilities) = engine.capabilities(profile.path(), cookies) {
            builder.capabilities(capabilities);
        }
        let client = builder.connect(&driver.address).await.unwrap_or_else(|error| panic!("{} does not start: {error}", engine.name()));
        let browser = Self { client, engine, driver, _profile: profile };
        browser.listen_in_every_document().await;
        browser
    }

    /// The fantoccini client, for what has no word here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Ends the browser.
    pub async fn close(self) {
        let _ = self.client.clone().close().await;
        self.driver.end().await;
    }

    /// What the browser says it is, with its version.
    pub fn name_and_version(&self) -> String {
        let said = |key: &str| self.client.capabilities()?.get(key)?.as_str().map(str::to_owned);
        format!("{} {}", said("browserName").unwrap_or_default(), said("browserVersion").unwrap_or_default())
    }

    /// Goes to an address and waits until it is loaded.
    pub async fn goto(&self, address: &str) {
        self.client.goto(address).await.expect(address);
        self.listen_in_this_document().await;
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("a reload");
        self.listen_in_this_document().await;
    }

    /// Opens another tab and turns to it.
    pub async fn new_tab(&self) -> WindowHandle {
        let window = self.client.new_window(true).await.expect("a new tab").handle;
        self.turn_to(&window).await;
        self.listen_in_every_document().await;
        window
    }

    /// The tab the test looks at.
    pub async fn this_tab(&self) -> WindowHandle {
        self.client.window().await.expect("a tab")
    }

    /// Looks at another tab.
    pub async fn turn_to(&self, window: &WindowHandle) {
        self.client.switch_to_window(window.clone()).await.expect("the other tab");
    }

    /// The text box of this name, once it is there.
    pub async fn text_box(&self, name: &str) -> Element {
        let by_label = format!("@id = //label[normalize-space() = '{name}']/@for");
        self.find(&format!("//*[self::input or self::textarea][@aria-label = '{name}' or {by_label}]"), name).await
    }

    /// The button of this name, once it is there.
    pub async fn button(&self, name: &str) -> Element {
        self.find(&format!("//button[@aria-label = '{name}' or normalize-space() = '{name}']"), name).await
    }

    /// Presses a button.
    pub async fn press(&self, name: &str) {
        // A page that has just been drawn may put another element in its place between finding and pressing.
        let pressed = self.until(async || self.button(name).await.click().await.is_ok().then_some(())).await;
        pressed.unwrap_or_else(|| panic!("the button {name:?} cannot be pressed"));
    }

    /// Presses the first button that says these words among others.
    pub async fn press_what_says(&self, words: &str) {
        let xpath = format!("//button[contains(., '{words}')]");
        let pressed = self.until(async || self.find(&xpath, words).await.click().await.is_ok().then_some(())).await;
        pressed.unwrap_or_else(|| panic!("what says {words:?} cannot be pressed"));
    }

    /// Waits for a button that says these words among others.
    pub async fn sees_button_that_says(&self, words: &str) {
        self.find(&format!("//button[contains(., '{words}')]"), words).await;
    }

    /// Puts text into the box of this name.
    pub async fn write(&self, name: &str, text: &str) {
        self.text_box(name).await.send_keys(text).await.expect("typing");
    }

    /// What the log named *Messages* says; nothing if there is none.
    pub async fn messages(&self) -> String {
        // Asked in one step: an element found and then read may have been drawn anew in between.
        let text = self.script("return document.querySelector('[role=log][aria-label=Messages]')?.innerText ?? ''").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the log *Messages* shows this text, and tells how long it took.
    pub async fn sees_message(&self, text: &str) -> Duration {
        let began = Instant::now();
        let seen = self.until(async || self.messages().await.contains(text).then_some(())).await;
        if seen.is_none() {
            panic!("{text:?} is not shown; the messages are:\n{}", self.messages().await);
        }
        began.elapsed()
    }

    /// Waits until the page shows this text anywhere.
    pub async fn sees(&self, text: &str) {
        let body = async || Some(self.client.find(Locator::Css("body")).await.ok()?.text().await.unwrap_or_default());
        let seen = self.until(async || body().await.filter(|body| body.contains(text))).await;
        if seen.is_none() {
            panic!("{text:?} is not shown; the page is:\n{}", body().await.unwrap_or_default());
        }
    }

    /// Waits until the page no longer shows this text anywhere.
    pub async fn sees_no_longer(&self, text: &str) {
        let gone = self
            .until(async || {
                let body = self.client.find(Locator::Css("body")).await.ok()?.text().await.ok()?;
                (!body.contains(text)).then_some(())
            })
            .await;
        assert!(gone.is_some(), "{text:?} is still shown");
    }

    /// Presses a button of the message that says this.
    pub async fn act_on_message(&self, text: &str, name: &str) {
        let message = format!("//*[self::li or self::article][contains(., '{text}')]");
        let button = format!("{message}//button[@aria-label = '{name}' or normalize-space() = '{name}']");
        let more = format!("{message}//button[@aria-label = 'More' and @aria-expanded = 'false']");
        // It may be shown only where the pointer is, or behind *More*; a keyboard reaches it always.
        let press_at = async |path: &str| {
            let element = self.client.find(Locator::XPath(path)).await.ok()?;
            let element = serde_json::to_value(element).ok()?;
            self.client.execute("arguments[0].focus(); arguments[0].click()", vec![element]).await.ok()
        };
        let press = async || match press_at(&button).await {
            Some(pressed) => Some(pressed),
            None => {
                press_at(&more).await?;
                press_at(&button).await
            }
        };
        self.until(press).await.unwrap_or_else(|| panic!("{name:?} of the message {text:?} cannot be pressed"));
    }

    /// Chooses from a list of choices.
    pub async fn choose(&self, label: &str, option: &str) {
        let list = self.find(&format!("//label[contains(., '{label}')]//select"), label).await;
        // The choices may come later than the list.
        self.until(async || list.select_by_label(option).await.ok()).await.unwrap_or_else(|| panic!("{option:?} cannot be chosen"));
    }

    /// The link of this name, once it is there.
    pub async fn link(&self, name: &str) -> Element {
        self.find(&format!("//a[@aria-label = '{name}' or normalize-space() = '{name}']"), name).await
    }

    /// Follows a link that opens a new tab, and turns to that tab.
    pub async fn follow_to_new_tab(&self, name: &str) -> WindowHandle {
        let before = self.client.windows().await.expect("the tabs");
        let followed = self.until(async || self.link(name).await.click().await.is_ok().then_some(())).await;
        followed.unwrap_or_else(|| panic!("the link {name:?} cannot be followed"));
        let opened = self.until(async || self.client.windows().await.ok()?.into_iter().find(|tab| !before.contains(tab))).await;
        let opened = opened.unwrap_or_else(|| panic!("the link {name:?} opens no new tab"));
        self.turn_to(&opened).await;
        opened
    }

    /// Waits until the page's address begins so.
    pub async fn is_at(&self, begin: &str) {
        let at = self.until(async || self.client.current_url().await.ok().filter(|url| url.as_str().starts_with(begin))).await;
        if at.is_none() {
            panic!("the page is at {:?}, not at {begin}", self.client.current_url().await);
        }
    }

    /// Chooses a file where the page asks for one, whether or not its input is shown.
    pub async fn choose_file(&self, path: &Path) {
        let input = self.until(async || self.client.find(Locator::Css("input[type=file]")).await.ok()).await.expect("an input for files");
        input.send_keys(path.to_str().expect("a path of text")).await.expect("choosing a file");
    }

    /// Lets the browser load files down into this folder.
    pub async fn downloads_go_to(&self, folder: &Path) {
        self.devtools("Browser.setDownloadBehavior", json!({ "behavior": "allow", "downloadPath": folder })).await;
    }

    /// Waits until a file was loaded down, whole, and tells its bytes.
    pub async fn downloaded(&self, path: &Path) -> Vec<u8> {
        let found = self.until(async || std::fs::read(path).ok().filter(|bytes| !bytes.is_empty())).await;
        found.unwrap_or_else(|| panic!("{} was not loaded down", path.display()))
    }

    /// Runs a script in the page.
    pub async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect(script)
    }

    /// Calls DevTools.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.client.issue_cmd(DriverCommand { path: "goog/cdp/execute", body }).await.expect(command)
    }

    /// What the browser wrote to its console since the last look. Only Chromium's driver tells.
    pub async fn console(&self) -> Vec<String> {
        if self.engine != Engine::Chromium {
            return Vec::new();
        }
        let log = self.client.issue_cmd(DriverCommand { path: "se/log", body: json!({ "type": "browser" }) }).await;
        let log = log.expect("the browser's log");
        log.as_array().into_iter().flatten().filter_map(|entry| Some(entry["message"].as_str()?.to_owned())).collect()
    }

    /// Every breach of the page's policy since the document in this tab began: by event and by console.
    pub async fn violations(&self) -> Vec<String> {
        let heard = self.script("return window.__violations ?? ['the listener was not there']").await;
        let heard = heard.as_array().into_iter().flatten().map(ToString::to_string);
        let logged = self.console().await.into_iter().filter(|line| {
            ["Content Security Policy", "Content-Security-Policy", "Trusted", "trusted-types"].iter().any(|words| line.contains(words))
        });
        heard.chain(logged).collect()
    }

    /// Makes the window this large. Others than Chromium have a least width, and are no phones.
    pub async fn set_screen(&self, screen: Screen) {
        let Screen { width, height, is_mobile, .. } = screen;
        if self.engine != Engine::Chromium {
            // What is around the page comes on top.
            let around = self.script("return [outerWidth - innerWidth, outerHeight - innerHeight]").await;
            let with = |size: u32, place: usize| size + around[place].as_u64().and_then(|more| u32::try_from(more).ok()).unwrap_or(0);
            return self.client.set_window_size(with(width, 0), with(height, 1)).await.expect("another size");
        }
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_mobile });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Light or dark.
    pub async fn set_dark(&self, is_dark: bool) {
        let value = if is_dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Cuts the browser off, or connects it again.
    pub async fn set_offline(&self, is_offline: bool) {
        self.devtools("Network.enable", json!({})).await;
        let conditions = json!({ "offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", conditions).await;
    }

    /// Writes a picture of what is seen.
    pub async fn screenshot(&self, path: &Path) {
        let picture = self.client.screenshot().await.expect("a screenshot");
        std::fs::write(path, picture).expect("writing a screenshot");
    }

    /// Waits until transitions have ended and two frames were drawn.
    pub async fn settle(&self) {
        let script = "const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(() => \
            Promise.allSettled(document.getAnimations().filter(a => a.effect.getComputedTiming().iterations !== Infinity).map(a => a.finished)).then(() => done(1))))";
        self.client.execute_async(script, Vec::new()).await.expect("two frames");
    }

    /// Polls until there is an answer; `None` when patience is at its end.
    pub async fn until<T>(&self, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(found) = look().await {
                return Some(found);
            }
            tokio::time::sleep(POLL).await;
        }
        None
    }

    /// For breaches of the policy, from a document's beginning on.
    async fn listen_in_every_document(&self) {
        if self.engine == Engine::Chromium {
            self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": LISTEN_FOR_VIOLATIONS })).await;
        }
    }

    /// The same where nothing can be put into a document beforehand: what came before is not heard.
    async fn listen_in_this_document(&self) {
        if self.engine != Engine::Chromium {
            self.script(LISTEN_FOR_VIOLATIONS).await;
        }
    }

    async fn find(&self, xpath: &str, name: &str) -> Element {
        let found = self
            .until(async || {
                let elements = match self.client.find_all(Locator::XPath(xpath)).await {
                    Ok(elements) => elements,
                    Err(CmdError::Standard(_)) => return None,
                    Err(error) => panic!("looking for {name:?}: {error}"),
                };
                // Closed dialogs may have one of the same name.
                for element in elements {
                    if element.is_displayed().await.unwrap_or(false) {
                        return Some(element);
                    }
                }
                None
            })
            .await;
        match found {
            Some(element) => element,
            None => panic!("{name:?} is not on the page; its console says {:#?}", self.console().await),
        }
    }
}
