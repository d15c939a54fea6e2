//! The live preview, on the operations listener: how each site looks by the configuration as it stands in its file now. Whoever
//! saves the file sees the page change; nothing is sent, kept or asked of Webex, and the portal itself goes on as it was started.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{Html, IntoResponse, Response},
    routing::{any, get},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use shared::{
    SiteId, SiteProfile,
    path::{self, SITE_HEADER},
};

use super::{
    assets, embed_script, headers, logo, operations,
    pages::{self, Frame, page_headers, policy},
    preview_sample,
    visit_page::escape,
};
use crate::{
    app::App,
    config::{Config, ConfigProblem, SiteConfig},
    error::AppError,
    secrets::{self, hex},
    visits::Offer,
};

const STYLE: &str = include_str!("preview_page.css");
const SCRIPT: &str = include_str!("preview_page.js");
/// `GET`: the sites.
const PREVIEW: &str = "/preview";
/// `GET`: one site.
const PREVIEW_SITE: &str = "/preview/{site_id}";
/// `GET`: a word that changes with the configuration.
const PREVIEW_VERSION: &str = "/preview-version";

/// What the preview is made of.
#[derive(Clone)]
pub(super) struct Preview {
    /// The portal, for what is not a site's.
    pub(super) app: App,
    /// Where the operations listener is.
    address: SocketAddr,
}

/// The configuration as its file has it now.
struct Present {
    config: Arc<Config>,
    /// Why the file is not what is shown.
    problems: Vec<ConfigProblem>,
}

/// Everything the operations listener answers.
pub fn operations_router(app: App, address: SocketAddr) -> Router {
    let preview = Preview { app: app.clone(), address };
    Router::new()
        .route(PREVIEW, get(list_sites))
        .route(PREVIEW_SITE, get(show_preview))
        .route(PREVIEW_VERSION, get(show_version))
        .route(path::EMBED_PAGE, get(show_page))
        .route(path::EMBED_SCRIPT, get(show_embed_script))
        .route(path::LOGO, get(show_logo))
        .route(path::WORDS, get(show_words))
        .route(path::SITE, get(show_site))
        .merge(preview_sample::router())
        .merge(operations::router().with_state(app.clone()))
        .route("/api/{*rest}", any(async || AppError::PreviewOnly))
        .route("/favicon.ico", get(assets::show_icon))
        .route("/{file}", get(assets::show_asset))
        .fallback(async || AppError::NotFound)
        .layer(from_fn(for_this_machine))
        .layer(from_fn(headers::for_all))
        .layer(from_fn_with_state(app, headers::identify_and_log))
        .with_state(preview)
}

/// A page of elsewhere can make a name of its own mean this machine; then it is that name that is asked for.
async fn for_this_machine(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if !matches!(name, "127.0.0.1" | "localhost") {
        return (StatusCode::MISDIRECTED_REQUEST, "The operations listener answers to this machine's own names only.").into_response();
    }
    if request.headers().get("sec-fetch-site").is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none")) {
        return AppError::CrossSite.into_response();
    }
    next.run(request).await
}

impl Preview {
    /// Reads the file again; what is wrong with it leaves what the portal was started with.
    fn present(&self) -> Present {
        match self.app.config.read_again() {
            Ok(config) => Present { config: Arc::new(config), problems: Vec::new() },
            Err(problems) => Present { config: self.app.config.clone(), problems },
        }
    }

    /// The site of this id in what is shown.
    pub(super) fn site(&self, site_id: &str) -> Result<Arc<SiteConfig>, AppError> {
        self.present().site(site_id)
    }

    /// The site that a request of the page names.
    pub(super) fn site_of(&self, headers: &HeaderMap) -> Result<Arc<SiteConfig>, AppError> {
        self.site(headers.get(SITE_HEADER).and_then(|id| id.to_str().ok()).ok_or(AppError::MissingHeader)?)
    }
}

impl Present {
    fn site(&self, site_id: &str) -> Result<Arc<SiteConfig>, AppError> {
        let id = Some(site_id).filter(|id| SiteId::is_well_formed(id)).map(SiteId::new).ok_or(AppError::NotFound)?;
        self.config.shared_site(&id).cloned().ok_or(AppError::NotFound)
    }
}

async fn list_sites(State(preview): State<Preview>) -> Result<Response, AppError> {
    let present = preview.present();
    let line = |site: &Arc<SiteConfig>| format!("<li><a href=\"/preview/{}\">{}</a> ({})</li>", site.id, escape(&site.name), site.id);
    let lines: String = present.config.sites.iter().map(line).collect();
    let body = format!("<main class=\"list\"><h1>Preview</h1>{}<ul>{lines}</ul></main>", problems(&present));
    respond("Preview", &body, "")
}

async fn show_preview(State(preview): State<Preview>, Path(site_id): Path<String>) -> Result<Response, AppError> {
    let present = preview.present();
    let site = present.site(&site_id)?;
    let languages: String = crate::words::languages().map(|tag| format!("<option>{tag}</option>")).collect();
    let body = format!(
        "<header><h1>{name}</h1><p>How guests see this site by the file as it is now. Nothing is sent from here; the portal itself takes \
         what you changed when it is started again.</p>{problems}\
         <p class=\"settings\"><label>Language <select id=\"language\"><option value=\"\">the visitor’s</option>{languages}</select></label> \
         <label>Theme <select id=\"theme\"><option value=\"\">the visitor’s</option><option>light</option><option>dark</option></select></label> \
         <label>Width <select id=\"width\"><option value=\"400\">widget</option><option value=\"360\">phone</option><option value=\"1000\">page</option>\
         </select></label></p></header>\
         <main id=\"stage\" data-site=\"{id}\"></main><p class=\"hint\">The button in the corner is what your own pages show. Press <em>Start \
         chat</em> to see a conversation.</p>",
        name = escape(&site.name),
        id = site.id,
        problems = problems(&present),
    );
    let embed = format!("{}?site={}", path::EMBED_SCRIPT, site.id);
    respond(&site.name, &body, &embed)
}

fn problems(present: &Present) -> String {
    if present.problems.is_empty() {
        return String::new();
    }
    let lines: String = present.problems.iter().map(|problem| format!("<li>{}</li>", escape(&problem.to_string()))).collect();
    format!(
        "<div class=\"problems\" role=\"alert\"><p>The file cannot be used as it is. What you see is what the portal runs with.</p><ul>{lines}</ul></div>"
    )
}

fn respond(title: &str, body: &str, script: &str) -> Result<Response, AppError> {
    let nonce = BASE64_STANDARD.encode(secrets::random::<16>()?);
    let embed = if script.is_empty() { String::new() } else { format!("<script nonce=\"{nonce}\" src=\"{script}\"></script>") };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style nonce=\"{nonce}\">{STYLE}</style>\n</head>\n<body>\n{body}\n\
         {embed}<script nonce=\"{nonce}\" type=\"module\">{SCRIPT}</script>\n</body>\n</html>\n",
        escape(title)
    );
    let policy = policy(&nonce, false, "'none'").replace("frame-src 'none'", "frame-src 'self'");
    Ok((page_headers(&policy)?, Html(html)).into_response())
}

async fn show_version(State(preview): State<Preview>) -> String {
    let present = preview.present();
    // All of it prints, secrets as nothing.
    hex(&Sha256::digest(format!("{:?}{:?}", present.config, present.problems))).split_at(16).0.to_owned()
}

/// The page itself, in a frame of the preview.
async fn show_page(State(preview): State<Preview>, Path(site_id): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    let port = preview.address.port();
    let origins = format!("http://127.0.0.1:{port} http://localhost:{port}");
    let frame = Frame::Of { origins, is_across_sites: false };
    let site = preview.site(&site_id)?;
    pages::draw(&preview.app.build, false, &site, &frame, &headers)
}

async fn show_embed_script(State(preview): State<Preview>, Query(wanted): Query<HashMap<String, String>>) -> Result<Response, AppError> {
    let site = preview.site(wanted.get("site").map(String::as_str).unwrap_or_default())?;
    let plain = embed_script::script_of(Some(&site))?;
    Ok(([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], plain).into_response())
}

async fn show_logo(State(preview): State<Preview>, Path(site_id): Path<String>) -> Result<Response, AppError> {
    preview.site(&site_id)?.logo.clone().map(logo::respond).ok_or(AppError::NotFound)
}

async fn show_words(State(preview): State<Preview>, Path(file): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    let present = preview.present();
    match present.config.sites.iter().flat_map(|site| &site.words).find(|words| words.file == file) {
        Some(own) => Ok(own.text.to_string().into_response()),
        None => assets::show_asset(Path(file), headers).await,
    }
}

async fn show_site(State(preview): State<Preview>, headers: HeaderMap) -> Result<Json<SiteProfile>, AppError> {
    let site = preview.site_of(&headers)?;
    let away = Offer::of(&site, preview.app.clock.now()).away;
    // Whoever looks at it is let in without being vouched for.
    Ok(Json(SiteProfile { needs_identity: false, ..site.profile(preview.app.config.is_simulated(), None, away) }))
}
