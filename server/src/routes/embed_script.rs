//! `/embed.js`: what owners put on their pages. With `?site=` it knows what the site's owner has set in the portal.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::SiteId;

use super::assets;
use crate::{
    app::App,
    config::{LauncherConfig, SiteConfig},
    error::AppError,
};

/// What the built script has where the site's options go.
const PLACE: &str = "\"__SERVED__\"";

/// Browsers hide from a page what is no script.
const NO_SUCH_SITE: &str = "console.error(\"GuestPortal: the site named in the address of embed.js is none of this portal's; `guest-portal snippet` prints the tag\");";

/// The scripts that were asked for, compressed: as good as can be, which takes a while.
#[derive(Debug, Default)]
pub struct EmbedScripts {
    packed: Mutex<HashMap<Option<SiteId>, Arc<Script>>>,
}

#[derive(Debug)]
struct Script {
    plain: Bytes,
    brotli: Bytes,
}

/// What the script is told.
#[derive(Serialize)]
struct Served<'a> {
    site: &'a SiteId,
    #[serde(flatten)]
    launcher: &'a LauncherConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    accent: Option<[String; 2]>,
}

/// Any page may load it, and check what it is by `integrity`; it holds nothing that is not public. Its address stays while it
/// may change, so that browsers ask again every few minutes.
pub(super) async fn show_embed_script(
    State(app): State<App>,
    Query(wanted): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let id = wanted.get("site").filter(|id| SiteId::is_well_formed(id)).map(SiteId::new);
    let site = match wanted.contains_key("site") {
        true => match id.and_then(|id| app.config.site(&id)) {
            Some(site) => Some(site),
            None => return Ok((headers_of_script(), NO_SUCH_SITE).into_response()),
        },
        false => None,
    };
    let script = script_for(&app, site)?;
    let constants = headers_of_script();
    if assets::accepts(&headers, "br") {
        let coding = [(header::CONTENT_ENCODING, HeaderValue::from_static("br"))];
        return Ok((constants, coding, script.brotli.clone()).into_response());
    }
    Ok((constants, script.plain.clone()).into_response())
}

/// `/space-widget.js`: the same for pages that were made for Cisco's Space widget.
pub(super) async fn show_space_widget_script(headers: HeaderMap) -> Result<Response, AppError> {
    let mut response = assets::show_asset(Path("space-widget.js".into()), headers).await?;
    for (name, value) in headers_of_script() {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

fn headers_of_script() -> [(HeaderName, HeaderValue); 5] {
    let constants = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::VARY, "accept-encoding"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    constants.map(|(name, value)| (name, HeaderValue::from_static(value)))
}

fn script_for(app: &App, site: Option<&SiteConfig>) -> Result<Arc<Script>, AppError> {
    let key = site.map(|site| site.id.clone());
    let known = || app.embed_scripts.packed.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(script) = known().get(&key) {
        return Ok(script.clone());
    }
    let plain = script_of(site)?;
    let brotli = assets::compressed(&plain, 11)?;
    let script = Arc::new(Script { plain: plain.into(), brotli: brotli.into() });
    known().insert(key, script.clone());
    Ok(script)
}

/// The script as it knows this site.
pub(super) fn script_of(site: Option<&SiteConfig>) -> Result<String, AppError> {
    let template = assets::text("embed.js").ok_or(AppError::NotFound)?;
    let served = match site {
        Some(site) => {
            let accent = site.theme.map(|theme| theme.accents());
            serde_json::to_string(&Served { site: &site.id, launcher: &site.launcher, accent })
        }
        None => Ok("{}".to_owned()),
    };
    Ok(template.replace(PLACE, &served.map_err(|error| AppError::Internal(error.to_string()))?))
}
