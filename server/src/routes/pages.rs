//! The pages: one app in two sizes, told by its address which site it is.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use shared::{
    SiteId,
    path::{self, FRAMED_ACROSS_SITES},
};

use super::assets;
use crate::{app::App, config::SiteConfig, error::AppError, secrets, session};

const NOT_LISTED: &str = "The owner of this portal has to list the destination below the site it belongs to.";
/// How well pages are compressed, of 11: a guest on a bad line waits for every byte, and the portal for every page.
const PAGE_QUALITY: i32 = 5;

/// `/`: the default site's page.
pub(super) async fn show_default_page(State(app): State<App>, headers: HeaderMap) -> Result<Response, AppError> {
    let site = app.config.sites.first().ok_or(AppError::NotFound)?;
    page(&app, site, &Frame::None, &headers)
}

/// `/s/{site_id}`.
pub(super) async fn show_site_page(State(app): State<App>, Path(site_id): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    site_page(&app, &site_id, |_| Frame::None, &headers)
}

/// `/embed/{site_id}`: the same app, small, for frames of the pages the site's owner names.
pub(super) async fn show_embed_page(State(app): State<App>, Path(site_id): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    site_page(&app, &site_id, |site| framed(site, &headers), &headers)
}

fn framed(site: &SiteConfig, headers: &HeaderMap) -> Frame {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
    let is_across_sites = says("sec-fetch-dest", "iframe") && says("sec-fetch-site", "cross-site");
    Frame::Of { origins: site.allowed_origins.join(" "), is_across_sites }
}

/// `/embed?destination=…`: the site that lists the destination, for pages made for Cisco's Space widget.
pub(super) async fn show_embed_destination(
    State(app): State<App>,
    Query(wanted): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let destination = wanted.get("destination").map(String::as_str).unwrap_or_default();
    let lists_it = |site: &&Arc<SiteConfig>| site.destinations.iter().any(|listed| listed.eq_ignore_ascii_case(destination));
    match app.config.sites.iter().find(lists_it) {
        Some(site) => page(&app, site, &framed(site, &headers), &headers),
        None => Ok((StatusCode::NOT_FOUND, simple_page("There is no such site", NOT_LISTED)?).into_response()),
    }
}

/// Where a page may be shown.
pub(super) enum Frame {
    /// In no frame.
    None,
    /// In frames of these origins, and whether this one is of another site.
    Of { origins: String, is_across_sites: bool },
}

fn site_page(app: &App, site_id: &str, frame: impl Fn(&SiteConfig) -> Frame, headers: &HeaderMap) -> Result<Response, AppError> {
    let site = Some(site_id).filter(|id| SiteId::is_well_formed(id)).and_then(|id| app.config.site(&SiteId::new(id)));
    match site {
        Some(site) => page(app, site, &frame(site), headers),
        None => Ok((StatusCode::NOT_FOUND, simple_page("There is no such site", "Check the address, or ask whoever gave it to you.")?)
            .into_response()),
    }
}

fn page(app: &App, site: &SiteConfig, frame: &Frame, headers: &HeaderMap) -> Result<Response, AppError> {
    draw(&app.build, is_https(app), site, frame, headers)
}

/// The page of a site as this build draws it.
pub(super) fn draw(build: &str, is_https: bool, site: &SiteConfig, frame: &Frame, headers: &HeaderMap) -> Result<Response, AppError> {
    let Some(template) = assets::index_html() else {
        let text = "This portal was built without its page. Run ./x run, which builds both, or trunk build --release and then cargo build.";
        return Ok((StatusCode::SERVICE_UNAVAILABLE, simple_page("The page is not built", text)?).into_response());
    };
    let nonce = BASE64_STANDARD.encode(secrets::random::<16>()?);
    let (ancestors, framed) = match frame {
        Frame::Of { origins, is_across_sites } if !origins.is_empty() => {
            (origins.as_str(), if *is_across_sites { FRAMED_ACROSS_SITES } else { "" })
        }
        Frame::Of { .. } | Frame::None => ("'none'", ""),
    };
    // A guess that costs nothing: the page finds out, and shows the other thing if it is wrong.
    let guest = if session::may_be_known(headers, &site.id) { "known" } else { "" };
    // Origins are checked when the configuration is read: none breaks out of an attribute.
    let parents = if ancestors == "'none'" { "" } else { ancestors };
    let words: Vec<&str> = site.words.iter().map(|words| &*words.file).collect();
    let kiosk = (site.kiosk_minutes > 0).then(|| site.kiosk_minutes.to_string());
    // What a site has none of costs no guest a byte.
    let html = fill(template, "__THEME__", &style(site));
    let html = fill(&html, "__WORDS__", &words.join(" "));
    let html = fill(&html, "__KIOSK__", &kiosk.unwrap_or_default());
    let html = fill(&html, "__PROOF__", if site.asks_for_proof { "sha256" } else { "" });
    let html = html.replace("__CSP_NONCE__", &nonce).replace("__SITE__", site.id.as_str()).replace("__BUILD__", build);
    let html = html.replace("__FRAME__", framed).replace("__GUEST__", guest).replace("__PARENTS__", parents);
    let mut headers_of_page = page_headers(&policy(&nonce, is_https, ancestors))?;
    let is_in_frame = headers.get("sec-fetch-dest").is_some_and(|dest| dest == "iframe");
    if ancestors != "'none'" && is_in_frame {
        // An owner's page may ask all that it shows to say that it may be shown.
        let allowed = |(name, value): &mut (HeaderName, HeaderValue)| {
            if name == "cross-origin-resource-policy" {
                *value = HeaderValue::from_static("cross-origin");
            }
        };
        headers_of_page.iter_mut().for_each(allowed);
    }
    if !assets::accepts(headers, "br") {
        return Ok((headers_of_page, Html(html)).into_response());
    }
    let coding = [(header::CONTENT_ENCODING, HeaderValue::from_static("br")), (header::VARY, HeaderValue::from_static("accept-encoding"))];
    Ok((headers_of_page, coding, Html(assets::compressed(&html, PAGE_QUALITY)?)).into_response())
}

/// Puts a value into its place in the template, or takes away the line of the place where there is none.
fn fill(template: &str, place: &str, value: &str) -> String {
    if !value.is_empty() {
        return template.replace(place, value);
    }
    template.split_inclusive('\n').filter(|line| !line.contains(place)).collect()
}

/// A site's own colours and picture.
fn style(site: &SiteConfig) -> String {
    let colours = site.theme.map(|theme| theme.css()).unwrap_or_default();
    let logo = site.logo.as_ref().map(|logo| {
        let address = format!("{}?v={}", path::LOGO.replace("{site_id}", site.id.as_str()), logo.version);
        format!(
            ".sign-in__mark{{inline-size:100%;background:url({address}) left/contain no-repeat}}\
             [dir=rtl] .sign-in__mark{{background-position:right}}.sign-in__mark>*{{display:none}}"
        )
    });
    colours + &logo.unwrap_or_default()
}

/// A page with words only, for when there is no app to show.
fn simple_page(title: &str, text: &str) -> Result<Response, AppError> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title><h1>{title}</h1><p>{text}</p></html>"
    );
    Ok((page_headers("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")?, Html(html)).into_response())
}

pub(super) fn is_https(app: &App) -> bool {
    app.config.server.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
}

/// One strict policy per response. Scripts run by nonce only; no text can become script, style or HTML.
pub(super) fn policy(nonce: &str, is_https: bool, frame_ancestors: &str) -> String {
    let upgrade = if is_https { "; upgrade-insecure-requests" } else { "" };
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; script-src-attr 'none'; \
         style-src 'self' 'nonce-{nonce}'; style-src-attr 'none'; img-src 'self' blob:; media-src 'self' blob:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; \
         frame-ancestors {frame_ancestors}; require-trusted-types-for 'script'; trusted-types 'none'{upgrade}"
    )
}

pub(super) fn page_headers(policy: &str) -> Result<[(HeaderName, HeaderValue); 6], AppError> {
    let policy = HeaderValue::from_str(policy).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok([
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-embedder-policy"), HeaderValue::from_static("require-corp")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static(
                "camera=(), microphone=(), display-capture=(), geolocation=(), payment=(), usb=(), serial=(), browsing-topics=()",
            ),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_no_script_by_address_and_no_inline_one_without_nonce() {
        let policy = policy("abc", false, "'none'");
        assert!(policy.starts_with("default-src 'none'; "));
        for never in ["unsafe-inline", "'unsafe-eval'", "upgrade-insecure-requests", " *", "data:"] {
            assert!(!policy.contains(never), "{never}");
        }
        assert!(super::policy("abc", true, "'none'").ends_with("upgrade-insecure-requests"));
    }
}
