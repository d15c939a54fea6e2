//! How a guest is known in each browser, wherever the chat stands and whatever its owner has set: whether they are known again after
//! a load of the page, whether the stream goes on where it was, and whether anybody else would be taken for them.

use std::{
    any::Any,
    fmt::{self, Display, Formatter},
    net::Ipv4Addr,
    panic::AssertUnwindSafe,
};

use axum::{Router, extract::RawQuery, response::Html, routing::get};
use futures_util::FutureExt;
use serde_json::{Value, json};
use shared::path::{EVENTS, FRAME_HEADER, SESSION, SITE_HEADER, WITHOUT_COOKIES};
use tokio::net::TcpListener;
use url::form_urlencoded;

use crate::{
    browser::TestBrowser,
    engine::{Cookies, Engine},
    front::Front,
    portal::TestPortal,
};

/// Where the chat stands. Each has a site of the portal of its own, so that none has another one's cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    PlainHttp,
    Page,
    SameSite,
    OtherSite,
    Nested,
    ThereAndBack,
}

impl Place {
    const ALL: [Self; 6] = [Self::PlainHttp, Self::Page, Self::SameSite, Self::OtherSite, Self::Nested, Self::ThereAndBack];

    fn name(self) -> &'static str {
        match self {
            Self::PlainHttp => "the portal's own page, http on this machine",
            Self::Page => "the portal's own page",
            Self::SameSite => "in a frame of the portal's own site",
            Self::OtherSite => "in a frame of another site",
            Self::Nested => "in a frame of a site in a frame of another",
            Self::ThereAndBack => "the same, the outermost being the portal's own",
        }
    }

    fn site(self) -> &'static str {
        match self {
            Self::PlainHttp => "plain-http",
            Self::Page => "page",
            Self::SameSite => "same-site",
            Self::OtherSite => "other-site",
            Self::Nested => "nested",
            Self::ThereAndBack => "there-and-back",
        }
    }

    /// How many frames deep.
    fn depth(self) -> usize {
        match self {
            Self::PlainHttp | Self::Page => 0,
            Self::SameSite | Self::OtherSite => 1,
            Self::Nested | Self::ThereAndBack => 2,
        }
    }
}

/// Signs in as the page does, which has found out what the browser keeps: where that is nothing, it holds a token and adds it to
/// whatever it asks. Answers by which, and what else goes with every request.
const SIGN_IN: &str = "const [session, site, siteHeader, frameHeader, withoutCookies, done] = arguments; (async () => { \
    await window.prepared; \
    const mode = document.querySelector('[name=guest-portal-frame]').content; \
    const headers = { [siteHeader]: site, ...(mode && { [frameHeader]: mode }) }; \
    await fetch(session, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, \
        body: JSON.stringify({ display_name: 'Ada' }) }); \
    const known = await fetch(session, { headers }); \
    const by = !known.ok ? 'nothing' : mode === withoutCookies ? 'token' : mode ? 'partitioned' : 'cookie'; \
    return { by, headers, guest: known.ok ? (await known.json()).guest_id : '' }; \
    })().then(done, error => done({ by: String(error), headers: {}, guest: '' }))";

/// Opens the stream twice, the second time from where the first one ended. Answers whether it goes on there.
const RESUME: &str = "const [events, headers, done] = arguments; (async () => { \
    const hello = async more => { \
        const stop = new AbortController(); \
        const answer = await fetch(events, { headers: { ...headers, ...more }, signal: stop.signal }); \
        const [reader, decoder] = [answer.body.getReader(), new TextDecoder()]; \
        let text = ''; \
        while (answer.ok && !text.includes('is_resumed')) { \
            const { value, done } = await reader.read(); \
            if (done) break; \
            text += decoder.decode(value, { stream: true }); \
        } \
        stop.abort(); \
        return text; \
    }; \
    const place = /^id: (.*)$/m.exec(await hello({}))?.[1]; \
    return !!place && (await hello({ 'last-event-id': place })).includes('\"is_resumed\":true'); \
    })().then(done, error => done(String(error)))";

const WHO: &str = "const [session, headers, done] = arguments; \
    Promise.resolve(window.prepared).then(() => fetch(session, { headers })) \
        .then(async answer => done(answer.ok ? (await answer.json()).guest_id : ''), error => done(String(error)))";

const IS_THERE: &str = "return !!document.querySelector('[name=guest-portal-frame]')";

/// How a guest is known at one place in one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// `cookie`, `partitioned` or `token`.
    by: String,
    /// After a load of the page.
    again: bool,
    /// The stream goes on where it was.
    resumes: bool,
    /// On the pages of another owner the same browser is nobody, and on another site of the portal, too.
    apart: bool,
    /// The browser's cookies know no parts.
    is_without_parts: bool,
}

impl Known {
    /// Whether it is as it should be: who is known by cookie is known again, and by a token in the page's memory nobody is. A browser
    /// that knows no partitioned cookies, and takes those of third parties, has one guest for all owners' pages.
    fn is_well(&self) -> bool {
        let is_right = match self.by.as_str() {
            "cookie" | "partitioned" => self.again,
            "token" => !self.again,
            _ => false,
        };
        is_right && self.resumes && (self.apart || (self.is_without_parts && self.by == "partitioned"))
    }
}

impl Display for Known {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let said = |is_so: bool, what: &'static str| if is_so { what } else { "-" };
        let cells = [said(self.again, "again"), said(self.resumes, "resumes"), said(self.apart, "apart")];
        write!(formatter, "{}, {}", self.by, cells.join(" "))
    }
}

/// All of one browser.
#[derive(Clone, Debug)]
pub struct Report {
    browser: String,
    cells: Vec<(Cookies, Place, Result<Known, String>)>,
}

impl Report {
    /// Whether every guest is known as they should be.
    pub fn is_well(&self) -> bool {
        self.cells.iter().all(|(_, _, known)| known.as_ref().is_ok_and(Known::is_well))
    }
}

/// Several browsers beside each other.
pub struct Table<'a>(pub &'a [Report]);

impl Display for Table<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(reports) = self;
        let Some(first) = reports.first() else { return Ok(()) };
        writeln!(formatter, "By what a guest is known: `again` after a load of the page, whether the stream `resumes`, and `apart` from")?;
        writeln!(formatter, "other owners' pages and the portal's other sites.\n")?;
        let browsers: String = reports.iter().map(|report| format!("{:>36}", report.browser)).collect();
        writeln!(formatter, "{:<48}{browsers}", "")?;
        let mut setting = None;
        for (row, (cookies, place, _)) in first.cells.iter().enumerate() {
            if setting != Some(*cookies) {
                writeln!(formatter, "cookies {}:", cookies.name())?;
                setting = Some(*cookies);
            }
            let cell = |report: &Report| match &report.cells[row].2 {
                Ok(known) if known.is_well() => known.to_string(),
                Ok(known) => format!("({known})"),
                Err(_) => "FAILED".to_owned(),
            };
            let cells: String = reports.iter().map(|report| format!("{:>36}", cell(report))).collect();
            writeln!(formatter, "  {:<46}{cells}", place.name())?;
        }
        for (report, (cookies, place, known)) in reports.iter().flat_map(|report| report.cells.iter().map(move |cell| (report, cell))) {
            if let Err(why) = known {
                writeln!(formatter, "\n{}, cookies {}, {}: {why}", report.browser, cookies.name(), place.name())?;
            }
        }
        Ok(())
    }
}

/// A portal behind its owner's proxy and one without, a page of the portal's own site, and the pages of two owners.
struct Scene {
    portal: TestPortal,
    plain: TestPortal,
    front: Front,
    own: Framing,
    shop: Framing,
    other: Framing,
}

/// Tries every place under every setting in one browser.
pub async fn run(engine: Engine) -> Report {
    let mut scene = Scene::start().await;
    let mut report = Report { browser: engine.name().to_owned(), cells: Vec::new() };
    for cookies in Cookies::ALL {
        let guest = TestBrowser::start_with(engine, cookies).await;
        report.browser = guest.name_and_version();
        let mut found = Vec::new();
        for place in Place::ALL {
            found.push((place, attempt(scene.known(&guest, place)).await));
        }
        // Afterwards, for a tab remembers that it showed a frame.
        for (place, known) in found {
            let known = match known {
                Ok((known, kept)) => {
                    let is_apart = attempt(scene.is_nobody_elsewhere(&guest, place, &kept)).await;
                    let is_without_parts = engine == Engine::WebKit;
                    is_apart.map(|is_apart| Known { apart: known.apart && is_apart, is_without_parts, ..known })
                }
                Err(why) => Err(why),
            };
            report.cells.push((cookies, place, known));
        }
        guest.close().await;
    }
    scene.portal.stop_portal().await;
    scene.plain.stop_portal().await;
    report
}

/// What a test would end with is told instead.
async fn attempt<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let why = |panic: Box<dyn Any + Send>| panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "it panicked".into());
    AssertUnwindSafe(work).catch_unwind().await.map_err(why)
}

impl Scene {
    async fn start() -> Self {
        // Each address of this machine is a site of its own to browsers; ports do not part sites.
        let front = Front::start().await;
        let own = Framing::start(Ipv4Addr::LOCALHOST).await;
        let (shop, other) = (Framing::start(Ipv4Addr::new(127, 0, 0, 2)).await, Framing::start(Ipv4Addr::new(127, 0, 0, 3)).await);
        let origins = json!([own.address(), shop.address(), other.address()]);
        let site = |place: Place| {
            let id = place.site();
            format!("[[site]]\nid = \"{id}\"\nname = \"{id}\"\nstaff = [\"grace@sandbox.example\"]\nallowed_origins = {origins}\n")
        };
        let sites: String = Place::ALL.into_iter().map(site).collect();
        let settings = format!("public_url = \"{}\"\ntrusted_proxies = [\"127.0.0.1\"]\n{sites}", front.base_url());
        let (portal, plain) = (TestPortal::start_with_sites(&settings).await, TestPortal::start_with_sites(&sites).await);
        front.set_portal(portal.address());
        Self { portal, plain, front, own, shop, other }
    }

    fn widget(&self, place: Place) -> String {
        format!("{}/embed/{}", self.front.base_url(), place.site())
    }

    fn page(&self, place: Place) -> String {
        let widget = self.widget(place);
        match place {
            Place::PlainHttp => format!("{}/s/{}", self.plain.base_url(), place.site()),
            Place::Page => format!("{}/s/{}", self.front.base_url(), place.site()),
            Place::SameSite => self.own.page_with(&widget),
            Place::OtherSite => self.shop.page_with(&widget),
            Place::Nested => self.other.page_with(&self.shop.page_with(&widget)),
            Place::ThereAndBack => self.own.page_with(&self.shop.page_with(&widget)),
        }
    }

    /// How a guest is known, and what goes with their requests when the page is loaded anew.
    async fn known(&self, guest: &TestBrowser, place: Place) -> (Known, Value) {
        let page = self.page(place);
        open(guest, &page, place.depth()).await;
        let arguments = [SESSION, place.site(), SITE_HEADER, FRAME_HEADER, WITHOUT_COOKIES].map(|word| json!(word));
        let signed_in = ask(guest, SIGN_IN, arguments.into()).await;
        let (by, headers) = (signed_in["by"].as_str().unwrap_or_default().to_owned(), signed_in["headers"].clone());
        let resumes = ask(guest, RESUME, vec![json!(EVENTS), headers.clone()]).await == json!(true);
        let mut of_other_site = headers.clone();
        of_other_site[SITE_HEADER] = json!(Place::ALL.iter().find(|other| **other != place).map(|other| other.site()));
        let apart = who(guest, &of_other_site).await.is_empty();
        open(guest, &page, place.depth()).await;
        let again = who(guest, &headers).await;
        let again = !again.is_empty() && signed_in["guest"] == json!(again);
        (Known { by, again, resumes, apart, is_without_parts: false }, headers)
    }

    /// Whether the same widget on another owner's page knows nobody.
    async fn is_nobody_elsewhere(&self, guest: &TestBrowser, place: Place, headers: &Value) -> bool {
        // What counts is the outermost page.
        let elsewhere = if place == Place::Nested { &self.shop } else { &self.other };
        open(guest, &elsewhere.page_with(&self.widget(place)), 1).await;
        who(guest, headers).await.is_empty()
    }
}

/// Loads a page and looks into its innermost frame, once the portal's page is there.
async fn open(guest: &TestBrowser, page: &str, depth: usize) {
    guest.goto(page).await;
    for _ in 0..depth {
        guest.until(async || guest.client().enter_frame(0).await.ok()).await.expect("a frame");
    }
    let is_there = guest.until(async || (guest.script(IS_THERE).await == json!(true)).then_some(())).await;
    assert!(is_there.is_some(), "the portal's page is not there");
}

/// Whom requests of this kind are taken for; nobody is the empty text.
async fn who(guest: &TestBrowser, headers: &Value) -> String {
    ask(guest, WHO, vec![json!(SESSION), headers.clone()]).await.as_str().unwrap_or_default().to_owned()
}

async fn ask(guest: &TestBrowser, script: &str, arguments: Vec<Value>) -> Value {
    guest.client().execute_async(script, arguments).await.expect("an answer")
}

/// An owner's web site over HTTPS, with a page for whatever is to be framed.
struct Framing {
    front: Front,
    serving: tokio::task::AbortHandle,
}

impl Framing {
    async fn start(host: Ipv4Addr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let front = Front::start_at(host).await;
        front.set_portal(listener.local_addr().expect("an address"));
        let page = async |RawQuery(query): RawQuery| {
            let framed = query.unwrap_or_default();
            let address = form_urlencoded::parse(framed.as_bytes()).next().map(|(_, address)| address.into_owned()).unwrap_or_default();
            Html(format!("<!doctype html><title>Shop</title><iframe src=\"{address}\" width=\"400\" height=\"640\"></iframe>"))
        };
        let serving = tokio::spawn(async move { axum::serve(listener, Router::new().route("/", get(page))).await });
        Self { front, serving: serving.abort_handle() }
    }

    fn address(&self) -> String {
        self.front.base_url()
    }

    fn page_with(&self, framed: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("of", framed).finish();
        format!("{}/?{query}", self.address())
    }
}

impl Drop for Framing {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
