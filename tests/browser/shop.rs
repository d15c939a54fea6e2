//! An owner's web site on another origin than the portal, with a policy as strict as any.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, OnceLock},
};

use axum::{
    Router,
    extract::Path,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};

/// What its pages do before the portal's script is there, and note of what they hear.
const SCRIPT: &str = "window.heard = []; \
    window.GuestPortal ??= function () { (GuestPortal.q ??= []).push(arguments) }; \
    for (const type of ['ready', 'open', 'close', 'message', 'unread', 'error']) \
        GuestPortal('on', type, value => heard.push([type, value ?? null]));";

/// The site. Ports do not part sites, names do.
pub(crate) struct Shop {
    pub(crate) address: String,
    portal: Arc<OnceLock<String>>,
    /// What its pages set before the portal's script runs.
    settings: Arc<OnceLock<String>>,
    /// What its back end says of whoever is signed in there.
    identity: Arc<Mutex<Identity>>,
}

/// Makes a token whenever it is asked.
type Identity = Box<dyn Fn() -> String + Send>;

impl Shop {
    /// Opens it; every page has `markup`, with the portal's address in the place of `PORTAL`.
    pub(crate) async fn open(markup: &'static str) -> Self {
        Self::open_at("shop.localhost", markup).await
    }

    /// The same under another name.
    pub(crate) async fn open_at(name: &str, markup: &'static str) -> Self {
        let portal = Arc::new(OnceLock::<String>::new());
        let known = portal.clone();
        let settings = Arc::new(OnceLock::<String>::new());
        let known_settings = settings.clone();
        let set = move || async move {
            ([(header::CONTENT_TYPE, "text/javascript")], known_settings.get().cloned().unwrap_or_default()).into_response()
        };
        let identity: Arc<Mutex<Identity>> = Arc::new(Mutex::new(Box::new(String::new)));
        let said = identity.clone();
        let who = move || async move { said.lock().expect("no test panics with it")() };
        let page = move |Path(page): Path<String>| async move {
            let portal = known.get().cloned().unwrap_or_default();
            let policy = format!(
                "default-src 'none'; script-src 'self' {portal}; frame-src {portal}; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
            );
            let markup = markup.replace("PORTAL", &portal);
            let html = format!(
                "<!doctype html><meta name=\"viewport\" content=\"width=device-width\"><title>Shop</title><h1>{page}</h1><script src=\"/shop.js\"></script>{markup}"
            );
            ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
        };
        let script = || async { ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT).into_response() };
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{name}:{}", listener.local_addr().unwrap().port());
        let routes = Router::new()
            .route("/shop.js", get(script))
            .route("/settings.js", get(set))
            .route("/chat-identity", get(who))
            .route("/pages/{page}", get(page));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, portal, settings, identity }
    }

    /// A site of the portal whose owner has this shop.
    pub(crate) fn site(&self) -> String {
        site_shown_by("demo", &[self])
    }

    /// Its pages set this.
    pub(crate) fn has_settings(&self, script: &str) {
        self.settings.set(script.to_owned()).expect("once");
    }

    /// Its back end makes these from now on.
    pub(crate) fn says(&self, identity: impl Fn() -> String + Send + 'static) {
        *self.identity.lock().expect("no test panics with it") = Box::new(identity);
    }

    /// The portal is there.
    pub(crate) fn embeds(&self, portal: &str) {
        self.portal.set(portal.to_owned()).expect("once");
    }

    pub(crate) fn page(&self, name: &str) -> String {
        format!("{}/pages/{name}", self.address)
    }
}

/// A site of the portal whose owner has these shops.
pub(crate) fn site_shown_by(id: &str, shops: &[&Shop]) -> String {
    let origins: Vec<&str> = shops.iter().map(|shop| &*shop.address).collect();
    format!("[[site]]\nid = \"{id}\"\nname = \"Shop\"\nstaff = [\"grace@sandbox.example\"]\nallowed_origins = {origins:?}\n")
}
